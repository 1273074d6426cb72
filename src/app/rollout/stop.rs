//! Stop rollout: everything goes back to the primary, without a judgement of the candidate (PRODUCT §5.5).

use super::super::ctx::Ctx;
use super::super::deployment::{Change, Place};
use super::super::error::{Error, Result};
use super::under_way;
use crate::domain::access::Permission;
use crate::domain::deployment::{InFlight, Verb, withdraw};
use crate::domain::names::parse_note;
use crate::domain::rollout::State;
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::rollouts::{self, Rollout};

/// Sends all new runs back to the primary. The candidate may be rolled out again; a roll back quarantines it instead.
///
/// # Errors
/// No rollout is under way; stale.
pub fn stop(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, reason: &str, expect: Option<i64>) -> Result<Record> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let place = Place::hold(conn, flow, environment)?;
    place.still_at(expect)?;
    let rollout = under_way(conn, &place)?;
    let next = withdraw(&place.routing)?;
    close(conn, ctx, &place, &rollout, State::Stopped, reason.as_deref())?;
    place.change(conn, ctx, &next, &Change { reason: reason.as_deref(), ..Change::of(Verb::StopRollout, InFlight::Drain) })
}

/// Ends the rollout's own rows; the routing row is changed by whoever calls.
///
/// # Errors
/// It has ended in between.
pub fn close(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, rollout: &Rollout, state: State, reason: Option<&str>) -> Result<()> {
    rollouts::leave_step(conn, rollout, ctx.now.0, rollout.outcome()?)?;
    if !rollouts::end(conn, &rollout.id, state, ctx.now.0, ctx.name(), reason)? {
        return Err(place.stale());
    }
    Ok(())
}
