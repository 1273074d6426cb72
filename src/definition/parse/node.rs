//! Where a node of the document stands in the author's text.

use std::ops::Range;

use serde_json::Value;

use crate::definition::pointer;

/// How a node is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A collection by indentation.
    Block,
    /// A collection in brackets or braces.
    Flow,
    /// A scalar on one line or several, bare or quoted.
    Scalar,
    /// A scalar introduced by `|` or `>`.
    BlockScalar,
    /// A null that is not written at all (`key:`).
    Absent,
    /// A YAML alias; what it stands for is elsewhere.
    Alias,
}

/// A node's place; children stand in the order of the value's entries.
#[derive(Debug, Clone)]
pub struct Node {
    /// 1-based line of the key, or of the value where there is no key.
    pub line: u32,
    /// Bytes of the key, quotes included.
    pub key: Option<Range<usize>>,
    /// Bytes of the value, from its first character to the end of its last content.
    pub span: Range<usize>,
    /// How it is written.
    pub style: Style,
    /// Whether it carries an anchor or a tag.
    pub decorated: bool,
    /// Children, in the order of the value's entries.
    pub children: Vec<Node>,
}

impl Node {
    /// The node at `pointer` below this one, which stands for `value`.
    pub fn find<'a>(&'a self, value: &Value, pointer: &str) -> Option<&'a Node> {
        let mut node = self;
        let mut value = value;
        for key in pointer::segments(pointer) {
            let index = match value {
                Value::Object(map) => {
                    let index = map.keys().position(|k| *k == key)?;
                    value = map.get(&key)?;
                    index
                }
                Value::Array(items) => {
                    let index = key.parse::<usize>().ok()?;
                    value = items.get(index)?;
                    index
                }
                _ => return None,
            };
            node = node.children.get(index)?;
        }
        Some(node)
    }

    /// A node for a text whose inside is not known.
    pub fn whole(text: &str) -> Node {
        Node { line: 1, key: None, span: 0..text.len(), style: Style::Flow, decorated: false, children: Vec::new() }
    }

    /// Where the entry begins: its key, or its value where there is no key.
    pub fn start(&self) -> usize {
        self.key.as_ref().map_or(self.span.start, |key| key.start)
    }

    /// Moves every offset by `by` bytes.
    pub(super) fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        self.key = self.key.take().map(|key| key.start + by..key.end + by);
        for child in &mut self.children {
            child.shift(by);
        }
    }
}
