//! Cancel, suspend and resume a run.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Change, JsonBody};
use super::caller::Caller;
use super::change::{Answer, Once};
use super::path::WsRun;
use super::problem::Result;
use super::shape::run::RunSummary;
use super::start::from_the_beginning;
use super::{errors, headers};
use crate::app::run::{cancel, control};
use crate::app::{self, Ctx, run, workspace};
use crate::store::conn::Conn;
use crate::store::runs::Run as Row;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The customer withdrew the order"}))]
pub struct Why {
    /// Why; it stands in the history.
    reason: Option<String>,
}

impl JsonBody for Why {}

/// How to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The bank answers again"}))]
pub struct Resuming {
    /// Why; it stands in the history.
    reason: Option<String>,
    /// Refused by this build with `from_step_unavailable`.
    from_step: Option<String>,
}

impl JsonBody for Resuming {}

type Verb = fn(&mut Conn, &Ctx, &Row, Option<&str>) -> app::Result<()>;

async fn carry_out(verb: Verb, caller: Caller, path: web::Path<WsRun>, reason: Option<String>, once: Option<Once>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let row = run::find(conn, ctx, &workspace, &path.run)?;
        let reason = crate::domain::names::parse_note(reason.as_deref().unwrap_or_default())
            .map_err(|e| app::Error::invalid("reason", e.to_string()))?;
        verb(conn, ctx, &row, reason.as_deref())?;
        Ok((Answer::ok(&RunSummary::reload(conn, &row.id)?)?, row.id))
    };
    let tell = |state: &crate::web::state::State, id: Option<String>| {
        if let Some(id) = id {
            state.engine.control(&id);
        }
    };
    Ok(caller.change(once, work, tell).await?.respond())
}

/// Cancel a run: at once when nobody holds it, else at its next step (`control` says so until then).
#[utoipa::path(post, path = "/{ws}/runs/{run}/cancel", tag = "runs", params(WsRun, headers::Changes), request_body = Why, responses(
    (status = 200, description = "Cancelled, or asked to end", body = RunSummary),
    errors::Changing,
))]
pub async fn cancel(caller: Caller, path: web::Path<WsRun>, change: Change<Why>) -> Result<HttpResponse> {
    carry_out(cancel::cancel, caller, path, change.body.reason, change.once).await
}

/// Put a run down until somebody resumes it, at its next step when a worker holds it.
#[utoipa::path(post, path = "/{ws}/runs/{run}/suspend", tag = "runs", params(WsRun, headers::Changes), request_body = Why, responses(
    (status = 200, description = "Suspended, or asked to be", body = RunSummary),
    errors::Changing,
))]
pub async fn suspend(caller: Caller, path: web::Path<WsRun>, change: Change<Why>) -> Result<HttpResponse> {
    carry_out(control::suspend, caller, path, change.body.reason, change.once).await
}

/// Let a suspended run, or one that needs attention, go on. A step whose outcome is unknown runs again.
#[utoipa::path(post, path = "/{ws}/runs/{run}/resume", tag = "runs", params(WsRun, headers::Changes), request_body = Resuming, responses(
    (status = 200, description = "It goes on", body = RunSummary),
    errors::Changing,
))]
pub async fn resume(caller: Caller, path: web::Path<WsRun>, change: Change<Resuming>) -> Result<HttpResponse> {
    from_the_beginning(change.body.from_step.as_deref())?;
    carry_out(control::resume, caller, path, change.body.reason, change.once).await
}
