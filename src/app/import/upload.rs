//! A file between its report and the word to go on: in the database for an hour, so that it outlives this process.

use sha2::{Digest, Sha256};

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::apply::Done;
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::event::hex;
use crate::domain::ids::ImportId;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::imports::{self, Import};
use crate::store::workspaces::Workspace;

/// How long a file waits, in microseconds.
pub const HOUR: i64 = Micros::HOUR;
/// How long it is told what was made of one, in microseconds.
const TOLD: i64 = 30 * Micros::DAY;
/// Files of one person that wait at a time in a workspace.
const MOST: i64 = 5;

/// A file that waits, or what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// `imp_…`
    pub id: String,
    /// How it was called.
    pub name: String,
    /// Its text; empty once it was applied.
    pub text: String,
    /// Who sent it.
    pub by: String,
    /// When, microseconds UTC.
    pub at: i64,
    /// Until when it is there, microseconds UTC.
    pub until: i64,
    /// What was made of it.
    pub done: Option<Done>,
}

/// Keeps a file for an hour; returns its id.
///
/// # Errors
/// Not allowed.
pub fn keep(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, name: &str, text: &str) -> Result<String> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect();
    let row = Import {
        id: ImportId::generate().into(),
        workspace_id: workspace.id.clone(),
        file_name: name,
        content: text.to_owned(),
        content_hash: hex(&Sha256::digest(text.as_bytes())),
        created_at: ctx.now.0,
        created_by_id: ctx.user_id(),
        created_by: ctx.name().to_owned(),
        expires_at: ctx.now.plus(HOUR).0,
        applied_at: None,
        result: None,
    };
    imports::insert(conn, &row, MOST)?;
    Ok(row.id)
}

/// A file that waits, for whoever sent it; what was made of it, for everybody who may edit here.
///
/// # Errors
/// There is none: never was, of somebody else, or its hour is over.
pub fn waiting(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Waiting> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    let row = imports::find(conn, &workspace.id, id, ctx.now.0)?;
    let row = row.filter(|row| row.applied_at.is_some() || row.created_by_id == ctx.user_id());
    let row = row.ok_or_else(|| Error::NotFound("This file is not here any more: it waits for an hour. Choose it again.".into()))?;
    let done = row.result.as_deref().map(serde_json::from_str).transpose().map_err(StoreError::corrupt)?;
    Ok(Waiting { id: row.id, name: row.file_name, text: row.content, by: row.created_by, at: row.created_at, until: row.expires_at, done })
}

/// Notes in the transaction of the import what was made, and lets go of the text.
///
/// # Errors
/// `already` when it was applied before.
pub fn note_applied(conn: &mut Conn, ctx: &Ctx, id: &str, done: &Done) -> Result<()> {
    let result = serde_json::to_string(done).map_err(StoreError::corrupt)?;
    if imports::applied(conn, id, ctx.now.0, ctx.now.plus(TOLD).0, &result)? {
        return Ok(());
    }
    Err(Error::refused("already", "This file was imported already. Look at what was made, or choose it again."))
}

/// Lets go of files that nobody came back for.
///
/// # Errors
/// The database.
pub fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    Ok(imports::sweep(conn, now.0)?)
}
