//! Going back to a backup, all or nothing (PRODUCT §10.2).
//!
//! The present is backed up first. The backup is restored beside it, compared, brought up to this program's schema and
//! prepared; only then it takes the present database's place, in one step. Whenever the process dies, exactly the old
//! database stands there or exactly the new one.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::audit;
use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::compare::{Gone, Watch, checks, fits};
use super::envelope::{self, Header};
use super::hold::{Held, hold};
use super::make::{Made, make, stamp};
use super::work::kept;
use super::{Depot, ask, file_name, point};
use crate::domain::access::Permission;
use crate::domain::backup::{Facts, Reason, Stage, State, Verification};
use crate::domain::clock::Micros;
use crate::store::backups::{self, Backup};
use crate::store::conn::{Conn, Manager, Purpose as For, Target};
use crate::store::copy::{self, Purpose, Scratch, measure};
use crate::store::migrate::{self, Standing};
use crate::store::{self, people, sealing, sessions, workers, workspaces};

/// A worker not heard of for so long is gone; others take its runs over after that.
const SILENCE: i64 = 45 * Micros::SECOND;

/// Whether a person may have the server go back to this backup now; the history says that they asked.
///
/// # Errors
/// Not an admin of the instance; `backup_busy`; `in_use` while other servers work on the same database.
pub fn allow(conn: &mut Conn, ctx: &Ctx, backup: &Backup) -> Result<()> {
    ctx.allow(Permission::Administer, None)?;
    if !backups::running(conn)?.is_empty() {
        return Err(Error::refused("backup_busy", "A backup is being made or verified. Wait for its end, then try again."));
    }
    let others = workers::lively(conn, ctx.now.plus(-SILENCE).0)? - 1;
    if others > 0 {
        let text = format!("{others} other servers work on this database. Stop them first: they would go on with what is taken away.");
        return Err(Error::refused("in_use", text));
    }
    ask::note(conn, ctx, "instance.restore_asked", backup)
}

/// What a restore needs to know besides the file.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The present database cannot be read any more: it is kept as it lies, without a backup of it.
    pub damaged: bool,
    /// What the key of this machine is known by; `None` where there is no key.
    pub key_check: Option<String>,
}

/// What a restore did.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What was brought back.
    pub header: Header,
    /// Schema steps that were applied to it.
    pub applied: Vec<String>,
    /// The backup of what stood there before, unless nothing did or it could not be read.
    pub saved: Option<PathBuf>,
    /// The file or database that stood there before.
    pub kept: String,
    /// Its secrets were set with another key than this machine has.
    pub needs_key: bool,
}

/// Puts the present database back to what a backup holds. The server is stopped, or drained by whoever calls this.
///
/// # Errors
/// The file is damaged, newer or of another kind; the present cannot be backed up; somebody uses the database. The
/// present database stands untouched then.
pub fn restore(depot: &Depot, path: &Path, ctx: &Ctx, wish: &Wish, watch: Watch<'_>) -> Result<Restored> {
    let _turn = depot.turn()?;
    copy::sweep(&depot.target)?;
    fits(depot, &envelope::judged(path)?)?;
    point::pass("restore-begun");
    let (saved, carried) = if wish.damaged { (None, Vec::new()) } else { save(depot, ctx, watch)? };
    point::pass("restore-saved");

    let content = match &depot.target {
        Target::Sqlite(database) => copy::staged(database),
        Target::Postgres(_) => depot.folder.join("restore.partial"),
    };
    depot.prepare()?;
    let _ = std::fs::remove_file(&content);
    let gone = Gone(&content);
    watch(Stage::Restore, Some(0));
    let header = envelope::unpack(path, &content, &|percent| watch(Stage::Restore, Some(percent)))?;
    point::pass("restore-unpacked");
    let mut scratch = Scratch::open(&depot.target, &content, Purpose::Restore)?;
    watch(Stage::Compare, None);
    let compared = checks(&mut scratch, &header, &depot.vault)?;
    point::pass("restore-compared");
    scratch.make_writable()?;
    let conn = scratch.conn()?;
    let applied = migrate::run(conn)?;
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    let itself = Made { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()), header: header.clone(), bytes, compared };
    let facts = Came {
        itself: &itself,
        header: &header,
        file: &file_name(path),
        carried: &carried,
        saved: saved.as_ref(),
        key_check: wish.key_check.as_deref(),
    };
    let needs_key = store::transaction(conn, |conn| after_restore(conn, ctx, &facts))?;
    point::pass("restore-prepared");
    // To the microsecond: what one restore kept must not be in the way of what the next one keeps.
    let named = format!("{}-{:06}", stamp(ctx.now), ctx.now.0.rem_euclid(Micros::SECOND));
    let kept = scratch.take_the_place(&depot.target, &named, wish.damaged, &point::pass)?;
    drop(gone);
    Ok(Restored { header, applied, saved: saved.map(|made| made.path), kept, needs_key })
}

/// The present database as a verified backup, and what it knows of backups.
fn save(depot: &Depot, ctx: &Ctx, watch: Watch<'_>) -> Result<(Option<Made>, Vec<Backup>)> {
    if let Target::Sqlite(path) = &depot.target
        && !path.exists()
    {
        return Ok((None, Vec::new()));
    }
    let unreadable = |error: Error| {
        let text = format!(
            "{error} The present database could not be backed up, so nothing was changed. If it is beyond repair, restore with --damaged: it is kept as it lies."
        );
        Error::refused("present_unreadable", text)
    };
    let mut conn =
        Manager { target: depot.target.clone(), purpose: For::Write, unsynchronised: false }.open().map_err(|e| unreadable(e.into()))?;
    let standing = migrate::standing(&mut conn).map_err(|e| unreadable(e.into()))?;
    if standing == Standing::Empty {
        return Ok((None, Vec::new()));
    }
    // A database of before the first backups knows none; one of a newer program is saved as it is.
    let carried = if standing == Standing::Current { backups::all(&mut conn)? } else { Vec::new() };
    drop(conn);
    let row = ask::row(ctx, &depot.folder, Reason::BeforeRestore);
    let made = match standing {
        Standing::Ahead(_) => None,
        _ => Some(make(depot, &row.id, Reason::BeforeRestore, ctx.now, watch).map_err(unreadable)?),
    };
    Ok((made, carried))
}

/// What comes into a restored database from outside of it.
pub struct Came<'a> {
    /// The backup, which in itself was still being made.
    pub itself: &'a Made,
    /// What the backup says of itself.
    pub header: &'a Header,
    /// Its file.
    pub file: &'a str,
    /// What the database before it knew of backups.
    pub carried: &'a [Backup],
    /// The backup of the database before it.
    pub saved: Option<&'a Made>,
    /// What this machine's key is known by.
    pub key_check: Option<&'a str>,
}

/// Makes a restored database fit to take the present one's place, in one transaction: nobody is signed in, no worker
/// holds a run, everything is held until an admin lets it go, and the history says what happened. Tokens stay. Returns
/// whether its secrets were set with another key.
///
/// # Errors
/// The database.
pub fn after_restore(conn: &mut Conn, ctx: &Ctx, came: &Came<'_>) -> Result<bool> {
    sessions::sweep(conn, i64::MAX)?;
    people::drop_setup_links(conn)?;
    workers::bury_all(conn)?;
    for row in backups::all(conn)? {
        let row = if row.id == came.header.id { kept(row, came.itself, ctx.now) } else { at_rest(row, ctx.now) };
        backups::put(conn, &row)?;
    }
    for row in came.carried {
        backups::put(conn, &at_rest(row.clone(), ctx.now))?;
    }
    if let Some(made) = came.saved {
        let asked = ask::row(ctx, Path::new(""), Reason::BeforeRestore);
        backups::put(conn, &Backup { id: made.header.id.clone(), ..kept(asked, made, ctx.now) })?;
    }
    let needs_key = adopt_key(conn, came.key_check)?;
    let made_at = Micros(came.header.made_at);
    hold(conn, &Held { since: ctx.now, made_at, file: came.file.to_owned(), by: ctx.name().to_owned() })?;
    let before = came.saved.map(|made| summary(&made.header.facts));
    let after = json!({"file": came.file, "backup": came.header.id, "made_at": made_at.0, "made_by": came.header.version, "held": summary(&came.header.facts)});
    // What the backup does not hold is set aside, not cut off: the signed epoch says so.
    if sealing::current().is_some() {
        audit::begin_epoch(conn, ctx, &format!("the backup of {} was restored", made_at.rfc3339()))?;
    }
    ctx.record(conn, Event { action: "instance.restored", before, after: Some(after), ..Event::default() })?;
    Ok(needs_key)
}

fn summary(facts: &Facts) -> serde_json::Value {
    json!({"schema": facts.step(), "rows": facts.rows(), "events": facts.events, "head": facts.head})
}

/// Nobody works on anything in a database that was just restored.
fn at_rest(mut row: Backup, now: Micros) -> Backup {
    if matches!(row.state.as_str(), "waiting" | "running") {
        row.state = State::Interrupted.as_str().to_owned();
        row.problem = "The instance was restored from another backup meanwhile.".to_owned();
        row.ended_at = Some(now.0);
    }
    if matches!(row.verification.as_str(), "waiting" | "running") {
        row.verification = Verification::Interrupted.as_str().to_owned();
    }
    Backup { stage: String::new(), percent: None, ..row }
}

/// The name under which an instance keeps what its key is known by.
pub const KEY_CHECK: &str = "key_check";
/// The same of the key that a restored database was begun with: whoever puts that key back later is let in.
pub const KEY_CHECK_BEFORE: &str = "key_check_before";

/// A database from another machine goes on with this machine's key; its secrets wait for their own (TRUST §4.9).
fn adopt_key(conn: &mut Conn, mine: Option<&str>) -> Result<bool> {
    let theirs = workspaces::instance_value(conn, KEY_CHECK)?;
    let (Some(mine), Some(theirs)) = (mine, theirs) else { return Ok(mine.is_none()) };
    if mine == theirs {
        return Ok(false);
    }
    let sealed = !measure::sealed(conn, 1)?.is_empty();
    workspaces::set_instance_value(conn, KEY_CHECK_BEFORE, &theirs)?;
    workspaces::set_instance_value(conn, KEY_CHECK, mine)?;
    Ok(sealed)
}

/// Says in the history that going back did not work, and that the present stayed.
///
/// # Errors
/// The database.
pub fn note_failure(conn: &mut Conn, ctx: &Ctx, file: &str, problem: &str) -> Result<()> {
    let after = json!({"file": file});
    ctx.record(conn, Event { action: FAILED, after: Some(after), reason: Some(problem), ..Event::default() })?;
    Ok(())
}

/// The action of [`note_failure`].
pub const FAILED: &str = "instance.restore_failed";
