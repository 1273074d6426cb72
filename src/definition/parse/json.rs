//! JSON: serde_json judges the text, then a small scanner notes where each node stands.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use super::node::{Node, Style};
use super::{Lines, MAX_DEPTH, MAX_KEY, Parsed, duplicate, long_key, too_deep};
use crate::definition::document::Format;
use crate::definition::pointer::join;
use crate::definition::problem::Problem;

/// What the beginning of a text says about its notation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// An object whose first key is in double quotes.
    Json,
    /// Could be either; YAML reads most JSON.
    Either,
    /// Not JSON.
    Yaml,
}

pub(super) fn looks_like(text: &str) -> Likeness {
    let text = text.trim_start();
    match text.strip_prefix('{').map(str::trim_start) {
        Some(rest) if rest.starts_with('"') => Likeness::Json,
        Some(_) => Likeness::Either,
        None if text.starts_with(['[', '"']) => Likeness::Either,
        None => Likeness::Yaml,
    }
}

/// Reads one JSON document.
pub(super) fn read(text: &str) -> Result<Parsed, Vec<Problem>> {
    let value: Value = serde_json::from_str(text).map_err(|e| vec![syntax(&e)])?;
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, lines: Lines::of(text), problems: Vec::new() };
    let root = scanner.node(&value, String::new(), None, 0);
    if scanner.problems.is_empty() { Ok(Parsed { value, format: Format::Json, root }) } else { Err(scanner.problems) }
}

fn syntax(e: &serde_json::Error) -> Problem {
    let line = u32::try_from(e.line()).unwrap_or(u32::MAX).max(1);
    let text = e.to_string();
    if text.starts_with("recursion limit") {
        return too_deep(line);
    }
    // serde_json repeats line and column at the end of its message.
    let what = text.split(" at line ").next().unwrap_or_default();
    let message = format!("This is not valid JSON ({what}, column {}). Check commas, quotes and brackets.", e.column());
    Problem::error("", message).at(Some(line))
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    lines: Lines,
    problems: Vec<Problem>,
}

impl Scanner<'_> {
    /// Notes the value that begins at the present place. The text is known to be valid JSON, so
    /// depth is bounded by serde_json's own limit, which is ours.
    fn node(&mut self, value: &Value, pointer: String, key: Option<Range<usize>>, depth: usize) -> Node {
        self.space();
        let start = self.at;
        let line = self.lines.line(key.as_ref().map_or(start, |k| k.start));
        let mut children = Vec::new();
        let style = match self.peek() {
            b'{' | b'[' if depth >= MAX_DEPTH => {
                self.problems.push(too_deep(line));
                self.at = self.bytes.len();
                Style::Flow
            }
            b'{' => {
                self.object(value, &pointer, depth, &mut children);
                Style::Flow
            }
            b'[' => {
                self.array(value, &pointer, depth, &mut children);
                Style::Flow
            }
            b'"' => {
                self.string();
                Style::Scalar
            }
            _ => {
                self.literal(line);
                Style::Scalar
            }
        };
        Node { line, key, span: start..self.at, style, decorated: false, children }
    }

    fn object(&mut self, value: &Value, pointer: &str, depth: usize, children: &mut Vec<Node>) {
        let mut seen: HashMap<String, u32> = HashMap::new();
        loop {
            self.at += 1;
            self.space();
            if self.at >= self.bytes.len() || self.peek() == b'}' {
                break;
            }
            let span = self.string();
            let key: String = serde_json::from_str(&self.text[span.clone()]).unwrap_or_default();
            self.space();
            self.at += 1;
            let line = self.lines.line(span.start);
            if key.len() > MAX_KEY {
                self.problems.push(long_key(line));
            }
            let at = join(pointer, &key);
            if let Some(first) = seen.insert(key.clone(), line) {
                self.problems.push(duplicate(&key, at.clone(), line, first));
            }
            let child = value.get(&key).unwrap_or(&Value::Null);
            let node = self.node(child, at, Some(span), depth + 1);
            children.push(node);
            self.space();
            if self.at >= self.bytes.len() || self.peek() != b',' {
                break;
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    fn array(&mut self, value: &Value, pointer: &str, depth: usize, children: &mut Vec<Node>) {
        loop {
            self.at += 1;
            self.space();
            if self.at >= self.bytes.len() || self.peek() == b']' {
                break;
            }
            let index = children.len();
            let child = value.get(index).unwrap_or(&Value::Null);
            let node = self.node(child, join(pointer, index), None, depth + 1);
            children.push(node);
            self.space();
            if self.at >= self.bytes.len() || self.peek() != b',' {
                break;
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    fn string(&mut self) -> Range<usize> {
        let start = self.at;
        self.at += 1;
        while self.at < self.bytes.len() && self.bytes[self.at] != b'"' {
            self.at += if self.bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.bytes.len());
        start..self.at
    }

    fn literal(&mut self, line: u32) {
        let start = self.at;
        while self.at < self.bytes.len() && !b",]} \t\r\n".contains(&self.bytes[self.at]) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        let digits = text.strip_prefix('-').unwrap_or(text);
        let integer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if integer && text.parse::<i64>().is_err() && text.parse::<u64>().is_err() {
            let message = format!("{text} has more digits than a 64-bit number keeps. Write it in quotes.");
            self.problems.push(Problem::error("", message).at(Some(line)));
        }
    }

    fn space(&mut self) {
        while self.at < self.bytes.len() && b" \t\r\n".contains(&self.bytes[self.at]) {
            self.at += 1;
        }
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }
}
