//! What answers look like (CONTRACT, "Shapes that programs lean on").

pub mod backup;
pub mod component;
pub mod deployment;
pub mod environment;
pub mod flow;
pub mod import;
pub mod package;
pub mod planned;
pub mod release;
pub mod release_acts;
pub mod rollout;
pub mod run;
pub mod step;
pub mod version;

use serde_json::Value;

use crate::domain::clock::Micros;
use crate::domain::sealed;

/// An instant as programs read it: RFC 3339 in UTC.
pub fn at(micros: i64) -> String {
    Micros(micros).rfc3339()
}

/// The same where there may be none.
pub fn at_opt(micros: Option<i64>) -> Option<String> {
    micros.map(at)
}

/// Stored JSON; a text that cannot be read is given as the text it is.
pub fn json(text: &str) -> Value {
    let text = sealed::shown(text);
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
