//! Which component an environment uses in place of another (PRODUCT §4.3), and in which revision (DECISIONS 6).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Kind, plural};

/// An environment's configuration, as far as components go.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Configuration {
    /// Revisions frozen when it was deployed: `connection/orders` → 3.
    #[serde(default)]
    frozen: BTreeMap<String, i64>,
    #[serde(flatten)]
    groups: BTreeMap<String, Value>,
}

/// The component that stands for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its own name.
    pub name: String,
    /// The revision that the replacement asks for (scripts only).
    pub version: Option<i64>,
    /// Whether it replaces another.
    pub replaced: bool,
}

impl Configuration {
    /// Reads a stored configuration; parts of it that are no maps count as empty.
    pub fn read(text: &str) -> Configuration {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let frozen = value.get("frozen").and_then(|f| serde_json::from_value(f.clone()).ok()).unwrap_or_default();
        let groups = value.as_object().map(|map| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()).unwrap_or_default();
        Configuration { frozen, groups }
    }

    /// The same, with what it took in since: a component that it froze stays as it was frozen.
    pub fn taking_in(mut self, later: BTreeMap<String, i64>) -> Configuration {
        for (key, revision) in later {
            self.frozen.entry(key).or_insert(revision);
        }
        self
    }

    /// What stands for a component of this name.
    pub fn target(&self, kind: Kind, name: &str) -> Target {
        let own = || Target { name: name.to_owned(), version: None, replaced: false };
        match self.groups.get(plural(kind)).and_then(|group| group.get(name)) {
            Some(Value::String(other)) => Target { name: other.clone(), version: None, replaced: true },
            Some(Value::Object(map)) => match map.get("name").and_then(Value::as_str) {
                Some(other) => Target { name: other.to_owned(), version: map.get("version").and_then(Value::as_i64), replaced: true },
                None => own(),
            },
            _ => own(),
        }
    }

    /// The revision of a component that was frozen, by its own name.
    pub fn frozen(&self, kind: Kind, name: &str) -> Option<i64> {
        self.frozen.get(&key(kind, name)).copied()
    }

    /// Whether a component of this name is replaced or replaces another.
    pub fn names(&self, kind: Kind, name: &str) -> bool {
        let Some(group) = self.groups.get(plural(kind)).and_then(Value::as_object) else { return false };
        group.keys().any(|from| from == name || self.target(kind, from).name == name)
    }
}

/// How a component stands in the map of frozen revisions.
pub fn key(kind: Kind, name: &str) -> String {
    format!("{kind}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_and_frozen_revisions_are_found() {
        let text = r#"{"connections":{"orders":"orders-test"},"scripts":{"score":{"name":"score2","version":4},"odd":7},"frozen":{"connection/orders-test":2},"priority":{}}"#;
        let configuration = Configuration::read(text);
        let target = |name: &str, version, replaced| Target { name: name.to_owned(), version, replaced };
        assert_eq!(configuration.target(Kind::Connection, "orders"), target("orders-test", None, true));
        assert_eq!(configuration.target(Kind::Script, "score"), target("score2", Some(4), true));
        assert_eq!(configuration.target(Kind::Script, "odd"), target("odd", None, false));
        assert_eq!(configuration.target(Kind::Secret, "pin"), target("pin", None, false));
        assert_eq!(configuration.frozen(Kind::Connection, "orders-test"), Some(2));
        assert!(configuration.names(Kind::Connection, "orders-test") && configuration.names(Kind::Connection, "orders"));
        assert!(!configuration.names(Kind::Lookup, "orders"));
        assert_eq!(Configuration::read("not json"), Configuration::default());
    }
}
