//! Task lists and tasks.

use std::collections::HashMap;

use serde_json::Value;

use super::Check;
use super::scope::Place;
use super::shape::{Object, kind, suggestion};
use crate::definition::pointer::join;
use crate::definition::tasks::{Flow, KIND_KEYS};

/// Keys that any task may have.
const COMMON: &[&str] = &["if", "input", "output", "export", "timeout", "then", "metadata"];

impl Check<'_> {
    /// A list of tasks: a scope of its own for names and `then`.
    pub(super) fn task_list(&mut self, value: &Value, at: &str, what: &str) {
        let Some(items) = self.list(value, at, what) else { return };
        let mut tasks: Vec<(&str, &Value, String)> = Vec::new();
        let mut first: HashMap<&str, String> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let at = join(at, index);
            let Some(map) = self.object(item, &at, "A step (`- name: ...`)") else { continue };
            if map.len() > 1 {
                let names: Vec<&str> = map.keys().map(String::as_str).collect();
                let hint = if names.iter().skip(1).any(|n| KIND_KEYS.contains(n) || COMMON.contains(n)) {
                    "Indent the keys under the step's name by two more spaces."
                } else {
                    "Begin each step with its own `- `."
                };
                self.error(&at, format!("One step here has {} names ({}). {hint}", names.len(), names.join(", ")));
                continue;
            }
            let Some((name, task)) = map.iter().next() else {
                self.error(&at, "This step has no name. Write `- name:` and the task under it.");
                continue;
            };
            let at = join(&at, name);
            if matches!(Flow::of(name), Flow::Continue | Flow::Exit | Flow::End) {
                self.warn(
                    &at,
                    format!("A step named \"{name}\" cannot be reached by `then`, where the word has a meaning of its own. Rename it."),
                );
            }
            if let Some(other) = first.get(name.as_str()) {
                let line = self.d.nearest_line(other).map(|l| format!(" on line {l}")).unwrap_or_default();
                self.error(&at, format!("A second step named \"{name}\" in the same list; the first stands{line}. Rename one of them."));
            } else {
                first.insert(name, at.clone());
            }
            tasks.push((name, task, at));
        }
        let names: Vec<&str> = tasks.iter().map(|(name, ..)| *name).collect();
        for (_, task, at) in &tasks {
            self.task(task, at, &names);
        }
    }

    /// One task; `names` are those of its list.
    pub(super) fn task(&mut self, value: &Value, at: &str, names: &[&str]) {
        let Some(map) = self.object(value, at, "A task") else { return };
        let Some(key) = self.task_kind(map, at) else { return };
        let own: &[&str] = match key {
            "call" => &["call", "with"],
            "for" => &["for", "while", "do"],
            "listen" => &["listen", "foreach"],
            "try" => &["try", "catch"],
            _ => &[],
        };
        let allowed: Vec<&str> = COMMON.iter().copied().chain([key]).chain(own.iter().copied()).collect();
        self.only(map, at, &format!("a `{key}` task"), &allowed);
        self.common(map, at, names);
        let body = &map[key];
        let place = join(at, key);
        match key {
            "do" => self.task_list(body, &place, "`do`"),
            "set" => self.set(body, &place),
            "switch" => self.switch(body, &place, names),
            "for" => self.for_task(map, at),
            "raise" => self.raise(body, &place),
            "try" => self.try_task(map, at, names),
            "wait" => self.duration(body, &place, "`wait`"),
            "run" => self.run(body, &place),
            "call" => self.call(map, at),
            "fork" => self.fork(body, &place),
            "emit" => self.emit(body, &place),
            _ => self.listen(map, at),
        }
    }

    fn task_kind(&mut self, map: &Object, at: &str) -> Option<&'static str> {
        let mut kinds: Vec<&'static str> = KIND_KEYS.iter().copied().filter(|k| map.contains_key(*k)).collect();
        if kinds.contains(&"for") {
            kinds.retain(|k| *k != "do");
        }
        match kinds[..] {
            [kind] => Some(kind),
            [] => {
                let hint = map.keys().map(|k| suggestion(k, KIND_KEYS)).find(|s| !s.is_empty());
                let hint = hint.unwrap_or_else(|| format!(" Use one of {}.", KIND_KEYS.join(", ")));
                self.error(at, format!("This step does nothing: it has no task.{hint}"));
                None
            }
            _ => {
                self.error(
                    at,
                    format!("This step has {} tasks ({}). A step does one thing: make it several steps.", kinds.len(), kinds.join(", ")),
                );
                None
            }
        }
    }

    fn common(&mut self, map: &Object, at: &str, names: &[&str]) {
        self.expression_of(map, at, "if", Place::TaskInput);
        self.input_of(map, at, Place::TaskInput);
        self.output_of(map, at, "output", Place::TaskOutput);
        self.output_of(map, at, "export", Place::TaskOutput);
        self.timeout_of(map, at);
        self.then_of(map, at, names);
        self.object_of(map, at, "metadata");
        if let Some(flag) = map.get("metadata").and_then(|m| m.pointer("/signalbox/atMostOnce"))
            && !flag.is_boolean()
        {
            let at = join(&join(&join(at, "metadata"), "signalbox"), "atMostOnce");
            self.error(&at, format!("`atMostOnce` must be true or false, but this is {}.", kind(flag)));
        }
    }

    /// `then` may only lead to a task of the same list.
    pub(super) fn then_of(&mut self, map: &Object, at: &str, names: &[&str]) {
        let Some(text) = self.text_of(map, at, "then") else { return };
        if let Flow::Task(name) = Flow::of(text)
            && !names.contains(&name)
        {
            let hint = suggestion(name, names.iter().copied().chain(["continue", "exit", "end"]));
            let hint = if hint.is_empty() { format!(" Known here: {}, continue, exit, end.", names.join(", ")) } else { hint };
            self.error(
                &join(at, "then"),
                format!("`then` leads to \"{name}\", which is not a step of this list; it cannot leave its list.{hint}"),
            );
        }
    }

    fn set(&mut self, body: &Value, at: &str) {
        match body {
            Value::String(_) => self.expression(body, at, "`set`", Place::Task),
            Value::Object(map) if map.is_empty() => self.error(at, "`set` needs at least one value. Write `name: value` under it."),
            Value::Object(_) => self.data(body, at),
            other => self.error(at, format!("`set` must be an object or one expression, but this is {}.", kind(other))),
        }
    }

    fn switch(&mut self, body: &Value, at: &str, names: &[&str]) {
        let Some(items) = self.list(body, at, "`switch`") else { return };
        if items.is_empty() {
            self.error(at, "`switch` needs at least one case: `- name: { when: ..., then: ... }`.");
        }
        let mut default: Option<String> = None;
        for (index, item) in items.iter().enumerate() {
            let at = join(at, index);
            let Some(map) = self.object(item, &at, "A case (`- name: ...`)") else { continue };
            let [(name, case)] = map.iter().collect::<Vec<_>>()[..] else {
                self.error(&at, "A case has exactly one name. Begin each with its own `- `, and indent `when` and `then` under the name.");
                continue;
            };
            let at = join(&at, name);
            let Some(case) = self.closed(case, &at, "A case", &["when", "then"], &["then"]) else { continue };
            self.expression_of(case, &at, "when", Place::Task);
            self.then_of(case, &at, names);
            if !case.contains_key("when") {
                match &default {
                    Some(first) => self.error(
                        &at,
                        format!("A second case without `when`; only one (\"{first}\") can be the default. Give this one a condition."),
                    ),
                    None => default = Some(name.clone()),
                }
            }
        }
    }

    fn for_task(&mut self, map: &Object, at: &str) {
        self.open(&Value::Object(map.clone()), at, "A `for` task", &["do"]);
        let place = join(at, "for");
        let Some(each) = self.closed(&map["for"], &place, "`for`", &["each", "in", "at"], &["in"]) else { return };
        match each.get("in") {
            Some(Value::Array(items)) => {
                let place = join(&place, "in");
                for (index, item) in items.iter().enumerate() {
                    self.object(item, &join(&place, index), "An item of an inline list");
                    self.data(item, &join(&place, index));
                }
            }
            Some(value) => self.expression(value, &join(&place, "in"), "`in`", Place::Task),
            None => {}
        }
        let mut names = Vec::new();
        for (key, default) in [("each", "item"), ("at", "index")] {
            let name = self.text_of(each, &place, key).unwrap_or(default).to_owned();
            self.variable_name(&name, &join(&place, key));
            names.push(name);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.with_locals(&names, |check| {
            check.expression_of(map, at, "while", Place::Task);
            if let Some(list) = map.get("do") {
                check.task_list(list, &join(at, "do"), "`do`");
            }
        });
    }

    fn fork(&mut self, body: &Value, at: &str) {
        self.cannot_run(at, "`fork`");
        let Some(map) = self.closed(body, at, "`fork`", &["branches", "compete"], &["branches"]) else { return };
        self.flag_of(map, at, "compete");
        if let Some(list) = map.get("branches") {
            self.task_list(list, &join(at, "branches"), "`branches`");
        }
    }

    fn raise(&mut self, body: &Value, at: &str) {
        let Some(map) = self.closed(body, at, "`raise`", &["error"], &["error"]) else { return };
        let at = join(at, "error");
        match map.get("error") {
            Some(Value::String(name)) => self.reference("errors", name, &at),
            Some(error) => self.error_definition(error, &at),
            None => {}
        }
    }

    fn try_task(&mut self, map: &Object, at: &str, names: &[&str]) {
        self.task_list(&map["try"], &join(at, "try"), "`try`");
        let Some(catch) = map.get("catch") else {
            self.error(at, "A `try` task needs `catch`. Write `catch: {}` to catch every error and go on.");
            return;
        };
        let at = join(at, "catch");
        let allowed = ["errors", "as", "when", "exceptWhen", "retry", "do", "then"];
        let Some(catch) = self.closed(catch, &at, "`catch`", &allowed, &[]) else { return };
        if let Some(errors) = self.object_of(catch, &at, "errors") {
            self.error_filter(errors, &join(&at, "errors"));
        }
        self.then_of(catch, &at, names);
        let name = self.text_of(catch, &at, "as").unwrap_or("error").to_owned();
        self.variable_name(&name, &join(&at, "as"));
        self.with_locals(&[&name], |check| {
            check.expression_of(catch, &at, "when", Place::Task);
            check.expression_of(catch, &at, "exceptWhen", Place::Task);
            match catch.get("retry") {
                Some(Value::String(name)) => check.reference("retries", name, &join(&at, "retry")),
                Some(policy) => check.retry_policy(policy, &join(&at, "retry")),
                None => {}
            }
            if let Some(list) = catch.get("do") {
                check.task_list(list, &join(&at, "do"), "`do`");
            }
        });
    }
}
