//! Releases in answers.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::words;
use super::{at, at_opt};
use crate::app::release::look::{Row, SyncOf, Whole};
use crate::domain::release::{EnvironmentEntry, FlowEntry};

/// A numbered snapshot of a workspace.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Release {
    /// `rel_…`
    pub id: String,
    /// From 1; never used again.
    pub number: i64,
    /// push: somebody pushed; before: kept by *backup first*; deployed: what production ran after a deployment.
    pub origin: String,
    /// Whether it can be restored.
    pub restorable: bool,
    /// What its author wrote.
    pub comment: String,
    /// Who.
    pub author: String,
    /// RFC 3339.
    pub at: String,
    /// The environment whose live versions it holds.
    pub environment: Option<String>,
    /// SHA-256 of the manifest.
    pub hash: String,
    /// The colour of its plate.
    #[schema(value_type = words::Sync)]
    pub sync: String,
    /// When it last became what production runs, RFC 3339.
    pub synced_at: Option<String>,
}

impl From<&Row> for Release {
    fn from(row: &Row) -> Self {
        let release = &row.release;
        Self {
            id: release.id.clone(),
            number: release.number,
            origin: release.origin.clone(),
            restorable: release.restorable,
            comment: release.comment.clone(),
            author: release.author_name.clone(),
            at: at(release.at),
            environment: row.basis.as_ref().map(|e| e.slug.clone()),
            hash: release.hash.clone(),
            sync: row.sync.as_str().to_owned(),
            synced_at: at_opt(release.synced_at),
        }
    }
}

/// A flow in a release.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReleasedFlow {
    /// The flow's slug then.
    pub flow: String,
    /// Its name then.
    pub name: String,
    /// The version.
    pub version: i64,
    /// Its revision.
    pub revision: i64,
    /// The content's hash.
    pub hash: String,
    /// Whether the flow was archived.
    pub archived: bool,
}

impl From<&FlowEntry> for ReleasedFlow {
    fn from(entry: &FlowEntry) -> Self {
        Self {
            flow: entry.slug.clone(),
            name: entry.name.clone(),
            version: entry.number,
            revision: entry.revision,
            hash: entry.hash.clone(),
            archived: entry.archived,
        }
    }
}

/// An environment in a release.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReleasedEnvironment {
    /// The environment's slug.
    pub environment: String,
    /// The configuration that was deployed.
    pub version: Option<i64>,
    /// Its replacements.
    #[schema(value_type = Object)]
    pub replacements: serde_json::Value,
}

impl From<&EnvironmentEntry> for ReleasedEnvironment {
    fn from(entry: &EnvironmentEntry) -> Self {
        let replacements = serde_json::to_value(&entry.configuration).unwrap_or_default();
        Self { environment: entry.slug.clone(), version: entry.number, replacements }
    }
}

/// A component in a release; secrets by name only.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReleasedComponent {
    /// What it is.
    pub kind: String,
    /// Its name then.
    pub name: String,
    /// Its newest revision then.
    pub revision: i64,
    /// That revision's hash.
    pub hash: String,
}

/// One sync of a release.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReleaseSync {
    /// The environment's slug.
    pub environment: String,
    /// RFC 3339.
    pub at: String,
    /// Who.
    pub by: String,
    /// Why.
    pub comment: String,
    /// What it did: `changed`, `same`, `configuration`, `kept`, `left`.
    #[schema(value_type = Object)]
    pub outcome: serde_json::Value,
}

impl From<&SyncOf> for ReleaseSync {
    fn from(found: &SyncOf) -> Self {
        Self {
            environment: found.environment.slug.clone(),
            at: at(found.row.at),
            by: found.row.actor_name.clone(),
            comment: found.row.comment.clone(),
            outcome: found.outcome.clone(),
        }
    }
}

/// A release with what it holds and where it went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WholeRelease {
    /// The release itself.
    #[serde(flatten)]
    pub release: Release,
    /// The number of the one before it.
    pub previous: Option<i64>,
    /// Flows with their versions.
    pub flows: Vec<ReleasedFlow>,
    /// Environments with their configurations.
    pub environments: Vec<ReleasedEnvironment>,
    /// Components.
    pub components: Vec<ReleasedComponent>,
    /// Where it went, newest first.
    pub syncs: Vec<ReleaseSync>,
}

impl From<&Whole> for WholeRelease {
    fn from(found: &Whole) -> Self {
        let component = |c: &crate::domain::release::ComponentEntry| ReleasedComponent {
            kind: c.kind.clone(),
            name: c.name.clone(),
            revision: c.revision,
            hash: c.hash.clone(),
        };
        let mut flows: Vec<ReleasedFlow> = found.manifest.flows.iter().map(ReleasedFlow::from).collect();
        flows.sort_by(|a, b| a.flow.cmp(&b.flow));
        Self {
            release: Release::from(&found.row),
            previous: found.previous,
            flows,
            environments: found.manifest.environments.iter().map(ReleasedEnvironment::from).collect(),
            components: found.manifest.components.iter().map(component).collect(),
            syncs: found.syncs.iter().map(ReleaseSync::from).collect(),
        }
    }
}
