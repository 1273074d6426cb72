//! *As of*: what a workspace was at any past instant, from append-only records alone (PRODUCT §9.2, DECISIONS 18).

pub mod backfill;
pub mod keep;
pub mod look;

use serde::{Deserialize, Serialize};

use crate::domain::version::Sync;

/// A flow as it is kept with each event that changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowState {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Whether it was put away.
    pub archived: bool,
    /// Whether it was in the bin.
    pub deleted: bool,
    /// Drafts it had.
    pub drafts: i64,
    /// Published versions it had.
    pub published: i64,
    /// The working draft's number.
    pub working: Option<i64>,
}

/// A version as it is kept with each event that changes it; saves do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionState {
    /// Its number.
    pub number: i64,
    /// See `domain::version::Lifecycle`.
    pub lifecycle: String,
    /// Its hot-fix revision.
    pub revision: i64,
    /// Its label.
    pub label: Option<String>,
    /// Whether it was in the bin.
    pub deleted: bool,
}

/// An environment as it is kept with each event that changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentState {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// See `domain::environment::Kind`.
    pub kind: String,
    /// Order on pages.
    pub position: i64,
    /// Whether it coloured number plates.
    pub is_production: bool,
    /// Whether it was put away.
    pub archived: bool,
}

/// A version of then, with the colour it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionThen {
    /// Its id.
    pub id: String,
    /// What it was.
    pub state: VersionState,
    /// The colour of its plate.
    pub sync: Sync,
}
