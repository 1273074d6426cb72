//! Ending runs from outside.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::super::rollout;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::domain::run::{self, Move, State};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::runs::{self, Run};
use crate::store::{journal, stats};

/// Runs a stop or a terminating deployment ends in one transaction; more are a sign of something else.
const MOST: i64 = 10_000;

/// Cancels a run: at once when nobody holds it, else at its next step.
///
/// # Errors
/// It has ended already.
pub fn cancel(conn: &mut Conn, ctx: &Ctx, run: &Run, reason: Option<&str>) -> Result<()> {
    let environment = environments::get(conn, &run.environment_id)?.ok_or_else(|| Error::not_found("environment", &run.environment_id))?;
    ctx.allow(Permission::Start(environment.kind()?), Some(&crate::domain::ids::WorkspaceId::stored(run.workspace_id.clone())))?;
    end(conn, ctx.now, run)?;
    ctx.record(
        conn,
        Event {
            action: "run.cancelled",
            workspace: Some(&run.workspace_id),
            flow: Some(&run.flow_id),
            environment: Some(&run.environment_id),
            object: Some((ObjectKind::Run, &run.id, &run.id)),
            before: Some(json!({"state": run.state})),
            reason,
            ..Event::default()
        },
    )?;
    Ok(())
}

/// Cancels every run of a flow in an environment that has not ended; returns their ids.
pub(in crate::app) fn all_open(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment) -> Result<Vec<String>> {
    let open = runs::open_of(conn, &flow.id, Some(&environment.id), MOST)?;
    for run in &open {
        end(conn, ctx.now, run)?;
    }
    Ok(open.into_iter().map(|r| r.id).collect())
}

/// Ends a run without an event of its own: part of something bigger that has one.
///
/// # Errors
/// It has ended already, or moved in between.
pub fn end(conn: &mut Conn, now: Micros, run: &Run) -> Result<()> {
    let state = run.state()?;
    match run::cancel(state).map_err(|e| Error::refused("invalid_transition", e.to_string()))? {
        Move::Ask(control) => {
            if !runs::ask(conn, &run.id, control.as_str())? {
                return Err(moved(run));
            }
        }
        Move::Now(to) => {
            if !runs::move_unheld(conn, &run.id, state, to, now.0)? {
                return Err(moved(run));
            }
            journal::cancel_open_steps(conn, &run.id, now.0)?;
            children(conn, run, now)?;
            count(conn, run, State::Cancelled, now)?;
            if let Some(parent) = &run.parent_run_id {
                journal::wake(conn, parent, now.0)?;
            }
        }
    }
    Ok(())
}

/// Ends the runs that an ended run was waiting for.
///
/// # Errors
/// The database.
pub fn children(conn: &mut Conn, run: &Run, now: Micros) -> Result<()> {
    for id in journal::awaited_children(conn, &run.id)? {
        if let Some(child) = runs::get(conn, &id)?.filter(|c| c.finished_at.is_none()) {
            end(conn, now, &child)?;
        }
    }
    Ok(())
}

pub(super) fn moved(run: &Run) -> Error {
    Error::Stale { message: "This run went on while you were looking. Look again.".into(), current: json!({"run": run.id}) }
}

/// Counts an ended run, unless it was a test (PRODUCT §7.4), and lets the guard of its rollout judge it.
///
/// # Errors
/// The database.
pub fn count(conn: &mut Conn, run: &Run, state: State, at: Micros) -> Result<()> {
    if !run.test {
        let took = at.since(Micros(run.started_at.unwrap_or(run.created_at)));
        let ended = stats::Ended { flow: &run.flow_id, version: &run.version_id, environment: &run.environment_id, state, at, took };
        stats::note(conn, &ended)?;
        rollout::guard::ended(conn, run, state, at, took)?;
    }
    Ok(())
}
