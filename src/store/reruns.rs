//! Runs that were started again because their version was found bad: each at most once (PRODUCT §5.5).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::runs::Run;
use super::schema::{reruns, runs};
use crate::each_backend;

/// Which of the touched runs are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that failed.
    Failed,
    /// All that ended.
    Ended,
}

/// Runs of a version in an environment that ended and were not started again yet, oldest first. Tests are left out, and
/// runs whose input carries a secret: that is kept sealed, and only whoever sent it has it.
pub fn waiting(conn: &mut Conn, version: &str, environment: &str, which: Which, limit: i64) -> Result<Vec<Run>> {
    let mut query = runs::table
        .filter(runs::version_id.eq(version))
        .filter(runs::environment_id.eq(environment))
        .filter(runs::test.eq(false))
        .filter(runs::input.not_like("sealed:%"))
        .filter(runs::parent_run_id.is_null())
        .filter(runs::finished_at.is_not_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(reruns::table.filter(reruns::run_id.eq(runs::id)))))
        .order(runs::id.asc())
        .limit(limit)
        .select(Run::as_select())
        .into_boxed();
    if which == Which::Failed {
        query = query.filter(runs::state.eq("faulted"));
    }
    Ok(query.load(conn)?)
}

/// How many wait, counted no further than `limit`.
pub fn count(conn: &mut Conn, version: &str, environment: &str, which: Which, limit: i64) -> Result<i64> {
    let mut query = runs::table
        .filter(runs::version_id.eq(version))
        .filter(runs::environment_id.eq(environment))
        .filter(runs::test.eq(false))
        .filter(runs::parent_run_id.is_null())
        .filter(runs::finished_at.is_not_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(reruns::table.filter(reruns::run_id.eq(runs::id)))))
        .limit(limit)
        .select(runs::id)
        .into_boxed();
    if which == Which::Failed {
        query = query.filter(runs::state.eq("faulted"));
    }
    let found: Vec<String> = query.load(conn)?;
    Ok(i64::try_from(found.len()).unwrap_or(limit))
}

/// Notes that a run is started again; `false`: it was already.
pub fn note(conn: &mut Conn, run: &str, new_run: &str, now: i64, by: &str) -> Result<bool> {
    let row = (reruns::run_id.eq(run), reruns::new_run_id.eq(new_run), reruns::at.eq(now), reruns::by_name.eq(by));
    let added = each_backend!(conn, inner => diesel::insert_into(reruns::table).values(row).on_conflict_do_nothing().execute(inner))?;
    Ok(added == 1)
}

/// The run that a run was started again as.
pub fn of(conn: &mut Conn, run: &str) -> Result<Option<String>> {
    Ok(reruns::table.find(run).select(reruns::new_run_id).first(conn).optional()?)
}
