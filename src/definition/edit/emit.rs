//! Writing values as YAML that reads back as the very same values.

use serde_json::Value;

use crate::definition::parse::is_text;

/// A whole document in block style.
pub(super) fn document(value: &Value) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => lines(value, 0, false),
        other => format!("{}\n", flow(other)),
    }
}

/// A collection's lines, each indented by `indent` and ended. `dashes_in`: whether a list under a
/// key is indented by two more.
pub(super) fn lines(value: &Value, indent: usize, dashes_in: bool) -> String {
    let mut out = String::new();
    write_lines(value, indent, dashes_in, &mut out);
    out
}

fn write_lines(value: &Value, indent: usize, dashes_in: bool, out: &mut String) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pad(indent, out);
                out.push_str(&scalar_text(key, false, true));
                out.push(':');
                out.push_str(&after_key(value, indent, dashes_in));
                out.push('\n');
            }
        }
        Value::Array(items) => {
            for item in items {
                pad(indent, out);
                out.push_str(&item_text(item, indent, dashes_in));
                out.push('\n');
            }
        }
        scalar => {
            pad(indent, out);
            out.push_str(&flow(scalar));
            out.push('\n');
        }
    }
}

/// What follows a key's colon, without the last line end.
pub(super) fn after_key(value: &Value, indent: usize, dashes_in: bool) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => format!("\n{}", trimmed(lines(value, indent + 2, dashes_in))),
        Value::Array(items) if !items.is_empty() => {
            let inner = if dashes_in { indent + 2 } else { indent };
            format!("\n{}", trimmed(lines(value, inner, dashes_in)))
        }
        other => format!(" {}", block_scalar(other, indent + 2).unwrap_or_else(|| block_text(other))),
    }
}

/// A list item from its dash on, without the last line end.
pub(super) fn item_text(item: &Value, indent: usize, dashes_in: bool) -> String {
    match item {
        Value::Object(map) if !map.is_empty() => {
            format!("- {}", trimmed(lines(item, indent + 2, dashes_in)).trim_start_matches(' '))
        }
        Value::Array(items) if !items.is_empty() => {
            format!("- {}", trimmed(lines(item, indent + 2, dashes_in)).trim_start_matches(' '))
        }
        other => format!("- {}", block_scalar(other, indent + 2).unwrap_or_else(|| block_text(other))),
    }
}

fn trimmed(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A scalar or an empty collection on one line, outside brackets.
pub(super) fn block_text(value: &Value) -> String {
    match value {
        Value::String(text) => scalar_text(text, false, false),
        other => flow(other),
    }
}

/// Any value on one line, valid inside brackets too.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar_text(text, true, false),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{}: {}", scalar_text(key, true, true), flow(value));
            format!("{{ {} }}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text of several lines by `|`, when it can be read back from that.
pub(super) fn block_scalar(value: &Value, indent: usize) -> Option<String> {
    let text = value.as_str()?;
    let (body, head) = match text.strip_suffix('\n') {
        Some(body) => (body, "|"),
        None => (text, "|-"),
    };
    let plain = |c: char| c == '\n' || c == '\t' || !needs_escape(c);
    if !body.contains('\n') || body.ends_with('\n') || body.starts_with([' ', '\n', '\t']) || !body.chars().all(plain) {
        return None;
    }
    let mut out = head.to_owned();
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent, &mut out);
            out.push_str(line);
        }
    }
    Some(out)
}

/// A text bare where that is safe, else quoted.
pub(super) fn scalar_text(text: &str, in_flow: bool, key: bool) -> String {
    if is_safe_bare(text, in_flow, key) {
        return text.to_owned();
    }
    if !text.chars().any(|c| needs_escape(c) || c == '\n' || c == '\t') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_escape(c) && (c as u32) > 0xffff => out.push_str(&format!("\\U{:08x}", c as u32)),
            c if needs_escape(c) => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn needs_escape(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn is_safe_bare(text: &str, in_flow: bool, key: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let indicator = "-?:,[]{}#&*!|>'\"%@`=<".contains(first);
    let dashes = first == '-' && text.len() > 1 && !text.starts_with("- ") && !text.starts_with("--") && !in_flow;
    (is_text(text) || (key && text.parse::<u32>().is_ok()))
        && (!indicator || dashes)
        && text.trim() == text
        && !text.starts_with("...")
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains("\t#")
        && !(in_flow && text.contains([',', '[', ']', '{', '}', ':', '"', '\'']))
        && !(key && text.contains(':'))
        && !text.chars().any(|c| needs_escape(c) || c == '\n' || c == '\t')
}
