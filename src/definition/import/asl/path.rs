//! JSONPath and the context object of Amazon States Language as jq.

use serde_json::Value;

/// The jq expression for a path: `$.a.b`, `$$.Execution.Id`, `$variable.a`.
///
/// # Errors
/// What of it has no counterpart.
pub(super) fn jq(text: &str) -> Result<String, String> {
    if let Some(rest) = text.strip_prefix("$$") {
        return context(rest);
    }
    let Some(rest) = text.strip_prefix('$') else { return Err(format!("“{text}” is no path: paths begin with $")) };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (variable, rest) = rest.split_at(end);
    if variable.is_empty() { walk(".", rest) } else { walk(&format!("$context.{variable}"), rest) }
}

/// The keys of a reference path (`$.a.b[0]`), the only kind that ResultPath takes.
///
/// # Errors
/// It leads to more than one place, or through a list.
pub(super) fn keys(text: &str) -> Result<Vec<String>, String> {
    let Some(rest) = text.strip_prefix('$') else { return Err(format!("“{text}” is no path: paths begin with $")) };
    let mut keys = Vec::new();
    for step in steps(rest)? {
        match step {
            Step::Key(key) => keys.push(key),
            _ => return Err(format!("“{text}” does not name one place in an object")),
        }
    }
    Ok(keys)
}

/// Access to a member: `.a`, or `["a b"]` where the name needs quotes.
pub(super) fn member(base: &str, key: &str) -> String {
    let plain =
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let dot = if base == "." { "" } else { base };
    if plain { format!("{dot}.{key}") } else { format!("{base}[{}]", Value::from(key)) }
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Index(String),
    All,
    Slice(String, String),
    Several(Vec<String>),
    Filter(String),
    Descend(String),
}

fn walk(base: &str, rest: &str) -> Result<String, String> {
    let mut at = base.to_owned();
    let mut many = false;
    for step in steps(rest)? {
        at = match step {
            Step::Key(key) => member(&at, &key),
            Step::Index(n) => format!("{at}[{n}]"),
            Step::All => format!("{at}[]?"),
            Step::Slice(from, to) => format!("{at}[{from}:{to}][]?"),
            Step::Several(which) => format!("({at} | ({}))", which.iter().map(|w| format!(".[{w}]")).collect::<Vec<_>>().join(", ")),
            Step::Filter(condition) => format!("({at}[]? | select({condition}))"),
            Step::Descend(key) => format!("({at} | .. | objects | select(has({0})) | .[{0}])", Value::from(key)),
        };
        many |= at.ends_with("[]?") || at.starts_with('(');
    }
    Ok(if many { format!("[{at}]") } else { at })
}

fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            let (name, left) = name(after);
            if !is_name(name) {
                return Err(format!("“..” without a name in “{text}” has no counterpart"));
            }
            found.push(Step::Descend(name.to_owned()));
            rest = left;
        } else if let Some(after) = rest.strip_prefix(".*") {
            found.push(Step::All);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, left) = name(after);
            if !is_name(name) {
                return Err(format!("“{text}” cannot be read as a path"));
            }
            found.push(Step::Key(name.to_owned()));
            rest = left;
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = closing(after).ok_or_else(|| format!("“{text}” has a bracket that is not closed"))?;
            found.push(bracket(after[..end].trim())?);
            rest = &after[end + 1..];
        } else {
            return Err(format!("“{text}” cannot be read as a path"));
        }
    }
    Ok(found)
}

fn name(text: &str) -> (&str, &str) {
    text.split_at(text.find(['.', '[']).unwrap_or(text.len()))
}

/// Names without brackets hold no signs that mean something else.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "=~<>!&|()'\"`,*@?".contains(c))
}

/// Where the bracket ends: quotes and inner brackets are stepped over.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Result<Step, String> {
    let number = |t: &str| t.strip_prefix('-').unwrap_or(t).bytes().all(|b| b.is_ascii_digit()) && !t.is_empty() && t != "-";
    if inner == "*" {
        return Ok(Step::All);
    }
    if let Some(key) = quoted(inner) {
        return Ok(Step::Key(key));
    }
    if number(inner) {
        return Ok(Step::Index(inner.to_owned()));
    }
    if let Some(condition) = inner.strip_prefix("?(").and_then(|i| i.strip_suffix(')')) {
        return filter(condition).map(Step::Filter);
    }
    if let Some((from, to)) = inner.split_once(':')
        && [from, to].iter().all(|t| t.trim().is_empty() || number(t.trim()))
    {
        return Ok(Step::Slice(from.trim().to_owned(), to.trim().to_owned()));
    }
    let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
    if parts.len() > 1 {
        let each = |p: &&str| quoted(p).map(|k| Value::from(k).to_string()).or_else(|| number(p).then(|| (*p).to_owned()));
        if let Some(all) = parts.iter().map(each).collect::<Option<Vec<_>>>() {
            return Ok(Step::Several(all));
        }
    }
    Err(format!("“[{inner}]” has no counterpart"))
}

fn quoted(text: &str) -> Option<String> {
    let inner =
        text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).or_else(|| text.strip_prefix('"').and_then(|t| t.strip_suffix('"')))?;
    (!inner.contains(['\'', '"', '\\'])).then(|| inner.to_owned())
}

/// `@.price < 10 && @.isbn`: comparisons with literals, joined by one kind of conjunction at a time.
fn filter(text: &str) -> Result<String, String> {
    for (word, jq) in [("||", " or "), ("&&", " and ")] {
        let parts: Vec<&str> = text.split(word).collect();
        if parts.len() > 1 {
            return Ok(parts.into_iter().map(filter).collect::<Result<Vec<_>, _>>()?.join(jq));
        }
    }
    let text = text.trim();
    let side = |t: &str| -> Result<String, String> {
        let t = t.trim();
        if let Some(rest) = t.strip_prefix('@') {
            return walk(".", rest);
        }
        if let Some(inner) = quoted(t) {
            return Ok(Value::from(inner).to_string());
        }
        match serde_json::from_str::<Value>(t) {
            Ok(value) if !value.is_object() && !value.is_array() => Ok(value.to_string()),
            _ => Err(format!("the filter “{t}” has no counterpart")),
        }
    };
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((left, right)) = text.split_once(operator) {
            return Ok(format!("({} {operator} {})", side(left)?, side(right)?));
        }
    }
    if text.starts_with('@') {
        Ok(format!("({} != null)", side(text)?))
    } else {
        Err(format!("the filter “{text}” has no counterpart"))
    }
}

/// `$$`: what the language knows of the execution.
fn context(rest: &str) -> Result<String, String> {
    let known = [
        (".Execution.Input", "$workflow.input"),
        (".Execution.StartTime", "$workflow.startedAt.iso8601"),
        (".Execution.Id", "$workflow.id"),
        (".Execution.Name", "$workflow.id"),
        (".StateMachine.Id", "$workflow.definition.document.name"),
        (".StateMachine.Name", "$workflow.definition.document.name"),
        (".State.EnteredTime", "$task.startedAt.iso8601"),
        (".State.Name", "$task.name"),
        (".Map.Item.Value", "$item"),
        (".Map.Item.Index", "$index"),
    ];
    for (name, jq) in known {
        if let Some(more) = rest.strip_prefix(name)
            && (more.is_empty() || more.starts_with(['.', '[']))
        {
            return walk(jq, more);
        }
    }
    Err(format!("“$${rest}” has no counterpart"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_jq() {
        for (path, jq_text) in [
            ("$", "."),
            ("$.a", ".a"),
            ("$.a.b", ".a.b"),
            ("$['a b'].c", ".[\"a b\"].c"),
            ("$.a[0]", ".a[0]"),
            ("$.a[-1]", ".a[-1]"),
            ("$.a[*].b", "[.a[]?.b]"),
            ("$.a[1:3]", "[.a[1:3][]?]"),
            ("$.a[0,2]", "[(.a | (.[0], .[2]))]"),
            ("$..b", "[(. | .. | objects | select(has(\"b\")) | .[\"b\"])]"),
            ("$.a[?(@.p < 10 && @.q == 'x')]", "[(.a[]? | select((.p < 10) and (.q == \"x\")))]"),
            ("$$.Execution.Id", "$workflow.id"),
            ("$$.Execution.Input.order", "$workflow.input.order"),
            ("$$.Map.Item.Value.id", "$item.id"),
            ("$total.net", "$context.total.net"),
        ] {
            assert_eq!(jq(path).as_deref(), Ok(jq_text), "{path}");
        }
        for none in ["a", "$$.Task.Token", "$$.Execution.Identity", "$.a[", "$.", "$.a[?(@.b =~ /x/)]", "$.a[(@.length-1)]", "$.."] {
            assert!(jq(none).is_err(), "{none}");
        }
    }

    #[test]
    fn reference_paths_name_one_place() {
        assert_eq!(keys("$.a['b c']"), Ok(vec!["a".into(), "b c".into()]));
        assert_eq!(keys("$"), Ok(vec![]));
        assert!(keys("$.a[*]").is_err() && keys("$.a[0]").is_err());
    }
}
