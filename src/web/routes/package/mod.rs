//! `/w/{ws}/packages`: sets of flow versions that go out and come back together (PRODUCT §5.10).

mod act;
mod edit;
mod show;

use actix_web::web::{ServiceConfig, get, post};
use serde::Deserialize;

use crate::app::package::look;
use crate::app::{self, Ctx, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::conn::Conn;
use crate::store::packages::Package;
use crate::store::workspaces::Workspace;
use crate::web::components::nav::Crumbs;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/packages", get().to(show::list))
        .route("/packages", post().to(edit::create))
        .route("/packages/new", get().to(edit::new))
        .route("/packages/{package}", get().to(show::show))
        .route("/packages/{package}", post().to(edit::update))
        .route("/packages/{package}/edit", get().to(edit::edit))
        .route("/packages/{package}/delete", get().to(edit::ask))
        .route("/packages/{package}/delete", post().to(edit::delete))
        .route("/packages/{package}/deploy", get().to(act::ask_deploy))
        .route("/packages/{package}/deploy", post().to(act::deploy))
        .route("/packages/{package}/rollback", get().to(act::ask_back))
        .route("/packages/{package}/rollback", post().to(act::back));
}

/// `/w/{ws}/packages/{package}`.
#[derive(Debug, Clone, Deserialize)]
pub struct PackageAt {
    /// Slug or id of the workspace.
    ws: String,
    /// Id or name of the package.
    package: String,
}

impl PackageAt {
    fn list(&self) -> String {
        format!("/w/{}/packages", self.ws)
    }

    fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Package)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let package = look::find(conn, &workspace, &self.package)?;
        Ok((workspace, package))
    }
}

/// The environment that is picked.
#[derive(Debug, Clone, Default, Deserialize)]
struct In {
    #[serde(default)]
    environment: String,
}

/// Whether the person may make and change packages. The use case decides.
fn may_prepare(ctx: &Ctx, workspace: &Workspace) -> bool {
    let id = workspace.id();
    ctx.actor.may(Permission::Edit, Some(&id)) || ctx.actor.may(Permission::Operate(Kind::Production), Some(&id))
}

fn crumbs(home: &str, here: &str) -> Crumbs {
    Crumbs::here(here).below(format!("{home}/packages"), "Packages")
}
