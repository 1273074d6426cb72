//! Imports: a file is chosen, reported on, brought in (PRODUCT §3.11).

use askama::Template;

use crate::web::components::change::CheckView;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::plate::Plate;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// `GET /w/{ws}/import`
#[derive(Template)]
#[template(path = "pages/import/new.html")]
pub struct NewImportPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// What is wrong, on top.
    pub summary: Option<ErrorSummary>,
    /// What is wrong with the file.
    pub error: Option<String>,
    /// The text of a file, for whoever has none.
    pub text: Field,
}

/// `GET /w/{ws}/import/{import}`
#[derive(Template)]
#[template(path = "pages/import/report.html")]
pub struct ImportReportPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Its address.
    pub base: String,
    /// What the file is called.
    pub file: String,
    /// What the file is, and until when it waits.
    pub kind: &'static str,
    /// Until when it waits.
    pub until: TimeView,
    /// It fills an empty workspace.
    pub whole: bool,
    /// Names the report.
    pub digest: String,
    /// What is wrong, on top.
    pub summary: Option<ErrorSummary>,
    /// Item by item.
    pub rows: Vec<ImportRow>,
    /// What to know, all items together.
    pub checks: Vec<CheckView>,
    /// What became of a state machine: place, mark, words.
    pub conversion: Vec<ConversionRow>,
    /// Parts that are carried over as they are.
    pub carried: usize,
    /// "Import 2 items"; none when there is nothing to do.
    pub button: Option<String>,
}

/// An item of the report.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// `flow:order-intake`.
    pub key: String,
    /// Number of the row, for ids.
    pub n: usize,
    /// "Flow".
    pub part: &'static str,
    /// Its name.
    pub name: String,
    /// What the file holds of it.
    pub holds: String,
    /// What is here; empty: nothing.
    pub here: String,
    /// Mark and icon of the outcome.
    pub look: (&'static str, &'static str),
    /// What would happen.
    pub says: String,
    /// The versions that would be made, at most a few.
    pub plates: Vec<Plate>,
    /// How many more.
    pub more: usize,
    /// May be chosen.
    pub open: bool,
    /// Is chosen.
    pub taken: bool,
    /// How it comes in: value and words; empty when there is no choice.
    pub ways: Vec<(&'static str, &'static str)>,
    /// The chosen way.
    pub way: &'static str,
    /// The slug that is wished for; none where there is no such choice.
    pub slug: Option<String>,
    /// What is wrong with it.
    pub wrong: bool,
}

/// A line of the report about a state machine.
#[derive(Debug, Clone)]
pub struct ConversionRow {
    /// Where in the state machine.
    pub place: String,
    /// Mark and icon.
    pub look: (&'static str, &'static str),
    /// "Approximated".
    pub fate: &'static str,
    /// How, or why not.
    pub says: String,
}

/// `GET /w/{ws}/import/{import}`, afterwards.
#[derive(Template)]
#[template(path = "pages/import/done.html")]
pub struct ImportDonePage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// What the file is called.
    pub file: String,
    /// Who brought it in, and when.
    pub by: String,
    /// When.
    pub at: TimeView,
    /// What was made.
    pub rows: Vec<DoneRow>,
    /// "1 was here already, 2 stayed out"; may be empty.
    pub rest: String,
}

/// Something that was made.
#[derive(Debug, Clone)]
pub struct DoneRow {
    /// "Flow".
    pub part: &'static str,
    /// Where it stands; empty: nowhere of its own.
    pub link: String,
    /// Its name.
    pub name: String,
    /// What happened.
    pub says: String,
    /// The versions that were made, at most a few.
    pub plates: Vec<Plate>,
}
