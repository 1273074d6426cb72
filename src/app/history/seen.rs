//! Who saw, who changed: that a person looked at the page of a version, a run or an environment is kept at most once an
//! hour, for 30 days, and shown to administrators only. What programs read and what pages fetch by themselves is not.

use crate::app::ctx::Ctx;
use crate::app::error::Result;
use crate::domain::access::{Channel, Permission};
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::sightings::{self, Sighting};
use crate::store::workspaces::Workspace;

/// How long it is kept, in days.
pub const DAYS: i64 = 30;
/// Entries that a page lists.
const LISTED: i64 = 100;

/// The entry to keep for a look at this instant; none for programs.
pub fn sighting(ctx: &Ctx, workspace: &Workspace, object: &str) -> Option<Sighting> {
    let user = ctx.actor.user.as_ref().filter(|_| matches!(ctx.actor.channel, Channel::Session))?;
    Some(Sighting {
        object_id: object.to_owned(),
        hour: ctx.now.0 - ctx.now.0.rem_euclid(Micros::HOUR),
        user_id: user.to_string(),
        user_name: ctx.name().to_owned(),
        workspace_id: workspace.id.clone(),
    })
}

/// Keeps it, and forgets what is older than 30 days.
///
/// # Errors
/// The database.
pub fn keep(conn: &mut Conn, seen: &Sighting) -> Result<()> {
    sightings::forget(conn, seen.hour - DAYS * Micros::DAY)?;
    Ok(sightings::insert(conn, seen)?)
}

/// Who looked at a thing, latest first; nothing for those who may not administer the workspace.
///
/// # Errors
/// The database.
pub fn who(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, object: &str) -> Result<Vec<Sighting>> {
    if ctx.allow(Permission::Administer, Some(&workspace.id())).is_err() {
        return Ok(Vec::new());
    }
    Ok(sightings::of(conn, &workspace.id, object, LISTED)?)
}
