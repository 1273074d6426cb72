//! Workers and the leases they hold: one heartbeat a process, one fence a run (TRUST P8).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::queue;
use super::runs::Run;
use super::schema::{runs, workers};
use crate::{each_backend, fixed};

/// Announces a worker.
pub fn register(conn: &mut Conn, id: &str, machine: &str, now: i64) -> Result<()> {
    diesel::insert_into(workers::table)
        .values((workers::id.eq(id), workers::machine.eq(machine), workers::started_at.eq(now), workers::heartbeat_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Says that a worker lives; `false` when others have taken it for dead and buried it.
pub fn beat(conn: &mut Conn, id: &str, now: i64) -> Result<bool> {
    Ok(diesel::update(workers::table.find(id)).set(workers::heartbeat_at.eq(now)).execute(conn)? == 1)
}

/// Workers that have not been heard of since `before`, and earlier ones of the same machine.
pub fn silent(conn: &mut Conn, me: &str, machine: &str, before: i64) -> Result<Vec<String>> {
    Ok(workers::table
        .filter(workers::id.ne(me))
        .filter(workers::heartbeat_at.lt(before).or(workers::machine.eq(machine)))
        .select(workers::id)
        .load(conn)?)
}

/// Buries a worker: what it held can be taken up again, at once. Returns the ids of those runs.
/// Whatever it still tries to write names a fence that is no longer the run's.
pub fn bury(conn: &mut Conn, id: &str) -> Result<Vec<String>> {
    let freed = diesel::update(runs::table.filter(runs::worker.eq(id)))
        .set((
            runs::worker.eq(None::<String>),
            runs::state.eq("pending"),
            runs::fence.eq(runs::fence + 1),
            runs::takeovers.eq(runs::takeovers + 1),
            runs::wake_at.eq(None::<i64>),
        ))
        .returning(runs::id)
        .get_results(conn)?;
    diesel::delete(workers::table.find(id)).execute(conn)?;
    Ok(freed)
}

/// Ends a worker that has put down everything it held.
pub fn unregister(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::update(runs::table.filter(runs::worker.eq(id)))
        .set((runs::worker.eq(None::<String>), runs::state.eq("pending"), runs::fence.eq(runs::fence + 1)))
        .execute(conn)?;
    diesel::delete(workers::table.find(id)).execute(conn)?;
    Ok(())
}

/// Workers heard of since `since`.
pub fn lively(conn: &mut Conn, since: i64) -> Result<i64> {
    Ok(workers::table.filter(workers::heartbeat_at.ge(since)).count().get_result(conn)?)
}

/// Ends every worker, in a database that was just restored: whoever held its runs then holds nothing now.
pub fn bury_all(conn: &mut Conn) -> Result<()> {
    diesel::update(runs::table.filter(runs::worker.is_not_null()))
        .set((runs::worker.eq(None::<String>), runs::state.eq("pending"), runs::fence.eq(runs::fence + 1), runs::wake_at.eq(None::<i64>)))
        .execute(conn)?;
    diesel::delete(workers::table).execute(conn)?;
    Ok(())
}

/// A run has started when it is first taken up, and stays so.
fn first_claim(
    now: i64,
) -> diesel::dsl::Eq<runs::started_at, diesel::expression::SqlLiteral<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>> {
    runs::started_at.eq(diesel::dsl::sql(&format!("COALESCE(started_at, {now})")))
}

/// Runs in a state that nobody holds and that have not ended, by the index that has just those.
#[diesel::dsl::auto_type]
pub(super) fn resting<'a>(state: &'a str) -> _ {
    runs::table.filter(runs::state.eq(state)).filter(runs::worker.is_null()).filter(runs::finished_at.is_null())
}

/// Takes up to `most` runs that are pending, or whose wait is over: pending ones with a positive priority first, then the
/// others by age, then those with a negative priority. They come back in that order.
pub fn claim(conn: &mut Conn, worker: &str, now: i64, most: i64) -> Result<Vec<Run>> {
    let left = |due: &[String]| most - i64::try_from(due.len()).unwrap_or(most);
    let mut due = queue::ahead(conn, most)?;
    let mut ranked = due.clone();
    if left(&due) > 0 {
        due.extend(queue::usual(conn, left(&due))?);
    }
    if left(&due) > 0 {
        let waiting = runs::table.filter(runs::state.eq("waiting")).filter(runs::wake_at.le(now));
        due.extend(fixed!(waiting.order(runs::wake_at.asc()).limit(left(&due)).select(runs::id)).load::<String>(conn)?);
    }
    if left(&due) > 0 {
        let last = queue::behind(conn, left(&due))?;
        ranked.extend_from_slice(&last);
        due.extend(last);
    }
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken: Vec<Run> = each_backend!(conn, inner => diesel::update(runs::table.filter(runs::id.eq_any(&due)).filter(runs::worker.is_null()).filter(runs::state.eq_any(["pending", "waiting"])))
        .set((runs::worker.eq(worker), runs::state.eq("running"), runs::fence.eq(runs::fence + 1), runs::wake_at.eq(None::<i64>), first_claim(now)))
        .returning(Run::as_returning())
        .get_results(inner))?;
    // What another worker took in between is not forgotten here, but there.
    ranked.retain(|id| taken.iter().any(|run| run.id == *id));
    queue::forget(conn, &ranked)?;
    taken.sort_by_key(|run| due.iter().position(|id| *id == run.id));
    Ok(taken)
}

/// Whether a run is pending, or its wait is over.
pub fn due(conn: &mut Conn, now: i64) -> Result<bool> {
    let pending = resting("pending").order(runs::id.asc()).select(runs::id).limit(1);
    if fixed!(pending).get_result::<String>(conn).optional()?.is_some() {
        return Ok(true);
    }
    Ok(next_wake(conn)?.is_some_and(|at| at <= now))
}

/// When the next wait is over, if any run waits for an instant.
pub fn next_wake(conn: &mut Conn) -> Result<Option<i64>> {
    Ok(fixed!(runs::table.filter(runs::wake_at.is_not_null()).select(diesel::dsl::min(runs::wake_at))).get_result(conn)?)
}

/// Controls left for runs this worker holds.
pub fn controls(conn: &mut Conn, worker: &str) -> Result<Vec<(String, String)>> {
    Ok(runs::table
        .filter(runs::worker.eq(worker))
        .filter(runs::control.is_not_null())
        .select((runs::id, runs::control.assume_not_null()))
        .load(conn)?)
}
