//! Expressions, data with expressions in it, and the schemas of input, output and context.

use serde_json::Value;

use super::Check;
use super::scope::{NOT_YET, Place};
use super::shape::{Object, kind};
use crate::definition::components;
use crate::definition::expression;
use crate::definition::pointer::join;

impl Check<'_> {
    /// The text of a field that is an expression by its nature: bare or wrapped.
    pub(super) fn expression(&mut self, value: &Value, at: &str, what: &str, place: Place) {
        if let Some(text) = self.text(value, at, what) {
            self.compile(expression::field(text), at, place);
        }
    }

    pub(super) fn expression_of(&mut self, map: &Object, at: &str, key: &str, place: Place) {
        if let Some(value) = map.get(key) {
            self.expression(value, &join(at, key), &format!("`{key}`"), place);
        }
    }

    /// Data of a task: only whole-string `${ }` is an expression.
    pub(super) fn data(&mut self, value: &Value, at: &str) {
        self.data_in(value, at, Place::Task);
    }

    pub(super) fn data_in(&mut self, value: &Value, at: &str, place: Place) {
        match value {
            Value::String(text) => match expression::wrapped(text) {
                Some(inner) => self.compile(inner, at, place),
                None => self.literal(text, at, place),
            },
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.data_in(item, &join(at, index), place);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.data_in(item, &join(at, key), place);
                }
            }
            _ => {}
        }
    }

    pub(super) fn data_of(&mut self, map: &Object, at: &str, key: &str) {
        if let Some(value) = map.get(key) {
            self.data(value, &join(at, key));
        }
    }

    /// Literal text that looks as if it were meant to be evaluated (DEFINITION §1, traps 2 and 3).
    fn literal(&mut self, text: &str, at: &str, place: Place) {
        let known = |name: &str| place.variables().contains(&name) || NOT_YET.contains(&name) || self.locals.iter().any(|l| l == name);
        let variable = text.trim().strip_prefix('$').map(|t| t.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(t));
        if text.contains("${") {
            self.warn(at, "Only a text that is `${ ... }` as a whole is evaluated; this one is used as it stands. To mix, write `${ \"Hello \\(.name)\" }`.");
        } else if variable.is_some_and(known) {
            self.warn(at, format!("This is used as text, not evaluated. Write `${{ {} }}` if the value is meant.", text.trim()));
        }
    }

    fn compile(&mut self, text: &str, at: &str, place: Place) {
        let mut scope: Vec<&str> = place.variables().to_vec();
        scope.extend(NOT_YET);
        let locals = self.locals.clone();
        scope.extend(locals.iter().map(String::as_str));
        match expression::compile(text, &scope) {
            Ok(compiled) => {
                if compiled.variables().iter().any(|name| name == "secrets") {
                    for name in components::mentioned(text, "$secrets") {
                        self.reference("secrets", name, at);
                    }
                }
                let not_yet = |name: &&String| NOT_YET.contains(&name.as_str()) && !self.locals.contains(name);
                for name in compiled.variables().iter().filter(not_yet).cloned().collect::<Vec<_>>() {
                    self.cannot_run(at, &format!("${name} in an expression"));
                }
            }
            Err(error) => self.error(at, error.message),
        }
    }

    /// `from` or `as`: one expression, or an object with expressions in it.
    fn transform(&mut self, map: &Object, at: &str, key: &str, place: Place) {
        let Some(value) = map.get(key) else { return };
        let at = join(at, key);
        match value {
            Value::String(_) => self.expression(value, &at, &format!("`{key}`"), place),
            Value::Object(_) => self.data_in(value, &at, place),
            other => self.error(&at, format!("`{key}` must be an expression or an object, but this is {}.", kind(other))),
        }
    }

    pub(super) fn input_of(&mut self, map: &Object, at: &str, place: Place) {
        let Some(value) = map.get("input") else { return };
        let at = join(at, "input");
        if let Some(input) = self.closed(value, &at, "`input`", &["schema", "from"], &[]) {
            self.transform(input, &at, "from", place);
            self.schema_of(input, &at);
        }
    }

    /// `output` or `export`.
    pub(super) fn output_of(&mut self, map: &Object, at: &str, key: &str, place: Place) {
        let Some(value) = map.get(key) else { return };
        let at = join(at, key);
        if let Some(output) = self.closed(value, &at, &format!("`{key}`"), &["schema", "as"], &[]) {
            self.transform(output, &at, "as", place);
            self.schema_of(output, &at);
        }
    }

    fn schema_of(&mut self, map: &Object, at: &str) {
        let Some(value) = map.get("schema") else { return };
        let at = join(at, "schema");
        let Some(schema) = self.closed(value, &at, "`schema`", &["format", "document", "resource"], &[]) else { return };
        let format = self.text_of(schema, &at, "format").unwrap_or("json");
        let json = format == "json" || format.starts_with("json:");
        match self.one_of(schema, &at, "A schema", &["document", "resource"]) {
            Some("resource") => {
                let resource = join(&at, "resource");
                self.external_resource(&schema["resource"], &resource);
                self.cannot_run(&resource, "A schema fetched from elsewhere");
            }
            Some(_) if json => self.json_schema(&schema["document"], &join(&at, "document")),
            Some(_) => self.cannot_run(&join(&at, "format"), &format!("A schema in the format \"{format}\"")),
            None => {}
        }
    }

    fn json_schema(&mut self, document: &Value, at: &str) {
        if !matches!(document, Value::Object(_) | Value::Bool(_)) {
            self.error(at, format!("A JSON schema is an object, but this is {}.", kind(document)));
            return;
        }
        if let Err(why) = jsonschema::options().build(document) {
            let mut why = why.to_string();
            why.truncate(why.char_indices().nth(300).map_or(why.len(), |(i, _)| i));
            self.error(
                at,
                format!(
                    "This is not a usable JSON schema: {why}. References to other addresses are not followed; copy the part in under $defs."
                ),
            );
        }
    }
}
