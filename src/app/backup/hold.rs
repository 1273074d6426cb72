//! After a restore nothing executes until an admin has looked (PRODUCT §10, TRUST P10).
//!
//! While the instance is held, workers take up no runs, rollouts and planned changes wait, and starts are refused: what a
//! caller is told "accepted" must not lie for hours, and the world outside may have moved on since the backup. People can
//! look, edit and deploy.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::error::{Error as StoreError, Result as Stored};
use crate::store::workspaces;

const NAME: &str = "held";

/// Since when and why the instance is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When it was restored, microseconds UTC.
    pub since: Micros,
    /// The instant it was brought back to, microseconds UTC.
    pub made_at: Micros,
    /// The backup's file.
    pub file: String,
    /// Who restored it.
    pub by: String,
}

/// Whether the instance is held; asked by every worker in the transaction in which it would take something up.
///
/// # Errors
/// The database.
pub fn is_held(conn: &mut Conn) -> Stored<bool> {
    Ok(workspaces::instance_value(conn, NAME)?.is_some())
}

/// Why the instance is held, if it is.
///
/// # Errors
/// The database.
pub fn held(conn: &mut Conn) -> Result<Option<Held>> {
    let Some(text) = workspaces::instance_value(conn, NAME)? else { return Ok(None) };
    Ok(Some(serde_json::from_str(&text).map_err(StoreError::corrupt)?))
}

/// Refuses a start while the instance is held.
///
/// # Errors
/// `held`.
pub fn refuse(conn: &mut Conn) -> Result<()> {
    if !is_held(conn)? {
        return Ok(());
    }
    Err(Error::refused("held", "This instance was restored from a backup, and nothing runs until an admin lets it go on under Backups."))
}

/// Holds it, from a restore on.
pub(super) fn hold(conn: &mut Conn, held: &Held) -> Result<()> {
    let text = serde_json::to_string(held).map_err(StoreError::corrupt)?;
    Ok(workspaces::set_instance_value(conn, NAME, &text)?)
}

/// Lets runs, rollouts and planned changes go on.
///
/// # Errors
/// Not an admin of the instance; `not_held`.
pub fn release(conn: &mut Conn, ctx: &Ctx) -> Result<Held> {
    ctx.allow(Permission::Administer, None)?;
    let not_held = || Error::refused("not_held", "Nothing is held: runs and planned changes go on as always.");
    let held = held(conn)?.ok_or_else(not_held)?;
    if !workspaces::remove_instance_value(conn, NAME)? {
        return Err(not_held());
    }
    let before = json!({"file": held.file, "held_since": held.since.0});
    ctx.record(conn, Event { action: "instance.released", before: Some(before), ..Event::default() })?;
    Ok(held)
}
