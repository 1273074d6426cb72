//! What runs where: deploy, roll back, stop, pause, resume, disable, enable (PRODUCT §5).

mod deploy;
mod dialog;
mod quarantine;
mod rollback;
mod stop;
mod switch;

use actix_web::web::{Path, Query, ServiceConfig, get, post};
use serde::Deserialize;

use super::names::{Answer, FlowAt};
use crate::web::htmx;
use crate::web::visitor::Visitor;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    let at = |act: &str| format!("/flows/{{flow}}/environments/{{env}}/{act}");
    cfg.route("/flows/{flow}/deploy", get().to(deploy::show))
        .route("/flows/{flow}/deploy", post().to(deploy::create))
        .route("/flows/{flow}/rollback", get().to(short_rollback))
        .route("/flows/{flow}/stop", get().to(short_stop))
        .route(&at("rollback"), get().to(rollback::show))
        .route(&at("rollback"), post().to(rollback::create))
        .route(&at("quarantine/{v}"), get().to(quarantine::show))
        .route(&at("quarantine/{v}/release"), post().to(quarantine::release))
        .route(&at("quarantine/{v}/reruns"), post().to(quarantine::reruns))
        .route(&at("stop"), get().to(stop::show))
        .route(&at("stop"), post().to(stop::create))
        .route(&at("pause"), post().to(switch::pause))
        .route(&at("resume"), post().to(switch::resume))
        .route(&at("disable"), post().to(switch::disable))
        .route(&at("enable"), post().to(switch::enable));
}

/// The environment of a short address; production unless another is named.
#[derive(Debug, Deserialize)]
struct In {
    environment: Option<String>,
}

async fn short_rollback(visitor: Visitor, at: Path<FlowAt>, query: Query<In>) -> Answer {
    Ok(longer(&visitor, &at, &query, "rollback"))
}

async fn short_stop(visitor: Visitor, at: Path<FlowAt>, query: Query<In>) -> Answer {
    Ok(longer(&visitor, &at, &query, "stop"))
}

/// `…/rollback?environment=production` is short for `…/environments/production/rollback`.
fn longer(visitor: &Visitor, at: &FlowAt, query: &In, act: &str) -> actix_web::HttpResponse {
    let environment = query.environment.as_deref().unwrap_or("production");
    let safe: String = environment.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    htmx::see_other(visitor.hx, &format!("{}/environments/{safe}/{act}", at.base()))
}
