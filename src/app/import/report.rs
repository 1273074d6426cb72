//! What a file would do here, item by item, before anything is written.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::flows::{self, FlowPlan};
use super::others::{self, OtherPlan};
use super::source::Source;
use crate::definition::import::Line;
use crate::domain::access::Permission;
use crate::domain::event::hex;
use crate::domain::portable::quoted;
use crate::store::conn::Conn;
use crate::store::portable;
use crate::store::workspaces::Workspace;

crate::text_enum! {
    /// What an item of a file is.
    pub enum Part ("part of a file") {
        /// A flow.
        Flow = "flow",
        /// A component.
        Component = "component",
        /// An environment.
        Environment = "environment",
        /// A plan of stages.
        Plan = "plan",
        /// A package.
        Package = "package",
    }
}

crate::text_enum! {
    /// What is to be done with an item.
    pub enum Act ("choice") {
        /// Nothing.
        Skip = "skip",
        /// As the file has it: drafts as drafts, history as history.
        AsFile = "as_file",
        /// Only the newest version, as a draft.
        AsDraft = "as_draft",
    }
}

crate::text_enum! {
    /// What an item would do.
    pub enum Outcome ("outcome of an item") {
        /// It is made.
        New = "new",
        /// What is here gets new versions or a new revision.
        Adds = "adds",
        /// It is here already.
        Identical = "identical",
        /// What is here differs, and stays.
        Kept = "kept",
        /// Its name is taken: choose another, or skip it.
        Clash = "clash",
        /// A rule keeps it out.
        Refused = "refused",
        /// Left out by choice.
        Skipped = "skipped",
    }
}

crate::text_enum! {
    /// How much a note matters.
    pub enum Weight ("weight of a note") {
        /// Worth knowing.
        Info = "info",
        /// Something has to be done afterwards.
        Warning = "warning",
        /// Something stays out.
        Refusal = "refusal",
    }
}

/// What somebody chose for an item; what is not named goes as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is.
    pub part: Part,
    /// Which one: a flow's or environment's slug, `kind/name` of a component, a name.
    pub key: String,
    /// What to do with it.
    pub act: Act,
    /// Another slug for a flow; it comes in as a flow of its own then.
    pub slug: Option<String>,
}

/// Something to know about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// How much it matters.
    pub weight: &'static str,
    /// In one sentence.
    pub says: String,
}

impl Note {
    pub(super) fn new(weight: Weight, says: impl Into<String>) -> Self {
        Self { weight: weight.as_str(), says: says.into() }
    }
}

/// What becomes of one version of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// Its number in the file.
    pub file: i64,
    /// The number it has or gets here; none when it stays out.
    pub here: Option<i64>,
    /// Whether it is made.
    pub made: bool,
    /// draft, published or archived.
    pub lifecycle: String,
}

/// One item of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is.
    pub part: &'static str,
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
    pub outcome: &'static str,
    /// The same in words.
    pub says: String,
    /// What is chosen for it.
    pub act: &'static str,
    /// What may be chosen.
    pub acts: Vec<&'static str>,
    /// Of a flow: what becomes of each version.
    pub versions: Vec<Mapped>,
    /// What to know.
    pub notes: Vec<Note>,
}

impl Item {
    /// Whether it is made or adds something.
    pub fn makes(&self) -> bool {
        self.outcome == Outcome::New.as_str() || self.outcome == Outcome::Adds.as_str()
    }
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What the file is.
    pub kind: &'static str,
    /// Whether it fills an empty workspace with everything the file holds.
    pub whole: bool,
    /// Item by item, in the order in which they are brought in.
    pub items: Vec<Item>,
    /// What became of each state and field of a state machine.
    pub conversion: Vec<Line>,
    /// Names what the file meets here, whatever is chosen: whoever applies may ask that it still be the same.
    pub digest: String,
}

/// The report together with what it takes to carry it out.
pub(super) struct Planned {
    pub report: Report,
    pub flows: Vec<FlowPlan>,
    pub others: Vec<OtherPlan>,
}

/// What a file would do here.
///
/// # Errors
/// Not allowed; a choice names nothing of the file; the database.
pub fn report(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, source: &Source, choices: &[Choice]) -> Result<Report> {
    Ok(plan(conn, ctx, workspace, source, choices)?.report)
}

pub(super) fn plan(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, source: &Source, choices: &[Choice]) -> Result<Planned> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    known(source, choices)?;
    let mut planned = under(conn, ctx, workspace, source, choices)?;
    // What stands here is named by the report without choices: these may change until the last moment.
    planned.report.digest = if choices.is_empty() {
        digest(source, &planned.report.items)
    } else {
        digest(source, &under(conn, ctx, workspace, source, &[])?.report.items)
    };
    Ok(planned)
}

fn digest(source: &Source, items: &[Item]) -> String {
    // Items are texts and numbers: they always become JSON.
    let text = serde_json::to_string(items).unwrap_or_default();
    hex(&Sha256::new().chain_update(&source.hash).chain_update(text).finalize())
}

fn under(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, source: &Source, choices: &[Choice]) -> Result<Planned> {
    let full = source.kind == super::SourceKind::Workspace;
    let admin = ctx.actor.may(Permission::Administer, Some(&workspace.id()));
    let whole = full && admin && portable::is_empty(conn, &workspace.id)?;
    let flows = flows::plan(conn, workspace, source, choices, whole)?;
    let others = others::plan(conn, ctx, workspace, source, choices, whole, &flows)?;
    let mut items: Vec<Item> = others.iter().filter(|o| o.first()).map(|o| o.item.clone()).collect();
    items.extend(flows.iter().map(|f| f.item.clone()));
    items.extend(others.iter().filter(|o| !o.first()).map(|o| o.item.clone()));
    let report = Report { kind: source.kind.as_str(), whole, items, conversion: source.lines.clone(), digest: String::new() };
    Ok(Planned { report, flows, others })
}

/// Keys that a refusal names of a file with more of them.
const NAMED: usize = 20;

/// Refuses choices that name nothing of the file: somebody meant something else by them.
fn known(source: &Source, choices: &[Choice]) -> Result<()> {
    for choice in choices {
        let keys = keys(source, choice.part);
        if keys.contains(&choice.key) {
            continue;
        }
        let (part, more) = (choice.part, keys.len().saturating_sub(NAMED));
        let listed = keys.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let there = match (keys.len(), more) {
            (0, _) => format!("it holds none of that kind ({part})"),
            (_, 0) => format!("choose from {listed}"),
            _ => format!("choose from {listed} and {more} more"),
        };
        return Err(Error::invalid("choices", format!("The file holds no {part} {}: {there}.", quoted(&choice.key))));
    }
    Ok(())
}

/// How choices name what the file holds of a part.
fn keys(source: &Source, part: Part) -> Vec<String> {
    let body = &source.body;
    match part {
        Part::Flow => body.flows.iter().map(|f| f.slug.clone()).collect(),
        Part::Component => body.components.iter().map(|c| format!("{}/{}", c.kind, c.name)).collect(),
        Part::Environment => body.environments.iter().map(|e| e.slug.clone()).collect(),
        Part::Plan => body.plans.iter().map(|p| p.name.clone()).collect(),
        Part::Package => body.packages.iter().map(|p| p.name.clone()).collect(),
    }
}

/// What is chosen for an item, if anything.
pub(super) fn chosen<'c>(choices: &'c [Choice], part: Part, key: &str) -> Option<&'c Choice> {
    choices.iter().find(|c| c.part == part && c.key == key)
}
