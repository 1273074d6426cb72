//! Counting ended runs per version, environment and hour (DECISIONS 19).

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::cached::one_of;
use super::conn::Conn;
use super::error::Result;
use super::schema::{stats_deltas, version_stats};
use crate::domain::clock::Micros;
use crate::domain::run::State;
use crate::domain::stats::{Histogram, bucket};
use crate::{each_backend, fixed};

/// One ended run, to be counted.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    /// The flow.
    pub flow: &'a str,
    /// The version.
    pub version: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// How it ended.
    pub state: State,
    /// When it ended.
    pub at: Micros,
    /// How long it took, in microseconds.
    pub took: i64,
}

/// Notes an ended run in the transaction that ends it; [`fold`] counts it later.
pub fn note(conn: &mut Conn, ended: &Ended<'_>) -> Result<()> {
    diesel::insert_into(stats_deltas::table)
        .values((
            stats_deltas::flow_id.eq(ended.flow),
            stats_deltas::version_id.eq(ended.version),
            stats_deltas::environment_id.eq(ended.environment),
            stats_deltas::hour.eq(ended.at.hour().0),
            stats_deltas::state.eq(ended.state.as_str()),
            stats_deltas::bucket.eq(i64::try_from(bucket(ended.took)).unwrap_or(0)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts of one version in one environment and hour (or of all time).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = version_stats)]
pub struct Row {
    /// The version.
    pub version_id: String,
    /// The environment.
    pub environment_id: String,
    /// Start of the hour; 0 is all time.
    pub hour: i64,
    /// The flow.
    pub flow_id: String,
    /// Runs that ended well.
    pub completed: i64,
    /// Runs that ended with an error.
    pub faulted: i64,
    /// Runs that were cancelled.
    pub cancelled: i64,
    /// Durations, see [`Histogram`].
    pub histogram: String,
}

/// Folds up to `most` noted runs into the counts; returns how many.
pub fn fold(conn: &mut Conn, most: i64) -> Result<usize> {
    type Delta = (i64, String, String, String, i64, String, i64);
    let deltas: Vec<Delta> = stats_deltas::table
        .order(stats_deltas::id.asc())
        .limit(most)
        .select((
            stats_deltas::id,
            stats_deltas::flow_id,
            stats_deltas::version_id,
            stats_deltas::environment_id,
            stats_deltas::hour,
            stats_deltas::state,
            stats_deltas::bucket,
        ))
        .load(conn)?;
    if deltas.is_empty() {
        return Ok(0);
    }
    // Deleting first decides, between two machines, who counts which: what another one took is not ours.
    let ids: Vec<i64> = deltas.iter().map(|d| d.0).collect();
    let mut mine = std::collections::HashSet::new();
    for chunk in ids.chunks(500) {
        let taken: Vec<i64> =
            diesel::delete(stats_deltas::table.filter(stats_deltas::id.eq_any(chunk))).returning(stats_deltas::id).get_results(conn)?;
        mine.extend(taken);
    }
    let mut sums: BTreeMap<(String, String, i64), (Row, Histogram)> = BTreeMap::new();
    for (id, flow, version, environment, hour, state, bucket) in deltas {
        if !mine.contains(&id) {
            continue;
        }
        for hour in [0, hour] {
            let (row, histogram) = sums.entry((version.clone(), environment.clone(), hour)).or_insert_with(|| {
                let row = Row {
                    version_id: version.clone(),
                    environment_id: environment.clone(),
                    hour,
                    flow_id: flow.clone(),
                    completed: 0,
                    faulted: 0,
                    cancelled: 0,
                    histogram: String::new(),
                };
                (row, Histogram::default())
            });
            match state.as_str() {
                "completed" => row.completed += 1,
                "faulted" => row.faulted += 1,
                _ => row.cancelled += 1,
            }
            histogram.add(usize::try_from(bucket).unwrap_or(0), 1);
        }
    }
    for ((version, environment, hour), (mut row, mut histogram)) in sums {
        let key = (version.as_str(), environment.as_str(), hour);
        // An empty update takes the row's lock before it is read.
        diesel::update(version_stats::table.find(key)).set(version_stats::hour.eq(hour)).execute(conn)?;
        let before: Option<Row> = version_stats::table.find(key).select(Row::as_select()).first(conn).optional()?;
        match before {
            None => {
                row.histogram = histogram.encode();
                diesel::insert_into(version_stats::table).values(&row).execute(conn)?;
            }
            Some(before) => {
                histogram.merge(&Histogram::decode(&before.histogram));
                row.completed += before.completed;
                row.faulted += before.faulted;
                row.cancelled += before.cancelled;
                row.histogram = histogram.encode();
                diesel::update(version_stats::table.find(key)).set(&row).execute(conn)?;
            }
        }
    }
    Ok(mine.len())
}

/// All-time counts of these versions, per environment.
pub fn totals(conn: &mut Conn, versions: &[String]) -> Result<Vec<Row>> {
    let rows = version_stats::table.filter(one_of("version_id", versions)).filter(version_stats::hour.eq(0));
    Ok(each_backend!(conn, inner => fixed!(rows.select(Row::as_select())).load(inner))?)
}

/// Hourly counts of one flow since an hour, in all environments and versions.
pub fn hours_of_flows(conn: &mut Conn, flows: &[String], since: Micros) -> Result<Vec<Row>> {
    let rows = version_stats::table.filter(one_of("flow_id", flows)).filter(version_stats::hour.ge(since.hour().0));
    Ok(each_backend!(conn, inner => fixed!(rows.select(Row::as_select())).load(inner))?)
}

/// Hourly counts of one version since an hour.
pub fn hours_of_version(conn: &mut Conn, version: &str, since: Micros) -> Result<Vec<Row>> {
    Ok(version_stats::table
        .filter(version_stats::version_id.eq(version))
        .filter(version_stats::hour.ge(since.hour().0.max(1)))
        .order(version_stats::hour.asc())
        .select(Row::as_select())
        .load(conn)?)
}
