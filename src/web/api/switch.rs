//! Pause, resume, disable, enable, stop.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::deployments::{answer, expected, tell};
use super::path::WsEnvFlow;
use super::problem::Result;
use super::shape::deployment::Changed;
use super::{errors, headers};
use crate::app::Ctx;
use crate::app::deployment::switch::switch;
use crate::domain::deployment::Verb;
use crate::store::conn::Conn;

/// Why the switch is moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The price service answers zero"}))]
pub struct Switching {
    /// Why; a stop needs it.
    #[serde(default)]
    reason: Option<String>,
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for Switching {}

async fn to(verb: Verb, caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Switching>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let done = switch(conn, ctx, &flow, &environment, verb, body.reason.as_deref().unwrap_or_default(), expect)?;
        Ok((answer(conn, &flow, &environment, done.record, &done.cancelled)?, done.cancelled))
    };
    Ok(caller.change(once, work, tell).await?.respond())
}

/// Refuse new runs; those in flight finish.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/pause", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = Switching, responses(
    (status = 200, description = "Paused", body = Changed),
    errors::Changing,
))]
pub async fn pause(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Switching>) -> Result<HttpResponse> {
    to(Verb::Pause, caller, path, if_match, change).await
}

/// Let everything start again.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/resume", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = Switching, responses(
    (status = 200, description = "On", body = Changed),
    errors::Changing,
))]
pub async fn resume(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Switching>) -> Result<HttpResponse> {
    to(Verb::Resume, caller, path, if_match, change).await
}

/// Switch triggers and schedules off; manual and test runs are allowed.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/disable", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = Switching, responses(
    (status = 200, description = "Disabled", body = Changed),
    errors::Changing,
))]
pub async fn disable(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Switching>) -> Result<HttpResponse> {
    to(Verb::Disable, caller, path, if_match, change).await
}

/// Switch triggers and schedules on again.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/enable", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = Switching, responses(
    (status = 200, description = "On", body = Changed),
    errors::Changing,
))]
pub async fn enable(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Switching>) -> Result<HttpResponse> {
    to(Verb::Enable, caller, path, if_match, change).await
}

/// Refuse new runs and cancel every run in flight. Effects that happened are not undone.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/stop", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = Switching, responses(
    (status = 200, description = "Stopped; cancelled names the runs", body = Changed),
    errors::Changing,
))]
pub async fn stop(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Switching>) -> Result<HttpResponse> {
    to(Verb::Stop, caller, path, if_match, change).await
}
