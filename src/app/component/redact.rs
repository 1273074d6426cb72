//! Taking secrets out of what is stored and shown, by value (TRUST §4.9, P18).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

/// Shorter values cannot be told from ordinary text.
const SHORTEST: usize = 6;
/// A piece of a secret that was cut off is looked for from this length on.
const SHORTEST_PIECE: usize = 4;
/// What stands in place of a secret.
pub const HIDDEN: &str = "***";

/// Knows secrets in the forms they travel in.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that no part of a longer one stays.
    forms: Vec<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor(***, {} forms)", self.forms.len())
    }
}

impl Redactor {
    /// For all texts and numbers in these values.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Redactor {
        let mut forms = Vec::new();
        values.into_iter().for_each(|value| collect(value, &mut forms));
        let mut redactor = Redactor { forms };
        redactor.put_in_order();
        redactor
    }

    fn put_in_order(&mut self) {
        self.forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
    }

    /// Learns what was hidden before, from a value and the way it was shown: a secret that has another value by now
    /// still stands in runs that read it earlier.
    pub fn learn(&mut self, plain: &Value, shown: &Value) {
        let mut pieces = Vec::new();
        hidden(plain, shown, &mut pieces);
        pieces.iter().for_each(|piece| add(piece, &mut self.forms));
        self.put_in_order();
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether a text carries a secret, or the beginning of one that was cut off.
    pub fn finds(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form.as_str())) || self.cut_off(text).is_some()
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        let hide = |text: String, form: &String| if text.contains(form.as_str()) { text.replace(form.as_str(), HIDDEN) } else { text };
        let mut text = self.forms.iter().fold(text.to_owned(), hide);
        while let Some(piece) = self.cut_off(&text) {
            text.replace_range(piece, HIDDEN);
        }
        text
    }

    /// Where a secret's beginning stands right before an ellipsis: messages quote data up to a length.
    fn cut_off(&self, text: &str) -> Option<std::ops::Range<usize>> {
        text.match_indices('…').find_map(|(end, _)| {
            let before = &text[..end];
            let beginning =
                |form: &String| (SHORTEST_PIECE..form.len()).rev().find(|n| form.get(..*n).is_some_and(|piece| before.ends_with(piece)));
            self.forms.iter().filter_map(beginning).max().map(|longest| end - longest..end)
        })
    }

    /// A value without secrets; it stays JSON.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) if self.finds(&number.to_string()) => Value::String(HIDDEN.to_owned()),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(map) => Value::Object(map.iter().map(|(key, item)| (self.text(key), self.value(item))).collect()),
            other => other.clone(),
        }
    }
}

fn hidden(plain: &Value, shown: &Value, pieces: &mut Vec<String>) {
    match (plain, shown) {
        (Value::String(plain), Value::String(shown)) => hidden_in(plain, shown, pieces),
        (Value::Number(number), Value::String(_)) => pieces.push(number.to_string()),
        (Value::Array(plain), Value::Array(shown)) => plain.iter().zip(shown).for_each(|(a, b)| hidden(a, b, pieces)),
        // Keys stay in their order, unless one of them was hidden and fell on another.
        (Value::Object(plain), Value::Object(shown)) if plain.len() == shown.len() => {
            for ((key, a), (shown_key, b)) in plain.iter().zip(shown) {
                hidden_in(key, shown_key, pieces);
                hidden(a, b, pieces);
            }
        }
        (Value::Object(plain), Value::Object(_)) => plain.iter().for_each(|(key, value)| {
            pieces.push(key.clone());
            collect_texts(value, pieces);
        }),
        _ => {}
    }
}

fn hidden_in(plain: &str, shown: &str, pieces: &mut Vec<String>) {
    let mut rest = plain;
    let mut between = shown.split(HIDDEN);
    rest = rest.strip_prefix(between.next().unwrap_or_default()).unwrap_or(rest);
    for part in between {
        let end = if part.is_empty() { rest.len() } else { rest.find(part).unwrap_or(rest.len()) };
        pieces.push(rest[..end].to_owned());
        rest = rest.get(end + part.len()..).unwrap_or_default();
    }
}

fn collect_texts(value: &Value, pieces: &mut Vec<String>) {
    match value {
        Value::String(text) => pieces.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, pieces)),
        Value::Object(map) => map.values().for_each(|item| collect_texts(item, pieces)),
        _ => {}
    }
}

fn collect(value: &Value, forms: &mut Vec<String>) {
    match value {
        Value::String(text) => add(text, forms),
        Value::Number(number) => add(&number.to_string(), forms),
        Value::Array(items) => items.iter().for_each(|item| collect(item, forms)),
        Value::Object(map) => map.values().for_each(|item| collect(item, forms)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn add(text: &str, forms: &mut Vec<String>) {
    // Headers and forms are often given without the line's end.
    let text = text.trim();
    if text.len() < SHORTEST {
        return;
    }
    let json = |text: &str| {
        let quoted = Value::String(text.to_owned()).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let once = json(text);
    let mut found = vec![text.to_owned(), json(&once), once];
    found.extend(base64_forms(text.as_bytes()));
    found.extend(url_forms(text));
    found.retain(|form| form.len() >= SHORTEST);
    forms.extend(found);
}

/// The value alone, and inside a longer text at each of the three places a group can begin.
fn base64_forms(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [&STANDARD, &URL_SAFE] {
        forms.push(engine.encode(bytes));
        for before in 0..3usize {
            let mut padded = vec![0u8; before];
            padded.extend_from_slice(bytes);
            // Characters that depend on the value alone: whole groups of six bits within it.
            let first = (before * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            let encoded = engine.encode(&padded);
            if let Some(inside) = encoded.get(first..last) {
                forms.push(inside.to_owned());
            }
        }
    }
    forms
}

fn url_forms(text: &str) -> Vec<String> {
    let encode = |keep: &dyn Fn(u8) -> bool, lower: bool| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if keep(byte) {
                out.push(char::from(byte));
            } else if lower {
                out.push_str(&format!("%{byte:02x}"));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let form = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'*');
    // What the URL parser leaves as it is in a path or a query.
    let path = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'#' | b'<' | b'>' | b'?' | b'`' | b'{' | b'}' | b'%');
    let query = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'#' | b'<' | b'>' | b'\'' | b'%');
    let mut forms = vec![encode(&unreserved, false), encode(&unreserved, true), encode(&path, false), encode(&query, false)];
    forms.push(encode(&form, false).replace("%20", "+"));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_a_secret_travels_in_is_found() {
        let secret = "p\"s s/word+1";
        let redactor = Redactor::of([&json!(secret)]);
        let whole = |text: String| {
            assert!(redactor.finds(&text), "{text}");
            redactor.text(&text)
        };
        assert_eq!(whole(format!("a {secret} b")), "a *** b");
        assert_eq!(whole(json!({"k": secret}).to_string()), "{\"k\":\"***\"}");
        assert_eq!(whole(json!(json!({"k": secret}).to_string()).to_string()), "\"{\\\"k\\\":\\\"***\\\"}\"");
        assert_eq!(whole(STANDARD.encode(secret)), "***");
        for user in ["a:", "ab:", "abc:", "abcd:"] {
            whole(format!("Basic {}", STANDARD.encode(format!("{user}{secret}"))));
            whole(STANDARD.encode(format!("{user}{secret} and more")));
        }
        assert_eq!(whole("?t=p%22s%20s%2Fword%2B1".into()), "?t=***");
        assert_eq!(whole("t=p%22s+s%2Fword%2B1".into()), "t=***");
    }

    #[test]
    fn what_was_hidden_before_is_learnt() {
        let before = Redactor::of([&json!("old-value-1")]);
        let plain = json!({"a": "x old-value-1 y", "n": [1, "old-value-1"], "old-value-1": true});
        let mut now = Redactor::of([&json!("new-value-2")]);
        assert!(!now.finds("old-value-1"));
        now.learn(&plain, &before.value(&plain));
        assert_eq!(now.text("old-value-1, new-value-2, x"), "***, ***, x");
    }

    #[test]
    fn what_was_cut_off_is_hidden_too() {
        let redactor = Redactor::of([&json!("hunter2-secret")]);
        assert_eq!(redactor.text("cannot add hunter2-s…: and hunter2-secret"), "cannot add ***…: and ***");
        assert!(redactor.finds("it said \"hunt…") && !redactor.finds("hun…") && !redactor.finds("to hunt"));
    }

    #[test]
    fn values_stay_json_and_short_ones_stay() {
        let redactor = Redactor::of([&json!({"user": "adminuser", "pin": 123_456, "short": "abc"})]);
        let carried = json!({"adminuser": [123_456, "x123456y"], "abc": true});
        assert_eq!(redactor.value(&carried), json!({"***": ["***", "x***y"], "abc": true}));
        assert!(!redactor.finds("{\"a\":\"abc\"}"));
        assert!(Redactor::of([&json!("abc")]).is_empty());
        assert!(!format!("{redactor:?}").contains("admin"));
    }
}
