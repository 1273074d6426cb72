//! Rollouts, their stages and guards, plans and quarantines in answers and bodies.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{at, at_opt, json};
use crate::app::rollout::look::{Looked, SideView};
use crate::domain::guard::{Guard as DomainGuard, Tally};
use crate::domain::names::BadName;
use crate::domain::rollout::{self, Stages};
use crate::store::plans::Plan as PlanRow;
use crate::store::quarantines::Quarantine as QuarantineRow;
use crate::store::rollouts::{Rollout as Row, Step as StepRow};
use crate::web::api::words;

/// One stage: a share and what has to be met before the next one starts by itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percent": 10, "min_minutes": 30, "min_runs": 50}))]
pub struct Stage {
    /// Share of new runs, to the hundredth; only the last stage may be 100.
    pub percent: f64,
    /// Minutes it lasts at least.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min_minutes: Option<i64>,
    /// Runs of the candidate that have to end in it at least.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min_runs: Option<i64>,
}

impl Stage {
    /// The stage as the rules see it.
    ///
    /// # Errors
    /// A share that makes no sense.
    pub fn read(&self) -> Result<rollout::Stage, BadName> {
        Ok(rollout::Stage { basis_points: rollout::basis_points(self.percent)?, min_minutes: self.min_minutes, min_runs: self.min_runs })
    }

    /// Stages for an answer.
    pub fn list(stages: &Stages) -> Vec<Self> {
        let one = |s: &rollout::Stage| Self { percent: percent(s.basis_points), min_minutes: s.min_minutes, min_runs: s.min_runs };
        stages.list().iter().map(one).collect()
    }
}

/// A limit of a guard: exactly one of the two.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = json!({"max": 0.05}))]
pub enum Limit {
    /// At most this much.
    Max(f64),
    /// At most this much more than the primary in the same time.
    OverPrimary(f64),
}

/// A guard: limits, a sample, and what a crossed limit does.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"failure_rate": {"max": 0.05}, "p95_ms": {"over_primary": 500}, "min_runs": 50, "on_fail": "roll_back"}))]
pub struct Guard {
    /// Share of ended runs that failed, 0 to 1.
    pub failure_rate: Option<Limit>,
    /// Duration that 95 of 100 runs do not exceed, in milliseconds.
    pub p95_ms: Option<Limit>,
    /// Share of runs that missed an SLA goal; refused by this build, which does not measure goals.
    pub sla_missed: Option<Limit>,
    /// Ended runs of the candidate at a share before anything is judged.
    pub min_runs: i64,
    /// roll_back (when absent) or halt.
    pub on_fail: Option<String>,
}

/// Reads a guard strictly.
///
/// # Errors
/// Says what is wrong with it.
pub fn guard(value: Value) -> Result<DomainGuard, BadName> {
    serde_json::from_value::<DomainGuard>(value)
        .map_err(|e| BadName(format!("The guard cannot be read: {e}.")))
        .and_then(DomainGuard::check)
}

/// What one side's runs did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Side {
    /// The version.
    pub version: i64,
    /// Runs this rollout gave to it.
    pub started: i64,
    /// Of them, runs in flight, counted no further than 1,000.
    pub in_progress: i64,
    /// Runs that ended well.
    pub completed: i64,
    /// Runs that failed.
    pub faulted: i64,
    /// Runs that were cancelled.
    pub cancelled: i64,
    /// Share of ended runs that failed, 0 to 1.
    pub failure_rate: Option<f64>,
    /// Milliseconds, right to within a fifth.
    pub p95_ms: Option<f64>,
    /// Runs that ended at the present share: these are judged.
    pub judged_now: i64,
}

impl Side {
    fn of(version: i64, view: &SideView) -> Self {
        let Tally { completed, faulted, .. } = view.total;
        Self {
            version,
            started: view.started(),
            in_progress: view.open,
            completed,
            faulted,
            cancelled: view.cancelled,
            failure_rate: view.total.failure_rate(),
            p95_ms: view.total.p95_ms(),
            judged_now: view.step.judged(),
        }
    }
}

/// A share that a rollout went through.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Share {
    /// The share; 100 when the candidate became primary.
    pub percent: f64,
    /// RFC 3339.
    pub entered_at: String,
    /// Who led there.
    pub entered_by: String,
    /// RFC 3339.
    pub left_at: Option<String>,
    /// How it came out.
    #[schema(value_type = Option<words::Outcome>)]
    pub outcome: Option<String>,
}

impl From<StepRow> for Share {
    fn from(row: StepRow) -> Self {
        Self {
            percent: percent(row.basis_points),
            entered_at: at(row.entered_at),
            entered_by: row.entered_by,
            left_at: at_opt(row.left_at),
            outcome: row.outcome,
        }
    }
}

/// A rollout in lists.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RolloutSummary {
    /// `rol_…`
    pub id: String,
    /// The flow's slug.
    pub flow: String,
    /// The environment's slug.
    pub environment: String,
    /// The version that is rolled out.
    pub candidate: i64,
    /// The version it is measured against.
    pub primary: i64,
    /// Where it stands.
    #[schema(value_type = words::RolloutState)]
    pub state: String,
    /// Index of its stage, from 0.
    pub stage: i64,
    /// Its stages; 100 % follows the last one.
    pub stages: Value,
    /// What starts the next stage.
    #[schema(value_type = words::Advance)]
    pub advance: String,
    /// The plan its stages came from.
    pub plan: Option<String>,
    /// Its guard.
    #[schema(value_type = Option<Guard>)]
    pub guard: Option<Value>,
    /// How the present share comes out.
    #[schema(value_type = words::Outcome)]
    pub outcome: String,
    /// The same in words.
    pub outcome_text: String,
    /// Why it was begun.
    pub comment: Option<String>,
    /// RFC 3339.
    pub started_at: String,
    /// Who began it.
    pub started_by: String,
    /// RFC 3339.
    pub ended_at: Option<String>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

impl RolloutSummary {
    /// A row, with the slugs of its flow and environment.
    pub fn of(row: &Row, (flow, environment): (&str, &str)) -> Self {
        let stages = row.stages().map(|s| serde_json::json!(Stage::list(&s))).unwrap_or(Value::Null);
        Self {
            id: row.id.clone(),
            flow: flow.to_owned(),
            environment: environment.to_owned(),
            candidate: row.version_number,
            primary: row.primary_number,
            state: row.state.clone(),
            stage: row.stage,
            stages,
            advance: row.advance.clone(),
            plan: row.plan_name.clone(),
            guard: row.guard.as_deref().map(json),
            outcome: row.outcome.clone(),
            outcome_text: row.outcome_text.clone(),
            comment: row.comment.clone(),
            started_at: at(row.started_at),
            started_by: row.started_by.clone(),
            ended_at: at_opt(row.ended_at),
            ended_by: row.ended_by.clone(),
            end_reason: row.end_reason.clone(),
        }
    }
}

/// A rollout with what its runs did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rollout {
    /// The rollout.
    #[serde(flatten)]
    pub summary: RolloutSummary,
    /// The candidate's present (or last) share.
    pub percent: f64,
    /// The share that comes next; null when it has ended.
    pub next_percent: Option<f64>,
    /// The shares it went through.
    pub steps: Vec<Share>,
    /// The candidate's and the primary's runs since it began.
    pub sides: Sides,
}

/// Both sides of a rollout.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sides {
    /// The version that is rolled out.
    pub candidate: Side,
    /// The version it is measured against.
    pub primary: Side,
}

impl From<Looked> for Rollout {
    fn from(found: Looked) -> Self {
        let row = &found.rollout;
        Self {
            summary: RolloutSummary::of(row, (&found.flow.slug, &found.environment.slug)),
            percent: percent(found.basis_points),
            next_percent: found.next.map(percent),
            sides: Sides {
                candidate: Side::of(row.version_number, &found.candidate),
                primary: Side::of(row.primary_number, &found.primary),
            },
            steps: found.steps.into_iter().map(Share::from).collect(),
        }
    }
}

/// A plan of stages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Plan {
    /// `pln_…`
    pub id: String,
    /// Its name; deployments refer to it.
    pub name: String,
    /// Its stages; 100 % follows the last one.
    pub stages: Vec<Stage>,
    /// What starts the next stage.
    #[schema(value_type = words::Advance)]
    pub advance: String,
    /// Its guard.
    #[schema(value_type = Option<Guard>)]
    pub guard: Option<Value>,
    /// RFC 3339.
    pub updated_at: String,
    /// Who changed it last.
    pub updated_by: String,
    /// Grows with each change; the ETag.
    pub revision: i64,
}

impl From<&PlanRow> for Plan {
    fn from(row: &PlanRow) -> Self {
        Self {
            id: row.id.clone(),
            name: row.name.clone(),
            stages: row.stages().map(|s| Stage::list(&s)).unwrap_or_default(),
            advance: row.advance.clone(),
            guard: row.guard.as_deref().map(json),
            updated_at: at(row.updated_at),
            updated_by: row.updated_by.clone(),
            revision: row.lock_version,
        }
    }
}

/// A version that may not come back here until somebody releases it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quarantine {
    /// Its number.
    pub version: i64,
    /// Why.
    pub reason: String,
    /// Who found it bad; Signalbox for a guard.
    pub by: String,
    /// RFC 3339.
    pub since: String,
    /// When it was released, RFC 3339.
    pub released_at: Option<String>,
    /// Who released it.
    pub released_by: Option<String>,
    /// Why it may come back.
    pub release_reason: Option<String>,
}

impl From<QuarantineRow> for Quarantine {
    fn from(row: QuarantineRow) -> Self {
        Self {
            version: row.version_number,
            reason: row.reason,
            by: row.by_name,
            since: at(row.since),
            released_at: at_opt(row.released_at),
            released_by: row.released_by,
            release_reason: row.release_reason,
        }
    }
}

/// A share as programs read it.
pub fn percent(basis_points: i64) -> f64 {
    basis_points as f64 / 100.0
}
