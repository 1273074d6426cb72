//! The names in addresses, and what they stand for.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::app::{self, Ctx, flow, version, workspace};
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::store::workspaces::Workspace;
use crate::web::components::dialog::Dialog;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::Layout;
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::flow::FlowHead;
use crate::web::visitor::Visitor;

/// What handlers answer.
pub type Answer = Result<HttpResponse, PageError>;

/// `/w/{ws}/flows/{flow}`.
#[derive(Debug, Clone, Deserialize)]
pub struct FlowAt {
    /// Slug or id of the workspace.
    pub ws: String,
    /// Slug or id of the flow.
    pub flow: String,
}

/// `/w/{ws}/flows/{flow}/versions/{v}`.
#[derive(Debug, Clone, Deserialize)]
pub struct VersionAt {
    /// Slug or id of the workspace.
    pub ws: String,
    /// Slug or id of the flow.
    pub flow: String,
    /// Any name of the version.
    pub v: String,
}

/// `/w/{ws}/flows/{flow}/environments/{env}`.
#[derive(Debug, Clone, Deserialize)]
pub struct PlaceAt {
    /// Slug or id of the workspace.
    pub ws: String,
    /// Slug or id of the flow.
    pub flow: String,
    /// Slug or id of the environment.
    pub env: String,
}

impl FlowAt {
    /// The address.
    pub fn base(&self) -> String {
        format!("/w/{}/flows/{}", self.ws, self.flow)
    }

    /// What the names stand for.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Flow)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let flow = flow::find(conn, &workspace, &self.flow)?;
        Ok((workspace, flow))
    }
}

impl VersionAt {
    /// The flow's names.
    pub fn flow(&self) -> FlowAt {
        FlowAt { ws: self.ws.clone(), flow: self.flow.clone() }
    }

    /// The address.
    pub fn base(&self) -> String {
        format!("{}/versions/{}", self.flow().base(), self.v)
    }

    /// What the names stand for.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Flow, Version)> {
        let (workspace, flow) = self.flow().find(conn, ctx)?;
        let version = version::find(conn, &flow, &self.v)?;
        Ok((workspace, flow, version))
    }
}

impl PlaceAt {
    /// The flow's names.
    pub fn flow(&self) -> FlowAt {
        FlowAt { ws: self.ws.clone(), flow: self.flow.clone() }
    }

    /// What the names stand for.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Flow, Environment)> {
        let (workspace, flow) = self.flow().find(conn, ctx)?;
        let environment = workspace::environment(conn, &workspace, &self.env)?;
        Ok((workspace, flow, environment))
    }
}

/// A dialog of a flow as a page of its own, or alone when htmx asks.
///
/// # Errors
/// The template.
pub fn dialog(visitor: &Visitor, status: StatusCode, mut layout: Layout, head: &FlowHead, here: &str, dialog: Dialog) -> Answer {
    layout.title = format!("{here} · {}", head.name);
    let page = DialogPage { crumbs: head.crumbs(&layout, here), heading: head.name.as_str().into(), dialog, layout };
    htmx::reply(visitor.hx, status, &page, &page.as_dialog())
}
