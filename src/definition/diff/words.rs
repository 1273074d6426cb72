//! The sentences.

use serde_json::Value;

use super::values::Leaf;
use super::{Area, Change, ChangeKind, Impact, Subject};
use crate::definition::pointer::segments;
use crate::definition::tasks::{Flow, ListRole, TaskRef};

/// The longest value quoted in a sentence, in characters.
const LONGEST: usize = 60;

/// A change of something that belongs to the flow as a whole.
pub(super) fn flow_change(leaf: Leaf, area: Area, impact: Impact) -> Change {
    let path = segments(&leaf.pointer);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let subject = match path[..] {
        ["document", "title"] => "Title".to_owned(),
        ["document", "summary"] => "Summary".to_owned(),
        ["document", "version"] => "Version in the document".to_owned(),
        ["document", "namespace"] => "Namespace (by which other flows call this one)".to_owned(),
        ["document", "name"] => "Name (by which other flows call this one)".to_owned(),
        ["document", ref rest @ ..] => format!("Document {}", rest.join(".")),
        ["input", "from"] => "Input filter".to_owned(),
        ["input", "schema", ..] => format!("Input schema{}", tail(&path[2..])),
        ["output", "as"] => "Output filter".to_owned(),
        ["output", "schema", ..] => format!("Output schema{}", tail(&path[2..])),
        ["timeout", ..] => "Timeout of the flow".to_owned(),
        ["use", section, name, ref rest @ ..] => format!("{} \"{name}\"{}", section_name(section), tail(rest)),
        ["settings"] => "Settings".to_owned(),
        ["settings", ref rest @ ..] => capital(&rest.join(".")),
        [] => "Definition".to_owned(),
        _ => capital(&path.join(".")),
    };
    change(leaf, area, impact, subject)
}

fn section_name(section: &str) -> &str {
    match section {
        "authentications" => "Authentication",
        "catalogs" => "Catalog",
        "errors" => "Error",
        "extensions" => "Extension",
        "functions" => "Function",
        "retries" => "Retry policy",
        "secrets" => "Secret",
        "timeouts" => "Timeout",
        other => other,
    }
}

fn tail(rest: &[&str]) -> String {
    let rest: Vec<&str> = rest.iter().copied().filter(|part| *part != "document").collect();
    if rest.is_empty() { String::new() } else { format!(", {}", rest.join(".")) }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Where a list of steps is, after a preposition.
pub(super) fn inside(role: ListRole, owner: &str, preposition: &str) -> String {
    match role {
        ListRole::Catch => format!("{preposition} the error handler of \"{owner}\""),
        ListRole::Branches if preposition == "into" => format!("to the branches of \"{owner}\""),
        ListRole::Branches => format!(" as a branch of \"{owner}\""),
        _ => format!("{preposition} \"{owner}\""),
    }
}

/// A change inside a step; `leaf.pointer` lies below the step's own.
pub(super) fn step_change(leaf: Leaf, step: &TaskRef<'_>, impact: Impact) -> Change {
    let below = segments(leaf.pointer.strip_prefix(&step.pointer).unwrap_or(&leaf.pointer));
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    let step = format!("Step \"{}\"", step.name);
    if let Some((what, same)) = wiring(&below, &leaf, &step) {
        return sentence(leaf, Area::Steps, if same { Impact::Cosmetic } else { impact }, what);
    }
    change(leaf, Area::Steps, impact, format!("{step}: {}", part_name(&below)))
}

/// Where a step leads now, and whether that is where it led before.
fn wiring(below: &[&str], leaf: &Leaf, step: &str) -> Option<(String, bool)> {
    if below.last() != Some(&"then") || leaf.subject != Subject::Value {
        return None;
    }
    let flow = |value: &Option<Value>| match value {
        None => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    };
    let (from, to) = (flow(&leaf.from)?, flow(&leaf.to)?);
    let leads = |value: &Option<String>| match value.as_deref().map(Flow::of) {
        None | Some(Flow::Continue) => "the next step".to_owned(),
        Some(Flow::Exit) => "the end of its list".to_owned(),
        Some(Flow::End) => "the end of the flow".to_owned(),
        Some(Flow::Task(name)) => format!("\"{name}\""),
    };
    let subject = match below {
        ["then"] => step.to_owned(),
        ["switch", _, case, "then"] => format!("{step}: case \"{case}\""),
        ["catch", "then"] => format!("{step}: after a caught error it"),
        _ => return None,
    };
    let (before, after) = (leads(&from), leads(&to));
    Some(match before == after {
        true => (format!("{subject} leads to {after} as before; it is only written differently."), true),
        false => (format!("{subject} now leads to {after} instead of {before}."), false),
    })
}

fn part_name(below: &[&str]) -> String {
    match below {
        [] => "content".to_owned(),
        ["catch"] | ["catch", "do"] => "error handler".to_owned(),
        ["foreach"] | ["foreach", "do"] => "what it does with each event".to_owned(),
        ["if"] => "condition".to_owned(),
        ["wait", ..] => "waiting time".to_owned(),
        ["set"] => "value".to_owned(),
        ["set", rest @ ..] => format!("value {}", rest.join(".")),
        ["with", "method"] => "method".to_owned(),
        ["with", "endpoint"] | ["with", "endpoint", "uri"] => "endpoint".to_owned(),
        ["with", "endpoint", "authentication", ..] | ["with", "authentication", ..] => "authentication".to_owned(),
        ["with", "headers", name] => format!("header {name}"),
        ["with", "query", name] => format!("query parameter {name}"),
        ["with", "body"] => "body".to_owned(),
        ["with", "body", rest @ ..] => format!("body {}", rest.join(".")),
        ["with", rest @ ..] => rest.join("."),
        ["input", "from", ..] => "input filter".to_owned(),
        ["output", "as", ..] => "output filter".to_owned(),
        ["export", "as", ..] => "export to the context".to_owned(),
        ["timeout", ..] => "timeout".to_owned(),
        ["switch"] => "order of cases".to_owned(),
        ["switch", _] => "case".to_owned(),
        ["switch", _, case] => format!("case \"{case}\""),
        ["switch", _, case, "when"] => format!("condition of case \"{case}\""),
        ["for", "in", ..] => "list to go through".to_owned(),
        ["while"] => "loop condition".to_owned(),
        ["raise", "error", rest @ ..] => ["error"].iter().chain(rest).copied().collect::<Vec<_>>().join("."),
        ["catch", "retry", rest @ ..] => ["retry"].iter().chain(rest).copied().collect::<Vec<_>>().join("."),
        ["catch", "errors", ..] => "errors caught".to_owned(),
        ["run", "workflow", "version"] => "version of the flow it runs".to_owned(),
        ["run", "workflow", "name"] | ["run", "workflow", "namespace"] => "flow it runs".to_owned(),
        ["run", "workflow", "input", rest @ ..] => ["input"].iter().chain(rest).copied().collect::<Vec<_>>().join("."),
        ["metadata", "signalbox", "atMostOnce"] => "\"at most once\"".to_owned(),
        other => other.join("."),
    }
}

fn change(leaf: Leaf, area: Area, impact: Impact, subject: String) -> Change {
    let what = match (leaf.kind, leaf.from.as_ref().and_then(quote), leaf.to.as_ref().and_then(quote)) {
        (ChangeKind::Added, _, Some(to)) => format!("{subject} added: {to}."),
        (ChangeKind::Added, ..) => format!("{subject} added."),
        (ChangeKind::Removed, Some(from), _) => format!("{subject} removed (was {from})."),
        (ChangeKind::Removed, ..) => format!("{subject} removed."),
        (ChangeKind::Moved, ..) => format!("{subject} moved from position {} to {}.", position(&leaf.old_pointer), position(&leaf.pointer)),
        (_, Some(from), Some(to)) => format!("{subject} changed from {from} to {to}."),
        (_, None, Some(to)) => format!("{subject} changed to {to}."),
        _ => format!("{subject} changed."),
    };
    sentence(leaf, area, impact, what)
}

fn sentence(leaf: Leaf, area: Area, impact: Impact, what: String) -> Change {
    let old_pointer = (leaf.old_pointer != leaf.pointer || leaf.kind == ChangeKind::Moved).then_some(leaf.old_pointer);
    Change { kind: leaf.kind, subject: leaf.subject, area, impact, pointer: leaf.pointer, old_pointer, what, from: leaf.from, to: leaf.to }
}

/// The number of a named item in its list, from 1.
fn position(pointer: &str) -> usize {
    pointer.rsplit('/').nth(1).and_then(|number| number.parse::<usize>().ok()).map_or(1, |number| number + 1)
}

/// A value short enough to stand in a sentence.
pub(super) fn quote(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if text.contains('\n') => return None,
        Value::String(text) => format!("\"{text}\""),
        Value::Object(_) | Value::Array(_) if value.to_string().len() > LONGEST => return None,
        Value::Object(map) if map.is_empty() => return None,
        Value::Array(items) if items.is_empty() => return None,
        other => other.to_string(),
    };
    (text.chars().count() <= LONGEST).then_some(text)
}
