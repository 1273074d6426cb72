//! What changed between two versions, in sentences (PRODUCT §3.10).
//!
//! Steps are matched by name within their list, then by content: so a step that moved or was
//! renamed is one change and not a removal and an addition. Identical content gives no changes, and
//! different content always gives some.

mod moves;
mod steps;
mod values;
mod words;

use serde::Serialize;
use serde_json::{Map, Value};

use super::canonical::canonical;

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
    /// Under which heading.
    pub area: Area,
    /// What it may do.
    pub impact: Impact,
    /// The place in the new content; in the old one for what was removed. Settings begin with
    /// `/settings`.
    pub pointer: String,
    /// The place in the old content, for what is in both and stands elsewhere now.
    pub old_pointer: Option<String>,
    /// The sentence.
    pub what: String,
    /// The old value, where there is one.
    pub from: Option<Value>,
    /// The new value, where there is one.
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
    if canonical(old.definition) != canonical(new.definition) {
        definition(old.definition, new.definition, &mut changes);
        if changes.is_empty() {
            // Something no rule reads, such as an item of a list that is no step.
            values::whole(old.definition, new.definition, &mut changes);
        }
    }
    settings(old.settings, new.settings, &mut changes);
    changes.sort_by_key(|change| change.area);
    changes
}

/// Everything about the definition that is not a step.
const AROUND: &[&str] = &["document", "input", "output", "timeout", "use", "evaluate", "schedule"];

fn definition(old: &Value, new: &Value, out: &mut Vec<Change>) {
    steps::steps(old, new, out);
    let empty = Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let others = |key: &&String| !AROUND.contains(&key.as_str()) && *key != "do";
    let extra = new.keys().chain(old.keys().filter(|k| !new.contains_key(*k))).filter(others);
    for key in AROUND.iter().copied().chain(extra.map(String::as_str)) {
        let area = if key == "schedule" { Area::Triggers } else { Area::Settings };
        values::compare(old.get(key), new.get(key), &format!("/{}", super::pointer::escape(key)), &mut |leaf| {
            let impact = around_impact(key, &leaf.pointer);
            out.push(words::flow_change(leaf, area, impact));
        });
    }
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
    values::compare(Some(old), Some(new), "/settings", &mut |leaf| {
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
mod tests;
