//! A release as one file: its manifest with the contents of its versions (PRODUCT §3.11). The same release gives the same
//! bytes whenever it is asked for.

use serde_json::{Map, json};

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::compare::frozen;
use crate::definition::canonical;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::releases::{self, Release};
use crate::store::workspaces::Workspace;

/// What the file says it is.
pub const FORMAT: &str = "signalbox-release/1";

/// The file: canonical JSON with a line end. No secrets and no runs are in it.
///
/// # Errors
/// The database.
pub fn export(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: &Release) -> Result<String> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let manifest = releases::manifest(conn, release)?;
    let mut contents = Map::new();
    for flow in &manifest.flows {
        if !contents.contains_key(&flow.hash) {
            let (definition, settings) = frozen(conn, &flow.hash)?;
            contents.insert(flow.hash.clone(), json!({"definition": definition, "settings": settings}));
        }
    }
    let file = json!({
        "format": FORMAT,
        "workspace": workspace.slug,
        "number": release.number,
        "comment": release.comment,
        "author": release.author_name,
        "at": Micros(release.at).rfc3339(),
        "hash": release.hash,
        "manifest": manifest,
        "contents": contents,
    });
    Ok(format!("{}\n", canonical(&file)))
}
