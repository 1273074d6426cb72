//! Runs that were started again because their version was found bad: each at most once (PRODUCT §5.5).

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::cached::said;
use super::conn::{Conn, MultiBackend};
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

type Query<'q> = runs::BoxedQuery<'q, MultiBackend>;

/// Runs of a version in an environment that ended and were not started again yet. Tests are left out, and runs whose input
/// carries a secret: that is kept sealed, and only whoever sent it has it.
fn left<'q>(version: &'q str, environment: &'q str, which: Which) -> Query<'q> {
    let again = diesel::alias!(runs as again);
    let ended = runs::table
        .filter(runs::version_id.eq(version))
        .filter(runs::environment_id.eq(environment))
        .filter(runs::test.eq(false))
        .filter(runs::input.not_like("sealed:%"))
        .filter(runs::parent_run_id.is_null())
        .filter(runs::finished_at.is_not_null())
        .filter(not(exists(reruns::table.filter(reruns::run_id.eq(runs::id)))))
        // Somebody retried it by hand.
        .filter(not(exists(again.filter(again.field(runs::retry_of).eq(runs::id.nullable())))))
        .into_boxed();
    match which {
        // Literally, so that the index of what failed is used.
        Which::Failed => ended.filter(said("runs.state = 'faulted'")),
        Which::Ended => ended,
    }
}

/// Those that are left, oldest first, from a run's id on.
pub fn waiting(conn: &mut Conn, version: &str, environment: &str, which: Which, after: &str, limit: i64) -> Result<Vec<Run>> {
    Ok(left(version, environment, which)
        .filter(runs::id.gt(after))
        .order(runs::id.asc())
        .limit(limit)
        .select(Run::as_select())
        .load(conn)?)
}

/// How many are left, counted no further than `limit`.
pub fn count(conn: &mut Conn, version: &str, environment: &str, which: Which, limit: i64) -> Result<i64> {
    let found: Vec<String> = left(version, environment, which).limit(limit).select(runs::id).load(conn)?;
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
