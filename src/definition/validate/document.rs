//! The definition's own keys.

use serde_json::Value;

use super::Check;
use super::scope::Place;
use super::shape::Object;
use crate::definition::pointer::join;

const KEYS: &[&str] = &["document", "input", "use", "do", "timeout", "output", "schedule", "evaluate"];

impl Check<'_> {
    pub(super) fn definition(&mut self) {
        let d = self.d;
        let Some(map) = self.open(d.value(), "", "A definition", &["document", "do"]) else { return };
        for key in map.keys().filter(|k| !KEYS.contains(&k.as_str())) {
            let hint = super::shape::suggestion(key, KEYS.iter().copied());
            self.warn(&join("", key), format!("`{key}` is not part of the format and has no effect.{hint}"));
        }
        if let Some(document) = map.get("document") {
            self.document(document);
        }
        self.input_of(map, "", Place::FlowInput);
        if let Some(value) = map.get("use") {
            self.use_section(value);
        }
        if let Some(value) = map.get("do") {
            self.task_list(value, "/do", "`do`");
            if value.as_array().is_some_and(Vec::is_empty) {
                self.warn("/do", "This flow has no steps; its output is its input.");
            }
        }
        self.timeout_of(map, "");
        self.output_of(map, "", "output", Place::FlowOutput);
        if let Some(value) = map.get("schedule") {
            self.schedule(value);
        }
        if let Some(value) = map.get("evaluate") {
            self.evaluate(value);
        }
    }

    fn document(&mut self, value: &Value) {
        let allowed = ["dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata"];
        let required = ["dsl", "namespace", "name", "version"];
        let Some(map) = self.closed(value, "/document", "`document`", &allowed, &required) else { return };
        self.dsl(map);
        for key in ["namespace", "name"] {
            if let Some(text) = self.text_of(map, "/document", key)
                && !is_label(text)
            {
                self.error(&join("/document", key), format!("`{key}` cannot be \"{text}\": use 1 to 63 letters, digits and hyphens, beginning and ending with a letter or digit."));
            }
        }
        self.version(map);
        self.texts_of(map, "/document", &["title", "summary"]);
        self.object_of(map, "/document", "tags");
        self.object_of(map, "/document", "metadata");
    }

    fn dsl(&mut self, map: &Object) {
        if let Some(value @ Value::Number(_)) = map.get("dsl") {
            self.error("/document/dsl", format!("`dsl` must be text with three numbers, but {value} is a number. Write dsl: '1.0.3'."));
            return;
        }
        let Some(text) = self.text_of(map, "/document", "dsl") else { return };
        match semver::Version::parse(text) {
            Ok(version) if (version.major, version.minor) == (1, 0) => {}
            Ok(_) => self.error(
                "/document/dsl",
                format!("`dsl` {text} is not read by this build. Write dsl: '1.0.3'; state-based definitions (0.x) have to be rewritten."),
            ),
            Err(_) => self.error("/document/dsl", format!("`dsl` cannot be \"{text}\". Write three numbers: '1.0.3'.")),
        }
    }

    fn version(&mut self, map: &Object) {
        if let Some(value @ Value::Number(number)) = map.get("version") {
            let dots = number.to_string().matches('.').count();
            let whole = format!("{number}{}", if dots == 0 { ".0.0" } else { ".0" });
            self.error(
                "/document/version",
                format!("`version` must be text with three numbers, but {value} without quotes is a number. Write version: '{whole}'."),
            );
            return;
        }
        let Some(text) = self.text_of(map, "/document", "version") else { return };
        if let Err(why) = semver::Version::parse(text) {
            self.error(
                "/document/version",
                format!("`version` cannot be \"{text}\" ({why}). Write three numbers, for example '1.0.0' or '1.2.0-beta.1'."),
            );
        }
    }

    fn evaluate(&mut self, value: &Value) {
        let Some(map) = self.closed(value, "/evaluate", "`evaluate`", &["language", "mode"], &[]) else { return };
        if let Some(language) = self.text_of(map, "/evaluate", "language")
            && language != "jq"
        {
            self.cannot_run("/evaluate/language", &format!("The expression language \"{language}\""));
        }
        if self.choice_of(map, "/evaluate", "mode", &["strict", "loose"]) == Some("loose") {
            self.cannot_run("/evaluate/mode", "The loose mode");
        }
    }
}

/// A DNS label, in either case.
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}
