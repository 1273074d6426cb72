//! `/w/{ws}/components`: connections, scripts, caches, lookups, variables, secrets.

mod acts;
mod edit;
mod list;
mod secret;
mod show;

use actix_web::web::{ServiceConfig, get, post};
use serde::Deserialize;

use crate::app::{self, Ctx, component, workspace};
use crate::domain::component::Kind;
use crate::store::components::Component;
use crate::store::conn::Conn;
use crate::store::workspaces::Workspace;
use crate::web::pages::component::ComponentHead;

/// Addresses of components.
pub fn table(cfg: &mut ServiceConfig) {
    const ONE: &str = "/components/{kind}/{name}";
    let below = |path: &str| format!("{ONE}/{path}");
    cfg.route("/components", get().to(list::list))
        .route("/components", post().to(edit::create))
        .route("/components/new", get().to(edit::new))
        .route(ONE, get().to(show::show))
        .route(&below("edit"), get().to(edit::edit))
        .route(&below("edit"), post().to(edit::update))
        .route(&below("compare/{a}...{b}"), get().to(show::compare))
        .route(&below("csv"), get().to(show::csv))
        .route(&below("revisions/{revision}/restore"), post().to(acts::restore))
        .route(&below("delete"), get().to(acts::ask_delete))
        .route(&below("delete"), post().to(acts::delete))
        .route(&below("empty"), get().to(acts::ask_empty))
        .route(&below("empty"), post().to(acts::empty))
        .route(&below("value"), get().to(secret::ask))
        .route(&below("value"), post().to(secret::set));
}

/// `/w/{ws}/components/{kind}/{name}`.
#[derive(Debug, Clone, Deserialize)]
struct At {
    /// Slug or id of the workspace.
    ws: String,
    /// What it is.
    kind: String,
    /// Its name or id.
    name: String,
}

impl At {
    fn base(&self) -> String {
        format!("/w/{}/components/{}/{}", self.ws, self.kind, self.name)
    }

    fn kind(&self) -> app::Result<Kind> {
        self.kind.parse().map_err(|_| app::Error::not_found("kind of component", &self.kind))
    }

    fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Component)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let component = component::find(conn, ctx, &workspace, self.kind()?, &self.name)?;
        Ok((workspace, component))
    }
}

/// What a page of a component has on top.
fn head(workspace: &Workspace, component: &Component) -> app::Result<ComponentHead> {
    Ok(ComponentHead {
        base: format!("/w/{}/components/{}/{}", workspace.slug, component.kind, component.name),
        kind: component.kind()?,
        name: component.name.clone(),
        description: component.description.clone(),
    })
}

/// Whether the person may change components of a kind.
fn may(ctx: &Ctx, workspace: &Workspace, kind: Kind) -> bool {
    ctx.actor.may(component::permission(kind), Some(&workspace.id()))
}
