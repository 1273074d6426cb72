//! A version's settings, kept beside its definition and hashed with it.
//!
//! `key` is the expression that picks a run's key. Schedules, SLA goals and retention are stored, shown and versioned
//! like constructs of a definition that this build cannot execute: publishing names them.

use serde_json::Value;

use crate::definition::expression;
use crate::definition::{Problem, Severity};

/// Settings this build acts on.
const KNOWN: &[&str] = &["key"];
/// Settings of the format that this build does not act on.
const LATER: &[&str] = &["schedules", "sla", "retention"];

/// What is wrong with settings; pointers begin with `/settings`.
pub fn check(settings: &Value) -> Vec<Problem> {
    let Some(map) = settings.as_object() else {
        return vec![Problem::error("/settings", "Settings are an object, such as {\"key\": \".order.id\"}.")];
    };
    let mut problems = Vec::new();
    for (name, value) in map {
        let pointer = format!("/settings/{name}");
        if name == "key" {
            match value.as_str() {
                Some(text) => {
                    if let Err(error) = expression::compile(expression::field(text), &["input"]) {
                        problems.push(Problem::error(pointer, format!("The key is not an expression: {error}")));
                    }
                }
                None => problems.push(Problem::error(pointer, "The key is an expression over the input, such as \".order.id\".")),
            }
        } else if LATER.contains(&name.as_str()) {
            let empty =
                value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty);
            if !empty {
                problems.push(Problem::of(
                    Severity::NotExecutable,
                    pointer,
                    format!("This build stores {name} but does not act on them. Take them out to publish."),
                ));
            }
        } else {
            problems
                .push(Problem::error(pointer, format!("There is no setting “{name}”. Known are: {}.", [KNOWN, LATER].concat().join(", "))));
        }
    }
    problems
}

/// The expression that picks a run's key, if there is one.
pub fn key(settings: &Value) -> Option<&str> {
    settings.get("key").and_then(Value::as_str).map(expression::field)
}
