//! `GET /w/{ws}/bin` and `…/bin/{id}`: deleted things, for 30 days (PRODUCT §3.7, §3.9).

use askama::Template;

use crate::web::components::banner::Banner;
use crate::web::components::field::Field;
use crate::web::components::nav::{Crumbs, Pager, Segments};
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::highlight::Listing;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// What was deleted.
#[derive(Template)]
#[template(path = "pages/bin/list.html")]
pub struct BinPage {
    /// Around the page.
    pub layout: Layout,
    /// By kind.
    pub kinds: Segments,
    /// The kind that is shown; empty for all.
    pub kind: String,
    /// The text that is looked for.
    pub find: String,
    /// Deleted last first.
    pub items: Vec<BinItem>,
    /// Foot.
    pub pager: Pager,
}

impl BinPage {
    fn is_filtered(&self) -> bool {
        !self.kind.is_empty() || !self.find.is_empty()
    }
}

/// A deleted thing.
#[derive(Debug, Clone)]
pub struct BinItem {
    /// What its addresses name.
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

/// A deleted thing with what it held, to be read.
#[derive(Template)]
#[template(path = "pages/bin/show.html")]
pub struct BinEntryPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// The thing.
    pub item: BinItem,
    /// What did not work.
    pub refused: Option<Banner>,
    /// The name it comes back under, where it can have another.
    pub name: Option<Field>,
    /// Where its history is read, of a flow.
    pub history: Option<String>,
    /// What it was called and belonged to.
    pub facts: Vec<(String, String)>,
    /// The definition as written.
    pub definition: Option<Listing>,
    /// Settings or configuration.
    pub held: Option<Listing>,
    /// What an admin types to take it out for good; none for others.
    pub purge: Option<(Field, Field)>,
}
