//! What ended during a rollout, per share and side; written in the transaction that ends a run.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{rollout_minutes, rollout_tallies};
use crate::domain::clock::Micros;
use crate::domain::guard::Tally;
use crate::domain::rollout::Side;
use crate::domain::run::State;
use crate::domain::stats::{Histogram, bucket};
use crate::each_backend;

/// Counts of one share and side as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rollout_tallies)]
pub struct Row {
    /// The rollout.
    pub rollout_id: String,
    /// The share's index.
    pub step: i64,
    /// See [`Side`].
    pub side: String,
    /// Runs that ended well.
    pub completed: i64,
    /// Runs that ended with an error.
    pub faulted: i64,
    /// Runs that were cancelled; never judged.
    pub cancelled: i64,
    /// Runs over the guard's fixed limit of duration.
    pub slow: i64,
    /// See [`Histogram`].
    pub durations: String,
}

impl Row {
    /// As the guard sees it.
    pub fn tally(&self) -> Tally {
        Tally { completed: self.completed, faulted: self.faulted, slow: self.slow, durations: Histogram::decode(&self.durations) }
    }
}

/// A run that ended during a rollout.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// The rollout.
    pub rollout: &'a str,
    /// The share it is at.
    pub step: i64,
    /// Which side the run fell on.
    pub side: Side,
    /// How it ended.
    pub state: State,
    /// When.
    pub at: Micros,
    /// How long it took, microseconds.
    pub took: i64,
    /// Whether that is over the guard's fixed limit.
    pub slow: bool,
}

/// Counts an ended run; answers with the side's counts of this share.
pub fn add(conn: &mut Conn, ended: &Ended<'_>) -> Result<Row> {
    let key = (ended.rollout, ended.step, ended.side.as_str());
    let empty = Row {
        rollout_id: ended.rollout.to_owned(),
        step: ended.step,
        side: ended.side.as_str().to_owned(),
        completed: 0,
        faulted: 0,
        cancelled: 0,
        slow: 0,
        durations: String::new(),
    };
    each_backend!(conn, inner => diesel::insert_into(rollout_tallies::table).values(&empty).on_conflict_do_nothing().execute(inner))?;
    // An empty update takes the row's lock before it is read.
    diesel::update(rollout_tallies::table.find(key)).set(rollout_tallies::completed.eq(rollout_tallies::completed)).execute(conn)?;
    let mut row: Row = rollout_tallies::table.find(key).select(Row::as_select()).first(conn)?;
    match ended.state {
        State::Completed => row.completed += 1,
        State::Faulted => row.faulted += 1,
        _ => row.cancelled += 1,
    }
    if ended.state != State::Cancelled {
        let mut durations = Histogram::decode(&row.durations);
        durations.add(bucket(ended.took), 1);
        row.durations = durations.encode();
        row.slow += i64::from(ended.slow);
        minute(conn, ended)?;
    }
    diesel::update(rollout_tallies::table.find(key)).set(&row).execute(conn)?;
    Ok(row)
}

fn minute(conn: &mut Conn, ended: &Ended<'_>) -> Result<()> {
    let start = ended.at.0 - ended.at.0.rem_euclid(Micros::MINUTE);
    let (completed, faulted) = (i64::from(ended.state == State::Completed), i64::from(ended.state == State::Faulted));
    let row = (
        rollout_minutes::rollout_id.eq(ended.rollout),
        rollout_minutes::minute.eq(start),
        rollout_minutes::side.eq(ended.side.as_str()),
        rollout_minutes::completed.eq(0_i64),
        rollout_minutes::faulted.eq(0_i64),
    );
    each_backend!(conn, inner => diesel::insert_into(rollout_minutes::table).values(row).on_conflict_do_nothing().execute(inner))?;
    diesel::update(rollout_minutes::table.find((ended.rollout, start, ended.side.as_str())))
        .set((
            rollout_minutes::completed.eq(rollout_minutes::completed + completed),
            rollout_minutes::faulted.eq(rollout_minutes::faulted + faulted),
        ))
        .execute(conn)?;
    Ok(())
}

/// The counts of one share and side; nothing ended is all zero.
pub fn of_step(conn: &mut Conn, rollout: &str, step: i64, side: Side) -> Result<Tally> {
    let row: Option<Row> = rollout_tallies::table.find((rollout, step, side.as_str())).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(|r| r.tally()).unwrap_or_default())
}

/// All counts of a rollout.
pub fn of_rollout(conn: &mut Conn, rollout: &str) -> Result<Vec<Row>> {
    Ok(rollout_tallies::table
        .filter(rollout_tallies::rollout_id.eq(rollout))
        .order((rollout_tallies::step.asc(), rollout_tallies::side.asc()))
        .select(Row::as_select())
        .load(conn)?)
}

/// One minute of one side.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = rollout_minutes)]
pub struct Minute {
    /// Its start, microseconds UTC.
    pub minute: i64,
    /// See [`Side`].
    pub side: String,
    /// Runs that ended well in it.
    pub completed: i64,
    /// Runs that failed in it.
    pub faulted: i64,
}

/// The minutes of a rollout since an instant, in order.
pub fn minutes(conn: &mut Conn, rollout: &str, since: i64) -> Result<Vec<Minute>> {
    Ok(rollout_minutes::table
        .filter(rollout_minutes::rollout_id.eq(rollout))
        .filter(rollout_minutes::minute.ge(since))
        .order(rollout_minutes::minute.asc())
        .select(Minute::as_select())
        .load(conn)?)
}
