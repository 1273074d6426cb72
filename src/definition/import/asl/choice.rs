//! The rules of a Choice as jq conditions.

use serde_json::Value;

use super::path;
use super::report::Report;
use super::template::{Language, expression};
use super::{join, jsonata, unknown};

/// How deep rules may stand in each other.
const DEEPEST: usize = 30;

/// A rule as a condition over the state's input.
pub(super) fn condition(rule: &Value, language: Language, place: &str, report: &mut Report) -> String {
    if language == Language::Jsonata {
        let at = join(place, "Condition");
        return match rule.get("Condition") {
            Some(Value::String(text)) => jsonata::jq(text, &at, report),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ => {
                report.dropped(&at, "a rule without a condition");
                unknown("Condition")
            }
        };
    }
    of(rule, place, report, 0)
}

fn of(rule: &Value, place: &str, report: &mut Report, depth: usize) -> String {
    if depth > DEEPEST {
        report.dropped(place, "rules stand too deep in each other");
        return unknown("Choice");
    }
    for (key, word) in [("And", " and "), ("Or", " or ")] {
        if let Some(Value::Array(parts)) = rule.get(key) {
            let at = join(place, key);
            let parts: Vec<String> = parts.iter().enumerate().map(|(n, part)| of(part, &join(&at, n), report, depth + 1)).collect();
            return format!("({})", parts.join(word));
        }
    }
    if let Some(inner) = rule.get("Not") {
        return format!("({} | not)", of(inner, &join(place, "Not"), report, depth + 1));
    }
    let Some(Value::String(variable)) = rule.get("Variable") else {
        report.dropped(place, "a rule without Variable, And, Or or Not");
        return unknown("Choice");
    };
    let operator = rule
        .as_object()
        .and_then(|map| map.iter().find(|(key, _)| !matches!(key.as_str(), "Variable" | "Next" | "Comment" | "Assign" | "Output")));
    let Some((operator, wanted)) = operator else {
        report.dropped(place, "a rule without a comparison");
        return unknown("Choice");
    };
    if operator == "IsPresent" {
        return match present(variable) {
            Ok(found) if wanted == &Value::Bool(false) => format!("({found} | not)"),
            Ok(found) => found,
            Err(why) => {
                report.dropped(&join(place, "Variable"), why);
                unknown(variable)
            }
        };
    }
    let value = expression(variable, &join(place, "Variable"), report);
    let at = join(place, operator);
    let other = match (operator.ends_with("Path"), wanted) {
        (true, Value::String(text)) => expression(text, &at, report),
        _ => wanted.to_string(),
    };
    compare(operator.strip_suffix("Path").unwrap_or(operator), &value, &other, wanted).unwrap_or_else(|| {
        report.dropped(&at, format!("the comparison {operator} is not known"));
        unknown(operator)
    })
}

/// Whether a path leads to something, be it null.
fn present(variable: &str) -> Result<String, String> {
    let whole = path::jq(variable)?;
    if variable.starts_with("$$") || !variable.starts_with("$.") && !variable.starts_with("$[") {
        return Ok(format!("({whole} != null)"));
    }
    let keys = path::keys(variable)?;
    let Some((last, before)) = keys.split_last() else { return Ok("true".into()) };
    let holder = before.iter().fold(".".to_owned(), |at, key| path::member(&at, key));
    Ok(format!("((try {holder} catch null) | type == \"object\" and has({}))", Value::from(last.as_str())))
}

fn compare(operator: &str, value: &str, other: &str, wanted: &Value) -> Option<String> {
    let (kind, relation) = ["LessThanEquals", "GreaterThanEquals", "LessThan", "GreaterThan", "Equals"]
        .iter()
        .find_map(|relation| operator.strip_suffix(*relation).map(|kind| (kind, *relation)))
        .unwrap_or((operator, ""));
    let sign = match relation {
        "LessThanEquals" => "<=",
        "GreaterThanEquals" => ">=",
        "LessThan" => "<",
        "GreaterThan" => ">",
        _ => "==",
    };
    let is = |test: &str| if wanted == &Value::Bool(false) { format!("(({test}) | not)") } else { format!("({test})") };
    Some(match kind {
        "String" => format!("(({value} | type) == \"string\" and ({other} | type) == \"string\" and {value} {sign} {other})"),
        "Numeric" => format!("(({value} | type) == \"number\" and ({other} | type) == \"number\" and {value} {sign} {other})"),
        "Boolean" if sign == "==" => format!("(({value} | type) == \"boolean\" and {value} == {other})"),
        "Timestamp" => format!("({} {sign} {})", seconds(value), seconds(other)),
        "StringMatches" => format!("(({value} | type) == \"string\" and ({value} | test({})))", pattern(wanted.as_str()?)),
        "IsNull" => is(&format!("{value} == null")),
        "IsString" => is(&format!("({value} | type) == \"string\"")),
        "IsNumeric" => is(&format!("({value} | type) == \"number\"")),
        "IsBoolean" => is(&format!("({value} | type) == \"boolean\"")),
        "IsTimestamp" => is(&format!(
            "({value} | type) == \"string\" and ({value} | test(\"^\\\\d{{4}}-\\\\d{{2}}-\\\\d{{2}}T\\\\d{{2}}:\\\\d{{2}}:\\\\d{{2}}(\\\\.\\\\d+)?(Z|[+-]\\\\d{{2}}:\\\\d{{2}})$\"))"
        )),
        _ => return None,
    })
}

/// An instant in seconds; fractions and the offset of the zone are taken apart first.
fn seconds(value: &str) -> String {
    format!(
        "({value} | capture(\"^(?<at>[0-9T:-]{{19}})(?<part>\\\\.[0-9]+)?(?<zone>Z|[+-][0-9]{{2}}:[0-9]{{2}})$\") \
         | ((.at + \"Z\") | fromdateiso8601) + ((\"0\" + (.part // \"\")) | tonumber) \
         - (if .zone == \"Z\" then 0 else ((.zone[0:1] + \"1\") | ltrimstr(\"+\") | tonumber) * (((\"1\" + .zone[1:3] | tonumber) - 100) * 3600 + ((\"1\" + .zone[4:6] | tonumber) - 100) * 60) end))"
    )
}

/// `*` stands for anything, `\*` for itself.
fn pattern(text: &str) -> String {
    let mut out = String::from("^");
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push_str("(.|\\n)*"),
            '\\' => match chars.next() {
                Some(escaped) => literal(escaped, &mut out),
                None => literal('\\', &mut out),
            },
            other => literal(other, &mut out),
        }
    }
    out.push('$');
    Value::from(out).to_string()
}

fn literal(c: char, out: &mut String) {
    if !c.is_alphanumeric() && !c.is_whitespace() && c.is_ascii() {
        out.push('\\');
    }
    out.push(c);
}
