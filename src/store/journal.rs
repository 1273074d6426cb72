//! The journal of a run: one row per step entered, written by the worker that holds the run.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{run_steps, runs};
use crate::{each_backend, fixed};

/// A step as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = run_steps, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Step {
    /// The run.
    pub run_id: String,
    /// Order of entering, from 0.
    pub position: i64,
    /// Unique within the run: the pointer with iteration marks.
    pub key: String,
    /// The task's address in the definition.
    pub pointer: String,
    /// The task's name.
    pub name: String,
    /// The task's kind.
    pub kind: String,
    /// Which round of a loop, from 0.
    pub iteration: Option<i64>,
    /// See `domain::run::StepState`.
    pub state: String,
    /// Attempts at its effect, as JSON.
    pub attempts: String,
    /// As JSON.
    pub input: String,
    /// As JSON.
    pub output: Option<String>,
    /// As JSON.
    pub error: Option<String>,
    /// `$context` when the step changed it, as JSON.
    pub context: Option<String>,
    /// Where it sent the flow, when not on.
    pub directive: Option<String>,
    /// Microseconds UTC.
    pub started_at: i64,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
    /// What it waits for.
    pub wake_at: Option<i64>,
    /// The run of the flow it called.
    pub child_run_id: Option<String>,
}

/// Steps of a run in the order of entering.
pub fn steps(conn: &mut Conn, run: &str) -> Result<Vec<Step>> {
    Ok(run_steps::table.filter(run_steps::run_id.eq(run)).order(run_steps::position.asc()).select(Step::as_select()).load(conn)?)
}

/// Steps after a position, up to `limit`, for pages of long runs.
pub fn steps_after(conn: &mut Conn, run: &str, position: i64, limit: i64) -> Result<Vec<Step>> {
    Ok(run_steps::table
        .filter(run_steps::run_id.eq(run))
        .filter(run_steps::position.gt(position))
        .order(run_steps::position.asc())
        .limit(limit)
        .select(Step::as_select())
        .load(conn)?)
}

/// Whether the run is still held under this fence; asked first in every write of a worker.
pub fn holds(conn: &mut Conn, run: &str, worker: &str, fence: i64) -> Result<bool> {
    // An update, not a look: on PostgreSQL it takes the row for the rest of the transaction.
    let held = runs::table.find(run).filter(runs::worker.eq(worker)).filter(runs::fence.eq(fence));
    Ok(each_backend!(conn, inner => fixed!(diesel::update(held).set(runs::fence.eq(fence))).execute(inner))? == 1)
}

/// Adds or replaces steps; the same row twice is the same as once.
pub fn put(conn: &mut Conn, rows: &[Step]) -> Result<()> {
    for row in rows {
        match conn {
            Conn::Sqlite(inner) => diesel::replace_into(run_steps::table).values(row).execute(inner)?,
            Conn::Pg(inner) => {
                let put = diesel::insert_into(run_steps::table).values(row);
                fixed!(put.on_conflict((run_steps::run_id, run_steps::position)).do_update().set(row)).execute(inner)?
            }
        };
    }
    Ok(())
}

/// What a worker writes when it puts a run down.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = runs, treat_none_as_null = true)]
pub struct PutDown {
    /// The state it is left in.
    pub state: String,
    /// As JSON.
    pub output: Option<String>,
    /// As JSON.
    pub error: Option<String>,
    /// When it ended, if it did.
    pub finished_at: Option<i64>,
    /// When it goes on, if it waits for an instant.
    pub wake_at: Option<i64>,
    /// Nobody holds it any more.
    pub worker: Option<String>,
    /// Orders that were obeyed are gone.
    pub control: Option<String>,
}

/// Puts a run down under this fence; `false` when another worker holds it.
pub fn put_down(conn: &mut Conn, run: &str, worker: &str, fence: i64, change: &PutDown) -> Result<bool> {
    let held = runs::table.find(run).filter(runs::worker.eq(worker)).filter(runs::fence.eq(fence));
    Ok(each_backend!(conn, inner => fixed!(diesel::update(held).set(change)).execute(inner))? == 1)
}

/// Forgets how often a run was taken over: it got a step done.
pub fn got_on(conn: &mut Conn, run: &str) -> Result<()> {
    diesel::update(runs::table.find(run)).set(runs::takeovers.eq(0)).execute(conn)?;
    Ok(())
}

/// Wakes a run that waits for a flow it called, if it does; one that is being put down finds the child ended.
pub fn wake(conn: &mut Conn, run: &str, now: i64) -> Result<()> {
    diesel::update(runs::table.find(run).filter(runs::state.eq("waiting"))).set(runs::wake_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Marks steps that were under way as cancelled, when the run is ended from outside.
pub fn cancel_open_steps(conn: &mut Conn, run: &str, now: i64) -> Result<()> {
    diesel::update(run_steps::table.filter(run_steps::run_id.eq(run)).filter(run_steps::state.eq_any(["running", "waiting"])))
        .set((run_steps::state.eq("cancelled"), run_steps::ended_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Runs that a run's steps called and were waiting for.
pub fn awaited_children(conn: &mut Conn, run: &str) -> Result<Vec<String>> {
    Ok(run_steps::table
        .filter(run_steps::run_id.eq(run))
        .filter(run_steps::state.eq_any(["waiting", "cancelled"]))
        .filter(run_steps::child_run_id.is_not_null())
        .select(run_steps::child_run_id.assume_not_null())
        .load(conn)?)
}

/// Forgets attempts whose outcome is unknown, because a person decided that they shall be made again.
pub fn forget_intents(conn: &mut Conn, run: &str) -> Result<()> {
    diesel::update(run_steps::table.filter(run_steps::run_id.eq(run)).filter(run_steps::ended_at.is_null()))
        .set(run_steps::attempts.eq("[]"))
        .execute(conn)?;
    Ok(())
}
