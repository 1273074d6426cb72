//! The dashboard: what needs attention, and flows × environments.

use std::collections::HashMap;

use super::ctx::Ctx;
use super::error::Result;
use super::rollout::attention::{self, Notable};
use super::version::table::{Outcomes, sync};
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::deployment::Switch;
use crate::domain::run::State;
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row as RoutingRow};
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Filter, Flow};
use crate::store::page::{Direction, MAX_LIMIT, Page};
use crate::store::runs::{self, Run};
use crate::store::stats;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// Hours the figures cover.
pub const HOURS: usize = 24;
/// Entries of each kind that "needs attention" lists.
const LISTED: i64 = 5;
/// Pages of flows looked through for those whose environments differ.
const PAGES_LOOKED_THROUGH: usize = 20;
/// Share of failed runs above which a flow needs attention.
const TOO_MANY_FAILED: f64 = 0.05;

/// Something a person should look at.
#[derive(Debug, Clone)]
pub enum Attention {
    /// A rollout that is under way, waits, or was sent back by its guard; or a version that is held.
    Rollout(Box<Notable>),
    /// Runs that cannot go on without a person.
    StuckRun {
        /// The run.
        run: Box<Run>,
        /// Its flow.
        flow: Flow,
    },
    /// More failed runs than usual within a day.
    Failing {
        /// The flow.
        flow: Flow,
        /// Where.
        environment: Environment,
        /// What the day came to.
        outcomes: Box<Outcomes>,
    },
    /// Switched off.
    SwitchedOff {
        /// The flow.
        flow: Flow,
        /// Where.
        environment: Environment,
        /// How the switch stands.
        switch: Switch,
        /// The row, with who and why.
        row: Box<RoutingRow>,
    },
    /// A deployment that waits for others to approve it, or to be carried out.
    Proposed(Box<super::approval::look::Looked>),
    /// A planned change whose base has moved.
    Suspended(Box<super::planned::look::Looked>),
    /// The working draft has problems.
    NotReady {
        /// The flow.
        flow: Flow,
        /// The draft.
        draft: Box<Version>,
    },
}

/// A flow in one environment, or (in the first column of development) its draft.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What is primary there.
    pub primary: Option<(Version, Sync)>,
    /// What is being rolled out there.
    pub candidate: Option<(Version, Sync)>,
    /// The candidate's share in basis points.
    pub basis_points: i64,
    /// How the switch stands.
    pub switch: Switch,
    /// Since when the primary is live.
    pub since: Option<i64>,
    /// What the last 24 hours came to.
    pub outcomes: Outcomes,
    /// Failed runs in each of the last 24 hours, oldest first.
    pub failed_by_hour: [i64; HOURS],
    /// All ended runs in each of these hours.
    pub ended_by_hour: [i64; HOURS],
}

/// A row of the matrix.
#[derive(Debug, Clone)]
pub struct FlowRow {
    /// The flow.
    pub flow: Flow,
    /// Its working draft.
    pub draft: Option<Version>,
    /// One per environment, in their order.
    pub cells: Vec<Cell>,
}

impl FlowRow {
    /// Whether its environments run different versions.
    pub fn differs(&self) -> bool {
        let mut live = self.cells.iter().map(|c| c.primary.as_ref().map(|(v, _)| v.number));
        let first = live.next().flatten();
        live.any(|n| n != first)
    }
}

/// The dashboard.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Columns.
    pub environments: Vec<Environment>,
    /// Worst first.
    pub attention: Vec<Attention>,
    /// A page of flows.
    pub rows: Page<FlowRow>,
    /// Runs that failed or need attention since a day ago, counted up to 100.
    pub failed_runs: i64,
}

/// The dashboard of a workspace. With `differing` only flows whose environments run different versions are listed.
///
/// # Errors
/// The database.
pub fn dashboard(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    filter: &Filter,
    differing: bool,
    from: &Direction<String>,
    limit: i64,
) -> Result<Dashboard> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let environments = environments::list(conn, &workspace.id)?;
    let mut page = page(conn, ctx.now, workspace, &environments, filter, from, limit)?;
    if differing {
        // Only the rows can tell, so pages are read until one is full.
        let mut rows: Vec<FlowRow> = Vec::new();
        let full = usize::try_from(limit).unwrap_or(0);
        for _ in 0..PAGES_LOOKED_THROUGH {
            let last = page.items.last().map(|row| row.flow.slug.clone());
            rows.extend(page.items.drain(..).filter(FlowRow::differs));
            let Some(last) = last.filter(|_| page.more && rows.len() < full) else { break };
            page = self::page(conn, ctx.now, workspace, &environments, filter, &Direction::Before(last), limit)?;
        }
        page.more |= rows.len() > full;
        rows.truncate(full);
        page.items = rows;
    }
    let whole = *from == Direction::Newest && *filter == Filter::default() && !differing;
    let attention = if whole {
        attention(conn, ctx, workspace, &environments, &page.items)?
    } else {
        // What needs attention does not depend on what somebody looks for.
        let all = self::page(conn, ctx.now, workspace, &environments, &Filter::default(), &Direction::Newest, MAX_LIMIT)?;
        attention(conn, ctx, workspace, &environments, &all.items)?
    };
    let failed_runs = failed_runs(conn, workspace, ctx.now)?;
    Ok(Dashboard { environments, attention, rows: page, failed_runs })
}

fn page(
    conn: &mut Conn,
    now: Micros,
    workspace: &Workspace,
    environments: &[Environment],
    filter: &Filter,
    from: &Direction<String>,
    limit: i64,
) -> Result<Page<FlowRow>> {
    let page = flows::list(conn, &workspace.id, filter, from, limit)?;
    rows(conn, now, environments, page)
}

/// One flow with its cells, one per environment in their order.
///
/// # Errors
/// The database.
pub fn of_flow(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environments: &[Environment]) -> Result<Vec<Cell>> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let one = Page { items: vec![flow.clone()], more: false, newer: false };
    Ok(rows(conn, ctx.now, environments, one)?.items.into_iter().next().map(|row| row.cells).unwrap_or_default())
}

/// Runs that failed or need attention within a day, counted up to 100: the figure beside *Runs* in the navigation.
///
/// # Errors
/// The database.
pub fn failed_runs(conn: &mut Conn, workspace: &Workspace, now: Micros) -> Result<i64> {
    let since = crate::domain::ids::since(now.plus(-Micros::DAY));
    Ok(runs::count_up_to(conn, &workspace.id, &[State::Faulted, State::NeedsAttention], Some(&since), 100)?)
}

fn rows(conn: &mut Conn, now: Micros, environments: &[Environment], page: Page<Flow>) -> Result<Page<FlowRow>> {
    let flow_ids: Vec<String> = page.items.iter().map(|f| f.id.clone()).collect();
    let routing = deployments::of_flows(conn, &flow_ids)?;
    let mut wanted: Vec<String> = page.items.iter().filter_map(|f| f.working_draft.clone()).collect();
    wanted.extend(routing.iter().flat_map(|r| [r.primary_version.clone(), r.candidate_version.clone()]).flatten());
    let versions: HashMap<String, Version> = versions::get_many(conn, &wanted)?.into_iter().map(|v| (v.id.clone(), v)).collect();
    let first_hour = now.hour().plus(-Micros::HOUR * (HOURS as i64 - 1));
    let hours = stats::hours_of_flows(conn, &flow_ids, first_hour)?;
    Ok(page.map(|flow| {
        let mine: Vec<RoutingRow> = routing.iter().filter(|r| r.flow_id == flow.id).cloned().collect();
        let cells = environments
            .iter()
            .map(|environment| {
                let row = mine.iter().find(|r| r.environment_id == environment.id);
                let version = |id: Option<&String>| id.and_then(|id| versions.get(id)).map(|v| (v.clone(), sync(v, environments, &mine)));
                let mut cell = Cell {
                    primary: version(row.and_then(|r| r.primary_version.as_ref())),
                    candidate: version(row.and_then(|r| r.candidate_version.as_ref())),
                    basis_points: row.map_or(0, |r| r.basis_points),
                    switch: row.and_then(|r| r.switch.parse().ok()).unwrap_or(Switch::On),
                    since: row.and_then(|r| r.primary_since),
                    outcomes: Outcomes::default(),
                    failed_by_hour: [0; HOURS],
                    ended_by_hour: [0; HOURS],
                };
                for stat in hours.iter().filter(|h| h.flow_id == flow.id && h.environment_id == environment.id) {
                    cell.outcomes.add(stat);
                    let hour = usize::try_from((stat.hour - first_hour.0) / Micros::HOUR).unwrap_or(HOURS);
                    if hour < HOURS {
                        cell.failed_by_hour[hour] += stat.faulted;
                        cell.ended_by_hour[hour] += stat.faulted + stat.completed + stat.cancelled;
                    }
                }
                cell
            })
            .collect();
        FlowRow { draft: flow.working_draft.as_ref().and_then(|d| versions.get(d)).cloned(), cells, flow }
    }))
}

fn attention(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, environments: &[Environment], rows: &[FlowRow]) -> Result<Vec<Attention>> {
    let (mut found, now) = (Vec::new(), ctx.now);
    let stuck = runs::Filter { state: Some(State::NeedsAttention), ..runs::Filter::default() };
    for run in runs::list(conn, &workspace.id, &stuck, &Direction::Newest, LISTED)?.items {
        if let Some(flow) = flows::get(conn, &run.flow_id)? {
            found.push(Attention::StuckRun { run: Box::new(run), flow });
        }
    }
    let proposed = super::approval::look::waiting(conn, ctx, workspace, LISTED)?;
    found.extend(proposed.into_iter().map(|p| Attention::Proposed(Box::new(p))));
    found.extend(attention::notable(conn, now, workspace, environments)?.into_iter().map(|n| Attention::Rollout(Box::new(n))));
    for row in rows {
        for (environment, cell) in environments.iter().zip(&row.cells) {
            let failed = cell.outcomes.faulted;
            if failed > 0 && cell.outcomes.success().is_some_and(|s| 1.0 - s > TOO_MANY_FAILED) {
                found.push(Attention::Failing {
                    flow: row.flow.clone(),
                    environment: environment.clone(),
                    outcomes: Box::new(cell.outcomes.clone()),
                });
            }
        }
    }
    for row in deployments::switched_off(conn, &workspace.id, LISTED)? {
        let flow = flows::get(conn, &row.flow_id)?.filter(|f| f.deleted_at.is_none() && f.archived_at.is_none());
        let environment = environments.iter().find(|e| e.id == row.environment_id).cloned();
        if let (Some(flow), Some(environment), Ok(switch)) = (flow, environment, row.switch.parse()) {
            found.push(Attention::SwitchedOff { flow, environment, switch, row: Box::new(row) });
        }
    }
    let suspended = super::planned::look::suspended(conn, &workspace.id, LISTED)?;
    found.extend(suspended.into_iter().map(|s| Attention::Suspended(Box::new(s))));
    for row in rows {
        // A draft somebody is typing in right now needs nobody else's attention.
        if let Some(draft) = row.draft.as_ref().filter(|d| !d.ready && now.since(Micros(d.updated_at)) > Micros::HOUR) {
            found.push(Attention::NotReady { flow: row.flow.clone(), draft: Box::new(draft.clone()) });
        }
    }
    Ok(found)
}
