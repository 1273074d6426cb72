//! Exports: one version, a flow with its history, or a workspace, as one file (PRODUCT §3.11).

use actix_web::{HttpResponse, web};

use super::caller::Caller;
use super::errors;
use super::path::{Ws, WsFlow, WsFlowVersion};
use super::problem::Result;
use crate::app::export::{self, Exported};
use crate::web::costly::Costly;
use crate::web::download::attachment;

/// What an exported file is.
const MEDIA_TYPE: &str = "application/json";

fn file(exported: Exported) -> HttpResponse {
    attachment(&exported.name, MEDIA_TYPE, exported.text)
}

/// Export a workspace: environments with configurations, components without the values of secrets, flows with their
/// history, plans, packages. The same state gives the same bytes.
#[utoipa::path(get, path = "/{ws}/export", tag = "versions", params(Ws), responses(
    (status = 200, description = "The file", body = Object, content_type = "application/json", headers(("Content-Disposition" = String, description = "Its name"))),
    errors::Exporting,
))]
pub async fn workspace(caller: Caller, path: web::Path<Ws>, costly: web::Data<Costly>) -> Result<HttpResponse> {
    Costly::call(&costly, &caller)?;
    let vault = caller.state.vault.clone();
    let found = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        export::workspace(conn, ctx, &vault, &workspace)
    });
    Ok(file(found.await?))
}

/// Export a flow with all its versions.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/export", tag = "versions", params(WsFlow), responses(
    (status = 200, description = "The file", body = Object, content_type = "application/json", headers(("Content-Disposition" = String, description = "Its name"))),
    errors::Exporting,
))]
pub async fn flow(caller: Caller, path: web::Path<WsFlow>, costly: web::Data<Costly>) -> Result<HttpResponse> {
    Costly::call(&costly, &caller)?;
    let vault = caller.state.vault.clone();
    let found = caller.read(move |conn, ctx| {
        let (workspace, flow) = path.find(conn, ctx)?;
        export::flow(conn, ctx, &vault, &workspace, &flow)
    });
    Ok(file(found.await?))
}

/// Export one version.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/versions/{v}/export", tag = "versions", params(WsFlowVersion), responses(
    (status = 200, description = "The file", body = Object, content_type = "application/json", headers(("Content-Disposition" = String, description = "Its name"))),
    errors::Exporting,
))]
pub async fn version(caller: Caller, path: web::Path<WsFlowVersion>, costly: web::Data<Costly>) -> Result<HttpResponse> {
    Costly::call(&costly, &caller)?;
    let vault = caller.state.vault.clone();
    let found = caller.read(move |conn, ctx| {
        let (flow, version) = path.find(conn, ctx)?;
        let workspace = crate::app::workspace::find(conn, ctx, &path.ws)?;
        export::version(conn, ctx, &vault, &workspace, &flow, &version)
    });
    Ok(file(found.await?))
}
