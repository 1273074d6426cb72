//! Pages of a workspace itself: its settings, and making another.

use askama::Template;

use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::layout::Layout;

/// `GET /w/{ws}/settings`.
#[derive(Template)]
#[template(path = "pages/workspace/settings.html")]
pub struct WorkspaceSettingsPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// May change them.
    pub may_admin: bool,
    /// May make another workspace.
    pub may_create: bool,
    /// The workspace's revision that the form was made from.
    pub expect: u64,
    /// What can be set.
    pub fields: Vec<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// Each state with what it means.
    pub states: Vec<(StatusView, &'static str)>,
    /// Facts: name and value.
    pub facts: Vec<(String, Rich)>,
}

/// `GET /workspaces/new`.
#[derive(Template)]
#[template(path = "pages/workspace/new.html")]
pub struct NewWorkspacePage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// What is asked.
    pub fields: Vec<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
}

/// Every state that a version can have, and what it means.
pub fn states() -> Vec<(StatusView, &'static str)> {
    vec![
        (StatusView::draft(), "Being written. Nothing but test runs and starts in development use it."),
        (StatusView::not_ready(None), "Something in it has to be put right before it can be published or deployed."),
        (StatusView::ready(), "Published: its definition and settings never change again. It runs nowhere yet."),
        (StatusView::live(), "New runs use it."),
        (StatusView::paused(), "New runs are refused; those in progress finish."),
        (StatusView::disabled(), "Triggers and schedules are off; people may still start it."),
        (StatusView::stopped(), "Off, and every run in progress was cancelled."),
        (StatusView::inactive(), "Was live, and can be deployed again."),
        (StatusView::archived(), "Put away; it keeps its history and can be brought back."),
    ]
}
