//! Which shared things of its workspace a definition refers to by name (PRODUCT §1, "Component").
//!
//! Names stand in the text itself, never behind an expression: where-used and the refusal to delete rest on that.

use serde_json::Value;

use super::document::Definition;
use super::pointer::join;
use super::tasks::{self, CallKind, TaskKind, TaskRef};

crate::text_enum! {
    /// What a component is.
    pub enum ComponentKind ("kind of component") {
        /// A base address with authentication and headers.
        Connection = "connection",
        /// A function with versions.
        Script = "script",
        /// Values kept for a while.
        Cache = "cache",
        /// A table of rows found by their first column.
        Lookup = "lookup",
        /// A JSON value.
        Variable = "variable",
        /// A value that is never read back.
        Secret = "secret",
    }
}

/// The functions of the console's own catalog that need no component of that name.
pub const BUILT_IN: [&str; 4] = ["cache-get", "cache-put", "cache-delete", "lookup"];
/// How a call names the console's own catalog.
pub const CATALOG: &str = "default";
/// What an endpoint begins with when it names a connection.
const SCHEME: &str = "connection://";

/// A place where a definition names a component. Whether there is one is for the application to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentReference {
    /// What it should be.
    pub kind: ComponentKind,
    /// The name as written.
    pub name: String,
    /// The version that a call of a script asks for.
    pub version: Option<i64>,
    /// JSON pointer of the name, for messages.
    pub pointer: String,
}

/// The text after `call:`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee<'a> {
    /// A function of `use.functions`.
    Own(&'a str),
    /// A built-in function of the console's catalog.
    BuiltIn(&'a str),
    /// A script of the workspace, in a version if one is asked for.
    Script(&'a str, Option<i64>),
    /// Something else: another catalog, an address, or a version that is no number.
    Elsewhere,
}

impl<'a> Callee<'a> {
    /// Takes `name`, `name@catalog` or `name:version@catalog` apart.
    pub fn of(text: &'a str) -> Callee<'a> {
        if text.contains("://") {
            return Callee::Elsewhere;
        }
        let Some((function, catalog)) = text.rsplit_once('@') else { return Callee::Own(text) };
        if catalog != CATALOG {
            return Callee::Elsewhere;
        }
        match function.split_once(':') {
            None if BUILT_IN.contains(&function) => Callee::BuiltIn(function),
            None => Callee::Script(function, None),
            Some((name, version)) => number(version).map_or(Callee::Elsewhere, |version| Callee::Script(name, Some(version))),
        }
    }
}

/// Versions of scripts are numbers; written as a semver, `3.0.0` is the third.
fn number(version: &str) -> Option<i64> {
    let mut parts = version.split('.');
    let number = parts.next()?.parse::<i64>().ok().filter(|n| *n > 0)?;
    parts.all(|part| part == "0").then_some(number)
}

/// The connection that an endpoint names, and what follows the name: `connection://orders/items/{id}`.
pub fn connection(endpoint: &str) -> Option<(&str, &str)> {
    let rest = endpoint.trim().strip_prefix(SCHEME)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// Whether a text can be the name of a component.
pub fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Every component that a definition names, in document order; variables are those read as
/// `$environment.variables.NAME`.
pub fn components(d: &Definition) -> Vec<ComponentReference> {
    let mut found = Vec::new();
    let parts = d.value().get("use");
    for (index, name) in parts.and_then(|u| u.get("secrets")).and_then(Value::as_array).into_iter().flatten().enumerate() {
        if let Some(name) = name.as_str() {
            found.push(reference(ComponentKind::Secret, name, None, join("/use/secrets", index)));
        }
    }
    for (name, value) in parts.and_then(|u| u.get("functions")).and_then(Value::as_object).into_iter().flatten() {
        let pointer = join("/use/functions", name);
        tasks::walk_task(&TaskRef { index: 0, name, pointer, kind: TaskKind::of(value), value }, &mut |task, _| of_task(task, &mut found));
    }
    tasks::walk(d.value(), &mut |task, _| of_task(task, &mut found));
    variables(d.value(), "", &mut found);
    // What cannot be a name is said by the validation itself.
    found.retain(|r| r.kind == ComponentKind::Secret || is_name(&r.name));
    found
}

/// Every component that one task names: the body of a script.
pub fn components_of_task(task: &Value) -> Vec<ComponentReference> {
    let mut found = Vec::new();
    let whole = TaskRef { index: 0, name: "", pointer: String::new(), kind: TaskKind::of(task), value: task };
    tasks::walk_task(&whole, &mut |task, _| of_task(task, &mut found));
    variables(task, "", &mut found);
    found
}

/// Whether a run of this definition needs anything of its environment: a component, or `$environment` itself.
pub fn refers(d: &Definition) -> bool {
    fn anywhere(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains("$environment") || text.contains("metadata.variables"),
            Value::Array(items) => items.iter().any(anywhere),
            Value::Object(map) => map.values().any(anywhere),
            _ => false,
        }
    }
    anywhere(d.value()) || !components(d).is_empty()
}

fn reference(kind: ComponentKind, name: &str, version: Option<i64>, pointer: String) -> ComponentReference {
    ComponentReference { kind, name: name.to_owned(), version, pointer }
}

fn of_task(task: &TaskRef<'_>, found: &mut Vec<ComponentReference>) {
    let with = task.value.get("with");
    let at = |key: &str| join(&join(&task.pointer, "with"), key);
    match task.kind {
        TaskKind::Call(CallKind::Http) => {
            let Some(endpoint) = with.and_then(|w| w.get("endpoint")) else { return };
            let (uri, pointer) = match endpoint.get("uri") {
                Some(uri) => (uri, join(&at("endpoint"), "uri")),
                None => (endpoint, at("endpoint")),
            };
            if let Some((name, _)) = uri.as_str().and_then(connection) {
                found.push(reference(ComponentKind::Connection, name, None, pointer));
            }
        }
        TaskKind::Call(CallKind::Function) => match task.value["call"].as_str().map(Callee::of) {
            Some(Callee::Script(name, version)) => {
                found.push(reference(ComponentKind::Script, name, version, join(&task.pointer, "call")));
            }
            Some(Callee::BuiltIn(function)) => {
                let (kind, key) = if function == "lookup" { (ComponentKind::Lookup, "lookup") } else { (ComponentKind::Cache, "cache") };
                if let Some(name) = with.and_then(|w| w.get(key)).and_then(Value::as_str) {
                    found.push(reference(kind, name, None, at(key)));
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn variables(value: &Value, pointer: &str, found: &mut Vec<ComponentReference>) {
    match value {
        Value::String(text) => {
            for name in mentioned(text, "$environment.variables") {
                found.push(reference(ComponentKind::Variable, name, None, pointer.to_owned()));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                variables(item, &join(pointer, index), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                variables(item, &join(pointer, key), found);
            }
        }
        _ => {}
    }
}

/// The keys that an expression reads from a variable by name: `b` of `$a.b`, `$a["b"]` and `$a."b"`, each once.
pub fn mentioned<'t>(text: &'t str, variable: &str) -> Vec<&'t str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(variable) {
        rest = &rest[at + variable.len()..];
        let quoted = ["[\"", ".[\"", ".\""].iter().find_map(|open| rest.strip_prefix(open));
        let name = match (quoted, rest.strip_prefix('.')) {
            (Some(inside), _) => inside.find('"').map(|end| &inside[..end]),
            (None, Some(bare)) => {
                let end = bare.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(bare.len());
                Some(&bare[..end])
            }
            (None, None) => None,
        };
        if let Some(name) = name.filter(|n| !n.is_empty() && !names.contains(n)) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_their_place() {
        let text = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\nuse:\n  secrets: [pin]\n  functions:\n    f: { call: 'score:3@default' }\ndo:\n- get: { call: http, with: { method: get, endpoint: { uri: 'connection://orders/items/{id}' } } }\n- loop: { for: { in: .x }, do: [ { keep: { call: cache-put@default, with: { cache: recent, key: a, value: '${ $environment.variables.TAX * 2 }' } } } ] }\n- row: { call: lookup@default, with: { lookup: rates, key: '${ .k }' } }\n- far: { call: 'x@other' }\n";
        let found = components(&Definition::parse(text).expect("a definition"));
        let said: Vec<(ComponentKind, &str, Option<i64>, &str)> =
            found.iter().map(|r| (r.kind, r.name.as_str(), r.version, r.pointer.as_str())).collect();
        assert_eq!(
            said,
            [
                (ComponentKind::Secret, "pin", None, "/use/secrets/0"),
                (ComponentKind::Script, "score", Some(3), "/use/functions/f/call"),
                (ComponentKind::Connection, "orders", None, "/do/0/get/with/endpoint/uri"),
                (ComponentKind::Cache, "recent", None, "/do/1/loop/do/0/keep/with/cache"),
                (ComponentKind::Lookup, "rates", None, "/do/2/row/with/lookup"),
                (ComponentKind::Variable, "TAX", None, "/do/1/loop/do/0/keep/with/value"),
            ]
        );
    }

    #[test]
    fn what_is_called_is_taken_apart() {
        assert_eq!(Callee::of("mine"), Callee::Own("mine"));
        assert_eq!(Callee::of("lookup@default"), Callee::BuiltIn("lookup"));
        assert_eq!(Callee::of("score@default"), Callee::Script("score", None));
        for two in ["score:2@default", "score:2.0.0@default"] {
            assert_eq!(Callee::of(two), Callee::Script("score", Some(2)), "{two}");
        }
        for other in ["score:1.2@default", "score@shared", "https://host/f.yaml", "score:0@default"] {
            assert_eq!(Callee::of(other), Callee::Elsewhere, "{other}");
        }
        assert_eq!(connection("connection://orders?x={y}"), Some(("orders", "?x={y}")));
        assert_eq!(connection("https://orders"), None);
    }

    #[test]
    fn keys_read_from_a_variable_are_found_in_each_spelling() {
        assert_eq!(mentioned("$s.a + $s[\"b-c\"] + $s.\"d\" + $s.a + ($s|keys)", "$s"), ["a", "b-c", "d"]);
    }
}
