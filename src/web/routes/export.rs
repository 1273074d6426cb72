//! Files to be fetched: one version, a flow with its history, the workspace (PRODUCT §3.11).

use actix_web::web::{Data, Path, ServiceConfig, get};

use super::names::{Answer, FlowAt, VersionAt};
use crate::app::export::{self, Exported};
use crate::app::workspace;
use crate::web::costly::Costly;
use crate::web::download::attachment;
use crate::web::visitor::Visitor;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/export", get().to(whole))
        .route("/flows/{flow}/export", get().to(flow))
        .route("/flows/{flow}/versions/{v}/export", get().to(version));
}

fn file(exported: Exported) -> Answer {
    Ok(attachment(&exported.name, "application/json", exported.text))
}

/// `GET /w/{ws}/export`
///
/// # Errors
/// The value of a secret stands in it; it would be too large; asked too often.
pub async fn whole(visitor: Visitor, ws: Path<String>, costly: Data<Costly>) -> Answer {
    Costly::page(&costly, &visitor)?;
    let vault = visitor.state.vault.clone();
    let found = visitor.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &ws)?;
        export::workspace(conn, ctx, &vault, &workspace)
    });
    file(found.await?)
}

/// `GET /w/{ws}/flows/{flow}/export`
///
/// # Errors
/// As [`whole`].
pub async fn flow(visitor: Visitor, at: Path<FlowAt>, costly: Data<Costly>) -> Answer {
    Costly::page(&costly, &visitor)?;
    let vault = visitor.state.vault.clone();
    let found = visitor.read(move |conn, ctx| {
        let (workspace, flow) = at.find(conn, ctx)?;
        export::flow(conn, ctx, &vault, &workspace, &flow)
    });
    file(found.await?)
}

/// `GET /w/{ws}/flows/{flow}/versions/{v}/export`
///
/// # Errors
/// As [`whole`].
pub async fn version(visitor: Visitor, at: Path<VersionAt>, costly: Data<Costly>) -> Answer {
    Costly::page(&costly, &visitor)?;
    let vault = visitor.state.vault.clone();
    let found = visitor.read(move |conn, ctx| {
        let (workspace, flow, version) = at.find(conn, ctx)?;
        export::version(conn, ctx, &vault, &workspace, &flow, &version)
    });
    file(found.await?)
}
