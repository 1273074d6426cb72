//! Reading YAML and JSON into an order-preserving value, with the place of every node.
//!
//! One pass over parser events builds both, so that a line in a message is the line that was read.
//! Everything is bounded: the length of the text, its depth, what aliases expand to (DEFINITION §4).

mod json;
mod node;
mod scalar;
mod yaml;

use serde_json::Value;

use super::document::Format;
use super::problem::Problem;
pub use node::{Node, Style};
pub use scalar::is_text;

/// The longest text taken, in bytes: 1 MiB.
pub const MAX_TEXT: usize = 1 << 20;
/// The deepest nesting of objects and arrays taken.
pub const MAX_DEPTH: usize = 128;
/// The most nodes that aliases may add to a document.
pub const MAX_ALIAS_NODES: usize = 100_000;
/// The longest key taken, in bytes: pointers are made of keys.
pub const MAX_KEY: usize = 1024;

/// What was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The document.
    pub value: Value,
    /// In which notation it was written.
    pub format: Format,
    /// Where each node stands, in the shape of `value`.
    pub root: Node,
}

/// Reads a definition: the document must be an object.
///
/// # Errors
/// Why the text cannot be read, each with its line and the way to fix it.
pub fn parse(text: &str) -> Result<Parsed, Vec<Problem>> {
    let parsed = any(text)?;
    if parsed.value.is_object() {
        return Ok(parsed);
    }
    let message = match &parsed.value {
        Value::Null => "The definition is empty. Begin with `document:` (dsl, namespace, name, version) and `do:`.",
        _ => "A definition is an object with `document` and `do`; this is only a list or a single value.",
    };
    Err(vec![Problem::error("", message).at(Some(1))])
}

/// Reads any YAML or JSON text into a value (an input, an example), with the same bounds.
///
/// # Errors
/// Why the text cannot be read, each with its line and the way to fix it.
pub fn value(text: &str) -> Result<Value, Vec<Problem>> {
    any(text).map(|parsed| parsed.value)
}

/// Pretty JSON with a newline at the end.
pub fn pretty_json(value: &Value) -> String {
    format!("{value:#}\n")
}

fn any(text: &str) -> Result<Parsed, Vec<Problem>> {
    if text.len() > MAX_TEXT {
        let message = format!(
            "The text is {} KiB long; at most {} KiB are taken. Split the flow into sub-flows with `run: workflow`.",
            text.len() / 1024,
            MAX_TEXT / 1024
        );
        return Err(vec![Problem::error("", message)]);
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - body.len();
    let mut parsed = match json::looks_like(body) {
        json::Likeness::Json => json::read(body)?,
        json::Likeness::Either => json::read(body).or_else(|_| yaml::read(body))?,
        json::Likeness::Yaml => yaml::read(body)?,
    };
    if skipped > 0 {
        parsed.root.shift(skipped);
    }
    Ok(parsed)
}

/// The offsets at which lines begin, for many look-ups.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Lines(std::iter::once(0).chain(starts).collect())
    }

    fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }
}

fn duplicate(key: &str, pointer: String, line: u32, first: u32) -> Problem {
    let message = format!("\"{key}\" stands here a second time (first on line {first}). Remove one of the two, or give it another name.");
    Problem::error(pointer, message).at(Some(line))
}

fn too_deep(line: u32) -> Problem {
    let message = format!("Nested deeper than {MAX_DEPTH} levels. Move the inner part into a flow of its own.");
    Problem::error("", message).at(Some(line))
}

fn long_key(line: u32) -> Problem {
    Problem::error("", format!("A key longer than {MAX_KEY} bytes. Shorten it.")).at(Some(line))
}

#[cfg(test)]
mod tests;
