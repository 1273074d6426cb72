//! Imports in answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::import::{Done, Item, Made, Report};
use crate::web::api::words;

/// What an import would do, and what it did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// Whether it was done.
    pub applied: bool,
    /// What the file is.
    #[schema(value_type = words::ImportKind)]
    pub kind: String,
    /// Whether it fills an empty workspace with everything the file holds.
    pub whole: bool,
    /// Names this report; give it back as `expect`.
    pub digest: String,
    /// Item by item, in the order in which they are brought in.
    pub items: Vec<ImportItem>,
    /// What became of each state and field of a state machine.
    pub conversion: Vec<ImportLine>,
    /// What was made; null before it is done.
    pub done: Option<ImportDone>,
}

/// One item of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportItem {
    /// What it is.
    #[schema(value_type = words::ImportPart)]
    pub part: String,
    /// How choices name it.
    pub key: String,
    /// For people.
    pub name: String,
    /// What the file holds of it, in words.
    pub holds: String,
    /// What is here of it, in words; empty: nothing.
    pub here: String,
    /// The slug of the flow it goes to or becomes.
    pub slug: Option<String>,
    /// What would happen.
    #[schema(value_type = words::ImportOutcome)]
    pub outcome: String,
    /// The same in words.
    pub says: String,
    /// What is chosen for it.
    #[schema(value_type = words::ImportAct)]
    pub act: String,
    /// What may be chosen.
    #[schema(value_type = Vec<words::ImportAct>)]
    pub acts: Vec<String>,
    /// Of a flow: what becomes of each version.
    pub versions: Vec<ImportVersion>,
    /// What to know.
    pub notes: Vec<ImportNote>,
}

/// What becomes of one version of the file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportVersion {
    /// Its number in the file.
    pub file: i64,
    /// The number it has or gets here; null when it stays out.
    pub here: Option<i64>,
    /// Whether it is made.
    pub made: bool,
    /// What it is then.
    #[schema(value_type = words::Lifecycle)]
    pub lifecycle: String,
}

/// Something to know about an item.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportNote {
    /// How much it matters.
    #[schema(value_type = words::ImportWeight)]
    pub weight: String,
    /// In one sentence.
    pub says: String,
}

/// What became of a state or field of a state machine.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportLine {
    /// JSON pointer into the state machine.
    pub place: String,
    /// What became of it.
    #[schema(value_type = words::ImportFate)]
    pub fate: String,
    /// How, or why not.
    pub says: String,
}

/// What was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportDone {
    /// One after the other.
    pub made: Vec<ImportMade>,
    /// Items that were here already.
    pub identical: usize,
    /// Items that stayed out.
    pub left_out: usize,
}

/// Something that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportMade {
    /// What it is.
    #[schema(value_type = words::ImportPart)]
    pub part: String,
    /// Its key in the file.
    pub key: String,
    /// For people.
    pub name: String,
    /// How addresses name it.
    pub address: String,
    /// What happened.
    pub says: String,
    /// Numbers of the versions that were made.
    pub versions: Vec<i64>,
}

impl ImportAnswer {
    /// Before it is done.
    pub fn report(report: Report) -> Self {
        let line = |l: crate::definition::import::Line| ImportLine { place: l.place, fate: l.fate.to_owned(), says: l.says };
        Self {
            applied: false,
            kind: report.kind.to_owned(),
            whole: report.whole,
            digest: report.digest,
            items: report.items.into_iter().map(ImportItem::from).collect(),
            conversion: report.conversion.into_iter().map(line).collect(),
            done: None,
        }
    }

    /// Afterwards.
    pub fn done(report: Report, done: Done) -> Self {
        let made = |m: Made| ImportMade { part: m.part, key: m.key, name: m.name, address: m.address, says: m.says, versions: m.versions };
        let done = ImportDone { made: done.made.into_iter().map(made).collect(), identical: done.identical, left_out: done.left_out };
        Self { applied: true, done: Some(done), ..Self::report(report) }
    }
}

impl From<Item> for ImportItem {
    fn from(item: Item) -> Self {
        let versions = item.versions.into_iter();
        Self {
            part: item.part.to_owned(),
            key: item.key,
            name: item.name,
            holds: item.holds,
            here: item.here,
            slug: item.slug,
            outcome: item.outcome.to_owned(),
            says: item.says,
            act: item.act.to_owned(),
            acts: item.acts.into_iter().map(str::to_owned).collect(),
            versions: versions.map(|m| ImportVersion { file: m.file, here: m.here, made: m.made, lifecycle: m.lifecycle }).collect(),
            notes: item.notes.into_iter().map(|n| ImportNote { weight: n.weight.to_owned(), says: n.says }).collect(),
        }
    }
}
