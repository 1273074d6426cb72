//! A dialog as a page of its own; with htmx the dialog alone is put over the page that stands.

use askama::Template;

use crate::web::components::dialog::Dialog;
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;

/// The page of a dialog: `reply(hx, status, &page, &page.as_dialog())`.
#[derive(Template)]
#[template(path = "pages/dialog/show.html", blocks = ["dialog"])]
pub struct DialogPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// What the dialog is about: name of the flow, number of the run.
    pub heading: Rich,
    /// The dialog.
    pub dialog: Dialog,
}
