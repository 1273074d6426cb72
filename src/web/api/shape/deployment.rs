//! What is routed for a flow in an environment, and the record of a change of it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{at, at_opt};
use crate::store::deployments::{Record as RecordRow, Row};
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::web::api::words;

/// What is routed for a flow in an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "flow": "order-intake", "environment": "production", "primary": 4, "candidate": null, "percent": null, "rollout": null, "switch": "on", "reason": null,
    "routing_revision": 9, "environment_version": 1, "primary_since": "2026-11-21T03:18:00.000000Z", "switched_at": null, "switched_by": null
}))]
pub struct Deployment {
    /// The flow's slug.
    pub flow: String,
    /// The environment's slug.
    pub environment: String,
    /// The version that new runs take.
    pub primary: Option<i64>,
    /// The version that is being rolled out beside it.
    pub candidate: Option<i64>,
    /// The candidate's share of new runs.
    pub percent: Option<f64>,
    /// The rollout under way, `rol_…`.
    pub rollout: Option<String>,
    /// Whether new runs may start.
    #[schema(value_type = words::Switch)]
    pub switch: String,
    /// Why the switch stands where it does.
    pub reason: Option<String>,
    /// Grows with each change; give it back as `expect`. 0 before the first deployment.
    pub routing_revision: i64,
    /// The number of the environment's deployed configuration.
    pub environment_version: Option<i64>,
    /// Since when the primary is live here, RFC 3339.
    pub primary_since: Option<String>,
    /// When the switch was moved last, RFC 3339.
    pub switched_at: Option<String>,
    /// By whom.
    pub switched_by: Option<String>,
}

impl Deployment {
    /// A routing row for an answer; without a row nothing is deployed yet.
    pub fn of(flow: &Flow, environment: &Environment, row: Option<&Row>, environment_version: Option<i64>) -> Self {
        let candidate = row.and_then(|r| r.candidate_number);
        Self {
            flow: flow.slug.clone(),
            environment: environment.slug.clone(),
            primary: row.and_then(|r| r.primary_number),
            candidate,
            percent: candidate.and(row).map(|r| r.basis_points as f64 / 100.0),
            rollout: candidate.and(row).map(|r| r.rollout_id.clone()),
            switch: row.map_or_else(|| "on".to_owned(), |r| r.switch.clone()),
            reason: row.and_then(|r| r.switch_reason.clone()),
            routing_revision: row.map_or(0, |r| r.revision),
            environment_version,
            primary_since: at_opt(row.and_then(|r| r.primary_since)),
            switched_at: at_opt(row.and_then(|r| r.switch_at)),
            switched_by: row.and_then(|r| r.switch_by.clone()),
        }
    }
}

/// One change of what is routed; records are never changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Record {
    /// `dep_…`
    pub id: String,
    /// What was done.
    #[schema(value_type = words::Verb)]
    pub verb: String,
    /// The version that is primary since then.
    pub version: Option<i64>,
    /// What was primary before.
    pub from: Option<i64>,
    /// Why.
    pub comment: Option<String>,
    /// What happened to runs in flight.
    #[schema(value_type = words::InFlight)]
    pub in_flight: String,
    /// The routing revision it made.
    pub routing_revision: i64,
    /// Its place in the history.
    pub event: i64,
    /// Who.
    pub by: String,
    /// RFC 3339.
    pub at: String,
}

impl From<RecordRow> for Record {
    fn from(row: RecordRow) -> Self {
        Self {
            id: row.id,
            verb: row.verb,
            version: row.version_number,
            from: row.from_number,
            comment: row.comment,
            in_flight: row.in_flight,
            routing_revision: row.routing_revision,
            event: row.event_seq,
            by: row.actor_name,
            at: at(row.at),
        }
    }
}

/// What is routed after a change, and the change itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Changed {
    /// What stands there now.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// The change.
    pub record: Record,
    /// Runs that were cancelled with it, or asked to end.
    pub cancelled: Vec<String>,
}
