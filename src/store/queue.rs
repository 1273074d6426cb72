//! The order in which pending runs are taken up: by priority, the usual ones by age (PRODUCT §4.3).

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::cached::one_of;
use super::conn::Conn;
use super::error::Result;
use super::schema::{run_priorities, runs};
use super::workers::resting;
use crate::{each_backend, fixed};

/// Notes the priority of a run that is left pending.
pub fn rank(conn: &mut Conn, run: &str, priority: i64) -> Result<()> {
    diesel::insert_into(run_priorities::table)
        .values((run_priorities::run_id.eq(run), run_priorities::priority.eq(priority)))
        .execute(conn)?;
    Ok(())
}

/// Forgets the priorities of runs that were taken up, have ended, or go.
pub fn forget(conn: &mut Conn, ids: &[impl AsRef<str>]) -> Result<()> {
    if !ids.is_empty() {
        let rows = run_priorities::table.filter(one_of("run_id", ids));
        each_backend!(conn, inner => diesel::delete(rows).execute(inner))?;
    }
    Ok(())
}

/// Pending runs that go before the usual ones, the greatest priority first, then the oldest.
pub(super) fn ahead(conn: &mut Conn, most: i64) -> Result<Vec<String>> {
    let ranked = run_priorities::table
        .filter(run_priorities::priority.gt(0))
        .filter(exists(resting("pending").filter(runs::id.eq(run_priorities::run_id))))
        .order((run_priorities::priority.desc(), run_priorities::run_id.asc()))
        .limit(most)
        .select(run_priorities::run_id);
    Ok(fixed!(ranked).load(conn)?)
}

/// Pending runs without a priority, oldest first.
pub(super) fn usual(conn: &mut Conn, most: i64) -> Result<Vec<String>> {
    let unranked = resting("pending")
        .filter(not(exists(run_priorities::table.filter(run_priorities::run_id.eq(runs::id)))))
        .order(runs::id.asc())
        .limit(most)
        .select(runs::id);
    Ok(fixed!(unranked).load(conn)?)
}

/// Pending runs that wait until nothing else is due, the least negative priority first, then the oldest.
pub(super) fn behind(conn: &mut Conn, most: i64) -> Result<Vec<String>> {
    let ranked = run_priorities::table
        .filter(run_priorities::priority.lt(0))
        .filter(exists(resting("pending").filter(runs::id.eq(run_priorities::run_id))))
        .order((run_priorities::priority.desc(), run_priorities::run_id.asc()))
        .limit(most)
        .select(run_priorities::run_id);
    Ok(fixed!(ranked).load(conn)?)
}
