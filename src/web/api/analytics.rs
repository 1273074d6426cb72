//! How a flow's runs came out.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::errors;
use super::path::WsFlow;
use super::problem::Result;
use super::query::{Query, instant};
use crate::app::analytics::{Ask, of_flow};
use crate::app::{version, workspace};
use crate::domain::clock::Micros;

/// Which runs are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsQuery {
    /// Of this version, by any of its names; all when absent.
    version: Option<String>,
    /// In this environment, by slug or id; all when absent.
    environment: Option<String>,
    /// Ended at this instant or later, RFC 3339; taken back to the start of its hour.
    from: Option<String>,
    /// Ended before this instant, RFC 3339; taken on to the end of its hour.
    to: Option<String>,
}

/// How runs came out. Marked test runs never count.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "flow": "order-intake", "version": null, "environment": "production", "from": null, "to": null,
    "runs": {"total": 120, "completed": 117, "faulted": 2, "cancelled": 1}, "duration_ms": {"p50": 226, "p95": 538, "p99": 1076}, "sla": null
}))]
pub struct Analytics {
    /// The flow's slug.
    pub flow: String,
    /// The version's number; null for all.
    pub version: Option<i64>,
    /// The environment's slug; null for all.
    pub environment: Option<String>,
    /// The first hour that counts, RFC 3339; null for the beginning of time.
    pub from: Option<String>,
    /// The first hour that does not count any more, RFC 3339; null when counted up to the present.
    pub to: Option<String>,
    /// Runs that ended.
    pub runs: RunCounts,
    /// How long they took.
    pub duration_ms: Durations,
    /// Goals met and missed; null while the flow has none.
    #[schema(value_type = Option<Object>)]
    pub sla: Option<Value>,
}

/// Runs by how they ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunCounts {
    /// All that ended.
    pub total: i64,
    /// Ended well.
    pub completed: i64,
    /// Ended with an error.
    pub faulted: i64,
    /// Ended from outside.
    pub cancelled: i64,
}

/// Durations in milliseconds that so many of a hundred runs did not exceed; right to within 19 %. Null without runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Durations {
    /// Half of them.
    pub p50: Option<f64>,
    /// 95 of a hundred.
    pub p95: Option<f64>,
    /// 99 of a hundred.
    pub p99: Option<f64>,
}

/// Count how a flow's runs came out.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/analytics", tag = "runs", params(WsFlow, AnalyticsQuery), responses(
    (status = 200, description = "The counts", body = Analytics),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsFlow>, query: Query<AnalyticsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let (from, to) = (instant("from", query.from.as_deref())?, instant("to", query.to.as_deref())?);
    let found = caller.read(move |conn, ctx| {
        let (workspace, flow) = path.find(conn, ctx)?;
        let version = match &query.version {
            Some(name) => Some(version::find(conn, &flow, name)?),
            None => None,
        };
        let environment = match &query.environment {
            Some(name) => Some(workspace::environment(conn, &workspace, name)?),
            None => None,
        };
        let ask = Ask { version, environment, from, to };
        let counted = of_flow(conn, ctx, &flow, &ask)?;
        let outcomes = &counted.outcomes;
        let within = |share| outcomes.durations.quantile(share).map(|micros| micros as f64 / 1000.0);
        Ok(Analytics {
            flow: flow.slug,
            version: ask.version.map(|version| version.number),
            environment: ask.environment.map(|environment| environment.slug),
            from: counted.from.map(Micros::rfc3339),
            to: counted.to.map(Micros::rfc3339),
            runs: RunCounts {
                total: outcomes.total(),
                completed: outcomes.completed,
                faulted: outcomes.faulted,
                cancelled: outcomes.cancelled,
            },
            duration_ms: Durations { p50: within(0.5), p95: within(0.95), p99: within(0.99) },
            sla: None,
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
