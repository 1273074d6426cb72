//! A planned change is due: carried out, suspended, put off by a freeze, or refused by a rule.

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::error::{Error, Result};
use super::{Wish, note, plan};
use crate::domain::access::{Actor, Channel};
use crate::domain::clock::Micros;
use crate::domain::environment::frozen;
use crate::domain::planned::{Kind, State, difference};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Flow};
use crate::store::planned::{self, Moved, Planned};
use crate::store::{attempt, people};

/// Ids of changes that are due.
///
/// # Errors
/// The database.
pub fn due(conn: &mut Conn, now: Micros) -> Result<Vec<String>> {
    Ok(planned::due(conn, now.0)?)
}

/// Carries one change out, in the transaction of the caller; several workers may try, one does. `false`: there was
/// nothing to do after all, or a freeze puts it off.
///
/// # Errors
/// The database, or somebody changed the place in the same moment: then the next round looks again.
pub fn carry_out(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<bool> {
    let Some(row) = planned::get(conn, id)? else { return Ok(false) };
    let (Some(flow), Some(environment)) = (flows::get(conn, &row.flow_id)?, environments::get(conn, &row.environment_id)?) else {
        return Ok(false);
    };
    // The place first, as everywhere; then the change itself, which whoever was slower finds taken.
    let place = Place::hold(conn, &flow, &environment)?;
    if !planned::take(conn, id, ctx.now.0)? {
        return Ok(false);
    }
    let Some(row) = planned::get(conn, id)? else { return Ok(false) };
    let places = (&flow, &environment);
    if environment.archived_at.is_some() || flow.deleted_at.is_some() {
        let gone =
            if flow.deleted_at.is_some() { format!("{} is in the bin", flow.name) } else { format!("{} is archived", environment.name) };
        return end(conn, ctx, row, State::Failed, format!("{gone}, so nothing was done."), None, places);
    }
    if place.routing.revision != row.base_revision {
        let text = difference(&row.base()?, &place.routing);
        return end(conn, ctx, row, State::Suspended, text, None, places);
    }
    // What cannot be read now cannot be read in the next round either.
    let Ok(wish) = Wish::of(&row) else {
        return end(conn, ctx, row, State::Failed, "It was kept by another version of Signalbox. Plan it again.".to_owned(), None, places);
    };
    if let Some(text) = wish.moved(conn)? {
        return end(conn, ctx, row, State::Suspended, text, None, places);
    }
    if let Some(until) = puts_off(&row, &environment, ctx.now)? {
        return put_off(conn, row, until, &environment);
    }
    let actor = match actor(conn, &row)? {
        Ok(actor) => actor,
        Err(why) => return end(conn, ctx, row, State::Failed, why, None, places),
    };
    let as_planned = Ctx { actor, now: ctx.now, request_id: row.id.clone() };
    match attempt(conn, |conn| wish.carry_out(conn, &as_planned, &flow, &environment, row.base_revision)) {
        Ok(record) => end(conn, &as_planned, row, State::Done, String::new(), Some(record.id), places),
        // Nobody knows whether it would be refused: the whole of it is tried again.
        Err(error @ (Error::Store(_) | Error::Stale { .. })) => Err(error),
        Err(error) => end(conn, ctx, row, State::Failed, because(&error), None, places),
    }
}

/// Until when a freeze puts it off; going back is never put off.
fn puts_off(row: &Planned, environment: &Environment, now: Micros) -> Result<Option<(Micros, String)>> {
    if row.kind()? == Kind::Rollback {
        return Ok(None);
    }
    Ok(frozen(&environment.freezes()?, now).map(|f| (f.until, f.reason)))
}

fn put_off(conn: &mut Conn, row: Planned, (until, reason): (Micros, String), environment: &Environment) -> Result<bool> {
    let text = format!("It was due, but {} is frozen: {reason}. It is carried out when the freeze is over.", environment.name);
    let moved = Moved { check_at: until.0, ..Moved { outcome: text, ..moved(&row, State::Planned) } };
    plan::go(conn, row, State::Planned, &moved)?;
    Ok(false)
}

/// The person who planned it, with the roles they have now.
fn actor(conn: &mut Conn, row: &Planned) -> Result<std::result::Result<Actor, String>> {
    let Some(id) = &row.planned_by_id else { return Ok(Ok(Actor { name: row.planned_by.clone(), ..Actor::system() })) };
    let Some(user) = people::get(conn, id)? else { return Ok(Err(format!("{} is gone, so nobody may do this for them.", row.planned_by))) };
    if user.disabled_at.is_some() {
        return Ok(Err(format!("The account of {} is disabled, and it was to be done in their name. Plan it again yourself.", user.name)));
    }
    Ok(Ok(Actor { user: Some(user.id()), name: user.name.clone(), channel: Channel::System, grants: people::grants_of(conn, id)? }))
}

fn because(error: &Error) -> String {
    match error {
        Error::Forbidden(permission) => format!(
            "Whoever planned it may not {} any more. Somebody with the role {} can plan it again.",
            permission.describe(),
            permission.least_role()
        ),
        other => other.to_string(),
    }
}

fn moved(row: &Planned, state: State) -> Moved {
    Moved {
        state: state.as_str().to_owned(),
        outcome: String::new(),
        check_at: row.check_at,
        ended_at: None,
        record_id: None,
        decided_by: None,
        body: None,
        base_revision: None,
        base: None,
    }
}

fn end(
    conn: &mut Conn,
    ctx: &Ctx,
    row: Planned,
    state: State,
    outcome: String,
    record_id: Option<String>,
    places: (&Flow, &Environment),
) -> Result<bool> {
    let ended_at = (!state.is_open()).then_some(ctx.now.0);
    let row = plan::go(conn, row.clone(), State::Planned, &Moved { outcome, ended_at, record_id, ..moved(&row, state) })?;
    let reason = Some(row.outcome.as_str()).filter(|text| !text.is_empty());
    note(conn, ctx, &format!("planned.{state}"), &row, places, reason)?;
    Ok(true)
}
