//! How a flow's runs came out (PRODUCT §8). Tests never count.

use super::Ctx;
use super::error::{Error, Result};
use super::version::table::Outcomes;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::store::analytics::{self, Filter};
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::Version;

/// Which runs are counted; nothing given is everything.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Of this version.
    pub version: Option<Version>,
    /// In this environment.
    pub environment: Option<Environment>,
    /// Ended at this instant or later; taken back to the start of its hour.
    pub from: Option<Micros>,
    /// Ended before this instant; taken on to the end of its hour.
    pub to: Option<Micros>,
}

/// What was counted.
#[derive(Debug, Clone, Default)]
pub struct Analytics {
    /// Outcomes and durations.
    pub outcomes: Outcomes,
    /// The first hour that counts.
    pub from: Option<Micros>,
    /// The first hour that does not count any more.
    pub to: Option<Micros>,
}

/// Counts the runs of a flow that ended.
///
/// # Errors
/// The end lies before the beginning; the database.
pub fn of_flow(conn: &mut Conn, ctx: &Ctx, flow: &Flow, ask: &Ask) -> Result<Analytics> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let from = ask.from.map(Micros::hour);
    let to = ask.to.map(|at| if at.hour() == at { at } else { at.hour().plus(Micros::HOUR) });
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Error::invalid("to", "The end lies before the beginning."));
    }
    let filter = Filter {
        flow: flow.id.clone(),
        version: ask.version.as_ref().map(|v| v.id.clone()),
        environment: ask.environment.as_ref().map(|e| e.id.clone()),
        from: from.map(|at| at.0),
        to: to.map(|at| at.0),
    };
    let mut outcomes = Outcomes::default();
    analytics::outcomes(conn, &filter)?.iter().for_each(|row| outcomes.add(row));
    Ok(Analytics { outcomes, from, to })
}
