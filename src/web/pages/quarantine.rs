//! `…/environments/{env}/quarantine/{v}`: why a version may not come back, releasing it, and the runs it touched.

use askama::Template;

use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::pages::flow::FlowHead;

/// The page after going back from a version.
#[derive(Template)]
#[template(path = "pages/deployment/quarantine.html")]
pub struct QuarantinePage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// `…/environments/{env}/quarantine/{v}`.
    pub base: String,
    /// The version, large.
    pub plate: Plate,
    /// Name of the environment.
    pub environment: String,
    /// What was wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// It is held here.
    pub held: bool,
    /// Since when, by whom; or who released it, when.
    pub says: Rich,
    /// Why.
    pub reason: String,
    /// Where to look for the reason: address and words.
    pub links: Vec<(String, String)>,
    /// Other versions that are held here: number, address.
    pub others: Vec<(u64, String)>,
    /// The reason of a release; `None`: not held, or this person may not.
    pub release: Option<Field>,
    /// What its runs came to: name, figure, where they are listed.
    pub runs: Vec<(String, String, Option<String>)>,
    /// What may be started again.
    pub again: Option<Again>,
    /// Why nothing can be started again, if so.
    pub no_again: String,
}

/// The form that starts runs again.
#[derive(Debug, Clone)]
pub struct Again {
    /// Which runs: value, words, how many.
    pub which: Vec<(&'static str, String, bool)>,
    /// The version they run on.
    pub version: Field,
    /// How many go at once, and what follows.
    pub says: String,
    /// Key of this form: sent twice, it starts once.
    pub words: String,
}
