//! The shapes that checks are made of: objects with known keys, text, choices, lists.

use serde_json::{Map, Value};

use super::{Check, near};
use crate::definition::duration;
use crate::definition::expression;
use crate::definition::pointer::join;

pub(super) type Object = Map<String, Value>;

/// "text", "a number", ... for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The known name that `name` was likely meant to be.
pub(super) fn suggestion<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    match known.into_iter().find(|k| near(name, k)) {
        Some(known) => format!(" Did you mean `{known}`?"),
        None => String::new(),
    }
}

impl Check<'_> {
    pub(super) fn object<'v>(&mut self, value: &'v Value, at: &str, what: &str) -> Option<&'v Object> {
        if let Value::Object(map) = value {
            return Some(map);
        }
        self.error(at, format!("{what} must be an object of `key: value` lines, but this is {}.", kind(value)));
        None
    }

    /// An object whose keys are all known.
    pub(super) fn closed<'v>(&mut self, value: &'v Value, at: &str, what: &str, allowed: &[&str], required: &[&str]) -> Option<&'v Object> {
        let map = self.open(value, at, what, required)?;
        self.only(map, at, what, allowed);
        Some(map)
    }

    /// An object that may have other keys.
    pub(super) fn open<'v>(&mut self, value: &'v Value, at: &str, what: &str, required: &[&str]) -> Option<&'v Object> {
        let map = self.object(value, at, what)?;
        for key in required.iter().filter(|key| !map.contains_key(**key)) {
            let misspelt = map.keys().find(|k| near(k, key)).map(|k| format!(" (is `{k}` meant?)"));
            self.error(at, format!("{what} needs `{key}`{}.", misspelt.unwrap_or_default()));
        }
        Some(map)
    }

    pub(super) fn only(&mut self, map: &Object, at: &str, what: &str, allowed: &[&str]) {
        for key in map.keys().filter(|k| !allowed.contains(&k.as_str())) {
            let hint = suggestion(key, allowed.iter().copied());
            let known = if hint.is_empty() { format!(" Known here: {}.", allowed.join(", ")) } else { hint };
            self.error(&join(at, key), format!("`{key}` is not known in {what}.{known}"));
        }
    }

    /// Exactly one of several keys; returns which.
    pub(super) fn one_of<'k>(&mut self, map: &Object, at: &str, what: &str, keys: &[&'k str]) -> Option<&'k str> {
        let there: Vec<&str> = keys.iter().copied().filter(|k| map.contains_key(*k)).collect();
        match there[..] {
            [key] => Some(key),
            [] => {
                self.error(at, format!("{what} needs one of {}.", keys.join(", ")));
                None
            }
            _ => {
                self.error(at, format!("{what} takes only one of {}; remove the others.", there.join(", ")));
                None
            }
        }
    }

    pub(super) fn text<'v>(&mut self, value: &'v Value, at: &str, what: &str) -> Option<&'v str> {
        match value {
            Value::String(text) => return Some(text),
            Value::Number(_) | Value::Bool(_) => {
                self.error(at, format!("{what} must be text, but {value} is {}. Put it in quotes: '{value}'.", kind(value)));
            }
            _ => self.error(at, format!("{what} must be text, but this is {}.", kind(value))),
        }
        None
    }

    /// The text of a key that may be absent.
    pub(super) fn text_of<'v>(&mut self, map: &'v Object, at: &str, key: &str) -> Option<&'v str> {
        let value = map.get(key)?;
        self.text(value, &join(at, key), &format!("`{key}`"))
    }

    pub(super) fn texts_of(&mut self, map: &Object, at: &str, keys: &[&str]) {
        for key in keys {
            self.text_of(map, at, key);
        }
    }

    pub(super) fn choice_of<'v>(&mut self, map: &'v Object, at: &str, key: &str, choices: &[&str]) -> Option<&'v str> {
        let text = self.text_of(map, at, key)?;
        if choices.contains(&text) {
            return Some(text);
        }
        let hint = suggestion(text, choices.iter().copied());
        self.error(&join(at, key), format!("`{key}` cannot be \"{text}\": use {}.{hint}", choices.join(", ")));
        None
    }

    pub(super) fn flag_of(&mut self, map: &Object, at: &str, key: &str) {
        if let Some(value) = map.get(key).filter(|v| !v.is_boolean()) {
            let hint = match value.as_str() {
                Some("yes" | "on") => " In YAML 1.2 that word is text.",
                Some("no" | "off") => " In YAML 1.2 that word is text.",
                _ => "",
            };
            self.error(&join(at, key), format!("`{key}` must be true or false, but this is {}.{hint}", kind(value)));
        }
    }

    pub(super) fn integer_of(&mut self, map: &Object, at: &str, key: &str) -> Option<i64> {
        let value = map.get(key)?;
        let number = duration::whole(value);
        if number.is_none() && !value.as_f64().is_some_and(|f| f.fract() == 0.0) {
            self.error(&join(at, key), format!("`{key}` must be a whole number, but this is {}.", kind(value)));
        }
        number
    }

    pub(super) fn object_of<'v>(&mut self, map: &'v Object, at: &str, key: &str) -> Option<&'v Object> {
        let value = map.get(key)?;
        self.object(value, &join(at, key), &format!("`{key}`"))
    }

    pub(super) fn list<'v>(&mut self, value: &'v Value, at: &str, what: &str) -> Option<&'v Vec<Value>> {
        if let Value::Array(items) = value {
            return Some(items);
        }
        self.error(at, format!("{what} must be a list (lines that begin with `- `), but this is {}.", kind(value)));
        None
    }

    pub(super) fn text_list_of(&mut self, map: &Object, at: &str, key: &str) {
        let Some(value) = map.get(key) else { return };
        let at = join(at, key);
        if let Some(items) = self.list(value, &at, &format!("`{key}`")) {
            for (index, item) in items.iter().enumerate() {
                self.text(item, &join(&at, index), "An entry of this list");
            }
        }
    }

    /// An object whose values are text.
    pub(super) fn text_map_of(&mut self, map: &Object, at: &str, key: &str) {
        let Some(inner) = self.object_of(map, at, key) else { return };
        for (name, value) in inner {
            self.text(value, &join(&join(at, key), name), &format!("`{name}`"));
        }
    }

    /// A URI or URI template, with no expression in it.
    pub(super) fn uri(&mut self, text: &str, at: &str, what: &str) {
        let scheme_end = text.find([':', '/', '?', '#']).filter(|end| *end > 0 && text[*end..].starts_with(':'));
        let blank = text[scheme_end.unwrap_or(0)..].contains(char::is_whitespace) || text.starts_with(char::is_whitespace);
        if text.is_empty() || blank || text.trim_start().starts_with("${") {
            let hint = if text.contains("${") {
                " To build it from data, make the whole text one expression: `${ \"https://host/\\(.id)\" }`, or use a template: https://host/{id}."
            } else {
                " Write for example https://host/path or https://host/{id}."
            };
            self.error(at, format!("{what} is not a URI: it must not be empty nor contain spaces.{hint}"));
        } else if text.contains("${") {
            self.warn(at, format!("`${{` inside {what} is not evaluated. Use a template such as https://host/{{id}}, or make the whole text one expression."));
        }
    }

    /// A URI, or an expression that yields one; returns the URI when it is fixed.
    pub(super) fn uri_or_expression<'v>(&mut self, value: &'v Value, at: &str, what: &str) -> Option<&'v str> {
        let text = self.text(value, at, what)?;
        if is_runtime_expression(text) {
            self.data(value, at);
            return None;
        }
        self.uri(text, at, what);
        Some(text)
    }

    pub(super) fn duration(&mut self, value: &Value, at: &str, what: &str) {
        if let Some(text) = value.as_str()
            && expression::wrapped(text).is_some()
        {
            if is_runtime_expression(text) {
                self.data(value, at);
            } else {
                self.error(at, one_line(what));
            }
            return;
        }
        if let Err(why) = duration::parse(value) {
            self.error(at, format!("{what}: {why}."));
        }
    }

    pub(super) fn duration_of(&mut self, map: &Object, at: &str, key: &str) {
        if let Some(value) = map.get(key) {
            self.duration(value, &join(at, key), &format!("`{key}`"));
        }
    }
}

/// What the format's schema takes for an expression where it asks for one: `${ }` on one line
/// (DEFINITION §1, trap 3).
pub(super) fn is_runtime_expression(text: &str) -> bool {
    expression::wrapped(text).is_some() && !text.trim().contains(['\n', '\r', '\u{2028}', '\u{2029}'])
}

/// The message for an expression with a line break where the format takes none.
pub(super) fn one_line(what: &str) -> String {
    format!("{what}: the format takes an expression here only on one line. Write it on one line, or with `>-`.")
}
