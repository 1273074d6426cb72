//! Letting go of a backup before its time.

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::{Depot, ask, look, unavailable};
use crate::domain::access::Permission;
use crate::domain::backup::{State, Verification};
use crate::domain::names::parse_note;
use crate::store::backups::{self, Backup};
use crate::store::conn::Conn;

/// Whether a backup may be let go of, and what would be left to go back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// Why it has to stay.
    pub stays: Option<&'static str>,
    /// When the newest of the other verified backups was made; microseconds UTC.
    pub newest_other: Option<i64>,
}

/// Looks whether a backup may be let go of.
///
/// # Errors
/// The database; a stored word this program does not know.
pub fn stands(conn: &mut Conn, depot: &Depot, backup: &Backup) -> Result<Stands> {
    let good = |b: &&Backup| b.verification == Verification::Passed.as_str() && look::is_there(b);
    let kept = backups::kept(conn)?;
    let others = kept.iter().filter(good).filter(|b| b.id != backup.id);
    let newest_other = others.filter_map(|b| b.made_at).max();
    let stays = match () {
        () if backup.state()? != State::Kept || !look::is_there(backup) => Some("There is no file of this backup that could be deleted."),
        () if backup.folder != depot.folder.display().to_string() => {
            Some("Its file lies outside of the instance's own folder: delete it there.")
        }
        () if backup.is_busy() => Some("It is being verified. Wait for its end."),
        () if good(&backup) && newest_other.is_none() => {
            Some("It is the only verified backup: nothing else could be gone back to. Make another one first.")
        }
        () => None,
    };
    Ok(Stands { stays, newest_other })
}

/// Deletes a backup's file; the row stays and says who did it and why.
///
/// # Errors
/// Not an admin of the instance; not found; no reason; `stays`, with why; stale.
pub fn remove(conn: &mut Conn, ctx: &Ctx, depot: &Depot, id: &str, reason: &str) -> Result<Backup> {
    ctx.allow(Permission::Administer, None)?;
    let backup = look::find(conn, ctx, id)?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let reason = reason.ok_or_else(|| Error::invalid("reason", "Say why: whoever looks for it later reads this."))?;
    if let Some(why) = stands(conn, depot, &backup)?.stays {
        return Err(Error::refused("stays", why));
    }
    let before = (backup.state()?, backup.verification()?);
    let gone = Backup { state: State::Removed.as_str().to_owned(), ended_at: Some(ctx.now.0), problem: reason, ..backup };
    if !backups::change(conn, &gone, before)? {
        let message = "Somebody else did something with this backup in the same moment.".into();
        return Err(Error::Stale { message, current: serde_json::json!({}) });
    }
    ask::note(conn, ctx, "backup.removed", &gone)?;
    // Last, so that a refusal leaves the file; if the commit fails after it, the next look at the folder says it is gone.
    // By the folder's own list, so that no stored name leads out of it.
    std::fs::remove_file(depot.file(&gone.file)?).map_err(|e| unavailable(format!("the file {} cannot be removed: {e}", gone.file)))?;
    Ok(gone)
}
