//! Components: shared things that flows refer to by name (PRODUCT §1). What each kind holds, and when that is usable.

mod connection;
mod csv;
mod lookup;
mod replacement;
mod script;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use connection::{Authentication, Connection};
pub use csv::{read as read_csv, write as write_csv};
pub use lookup::Lookup;
pub use replacement::{Configuration, Target, key as frozen_key};
pub use script::{Language, Script};

pub use crate::definition::ComponentKind as Kind;
use crate::definition::components::{BUILT_IN, is_name};

use super::names::BadName;

/// A field of a content and what is wrong with it.
pub type Wrong = (String, String);

/// The longest a cached value stays: 30 days, in seconds.
pub const LONGEST_EXPIRY: i64 = 30 * 24 * 60 * 60;
/// Bytes of JSON that a variable may have.
const LARGEST_VARIABLE: usize = 64 * 1024;

/// Values kept for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// How long a value stays unless the step says otherwise, in seconds.
    pub expiry_seconds: i64,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value.
    pub value: Value,
}

/// What a component holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A base address with authentication and headers.
    Connection(Connection),
    /// A function.
    Script(Script),
    /// Values kept for a while.
    Cache(Cache),
    /// A table.
    Lookup(Lookup),
    /// A JSON value.
    Variable(Variable),
    /// Nothing to see: the value lies elsewhere, encrypted.
    Secret,
}

/// How pages, messages and configurations call each kind.
pub const fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Connection => "connections",
        Kind::Script => "scripts",
        Kind::Cache => "caches",
        Kind::Lookup => "lookups",
        Kind::Variable => "variables",
        Kind::Secret => "secrets",
    }
}

/// A component's name: how flows refer to it.
///
/// # Errors
/// What is wrong with it.
pub fn parse_name(kind: Kind, text: &str) -> Result<String, BadName> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadName("Give it a name that flows refer to, such as order-service.".into()));
    }
    if !is_name(text) {
        return Err(BadName("Use up to 63 letters, digits, hyphens and underscores, beginning with a letter.".into()));
    }
    if kind == Kind::Script && BUILT_IN.contains(&text) {
        return Err(BadName(format!("{text}@default is a function of the console itself. Choose another name.")));
    }
    Ok(text.to_owned())
}

impl Content {
    /// Reads what was sent for a kind; what is unusable is said by field.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(kind: Kind, value: &Value) -> Result<Content, Vec<Wrong>> {
        match kind {
            Kind::Connection => shaped::<Connection>(value).and_then(|c| c.check().map(Content::Connection)),
            Kind::Script => shaped::<Script>(value).and_then(|s| s.check().map(Content::Script)),
            Kind::Lookup => shaped::<Lookup>(value).and_then(|l| l.check().map(Content::Lookup)),
            Kind::Cache => {
                let cache: Cache = shaped(value)?;
                if (1..=LONGEST_EXPIRY).contains(&cache.expiry_seconds) {
                    return Ok(Content::Cache(cache));
                }
                Err(one("expiry_seconds", "Give a whole number of seconds from 1 to 2592000 (30 days)."))
            }
            Kind::Variable => {
                let variable: Variable = shaped(value)?;
                if variable.value.to_string().len() > LARGEST_VARIABLE {
                    return Err(one("value", "A variable may have at most 64 KiB of JSON. Keep larger tables in a lookup."));
                }
                Ok(Content::Variable(variable))
            }
            Kind::Secret if value.as_object().is_none_or(serde_json::Map::is_empty) => Ok(Content::Secret),
            Kind::Secret => Err(one("content", "A secret has no content to be stored here. Set its value by itself.")),
        }
    }

    /// Reads a stored content.
    ///
    /// # Errors
    /// It is not what was stored.
    pub fn stored(kind: Kind, text: &str) -> Result<Content, String> {
        let read = |e: serde_json::Error| e.to_string();
        Ok(match kind {
            Kind::Connection => Content::Connection(serde_json::from_str(text).map_err(read)?),
            Kind::Script => Content::Script(serde_json::from_str(text).map_err(read)?),
            Kind::Cache => Content::Cache(serde_json::from_str(text).map_err(read)?),
            Kind::Lookup => Content::Lookup(serde_json::from_str(text).map_err(read)?),
            Kind::Variable => Content::Variable(serde_json::from_str(text).map_err(read)?),
            Kind::Secret => Content::Secret,
        })
    }

    /// As it is stored and published.
    pub fn to_value(&self) -> Value {
        let written = match self {
            Content::Connection(connection) => serde_json::to_value(connection),
            Content::Script(script) => serde_json::to_value(script),
            Content::Cache(cache) => serde_json::to_value(cache),
            Content::Lookup(lookup) => serde_json::to_value(lookup),
            Content::Variable(variable) => serde_json::to_value(variable),
            Content::Secret => Ok(json!({})),
        };
        // Texts, numbers and maps with text keys always become JSON.
        written.unwrap_or_default()
    }
}

fn shaped<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Vec<Wrong>> {
    serde_json::from_value(value.clone()).map_err(|e| one("content", &format!("{}.", first_upper(&e.to_string()))))
}

pub(super) fn one(field: &str, message: &str) -> Vec<Wrong> {
    vec![(field.to_owned(), message.to_owned())]
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_flows_can_write() {
        for good in ["orders", "TAX_RATE", "a-1"] {
            assert_eq!(parse_name(Kind::Variable, good).as_deref(), Ok(good));
        }
        for bad in ["", "1a", "a b", "a.b", "a/b", "ü", &"x".repeat(64)] {
            assert!(parse_name(Kind::Variable, bad).is_err(), "{bad}");
        }
        assert!(parse_name(Kind::Script, "lookup").is_err());
        assert!(parse_name(Kind::Lookup, "lookup").is_ok());
    }

    #[test]
    fn what_is_stored_reads_back() {
        let contents = [
            (Kind::Cache, json!({"expiry_seconds": 60})),
            (Kind::Variable, json!({"value": {"a": [1, null]}})),
            (Kind::Secret, json!({})),
            (Kind::Lookup, json!({"columns": ["k", "v"], "rows": [["a", "1"]]})),
            (Kind::Script, json!({"language": "jq", "source": ".a + 1"})),
            (Kind::Connection, json!({"base": "https://api.example/v2"})),
        ];
        for (kind, value) in contents {
            let content = Content::parse(kind, &value).expect("usable");
            assert_eq!(Content::stored(kind, &content.to_value().to_string()), Ok(content));
        }
        for (kind, value) in [
            (Kind::Cache, json!({"expiry_seconds": 0})),
            (Kind::Cache, json!({"expiry": 1})),
            (Kind::Secret, json!({"value": "x"})),
            (Kind::Variable, json!({"value": "x".repeat(70_000)})),
        ] {
            assert!(Content::parse(kind, &value).is_err(), "{value}");
        }
    }
}
