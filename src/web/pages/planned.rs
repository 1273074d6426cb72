//! `GET /w/{ws}/planned`: changes set for a time (PRODUCT §5.9).

use askama::Template;

use crate::web::components::nav::{Pager, Tabs};
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// The list: what waits for a person, what waits for its time, what has ended.
#[derive(Template)]
#[template(path = "pages/planned/list.html")]
pub struct PlannedPage {
    /// Around the page.
    pub layout: Layout,
    /// Rollouts, planned, packages.
    pub tabs: Tabs,
    /// Their base has moved: a person confirms or cancels them.
    pub suspended: Vec<PlannedRow>,
    /// They wait for their time, the next one first.
    pub upcoming: Vec<PlannedRow>,
    /// They have ended, newest first.
    pub ended: Vec<PlannedRow>,
    /// Foot of the list of those that have ended.
    pub pager: Pager,
}

impl PlannedPage {
    fn is_empty(&self) -> bool {
        self.suspended.is_empty() && self.upcoming.is_empty() && self.ended.is_empty()
    }
}

/// A planned change.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    /// Its id.
    pub id: String,
    /// "Deploy v4 of Order intake".
    pub what: Rich,
    /// "Deploy version 4 of Order intake", for readers of a button.
    pub words: String,
    /// Name of the environment.
    pub environment: String,
    /// When it is due.
    pub due: TimeView,
    /// Why, as written; may be empty.
    pub why: String,
    /// How the base has moved, why it was refused; may be empty.
    pub says: String,
    /// "Done", "Failed".
    pub state: &'static str,
    /// Its icon and tint: value of `data-status` and name of the icon.
    pub look: (&'static str, &'static str),
    /// Who planned it.
    pub by: String,
    /// When it ended.
    pub ended: Option<TimeView>,
    /// The person may confirm and cancel it.
    pub may: bool,
}
