//! Rollouts: listed, watched, led on, halted, stopped (PRODUCT §5.3 to §5.5); and the plans they are begun with.

mod act;
mod list;
mod plans;
mod show;

use actix_web::web::{ServiceConfig, get, post};
use serde::Deserialize;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/rollouts", get().to(list::list))
        .route("/rollouts/{rollout}", get().to(show::show))
        .route("/rollouts/{rollout}/advance", post().to(act::next))
        .route("/rollouts/{rollout}/share", post().to(act::share))
        .route("/rollouts/{rollout}/halt", post().to(act::halt))
        .route("/rollouts/{rollout}/continue", post().to(act::resume))
        .route("/rollouts/{rollout}/stop", post().to(act::stop))
        .route("/plans", get().to(plans::list))
        .route("/plans", post().to(plans::create))
        .route("/plans/new", get().to(plans::new))
        .route("/plans/{plan}", get().to(plans::edit))
        .route("/plans/{plan}", post().to(plans::update))
        .route("/plans/{plan}/delete", get().to(plans::ask))
        .route("/plans/{plan}/delete", post().to(plans::delete));
}

/// `/w/{ws}/rollouts/{rollout}`.
#[derive(Debug, Clone, Deserialize)]
pub struct RolloutAt {
    /// Slug or id of the workspace.
    ws: String,
    /// Id of the rollout.
    rollout: String,
}

impl RolloutAt {
    fn base(&self) -> String {
        format!("/w/{}/rollouts/{}", self.ws, self.rollout)
    }
}
