//! `…/versions/{v}…`: one version shown, and its life (PRODUCT §3).

mod archive;
mod copy;
mod delete;
mod duplicate;
mod hotfix;
mod publish;
mod show;

use actix_web::web::{ServiceConfig, get, post};

/// Addresses below `/w/{ws}/flows/{flow}/versions`.
pub fn table(cfg: &mut ServiceConfig) {
    let at = |rest: &str| format!("/flows/{{flow}}/versions/{{v}}{rest}");
    cfg.route("/flows/{flow}/versions", post().to(copy::new_draft))
        .route(&at(""), get().to(show::overview))
        .route(&at("/definition"), get().to(show::definition))
        .route(&at("/publish"), get().to(publish::show))
        .route(&at("/publish"), post().to(publish::create))
        .route(&at("/copy"), post().to(copy::copy))
        .route(&at("/into-draft"), get().to(copy::show_into_draft))
        .route(&at("/into-draft"), post().to(copy::into_draft))
        .route(&at("/discard"), get().to(copy::show_discard))
        .route(&at("/discard"), post().to(copy::discard))
        .route(&at("/duplicate"), get().to(duplicate::show))
        .route(&at("/duplicate"), post().to(duplicate::create))
        .route(&at("/hotfix"), get().to(hotfix::show))
        .route(&at("/hotfix"), post().to(hotfix::create))
        .route(&at("/archive"), get().to(archive::show))
        .route(&at("/archive"), post().to(archive::archive))
        .route(&at("/unarchive"), post().to(archive::unarchive))
        .route(&at("/delete"), get().to(delete::show))
        .route(&at("/delete"), post().to(delete::delete));
}
