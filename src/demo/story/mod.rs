//! What happened in the demo's month: flows, their versions and why they changed, who deployed them when.
//!
//! The newest published text of a flow is its file in `examples/`; earlier texts are made from it by undoing what each
//! version changed, drafts by doing what theirs change.

mod back_office;
mod customers;
mod goods;
mod orders;
pub mod staging;

use serde_json::Value;

use super::random::Random;

/// Somebody who works with the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Admin, and who the demo is signed in as.
    Aiko,
    /// Edits the shop's flows.
    Tomas,
    /// Edits logistics and payments.
    Mara,
    /// Operates production.
    Dele,
    /// Reads.
    Ines,
}

/// Everybody, with e-mail address, name and role.
pub const PEOPLE: &[(Who, &str, &str, &str)] = &[
    (Who::Aiko, "aiko@demo.example", "Aiko Tanaka", "admin"),
    (Who::Tomas, "tomas@demo.example", "Tomás Ribeiro", "editor"),
    (Who::Mara, "mara@demo.example", "Mara Lindqvist", "editor"),
    (Who::Dele, "dele@demo.example", "Dele Okafor", "operator"),
    (Who::Ines, "ines@demo.example", "Ines Keller", "viewer"),
];

/// How a version differs from the one before it.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// This text took the place of that one; each stands once in its version.
    Text {
        /// Before.
        was: &'static str,
        /// After.
        now: &'static str,
    },
    /// A step of this name came in.
    Step(&'static str),
}

/// Where a version went.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// It is a draft still.
    Draft,
    /// Published and tried in development.
    Development,
    /// In production since so many days ago, deployed by Dele with this comment.
    Production(f64, &'static str),
}

/// A version of a flow.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    /// Who wrote it.
    pub by: Who,
    /// Days ago.
    pub days: f64,
    /// What changed and why.
    pub note: &'static str,
    /// Ticket or commit; empty for none.
    pub reference: &'static str,
    /// Unique in the flow; empty for none.
    pub label: &'static str,
    /// Against the version before.
    pub changes: &'static [Change],
    /// Where it went.
    pub fate: Fate,
    /// Share of its runs in production that fail.
    pub failing: f64,
}

impl Version {
    /// A version by its author, so many days ago; the rest is said with `..`.
    const fn new(by: Who, days: f64, note: &'static str, changes: &'static [Change], fate: Fate) -> Self {
        Self { by, days, note, reference: "", label: "", changes, fate, failing: 0.01 }
    }

    const fn reference(self, reference: &'static str) -> Self {
        Self { reference, ..self }
    }

    const fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    const fn failing(self, failing: f64) -> Self {
        Self { failing, ..self }
    }
}

/// What else happened to a flow.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// Paused in production.
    Pause(&'static str),
    /// Rolled back in production to the version before.
    RollBack(&'static str),
    /// A version began to roll out in production, by the plan and its guard, with this comment.
    RollOut(i64, &'static str),
    /// Signalbox led the rollout to its next stage.
    Advance,
    /// The guard rolled the rollout back.
    GuardRollsBack,
    /// A version was put away.
    Archive(i64),
    /// A version was put in the bin.
    Delete(i64),
    /// The flow was put in the bin.
    DeleteFlow,
}

/// A flow with all that happened to it.
pub struct Story {
    /// As in addresses.
    pub slug: &'static str,
    /// For people.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// The newest published text.
    pub text: &'static str,
    /// Oldest first.
    pub versions: &'static [Version],
    /// When, who, what.
    pub events: &'static [(f64, Who, Event)],
    /// Runs a day in production.
    pub a_day: f64,
    /// What its references begin with, and the number that the demo's begin at.
    pub reference: (&'static str, i64),
    /// The expression that picks a run's key; empty for none.
    pub key: &'static str,
    /// An input around a reference.
    pub sample: fn(&mut Random, &str) -> Value,
    /// Calls that fail now and then: path and status.
    pub faults: &'static [(&'static str, u16)],
    /// Whether a clock starts it, rather than a program.
    pub by_schedule: bool,
}

/// Every story, in no order.
pub fn all() -> Vec<&'static Story> {
    [orders::STORIES, goods::STORIES, customers::STORIES, back_office::STORIES].concat()
}

impl Story {
    /// The text of each version, oldest first.
    ///
    /// # Errors
    /// A change does not fit its text: a fault of the demo, which its tests would have found.
    pub fn texts(&self) -> Result<Vec<String>, String> {
        let drafts = self.versions.iter().rev().take_while(|v| matches!(v.fate, Fate::Draft)).count();
        let base = self.versions.len().saturating_sub(drafts + 1);
        let mut texts = vec![String::new(); self.versions.len()];
        let mut text = self.text.to_owned();
        for (index, version) in self.versions.iter().enumerate().take(base + 1).rev() {
            texts[index].clone_from(&text);
            for change in version.changes.iter().rev() {
                text = change.undo(&text).map_err(|why| format!("{} v{}: {why}", self.slug, index + 1))?;
            }
        }
        text = self.text.to_owned();
        for (index, version) in self.versions.iter().enumerate().skip(base + 1) {
            for change in version.changes {
                text = change.apply(&text).map_err(|why| format!("{} v{}: {why}", self.slug, index + 1))?;
            }
            texts[index].clone_from(&text);
        }
        Ok(texts)
    }
}

impl Change {
    fn undo(&self, text: &str) -> Result<String, String> {
        match self {
            Self::Text { was, now } => swap(text, now, was),
            Self::Step(name) => without_step(text, name),
        }
    }

    fn apply(&self, text: &str) -> Result<String, String> {
        match self {
            Self::Text { was, now } => swap(text, was, now),
            Self::Step(name) => Err(format!("a draft cannot take the step {name} from nowhere")),
        }
    }
}

fn swap(text: &str, out: &str, into: &str) -> Result<String, String> {
    match text.matches(out).count() {
        1 => Ok(text.replacen(out, into, 1)),
        n => Err(format!("{out:?} stands {n} times in the text")),
    }
}

/// The text without a task of a block list: its line, what is indented below it, and the comments right above it.
fn without_step(text: &str, name: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let head = format!("- {name}:");
    let at = lines.iter().position(|line| line.trim() == head).ok_or_else(|| format!("there is no step {name}"))?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = indent(lines[at]);
    let end = (at + 1..lines.len()).find(|i| !lines[*i].trim().is_empty() && indent(lines[*i]) <= depth).unwrap_or(lines.len());
    let begin = (0..at).rev().find(|i| !lines[*i].trim_start().starts_with('#')).map_or(0, |i| i + 1);
    Ok([&lines[..begin], &lines[end..]].concat().concat())
}
