//! To the next share: the plan's next stage, or one that a person chooses. The last one makes the candidate primary.

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::{Change, Place};
use super::super::environment::gate;
use super::super::error::{Error, Refusal, Result};
use super::super::release::keep::{self, Backup};
use super::{begin, under_way};
use crate::domain::access::Permission;
use crate::domain::deployment::{InFlight, Verb, promote, raise};
use crate::domain::names::parse_note;
use crate::domain::rollout::{Side, State, WHOLE, percent};
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::rollouts::{self, Rollout};
use crate::store::{tallies, versions};

/// Leads a rollout on. `share` is in basis points; the plan's next stage when absent. A halted rollout goes on with it.
///
/// # Errors
/// No rollout is under way; the share would not grow; on a protected environment, the plan says otherwise; stale.
pub fn advance(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    share: Option<i64>,
    reason: &str,
    expect: Option<i64>,
) -> Result<Record> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let place = Place::hold(conn, flow, environment)?;
    place.still_at(expect)?;
    let rollout = under_way(conn, &place)?;
    lead(conn, ctx, &place, &rollout, share, reason.as_deref())
}

/// The share that comes next in the plan.
///
/// # Errors
/// Stored text this program cannot read.
pub fn next_share(rollout: &Rollout) -> Result<i64> {
    Ok(rollout.stages()?.get(rollout.stage + 1).map_or(WHOLE, |s| s.basis_points))
}

/// [`advance`] once everything is known to stand as it should.
///
/// # Errors
/// The share would not grow; stale.
pub(super) fn lead(
    conn: &mut Conn,
    ctx: &Ctx,
    place: &Place<'_>,
    rollout: &Rollout,
    share: Option<i64>,
    reason: Option<&str>,
) -> Result<Record> {
    let to = match share {
        Some(share) => share,
        None => next_share(rollout)?,
    };
    // A further share is a move forward; what is there already keeps its share through a freeze.
    gate::thawed(ctx.now, place.environment)?;
    as_approved(conn, ctx, place, rollout, to)?;
    let outcome = rollout.outcome()?;
    if to == WHOLE {
        let next = promote(&place.routing)?;
        keep::hold(conn, place.environment)?;
        versions::went_live(conn, &rollout.version_id, ctx.now.0, place.environment.is_production)?;
        rollouts::leave_step(conn, rollout, ctx.now.0, outcome)?;
        begin::enter(conn, ctx, &rollout.id, rollout.step + 1, WHOLE)?;
        if !rollouts::end(conn, &rollout.id, State::Completed, ctx.now.0, ctx.name(), reason)? {
            return Err(place.stale());
        }
        let record = place.change(conn, ctx, &next, &Change { reason, ..Change::of(Verb::Promote, InFlight::Drain) })?;
        let what = format!("The rollout of {} in {} was completed", place.flow.name, place.environment.name);
        keep::after(conn, ctx, place.environment, Backup::Rule, &what)?;
        return Ok(record);
    }
    let next = raise(&place.routing, to)?;
    rollouts::leave_step(conn, rollout, ctx.now.0, outcome)?;
    if !rollouts::enter(conn, rollout, rollout.stages()?.place_of(to), ctx.now.0)? {
        return Err(place.stale());
    }
    begin::enter(conn, ctx, &rollout.id, rollout.step + 1, to)?;
    place.change(conn, ctx, &next, &Change { reason, ..Change::of(Verb::Advance, InFlight::Drain) })
}

/// On a protected environment a rollout is led on as it was approved: stage by stage, each for as long as the plan says
/// (PRODUCT §9.3: what was approved, exactly). Whoever wants more proposes it.
fn as_approved(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, rollout: &Rollout, to: i64) -> Result<()> {
    if place.environment.approvals == 0 {
        return Ok(());
    }
    let refused = |says: String, next: i64| {
        Err(Error::Refused(Refusal {
            code: "approval_needed",
            message: format!(
                "{} is protected, and this rollout goes on as it was approved: {says}. To go further at once, propose version {} for all new runs.",
                place.environment.name, rollout.version_number
            ),
            detail: json!({"environment": place.environment.slug, "approvals": place.environment.approvals, "next_percent": next as f64 / 100.0}),
        }))
    };
    let next = next_share(rollout)?;
    if to != next {
        return refused(format!("{} comes next, not {}", percent(next), percent(to)), next);
    }
    let stages = rollout.stages()?;
    let Some(stage) = stages.get(rollout.stage) else { return Ok(()) };
    let left = stage.minutes_left(rollout.step_since, ctx.now);
    if left > 0 {
        let minutes = if left == 1 { "another minute".to_owned() } else { format!("another {left} minutes") };
        return refused(format!("this stage lasts {minutes}"), next);
    }
    if let Some(least) = stage.min_runs {
        let ended = tallies::of_step(conn, &rollout.id, rollout.step, Side::Candidate)?.judged();
        if ended < least {
            return refused(format!("{ended} of the {least} runs that this stage asks for have ended"), next);
        }
    }
    Ok(())
}
