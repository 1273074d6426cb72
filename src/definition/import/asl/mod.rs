//! Amazon States Language carried over into the Open Workflow Specification, with a report of every state and field.
//!
//! States become tasks under their own names, `Next` becomes `then`, JSONPath becomes jq. What has no counterpart is said
//! in the report and stands in the definition as a name that does not exist (a function, a script), so that validation
//! points at it and the version is not ready before somebody chose what to do.

mod bodies;
mod choice;
mod errors;
mod intrinsic;
mod jsonata;
mod machine;
mod path;
mod report;
mod state;
mod task;
mod template;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::Line;
use report::Report;
use template::Language;

/// A state machine carried over.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The definition.
    pub definition: Value,
    /// What became of each state and field.
    pub lines: Vec<Line>,
}

/// States of one machine and of those inside of it together.
const MOST: usize = 2_000;

/// Whether a document is a state machine.
pub fn is_machine(document: &Value) -> bool {
    document.get("States").is_some_and(Value::is_object) && document.get("StartAt").is_some()
}

/// Carries a state machine over; `title` is its name.
///
/// # Errors
/// It has no states, more than can be taken, or begins with one that is not there.
pub fn convert(machine: &Value, title: &str) -> Result<Converted, String> {
    let mut report = Report::default();
    let language = language_of(machine, Language::JsonPath);
    report.approximated(
        "",
        "A path that leads nowhere gives null here, where a state machine fails; numbers, texts and null are compared as they are",
    );
    let mut work = machine::Work { report: &mut report, states: 0 };
    let tasks = work.list(machine, language, "", machine::Scope::Whole)?;
    let mut document = Map::new();
    document.insert("dsl".into(), "1.0.3".into());
    document.insert("namespace".into(), "default".into());
    document.insert("name".into(), slug(title).into());
    document.insert("version".into(), "0.1.0".into());
    document.insert("title".into(), title.trim().chars().filter(|c| !c.is_control()).take(80).collect::<String>().into());
    if let Some(Value::String(comment)) = machine.get("Comment") {
        document.insert("summary".into(), comment.as_str().into());
        report.carried("/Comment", "as the summary");
    }
    let mut definition = Map::new();
    definition.insert("document".into(), document.into());
    if let Some(seconds) = machine.get("TimeoutSeconds").and_then(Value::as_u64) {
        definition.insert("timeout".into(), json!({"after": {"seconds": seconds}}));
        report.carried("/TimeoutSeconds", "as the timeout of the whole flow");
    }
    definition.insert("do".into(), tasks);
    for key in machine.as_object().into_iter().flatten().map(|(key, _)| key) {
        match key.as_str() {
            "States" | "StartAt" | "Comment" | "TimeoutSeconds" => {}
            "Version" => report.dropped("/Version", "the version of the language; the definition has one of its own"),
            "QueryLanguage" if language == Language::Jsonata => {
                report.approximated(
                    "/QueryLanguage",
                    "paths and literals of JSONata are carried over; every other expression is named below",
                );
            }
            "QueryLanguage" => report.carried("/QueryLanguage", ""),
            other => report.dropped(&join("", other), "is no field of a state machine"),
        }
    }
    Ok(Converted { definition: Value::Object(definition), lines: report.lines })
}

fn language_of(holder: &Value, outer: Language) -> Language {
    match holder.get("QueryLanguage").and_then(Value::as_str) {
        Some("JSONata") => Language::Jsonata,
        Some("JSONPath") => Language::JsonPath,
        _ => outer,
    }
}

/// `document.name`: a DNS label.
fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(60);
    let name = out.trim_matches('-');
    if name.is_empty() { "state-machine".to_owned() } else { name.to_owned() }
}

fn join(base: &str, key: impl std::fmt::Display) -> String {
    crate::definition::pointer::join(base, key)
}

/// A call of a function that does not exist: validation points at it.
fn unknown(text: &str) -> String {
    let mut name = String::from("no_counterpart_for");
    let mut gap = true;
    for c in text.chars().take(80) {
        if c.is_ascii_alphanumeric() {
            if gap {
                name.push('_');
            }
            gap = false;
            name.push(c);
        } else {
            gap = true;
        }
        if name.len() > 60 {
            break;
        }
    }
    name
}

/// `base` with `value` at these keys; objects on the way are made.
fn merge(base: &str, keys: &[String], value: &str) -> String {
    match keys.split_first() {
        None => value.to_owned(),
        Some((key, rest)) => {
            let inner = merge(&path::member(base, key), rest, value);
            format!("(({base} // {{}}) + {{{}: {inner}}})", Value::from(key.as_str()))
        }
    }
}
