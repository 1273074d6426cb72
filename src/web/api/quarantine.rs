//! Versions that were found bad in an environment: listed, released; and the runs they touched, started again.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Change, JsonBody};
use super::caller::Caller;
use super::change::Answer;
use super::path::{WsEnvFlow, WsEnvFlowVersion};
use super::problem::Result;
use super::query::List;
use super::shape::rollout::Quarantine;
use super::words::VersionName;
use super::{errors, headers};
use crate::app::deployment::{quarantine, rerun};
use crate::app::{Ctx, version};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::quarantines;
use crate::store::reruns::Which;

/// Why it may come back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The price service was down; the version was fine"}))]
pub struct Releasing {
    /// Why; always needed.
    #[serde(default)]
    reason: String,
}

impl JsonBody for Releasing {}

/// Which runs are started again, and on which version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": 3, "all": false}))]
pub struct Rerunning {
    /// The version; whatever a start would use now when absent.
    version: Option<VersionName>,
    /// Those that ended well, too; only the failed ones when absent.
    #[serde(default)]
    all: bool,
}

impl JsonBody for Rerunning {}

/// Runs that were started again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rerun {
    /// The new runs.
    pub runs: Vec<String>,
    /// Whether more wait for the next request: 200 are started at once.
    pub more: bool,
    /// Runs that could not be started again, each with what kept it.
    pub refused: Vec<NotStarted>,
}

/// A run that could not be started again.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotStarted {
    /// The run that was touched.
    pub run: String,
    /// What kept it, and how to mend that.
    pub message: String,
}

/// List the versions that are quarantined here.
#[utoipa::path(get, path = "/{ws}/environments/{env}/flows/{flow}/quarantine", tag = "rollouts", params(WsEnvFlow), responses(
    (status = 200, description = "Versions that may not come back until they are released", body = List<Quarantine>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<WsEnvFlow>) -> Result<HttpResponse> {
    let list = caller.read(move |conn, ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        ctx.allow(Permission::Read, Some(&flow.workspace()))?;
        let held = quarantines::held(conn, &flow.id, &environment.id)?;
        Ok(List { items: held.into_iter().map(Quarantine::from).collect(), next: None })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Release a version from quarantine.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/quarantine/{v}/release", tag = "rollouts", params(WsEnvFlowVersion, headers::Changes), request_body = Releasing, responses(
    (status = 200, description = "Released", body = Quarantine),
    errors::Changing,
))]
pub async fn release(caller: Caller, path: web::Path<WsEnvFlowVersion>, change: Change<Releasing>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment, version) = path.find(conn, ctx)?;
        let released = quarantine::release(conn, ctx, &flow, &environment, &version, &body.reason)?;
        Ok((Answer::ok(&Quarantine::from(released))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Start the runs that a version touched here again, each at most once, 200 at a time.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/quarantine/{v}/reruns", tag = "rollouts", params(WsEnvFlowVersion, headers::Changes), request_body = Rerunning, responses(
    (status = 200, description = "Started again", body = Rerun),
    errors::Changing,
))]
pub async fn rerun(caller: Caller, path: web::Path<WsEnvFlowVersion>, change: Change<Rerunning>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let which = if body.all { Which::Ended } else { Which::Failed };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment, bad) = path.find(conn, ctx)?;
        let target = match &body.version {
            Some(name) => Some(version::find(conn, &flow, &name.to_string())?),
            None => None,
        };
        let done = rerun::rerun(conn, ctx, &flow, &environment, &bad, target.as_ref(), which)?;
        let started = done.started.clone();
        let refused = done.refused.into_iter().map(|(run, message)| NotStarted { run, message }).collect();
        Ok((Answer::ok(&Rerun { runs: done.started, more: done.left > 0, refused })?, started))
    };
    Ok(caller.change(once, work, super::deployments::tell).await?.respond())
}
