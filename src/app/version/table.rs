//! The version table of a flow: one page of versions with presence, colour and outcomes.

use std::collections::HashMap;

use super::super::ctx::Ctx;
use super::super::error::Result;
use crate::domain::access::Permission;
use crate::domain::deployment::Switch;
use crate::domain::stats::Histogram;
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row as RoutingRow};
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::page::{Direction, Page};
use crate::store::quarantines::{self, Quarantine};
use crate::store::versions::{self, Shown, Version};
use crate::store::{runs, stats};

/// Outcomes of the runs pinned to a version, in all environments, tests left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Ended well.
    pub completed: i64,
    /// Ended with an error.
    pub faulted: i64,
    /// Were cancelled.
    pub cancelled: i64,
    /// How long they took.
    pub durations: Histogram,
}

impl Outcomes {
    /// Adds a stored row.
    pub fn add(&mut self, row: &stats::Row) {
        self.completed += row.completed;
        self.faulted += row.faulted;
        self.cancelled += row.cancelled;
        self.durations.merge(&Histogram::decode(&row.histogram));
    }
    /// All runs that ended.
    pub const fn total(&self) -> i64 {
        self.completed + self.faulted + self.cancelled
    }
    /// Share of runs that ended well among those that ended by themselves, 0 to 1; `None` without any.
    pub fn success(&self) -> Option<f64> {
        let judged = self.completed + self.faulted;
        (judged > 0).then(|| self.completed as f64 / judged as f64)
    }
}

/// What a version is to an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is the primary, and the switch stands so; share of new runs in basis points.
    Live(Switch, i64),
    /// It is the candidate, with this share in basis points.
    RollingOut(i64),
}

/// A version with all that its row shows.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// The version.
    pub version: Version,
    /// The colour of its plate.
    pub sync: Sync,
    /// Where it is primary or candidate, in the order of environments (indexes into [`Table::environments`]).
    pub presence: Vec<(usize, Presence)>,
    /// Where it is quarantined.
    pub held: Vec<Quarantine>,
    /// What its runs came to.
    pub outcomes: Outcomes,
    /// Runs of it that have not ended.
    pub open_runs: i64,
}

impl VersionRow {
    /// Its presence in *the* production, if any.
    pub fn in_production(&self, environments: &[Environment]) -> Option<&Presence> {
        self.presence.iter().find(|(i, _)| environments.get(*i).is_some_and(|e| e.is_production)).map(|(_, p)| p)
    }
}

/// The table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The workspace's environments in their order.
    pub environments: Vec<Environment>,
    /// What is routed where for this flow, one per environment that has something.
    pub routing: Vec<RoutingRow>,
    /// The page of versions.
    pub page: Page<VersionRow>,
}

/// One page of a flow's versions.
///
/// # Errors
/// The database.
pub fn table(conn: &mut Conn, ctx: &Ctx, flow: &Flow, shown: Shown, from: &Direction<i64>, limit: i64) -> Result<Table> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let environments = environments::list(conn, &flow.workspace_id)?;
    let routing = deployments::of_flow(conn, &flow.id)?;
    let page = versions::list(conn, &flow.id, shown, from, limit)?;
    let ids: Vec<String> = page.items.iter().map(|v| v.id.clone()).collect();
    let mut outcomes: HashMap<String, Outcomes> = HashMap::new();
    for row in stats::totals(conn, &ids)? {
        outcomes.entry(row.version_id.clone()).or_default().add(&row);
    }
    let open: HashMap<String, i64> = runs::open_per_version(conn, &flow.id)?.into_iter().collect();
    let held = quarantines::of_flow(conn, &flow.id)?;
    let page = page.map(|version| VersionRow {
        sync: sync(&version, &environments, &routing),
        presence: presence(&version, &environments, &routing),
        held: held.iter().filter(|q| q.version_id == version.id).cloned().collect(),
        outcomes: outcomes.remove(&version.id).unwrap_or_default(),
        open_runs: open.get(&version.id).copied().unwrap_or(0),
        version,
    });
    Ok(Table { environments, routing, page })
}

/// One version with all that its page shows.
///
/// # Errors
/// The database.
pub fn row(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: Version) -> Result<(VersionRow, Vec<Environment>, Vec<RoutingRow>)> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let environments = environments::list(conn, &flow.workspace_id)?;
    let routing = deployments::of_flow(conn, &flow.id)?;
    let mut outcomes = Outcomes::default();
    stats::totals(conn, std::slice::from_ref(&version.id))?.iter().for_each(|r| outcomes.add(r));
    let open = runs::open_per_version(conn, &flow.id)?.into_iter().find(|(v, _)| *v == version.id).map_or(0, |(_, n)| n);
    let row = VersionRow {
        sync: sync(&version, &environments, &routing),
        presence: presence(&version, &environments, &routing),
        held: quarantines::of_flow(conn, &flow.id)?.into_iter().filter(|q| q.version_id == version.id).collect(),
        outcomes,
        open_runs: open,
        version,
    };
    Ok((row, environments, routing))
}

/// The colour of a version's plate (PRODUCT §2).
pub fn sync(version: &Version, environments: &[Environment], routing: &[RoutingRow]) -> Sync {
    let production = environments.iter().find(|e| e.is_production);
    let live = production.and_then(|p| routing.iter().find(|r| r.environment_id == p.id)).and_then(|r| r.primary_version.as_ref());
    match (live, version.synced_at) {
        (Some(id), _) if *id == version.id => Sync::Current,
        (_, Some(_)) => Sync::Earlier,
        _ => Sync::Never,
    }
}

fn presence(version: &Version, environments: &[Environment], routing: &[RoutingRow]) -> Vec<(usize, Presence)> {
    let here = |(i, environment): (usize, &Environment)| {
        let row = routing.iter().find(|r| r.environment_id == environment.id)?;
        if row.primary_version.as_ref() == Some(&version.id) {
            let switch = row.switch.parse().unwrap_or(Switch::On);
            return Some((i, Presence::Live(switch, 10_000 - row.basis_points)));
        }
        (row.candidate_version.as_ref() == Some(&version.id)).then_some((i, Presence::RollingOut(row.basis_points)))
    };
    environments.iter().enumerate().filter_map(here).collect()
}
