//! Outcomes of a flow's runs over time: what is folded, and what was noted a moment ago, in one look.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{stats_deltas, version_stats};
use super::stats::Row;
use crate::domain::stats::Histogram;

/// Which runs are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The flow's id.
    pub flow: String,
    /// A version's id.
    pub version: Option<String>,
    /// An environment's id.
    pub environment: Option<String>,
    /// Ended in this hour or later (start of the hour, microseconds UTC).
    pub from: Option<i64>,
    /// Ended before this hour.
    pub to: Option<i64>,
}

/// Counts per version, environment and hour; without `from` and `to` the hour is 0 and the count is of all time.
pub fn outcomes(conn: &mut Conn, filter: &Filter) -> Result<Vec<Row>> {
    // Folding moves counts from one table to the other: both are read as of one instant, so that none is seen twice.
    conn.batch_execute(match conn {
        Conn::Sqlite(_) => "BEGIN",
        Conn::Pg(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    })?;
    let found = folded(conn, filter).and_then(|mut rows| {
        rows.extend(noted(conn, filter)?);
        Ok(rows)
    });
    conn.batch_execute("ROLLBACK")?;
    found
}

fn folded(conn: &mut Conn, filter: &Filter) -> Result<Vec<Row>> {
    let mut query = version_stats::table.filter(version_stats::flow_id.eq(&filter.flow)).select(Row::as_select()).into_boxed();
    if let Some(version) = &filter.version {
        query = query.filter(version_stats::version_id.eq(version));
    }
    if let Some(environment) = &filter.environment {
        query = query.filter(version_stats::environment_id.eq(environment));
    }
    query = match (filter.from, filter.to) {
        (None, None) => query.filter(version_stats::hour.eq(0)),
        (from, to) => query.filter(version_stats::hour.ge(from.unwrap_or(1).max(1))).filter(version_stats::hour.lt(to.unwrap_or(i64::MAX))),
    };
    Ok(query.load(conn)?)
}

fn noted(conn: &mut Conn, filter: &Filter) -> Result<Vec<Row>> {
    let mut query = stats_deltas::table
        .filter(stats_deltas::flow_id.eq(&filter.flow))
        .filter(stats_deltas::hour.ge(filter.from.unwrap_or(i64::MIN)))
        .filter(stats_deltas::hour.lt(filter.to.unwrap_or(i64::MAX)))
        .select((stats_deltas::version_id, stats_deltas::environment_id, stats_deltas::hour, stats_deltas::state, stats_deltas::bucket))
        .into_boxed();
    if let Some(version) = &filter.version {
        query = query.filter(stats_deltas::version_id.eq(version));
    }
    if let Some(environment) = &filter.environment {
        query = query.filter(stats_deltas::environment_id.eq(environment));
    }
    let deltas: Vec<(String, String, i64, String, i64)> = query.load(conn)?;
    Ok(deltas
        .into_iter()
        .map(|(version_id, environment_id, hour, state, bucket)| {
            let mut histogram = Histogram::default();
            histogram.add(usize::try_from(bucket).unwrap_or(0), 1);
            Row {
                version_id,
                environment_id,
                hour,
                flow_id: filter.flow.clone(),
                completed: i64::from(state == "completed"),
                faulted: i64::from(state == "faulted"),
                cancelled: i64::from(state == "cancelled"),
                histogram: histogram.encode(),
            }
        })
        .collect())
}
