//! Runs: started, listed, cancelled, suspended, resumed, retried.

pub mod cancel;
mod configured;
pub mod control;
pub mod frozen;
pub mod look;
pub mod offer;
pub mod once;
pub mod resolution;
pub mod retry;
pub mod start;
pub mod steps;
pub mod table;

use super::ctx::Ctx;
use super::error::{Error, Result};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::page::{Direction, Page};
use crate::store::runs::{self, Filter, Run};
use crate::store::workspaces::Workspace;

/// A run of a workspace.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Run> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    runs::find(conn, &workspace.id, id)?.ok_or_else(|| Error::not_found("run", id))
}

/// Runs of a workspace, newest first.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, from: &Direction<String>, limit: i64) -> Result<Page<Run>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    Ok(runs::list(conn, &workspace.id, filter, from, limit)?)
}
