//! `…/versions/{v}/edit`: one draft as a list of steps with forms, and as text; one document behind both.

pub mod forms;
pub mod slots;

use askama::Template;

use crate::web::components::change::ChangeView;
use crate::web::components::field::Field;
use crate::web::components::graph::GraphView;
use crate::web::components::nav::{Crumbs, Segments};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::highlight::Listing;
use crate::web::layout::Layout;
use crate::web::pages::flow::FlowHead;
use forms::{Part, StepForm};

/// The editor. Parts: `problems`, `blocks`, `step` and `preview`.
#[derive(Template)]
#[template(path = "pages/editor/show.html", blocks = ["problems", "blocks", "step", "preview"])]
pub struct EditorPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// `…/versions/{v}`.
    pub base: String,
    /// The way down.
    pub crumbs: Crumbs,
    /// Its plate, large.
    pub plate: Plate,
    /// Draft, ready, not ready.
    pub status: StatusView,
    /// "Draft, made from v18", "Only you edit this draft now".
    pub meta: Vec<Rich>,
    /// "Saved 14:31 by you".
    pub saved: String,
    /// Version to compare with.
    pub before: Option<u64>,
    /// It may be published as it is.
    pub publishable: bool,
    /// It was made from something that it can go back to.
    pub discardable: bool,
    /// Content that this page shows; sent back with each save.
    pub expect: String,
    /// Said before a form edit that would lose comments.
    pub comments_warning: Option<String>,
    /// Problems: where to fix and words; empty: ready.
    pub problems: Vec<(String, String)>,
    /// Form or text.
    pub views: Segments,
    /// The list of steps.
    pub blocks: Vec<BlockRow>,
    /// What a new step may do: value and words.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// Pointer of the step that is edited; new ones go behind it.
    pub selected: String,
    /// What is edited.
    pub view: EditorView,
    /// The graph.
    pub graph: GraphView,
}

/// What is edited.
pub enum EditorView {
    /// One step.
    Step(Box<StepForm>),
    /// Name, title, schemas of the document.
    Document(Vec<Field>),
    /// The whole text.
    Text(TextView),
    /// The text cannot be read as a document: only the text can be edited.
    Nothing(String),
}

/// The text of a draft.
pub struct TextView {
    /// As its author wrote it.
    pub text: String,
    /// Lines with problems, from 1.
    pub lines: Vec<u32>,
}

impl TextView {
    /// Numbers of its lines.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        1..=u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX).max(1)
    }
    /// The lines with problems, for the script that marks them.
    pub fn marks(&self) -> String {
        self.lines.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// A line of the list of steps.
#[derive(Debug, Clone)]
pub enum BlockRow {
    /// A step.
    Step(Block),
    /// The heading of a list inside of a step: "If it fails", "For each order".
    Branch {
        /// How deep, from 1.
        depth: u8,
        /// The words.
        words: String,
    },
}

/// A step in the list.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its pointer.
    pub pointer: String,
    /// Id in the page.
    pub id: String,
    /// How deep it stands, from 0.
    pub depth: u8,
    /// Name of the icon of its kind.
    pub icon: &'static str,
    /// Name.
    pub name: String,
    /// What it does.
    pub says: String,
    /// What is wrong with it; may be empty.
    pub error: String,
    /// It is the one that is edited.
    pub here: bool,
    /// It is not the first of its list.
    pub up: bool,
    /// It is not the last of its list.
    pub down: bool,
}

impl EditorPage {
    fn step_query(&self, pointer: &str) -> String {
        serde_html_form::to_string([("step", pointer)]).unwrap_or_default()
    }
    fn text_view(&self) -> bool {
        matches!(self.view, EditorView::Text(_) | EditorView::Nothing(_))
    }
}

/// 409: somebody else saved this draft. Nothing was saved, nothing is lost.
#[derive(Template)]
#[template(path = "pages/editor/conflict.html")]
pub struct ConflictPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// `…/versions/{v}`.
    pub base: String,
    /// The way down.
    pub crumbs: Crumbs,
    /// Number of the draft.
    pub number: u64,
    /// Who saved.
    pub who: String,
    /// "at 14:33, two minutes after you opened it"
    pub when: String,
    /// What they changed.
    pub theirs: Vec<ChangeView>,
    /// What you changed.
    pub mine: Vec<ChangeView>,
    /// Both put together.
    pub merged: String,
    /// Places where both changed the same lines; they are marked in `merged`.
    pub clashes: usize,
    /// Their text, whole.
    pub their_text: Listing,
    /// Your text, whole.
    pub my_text: Listing,
    /// Your text as it was sent.
    pub my_raw: String,
    /// Content that stands now; sent back with the merge.
    pub expect: String,
}
