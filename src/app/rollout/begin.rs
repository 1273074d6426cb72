//! A rollout begins: with a deployment to less than all new runs.

use super::super::ctx::Ctx;
use super::super::deployment::{Change, Place};
use super::super::error::Result;
use super::super::{settings, version};
use super::under_way;
use crate::clock::Generate;
use crate::domain::deployment::{Candidate, InFlight, Routing, Verb, begin_rollout};
use crate::domain::guard::{Guard, Outcome};
use crate::domain::ids::RolloutId;
use crate::domain::rollout::{Advance, Stages, State};
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::rollouts::{self, Rollout, Step};
use crate::store::versions::Version;

/// How a version is to be rolled out.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rolling {
    /// Its stages.
    pub stages: Stages,
    /// What starts the next one.
    pub advance: Advance,
    /// The plan they came from.
    pub plan: Option<String>,
    /// Its guard.
    pub guard: Option<Guard>,
}

/// Where a rollout begins: the first stage, or where the one it replaces stood.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Index of the stage.
    pub stage: i64,
    /// Share in basis points.
    pub basis_points: i64,
}

impl Rolling {
    /// The beginning.
    pub fn first(&self) -> Entry {
        Entry { stage: 0, basis_points: self.stages.get(0).map_or(1, |s| s.basis_points) }
    }
}

/// Lets `version` take its first share. `base` is the routing it begins from: what stands there, without the candidate
/// of a rollout that this one takes the place of.
///
/// # Errors
/// Nothing is live; the version is; another rollout is under way; stale.
pub fn begin(
    conn: &mut Conn,
    ctx: &Ctx,
    place: &Place<'_>,
    base: &Routing,
    version: &Version,
    (rolling, entry): (&Rolling, Entry),
    comment: Option<&str>,
) -> Result<Record> {
    let id: String = RolloutId::generate().into();
    let candidate = Candidate {
        pin: version.pin(),
        basis_points: entry.basis_points,
        // Another id for each rollout, so each one picks other keys.
        salt: id.clone(),
        counter: 0,
        rollout: id.clone(),
    };
    let next = begin_rollout(base, candidate)?;
    let settings = version::document(conn, &version.id)?.settings;
    let primary = next.primary.as_ref();
    let row = Rollout {
        id: id.clone(),
        workspace_id: place.flow.workspace_id.clone(),
        flow_id: place.flow.id.clone(),
        environment_id: place.environment.id.clone(),
        version_id: version.id.clone(),
        version_number: version.number,
        primary_id: primary.map_or_else(String::new, |p| p.version.to_string()),
        primary_number: primary.map_or(0, |p| p.number),
        key_expression: settings::key(&settings).map(str::to_owned),
        plan_name: rolling.plan.clone(),
        stages: serde_json::to_string(&rolling.stages).unwrap_or_default(),
        advance: rolling.advance.as_str().to_owned(),
        guard: rolling.guard.as_ref().and_then(|g| serde_json::to_string(g).ok()),
        state: State::Running.as_str().to_owned(),
        stage: entry.stage,
        step: 0,
        step_since: ctx.now.0,
        outcome: Outcome::Pending.as_str().to_owned(),
        outcome_text: String::new(),
        comment: comment.map(str::to_owned),
        started_at: ctx.now.0,
        started_by: ctx.name().to_owned(),
        ended_at: None,
        ended_by: None,
        end_reason: None,
    };
    rollouts::insert(conn, &row)?;
    enter(conn, ctx, &id, 0, entry.basis_points)?;
    place.change(conn, ctx, &next, &Change { reason: comment, ..Change::of(Verb::Rollout, InFlight::Drain) })
}

/// Counts the runs of the present share anew, so that nothing is judged by the runs before. A halted rollout stays halted.
///
/// # Errors
/// No rollout is under way; somebody was faster.
pub fn anew(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>) -> Result<()> {
    let rollout = under_way(conn, place)?;
    rollouts::leave_step(conn, &rollout, ctx.now.0, rollout.outcome()?)?;
    let halted = rollout.state()? == State::Halted;
    if !rollouts::enter(conn, &rollout, rollout.stage, ctx.now.0)?
        || halted && !rollouts::set_state(conn, &rollout.id, State::Running, State::Halted)?
    {
        return Err(place.stale());
    }
    let share = place.routing.candidate.as_ref().map_or(1, |c| c.basis_points);
    enter(conn, ctx, &rollout.id, rollout.step + 1, share)
}

/// Notes a share that was entered.
///
/// # Errors
/// The database.
pub fn enter(conn: &mut Conn, ctx: &Ctx, rollout: &str, step: i64, basis_points: i64) -> Result<()> {
    let row = Step {
        rollout_id: rollout.to_owned(),
        step,
        basis_points,
        entered_at: ctx.now.0,
        entered_by: ctx.name().to_owned(),
        left_at: None,
        outcome: None,
    };
    Ok(rollouts::insert_step(conn, &row)?)
}
