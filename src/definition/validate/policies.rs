//! What `use` holds and tasks refer to: errors, retries, timeouts, authentications.

use serde_json::Value;

use super::Check;
use super::scope::Place;
use super::shape::{Object, is_runtime_expression, kind, suggestion};
use crate::definition::pointer::join;

const SECTIONS: &[&str] = &["authentications", "errors", "extensions", "functions", "retries", "secrets", "timeouts", "catalogs"];

impl Check<'_> {
    pub(super) fn use_section(&mut self, value: &Value) {
        let Some(map) = self.closed(value, "/use", "`use`", SECTIONS, &[]) else { return };
        self.each_of(map, "authentications", |check, value, at| check.authentication(value, at, true));
        self.each_of(map, "errors", Self::error_definition);
        self.each_of(map, "retries", |check, value, at| {
            check.with_locals(&["error"], |check| check.retry_policy(value, at));
        });
        self.each_of(map, "timeouts", Self::timeout_definition);
        self.each_of(map, "functions", |check, value, at| check.task(value, at, &[]));
        self.each_of(map, "catalogs", |check, value, at| {
            check.cannot_run(at, "A catalog");
            if let Some(map) = check.closed(value, at, "A catalog", &["endpoint"], &["endpoint"])
                && let Some(endpoint) = map.get("endpoint")
            {
                check.endpoint(endpoint, &join(at, "endpoint"));
            }
        });
        self.text_list_of(map, "/use", "secrets");
        if let Some(value) = map.get("extensions") {
            self.extensions(value);
        }
    }

    fn each_of(&mut self, map: &Object, key: &str, check: impl Fn(&mut Self, &Value, &str)) {
        let Some(entries) = self.object_of(map, "/use", key) else { return };
        for (name, value) in entries {
            check(self, value, &join(&join("/use", key), name));
        }
    }

    /// A name that must stand in a section of `use`.
    pub(super) fn reference(&mut self, section: &str, name: &str, at: &str) {
        let d = self.d;
        let known: Vec<&str> = match d.value().get("use").and_then(|u| u.get(section)) {
            Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !known.contains(&name) {
            let hint = suggestion(name, known.iter().copied());
            self.error(at, format!("\"{name}\" is not defined under `use.{section}`. Add it there, or correct the name.{hint}"));
        }
    }

    pub(super) fn error_definition(&mut self, value: &Value, at: &str) {
        let allowed = ["type", "status", "instance", "title", "detail"];
        let Some(map) = self.closed(value, at, "An error", &allowed, &["type", "status"]) else { return };
        if let Some(value) = map.get("type") {
            self.uri_or_expression(value, &join(at, "type"), "`type`");
        }
        self.integer_of(map, at, "status");
        for key in ["instance", "title", "detail"] {
            self.text_of(map, at, key);
            self.data_of(map, at, key);
        }
    }

    pub(super) fn error_filter(&mut self, errors: &Object, at: &str) {
        self.report_unknown(errors, at, &["with"]);
        let Some(filter) = self.object_of(errors, at, "with") else { return };
        let at = join(at, "with");
        if filter.is_empty() {
            self.error(
                &at,
                "An empty filter: name at least one of type, status, instance, title, detail, or leave `errors` out to catch every error.",
            );
        }
        self.texts_of(filter, &at, &["type", "instance", "title", "detail"]);
        self.integer_of(filter, &at, "status");
        self.report_unknown(filter, &at, &["type", "status", "instance", "title", "detail"]);
    }

    /// Keys that the format lets through and nothing reads.
    fn report_unknown(&mut self, map: &Object, at: &str, known: &[&str]) {
        for key in map.keys().filter(|k| !known.contains(&k.as_str())) {
            let hint = suggestion(key, known.iter().copied());
            self.warn(&join(at, key), format!("`{key}` has no effect here.{hint} Known: {}.", known.join(", ")));
        }
    }

    pub(super) fn retry_policy(&mut self, value: &Value, at: &str) {
        let allowed = ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"];
        let Some(map) = self.closed(value, at, "A retry policy", &allowed, &[]) else { return };
        self.expression_of(map, at, "when", Place::Task);
        self.expression_of(map, at, "exceptWhen", Place::Task);
        self.duration_of(map, at, "delay");
        if let Some(value) = map.get("backoff") {
            let at = join(at, "backoff");
            let kinds = ["constant", "exponential", "linear"];
            if let Some(map) = self.closed(value, &at, "`backoff`", &kinds, &[])
                && let Some(kind) = self.one_of(map, &at, "`backoff`", &kinds)
            {
                self.object_of(map, &at, kind);
            }
        }
        if let Some(value) = map.get("limit") {
            self.retry_limit(value, &join(at, "limit"));
        }
        if let Some(value) = map.get("jitter") {
            let at = join(at, "jitter");
            if let Some(map) = self.closed(value, &at, "`jitter`", &["from", "to"], &["from", "to"]) {
                self.duration_of(map, &at, "from");
                self.duration_of(map, &at, "to");
            }
        }
    }

    fn retry_limit(&mut self, value: &Value, at: &str) {
        let Some(map) = self.closed(value, at, "`limit`", &["attempt", "duration"], &[]) else { return };
        self.duration_of(map, at, "duration");
        if let Some(value) = map.get("attempt") {
            let at = join(at, "attempt");
            if let Some(map) = self.closed(value, &at, "`attempt`", &["count", "duration"], &[]) {
                if self.integer_of(map, &at, "count").is_some_and(|count| count < 0) {
                    self.error(&join(&at, "count"), "`count` cannot be negative. Write how many times to try again, for example 3.");
                }
                self.duration_of(map, &at, "duration");
            }
        }
    }

    pub(super) fn timeout_of(&mut self, map: &Object, at: &str) {
        match map.get("timeout") {
            Some(Value::String(name)) => self.reference("timeouts", name, &join(at, "timeout")),
            Some(value) => self.timeout_definition(value, &join(at, "timeout")),
            None => {}
        }
    }

    fn timeout_definition(&mut self, value: &Value, at: &str) {
        if let Some(map) = self.closed(value, at, "A timeout", &["after"], &["after"]) {
            self.duration_of(map, at, "after");
        }
    }

    /// An endpoint: a URI, an expression, or an object with `uri` and `authentication`.
    pub(super) fn endpoint(&mut self, value: &Value, at: &str) {
        match value {
            Value::String(text) if text.trim_start().starts_with("${") && !is_runtime_expression(text) => {
                self.error(at, super::shape::one_line("The endpoint"));
            }
            Value::String(_) => {
                self.uri_or_expression(value, at, "The endpoint");
            }
            Value::Object(_) => {
                let Some(map) = self.closed(value, at, "An endpoint", &["uri", "authentication"], &["uri"]) else { return };
                if let Some(uri) = map.get("uri") {
                    self.uri_or_expression(uri, &join(at, "uri"), "`uri`");
                }
                if let Some(policy) = map.get("authentication") {
                    self.authentication_or_reference(policy, &join(at, "authentication"));
                }
            }
            other => self.error(at, format!("An endpoint is a URI or an object with `uri`, but this is {}.", kind(other))),
        }
    }

    pub(super) fn external_resource(&mut self, value: &Value, at: &str) {
        if let Some(map) = self.closed(value, at, "An external resource", &["name", "endpoint"], &["endpoint"]) {
            self.text_of(map, at, "name");
            if let Some(endpoint) = map.get("endpoint") {
                self.endpoint(endpoint, &join(at, "endpoint"));
            }
        }
    }

    pub(super) fn authentication_or_reference(&mut self, value: &Value, at: &str) {
        let Some(map) = self.object(value, at, "`authentication`") else { return };
        if !map.contains_key("use") {
            self.authentication(value, at, false);
            return;
        }
        self.only(map, at, "a reference to an authentication", &["use"]);
        if let Some(name) = self.text_of(map, at, "use") {
            self.reference("authentications", name, &join(at, "use"));
        }
    }

    /// An authentication policy; under `use` the format lets other keys stand beside it.
    fn authentication(&mut self, value: &Value, at: &str, other_keys: bool) {
        const KINDS: &[&str] = &["basic", "bearer", "digest", "oauth2", "oidc"];
        let Some(map) = self.object(value, at, "An authentication") else { return };
        if !other_keys {
            self.only(map, at, "an authentication", KINDS);
        }
        let Some(kind) = self.one_of(map, at, "An authentication", KINDS) else { return };
        let at = join(at, kind);
        let Some(policy) = self.object(&map[kind], &at, &format!("`{kind}`")) else { return };
        if policy.contains_key("use") {
            self.only(policy, &at, "an authentication kept in a secret", &["use"]);
            if let Some(secret) = self.text_of(policy, &at, "use") {
                self.reference("secrets", secret, &join(&at, "use"));
            }
            if !matches!(kind, "basic" | "bearer") {
                self.cannot_run(&at, "An authentication of this kind kept in a secret");
            }
            return;
        }
        let fields: &[&str] = match kind {
            "bearer" => &["token"],
            "basic" | "digest" => &["username", "password"],
            _ => return self.oauth2(&map[kind], &at, kind == "oauth2"),
        };
        self.closed(&map[kind], &at, &format!("`{kind}`"), fields, fields);
        for key in fields {
            self.text_of(policy, &at, key);
            self.data_of(policy, &at, key);
        }
        if kind == "digest" {
            self.cannot_run(&at, "Digest authentication");
        }
    }

    fn oauth2(&mut self, value: &Value, at: &str, endpoints: bool) {
        let what = if endpoints { "OAuth 2 authentication" } else { "OpenID Connect authentication" };
        self.cannot_run(at, what);
        let mut allowed =
            vec!["authority", "grant", "client", "request", "issuers", "scopes", "audiences", "username", "password", "subject", "actor"];
        if endpoints {
            allowed.push("endpoints");
        }
        let Some(map) = self.closed(value, at, what, &allowed, &["authority", "grant"]) else { return };
        if let Some(authority) = self.text_of(map, at, "authority") {
            self.uri(authority, &join(at, "authority"), "`authority`");
        }
        let grants =
            ["authorization_code", "client_credentials", "password", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"];
        self.choice_of(map, at, "grant", &grants);
        if let Some(value) = map.get("client") {
            let at = join(at, "client");
            if let Some(client) = self.closed(value, &at, "`client`", &["id", "secret", "assertion", "authentication"], &[]) {
                self.texts_of(client, &at, &["id", "secret", "assertion"]);
                let ways = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
                self.choice_of(client, &at, "authentication", &ways);
            }
        }
        if let Some(request) = self.object_of(map, at, "request") {
            let encodings = ["application/x-www-form-urlencoded", "application/json"];
            self.choice_of(request, &join(at, "request"), "encoding", &encodings);
        }
        for key in ["issuers", "scopes", "audiences"] {
            self.text_list_of(map, at, key);
        }
        self.texts_of(map, at, &["username", "password"]);
        for key in ["subject", "actor"] {
            if let Some(value) = map.get(key) {
                let at = join(at, key);
                if let Some(token) = self.closed(value, &at, "A token", &["token", "type"], &["token", "type"]) {
                    self.texts_of(token, &at, &["token", "type"]);
                }
            }
        }
        if let Some(map) = self.object_of(map, at, "endpoints") {
            self.texts_of(map, &join(at, "endpoints"), &["token", "revocation", "introspection"]);
        }
    }
}
