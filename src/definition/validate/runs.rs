//! `run` tasks.

use serde_json::Value;

use super::Check;
use super::shape::Object;
use crate::definition::expression;
use crate::definition::pointer::join;

const KINDS: &[&str] = &["container", "script", "shell", "workflow"];

impl Check<'_> {
    pub(super) fn run(&mut self, body: &Value, at: &str) {
        let allowed = ["await", "return", "container", "script", "shell", "workflow"];
        let Some(map) = self.closed(body, at, "`run`", &allowed, &[]) else { return };
        self.flag_of(map, at, "await");
        self.choice_of(map, at, "return", &["stdout", "stderr", "code", "all", "none"]);
        let Some(kind) = self.one_of(map, at, "`run`", KINDS) else { return };
        let (value, place) = (&map[kind], join(at, kind));
        if kind != "workflow" {
            self.cannot_run(&place, &format!("`run: {kind}`"));
        }
        match kind {
            "container" => self.container(value, &place),
            "script" => self.script(value, &place),
            "shell" => self.shell(value, &place),
            _ => self.workflow(value, &place),
        }
    }

    fn workflow(&mut self, value: &Value, at: &str) {
        let required = ["namespace", "name", "version"];
        let Some(map) = self.closed(value, at, "`workflow`", &["namespace", "name", "version", "input"], &required) else { return };
        for key in required {
            if let Some(text) = self.text_of(map, at, key)
                && expression::wrapped(text).is_some()
            {
                self.cannot_run(&join(at, key), "Choosing the flow to run by an expression");
                self.data_of(map, at, key);
            } else if key == "version"
                && let Some(Value::String(text)) = map.get(key)
                && text != "latest"
                && semver::Version::parse(text).is_err()
            {
                self.error(&join(at, key), format!("`version` cannot be \"{text}\": write three numbers, for example '1.0.0', or latest."));
            }
        }
        self.object_of(map, at, "input");
        self.data_of(map, at, "input");
    }

    fn container(&mut self, value: &Value, at: &str) {
        let allowed = ["image", "name", "command", "ports", "volumes", "environment", "stdin", "arguments", "lifetime", "pullPolicy"];
        let Some(map) = self.closed(value, at, "`container`", &allowed, &["image"]) else { return };
        self.texts_of(map, at, &["image", "name", "command", "stdin"]);
        for key in ["ports", "volumes", "environment"] {
            self.object_of(map, at, key);
        }
        self.text_list_of(map, at, "arguments");
        self.choice_of(map, at, "pullPolicy", &["ifNotPresent", "always", "never"]);
        self.expressions_of_process(map, at);
        let Some(value) = map.get("lifetime") else { return };
        let at = join(at, "lifetime");
        let Some(lifetime) = self.closed(value, &at, "`lifetime`", &["cleanup", "after"], &["cleanup"]) else { return };
        self.choice_of(lifetime, &at, "cleanup", &["always", "never", "eventually"]);
        self.duration_of(lifetime, &at, "after");
        let eventually = lifetime.get("cleanup").and_then(Value::as_str) == Some("eventually");
        match (eventually, lifetime.contains_key("after")) {
            (true, false) => self.error(&at, "`cleanup: eventually` needs `after`, for example PT10M."),
            (false, true) => self.error(&join(&at, "after"), "`after` goes with `cleanup: eventually` only. Remove it, or change cleanup."),
            _ => {}
        }
    }

    fn script(&mut self, value: &Value, at: &str) {
        let allowed = ["language", "stdin", "arguments", "environment", "code", "source"];
        let Some(map) = self.closed(value, at, "`script`", &allowed, &["language"]) else { return };
        self.texts_of(map, at, &["language", "stdin", "code"]);
        self.text_list_of(map, at, "arguments");
        self.object_of(map, at, "environment");
        if self.one_of(map, at, "`script`", &["code", "source"]) == Some("source") {
            self.external_resource(&map["source"], &join(at, "source"));
        }
        self.expressions_of_process(map, at);
    }

    fn shell(&mut self, value: &Value, at: &str) {
        let allowed = ["command", "stdin", "arguments", "environment"];
        let Some(map) = self.closed(value, at, "`shell`", &allowed, &["command"]) else { return };
        self.texts_of(map, at, &["command", "stdin"]);
        self.text_list_of(map, at, "arguments");
        self.object_of(map, at, "environment");
        self.expressions_of_process(map, at);
    }

    /// Where a process takes data, `${ }` is evaluated; a script's code is its own language.
    fn expressions_of_process(&mut self, map: &Object, at: &str) {
        for key in ["image", "name", "command", "stdin", "arguments", "environment", "ports", "volumes"] {
            if let Some(value) = map.get(key).filter(|v| !expression::expressions_in(v).is_empty()) {
                self.data(value, &join(at, key));
            }
        }
    }
}
