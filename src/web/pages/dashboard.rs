//! `GET /w/{ws}`: what needs attention, and which version runs where.

use askama::Template;

use crate::web::components::meter::{Share, Spark};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// The dashboard. Parts: `attention` and `matrix`, each polled with `?part=…&poll=1`.
#[derive(Template)]
#[template(path = "pages/dashboard/show.html", blocks = ["attention", "matrix"])]
pub struct DashboardPage {
    /// Around the page.
    pub layout: Layout,
    /// "10 flows in 2 environments".
    pub summary: String,
    /// May make flows.
    pub may_edit: bool,
    /// Worst first.
    pub attention: Vec<Attention>,
    /// Columns: name and slug, production last.
    pub environments: Vec<(String, String)>,
    /// Rows.
    pub flows: Vec<FlowRow>,
    /// What was typed to find a flow.
    pub find: String,
    /// Only flows whose environments run different versions.
    pub drift: bool,
    /// "10 of 10 flows."
    pub count: String,
    /// Further flows: address.
    pub next: Option<String>,
    /// When the figures were taken: `14:32:08`.
    pub updated: String,
}

impl DashboardPage {
    /// No flow exists yet, which is another thing than a filter that finds none.
    fn empty(&self) -> bool {
        self.flows.is_empty() && self.find.is_empty() && !self.drift
    }
    /// There is nothing to tell apart by environment (PRODUCT §4.1).
    fn one_environment(&self) -> bool {
        self.environments.len() < 2
    }
}

/// One thing that needs attention.
#[derive(Debug, Clone)]
pub struct Attention {
    /// `bad`, `warn` or empty.
    pub kind: &'static str,
    /// Name of the icon.
    pub icon: &'static str,
    /// The fact.
    pub title: String,
    /// The number and the limit.
    pub text: Rich,
    /// Where to look: address and words.
    pub link: (String, String),
}

/// A flow in the matrix.
#[derive(Debug, Clone)]
pub struct FlowRow {
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Its cells, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// A flow in an environment.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// What runs here, with an id; None when nothing does.
    pub plate: Option<Plate>,
    /// Since when.
    pub since: Option<TimeView>,
    /// What is rolling out beside it: its plate and share.
    pub candidate: Option<(Plate, Share)>,
    /// Paused, stopped, not ready.
    pub status: Option<StatusView>,
    /// Share of runs that succeeded in 24 hours.
    pub health: Option<StatusView>,
    /// "Rolled back from v9".
    pub note: String,
    /// "3 failed" in 24 hours; empty for none.
    pub failed: String,
    /// More failed than usual.
    pub failed_bad: bool,
    /// Failures of 24 hours.
    pub spark: Option<Spark>,
}
