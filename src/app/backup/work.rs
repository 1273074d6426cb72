//! The work on backups that were asked for: by a server in the background, or by a command.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::make::{Made, make};
use super::{Depot, Ledger, PARTIAL, ask, compare, envelope, file_name, look, schedule};
use crate::domain::backup::{Kept, Reason, Stage, State, Verification};
use crate::domain::clock::{Clock, Micros};
use crate::store::backups::{self, Backup};
use crate::store::conn::Conn;
use crate::store::copy::{self, turn::Turn};

/// Between two notes of how far a stage is, in microseconds.
const NOTE: i64 = Micros::SECOND;

/// Whether there is something for [`round`] to do.
///
/// # Errors
/// The database.
pub fn is_asked(conn: &mut Conn) -> Result<bool> {
    Ok(backups::waiting(conn)?.is_some() || !backups::running(conn)?.is_empty())
}

/// Settles what others left behind, then does what waits, oldest first, and lets go of what has had its time. Returns how
/// many backups were made or verified; none when somebody else has the turn, who does it.
///
/// # Errors
/// The database. What happens to one backup is noted with it.
pub fn round(depot: &Depot, ledger: &impl Ledger, clock: &dyn Clock) -> Result<usize> {
    let Some(turn) = Turn::take(&depot.target)? else { return Ok(0) };
    if let Err(error) = depot.prepare() {
        refuse_all(ledger, &error, clock.now())?;
        return Err(error);
    }
    settle(depot, ledger, &turn, clock.now())?;
    let mut done = 0;
    while let Some(next) = ledger.write(|conn| Ok(backups::waiting(conn)?))? {
        if next.state == State::Waiting.as_str() {
            if let Err(error) = create(depot, ledger, clock, &turn, next)? {
                tracing::warn!(%error, "a backup could not be made");
            }
        } else {
            verify(depot, ledger, clock, next)?;
        }
        done += 1;
    }
    retain(depot, ledger, clock.now())?;
    Ok(done)
}

/// Brings rows and folder together: what died in the middle is said to be interrupted, its leftovers go, files that no
/// row knows are found, and rows whose file is gone say so.
///
/// # Errors
/// The database or the folder.
pub fn settle(depot: &Depot, ledger: &impl Ledger, _turn: &Turn, now: Micros) -> Result<()> {
    copy::sweep(&depot.target)?;
    for entry in std::fs::read_dir(&depot.folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(PARTIAL) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let mut found = Vec::new();
    for path in depot.files()? {
        let bytes = std::fs::metadata(&path).map_or(0, |m| i64::try_from(m.len()).unwrap_or(i64::MAX));
        // Only headers are read here; what is in a file shows when it is verified.
        found.push((file_name(&path), bytes, envelope::header(&path).ok()));
    }
    let folder = depot.folder.display().to_string();
    let ctx = Ctx::system(now, "backup");
    ledger.write(move |conn| {
        for row in backups::running(conn)? {
            interrupt(conn, &ctx, row)?;
        }
        let kept = backups::kept(conn)?;
        let known: HashSet<String> = kept.iter().filter(|b| b.folder == folder).map(|b| b.file.clone()).collect();
        for (name, bytes, header) in found.iter().filter(|(name, ..)| !known.contains(name)) {
            let Some(header) = header else { continue };
            let mut row = ask::row(&ctx, Path::new(&folder), Reason::Found);
            // The file knows its own name in the table; a copy of a file under another name gets a new one.
            let taken = backups::get(conn, &header.id)?.is_some_and(|b| b.state == State::Kept.as_str());
            row = Backup {
                id: if taken { row.id } else { header.id.clone() },
                reason: if taken { row.reason } else { header.reason.clone() },
                state: State::Kept.as_str().to_owned(),
                file: name.clone(),
                made_at: Some(header.made_at),
                bytes: Some(*bytes),
                header: Some(json!(header).to_string()),
                ..row
            };
            backups::put(conn, &row)?;
        }
        let there: HashSet<&String> = found.iter().map(|(name, ..)| name).collect();
        for row in kept.into_iter().filter(|b| b.folder == folder && !there.contains(&b.file)) {
            let before = (row.state()?, row.verification()?);
            let gone = Backup { state: State::Removed.as_str().to_owned(), problem: "Its file was taken out of the folder.".into(), ..row };
            backups::change(conn, &gone, before)?;
        }
        Ok(())
    })
}

/// Says of everything that waits why nothing can be done for it.
fn refuse_all(ledger: &impl Ledger, error: &Error, now: Micros) -> Result<()> {
    let problem = error.to_string();
    ledger.write(move |conn| {
        while let Some(row) = backups::waiting(conn)? {
            let before = (row.state()?, row.verification()?);
            let (state, verification, action) = match before.0 {
                State::Waiting => (State::Failed, before.1, "backup.failed"),
                state => (state, Verification::Failed, "backup.refused"),
            };
            let after = Backup {
                state: state.as_str().to_owned(),
                verification: verification.as_str().to_owned(),
                ended_at: Some(now.0),
                problem: problem.clone(),
                ..row
            };
            if !backups::change(conn, &after, before)? {
                break;
            }
            ask::note(conn, &Ctx { now, ..as_asked(&after) }, action, &after)?;
        }
        Ok(())
    })
}

fn interrupt(conn: &mut Conn, ctx: &Ctx, row: Backup) -> Result<()> {
    let before = (row.state()?, row.verification()?);
    let problem = "The process that worked on it ended in the middle. Nothing half-made is left.".to_owned();
    let mut after = Backup { stage: String::new(), percent: None, ended_at: Some(ctx.now.0), problem, ..row };
    if before.0 == State::Running {
        after.state = State::Interrupted.as_str().to_owned();
    } else {
        after.verification = Verification::Interrupted.as_str().to_owned();
    }
    backups::change(conn, &after, before)?;
    Ok(())
}

/// Makes a backup that waits, and notes what became of it. Whoever calls it has the turn.
///
/// # Errors
/// The database; the refusal of the backup itself is answered, too, after it was noted.
pub fn create(
    depot: &Depot,
    ledger: &impl Ledger,
    clock: &dyn Clock,
    _turn: &Turn,
    row: Backup,
) -> Result<std::result::Result<Backup, Error>> {
    let at = clock.now();
    let reason = row.reason()?;
    let before = (row.state()?, row.verification()?);
    let running = Backup {
        state: State::Running.as_str().to_owned(),
        stage: Stage::Dump.as_str().to_owned(),
        folder: depot.folder.display().to_string(),
        ..row
    };
    let (begun, standing) = (running.clone(), (State::Running, before.1));
    if !ledger.write(move |conn| Ok(backups::change(conn, &begun, before)?))? {
        return Ok(Err(Error::refused("already", "Somebody else took this backup up.")));
    }
    let made = make(depot, &running.id, reason, at, &watch(&running.id, ledger, clock));
    let ended = clock.now();
    let (row, action) = match &made {
        Ok(made) => (kept(running, made, ended), "backup.made"),
        Err(error) => (failed(running, State::Failed, error, ended), "backup.failed"),
    };
    let noted = row.clone();
    let ctx = Ctx { now: ended, ..as_asked(&row) };
    ledger.write(move |conn| {
        backups::change(conn, &noted, standing)?;
        ask::note(conn, &ctx, action, &noted)
    })?;
    Ok(made.map(|_| row))
}

/// A row of a backup that was made, whatever stood there before.
pub fn kept(row: Backup, made: &Made, ended: Micros) -> Backup {
    Backup {
        state: State::Kept.as_str().to_owned(),
        verification: Verification::Passed.as_str().to_owned(),
        stage: String::new(),
        percent: None,
        folder: made.path.parent().map_or_else(String::new, |folder| folder.display().to_string()),
        file: file_name(&made.path),
        made_at: Some(made.header.made_at),
        ended_at: Some(ended.0),
        bytes: i64::try_from(made.bytes).ok(),
        header: Some(json!(made.header).to_string()),
        verified_at: Some(ended.0),
        compared: Some(json!(made.compared).to_string()),
        problem: String::new(),
        ..row
    }
}

fn failed(row: Backup, state: State, error: &Error, ended: Micros) -> Backup {
    Backup {
        state: state.as_str().to_owned(),
        stage: String::new(),
        percent: None,
        ended_at: Some(ended.0),
        problem: error.to_string(),
        ..row
    }
}

/// Who asked, as the history names them.
fn as_asked(row: &Backup) -> Ctx {
    let mut ctx = Ctx::system(Micros(row.asked_at), row.id.clone());
    if row.asked_by_id.is_some() || row.reason == Reason::Asked.as_str() {
        ctx.actor.name.clone_from(&row.asked_by);
        ctx.actor.user = row.asked_by_id.clone().map(crate::domain::ids::UserId::stored);
    }
    ctx
}

/// Verifies a backup whose verification waits, and notes what was found.
///
/// # Errors
/// The database; what is wrong with the backup is noted with it.
pub fn verify(depot: &Depot, ledger: &impl Ledger, clock: &dyn Clock, row: Backup) -> Result<Backup> {
    let before = (row.state()?, row.verification()?);
    let running = Backup { verification: Verification::Running.as_str().to_owned(), stage: Stage::Restore.as_str().to_owned(), ..row };
    let begun = running.clone();
    ledger.write(move |conn| Ok(backups::change(conn, &begun, before)?))?;
    let found = compare::compare(depot, &running.path(), &watch(&running.id, ledger, clock));
    let now = clock.now();
    let at_rest = Backup { stage: String::new(), percent: None, ..running };
    let (row, action) = match found {
        Ok((_, checks)) => (
            Backup {
                verification: Verification::Passed.as_str().to_owned(),
                verified_at: Some(now.0),
                compared: Some(json!(checks).to_string()),
                problem: String::new(),
                ..at_rest
            },
            "backup.verified",
        ),
        Err(error) => {
            (Backup { verification: Verification::Failed.as_str().to_owned(), problem: error.to_string(), ..at_rest }, "backup.refused")
        }
    };
    let (noted, ctx) = (row.clone(), Ctx::system(now, row.id.clone()));
    ledger.write(move |conn| {
        backups::change(conn, &noted, (State::Kept, Verification::Running))?;
        ask::note(conn, &ctx, action, &noted)
    })?;
    Ok(row)
}

/// Notes stages and, at most once a second, how much of one is done. A note that fails only leaves the page behind.
fn watch<'a>(id: &'a str, ledger: &'a impl Ledger, clock: &'a dyn Clock) -> impl Fn(Stage, Option<i64>) + Sync + 'a {
    let (last, stage_before) = (AtomicI64::new(0), Mutex::new(Stage::None));
    move |stage, percent| {
        let now = clock.now().0;
        let mut before = stage_before.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *before == stage && now - last.load(Ordering::Relaxed) < NOTE {
            return;
        }
        *before = stage;
        drop(before);
        last.store(now, Ordering::Relaxed);
        let id = id.to_owned();
        if let Err(error) = ledger.write(move |conn| Ok(backups::progress(conn, &id, stage, percent)?)) {
            tracing::debug!(%error, "how far a backup is was not noted");
        }
    }
}

/// Removes files that have had their time by the settings.
///
/// # Errors
/// The database.
pub fn retain(depot: &Depot, ledger: &impl Ledger, now: Micros) -> Result<usize> {
    let folder = depot.folder.display().to_string();
    let expired = ledger.write(move |conn| {
        let settings = schedule::settings(conn)?;
        let mut rows = backups::kept(conn)?;
        rows.retain(|b| b.folder == folder && !matches!(b.verification.as_str(), "waiting" | "running") && look::is_there(b));
        let kept: Vec<Kept> = rows
            .iter()
            .map(|b| Kept {
                id: b.id.clone(),
                made_at: Micros(b.made_at.unwrap_or(0)),
                passed: b.verification == Verification::Passed.as_str(),
            })
            .collect();
        let expired: HashSet<String> = settings.expired(&kept, now).into_iter().collect();
        rows.retain(|b| expired.contains(&b.id));
        Ok(rows)
    })?;
    let removed = expired.len();
    for row in expired {
        // The file first: a row without its file is only a memory, a file without its row would be found again.
        let path = row.path();
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, file = %path.display(), "a backup that has had its time could not be removed");
            continue;
        }
        let ctx = Ctx::system(now, row.id.clone());
        ledger.write(move |conn| {
            let before = (row.state()?, row.verification()?);
            let gone = Backup { state: State::Removed.as_str().to_owned(), ended_at: Some(now.0), ..row };
            backups::change(conn, &gone, before)?;
            ask::note(conn, &ctx, "backup.removed", &gone)
        })?;
    }
    Ok(removed)
}
