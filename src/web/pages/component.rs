//! `/w/{ws}/components`: shared things that flows refer to, one page each, with a form per kind.

pub mod form;

use askama::Template;

use crate::domain::component::Kind;
use crate::web::components::banner::Banner;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager, Tabs};
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::pages::version::DiffLine;
use crate::web::time::TimeView;

/// A kind as people read it.
pub const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Connection => "Connection",
        Kind::Script => "Script",
        Kind::Cache => "Cache",
        Kind::Lookup => "Lookup",
        Kind::Variable => "Variable",
        Kind::Secret => "Secret",
    }
}

/// Several of a kind.
pub const fn kinds_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Connection => "Connections",
        Kind::Script => "Scripts",
        Kind::Cache => "Caches",
        Kind::Lookup => "Lookups",
        Kind::Variable => "Variables",
        Kind::Secret => "Secrets",
    }
}

/// What a kind is for, in one sentence.
pub const fn kind_says(kind: Kind) -> &'static str {
    match kind {
        Kind::Connection => "A base address with authentication, headers and a time limit, for steps that call HTTP.",
        Kind::Script => "A function with versions: a jq expression, or a task.",
        Kind::Cache => "Values that runs keep for a while, apart in each environment.",
        Kind::Lookup => "A table whose rows are found by their first column.",
        Kind::Variable => "A JSON value that expressions read.",
        Kind::Secret => "A value that runs use and nobody reads back.",
    }
}

/// The icon of a kind.
pub const fn kind_icon(kind: Kind) -> &'static str {
    match kind {
        Kind::Connection => "plug",
        Kind::Script => "code",
        Kind::Cache => "db",
        Kind::Lookup => "grid",
        Kind::Variable => "box",
        Kind::Secret => "key",
    }
}

/// What every page of a component has on top.
#[derive(Debug, Clone)]
pub struct ComponentHead {
    /// `/w/{ws}/components/{kind}/{name}`.
    pub base: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl ComponentHead {
    /// The breadcrumbs of its own page.
    pub fn own_crumbs(&self, layout: &Layout) -> Crumbs {
        kind_crumbs(layout, self.kind, &self.name)
    }

    /// The breadcrumbs down to it, ending in `here`.
    pub fn crumbs(&self, layout: &Layout, here: &str) -> Crumbs {
        kind_crumbs(layout, self.kind, here).below(self.base.as_str(), self.name.as_str())
    }

    fn icon(&self) -> &'static str {
        kind_icon(self.kind)
    }

    fn kind_words(&self) -> &'static str {
        kind_words(self.kind)
    }
}

/// The breadcrumbs down to a kind, ending in `here`.
pub fn kind_crumbs(layout: &Layout, kind: Kind, here: &str) -> Crumbs {
    let all = format!("{}/components", layout.home());
    Crumbs::here(here).below(all.as_str(), "Components").below(format!("{all}?kind={kind}"), kinds_words(kind))
}

/// The list.
#[derive(Template)]
#[template(path = "pages/component/list.html")]
pub struct ComponentsPage {
    /// Around the page.
    pub layout: Layout,
    /// All, and one tab a kind, with counts.
    pub tabs: Tabs,
    /// The kind that is shown, if only one is.
    pub kind: Option<KindView>,
    /// Kinds this person may make.
    pub new: Vec<KindView>,
    /// By name.
    pub rows: Vec<ComponentRow>,
    /// Foot of the table.
    pub pager: Pager,
}

/// A kind as a page says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindView {
    /// `connection`.
    pub word: &'static str,
    /// "Connection".
    pub one: &'static str,
    /// "Connections".
    pub many: &'static str,
    /// What it is for.
    pub says: &'static str,
    /// Its icon.
    pub icon: &'static str,
}

impl From<Kind> for KindView {
    fn from(kind: Kind) -> KindView {
        KindView { word: kind.as_str(), one: kind_words(kind), many: kinds_words(kind), says: kind_says(kind), icon: kind_icon(kind) }
    }
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct ComponentRow {
    /// The component.
    pub head: ComponentHead,
    /// What it holds, in a few words.
    pub short: Rich,
    /// How many places use it.
    pub used: usize,
    /// "3 places".
    pub used_words: String,
    /// Latest revision.
    pub revision: i64,
    /// Last change.
    pub changed: TimeView,
    /// Who changed it.
    pub by: String,
}

/// One component.
#[derive(Template)]
#[template(path = "pages/component/show.html")]
pub struct ComponentPage {
    /// Around the page.
    pub layout: Layout,
    /// The component.
    pub head: ComponentHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// The person may change it.
    pub may: bool,
    /// It shows an older revision, or a secret has no value.
    pub notice: Option<Banner>,
    /// What it holds.
    pub holds: Vec<(String, Rich)>,
    /// Text it holds: heading and text.
    pub code: Option<(String, String)>,
    /// A table it holds.
    pub table: Option<TableView>,
    /// How steps use it, as a piece of a definition.
    pub how: String,
    /// Facts: name and value.
    pub facts: Vec<(String, Rich)>,
    /// What uses it; empty: nothing.
    pub used_by: Vec<Rich>,
    /// Newest first; a secret has none.
    pub revisions: Vec<RevisionRow>,
    /// Foot of the revisions.
    pub pager: Pager,
    /// Values in a cache, when this is one.
    pub cached: Option<u64>,
}

/// A table as it is shown.
#[derive(Debug, Clone)]
pub struct TableView {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The first rows.
    pub rows: Vec<Vec<String>>,
    /// "The first 100 of 2,000 rows."
    pub says: String,
}

/// A revision in the list.
#[derive(Debug, Clone)]
pub struct RevisionRow {
    /// Number.
    pub number: i64,
    /// It is the latest.
    pub latest: bool,
    /// It is the one on the page.
    pub here: bool,
    /// Why it was made; may be empty.
    pub note: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: TimeView,
}

/// The form, to make a component or to change it.
#[derive(Template)]
#[template(path = "pages/component/edit.html")]
pub struct ComponentFormPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// "New connection".
    pub title: String,
    /// Below it.
    pub says: String,
    /// Where the form goes.
    pub action: String,
    /// Where *Cancel* leads.
    pub back: String,
    /// "Make the connection".
    pub act: String,
    /// Hidden: what the change is based on.
    pub expect: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
}

/// Two revisions side by side.
#[derive(Template)]
#[template(path = "pages/component/compare.html")]
pub struct ComponentComparePage {
    /// Around the page.
    pub layout: Layout,
    /// The component.
    pub head: ComponentHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// The older revision.
    pub from: i64,
    /// The newer one.
    pub to: i64,
    /// Lines that differ; empty: nothing does.
    pub text: Vec<DiffLine>,
}
