//! What is stored, as pages show it: plates, statuses, changes, figures. Pure; no rule is decided here.

pub mod attention;
pub mod backup;
pub mod change;
pub mod environment;
pub mod event;
pub mod figures;
pub mod graph;
pub mod merged;
pub mod planned;
pub mod proposal;
pub mod release;
pub mod rollout;
pub mod step;
pub mod text;
pub mod version;

use crate::app::Ctx;
use crate::domain::access::Permission;
use crate::domain::version::Sync as Colour;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::store::workspaces::Workspace;
use crate::web::components::plate::{Plate, Sync};
use crate::web::pages::flow::{FlowHead, May};

/// A count or number of the database; never negative there.
pub fn whole(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// The colour of a plate.
pub const fn colour(sync: Colour) -> Sync {
    match sync {
        Colour::Never => Sync::Never,
        Colour::Earlier => Sync::Earlier,
        Colour::Current => Sync::Current,
    }
}

/// The address of a flow's page.
pub fn flow_href(workspace: &Workspace, flow: &Flow) -> String {
    format!("/w/{}/flows/{}", workspace.slug, flow.slug)
}

/// What every page of a flow has on top.
pub fn head(workspace: &Workspace, flow: &Flow) -> FlowHead {
    FlowHead { base: flow_href(workspace, flow), slug: flow.slug.clone(), name: flow.name.clone(), description: flow.description.clone() }
}

/// As [`head`], by the slug of the workspace.
pub fn head_at(workspace: &str, flow: &Flow) -> FlowHead {
    FlowHead {
        base: format!("/w/{workspace}/flows/{}", flow.slug),
        slug: flow.slug.clone(),
        name: flow.name.clone(),
        description: flow.description.clone(),
    }
}

/// A version's plate, without a link.
pub fn plate(version: &Version, sync: Colour) -> Plate {
    Plate::new(whole(version.number), colour(sync))
}

/// Whether the person may change what runs in an environment.
pub fn may_operate(ctx: &Ctx, environment: &Environment) -> bool {
    let workspace = crate::domain::ids::WorkspaceId::stored(environment.workspace_id.clone());
    environment.kind().is_ok_and(|kind| ctx.actor.may(Permission::Operate(kind), Some(&workspace)))
}

/// What the person may do with the flows of a workspace, so that pages offer no more than that. Use cases decide.
pub fn may(ctx: &Ctx, workspace: &Workspace, environments: &[Environment]) -> May {
    let id = workspace.id();
    let start = |e: &Environment| e.kind().is_ok_and(|kind| ctx.actor.may(Permission::Start(kind), Some(&id)));
    May {
        edit: ctx.actor.may(Permission::Edit, Some(&id)),
        operate: environments.iter().any(|e| may_operate(ctx, e)),
        start: environments.iter().any(start),
    }
}
