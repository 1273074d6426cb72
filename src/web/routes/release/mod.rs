//! `/w/{ws}/versions`: releases of the whole workspace, pushed, synced, restored, compared (PRODUCT §6).

mod compare;
mod list;
mod push;
mod repair;
mod restore;
mod show;
mod sync;

use actix_web::web::{ServiceConfig, get, post};
use serde::Deserialize;

use crate::app::{self, Ctx, release, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::conn::Conn;
use crate::store::releases::Release;
use crate::store::workspaces::Workspace;
use crate::web::components::nav::Crumbs;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/versions", get().to(list::list))
        .route("/versions/push", get().to(push::ask))
        .route("/versions/push", post().to(push::push))
        .route("/versions/repair", post().to(repair::repair))
        .route("/versions/{n}", get().to(show::show))
        .route("/versions/{n}/export", get().to(show::export))
        .route("/versions/{n}/sync", get().to(sync::ask))
        .route("/versions/{n}/sync", post().to(sync::sync))
        .route("/versions/{n}/restore", get().to(restore::ask))
        .route("/versions/{n}/restore", post().to(restore::restore))
        .route("/compare", get().to(compare::pick))
        .route("/compare/{a}...{b}", get().to(compare::show));
}

/// `/w/{ws}/versions/{n}`.
#[derive(Debug, Clone, Deserialize)]
pub struct ReleaseAt {
    /// Slug or id of the workspace.
    ws: String,
    /// Number or id of the release.
    n: String,
}

impl ReleaseAt {
    fn list(&self) -> String {
        format!("/w/{}/versions", self.ws)
    }

    fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Release)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let found = release::find(conn, &workspace, &self.n)?;
        Ok((workspace, found))
    }
}

/// Whether the person may push: publish, and deploy to development. The use case decides.
fn may_push(ctx: &Ctx, workspace: &Workspace) -> bool {
    let id = workspace.id();
    ctx.actor.may(Permission::Edit, Some(&id)) && ctx.actor.may(Permission::Operate(Kind::Development), Some(&id))
}

/// Whether the person may make drafts.
fn may_edit(ctx: &Ctx, workspace: &Workspace) -> bool {
    ctx.actor.may(Permission::Edit, Some(&workspace.id()))
}

fn crumbs(home: &str, here: &str) -> Crumbs {
    Crumbs::here(here).below(format!("{home}/versions"), "Versions")
}

/// The start of a hash, as pages show it.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
