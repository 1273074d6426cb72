//! Flows and versions in the heads of pages.

use crate::domain::version::Sync as Colour;
use crate::store::flows::Flow;
use crate::web::components::plate::{Plate, Sync};
use crate::web::pages::flow::FlowHead;

/// The colour of a plate.
pub const fn sync(colour: Colour) -> Sync {
    match colour {
        Colour::Never => Sync::Never,
        Colour::Earlier => Sync::Earlier,
        Colour::Current => Sync::Current,
    }
}

/// A plate that leads to the version.
pub fn plate(head: &FlowHead, number: i64, colour: Colour) -> Plate {
    Plate::new(number.unsigned_abs(), sync(colour)).link(format!("{}/versions/{number}", head.base))
}

/// What every page of a flow has on top.
pub fn head(workspace: &str, flow: &Flow) -> FlowHead {
    FlowHead {
        base: format!("/w/{workspace}/flows/{}", flow.slug),
        slug: flow.slug.clone(),
        name: flow.name.clone(),
        description: flow.description.clone(),
    }
}
