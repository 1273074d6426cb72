//! Starting runs: stored and acknowledged in one transaction, then handed to the engine.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, JsonBody, WITH_INPUT};
use super::caller::Caller;
use super::change::{Answer, Once};
use super::path::{WsEnvFlow, WsRun};
use super::problem::{ApiError, Result};
use super::query::Query;
use super::shape::run::{Run, RunSummary};
use super::strict::Strict;
use super::words::VersionName;
use super::{errors, headers, words};
use crate::app::run::retry::retry;
use crate::app::run::start::{Source, Start, start};
use crate::app::{self, Ctx, run, version, workspace};
use crate::domain::run::{Configured, Trigger};
use crate::store::conn::Conn;
use crate::store::runs::{self, Run as Row};

/// Seconds a request may wait for the end of its run.
const LONGEST_WAIT: u64 = 300;

/// A run to be started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"input": {"order": {"id": "1001"}}}))]
pub struct NewRun {
    /// The input, any JSON; `{}` when absent.
    #[schema(value_type = Option<Value>)]
    input: Option<Strict>,
    /// A version by name; the resolver picks one when absent.
    version: Option<VersionName>,
    /// A key over the flow's own expression.
    key: Option<String>,
    /// Whether it is a marked test run, which counts nowhere.
    #[serde(default)]
    test: bool,
    /// The environment's configuration it uses: deployed when absent. The draft only with `test`, as it is now: what is
    /// changed in it later does not touch the run.
    #[schema(value_type = Option<words::Configured>)]
    configuration: Option<Configured>,
}

impl JsonBody for NewRun {
    const LIMIT: usize = WITH_INPUT;
    // The input is data of others; a key with it is refused by itself.
    const TAKES_ZERO: bool = true;
}

/// Whether to wait for the end.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Seconds to wait for the end, up to 300: 200 with the finished run, or 202 when time is over. 0 answers at once.
    #[param(value_type = Option<u64>, example = 10)]
    wait: Option<String>,
}

impl WaitQuery {
    fn read(&self) -> Result<Duration> {
        match self.wait.as_deref().map(str::parse::<f64>) {
            None => Ok(Duration::ZERO),
            Some(Ok(seconds)) if (0.0..=LONGEST_WAIT as f64).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
            Some(_) => Err(ApiError::invalid("wait", format!("Wait 0 to {LONGEST_WAIT} seconds; ask for the run itself after that."))),
        }
    }
}

/// Start a run. 202 means stored durably: it will be executed even if the server dies now.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/runs", tag = "runs", params(WsEnvFlow, WaitQuery, headers::Changes), request_body = NewRun, responses(
    (status = 202, description = "Accepted and stored; not finished yet", body = RunSummary, headers(("Location" = String, description = "The run"))),
    (status = 200, description = "Finished within the time that the request waited", body = Run),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<WsEnvFlow>, query: Query<WaitQuery>, change: Change<NewRun>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let wait = query.0.read()?;
    let ws = path.ws.clone();
    let work = move |conn: &mut Conn, ctx: &Ctx, worker: Option<String>| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let environment = workspace::environment(conn, &workspace, &path.env)?;
        let flow = app::flow::find(conn, &workspace, &path.flow)?;
        let named = match &body.version {
            Some(name) => Some(version::find(conn, &flow, &name.to_string())?),
            None => None,
        };
        let ask = Start {
            input: body.input.map_or(Value::Null, |input| input.0),
            version: named,
            key: body.key,
            test: body.test,
            configuration: body.configuration.unwrap_or_default(),
        };
        let source = Source { worker, ..Source::new(Trigger::Api) };
        let started = start(conn, ctx, &flow, &environment, &ask, &source)?;
        let summary = RunSummary::of(&started, flow.slug, environment.slug);
        Ok((started, summary, workspace.slug))
    };
    begin(&caller, &ws, wait, once, work).await
}

/// How to retry a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": 5}))]
pub struct NewRetry {
    /// Another version ("was it us?"); the same when absent ("was it the world?").
    version: Option<VersionName>,
    /// Refused by this build with `from_step_unavailable`.
    from_step: Option<String>,
}

impl JsonBody for NewRetry {}

/// Start an ended run anew, with its input: a new run that is linked to the old one.
#[utoipa::path(post, path = "/{ws}/runs/{run}/retry", tag = "runs", params(WsRun, WaitQuery, headers::Changes), request_body = NewRetry, responses(
    (status = 202, description = "The new run, accepted and stored; not finished yet", body = RunSummary, headers(("Location" = String, description = "The new run"))),
    (status = 200, description = "The new run, finished within the time that the request waited", body = Run),
    errors::Changing,
))]
pub async fn again(caller: Caller, path: web::Path<WsRun>, query: Query<WaitQuery>, change: Change<NewRetry>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let wait = query.0.read()?;
    from_the_beginning(body.from_step.as_deref())?;
    let ws = path.ws.clone();
    let work = move |conn: &mut Conn, ctx: &Ctx, worker: Option<String>| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let old = run::find(conn, ctx, &workspace, &path.run)?;
        let version = body.version.map(|name| name.to_string());
        let started = retry(conn, ctx, &old, version.as_deref(), worker)?;
        let summary = RunSummary::reload(conn, &started.id)?;
        Ok((started, summary, workspace.slug))
    };
    begin(&caller, &ws, wait, once, work).await
}

/// Refuses a step to begin with.
///
/// # Errors
/// `from_step_unavailable`.
pub fn from_the_beginning(from_step: Option<&str>) -> Result<()> {
    match from_step {
        None => Ok(()),
        Some(_) => {
            Err(app::Error::refused("from_step_unavailable", "This build starts runs from their first step. Leave from_step out.").into())
        }
    }
}

async fn begin(
    caller: &Caller,
    ws: &str,
    wait: Duration,
    once: Option<Once>,
    work: impl FnOnce(&mut Conn, &Ctx, Option<String>) -> app::Result<(Row, RunSummary, String)> + Send + 'static,
) -> Result<HttpResponse> {
    let worker = caller.state.engine.reserve();
    let reserved = worker.is_some();
    let store = move |conn: &mut Conn, ctx: &Ctx| {
        let (row, summary, workspace) = work(conn, ctx, worker)?;
        let location = format!("/api/v1/{workspace}/runs/{}", row.id);
        Ok((Answer::ok(&summary)?.created(location).status(StatusCode::ACCEPTED), row))
    };
    let hand_over = move |state: &crate::web::state::State, row: Option<Row>| match row {
        Some(row) => state.engine.start(row),
        None if reserved => state.engine.release(),
        None => {}
    };
    let accepted = caller.change(once, store, hand_over).await?;
    if wait.is_zero() {
        return Ok(accepted.respond());
    }
    let id = accepted.body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let ended = caller.state.engine.ended(&id, wait).await;
    let ws = ws.to_owned();
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &ws)?;
        let row = runs::find(conn, &workspace.id, &id)?.ok_or_else(|| app::Error::not_found("run", &id))?;
        Ok(if ended { Ok(Run::load(conn, &row, -1)?) } else { Err(RunSummary::reload(conn, &id)?) })
    });
    match found.await? {
        Ok(run) => Ok(HttpResponse::Ok().json(run)),
        Err(summary) => Ok(accepted.saying(&summary).respond()),
    }
}
