//! `/w/{ws}/environments…`: environments, their racks, replacements, settings.

mod archive;
mod compare;
mod create;
mod delete;
mod deploy;
mod draft;
mod list;
mod note;
mod read;
mod replacements;
mod settings;
mod show;
mod version;

use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, get, post};
use serde::Deserialize;

use super::names::Answer;
use crate::app::{self, Ctx, environment, workspace};
use crate::store::conn::Conn;
use crate::store::environments::{Environment, EnvironmentVersion};
use crate::store::workspaces::Workspace;
use crate::web::components::dialog::Dialog;
use crate::web::htmx;
use crate::web::layout::Layout;
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::environment::EnvironmentHead;
use crate::web::visitor::Visitor;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    let at = |rest: &str| format!("/environments/{{env}}{rest}");
    let version = |act: &str| format!("/environments/{{env}}/versions/{{n}}{act}");
    cfg.route("/environments", get().to(list::show))
        .route("/environments", post().to(create::create))
        .route("/environments/new", get().to(create::show))
        .route(&at(""), get().to(show::show))
        .route(&at("/move"), post().to(list::shift))
        .route(&at("/replacements"), post().to(replacements::add))
        .route(&at("/replacements/change"), get().to(replacements::show))
        .route(&at("/replacements/change"), post().to(replacements::change))
        .route(&at("/replacements/remove"), post().to(replacements::remove))
        .route(&at("/note"), post().to(note::update))
        .route(&version(""), get().to(version::show))
        .route(&version("/deploy"), get().to(deploy::show))
        .route(&version("/deploy"), post().to(deploy::create))
        .route(&version("/draft"), get().to(draft::show))
        .route(&version("/draft"), post().to(draft::create))
        .route(&version("/delete"), get().to(delete::show))
        .route(&version("/delete"), post().to(delete::delete))
        .route(&at("/compare"), get().to(compare::pick))
        .route(&at("/compare/{a}...{b}"), get().to(compare::show))
        .route(&at("/settings"), get().to(settings::show))
        .route(&at("/settings"), post().to(settings::update))
        .route(&at("/freezes"), post().to(settings::add_freeze))
        .route(&at("/freezes/remove"), post().to(settings::remove_freeze))
        .route(&at("/archive"), get().to(archive::show))
        .route(&at("/archive"), post().to(archive::archive))
        .route(&at("/unarchive"), post().to(archive::unarchive));
}

/// `/w/{ws}/environments/{env}`.
#[derive(Debug, Clone, Deserialize)]
pub struct EnvironmentAt {
    /// Slug or id of the workspace.
    pub ws: String,
    /// Slug or id of the environment.
    pub env: String,
}

/// `/w/{ws}/environments/{env}/versions/{n}`.
#[derive(Debug, Clone, Deserialize)]
pub struct ConfigurationAt {
    /// Slug or id of the workspace.
    pub ws: String,
    /// Slug or id of the environment.
    pub env: String,
    /// Number, id, `draft` or `deployed`.
    pub n: String,
}

impl EnvironmentAt {
    /// The address.
    pub fn base(&self) -> String {
        format!("/w/{}/environments/{}", self.ws, self.env)
    }

    /// What the names stand for.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Environment)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let environment = workspace::environment(conn, &workspace, &self.env)?;
        Ok((workspace, environment))
    }
}

impl ConfigurationAt {
    /// The environment's names.
    pub fn environment(&self) -> EnvironmentAt {
        EnvironmentAt { ws: self.ws.clone(), env: self.env.clone() }
    }

    /// What the names stand for.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Environment, EnvironmentVersion)> {
        let (workspace, environment) = self.environment().find(conn, ctx)?;
        let version = environment::version(conn, &environment, &self.n)?;
        Ok((workspace, environment, version))
    }
}

/// A dialog of an environment as a page of its own, or alone when htmx asks.
fn dialog(visitor: &Visitor, status: StatusCode, mut layout: Layout, head: &EnvironmentHead, here: &str, dialog: Dialog) -> Answer {
    layout.title = format!("{here} · {}", head.name);
    let page = DialogPage { crumbs: head.crumbs(&layout, here), heading: head.name.as_str().into(), dialog, layout };
    htmx::reply(visitor.hx, status, &page, &page.as_dialog())
}
