//! Releases: numbered snapshots of a whole workspace's metadata (PRODUCT §6).
//!
//! A release is a manifest: it names versions and copies no definition. What is in a manifest and never in it: names,
//! numbers, hashes and replacements, but no value of a secret and no run.

pub mod compare;
pub mod configuration;
pub mod side;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::environment::Configuration;
use super::event::hex;
use super::version::Sync;
use crate::definition::canonical;

crate::text_enum! {
    /// How a release came to be.
    pub enum Origin ("origin of a release") {
        /// Somebody pushed.
        Push = "push",
        /// *Backup first*: what stood before a deployment.
        Before = "before",
        /// What production ran after a deployment that no sync made.
        Deployed = "deployed",
    }
}

/// A flow as a release holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowEntry {
    /// `wfl_…`
    pub id: String,
    /// As in addresses, then.
    pub slug: String,
    /// For people, then.
    pub name: String,
    /// `wflv_…`
    pub version: String,
    /// The version's number.
    pub number: i64,
    /// The revision of the version.
    pub revision: i64,
    /// The content's hash.
    pub hash: String,
    /// Whether the flow was put away.
    pub archived: bool,
}

/// An environment as a release holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentEntry {
    /// `env_…`
    pub id: String,
    /// As in addresses.
    pub slug: String,
    /// For people, then.
    pub name: String,
    /// See `domain::environment::Kind`.
    pub kind: String,
    /// The deployed configuration's number; none while nothing is deployed.
    pub number: Option<i64>,
    /// What it said.
    pub configuration: Configuration,
    /// Approvals that protect it.
    pub approvals: i64,
    /// The environment it takes versions from, by slug.
    pub promotes_from: Option<String>,
    /// Windows in which nothing moves forward.
    pub freezes: Value,
}

/// A component as a release names it; its content stays with its revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentEntry {
    /// `cmp_…`
    pub id: String,
    /// See `definition::ComponentKind`.
    pub kind: String,
    /// As flows name it.
    pub name: String,
    /// The newest revision then.
    pub revision: i64,
    /// That revision's hash.
    pub hash: String,
}

/// A package as a release holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageEntry {
    /// `pkg_…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Version numbers by the flows' ids.
    pub items: BTreeMap<String, i64>,
}

/// A plan of stages as a release holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEntry {
    /// `pln_…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Stages, advance and guard.
    pub body: Value,
}

/// What a release holds, each list by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Flows that had a published version.
    #[serde(default)]
    pub flows: Vec<FlowEntry>,
    /// Environments that were not archived.
    pub environments: Vec<EnvironmentEntry>,
    /// Components that were not in the bin.
    pub components: Vec<ComponentEntry>,
    /// Packages.
    pub packages: Vec<PackageEntry>,
    /// Plans of stages.
    pub plans: Vec<PlanEntry>,
}

impl Manifest {
    /// Each list by id, which makes equal snapshots equal texts.
    pub fn sorted(mut self) -> Self {
        self.flows.sort_by(|a, b| a.id.cmp(&b.id));
        self.environments.sort_by(|a, b| a.id.cmp(&b.id));
        self.components.sort_by(|a, b| a.id.cmp(&b.id));
        self.packages.sort_by(|a, b| a.id.cmp(&b.id));
        self.plans.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    /// Canonical JSON: sorted keys, no spaces.
    pub fn to_text(&self) -> String {
        // Lists of texts and numbers always serialise.
        canonical(&serde_json::to_value(self).unwrap_or_default())
    }

    /// The same without its flows, which are stored by themselves.
    pub fn to_text_without_flows(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value.as_object_mut().map(|members| members.remove("flows"));
        canonical(&value)
    }

    /// SHA-256 of [`Self::to_text`], in hex.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.to_text().as_bytes()))
    }

    /// A flow by id.
    pub fn flow(&self, id: &str) -> Option<&FlowEntry> {
        self.flows.iter().find(|f| f.id == id)
    }

    /// An environment by id.
    pub fn environment(&self, id: &str) -> Option<&EnvironmentEntry> {
        self.environments.iter().find(|e| e.id == id)
    }
}

/// Production's live versions, hashed: flows' ids with their versions', in any order. `None` while nothing is live.
pub fn production_hash<'a>(live: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut all: Vec<(&str, &str)> = live.collect();
    if all.is_empty() {
        return None;
    }
    all.sort_unstable();
    let lines: String = all.iter().map(|(flow, version)| format!("{flow} {version}\n")).collect();
    Some(hex(&Sha256::digest(lines.as_bytes())))
}

/// The colour of a release's plate (PRODUCT §2, §6.2): green is the one release that production runs now.
pub const fn colour(synced: bool, is_current: bool) -> Sync {
    match (synced, is_current) {
        (false, _) => Sync::Never,
        (true, true) => Sync::Current,
        (true, false) => Sync::Earlier,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_snapshots_are_equal_texts() {
        let flow = |id: &str, number| FlowEntry {
            id: id.into(),
            slug: id.into(),
            name: id.into(),
            version: format!("v{number}"),
            number,
            revision: 0,
            hash: "h".into(),
            archived: false,
        };
        let one = Manifest { flows: vec![flow("b", 1), flow("a", 2)], ..Manifest::default() }.sorted();
        let other = Manifest { flows: vec![flow("a", 2), flow("b", 1)], ..Manifest::default() }.sorted();
        assert_eq!((one.to_text(), one.hash()), (other.to_text(), other.hash()));
        assert_eq!(serde_json::from_str::<Manifest>(&one.to_text()).unwrap(), one);
        let moved = Manifest { flows: vec![flow("a", 3), flow("b", 1)], ..Manifest::default() };
        assert_ne!(moved.hash(), one.hash());
    }

    #[test]
    fn productions_hash_is_of_what_is_live_in_any_order() {
        let of = |all: &[(&str, &str)]| production_hash(all.iter().map(|(a, b)| (*a, *b)).collect::<Vec<_>>().into_iter());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "2")]));
        assert_eq!(colour(true, true), Sync::Current);
        assert_eq!(colour(false, false), Sync::Never);
        assert_eq!(colour(true, false), Sync::Earlier);
    }
}
