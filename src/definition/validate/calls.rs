//! `call` tasks.

use serde_json::Value;

use super::Check;
use super::shape::{Object, is_runtime_expression, kind, one_line};
use crate::definition::pointer::join;
use crate::definition::tasks::CallKind;

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
const OUTPUTS: &[&str] = &["raw", "content", "response"];

impl Check<'_> {
    pub(super) fn call(&mut self, map: &Object, at: &str) {
        let Some(name) = self.text_of(map, at, "call") else { return };
        let call = CallKind::of(name);
        let place = join(at, "with");
        let Some(with) = map.get("with") else {
            match call {
                CallKind::Function => self.function(name, None, at),
                _ => self.error(at, format!("`call: {name}` needs `with`, which says what to call.")),
            }
            return;
        };
        let Some(arguments) = self.object(with, &place, "`with`") else { return };
        match call {
            CallKind::Http => self.http(with, &place),
            CallKind::OpenApi => self.openapi(with, &place),
            CallKind::Grpc => self.grpc(with, &place),
            CallKind::AsyncApi => self.asyncapi(with, &place),
            CallKind::A2a => self.a2a(with, &place),
            CallKind::Mcp => self.mcp(with, &place),
            CallKind::Function => self.function(name, Some((arguments, &place)), at),
        }
    }

    fn http(&mut self, with: &Value, at: &str) {
        let allowed = ["method", "endpoint", "headers", "body", "query", "output", "redirect"];
        let Some(map) = self.closed(with, at, "`with` of an http call", &allowed, &["method", "endpoint"]) else { return };
        if let Some(method) = self.text_of(map, at, "method") {
            let known = METHODS.contains(&method.to_uppercase().as_str());
            if is_runtime_expression(method) {
                self.data_of(map, at, "method");
            } else if !known {
                self.warn(
                    &join(at, "method"),
                    format!("\"{method}\" is not a usual HTTP method. Usual are get, post, put, patch, delete."),
                );
            }
        }
        if let Some(endpoint) = map.get("endpoint") {
            self.endpoint(endpoint, &join(at, "endpoint"));
            self.connection(endpoint, &join(at, "endpoint"));
        }
        for key in ["headers", "query"] {
            self.text_pairs(map, at, key);
        }
        self.data_of(map, at, "body");
        self.output_and_redirect(map, at);
    }

    /// Headers or query: names with text values, or one expression that yields them.
    fn text_pairs(&mut self, map: &Object, at: &str, key: &str) {
        let Some(value) = map.get(key) else { return };
        let at = join(at, key);
        match value {
            Value::String(text) if is_runtime_expression(text) => {}
            Value::String(text) if text.trim_start().starts_with("${") => self.error(&at, one_line(&format!("`{key}`"))),
            Value::Object(pairs) => {
                for (name, value) in pairs {
                    self.text(value, &join(&at, name), &format!("`{name}`"));
                }
            }
            other => self.error(&at, format!("`{key}` must be an object or one expression `${{ ... }}`, but this is {}.", kind(other))),
        }
        self.data(value, &at);
    }

    fn output_and_redirect(&mut self, map: &Object, at: &str) {
        self.choice_of(map, at, "output", OUTPUTS);
        self.flag_of(map, at, "redirect");
    }

    fn openapi(&mut self, with: &Value, at: &str) {
        self.cannot_run(at, "`call: openapi`");
        let allowed = ["document", "operationId", "parameters", "authentication", "output", "redirect"];
        let Some(map) = self.closed(with, at, "`with` of an openapi call", &allowed, &["document", "operationId"]) else { return };
        self.document_of(map, at, "document");
        self.text_of(map, at, "operationId");
        self.object_of(map, at, "parameters");
        self.data_of(map, at, "parameters");
        self.authentication_in(map, at);
        self.output_and_redirect(map, at);
    }

    fn document_of(&mut self, map: &Object, at: &str, key: &str) {
        if let Some(value) = map.get(key) {
            self.external_resource(value, &join(at, key));
        }
    }

    fn authentication_in(&mut self, map: &Object, at: &str) {
        if let Some(value) = map.get("authentication") {
            self.authentication_or_reference(value, &join(at, "authentication"));
        }
    }

    fn grpc(&mut self, with: &Value, at: &str) {
        self.cannot_run(at, "`call: grpc`");
        let required = ["proto", "service", "method"];
        let allowed = ["proto", "service", "method", "arguments"];
        let Some(map) = self.closed(with, at, "`with` of a grpc call", &allowed, &required) else { return };
        self.document_of(map, at, "proto");
        self.text_of(map, at, "method");
        self.object_of(map, at, "arguments");
        self.data_of(map, at, "arguments");
        let Some(value) = map.get("service") else { return };
        let at = join(at, "service");
        let allowed = ["name", "host", "port", "authentication"];
        let Some(service) = self.closed(value, &at, "`service`", &allowed, &["name", "host"]) else { return };
        self.text_of(service, &at, "name");
        if let Some(host) = self.text_of(service, &at, "host")
            && !is_host(host)
        {
            self.error(
                &join(&at, "host"),
                format!("`host` cannot be \"{host}\": write a host name without scheme and port, for example api.example.com."),
            );
        }
        if service.contains_key("port") && self.integer_of(service, &at, "port").is_some_and(|p| !(0..=65_535).contains(&p)) {
            self.error(&join(&at, "port"), "`port` must lie between 0 and 65535.");
        }
        self.authentication_in(service, &at);
    }

    fn asyncapi(&mut self, with: &Value, at: &str) {
        const PROTOCOLS: &[&str] = &[
            "amqp",
            "amqp1",
            "anypointmq",
            "googlepubsub",
            "http",
            "ibmmq",
            "jms",
            "kafka",
            "mercure",
            "mqtt",
            "mqtt5",
            "nats",
            "pulsar",
            "redis",
            "sns",
            "solace",
            "sqs",
            "stomp",
            "ws",
        ];
        self.cannot_run(at, "`call: asyncapi`");
        let what = "`with` of an asyncapi call";
        let allowed = ["document", "channel", "operation", "server", "protocol", "message", "subscription", "authentication"];
        let Some(map) = self.closed(with, at, what, &allowed, &["document"]) else { return };
        self.one_of(map, at, what, &["channel", "operation"]);
        self.one_of(map, at, what, &["message", "subscription"]);
        self.document_of(map, at, "document");
        self.texts_of(map, at, &["channel", "operation"]);
        self.choice_of(map, at, "protocol", PROTOCOLS);
        if let Some(value) = map.get("server") {
            let at = join(at, "server");
            if let Some(server) = self.closed(value, &at, "`server`", &["name", "variables"], &["name"]) {
                self.text_of(server, &at, "name");
                self.object_of(server, &at, "variables");
            }
        }
        if let Some(value) = map.get("message") {
            let at = join(at, "message");
            if let Some(message) = self.closed(value, &at, "`message`", &["payload", "headers"], &[]) {
                for key in ["payload", "headers"] {
                    self.object_of(message, &at, key);
                    self.data_of(message, &at, key);
                }
            }
        }
        if let Some(value) = map.get("subscription") {
            self.subscription(value, &join(at, "subscription"));
        }
        self.authentication_in(map, at);
    }

    fn subscription(&mut self, value: &Value, at: &str) {
        let Some(map) = self.closed(value, at, "`subscription`", &["filter", "consume", "foreach"], &["consume"]) else { return };
        self.wrapped_of(map, at, "filter");
        if let Some(value) = map.get("consume") {
            let at = join(at, "consume");
            let ways = ["amount", "while", "until"];
            if let Some(consume) = self.closed(value, &at, "`consume`", &["for", "amount", "while", "until"], &[]) {
                self.duration_of(consume, &at, "for");
                self.one_of(consume, &at, "`consume`", &ways);
                self.integer_of(consume, &at, "amount");
                self.wrapped_of(consume, &at, "while");
                self.wrapped_of(consume, &at, "until");
            }
        }
        if let Some(value) = map.get("foreach") {
            self.iterator(value, &join(at, "foreach"));
        }
    }

    /// A field where the format asks for `${ }`.
    fn wrapped_of(&mut self, map: &Object, at: &str, key: &str) {
        let Some(text) = self.text_of(map, at, key) else { return };
        if !is_runtime_expression(text) {
            self.error(&join(at, key), format!("`{key}` must be an expression on one line: `${{ ... }}`."));
        }
        self.data_of(map, at, key);
    }

    fn a2a(&mut self, with: &Value, at: &str) {
        const CALLS: &[&str] = &[
            "message/send",
            "message/stream",
            "tasks/get",
            "tasks/list",
            "tasks/cancel",
            "tasks/resubscribe",
            "tasks/pushNotificationConfig/set",
            "tasks/pushNotificationConfig/get",
            "tasks/pushNotificationConfig/list",
            "tasks/pushNotificationConfig/delete",
            "agent/getAuthenticatedExtendedCard",
        ];
        self.cannot_run(at, "`call: a2a`");
        let allowed = ["agentCard", "server", "method", "parameters"];
        let Some(map) = self.closed(with, at, "`with` of an a2a call", &allowed, &["method"]) else { return };
        self.document_of(map, at, "agentCard");
        if let Some(server) = map.get("server") {
            self.endpoint(server, &join(at, "server"));
        }
        self.choice_of(map, at, "method", CALLS);
        self.parameters_of(map, at, true);
    }

    fn parameters_of(&mut self, map: &Object, at: &str, filled: bool) {
        let Some(value) = map.get("parameters") else { return };
        let place = join(at, "parameters");
        match value {
            Value::Object(inner) if filled && inner.is_empty() => {
                self.error(&place, "`parameters` is empty: name at least one, or leave it out.")
            }
            Value::Object(_) | Value::String(_) => self.data(value, &place),
            other => self.error(&place, format!("`parameters` must be an object or an expression, but this is {}.", kind(other))),
        }
    }

    fn mcp(&mut self, with: &Value, at: &str) {
        const CALLS: &[&str] =
            &["tools/list", "tools/call", "prompts/list", "prompts/get", "resources/list", "resources/read", "resources/templates/list"];
        self.cannot_run(at, "`call: mcp`");
        let Some(map) = self.open(with, at, "`with` of an mcp call", &["method", "transport"]) else { return };
        self.text_of(map, at, "protocolVersion");
        self.choice_of(map, at, "method", CALLS);
        self.parameters_of(map, at, false);
        self.duration_of(map, at, "timeout");
        if let Some(value) = map.get("client") {
            let at = join(at, "client");
            if let Some(client) = self.open(value, &at, "`client`", &["name", "version"]) {
                self.texts_of(client, &at, &["name", "version"]);
            }
        }
        let Some(transport) = self.object_of(map, at, "transport") else { return };
        let at = join(at, "transport");
        self.one_of(transport, &at, "`transport`", &["http", "stdio"]);
        if let Some(value) = transport.get("http") {
            let at = join(&at, "http");
            if let Some(http) = self.open(value, &at, "`http`", &["endpoint"]) {
                if let Some(endpoint) = http.get("endpoint") {
                    self.endpoint(endpoint, &join(&at, "endpoint"));
                }
                self.text_map_of(http, &at, "headers");
            }
        }
        if let Some(value) = transport.get("stdio") {
            let at = join(&at, "stdio");
            if let Some(stdio) = self.open(value, &at, "`stdio`", &["command"]) {
                self.text_of(stdio, &at, "command");
                self.text_list_of(stdio, &at, "arguments");
                self.text_map_of(stdio, &at, "environment");
            }
        }
        self.text_map_of(transport, &at, "options");
    }
}

fn is_host(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    (1..=63).contains(&text.len()) && text.chars().all(|c| end(c) || c == '-' || c == '.') && text.starts_with(end) && text.ends_with(end)
}
