//! What a definition refers to: other flows, and the shared components that an environment may replace.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::document::Definition;
use super::pointer::join;
use super::tasks::{self, RunKind, TaskKind};

/// A `run.workflow` in a definition. Whether the flow exists is for the application to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowReference {
    /// `document.namespace` of the flow called.
    pub namespace: String,
    /// `document.name` of the flow called.
    pub name: String,
    /// The version asked for: semver or `latest`.
    pub version: String,
    /// JSON pointer of the `workflow` object, for messages.
    pub pointer: String,
}

/// Every flow that the definition runs, in document order.
pub fn references(d: &Definition) -> Vec<FlowReference> {
    let mut found = Vec::new();
    tasks::walk(d.value(), &mut |task, _| {
        if task.kind == TaskKind::Run(RunKind::Workflow) {
            let flow = &task.value["run"]["workflow"];
            let text = |key: &str| flow.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push(FlowReference {
                namespace: text("namespace"),
                name: text("name"),
                version: text("version"),
                pointer: join(&join(&task.pointer, "run"), "workflow"),
            });
        }
    });
    found
}

/// A kind of shared component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentKind {
    /// `connection://NAME/…` where an address is expected.
    Connection,
    /// `call: NAME:VERSION@default`: a function of the console's own catalog.
    Script,
    /// `$environment.variables.NAME` in an expression.
    Variable,
    /// A name in `use.secrets`.
    Secret,
}

/// A shared component that a definition refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ComponentReference {
    /// What kind of component.
    pub kind: ComponentKind,
    /// Its name.
    pub name: String,
}

/// Where expressions find variables of the environment.
const VARIABLES: [&str; 2] = ["$environment.variables", "$runtime.metadata.variables"];

/// Every shared component that the definition refers to, each once, by kind and name.
pub fn components(definition: &Value) -> Vec<ComponentReference> {
    let mut found = BTreeSet::new();
    let mut add = |kind, name: &str| {
        if !name.is_empty() {
            found.insert(ComponentReference { kind, name: name.to_owned() });
        }
    };
    if let Some(secrets) = definition.pointer("/use/secrets").and_then(Value::as_array) {
        secrets.iter().filter_map(Value::as_str).for_each(|name| add(ComponentKind::Secret, name));
    }
    tasks::walk(definition, &mut |task, _| {
        if let Some(call) = task.value.get("call").and_then(Value::as_str)
            && let Some(name) = catalogued(call)
        {
            add(ComponentKind::Script, name);
        }
    });
    texts(definition, &mut |text| {
        if let Some(rest) = text.strip_prefix("connection://") {
            add(ComponentKind::Connection, rest.split(['/', '?', '#']).next().unwrap_or_default());
        }
        for lead in VARIABLES {
            text.match_indices(lead).for_each(|(at, _)| add(ComponentKind::Variable, variable(&text[at + lead.len()..])));
        }
    });
    found.into_iter().collect()
}

/// `NAME` of `NAME:VERSION@default` and `NAME@default`.
fn catalogued(call: &str) -> Option<&str> {
    let (function, catalog) = call.rsplit_once('@')?;
    (catalog == "default").then(|| function.split_once(':').map_or(function, |(name, _)| name))
}

/// The name after `$environment.variables`: `.NAME`, `["NAME"]` or `."NAME"`.
fn variable(rest: &str) -> &str {
    if let Some(inside) = rest.strip_prefix("[\"").or_else(|| rest.strip_prefix(".[\"")).or_else(|| rest.strip_prefix(".\"")) {
        return inside.split_once('"').map_or("", |(name, _)| name);
    }
    let Some(rest) = rest.strip_prefix('.') else { return "" };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    &rest[..end]
}

fn texts(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, visit)),
        Value::Object(members) => members.values().for_each(|member| texts(member, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn components_are_found_wherever_they_are_named() {
        let definition = json!({
            "document": {"dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0"},
            "use": {"secrets": ["card", "card", "erp"]},
            "do": [
                {"pay": {"call": "http", "with": {"method": "post", "endpoint": "connection://payments/charge"}}},
                {"mail": {"call": "http", "with": {"method": "get", "endpoint": {"uri": "connection://mail"}}}},
                {"vat": {"call": "vat-rules:1.0.0@default"}},
                {"other": {"call": "elsewhere:1.0.0@remote"}},
                {"each": {"for": {"each": "x", "in": "${ .list }"}, "do": [{"tax": {"call": "tax@default"}}]}},
                {"say": {"set": {"where": "${ $environment.variables.region + $environment.variables[\"host name\"] }", "old": "${ $runtime.metadata.variables.tier }"}}},
            ]
        });
        let found: Vec<String> = components(&definition).iter().map(|r| format!("{:?} {}", r.kind, r.name)).collect();
        assert_eq!(
            found,
            [
                "Connection mail",
                "Connection payments",
                "Script tax",
                "Script vat-rules",
                "Variable host name",
                "Variable region",
                "Variable tier",
                "Secret card",
                "Secret erp"
            ]
        );
        assert!(components(&json!({"do": "nothing"})).is_empty());
    }
}
