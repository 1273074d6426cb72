//! Histories: of the workspace, and of one flow.

use askama::Template;

use crate::web::components::event::EventDay;
use crate::web::components::field::Field;
use crate::web::components::nav::{Crumbs, Pager, Tabs};
use crate::web::filters;
use crate::web::layout::Layout;

/// `GET /w/{ws}/history` and `…/flows/{flow}/history`. Part: `events`.
#[derive(Template)]
#[template(path = "pages/history/list.html", blocks = ["events"])]
pub struct HistoryPage {
    /// Around the page.
    pub layout: Layout,
    /// "History", or the name of the flow.
    pub heading: String,
    /// Address of this history.
    pub base: String,
    /// The way down, of a flow's.
    pub crumbs: Option<Crumbs>,
    /// Tabs, of a flow's.
    pub tabs: Option<Tabs>,
    /// Filters.
    pub filters: Vec<Field>,
    /// A filter is set.
    pub filtered: bool,
    /// Events under their days, newest first.
    pub days: Vec<EventDay>,
    /// Foot.
    pub pager: Pager,
}
