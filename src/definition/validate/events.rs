//! `emit`, `listen`, `schedule` and extensions: accepted in full, not executed yet.

use serde_json::Value;

use super::Check;
use super::scope::Place;
use super::shape::{Object, kind};
use crate::definition::pointer::join;

impl Check<'_> {
    pub(super) fn emit(&mut self, body: &Value, at: &str) {
        self.cannot_run(at, "`emit`");
        let Some(map) = self.closed(body, at, "`emit`", &["event"], &["event"]) else { return };
        let Some(event) = self.object_of(map, at, "event") else { return };
        let at = join(at, "event");
        let Some(value) = event.get("with") else { return };
        let at = join(&at, "with");
        if let Some(with) = self.open(value, &at, "`with` of an event", &["type"]) {
            self.event_properties(with, &at);
        }
    }

    fn event_properties(&mut self, map: &Object, at: &str) {
        self.texts_of(map, at, &["id", "type", "time", "subject", "datacontenttype"]);
        for key in ["source", "dataschema"] {
            if let Some(value) = map.get(key) {
                self.uri_or_expression(value, &join(at, key), &format!("`{key}`"));
            }
        }
        for (key, value) in map.iter().filter(|(key, _)| *key != "source" && *key != "dataschema") {
            self.data(value, &join(at, key));
        }
    }

    pub(super) fn listen(&mut self, map: &Object, at: &str) {
        let place = join(at, "listen");
        self.cannot_run(&place, "`listen`");
        if let Some(listen) = self.closed(&map["listen"], &place, "`listen`", &["to", "read"], &["to"]) {
            self.choice_of(listen, &place, "read", &["data", "envelope", "raw"]);
            if let Some(to) = listen.get("to") {
                self.strategy(to, &join(&place, "to"), true);
            }
        }
        if let Some(value) = map.get("foreach") {
            self.iterator(value, &join(at, "foreach"));
        }
    }

    /// Which events to consume: one, all, or any until something holds.
    fn strategy(&mut self, value: &Value, at: &str, until: bool) {
        let allowed: &[&str] = if until { &["all", "any", "one", "until"] } else { &["all", "any", "one"] };
        let Some(map) = self.closed(value, at, "An event strategy", allowed, &[]) else { return };
        let Some(way) = self.one_of(map, at, "An event strategy", &["all", "any", "one"]) else { return };
        let place = join(at, way);
        if way == "one" {
            self.event_filter(&map[way], &place);
        } else if let Some(items) = self.list(&map[way], &place, &format!("`{way}`")) {
            for (index, item) in items.iter().enumerate() {
                self.event_filter(item, &join(&place, index));
            }
        }
        let Some(value) = map.get("until").filter(|_| until) else { return };
        let place = join(at, "until");
        if way != "any" {
            self.error(&place, "`until` goes with `any` only. Remove it, or use `any`.");
        }
        match value {
            Value::String(_) => self.expression(value, &place, "`until`", Place::Task),
            other => self.strategy(other, &place, false),
        }
    }

    fn event_filter(&mut self, value: &Value, at: &str) {
        let Some(map) = self.closed(value, at, "An event filter", &["with", "correlate"], &["with"]) else { return };
        if let Some(with) = self.object_of(map, at, "with") {
            let at = join(at, "with");
            if with.is_empty() {
                self.error(&at, "An empty filter takes every event. Name at least the event's `type`.");
            }
            self.event_properties(with, &at);
        }
        let Some(keys) = self.object_of(map, at, "correlate") else { return };
        for (name, value) in keys {
            let at = join(&join(at, "correlate"), name);
            if let Some(key) = self.open(value, &at, "A correlation", &["from"]) {
                self.expression_of(key, &at, "from", Place::Task);
                self.text_of(key, &at, "expect");
                self.data_of(key, &at, "expect");
            }
        }
    }

    /// `foreach` over consumed events or messages.
    pub(super) fn iterator(&mut self, value: &Value, at: &str) {
        let Some(map) = self.object(value, at, "`foreach`") else { return };
        let mut names = Vec::new();
        for (key, default) in [("item", "item"), ("at", "index")] {
            let name = self.text_of(map, at, key).unwrap_or(default).to_owned();
            self.variable_name(&name, &join(at, key));
            names.push(name);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.with_locals(&names, |check| {
            if let Some(list) = map.get("do") {
                check.task_list(list, &join(at, "do"), "`do`");
            }
            check.output_of(map, at, "output", Place::TaskOutput);
            check.output_of(map, at, "export", Place::TaskOutput);
        });
    }

    pub(super) fn schedule(&mut self, value: &Value) {
        let at = "/schedule";
        self.cannot_run(at, "`schedule` in a definition");
        if value.get("true").is_some() {
            self.error("/schedule/true", "`true` stands here where `on` is meant: an old YAML tool has rewritten it. Write on: again.");
        }
        let allowed = ["every", "cron", "after", "on", "read"];
        let Some(map) = self.closed(value, at, "`schedule`", &allowed, &[]) else { return };
        self.duration_of(map, at, "every");
        self.duration_of(map, at, "after");
        self.text_of(map, at, "cron");
        self.choice_of(map, at, "read", &["data", "envelope", "raw"]);
        if map.contains_key("read") && !map.contains_key("on") {
            self.error("/schedule/read", "`read` goes with `on` only. Remove it, or add on:.");
        }
        if let Some(on) = map.get("on") {
            self.strategy(on, "/schedule/on", true);
        }
    }

    pub(super) fn extensions(&mut self, value: &Value) {
        let Some(items) = self.list(value, "/use/extensions", "`extensions`") else { return };
        let kinds = ["call", "composite", "emit", "for", "listen", "raise", "run", "set", "switch", "try", "wait", "all"];
        for (index, item) in items.iter().enumerate() {
            let at = join("/use/extensions", index);
            self.cannot_run(&at, "An extension");
            let entry = item.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
            let Some((name, value)) = entry else {
                self.error(&at, format!("An extension has exactly one name (`- name: ...`), but this is {}.", kind(item)));
                continue;
            };
            let at = join(&at, name);
            let Some(map) = self.closed(value, &at, "An extension", &["extend", "when", "before", "after"], &["extend"]) else { continue };
            self.choice_of(map, &at, "extend", &kinds);
            self.expression_of(map, &at, "when", Place::Task);
            for key in ["before", "after"] {
                if let Some(list) = map.get(key) {
                    self.task_list(list, &join(&at, key), &format!("`{key}`"));
                }
            }
        }
    }
}
