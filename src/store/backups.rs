//! Rows about backups of the whole instance.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::backups;
use crate::domain::backup::{Reason, Stage, State, Verification};

/// A backup as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = backups, treat_none_as_null = true)]
pub struct Backup {
    /// `bak_…`
    pub id: String,
    /// See [`Reason`].
    pub reason: String,
    /// See [`State`].
    pub state: String,
    /// See [`Verification`].
    pub verification: String,
    /// See [`Stage`].
    pub stage: String,
    /// How much of the stage is done, where that can be known.
    pub percent: Option<i64>,
    /// The folder its file lies in.
    pub folder: String,
    /// The name of its file.
    pub file: String,
    /// Microseconds UTC.
    pub asked_at: i64,
    /// The person's id.
    pub asked_by_id: Option<String>,
    /// Who.
    pub asked_by: String,
    /// Microseconds UTC: the instant it shows.
    pub made_at: Option<i64>,
    /// Microseconds UTC: when the work on it ended.
    pub ended_at: Option<i64>,
    /// Of the file.
    pub bytes: Option<i64>,
    /// The file's own header, as JSON.
    pub header: Option<String>,
    /// Microseconds UTC.
    pub verified_at: Option<i64>,
    /// What was compared, as JSON.
    pub compared: Option<String>,
    /// Why it failed; empty otherwise.
    pub problem: String,
}

impl Backup {
    /// What became of it.
    pub fn state(&self) -> Result<State> {
        self.state.parse().map_err(Error::corrupt)
    }

    /// Whether it can be restored, as far as is known.
    pub fn verification(&self) -> Result<Verification> {
        self.verification.parse().map_err(Error::corrupt)
    }

    /// Why it was made.
    pub fn reason(&self) -> Result<Reason> {
        self.reason.parse().map_err(Error::corrupt)
    }

    /// How far the work on it is.
    pub fn stage(&self) -> Result<Stage> {
        self.stage.parse().map_err(Error::corrupt)
    }

    /// Whether somebody works on it, or will.
    pub fn is_busy(&self) -> bool {
        let open = |word: &str| matches!(word, "waiting" | "running");
        open(&self.state) || open(&self.verification)
    }

    /// Where its file lies.
    pub fn path(&self) -> std::path::PathBuf {
        std::path::Path::new(&self.folder).join(&self.file)
    }
}

/// Adds one.
pub fn insert(conn: &mut Conn, row: &Backup) -> Result<()> {
    diesel::insert_into(backups::table).values(row).execute(conn)?;
    Ok(())
}

/// Changes one if it still stands in this state with this verification; `false` when it does not.
pub fn change(conn: &mut Conn, row: &Backup, from: (State, Verification)) -> Result<bool> {
    let found = backups::table
        .filter(backups::id.eq(&row.id))
        .filter(backups::state.eq(from.0.as_str()))
        .filter(backups::verification.eq(from.1.as_str()));
    Ok(diesel::update(found).set(row).execute(conn)? == 1)
}

/// Notes how far the work on one is.
pub fn progress(conn: &mut Conn, id: &str, stage: Stage, percent: Option<i64>) -> Result<()> {
    let set = (backups::stage.eq(stage.as_str()), backups::percent.eq(percent));
    diesel::update(backups::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// By its id.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Backup>> {
    Ok(backups::table.find(id).select(Backup::as_select()).first(conn).optional()?)
}

/// The oldest that waits to be made or verified.
pub fn waiting(conn: &mut Conn) -> Result<Option<Backup>> {
    let waits = backups::state.eq(State::Waiting.as_str()).or(backups::verification.eq(Verification::Waiting.as_str()));
    Ok(backups::table.filter(waits).order(backups::id.asc()).select(Backup::as_select()).first(conn).optional()?)
}

/// Those that somebody works on.
pub fn running(conn: &mut Conn) -> Result<Vec<Backup>> {
    let runs = backups::state.eq(State::Running.as_str()).or(backups::verification.eq(Verification::Running.as_str()));
    Ok(backups::table.filter(runs).order(backups::id.asc()).select(Backup::as_select()).load(conn)?)
}

/// Those whose files are there as far as is known, newest first.
pub fn kept(conn: &mut Conn) -> Result<Vec<Backup>> {
    let kept = backups::table.filter(backups::state.eq(State::Kept.as_str()));
    Ok(kept.order(backups::made_at.desc()).select(Backup::as_select()).load(conn)?)
}

/// When the last one was tried that did not wait any more.
pub fn last_tried(conn: &mut Conn) -> Result<Option<i64>> {
    let tried = backups::table
        .filter(backups::state.eq_any([State::Failed.as_str(), State::Interrupted.as_str(), State::Running.as_str()]))
        .filter(backups::reason.eq(Reason::Scheduled.as_str()));
    Ok(tried.select(diesel::dsl::max(backups::asked_at)).get_result(conn)?)
}

/// All of them, newest first.
pub fn list(conn: &mut Conn, from: &Direction<String>, limit: i64) -> Result<Page<Backup>> {
    let mut query = backups::table.select(Backup::as_select()).limit(limit + 1).into_boxed();
    query = match from {
        Direction::Newest => query.order(backups::id.desc()),
        Direction::Before(id) => query.filter(backups::id.lt(id)).order(backups::id.desc()),
        Direction::After(id) => query.filter(backups::id.gt(id)).order(backups::id.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Every row, for a database that takes the place of another.
pub fn all(conn: &mut Conn) -> Result<Vec<Backup>> {
    Ok(backups::table.order(backups::id.asc()).select(Backup::as_select()).load(conn)?)
}

/// Puts a row in place of the one with its id, if there is one.
pub fn put(conn: &mut Conn, row: &Backup) -> Result<()> {
    let changed = diesel::update(backups::table.find(&row.id)).set(row).execute(conn)?;
    if changed == 0 { insert(conn, row) } else { Ok(()) }
}
