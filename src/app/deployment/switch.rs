//! PAUSE, RESUME, DISABLE, ENABLE, STOP: four verbs and their ways back (PRODUCT §5.7).

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::run::cancel;
use super::{Change, Place};
use crate::domain::access::Permission;
use crate::domain::deployment::{InFlight, Verb, switch as decide};
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;

/// What was done.
#[derive(Debug, Clone)]
pub struct Switched {
    /// The record.
    pub record: Record,
    /// Runs that were cancelled or asked to end, by a stop.
    pub cancelled: Vec<String>,
}

/// Moves the run switch. A stop cancels every run in flight here and needs a reason.
///
/// # Errors
/// Nothing live; the verb does not lead anywhere from here; stale.
pub fn switch(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    verb: Verb,
    reason: &str,
    expect: Option<i64>,
) -> Result<Switched> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    if verb == Verb::Stop && reason.is_none() {
        return Err(Error::invalid("reason", "Say why: runs in flight are cancelled."));
    }
    let place = Place::hold(conn, flow, environment)?;
    place.still_at(expect)?;
    let next = decide(&place.routing, verb, reason.clone())?;
    let cancelled = if verb == Verb::Stop { cancel::all_open(conn, ctx, flow, environment)? } else { Vec::new() };
    let in_flight = if verb == Verb::Stop { InFlight::Terminate } else { InFlight::Drain };
    let record = place.change(conn, ctx, &next, &Change { reason: reason.as_deref(), ..Change::of(verb, in_flight) })?;
    Ok(Switched { record, cancelled })
}
