//! Scripts: functions that flows call as `call: NAME@default`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Wrong, one};
use crate::definition::{Definition, Severity, expression, parse, validate};

/// Bytes a script may have.
const LONGEST: usize = 64 * 1024;

/// What a script is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// An expression from the arguments to the result.
    Jq,
    /// A task of the specification; the arguments are its input.
    Task,
}

impl Language {
    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jq => "jq",
            Self::Task => "task",
        }
    }
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it is written in.
    pub language: Language,
    /// The expression, or the task as YAML or JSON.
    pub source: String,
}

/// What an expression of a script may see besides its arguments.
pub const VARIABLES: &[&str] = &["environment", "runtime"];

impl Script {
    pub(super) fn check(self) -> Result<Self, Vec<Wrong>> {
        let refuse = |message: &str| Err(one("source", message));
        if self.source.trim().is_empty() {
            return refuse("Write what the function does.");
        }
        if self.source.len() > LONGEST {
            return refuse("A script may have at most 64 KiB.");
        }
        match self.language {
            Language::Jq => match expression::compile(expression::field(&self.source), VARIABLES) {
                Ok(_) => Ok(self),
                Err(error) => refuse(&error.message),
            },
            Language::Task => match self.problems() {
                found if found.is_empty() => Ok(self),
                found => Err(found.into_iter().map(|message| ("source".to_owned(), message)).collect()),
            },
        }
    }

    /// The task, when this is one that can be read.
    pub fn task(&self) -> Option<Value> {
        (self.language == Language::Task).then(|| parse::value(&self.source).ok()).flatten()
    }

    /// What keeps the task from being executed.
    fn problems(&self) -> Vec<String> {
        let task = match parse::value(&self.source) {
            Ok(task) => task,
            Err(problems) => return problems.iter().map(ToString::to_string).take(5).collect(),
        };
        let document = json!({"dsl": "1.0.3", "namespace": "default", "name": "script", "version": "1.0.0"});
        let frame = Definition::from_value(json!({"document": document, "do": [{"run": task}]}));
        let blocking = validate(&frame).into_iter().filter(|p| p.severity != Severity::Warning);
        let below = |pointer: &str| pointer.strip_prefix("/do/0/run").unwrap_or(pointer).to_owned();
        blocking
            .take(5)
            .map(|p| {
                let at = below(&p.pointer);
                if at.is_empty() { p.message } else { format!("{at}: {}", p.message) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, source: &str) -> Result<Script, Vec<Wrong>> {
        Script { language, source: source.to_owned() }.check()
    }

    #[test]
    fn expressions_see_their_arguments_and_the_environment() {
        assert!(check(Language::Jq, "[.items[] | .price * .count] | add + $environment.variables.FEE").is_ok());
        for bad in ["", ".a +", "$secrets.pin", "env", "input"] {
            assert!(check(Language::Jq, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tasks_are_judged_like_those_of_a_flow() {
        let script = check(Language::Task, "do:\n- a: { set: { x: '${ .n + 1 }' } }\n").expect("usable");
        assert!(script.task().is_some_and(|task| task.get("do").is_some()));
        for bad in ["[]", "nothing: 1", "set: { a: '${ .b + }' }", "emit: { event: { with: { type: x } } }", "a: [", "call: missing"] {
            assert!(check(Language::Task, bad).is_err(), "{bad}");
        }
        let wrong = check(Language::Task, "do:\n- a: { wait: soon }\n").expect_err("refused");
        assert!(wrong[0].1.starts_with("/do/0/a/wait: "), "{wrong:?}");
    }
}
