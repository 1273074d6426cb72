//! A version.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{at, at_opt, json};
use crate::app;
use crate::app::version::table::{self, Presence as Place, VersionRow};
use crate::definition::Definition;
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::versions::Version as Row;
use crate::web::api::words;

/// A version without its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VersionSummary {
    /// `wflv_…`
    pub id: String,
    /// Unique in the flow; never used again.
    pub number: i64,
    /// draft, published or archived.
    #[schema(value_type = words::Lifecycle)]
    pub lifecycle: String,
    /// Whether it can be published, deployed and started.
    pub validity: Validity,
    /// SHA-256 over definition and settings in canonical form.
    pub hash: String,
    /// The colour of its plate: current in production (current), was there (earlier), never was (never).
    #[schema(value_type = words::Sync)]
    pub sync: &'static str,
    /// Where it is, or was, primary or candidate. Environments it never was in are left out.
    pub presence: Vec<Presence>,
    /// How it came to be.
    #[schema(value_type = words::Origin)]
    pub origin: String,
    /// The number of the version it was made from.
    pub from: Option<i64>,
    /// What changed and why.
    pub note: String,
    /// Ticket or commit.
    pub reference: Option<String>,
    /// Unique in the flow; usable wherever a version is named.
    pub label: Option<String>,
    /// The newest revision; 0 at publication.
    pub revision: i64,
    /// The tag to edit against (`If-Match`); grows with each save.
    pub lock_version: i64,
    /// Who made it.
    pub author: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, of the last save.
    pub updated_at: String,
    /// Who saved last.
    pub updated_by: String,
    /// RFC 3339.
    pub published_at: Option<String>,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was last made primary in *the* production, RFC 3339.
    pub synced_at: Option<String>,
    /// How its runs ended, in all environments, tests left out.
    pub runs: Outcomes,
}

/// A version with its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "wflv_06c3k2j8v1fqz7r0m5x9t4hn2b", "number": 3, "lifecycle": "draft",
    "validity": {"ready": false, "problems": [{"pointer": "/do/0/greet", "line": 7, "message": "This task does nothing. Give it one of: set, call, do.", "severity": "error"}]},
    "hash": "5f2a", "sync": "never", "presence": [], "origin": "version", "from": 2, "note": "", "reference": null, "label": null,
    "revision": 0, "lock_version": 4, "author": "Ada", "created_at": "2026-11-21T03:18:00.000000Z", "updated_at": "2026-11-21T03:19:00.000000Z",
    "updated_by": "Ada", "published_at": null, "published_by": null, "synced_at": null,
    "runs": {"total": 0, "completed": 0, "faulted": 0, "cancelled": 0, "open": 0},
    "definition": {"document": {"dsl": "1.0.3", "namespace": "default", "name": "order-intake", "version": "0.1.0"}, "do": []},
    "text": "document: …", "settings": {}
}))]
pub struct Version {
    /// All but the content.
    #[serde(flatten)]
    pub summary: VersionSummary,
    /// The definition as JSON; null while the text cannot be read.
    pub definition: Value,
    /// The author's own text, YAML or JSON.
    pub text: String,
    /// Kept and hashed beside the definition.
    #[schema(value_type = Object)]
    pub settings: Value,
}

/// What validation found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Validity {
    /// Whether nothing stands in the way of publishing.
    pub ready: bool,
    /// Findings, worst first; warnings stand in nobody's way.
    #[schema(value_type = Vec<Finding>)]
    pub problems: Value,
}

/// One finding of validation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Finding {
    /// JSON pointer of the place; empty for the whole.
    pub pointer: String,
    /// Line of the author's text, from 1.
    pub line: Option<u32>,
    /// What is wrong and how to fix it.
    pub message: String,
    /// How much it stops: `error` and `not_executable` (valid, but not in this build) stop publishing.
    pub severity: Severity,
}

/// How much a finding stops.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing.
    Warning,
    /// Publishing, in this build.
    NotExecutable,
    /// Publishing.
    Error,
}

/// What a version is to an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Presence {
    /// The environment's slug.
    pub environment: String,
    /// Its state there.
    pub state: PresenceState,
    /// Its share of new runs.
    pub percent: f64,
}

/// What a version is to an environment, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// The candidate of a rollout.
    RollingOut,
    /// New runs take it.
    Live,
    /// It is primary, and new runs are refused.
    Paused,
    /// It is primary, and triggers are off.
    Disabled,
    /// It is primary, and everything was stopped.
    Stopped,
    /// It was live here.
    Inactive,
}

/// How runs ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Outcomes {
    /// All that ended.
    pub total: i64,
    /// Ended well.
    pub completed: i64,
    /// Ended with an error.
    pub faulted: i64,
    /// Ended from outside.
    pub cancelled: i64,
    /// Have not ended.
    pub open: i64,
}

/// Versions for an answer; `was_live` says in which environments each one ever was primary.
pub fn summaries(rows: Vec<VersionRow>, environments: &[Environment], was_live: &[(String, String)]) -> Vec<VersionSummary> {
    rows.into_iter().map(|row| summary(row, environments, was_live)).collect()
}

fn summary(row: VersionRow, environments: &[Environment], was_live: &[(String, String)]) -> VersionSummary {
    let version = row.version;
    let here = |i: usize| row.presence.iter().find(|(at, _)| *at == i).map(|(_, place)| place);
    let presence = environments.iter().enumerate().filter_map(|(i, environment)| {
        let (state, percent) = match here(i) {
            Some(Place::RollingOut(points)) => (PresenceState::RollingOut, *points),
            Some(Place::Live(switch, points)) => (state_of(*switch), *points),
            None if was_live.iter().any(|(v, e)| *v == version.id && *e == environment.id) => (PresenceState::Inactive, 0),
            None => return None,
        };
        Some(Presence { environment: environment.slug.clone(), state, percent: percent as f64 / 100.0 })
    });
    VersionSummary {
        presence: presence.collect(),
        id: version.id,
        number: version.number,
        lifecycle: version.lifecycle,
        validity: Validity { ready: version.ready, problems: json(&version.problems) },
        hash: version.content_hash,
        sync: row.sync.as_str(),
        origin: version.origin,
        from: version.from_number,
        note: version.note,
        reference: version.reference,
        label: version.label,
        revision: version.revision,
        lock_version: version.lock_version,
        author: version.author_name,
        created_at: at(version.created_at),
        updated_at: at(version.updated_at),
        updated_by: version.updated_by,
        published_at: at_opt(version.published_at),
        published_by: version.published_by,
        synced_at: at_opt(version.synced_at),
        runs: Outcomes {
            total: row.outcomes.total(),
            completed: row.outcomes.completed,
            faulted: row.outcomes.faulted,
            cancelled: row.outcomes.cancelled,
            open: row.open_runs,
        },
    }
}

const fn state_of(switch: crate::domain::deployment::Switch) -> PresenceState {
    use crate::domain::deployment::Switch;
    match switch {
        Switch::On => PresenceState::Live,
        Switch::Paused => PresenceState::Paused,
        Switch::Disabled => PresenceState::Disabled,
        Switch::Stopped => PresenceState::Stopped,
    }
}

impl Version {
    /// A version as it stands.
    ///
    /// # Errors
    /// The actor may not read it; the database.
    pub fn load(conn: &mut Conn, ctx: &app::Ctx, flow: &Flow, row: Row) -> app::Result<Self> {
        let document = app::version::document(conn, &row.id)?;
        let was_live = deployments::environments_of_versions(conn, std::slice::from_ref(&row.id))?;
        let (row, environments, _) = table::row(conn, ctx, flow, row)?;
        let definition = Definition::parse(&document.text).map_or(Value::Null, |d| d.value().clone());
        Ok(Self { summary: summary(row, &environments, &was_live), definition, text: document.text, settings: document.settings })
    }

    /// The same by id, after a change.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn reload(conn: &mut Conn, ctx: &app::Ctx, flow: &Flow, id: &str) -> app::Result<Self> {
        let row = crate::store::versions::get(conn, id)?.ok_or_else(|| StoreError::corrupt(format!("version {id} is gone")))?;
        Self::load(conn, ctx, flow, row)
    }
}
