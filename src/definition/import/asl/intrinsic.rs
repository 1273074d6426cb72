//! Intrinsic functions (`States.Format(…)`) as jq.

use serde_json::Value;

use super::path;

/// How deep calls may stand in each other.
const DEEPEST: usize = 20;

/// A call carried over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Carried {
    /// The jq expression.
    pub jq: String,
    /// Where it differs.
    pub differs: Option<String>,
}

/// An expression of a payload: a path or a call.
///
/// # Errors
/// What of it has no counterpart.
pub(super) fn expression(text: &str) -> Result<Carried, String> {
    let mut reader = Reader { text, at: 0, differs: None };
    let jq = reader.value(0)?;
    reader.space();
    if reader.at < text.len() {
        return Err(format!("“{text}” goes on where it should end"));
    }
    Ok(Carried { jq, differs: reader.differs })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    differs: Option<String>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, c: char) -> bool {
        self.space();
        let there = self.rest().starts_with(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    fn value(&mut self, depth: usize) -> Result<String, String> {
        if depth > DEEPEST {
            return Err("calls stand too deep in each other".into());
        }
        self.space();
        if self.rest().starts_with('$') {
            let end = end_of_path(self.rest());
            let found = path::jq(self.rest()[..end].trim_end())?;
            self.at += end;
            return Ok(found);
        }
        if self.rest().starts_with('\'') {
            return self.string();
        }
        if self.rest().starts_with("States.") {
            return self.call(depth);
        }
        let end = self.rest().find([',', ')']).unwrap_or(self.rest().len());
        let word = self.rest()[..end].trim();
        match serde_json::from_str::<Value>(word) {
            Ok(value) if !value.is_object() && !value.is_array() && !value.is_string() => {
                let jq = value.to_string();
                self.at += end;
                Ok(jq)
            }
            _ => Err(format!("“{word}” is neither a path, nor a call, nor a literal")),
        }
    }

    /// A text in single quotes as a JSON text.
    fn string(&mut self) -> Result<String, String> {
        let text = self.raw_string()?;
        Ok(Value::from(text.replace("\\{", "{").replace("\\}", "}")).to_string())
    }

    fn raw_string(&mut self) -> Result<String, String> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    self.at += at + 1;
                    return Ok(out);
                }
                '\\' => match chars.next() {
                    Some((_, escaped @ ('\'' | '\\'))) => out.push(escaped),
                    Some((_, other)) => {
                        out.push('\\');
                        out.push(other);
                    }
                    None => break,
                },
                other => out.push(other),
            }
        }
        Err("a text is not closed with '".into())
    }

    fn call(&mut self, depth: usize) -> Result<String, String> {
        let end = self.rest().find('(').ok_or_else(|| format!("“{}” is no call", self.rest()))?;
        let name = self.rest()[..end].trim().to_owned();
        self.at += end + 1;
        let mut format = None;
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                self.space();
                if name == "States.Format" && arguments.is_empty() && format.is_none() && self.rest().starts_with('\'') {
                    format = Some(self.raw_string()?);
                } else {
                    arguments.push(self.value(depth + 1)?);
                }
                if self.take(')') {
                    break;
                }
                if !self.take(',') {
                    return Err(format!("the call of {name} is not closed"));
                }
            }
        }
        self.jq(&name, format, &arguments)
    }

    fn differ(&mut self, says: &str) {
        self.differs.get_or_insert_with(|| says.to_owned());
    }

    fn jq(&mut self, name: &str, format: Option<String>, a: &[String]) -> Result<String, String> {
        let short = name.strip_prefix("States.").unwrap_or(name);
        Ok(match (short, a) {
            ("Format", _) => formatted(&format.ok_or("States.Format begins with a text")?, a)?,
            ("StringToJson", [x]) => format!("({x} | fromjson)"),
            ("JsonToString", [x]) => format!("({x} | tojson)"),
            ("Array", _) => format!("[{}]", a.join(", ")),
            ("ArrayPartition", [x, n]) => {
                format!("(({x}) as $list | ({n}) as $size | [range(0; $list | length; $size) as $i | $list[$i:$i + $size]])")
            }
            ("ArrayContains", [x, v]) => format!("(({x}) as $list | ({v}) as $sought | any($list[]; . == $sought))"),
            ("ArrayRange", [from, to, step]) => {
                format!("(({to}) as $to | ({step}) as $step | [range({from}; $to + (if $step > 0 then 1 else -1 end); $step)])")
            }
            ("ArrayGetItem", [x, n]) => format!("(({x}) as $list | ({n}) as $at | $list[$at])"),
            ("ArrayLength", [x]) => format!("({x} | length)"),
            ("ArrayUnique", [x]) => {
                self.differ("States.ArrayUnique keeps an order of its own; here the list comes out sorted");
                format!("({x} | unique)")
            }
            ("Base64Encode", [x]) => format!("({x} | @base64)"),
            ("Base64Decode", [x]) => format!("({x} | @base64d)"),
            ("JsonMerge", [x, y, _]) => format!("(({x}) + ({y}))"),
            ("MathAdd", [x, y]) => format!("(({x}) + ({y}))"),
            ("StringSplit", [x, by]) => match serde_json::from_str::<String>(by) {
                Ok(one) if one.chars().count() == 1 => format!("({x} | split({by}) | map(select(. != \"\")))"),
                Ok(set) => {
                    let class: String = set.chars().map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") }).collect();
                    format!("({x} | [splits({})] | map(select(. != \"\")))", Value::from(format!("[{class}]")))
                }
                Err(_) => {
                    self.differ(
                        "States.StringSplit takes each character of its second argument as a separator; here the whole text is one",
                    );
                    format!("(({by}) as $by | {x} | split($by) | map(select(. != \"\")))")
                }
            },
            ("Hash" | "MathRandom" | "UUID", _) => return Err(format!("{name} has no counterpart")),
            _ => return Err(format!("{name} with {} arguments is not known", a.len())),
        })
    }
}

/// Where a path ends inside of a call: at a comma or a closing parenthesis outside of brackets.
fn end_of_path(text: &str) -> usize {
    let (mut depth, mut quote) = (0_i32, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' if depth > 0 => quote = !quote,
            '[' if !quote => depth += 1,
            ']' if !quote => depth -= 1,
            ',' | ')' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// `a {} b` with values in the places of `{}`.
fn formatted(text: &str, values: &[String]) -> Result<String, String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some('{' | '}')) => {
                if let (Some(escaped), Some(last)) = (chars.next(), parts.last_mut()) {
                    last.push(escaped);
                }
            }
            '{' if chars.peek() == Some(&'}') => {
                chars.next();
                parts.push(String::new());
            }
            other => {
                if let Some(last) = parts.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    if parts.len() != values.len() + 1 {
        return Err(format!("States.Format has {} places and {} values", parts.len() - 1, values.len()));
    }
    let mut out = Value::from(parts[0].as_str()).to_string();
    for (value, part) in values.iter().zip(&parts[1..]) {
        out.push_str(&format!(" + ({value} | tostring)"));
        if !part.is_empty() {
            out.push_str(&format!(" + {}", Value::from(part.as_str())));
        }
    }
    Ok(format!("({out})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_jq() {
        for (text, jq) in [
            ("$.a", ".a"),
            ("States.Format('Hi {}, {}!', $.name, 3)", "(\"Hi \" + (.name | tostring) + \", \" + (3 | tostring) + \"!\")"),
            ("States.Format('it\\'s \\{\\}')", "(\"it's {}\")"),
            ("States.Array($.a, 'x', true, null)", "[.a, \"x\", true, null]"),
            ("States.MathAdd($.a, -1)", "((.a) + (-1))"),
            ("States.ArrayLength($.a[*].b)", "([.a[]?.b] | length)"),
            ("States.Base64Encode(States.JsonToString($))", "((. | tojson) | @base64)"),
            (
                "States.ArrayGetItem(States.StringSplit($.s, ','), 0)",
                "(((.s | split(\",\") | map(select(. != \"\")))) as $list | (0) as $at | $list[$at])",
            ),
            ("States.StringToJson($.t)", "(.t | fromjson)"),
            ("States.JsonMerge($.a, $.b, false)", "((.a) + (.b))"),
            ("States.ArrayContains($.a['x,y'], $.v)", "((.a[\"x,y\"]) as $list | (.v) as $sought | any($list[]; . == $sought))"),
        ] {
            assert_eq!(expression(text).map(|c| c.jq).as_deref(), Ok(jq), "{text}");
        }
        assert!(expression("States.ArrayUnique($.a)").expect("carried").differs.is_some());
        for none in [
            "States.UUID()",
            "States.Hash($.a, 'MD5')",
            "States.MathRandom(1, 2)",
            "States.Format('{}')",
            "States.Nope($.a)",
            "States.Array($.a",
            "nonsense",
            "States.Format('x",
            "$.a $.b",
            "",
        ] {
            assert!(expression(none).is_err(), "{none}");
        }
        let deep = format!("{}1{}", "States.Array(".repeat(50), ")".repeat(50));
        assert!(expression(&deep).is_err());
    }
}
