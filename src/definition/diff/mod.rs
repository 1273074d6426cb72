//! What changed between two versions, in sentences (PRODUCT §3.10).
//!
//! Steps are matched by name within their list, then by content, then across lists: so a step that moved or was
//! renamed is one change and not a removal and an addition. Content with the same canonical form gives no changes.
//! All other content gives changes that say everything: [`apply()`] makes the new content of the old one and them.

mod alike;
mod apply;
mod matching;
mod moves;
mod steps;
mod tree;
mod values;
mod words;

use serde::Serialize;
use serde_json::Value;

pub use apply::{Misfit, apply};

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It stands elsewhere.
    Moved,
    /// It has another name.
    Renamed,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A step. Its place ends with its number in its list and its name.
    Step,
    /// A case of a switch or another named item; its place is like a step's.
    Case,
    /// An item without a name; its place ends with its number.
    Item,
    /// A value under its key.
    Value,
}

/// The heading under which a change is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// What the flow does.
    Steps,
    /// What starts it.
    Triggers,
    /// Everything else about it.
    Settings,
    /// What it finds where it runs.
    Environment,
}

/// What a change may do, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// A run that waits in an old step would not find its place in the new version.
    BreaksWaitingRuns,
    /// New runs may end differently.
    ChangesOutcome,
    /// How and when runs start or are watched, not what they do.
    Settings,
    /// For readers only.
    Cosmetic,
}

/// One change, as a sentence with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To what.
    pub subject: Subject,
    /// Under which heading.
    pub area: Area,
    /// What it may do.
    pub impact: Impact,
    /// The place in the new content; in the old one for a step that was removed, where it would stand for other things
    /// that were. Settings begin with `/settings`.
    pub pointer: String,
    /// The place in the old content, where that is another one.
    pub old_pointer: Option<String>,
    /// The sentence.
    pub what: String,
    /// The old value, where there is one: of a step that was renamed its name, of one that only moved none.
    pub from: Option<Value>,
    /// The new value in the same way. A new step is told whole, with what moved into it.
    pub to: Option<Value>,
}

/// A version's content.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The definition.
    pub definition: &'a Value,
    /// The settings: schedules, SLA goals, inputs, labels, ...
    pub settings: &'a Value,
}

/// Every difference between two versions, grouped by area, in document order within it.
pub fn diff(old: Content<'_>, new: Content<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    if !values::same(old.definition, new.definition) {
        definition(old.definition, new.definition, &mut changes);
    }
    settings(old.settings, new.settings, &mut changes);
    changes.sort_by_key(|change| change.area);
    changes
}

/// Everything about the definition that is not a step.
const AROUND: &[&str] = &["document", "input", "output", "timeout", "use", "evaluate", "schedule"];

fn definition(old: &Value, new: &Value, out: &mut Vec<Change>) {
    let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else {
        whole(old, new, out);
        return;
    };
    // No definition has such a key, and its places would read like those of the version's settings.
    if !matches!((before.get("settings"), after.get("settings")), (None, None)) {
        whole(old, new, out);
    }
    steps::steps(old, new, out);
    let others = |key: &&String| !AROUND.contains(&key.as_str()) && !["do", "settings"].contains(&key.as_str());
    let extra = after.keys().chain(before.keys().filter(|k| !after.contains_key(*k))).filter(others);
    for key in AROUND.iter().copied().chain(extra.map(String::as_str)) {
        let area = if key == "schedule" { Area::Triggers } else { Area::Settings };
        let place = format!("/{}", super::pointer::escape(key));
        values::compare(before.get(key), after.get(key), &values::Place::new(&place, &place), &mut |leaf| {
            let impact = around_impact(key, &leaf.pointer);
            out.push(words::flow_change(leaf, area, impact));
        });
    }
}

/// The definition as one value, where its parts cannot be told apart.
fn whole(old: &Value, new: &Value, out: &mut Vec<Change>) {
    let leaf = values::Leaf {
        kind: ChangeKind::Changed,
        subject: Subject::Value,
        pointer: String::new(),
        old_pointer: String::new(),
        from: Some(old.clone()),
        to: Some(new.clone()),
    };
    out.push(words::flow_change(leaf, Area::Steps, Impact::ChangesOutcome));
}

fn around_impact(key: &str, pointer: &str) -> Impact {
    match key {
        "document" if pointer == "/document/namespace" || pointer == "/document/name" => Impact::ChangesOutcome,
        "document" => Impact::Cosmetic,
        "schedule" => Impact::Settings,
        "input" | "output" | "timeout" | "use" | "evaluate" => Impact::ChangesOutcome,
        _ => Impact::Cosmetic,
    }
}

fn settings(old: &Value, new: &Value, out: &mut Vec<Change>) {
    values::compare(Some(old), Some(new), &values::Place::new("/settings", "/settings"), &mut |leaf| {
        let key = leaf.pointer.split('/').nth(2).unwrap_or_default().to_lowercase();
        let named = |words: &[&str]| words.iter().any(|word| key.contains(word));
        let area = if named(&["schedule", "trigger", "webhook", "event"]) {
            Area::Triggers
        } else if named(&["environment", "replacement", "component", "connection"]) {
            Area::Environment
        } else {
            Area::Settings
        };
        let impact = match area {
            Area::Environment => Impact::ChangesOutcome,
            _ if named(&["label", "note", "title", "description", "tag"]) => Impact::Cosmetic,
            _ => Impact::Settings,
        };
        out.push(words::flow_change(leaf, area, impact));
    });
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
