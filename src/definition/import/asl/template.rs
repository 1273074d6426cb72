//! Payload templates: objects whose keys end in `.$` hold a path or a call.

use serde_json::{Map, Value};

use super::jsonata;
use super::report::Report;
use super::{intrinsic, unknown};

/// Which language the expressions of a state are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `$.a.b` and `States.Format(…)`.
    JsonPath,
    /// `{% … %}`.
    Jsonata,
}

/// A path or a call as jq; what has no counterpart is said, and stands as a function that does not exist, so that the
/// version is not ready before somebody chose what to do.
pub(super) fn expression(text: &str, place: &str, report: &mut Report) -> String {
    match intrinsic::expression(text) {
        Ok(carried) => {
            if let Some(differs) = carried.differs {
                report.approximated(place, differs);
            }
            carried.jq
        }
        Err(why) => {
            report.dropped(place, format!("{why}; write what should stand there"));
            unknown(text)
        }
    }
}

/// A whole template as one jq expression.
pub(super) fn jq(template: &Value, language: Language, place: &str, report: &mut Report) -> String {
    match template {
        Value::Object(map) => {
            let members: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    let at = super::join(place, key);
                    let (key, value) = match (language, key.strip_suffix(".$"), value) {
                        (Language::JsonPath, Some(key), Value::String(text)) => (key, expression(text, &at, report)),
                        _ => (key.as_str(), jq(value, language, &at, report)),
                    };
                    format!("{}: {value}", Value::from(key))
                })
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().enumerate().map(|(n, item)| jq(item, language, &super::join(place, n), report)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if language == Language::Jsonata && jsonata::is_expression(text) => jsonata::jq(text, place, report),
        literal => literal.to_string(),
    }
}

/// A template as data of a definition: literals stay literals, what is computed stands in `${ }`.
pub(super) fn data(template: &Value, language: Language, place: &str, report: &mut Report) -> Value {
    match template {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                let at = super::join(place, key);
                match (language, key.strip_suffix(".$"), value) {
                    (Language::JsonPath, Some(key), Value::String(text)) => {
                        out.insert(key.to_owned(), wrap(&expression(text, &at, report)));
                    }
                    _ => {
                        out.insert(key.clone(), data(value, language, &at, report));
                    }
                }
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| data(item, language, &super::join(place, n), report)).collect(),
        Value::String(text) if language == Language::Jsonata && jsonata::is_expression(text) => wrap(&jsonata::jq(text, place, report)),
        // A text that looks like an expression here was none there.
        Value::String(text) if text.trim_start().starts_with("${") => wrap(&Value::from(text.as_str()).to_string()),
        literal => literal.clone(),
    }
}

/// An expression as it stands in a definition.
pub(super) fn wrap(jq: &str) -> Value {
    Value::String(format!("${{ {jq} }}"))
}
