//! Pages of the past: dashboard, flow and environment as of an instant, read-only (PRODUCT §9.2).

use askama::Template;

use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::Plate;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// The banner that every page of the past bears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastBanner {
    /// "As of Thursday 12 November 2026, 09:15 UTC."
    pub title: String,
    /// The change before: address and words.
    pub earlier: Option<(String, String)>,
    /// The change after.
    pub later: Option<(String, String)>,
    /// The same page as it is now.
    pub now: String,
}

/// `GET` of a page with `?at=`.
#[derive(Template)]
#[template(path = "pages/past/show.html")]
pub struct PastPage {
    /// Around the page.
    pub layout: Layout,
    /// What is looked at, and when.
    pub banner: PastBanner,
    /// The way down, of a flow's and an environment's.
    pub crumbs: Option<Crumbs>,
    /// "Dashboard", or a name as it was then.
    pub heading: String,
    /// Facts under the heading.
    pub meta: Vec<String>,
    /// Tables.
    pub sections: Vec<PastSection>,
    /// Foot.
    pub pager: Pager,
}

/// A table of the past.
#[derive(Debug, Clone, Default)]
pub struct PastSection {
    /// Id of its heading.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Whether it shows number plates, whose colours are then explained.
    pub plates: bool,
    /// Columns after the first, which is `first`.
    pub columns: Vec<String>,
    /// The first column.
    pub first: String,
    /// Rows.
    pub rows: Vec<PastRow>,
    /// What is said instead of an empty table.
    pub empty: String,
}

/// A row of it.
#[derive(Debug, Clone, Default)]
pub struct PastRow {
    /// Its name.
    pub name: String,
    /// Where that leads, at the same instant; empty: nowhere.
    pub href: String,
    /// Below the name.
    pub sub: String,
    /// A plate instead of a name.
    pub plate: Option<Plate>,
    /// One per column.
    pub cells: Vec<PastCell>,
}

/// A cell of it.
#[derive(Debug, Clone, Default)]
pub struct PastCell {
    /// The version that was live.
    pub plate: Option<Plate>,
    /// Since when.
    pub since: Option<TimeView>,
    /// What was being rolled out, and its share.
    pub candidate: Option<(Plate, String)>,
    /// The run switch, unless it was on.
    pub status: Option<StatusView>,
    /// Versions that might not come back there: "v3 quarantined"; empty when there were none.
    pub held: Option<StatusView>,
    /// Words; those of an empty cell when there is nothing else.
    pub words: String,
    /// "now v18", where today differs.
    pub was: Option<String>,
}
