//! What is routed for a flow in an environment: read, deployed to, rolled back.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::path::WsEnvFlow;
use super::problem::{ApiError, Result};
use super::rolling::{Asked, RollWish};
use super::shape::deployment::{Changed, Deployment};
use super::shape::rollout::{Guard, Stage};
use super::words::{self, VersionName};
use super::{errors, headers};
use crate::app::deployment::deploy::{Deploy, deploy};
use crate::app::deployment::rollback::roll_back;
use crate::app::release::keep::Backup;
use crate::app::{self, Ctx, version};
use crate::domain::deployment::InFlight;
use crate::domain::rollout::{Advance, During};
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::web::state::State;

/// What is to become primary, or begin to take a share.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": 4, "comment": "SHOP-1204, as agreed", "expect": 8}))]
pub struct NewDeployment {
    /// The version.
    version: VersionName,
    /// Its share of new runs: all at once when absent or 100; less begins a rollout that a person leads on.
    percent: Option<f64>,
    /// Stages of a rollout: shares that grow, with what has to be met before the next one starts by itself.
    stages: Option<Vec<Stage>>,
    /// A plan of the workspace instead of stages and guard.
    plan: Option<String>,
    /// What starts the next stage; auto when absent, where a stage without minimums waits for a person.
    #[schema(value_type = Option<words::Advance>)]
    advance: Option<Advance>,
    /// Guard of the rollout.
    #[schema(value_type = Option<Guard>)]
    guard: Option<Value>,
    /// What happens to a rollout that is under way here; refused with `rollout_under_way` when absent.
    #[schema(value_type = Option<words::During>)]
    during: Option<During>,
    /// Why; needed for production.
    comment: Option<String>,
    /// What happens to runs in flight: drain when absent. Ending them needs a comment.
    #[schema(value_type = Option<words::InFlight>)]
    in_flight: Option<InFlight>,
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
    /// *Backup first*: keeps what stands there now as a release. Always so for production.
    #[serde(default)]
    backup: bool,
}

impl JsonBody for NewDeployment {}

impl NewDeployment {
    /// The version that is asked for.
    ///
    /// # Errors
    /// Not found.
    pub fn version(&self, conn: &mut Conn, flow: &Flow) -> app::Result<Version> {
        version::find(conn, flow, &self.version.to_string())
    }

    /// What it says about shares.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            percent: self.percent,
            stages: self.stages.as_deref(),
            plan: self.plan.as_deref(),
            advance: self.advance,
            guard: self.guard.as_ref(),
        }
    }

    /// What is asked for, as the use case takes it.
    ///
    /// # Errors
    /// There is no such plan.
    pub fn ask(&self, conn: &mut Conn, flow: &Flow, wish: RollWish, expect: Option<i64>) -> app::Result<Deploy> {
        Ok(Deploy {
            comment: self.comment.clone().unwrap_or_default(),
            typed_slug: None,
            in_flight: self.in_flight.unwrap_or(InFlight::Drain),
            expect,
            rolling: wish.resolve(conn, &flow.workspace_id)?,
            during: self.during,
            backup: if self.backup { Backup::Asked } else { Backup::Rule },
            release: None,
        })
    }
}

/// Where to go back to, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Totals are wrong since version 4"}))]
pub struct NewRollback {
    /// A version that was live here; the one before the present when absent.
    to: Option<VersionName>,
    /// Why; always needed.
    #[serde(default)]
    reason: String,
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for NewRollback {}

/// The revision a change is based on, by body or by header.
///
/// # Errors
/// They differ.
pub fn expected(body: Option<i64>, if_match: IfMatch) -> Result<Option<i64>> {
    match (body, if_match.optional()) {
        (Some(a), Some(b)) if a != b => {
            Err(ApiError::invalid("expect", format!("expect says {a} and If-Match says {b}. Send one of them.")))
        }
        (a, b) => Ok(a.or(b)),
    }
}

/// What stands there after a change.
///
/// # Errors
/// The database.
pub fn changed(
    conn: &mut Conn,
    flow: &Flow,
    environment: &Environment,
    record: deployments::Record,
    cancelled: &[String],
) -> app::Result<Changed> {
    let deployment = load(conn, flow, environment)?;
    Ok(Changed { deployment, record: record.into(), cancelled: cancelled.to_vec() })
}

/// The answer with what stands there after a change.
///
/// # Errors
/// The database.
pub fn answer(
    conn: &mut Conn,
    flow: &Flow,
    environment: &Environment,
    record: deployments::Record,
    cancelled: &[String],
) -> app::Result<Answer> {
    let body = changed(conn, flow, environment, record, cancelled)?;
    Ok(Answer::ok(&body)?.tagged(body.deployment.routing_revision))
}

/// Tells the engine of runs that were asked to end.
pub fn tell(state: &State, runs: Option<Vec<String>>) {
    for run in runs.unwrap_or_default() {
        state.engine.control(&run);
    }
}

fn load(conn: &mut Conn, flow: &Flow, environment: &Environment) -> app::Result<Deployment> {
    let row = deployments::get(conn, &flow.id, &environment.id)?;
    let configuration = environments::deployed_number(conn, &environment.id)?;
    Ok(Deployment::of(flow, environment, row.as_ref(), configuration))
}

/// Read what is routed for a flow in an environment.
#[utoipa::path(get, path = "/{ws}/environments/{env}/flows/{flow}", tag = "deployments", params(WsEnvFlow), responses(
    (status = 200, description = "What is routed", body = Deployment, headers(("ETag" = String, description = "The routing revision"))),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsEnvFlow>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        load(conn, &flow, &environment)
    });
    let found = found.await?;
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.routing_revision))).json(found))
}

/// Make a version primary, or begin to roll it out.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/deployments", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = NewDeployment, responses(
    (status = 200, description = "Deployed", body = Changed, headers(("ETag" = String, description = "The routing revision"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<NewDeployment>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let wish = RollWish::read(&body.asked())?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let wanted = body.version(conn, &flow)?;
        let ask = body.ask(conn, &flow, wish, expect)?;
        let done = deploy(conn, ctx, &flow, &environment, &wanted, &ask)?;
        Ok((answer(conn, &flow, &environment, done.record, &done.terminated)?, done.terminated))
    };
    Ok(caller.change(once, work, tell).await?.respond())
}

/// Go back to a version that was live here.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/rollback", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = NewRollback, responses(
    (status = 200, description = "Rolled back", body = Changed, headers(("ETag" = String, description = "The routing revision"))),
    errors::Changing,
))]
pub async fn rollback(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<NewRollback>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let to = match &body.to {
            Some(name) => Some(version::find(conn, &flow, &name.to_string())?),
            None => None,
        };
        let record = roll_back(conn, ctx, &flow, &environment, to.as_ref(), &body.reason, expect)?;
        Ok((answer(conn, &flow, &environment, record, &[])?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}
