//! A change is planned, confirmed anew, or cancelled.

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::error::{Error, Result};
use super::{Wish, note};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::environment::Kind;
use crate::domain::ids::PlannedId;
use crate::domain::names::parse_note;
use crate::domain::planned::State;
use crate::domain::rollout::During;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::planned::{self, Moved, Planned};
use crate::store::rehearse;

/// How far ahead a change may be planned.
const FARTHEST: i64 = 366 * Micros::DAY;

/// Plans a change. It is judged as if it were to be done now: what is refused now is refused at once, but for a freeze,
/// which may be over by then.
///
/// # Errors
/// The time has passed; the rule that would refuse it.
pub fn plan(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    wish: &Wish,
    at: Micros,
    expect: Option<i64>,
) -> Result<Planned> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    if at <= ctx.now {
        return Err(Error::invalid("at", "This time has passed. Choose a later one (times are UTC), or do it now."));
    }
    if at.since(ctx.now) > FARTHEST {
        return Err(Error::invalid("at", "Choose a time within a year."));
    }
    let place = Place::hold(conn, flow, environment)?;
    place.still_at(expect)?;
    let wish = &wish.clone().as_it_stands(conn)?;
    judge(conn, ctx, &place, wish)?;
    let row = Planned {
        id: PlannedId::generate().into(),
        workspace_id: flow.workspace_id.clone(),
        flow_id: flow.id.clone(),
        environment_id: environment.id.clone(),
        kind: wish.kind().as_str().to_owned(),
        body: serde_json::to_string(wish).map_err(StoreError::corrupt)?,
        base_revision: place.routing.revision,
        base: serde_json::to_string(&place.routing).map_err(StoreError::corrupt)?,
        due_at: at.0,
        check_at: at.0,
        state: State::Planned.as_str().to_owned(),
        outcome: String::new(),
        record_id: None,
        planned_by_id: ctx.user_id(),
        planned_by: ctx.name().to_owned(),
        created_at: ctx.now.0,
        decided_by: None,
        ended_at: None,
    };
    planned::insert(conn, &row)?;
    note(conn, ctx, "planned.created", &row, (flow, environment), Some(wish.why()).filter(|why| !why.trim().is_empty()))?;
    Ok(row)
}

/// Asks people for the flow's slug before something is planned for production, as a deployment does.
///
/// # Errors
/// Something else was typed.
pub fn typed(flow: &Flow, environment: &Environment, typed: &str) -> Result<()> {
    if environment.kind()? == Kind::Production && typed.trim() != flow.slug {
        return Err(Error::invalid("slug", format!("Type {} to confirm.", flow.slug)));
    }
    Ok(())
}

/// Whether the change would be refused right now. Nothing of the rehearsal stays.
fn judge(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, wish: &Wish) -> Result<()> {
    let revision = place.routing.revision;
    match rehearse(conn, |conn| wish.carry_out(conn, ctx, place.flow, place.environment, revision).map(|_| ())) {
        Err(Error::Refused(refusal)) if refusal.code == "frozen" => Ok(()),
        other => other,
    }
}

/// Lets a suspended change go on from what stands there now: at its time, or at once when that has passed. `during` says
/// what happens to a rollout that is under way by now.
///
/// # Errors
/// It is not suspended; what was looked at moved on; the rule that would refuse it.
pub fn confirm(conn: &mut Conn, ctx: &Ctx, id: &str, during: Option<During>, expect: Option<i64>) -> Result<Planned> {
    let (row, flow, environment) = load(conn, ctx, id)?;
    let place = Place::hold(conn, &flow, &environment)?;
    place.still_at(expect)?;
    if row.state()? != State::Suspended {
        return Err(Error::refused(
            "not_suspended",
            format!("This change is {} and not suspended, so there is nothing to confirm.", row.state),
        ));
    }
    let wish = Wish::of(&row)?.answering(during).as_it_stands(conn)?;
    judge(conn, ctx, &place, &wish)?;
    let moved = Moved {
        body: Some(serde_json::to_string(&wish).map_err(StoreError::corrupt)?),
        base_revision: Some(place.routing.revision),
        base: Some(serde_json::to_string(&place.routing).map_err(StoreError::corrupt)?),
        ..decided(&row, State::Planned, ctx)
    };
    let row = go(conn, row, State::Suspended, &moved)?;
    note(conn, ctx, "planned.confirmed", &row, (&flow, &environment), None)?;
    Ok(row)
}

/// Cancels a change that was not carried out yet.
///
/// # Errors
/// It has ended already.
pub fn cancel(conn: &mut Conn, ctx: &Ctx, id: &str, reason: &str) -> Result<Planned> {
    let (row, flow, environment) = load(conn, ctx, id)?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let state = row.state()?;
    if !state.is_open() {
        return Err(Error::refused("already_ended", format!("This change is {state} already, so it cannot be cancelled.")));
    }
    let moved = Moved { outcome: reason.clone().unwrap_or_default(), ended_at: Some(ctx.now.0), ..decided(&row, State::Cancelled, ctx) };
    let row = go(conn, row, state, &moved)?;
    note(conn, ctx, "planned.cancelled", &row, (&flow, &environment), reason.as_deref())?;
    Ok(row)
}

fn load(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<(Planned, Flow, Environment)> {
    let missing = || Error::not_found("planned change", id);
    let row = planned::get(conn, id)?.ok_or_else(missing)?;
    let flow = flows::get(conn, &row.flow_id)?.ok_or_else(missing)?;
    let environment = environments::get(conn, &row.environment_id)?.ok_or_else(missing)?;
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    Ok((row, flow, environment))
}

fn decided(row: &Planned, state: State, ctx: &Ctx) -> Moved {
    Moved {
        state: state.as_str().to_owned(),
        outcome: String::new(),
        check_at: row.due_at,
        ended_at: None,
        body: None,
        record_id: None,
        decided_by: Some(ctx.name().to_owned()),
        base_revision: None,
        base: None,
    }
}

/// Moves it on, and gives it as it stands then.
pub(super) fn go(conn: &mut Conn, row: Planned, from: State, to: &Moved) -> Result<Planned> {
    if !planned::advance(conn, &row.id, from, to)? {
        return Err(Error::Stale {
            message: "Somebody decided about this change a moment ago. Look again.".into(),
            current: serde_json::json!({"id": row.id}),
        });
    }
    planned::get(conn, &row.id)?.ok_or_else(|| Error::not_found("planned change", &row.id))
}
