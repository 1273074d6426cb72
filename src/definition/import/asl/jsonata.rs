//! JSONata, as far as it is a path: the rest has no counterpart and is said.

use serde_json::Value;

use super::report::Report;
use super::{path, unknown};

/// Whether a text is `{% … %}`.
pub(super) fn is_expression(text: &str) -> bool {
    text.trim().starts_with("{%") && text.trim().ends_with("%}")
}

/// The jq of a simple expression; of any other a function that does not exist, with a line in the report.
pub(super) fn jq(text: &str, place: &str, report: &mut Report) -> String {
    let inner = text.trim().trim_start_matches("{%").trim_end_matches("%}").trim();
    simple(inner).unwrap_or_else(|| {
        report.dropped(place, format!("JSONata beyond paths and literals is not carried over: “{}”. Write it in jq", short(inner)));
        unknown(inner)
    })
}

/// Paths over what a state sees, variables, literals.
fn simple(text: &str) -> Option<String> {
    let roots = [
        ("$states.context.Execution.Input", "$workflow.input"),
        ("$states.context.Execution.Id", "$workflow.id"),
        ("$states.context.Execution.StartTime", "$workflow.startedAt.iso8601"),
        ("$states.input", "."),
        ("$states.result", "."),
        ("$states.errorOutput.Error", "($error.title // $error.type)"),
        ("$states.errorOutput.Cause", "($error.detail // \"\")"),
    ];
    for (name, jq) in roots {
        if let Some(rest) = text.strip_prefix(name)
            && (rest.is_empty() || rest.starts_with(['.', '[']))
        {
            return members(jq, rest);
        }
    }
    if let Some(rest) = text.strip_prefix('$') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let plain = !name.is_empty() && name != "states" && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return if plain { members(&format!("$context.{name}"), rest) } else { None };
    }
    let value: Value = serde_json::from_str(text).ok().or_else(|| text.strip_prefix('\'')?.strip_suffix('\'').map(Value::from))?;
    (!value.is_object() && !value.is_array()).then(|| value.to_string())
}

fn members(base: &str, rest: &str) -> Option<String> {
    let mut at = base.to_owned();
    let mut rest = rest;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let key = &after[..end];
            if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return None;
            }
            at = path::member(&at, key);
            rest = &after[end..];
        } else {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            index.parse::<i64>().ok()?;
            at = format!("{at}[{index}]");
            rest = after;
        }
    }
    Some(at)
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_literals_are_carried_and_the_rest_is_said() {
        for (text, expected) in [
            ("{% $states.input.order.id %}", ".order.id"),
            ("{% $states.input %}", "."),
            ("{% $states.input.items[0].sku %}", ".items[0].sku"),
            ("{% $total %}", "$context.total"),
            ("{% 'x' %}", "\"x\""),
            ("{%3%}", "3"),
            ("{% true %}", "true"),
        ] {
            let mut report = Report::default();
            assert_eq!(jq(text, "/a", &mut report), expected, "{text}");
            assert!(report.lines.is_empty());
        }
        for text in ["{% $sum($states.input.items.price) %}", "{% $states.input.a + 1 %}", "{% $now() %}", "{% [1,2] %}", "{% %}"] {
            let mut report = Report::default();
            assert!(jq(text, "/a", &mut report).starts_with("no_counterpart"), "{text}");
            assert_eq!(report.lines.len(), 1);
        }
    }
}
