//! Which version a start would use, and why.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::path::WsEnvFlow;
use super::problem::Result;
use super::query::{Query, word};
use super::{errors, words};
use crate::app::run::resolution::{Key, Resolved, Wish, resolution};
use crate::app::version;
use crate::domain::run::Trigger;
use crate::store::environments;

/// What the start would ask for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResolutionQuery {
    /// The run's key; it decides only while a rollout is under way.
    key: Option<String>,
    /// What would start it; api when absent.
    #[param(value_type = Option<words::Trigger>)]
    trigger: Option<String>,
    /// A version by name.
    version: Option<String>,
    /// Whether it would be a marked test run.
    #[serde(default)]
    test: bool,
}

/// The version a start would use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 4, "revision": 0, "reason": "live", "because": "it is live here", "environment_version": 1, "routing_revision": 9, "rollout": null}))]
pub struct Resolution {
    /// Its number.
    pub version: i64,
    /// Its revision.
    pub revision: i64,
    /// Why.
    #[schema(value_type = words::Reason)]
    pub reason: &'static str,
    /// Why, in words.
    pub because: &'static str,
    /// The configuration the run would be pinned to.
    pub environment_version: Option<i64>,
    /// The routing revision that decided.
    pub routing_revision: i64,
    /// The rollout that decides, when one is under way. Without a key the answer is for the very next start without one.
    pub rollout: Option<String>,
}

/// Say which version a start would use, and why. When none would, the refusal's code says which rule stands in the way.
#[utoipa::path(get, path = "/{ws}/environments/{env}/flows/{flow}/resolution", tag = "runs", params(WsEnvFlow, ResolutionQuery), responses(
    (status = 200, description = "The version", body = Resolution),
    (status = 409, description = "no_runnable_version, version_inactive, version_not_ready or deployment_paused", body = super::problem::Problem, content_type = "application/problem+json"),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsEnvFlow>, query: Query<ResolutionQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let trigger = word::<Trigger>("trigger", query.trigger.as_deref())?.unwrap_or(Trigger::Api);
    let found = caller.read(move |conn, ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let named = match &query.version {
            Some(name) => Some(version::find(conn, &flow, name)?),
            None => None,
        };
        let key = Key::Given(query.key.as_deref());
        let wish = Wish { version: named.as_ref(), trigger, test: query.test, key, starts: false };
        let Resolved { answer, routing_revision, rollout, .. } = resolution(conn, ctx, &flow, &environment, &wish)?;
        Ok(Resolution {
            version: answer.pin.number,
            revision: answer.pin.revision,
            reason: answer.reason.as_str(),
            because: answer.reason.sentence(),
            environment_version: environments::deployed_number(conn, &environment.id)?,
            routing_revision,
            rollout,
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
