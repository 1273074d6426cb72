//! Halt: the share stays and no further stage starts. Resume: it goes on.

use super::super::ctx::Ctx;
use super::super::deployment::{Change, Place};
use super::super::error::{Error, Result};
use super::{begin, under_way};
use crate::domain::access::Permission;
use crate::domain::deployment::{InFlight, Verb, hold as decide};
use crate::domain::guard::Outcome;
use crate::domain::names::parse_note;
use crate::domain::rollout::State;
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::rollouts;

/// Keeps the share until somebody goes on.
///
/// # Errors
/// No rollout is under way, or it is halted already; stale.
pub fn halt(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, reason: &str, expect: Option<i64>) -> Result<Record> {
    turn(conn, ctx, flow, environment, Verb::Halt, reason, expect)
}

/// Lets a halted rollout go on. After a crossed limit its counts begin anew, so that it is not judged by the same runs.
///
/// # Errors
/// No rollout is under way, or it is not halted; stale.
pub fn resume(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, reason: &str, expect: Option<i64>) -> Result<Record> {
    turn(conn, ctx, flow, environment, Verb::Continue, reason, expect)
}

fn turn(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    verb: Verb,
    reason: &str,
    expect: Option<i64>,
) -> Result<Record> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let place = Place::hold(conn, flow, environment)?;
    place.still_at(expect)?;
    let rollout = under_way(conn, &place)?;
    let next = decide(&place.routing)?;
    let (from, to, already) = match verb {
        Verb::Halt => (State::Running, State::Halted, "The rollout is halted already."),
        _ => (State::Halted, State::Running, "The rollout goes on already; it is not halted."),
    };
    if rollout.state()? != from {
        return Err(Error::refused("already", already));
    }
    if to == State::Running && rollout.outcome()? == Outcome::Fail {
        begin::anew(conn, ctx, &place)?;
    }
    if !rollouts::set_state(conn, &rollout.id, from, to)? {
        return Err(place.stale());
    }
    place.change(conn, ctx, &next, &Change { reason: reason.as_deref(), ..Change::of(verb, InFlight::Drain) })
}
