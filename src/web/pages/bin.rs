//! `GET /w/{ws}/bin`: deleted things, for 30 days (PRODUCT §3.7).

use askama::Template;

use crate::web::components::nav::Pager;
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// What was deleted.
#[derive(Template)]
#[template(path = "pages/bin/list.html")]
pub struct BinPage {
    /// Around the page.
    pub layout: Layout,
    /// Deleted last first.
    pub items: Vec<BinItem>,
    /// Foot.
    pub pager: Pager,
}

/// A deleted thing.
#[derive(Debug, Clone)]
pub struct BinItem {
    /// What its button names.
    pub id: String,
    /// "Order intake v14".
    pub name: Rich,
    /// Flow, version, connection, …
    pub kind: &'static str,
    /// The person may bring it back.
    pub may: bool,
    /// Who deleted it.
    pub by: String,
    /// When.
    pub at: TimeView,
    /// Why, as written; may be empty.
    pub reason: String,
    /// When it goes for good.
    pub until: TimeView,
}
