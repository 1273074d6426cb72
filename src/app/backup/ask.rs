//! Asking for a backup or a verification: a row that waits. Whoever has the turn does the work.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::{Depot, look};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::backup::{Reason, Stage, State, Verification};
use crate::domain::event::ObjectKind;
use crate::domain::ids::BackupId;
use crate::store::backups::{self, Backup};
use crate::store::conn::Conn;

/// A row for a backup that is about to be made.
pub fn row(ctx: &Ctx, folder: &std::path::Path, reason: Reason) -> Backup {
    Backup {
        id: BackupId::generate().into(),
        reason: reason.as_str().to_owned(),
        state: State::Waiting.as_str().to_owned(),
        verification: Verification::Never.as_str().to_owned(),
        stage: Stage::None.as_str().to_owned(),
        percent: None,
        folder: folder.display().to_string(),
        file: String::new(),
        asked_at: ctx.now.0,
        asked_by_id: ctx.user_id(),
        asked_by: ctx.name().to_owned(),
        made_at: None,
        ended_at: None,
        bytes: None,
        header: None,
        verified_at: None,
        compared: None,
        problem: String::new(),
    }
}

/// Asks for a backup in the instance's folder. One that waits or is being made already is answered instead of a second.
///
/// # Errors
/// Not an admin of the instance.
pub fn create(conn: &mut Conn, ctx: &Ctx, depot: &Depot) -> Result<Backup> {
    ctx.allow(Permission::Administer, None)?;
    let under_way = backups::waiting(conn)?.into_iter().chain(backups::running(conn)?).find(|b| b.state != State::Kept.as_str());
    if let Some(already) = under_way {
        return Ok(already);
    }
    let asked = row(ctx, &depot.folder, Reason::Asked);
    backups::insert(conn, &asked)?;
    note(conn, ctx, "backup.asked", &asked)?;
    Ok(asked)
}

/// Asks for a backup to be restored into a scratch database and compared again.
///
/// # Errors
/// Not an admin of the instance; its file is not there; `already` while it is being done.
pub fn verify(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<Backup> {
    let backup = look::find(conn, ctx, id)?;
    let before = (backup.state()?, backup.verification()?);
    if before.0 != State::Kept {
        return Err(Error::refused("not_kept", "There is no file of this backup that could be verified."));
    }
    if matches!(before.1, Verification::Waiting | Verification::Running) {
        return Err(Error::refused("already", "This backup is being verified. Wait for its end."));
    }
    let asked = Backup { verification: Verification::Waiting.as_str().to_owned(), problem: String::new(), ..backup };
    if !backups::change(conn, &asked, before)? {
        return Err(Error::Stale {
            message: "Somebody else did something with this backup in the same moment.".into(),
            current: json!({}),
        });
    }
    note(conn, ctx, "backup.verification_asked", &asked)?;
    Ok(asked)
}

/// The history's line about a backup.
///
/// # Errors
/// The database.
pub fn note(conn: &mut Conn, ctx: &Ctx, action: &str, backup: &Backup) -> Result<()> {
    let name = if backup.file.is_empty() { &backup.id } else { &backup.file };
    let after = json!({"reason": backup.reason, "bytes": backup.bytes, "made_at": backup.made_at});
    let problem = Some(backup.problem.as_str()).filter(|text| !text.is_empty());
    ctx.record(
        conn,
        Event { action, object: Some((ObjectKind::Backup, &backup.id, name)), after: Some(after), reason: problem, ..Event::default() },
    )?;
    Ok(())
}
