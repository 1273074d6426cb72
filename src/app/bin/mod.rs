//! The bin: what was deleted or pruned waits 30 days, can be looked at, and comes back (PRODUCT §3.7, §3.9).
//!
//! Each use case that deletes says so with [`put`]; the thing's own rows are marked, or kept as JSON where they go. One
//! list holds all kinds, so that it pages and filters alike.

pub mod look;
pub mod purge;
pub mod restore;

use super::ctx::Ctx;
use super::error::{Error, Result};
use crate::domain::access::Permission;
use crate::domain::bin::{Kind, due_before};
use crate::store::bin::{self, Entry, Filter, Key};
use crate::store::conn::Conn;
use crate::store::page::{Direction, Page};
use crate::store::workspaces::Workspace;

/// What goes into the bin.
pub(super) struct Put<'a> {
    /// The workspace's id.
    pub workspace: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its own id.
    pub id: &'a str,
    /// What it is called.
    pub name: String,
    /// A line that says more; may be empty.
    pub detail: &'a str,
    /// What it held, where its own rows go.
    pub held: Option<String>,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// Puts a thing into the bin's list.
pub(super) fn put(conn: &mut Conn, ctx: &Ctx, put: Put<'_>) -> Result<()> {
    let row = Entry {
        id: put.id.to_owned(),
        workspace_id: put.workspace.to_owned(),
        kind: put.kind.as_str().to_owned(),
        name: put.name,
        detail: put.detail.to_owned(),
        held: put.held,
        reason: put.reason.to_owned(),
        deleted_at: ctx.now.0,
        deleted_by: ctx.name().to_owned(),
    };
    Ok(bin::put(conn, &row)?)
}

/// A page of a workspace's bin, deleted last first.
///
/// # Errors
/// Not allowed.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, from: &Direction<Key>, limit: i64) -> Result<Page<Entry>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    Ok(bin::list(conn, &workspace.id, filter, from, limit)?)
}

/// A thing in the bin whose days are not over.
///
/// # Errors
/// Not allowed; not in the bin any more.
pub fn find(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Entry> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let found = bin::get(conn, &workspace.id, id)?.filter(|entry| entry.deleted_at >= due_before(ctx.now));
    found.ok_or_else(|| Error::NotFound("This is not in the bin any more. Somebody brought it back, or its 30 days are over.".into()))
}
