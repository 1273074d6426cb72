//! What a check-up of the database asks: its kind and version, its own checks, and runs that got stuck.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::conn::Conn;
use super::error::Result;
use super::schema::{runs, workers};
use super::workers::resting;

/// The database's name and version, e.g. `SQLite 3.53.0`.
pub fn version(conn: &mut Conn) -> Result<String> {
    let (name, ask) = match conn {
        Conn::Sqlite(_) => ("SQLite", "sqlite_version()"),
        Conn::Pg(_) => ("PostgreSQL", "current_setting('server_version')"),
    };
    let version: String = diesel::select(diesel::dsl::sql::<Text>(ask)).get_result(conn)?;
    Ok(format!("{name} {version}"))
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    found: String,
}

/// What SQLite's own quick check finds damaged, at most ten lines; nothing on PostgreSQL, which has no such check.
pub fn damage(conn: &mut Conn) -> Result<Vec<String>> {
    if matches!(conn, Conn::Pg(_)) {
        return Ok(Vec::new());
    }
    let found: Vec<Found> = diesel::sql_query("SELECT quick_check AS found FROM pragma_quick_check LIMIT 10").load(conn)?;
    Ok(found.into_iter().map(|row| row.found).filter(|line| line != "ok").collect())
}

/// Tables with rows that point at rows which are not there; PostgreSQL never lets one be written.
pub fn dangling(conn: &mut Conn) -> Result<Vec<String>> {
    if matches!(conn, Conn::Pg(_)) {
        return Ok(Vec::new());
    }
    let query = "SELECT DISTINCT \"table\" || ' → ' || \"parent\" AS found FROM pragma_foreign_key_check";
    let found: Vec<Found> = diesel::sql_query(query).load(conn)?;
    Ok(found.into_iter().map(|row| row.found).collect())
}

/// Runs that do not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stuck {
    /// They wait for a person.
    pub need_attention: i64,
    /// A worker that has not been heard of holds them.
    pub held_by_silent: i64,
    /// Nobody has taken them up although they were due.
    pub not_taken_up: i64,
}

/// Counts runs that do not move: held by a worker silent since `silent`, or due since before `due`.
pub fn stuck(conn: &mut Conn, silent: i64, due: i64) -> Result<Stuck> {
    let need_attention = resting("needs_attention").count().get_result(conn)?;
    let lively = workers::table.filter(workers::heartbeat_at.ge(silent)).select(workers::id.nullable());
    let lively: Vec<Option<String>> = lively.load(conn)?;
    let held_by_silent = runs::table.filter(runs::worker.is_not_null()).filter(runs::worker.ne_all(lively)).count().get_result(conn)?;
    let pending: i64 = resting("pending").filter(runs::created_at.lt(due)).count().get_result(conn)?;
    let overdue: i64 = runs::table.filter(runs::state.eq("waiting")).filter(runs::wake_at.lt(due)).count().get_result(conn)?;
    Ok(Stuck { need_attention, held_by_silent, not_taken_up: pending + overdue })
}

/// Bytes of the database: of the file with its log, or of the server's copy.
pub fn size(conn: &mut Conn) -> Result<i64> {
    let ask = match conn {
        Conn::Sqlite(_) => "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())",
        Conn::Pg(_) => "pg_database_size(current_database())",
    };
    Ok(diesel::select(diesel::dsl::sql::<BigInt>(ask)).get_result(conn)?)
}
