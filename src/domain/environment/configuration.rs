//! What a configuration version holds: for each component, what stands in for it here (PRODUCT §4.3).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// A kind of replacement, by its key in a configuration (CONTRACT).
    pub enum Part ("kind of replacement") {
        /// Systems that steps call.
        Connections = "connections",
        /// Functions of the catalog.
        Scripts = "scripts",
        /// Shared caches.
        Caches = "caches",
        /// Cross-reference tables.
        Lookups = "lookups",
        /// Values that expressions read.
        Variables = "variables",
        /// Secrets, by name; their values never stand in a configuration.
        Secrets = "secrets",
        /// Place of a flow's runs in the queue.
        Priority = "priority",
    }
}

impl Part {
    /// One of the kind, as a heading: "Connection".
    pub const fn title(self) -> &'static str {
        match self {
            Self::Connections => "Connection",
            Self::Scripts => "Script",
            Self::Caches => "Cache",
            Self::Lookups => "Lookup",
            Self::Variables => "Variable",
            Self::Secrets => "Secret",
            Self::Priority => "Queue priority",
        }
    }
}

/// The version of a script: a number, or a text such as `15-rc`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ScriptVersion {
    /// A number.
    Number(i64),
    /// Anything else.
    Text(String),
}

impl std::fmt::Display for ScriptVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What stands in for a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Script {
    /// Another script, at the version it has then.
    Name(String),
    /// Another script at this version.
    Pinned {
        /// Its name.
        name: String,
        /// Its version.
        version: ScriptVersion,
    },
}

impl Script {
    /// The script's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Pinned { name, .. } => name,
        }
    }

    /// Its version, if one is named.
    pub const fn version(&self) -> Option<&ScriptVersion> {
        match self {
            Self::Name(_) => None,
            Self::Pinned { version, .. } => Some(version),
        }
    }
}

impl std::fmt::Display for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Pinned { name, version } => write!(f, "{name}@{version}"),
        }
    }
}

/// A configuration: original component → what stands in for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// Systems that steps call.
    pub connections: BTreeMap<String, String>,
    /// Functions of the catalog, with versions.
    pub scripts: BTreeMap<String, Script>,
    /// Shared caches.
    pub caches: BTreeMap<String, String>,
    /// Cross-reference tables.
    pub lookups: BTreeMap<String, String>,
    /// Values that expressions read.
    pub variables: BTreeMap<String, String>,
    /// Secrets by name: which one is read instead.
    pub secrets: BTreeMap<String, String>,
    /// Place in the queue, by the flow's slug; greater goes first.
    pub priority: BTreeMap<String, i64>,
    /// Replacements that a sync keeps, as `kind.name` (PRODUCT §4.6).
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub managed_here: BTreeSet<String>,
}

/// One line of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What kind of replacement.
    pub part: Part,
    /// The component (or the flow, of a priority).
    pub name: String,
    /// What stands in for it.
    pub value: String,
    /// Whether a sync keeps it.
    pub managed: bool,
}

/// The part of a configuration that says in which order runs are taken up.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Priorities {
    priority: BTreeMap<String, i64>,
}

/// The place in the queue that a stored configuration gives a flow; 0 is the usual one.
///
/// # Errors
/// The text is no configuration.
pub fn priority_of(text: &str, flow: &str) -> Result<i64, serde_json::Error> {
    Ok(serde_json::from_str::<Priorities>(text)?.priority.get(flow).copied().unwrap_or_default())
}

impl Configuration {
    /// Reads a stored configuration; what an older one does not have is empty.
    ///
    /// # Errors
    /// The text is no configuration.
    pub fn stored(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// As it is stored.
    pub fn to_text(&self) -> String {
        // Maps of texts and numbers always serialise.
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Every replacement, by kind and name.
    pub fn entries(&self) -> Vec<Entry> {
        Part::ALL.iter().flat_map(|part| self.of(*part)).collect()
    }

    /// The replacements of one kind, by name.
    pub fn of(&self, part: Part) -> Vec<Entry> {
        let entry = |name: &String, value: String| Entry {
            part,
            name: name.clone(),
            value,
            managed: self.managed_here.contains(&address(part, name)),
        };
        let plain = |map: &BTreeMap<String, String>| map.iter().map(|(name, value)| entry(name, value.clone())).collect();
        match part {
            Part::Connections => plain(&self.connections),
            Part::Scripts => self.scripts.iter().map(|(name, script)| entry(name, script.to_string())).collect(),
            Part::Caches => plain(&self.caches),
            Part::Lookups => plain(&self.lookups),
            Part::Variables => plain(&self.variables),
            Part::Secrets => plain(&self.secrets),
            Part::Priority => self.priority.iter().map(|(name, value)| entry(name, value.to_string())).collect(),
        }
    }

    /// What stands in for a component, in words.
    pub fn replacement(&self, part: Part, name: &str) -> Option<String> {
        match part {
            Part::Connections => self.connections.get(name).cloned(),
            Part::Scripts => self.scripts.get(name).map(ToString::to_string),
            Part::Caches => self.caches.get(name).cloned(),
            Part::Lookups => self.lookups.get(name).cloned(),
            Part::Variables => self.variables.get(name).cloned(),
            Part::Secrets => self.secrets.get(name).cloned(),
            Part::Priority => self.priority.get(name).map(ToString::to_string),
        }
    }

    /// Takes a replacement out, with its flag; whether there was one.
    pub fn remove(&mut self, part: Part, name: &str) -> bool {
        self.managed_here.remove(&address(part, name));
        match part {
            Part::Connections => self.connections.remove(name).is_some(),
            Part::Scripts => self.scripts.remove(name).is_some(),
            Part::Caches => self.caches.remove(name).is_some(),
            Part::Lookups => self.lookups.remove(name).is_some(),
            Part::Variables => self.variables.remove(name).is_some(),
            Part::Secrets => self.secrets.remove(name).is_some(),
            Part::Priority => self.priority.remove(name).is_some(),
        }
    }
}

/// How a replacement is named in `managed_here`.
pub fn address(part: Part, name: &str) -> String {
    format!("{part}.{name}")
}
