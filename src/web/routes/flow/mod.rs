//! `/w/{ws}/flows…`: flows, made, shown, described, put away.

mod create;
mod offers;
mod production;
mod remove;
mod settings;
mod show;

use actix_web::web::{ServiceConfig, get, post};

pub use settings::used_line;
pub use show::{Picked, picked};

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/flows/new", get().to(create::show))
        .route("/flows", post().to(create::create))
        .route("/flows/{flow}", get().to(show::show))
        .route("/flows/{flow}/settings", get().to(settings::show))
        .route("/flows/{flow}/settings", post().to(settings::update))
        .route("/flows/{flow}/archive", post().to(remove::archive))
        .route("/flows/{flow}/unarchive", post().to(remove::unarchive))
        .route("/flows/{flow}/delete", get().to(remove::show))
        .route("/flows/{flow}/delete", post().to(remove::delete));
}
