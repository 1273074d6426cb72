//! Small replacements in YAML text, by the places that the reader noted.
//!
//! These are attempts: where the layout is unusual they may come out wrong, which the caller finds
//! out by reading the text back.

use std::ops::Range;

use serde_json::Value;

use super::emit;
use crate::definition::document::Definition;
use crate::definition::parse::{Node, Style};
use crate::definition::pointer::{join, segments};

/// Bytes to replace, and by what.
#[derive(Debug, Clone)]
pub(super) struct Splice {
    range: Range<usize>,
    text: String,
}

/// The text with all replacements made; none if they overlap.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    splices.sort_by_key(|s| (s.range.start, s.range.end));
    let crlf = text.contains("\r\n");
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for splice in splices {
        out.push_str(text.get(at..splice.range.start)?);
        let new = if crlf { splice.text.replace("\r\n", "\n").replace('\n', "\r\n") } else { splice.text };
        // Behind a last line without an end, a new line begins first.
        if !out.is_empty() && splice.range.start == text.len() && !out.ends_with('\n') && new.starts_with(' ') {
            out.push('\n');
        }
        out.push_str(&new);
        at = splice.range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Replaces a task's name.
pub(super) fn key(d: &Definition, pointer: &str, name: &str) -> Option<Splice> {
    let node = d.node(pointer)?;
    let text = emit::scalar_text(name, in_flow(d, pointer), true);
    Some(Splice { range: node.key.clone()?, text })
}

/// Makes the node at a pointer say `new`, touching only what differs.
pub(super) fn change(d: &Definition, pointer: &str, new: &Value) -> Option<Vec<Splice>> {
    let mut splices = Vec::new();
    changes(d, pointer, d.value().pointer(pointer)?, new, &mut splices)?;
    Some(splices)
}

fn changes(d: &Definition, pointer: &str, old: &Value, new: &Value, out: &mut Vec<Splice>) -> Option<()> {
    if old == new {
        return Some(());
    }
    let node = d.node(pointer)?;
    match (old, new) {
        (Value::Object(before), Value::Object(after)) if node.style == Style::Block && !after.is_empty() => {
            let kept = before.keys().filter(|key| after.contains_key(*key)).count();
            if kept == 0 {
                out.push(rewrite(d, pointer, new)?);
                return Some(());
            }
            for (index, (key, value)) in before.iter().enumerate() {
                match after.get(key) {
                    Some(changed) => changes(d, &join(pointer, key), value, changed, out)?,
                    None => out.push(remove_entry(d, node, index)?),
                }
            }
            let indent = column(d.text(), node.children.first()?.start());
            let at = line_end(d.text(), node.span.end);
            let mut text = String::new();
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                let name = emit::scalar_text(key, false, true);
                text.push_str(&format!("\n{:indent$}{name}:{}", "", emit::after_key(value, indent, dashes_in(d))));
            }
            if !text.is_empty() {
                out.push(Splice { range: at..at, text });
            }
            Some(())
        }
        (Value::Array(before), Value::Array(after)) if node.style == Style::Block && before.len() == after.len() => {
            for (index, (value, changed)) in before.iter().zip(after).enumerate() {
                changes(d, &join(pointer, index), value, changed, out)?;
            }
            Some(())
        }
        _ => {
            out.push(rewrite(d, pointer, new)?);
            Some(())
        }
    }
}

/// Writes the whole value at a pointer anew.
pub(super) fn rewrite(d: &Definition, pointer: &str, new: &Value) -> Option<Splice> {
    let text = d.text();
    let node = d.node(pointer)?;
    let scalar = !matches!(new, Value::Object(m) if !m.is_empty()) && !matches!(new, Value::Array(a) if !a.is_empty());
    if in_flow(d, pointer) {
        return Some(Splice { range: node.span.clone(), text: emit::flow(new) });
    }
    let several_lines = emit::block_scalar(new, 0).is_some() && rest_of_line(text, node.span.end).is_empty();
    if scalar && !several_lines && matches!(node.style, Style::Scalar | Style::Alias) {
        return Some(Splice { range: node.span.clone(), text: emit::block_text(new) });
    }
    let Some(key) = &node.key else {
        let indent = column(text, node.span.start);
        let lines = if scalar { emit::block_text(new) } else { emit::lines(new, indent, dashes_in(d)) };
        return Some(Splice { range: node.span.clone(), text: lines.trim_end_matches('\n').trim_start_matches(' ').to_owned() });
    };
    let colon = key.end + text.get(key.end..)?.find(':')? + 1;
    if text.get(key.end..colon - 1).is_none_or(|between| !between.trim().is_empty()) {
        return None;
    }
    let indent = column(text, key.start);
    let new_text = if several_lines {
        emit::after_key(new, indent, dashes_in(d))
    } else if scalar {
        format!(" {}", emit::block_text(new))
    } else {
        emit::after_key(new, indent, dashes_in(d))
    };
    // A comment between the colon and the value stays where it stood.
    let start = match node.style {
        Style::Block if !scalar => {
            let head = line_end(text, colon);
            if head <= node.span.start { head } else { colon }
        }
        _ => colon,
    };
    Some(Splice { range: start..node.span.end.max(start), text: new_text })
}

fn remove_entry(d: &Definition, parent: &Node, index: usize) -> Option<Splice> {
    let text = d.text();
    let node = parent.children.get(index)?;
    let start = node.start();
    let own_line = text.get(line_start(text, start)..start)?.trim().is_empty();
    let range = match parent.children.get(index + 1) {
        Some(next) if !own_line => start..next.start(),
        None if !own_line => return None,
        _ => block_start(text, start)..next_line(text, node.span.end.max(start)),
    };
    Some(Splice { range, text: String::new() })
}

/// Inserts an item into a block list.
pub(super) fn insert_item(d: &Definition, list: &str, index: usize, item: &Value) -> Option<Vec<Splice>> {
    let node = d.node(list).filter(|n| n.style == Style::Block)?;
    let (first, _) = item_block(d, node, 0)?;
    let dash = first + d.text().get(first..)?.find('-')?;
    let dash = node.children.first().and_then(|n| dash_of(d.text(), n)).unwrap_or(dash);
    let indent = column(d.text(), dash);
    let body = format!("{:indent$}{}\n", "", emit::item_text(item, indent, dashes_in(d)));
    let at = match index.checked_sub(1) {
        Some(before) if index == node.children.len() => item_block(d, node, before)?.1,
        _ => item_block(d, node, index)?.0,
    };
    Some(vec![Splice { range: at..at, text: body }])
}

/// Removes an item of a block list, with the comments right above it.
pub(super) fn remove_item(d: &Definition, list: &str, index: usize) -> Option<Vec<Splice>> {
    let node = d.node(list)?;
    if node.style != Style::Block || node.children.len() == 1 {
        let mut left = d.value().pointer(list)?.as_array()?.clone();
        left.remove(index);
        return Some(vec![rewrite(d, list, &Value::Array(left))?]);
    }
    let (start, end) = item_block(d, node, index)?;
    Some(vec![Splice { range: start..end, text: String::new() }])
}

/// Swaps item `first` of a block list with the one after it, comments above them included.
pub(super) fn swap_items(d: &Definition, list: &str, first: usize) -> Option<Vec<Splice>> {
    let node = d.node(list).filter(|n| n.style == Style::Block)?;
    let (a, b) = (item_block(d, node, first)?, item_block(d, node, first + 1)?);
    let whole = |(start, end): (usize, usize)| {
        let block = d.text().get(start..end)?;
        Some(if block.ends_with('\n') { block.to_owned() } else { format!("{block}\n") })
    };
    let (upper, lower) = (whole(a)?, whole(b)?);
    Some(vec![Splice { range: a.0..a.1, text: lower }, Splice { range: b.0..b.1, text: upper }])
}

/// The lines of a list item: from the comments right above it to the end of its last line.
fn item_block(d: &Definition, list: &Node, index: usize) -> Option<(usize, usize)> {
    let node = list.children.get(index)?;
    let dash = dash_of(d.text(), node)?;
    Some((block_start(d.text(), dash), next_line(d.text(), node.span.end)))
}

/// The dash of an item, when it alone stands before the item on its line.
fn dash_of(text: &str, item: &Node) -> Option<usize> {
    let start = item.span.start;
    let prefix = text.get(line_start(text, start)..start)?;
    (prefix.trim() == "-").then(|| line_start(text, start) + prefix.find('-').unwrap_or(0))
}

/// The start of the line at `at`, or of the comments right above it with the same indent.
fn block_start(text: &str, at: usize) -> usize {
    let mut start = line_start(text, at);
    let indent = column(text, at);
    while start > 0 {
        let above = line_start(text, start - 1);
        let line = &text[above..start];
        let comment = line.trim_start_matches(' ');
        if !comment.starts_with('#') || line.len() - comment.len() != indent {
            break;
        }
        start = above;
    }
    start
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |n| n + 1)
}

/// The end of the line at `at`, before its line end.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    if text[..end].ends_with('\r') && end > at { end - 1 } else { end }
}

fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |n| at + n + 1)
}

fn rest_of_line(text: &str, at: usize) -> &str {
    text[at..line_end(text, at)].trim()
}

fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

/// Whether a collection in brackets is around the node.
fn in_flow(d: &Definition, pointer: &str) -> bool {
    let mut at = String::new();
    let mut keys = segments(pointer);
    keys.pop();
    let mut flow = d.root().style == Style::Flow && !pointer.is_empty();
    for key in keys {
        at = join(&at, key);
        flow |= d.node(&at).is_none_or(|n| n.style == Style::Flow);
    }
    flow
}

/// Whether the author indents lists under their key.
fn dashes_in(d: &Definition) -> bool {
    let list = d.value().get("do").and_then(|_| d.node("/do"));
    let Some((list, key)) = list.and_then(|l| l.key.as_ref().map(|k| (l, k.start))) else { return false };
    let dash = list.children.first().and_then(|item| dash_of(d.text(), item));
    dash.is_some_and(|dash| column(d.text(), dash) > column(d.text(), key))
}
