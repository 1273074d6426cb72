//! Histories: of the workspace, of a flow, of an environment, of a person.

use askama::Template;

use crate::web::components::event::EventDay;
use crate::web::components::field::Field;
use crate::web::components::nav::{Crumbs, Pager, Tabs};
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// The way into the past.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsOfForm {
    /// The page that is shown as of then.
    pub action: String,
    /// The present minute, `2026-11-19T14:32`; the past ends there.
    pub value: String,
}

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
    /// Words and addresses of the same events as files.
    pub exports: Vec<(String, String)>,
    /// Who looked at the thing, and in which hour; for administrators.
    pub seen: Vec<(String, TimeView)>,
    /// The way into the past, where there is a page of it.
    pub as_of: Option<AsOfForm>,
    /// Filters.
    pub filters: Vec<Field>,
    /// A filter is set.
    pub filtered: bool,
    /// Events under their days, newest first.
    pub days: Vec<EventDay>,
    /// Foot.
    pub pager: Pager,
}
