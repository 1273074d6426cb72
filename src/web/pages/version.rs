//! `…/versions/{v}`: graph, facts, problems and definition of one version; and two versions compared.

use askama::Template;

use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::graph::GraphView;
use crate::web::components::nav::{Crumbs, Tabs};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::highlight::Listing;
use crate::web::layout::Layout;
use crate::web::pages::editor::TextView;
use crate::web::pages::flow::{FlowHead, May, Stat, VersionActs};
use crate::web::time::TimeView;

/// One version: `GET …/versions/{v}` and `…/definition`.
#[derive(Template)]
#[template(path = "pages/version/show.html")]
pub struct VersionPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// `/w/{ws}/flows/{flow}/versions/{v}`.
    pub base: String,
    /// The way down.
    pub crumbs: Crumbs,
    /// Its plate, large.
    pub plate: Plate,
    /// Its status.
    pub status: StatusView,
    /// The note; may be empty.
    pub note: String,
    /// Version before it, to compare with.
    pub before: Option<u64>,
    /// Overview, runs, definition.
    pub tabs: Tabs,
    /// What this person may do.
    pub may: May,
    /// What can be done with the version.
    pub acts: VersionActs,
    /// It is live, and the person may change what runs there.
    pub hotfix: bool,
    /// It can be copied into the working draft, which is another one.
    pub into_draft: bool,
    /// Problems with links to the place to fix; empty: ready.
    pub problems: Vec<Rich>,
    /// Where it is quarantined, since when and why.
    pub held: Vec<Rich>,
    /// What is shown below.
    pub view: VersionView,
}

/// The tabs of a version.
pub enum VersionView {
    /// Graph, figures and facts.
    Overview(Box<Overview>),
    /// The author's text, and its format.
    Definition(Listing, &'static str),
}

/// The overview of a version.
pub struct Overview {
    /// Its graph.
    pub graph: GraphView,
    /// "Only runs pinned to version 16".
    pub figures_of: String,
    /// Runs, succeeded, p50, p95; empty: never ran.
    pub figures: Vec<Stat>,
    /// Its revisions, newest first; empty without a hot-fix.
    pub revisions: Vec<RevisionLine>,
    /// Name and value.
    pub facts: Vec<(String, Rich)>,
    /// What it calls and needs: flows, hosts.
    pub uses: Vec<Rich>,
    /// What refers to it.
    pub used_by: Vec<Rich>,
}

/// A revision of a version.
pub struct RevisionLine {
    /// "v3.1".
    pub name: String,
    /// It is what new runs take.
    pub latest: bool,
    /// Why; may be empty.
    pub note: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: TimeView,
}

/// `GET …/versions/{v}/hotfix`
#[derive(Template)]
#[template(path = "pages/version/hotfix.html")]
pub struct HotfixPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// The version's address.
    pub base: String,
    /// The way down.
    pub crumbs: Crumbs,
    /// The version's plate.
    pub plate: Plate,
    /// "v3.1".
    pub next: String,
    /// "Development and Production".
    pub places: String,
    /// Those of them with a rollout under way; mostly none.
    pub rolling: String,
    /// Why it would be refused now, whatever is typed.
    pub barred: Option<String>,
    /// The author's text, or what was typed.
    pub text: TextView,
    /// The settings as JSON.
    pub settings: Field,
    /// Why.
    pub note: Field,
    /// Lock version of what is shown.
    pub expect: String,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
}

/// A line of two texts compared.
#[derive(Debug, Clone)]
pub enum DiffLine {
    /// Lines that do not differ and are left out: "12 lines are the same".
    Gap(String),
    /// The same, with the address that shows them.
    Fold(String, String),
    /// Stands in both: numbers and text.
    Same(u32, u32, String),
    /// Stands only in the older; parts, marked where they differ.
    Removed(u32, Vec<(bool, String)>),
    /// Stands only in the newer.
    Added(u32, Vec<(bool, String)>),
}
