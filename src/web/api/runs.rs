//! Runs: listed, read.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::Caller;
use super::path::{Ws, WsRun};
use super::problem::{ApiError, Result};
use super::query::{List, Query, Wanted, word};
use super::shape::run::{Run, RunSummary, summaries};
use super::{errors, words};
use crate::app::{self, Ctx, flow, run, version, workspace};
use crate::domain::ids::{RunId, VersionId};
use crate::domain::run::{State, Trigger};
use crate::store::conn::Conn;
use crate::store::rollouts;
use crate::store::runs::Filter;

/// Which runs are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Runs older than this id.
    before: Option<String>,
    /// Runs newer than this id.
    after: Option<String>,
    /// Of this flow, by slug or id.
    flow: Option<String>,
    /// In this environment, by slug or id.
    environment: Option<String>,
    /// Of this version: an id, or with `flow` any of its names.
    version: Option<String>,
    /// In this state.
    #[param(value_type = Option<words::RunState>)]
    state: Option<String>,
    /// Started by this.
    #[param(value_type = Option<words::Trigger>)]
    trigger: Option<String>,
    /// Whose version this rollout decided, by id.
    rollout: Option<String>,
}

/// Where the steps of a long run go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StepsQuery {
    /// Steps after this position; `steps_next` of the answer before.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
}

/// List runs, newest first.
#[utoipa::path(get, path = "/{ws}/runs", tag = "runs", params(Ws, RunsQuery), responses(
    (status = 200, description = "Runs, newest first", body = List<RunSummary>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<RunsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| RunId::parse(text).map(String::from))?;
    let (state, trigger) = (word::<State>("state", query.state.as_deref())?, word::<Trigger>("trigger", query.trigger.as_deref())?);
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let named = named(conn, ctx, &path.ws, &query)?;
        let filter = Filter { state, trigger: trigger.map(|t| t.as_str().to_owned()), ..named };
        let page = run::list(conn, ctx, &workspace, &filter, &part.from, part.limit)?;
        let rows = List::of(page, &part.from, |row| row.id.clone());
        Ok(List { items: summaries(conn, rows.items)?, next: rows.next })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// The filters that name things.
fn named(conn: &mut Conn, ctx: &Ctx, ws: &str, query: &RunsQuery) -> app::Result<Filter> {
    let workspace = workspace::find(conn, ctx, ws)?;
    let flow = match &query.flow {
        Some(name) => Some(flow::find(conn, &workspace, name)?),
        None => None,
    };
    let environment = match &query.environment {
        Some(name) => Some(workspace::environment(conn, &workspace, name)?.id),
        None => None,
    };
    let version = match (&query.version, &flow) {
        (None, _) => None,
        (Some(name), Some(flow)) => Some(version::find(conn, flow, name)?.id),
        (Some(name), None) if VersionId::parse(name).is_some() => Some(name.clone()),
        (Some(_), None) => return Err(app::Error::invalid("version", "Name the flow too: numbers and labels belong to one.")),
    };
    let rollout = match &query.rollout {
        Some(id) => Some(rollouts::find(conn, &workspace.id, id)?.ok_or_else(|| app::Error::not_found("rollout", id))?.id),
        None => None,
    };
    Ok(Filter { flow: flow.map(|flow| flow.id), environment, version, rollout, ..Filter::default() })
}

/// Read a run, with its steps, their tries and errors.
#[utoipa::path(get, path = "/{ws}/runs/{run}", tag = "runs", params(WsRun, StepsQuery), responses(
    (status = 200, description = "The run", body = Run),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsRun>, query: Query<StepsQuery>) -> Result<HttpResponse> {
    let after = match query.0.after.as_deref().map(str::parse::<i64>) {
        None => -1,
        Some(Ok(after)) => after,
        Some(Err(_)) => return Err(ApiError::invalid("after", "Give the position that steps_next said.")),
    };
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let row = run::find(conn, ctx, &workspace, &path.run)?;
        Run::load(conn, &row, after)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
