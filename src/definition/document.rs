//! A parsed definition: the author's text, its value and where each node stands.

use serde_json::Value;

use super::parse::{self, Node};
use super::problem::Problem;

/// In which notation the author wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// YAML 1.2, core schema.
    Yaml,
    /// JSON.
    Json,
}

/// A definition that could be read. Being readable says nothing about being valid: see
/// [`validate`](super::validate()).
#[derive(Debug, Clone)]
pub struct Definition {
    text: String,
    format: Format,
    value: Value,
    root: Node,
}

impl Definition {
    /// Reads YAML or JSON (told apart by the first character). The text, its depth and its aliases
    /// are bounded; duplicate keys are refused (DEFINITION §4).
    ///
    /// # Errors
    /// Why the text cannot be read, with the line and the way to fix it.
    pub fn parse(text: &str) -> Result<Definition, Vec<Problem>> {
        let parsed = parse::parse(text)?;
        Ok(Definition { text: text.to_owned(), format: parsed.format, value: parsed.value, root: parsed.root })
    }

    /// A definition made by a program; its text is pretty JSON.
    pub fn from_value(value: Value) -> Definition {
        let text = parse::pretty_json(&value);
        let root = match parse::parse(&text) {
            Ok(parsed) => parsed.root,
            // Too long or too deep to be read back: it has no lines then, and validation says why.
            Err(_) => Node::whole(&text),
        };
        Definition { text, format: Format::Json, value, root }
    }

    /// The document, keys in the author's order.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The author's text, verbatim.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// YAML or JSON.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The line, 1-based, where the node at `pointer` begins (its key, when it has one).
    pub fn line_of(&self, pointer: &str) -> Option<u32> {
        self.node(pointer).map(|node| node.line)
    }

    /// The line of the node, or of its nearest ancestor that has one.
    pub fn nearest_line(&self, pointer: &str) -> Option<u32> {
        let mut at = pointer;
        loop {
            if let Some(line) = self.line_of(at) {
                return Some(line);
            }
            at = &at[..at.rfind('/')?];
        }
    }

    /// Where the whole document stands in the text.
    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// Where the node at `pointer` stands in the text.
    pub(super) fn node(&self, pointer: &str) -> Option<&Node> {
        self.root.find(&self.value, pointer)
    }

    /// `document.namespace`, or an empty text.
    pub fn namespace(&self) -> &str {
        self.document("namespace").unwrap_or_default()
    }

    /// `document.name`, or an empty text.
    pub fn name(&self) -> &str {
        self.document("name").unwrap_or_default()
    }

    /// `document.version`, or an empty text.
    pub fn version(&self) -> &str {
        self.document("version").unwrap_or_default()
    }

    /// `document.title`.
    pub fn title(&self) -> Option<&str> {
        self.document("title")
    }

    /// `document.summary`, Markdown.
    pub fn summary(&self) -> Option<&str> {
        self.document("summary")
    }

    fn document(&self, key: &str) -> Option<&str> {
        self.value.get("document")?.get(key)?.as_str()
    }
}
