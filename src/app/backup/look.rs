//! Backups, listed and looked at.

use std::path::Path;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::compare::Check;
use super::envelope::Header;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::store::backups::{self, Backup};
use crate::store::conn::Conn;
use crate::store::events::{self, Filter};
use crate::store::page::{Direction, Page};

/// Backups and tries of backups, newest first.
///
/// # Errors
/// Not an admin of the instance.
pub fn list(conn: &mut Conn, ctx: &Ctx, from: &Direction<String>, limit: i64) -> Result<Page<Backup>> {
    ctx.allow(Permission::Administer, None)?;
    Ok(backups::list(conn, from, limit)?)
}

/// One by its id.
///
/// # Errors
/// Not an admin of the instance; there is none.
pub fn find(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<Backup> {
    ctx.allow(Permission::Administer, None)?;
    backups::get(conn, id)?.ok_or_else(|| Error::not_found("backup", id))
}

/// A restore that failed since the last one that worked, if it was not long ago: when, and why.
///
/// # Errors
/// The database.
pub fn failed_restore(conn: &mut Conn, ctx: &Ctx) -> Result<Option<(i64, String)>> {
    let filter = Filter { action: Some("instance.restore".into()), from: Some(ctx.now.plus(-Micros::DAY).0), ..Filter::default() };
    let last = events::list(conn, &filter, &Direction::Newest, 10)?.items;
    let ended = last.into_iter().find(|event| event.action != "instance.restore_asked");
    Ok(ended.filter(|event| event.action == super::restore::FAILED).map(|event| (event.at, event.reason.unwrap_or_default())))
}

/// What its file says of itself, as it was when it was made or found.
pub fn header(backup: &Backup) -> Option<Header> {
    backup.header.as_deref().and_then(|text| serde_json::from_str(text).ok())
}

/// What was compared when it was last verified.
pub fn compared(backup: &Backup) -> Vec<Check> {
    backup.compared.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whether its file lies where it was left, as seen from this machine.
pub fn is_there(backup: &Backup) -> bool {
    !backup.file.is_empty() && Path::new(&backup.folder).join(&backup.file).is_file()
}

/// When the newest verified backup was made whose file is there; microseconds UTC.
///
/// # Errors
/// The database.
pub fn last_verified(conn: &mut Conn) -> Result<Option<i64>> {
    let kept = backups::kept(conn)?;
    Ok(kept.iter().filter(|b| b.verified_at.is_some() && b.verification == "passed" && is_there(b)).filter_map(|b| b.made_at).max())
}
