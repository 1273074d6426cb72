//! Suspend and resume.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::cancel::moved;
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::ids::WorkspaceId;
use crate::domain::run::{self, Move, State};
use crate::store::conn::Conn;
use crate::store::runs::{self, Run};
use crate::store::{environments, journal};

/// Puts a run down until somebody resumes it: at its next step when a worker holds it.
///
/// # Errors
/// Its state does not allow it.
pub fn suspend(conn: &mut Conn, ctx: &Ctx, run: &Run, reason: Option<&str>) -> Result<()> {
    step(conn, ctx, run, reason, "run.suspended", run::suspend)
}

/// Lets a suspended run, or one that needs attention, go on. A step whose outcome is unknown runs again:
/// that is the decision a person takes by resuming.
///
/// # Errors
/// Its state does not allow it.
pub fn resume(conn: &mut Conn, ctx: &Ctx, run: &Run, reason: Option<&str>) -> Result<()> {
    step(conn, ctx, run, reason, "run.resumed", run::resume)?;
    runs::clear_error(conn, &run.id)?;
    if run.state == State::NeedsAttention.as_str() {
        journal::forget_intents(conn, &run.id)?;
    }
    Ok(())
}

fn step(
    conn: &mut Conn,
    ctx: &Ctx,
    run: &Run,
    reason: Option<&str>,
    action: &str,
    decide: fn(run::State) -> std::result::Result<Move, run::InvalidMove>,
) -> Result<()> {
    let environment = environments::get(conn, &run.environment_id)?.ok_or_else(|| Error::not_found("environment", &run.environment_id))?;
    ctx.allow(Permission::Start(environment.kind()?), Some(&WorkspaceId::stored(run.workspace_id.clone())))?;
    let state = run.state()?;
    let done = match decide(state).map_err(|e| Error::refused("invalid_transition", e.to_string()))? {
        Move::Ask(control) => runs::ask(conn, &run.id, control.as_str())?,
        Move::Now(to) => runs::move_unheld(conn, &run.id, state, to, ctx.now.0)?,
    };
    if !done {
        return Err(moved(run));
    }
    ctx.record(
        conn,
        Event {
            action,
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
