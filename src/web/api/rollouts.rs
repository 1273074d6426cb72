//! Rollouts: listed, read, led on, halted, resumed, stopped.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::deployments::{answer, expected};
use super::path::{Ws, WsEnvFlow, WsRollout};
use super::problem::{ApiError, Result};
use super::query::{List, Query, Wanted};
use super::shape::deployment::Changed;
use super::shape::rollout::{Rollout, RolloutSummary};
use super::{errors, headers};
use crate::app::rollout::{advance, hold, look, stop};
use crate::app::{self, Ctx, flow, workspace};
use crate::domain::ids::RolloutId;
use crate::domain::rollout::basis_points;
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::rollouts::Rollout as Row;

/// Which rollouts are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RolloutsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Rollouts older than this id.
    before: Option<String>,
    /// Rollouts newer than this id.
    after: Option<String>,
    /// Of this flow, by slug or id.
    flow: Option<String>,
    /// In this environment, by slug or id.
    environment: Option<String>,
}

/// List rollouts, newest first.
#[utoipa::path(get, path = "/{ws}/rollouts", tag = "rollouts", params(Ws, RolloutsQuery), responses(
    (status = 200, description = "Rollouts, newest first", body = List<RolloutSummary>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<RolloutsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| RolloutId::parse(text).map(String::from))?;
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let flow = match &query.flow {
            Some(name) => Some(flow::find(conn, &workspace, name)?.id),
            None => None,
        };
        let environment = match &query.environment {
            Some(name) => Some(workspace::environment(conn, &workspace, name)?.id),
            None => None,
        };
        let page = look::list(conn, ctx, &workspace, (flow.as_deref(), environment.as_deref()), &part.from, part.limit)?;
        let slugs = look::slugs(conn, &page.items)?;
        let slug = |id: &str| slugs.get(id).map_or("", String::as_str);
        let summary = |row: Row| RolloutSummary::of(&row, (slug(&row.flow_id), slug(&row.environment_id)));
        Ok(List::of(page, &part.from, |row| row.id.clone()).map(summary))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Read a rollout and what its runs did.
#[utoipa::path(get, path = "/{ws}/rollouts/{rollout}", tag = "rollouts", params(WsRollout), responses(
    (status = 200, description = "The rollout", body = Rollout),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsRollout>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        look::look(conn, ctx, &workspace, &path.rollout)
    });
    Ok(HttpResponse::Ok().json(Rollout::from(found.await?)))
}

/// How far to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percent": 50, "reason": "Numbers look good"}))]
pub struct Advancing {
    /// The share to go to; the plan's next stage when absent, 100 to complete.
    percent: Option<f64>,
    /// Why; it stands in the history.
    #[serde(default)]
    reason: String,
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for Advancing {}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Two slow runs to look at"}))]
pub struct Holding {
    /// Why; it stands in the history.
    #[serde(default)]
    reason: String,
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for Holding {}

/// Lead a rollout on: to the plan's next stage, to a share of your choice, or to all new runs.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/rollout/advance", tag = "rollouts", params(WsEnvFlow, headers::Guarded), request_body = Advancing, responses(
    (status = 200, description = "What is routed now", body = Changed, headers(("ETag" = String, description = "The routing revision"))),
    errors::Changing,
))]
pub async fn advance(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Advancing>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let share = body.percent.map(basis_points).transpose().map_err(|e| ApiError::invalid("percent", e.to_string()))?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let record = advance::advance(conn, ctx, &flow, &environment, share, &body.reason, expect)?;
        Ok((answer(conn, &flow, &environment, record, &[])?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

type Verb = fn(&mut Conn, &Ctx, &Flow, &Environment, &str, Option<i64>) -> app::Result<Record>;

async fn act(verb: Verb, caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Holding>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let record = verb(conn, ctx, &flow, &environment, &body.reason, expect)?;
        Ok((answer(conn, &flow, &environment, record, &[])?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Halt a rollout: the share stays, no further stage starts.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/rollout/halt", tag = "rollouts", params(WsEnvFlow, headers::Guarded), request_body = Holding, responses(
    (status = 200, description = "What is routed now", body = Changed),
    errors::Changing,
))]
pub async fn halt(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Holding>) -> Result<HttpResponse> {
    act(hold::halt, caller, path, if_match, change).await
}

/// Let a halted rollout go on.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/rollout/resume", tag = "rollouts", params(WsEnvFlow, headers::Guarded), request_body = Holding, responses(
    (status = 200, description = "What is routed now", body = Changed),
    errors::Changing,
))]
pub async fn resume(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Holding>) -> Result<HttpResponse> {
    act(hold::resume, caller, path, if_match, change).await
}

/// Stop a rollout: all new runs go back to the primary. The candidate is not judged; a roll back quarantines it instead.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/rollout/stop", tag = "rollouts", params(WsEnvFlow, headers::Guarded), request_body = Holding, responses(
    (status = 200, description = "What is routed now", body = Changed),
    errors::Changing,
))]
pub async fn stop(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<Holding>) -> Result<HttpResponse> {
    act(stop::stop, caller, path, if_match, change).await
}
