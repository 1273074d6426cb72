//! A rollout with all that its page and its answer show.

use std::collections::HashMap;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::version::table::sync;
use crate::domain::access::Permission;
use crate::domain::guard::{Guard, Tally};
use crate::domain::ids::WorkspaceId;
use crate::domain::rollout::{Advance, Side, Stages, State, WHOLE};
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Flow};
use crate::store::page::{Direction, Page};
use crate::store::rollouts::{self, Rollout, Step};
use crate::store::tallies::{self, Minute};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::store::{error::Error as StoreError, runs};

/// Runs in flight are counted no further.
const MOST_OPEN: i64 = 1_000;
/// Minutes a chart looks back, in microseconds.
const CHART: i64 = 3 * 60 * crate::domain::clock::Micros::MINUTE;

/// One side of a rollout.
#[derive(Debug, Clone, Default)]
pub struct SideView {
    /// What ended since the rollout began.
    pub total: Tally,
    /// What ended at the present share: the guard judges this.
    pub step: Tally,
    /// Runs that were cancelled.
    pub cancelled: i64,
    /// Runs in flight, counted no further than 1,000.
    pub open: i64,
}

impl SideView {
    /// Runs that this rollout gave to the side.
    pub const fn started(&self) -> i64 {
        self.total.judged() + self.cancelled + self.open
    }
}

/// A rollout and what belongs to it.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The rollout.
    pub rollout: Rollout,
    /// Its flow.
    pub flow: Flow,
    /// Where it happens.
    pub environment: Environment,
    /// What is routed there now.
    pub routing: Option<Row>,
    /// Where it stands.
    pub state: State,
    /// What starts the next stage.
    pub advance: Advance,
    /// Its plan.
    pub stages: Stages,
    /// Its guard.
    pub guard: Option<Guard>,
    /// The shares it went through.
    pub steps: Vec<Step>,
    /// The candidate's runs.
    pub candidate: SideView,
    /// The primary's runs in the same time.
    pub primary: SideView,
    /// Its present (or last) share in basis points.
    pub basis_points: i64,
    /// The share that would come next; `None` when it has ended.
    pub next: Option<i64>,
    /// The actor may change it.
    pub may_act: bool,
}

/// Looks at a rollout.
///
/// # Errors
/// Not found.
pub fn look(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Looked> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let rollout = rollouts::find(conn, &workspace.id, id)?.ok_or_else(|| Error::not_found("rollout", id))?;
    whole(conn, ctx, rollout)
}

/// Rollouts of a workspace, newest first.
///
/// # Errors
/// The database.
pub fn list(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    (flow, environment): (Option<&str>, Option<&str>),
    from: &Direction<String>,
    limit: i64,
) -> Result<Page<Rollout>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    Ok(rollouts::list(conn, &workspace.id, flow, environment, from, limit)?)
}

/// Slugs of the flows and environments of rollouts, by id; also of what is put away.
///
/// # Errors
/// The database.
pub fn slugs(conn: &mut Conn, rollouts: &[Rollout]) -> Result<HashMap<String, String>> {
    let flows: Vec<&str> = rollouts.iter().map(|r| r.flow_id.as_str()).collect();
    let mut all: HashMap<String, String> = flows::get_many(conn, &flows)?.into_iter().map(|f| (f.id, f.slug)).collect();
    for rollout in rollouts {
        if !all.contains_key(&rollout.environment_id)
            && let Some(found) = environments::get(conn, &rollout.environment_id)?
        {
            all.insert(found.id, found.slug);
        }
    }
    Ok(all)
}

/// Rollouts under way that the sidebar counts at the most.
const MOST_COUNTED: i64 = 100;

/// How many are under way, for the sidebar.
///
/// # Errors
/// The database.
pub fn count_open(conn: &mut Conn, workspace: &Workspace) -> Result<i64> {
    Ok(rollouts::count_open(conn, &workspace.id, MOST_COUNTED)?)
}

/// Those that have ended, newest first.
///
/// # Errors
/// The database.
pub fn ended(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, from: &Direction<String>, limit: i64) -> Result<Page<Ended>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let page = rollouts::ended(conn, &workspace.id, from, limit)?;
    let mut ids: Vec<&str> = page.items.iter().map(|r| r.flow_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let flows = flows::get_many(conn, &ids)?;
    let environments = environments::list(conn, &workspace.id)?;
    Ok(page.map(|rollout| Ended {
        flow: flows.iter().find(|f| f.id == rollout.flow_id).cloned(),
        environment: environments.iter().find(|e| e.id == rollout.environment_id).map(|e| e.name.clone()).unwrap_or_default(),
        rollout,
    }))
}

/// A rollout that has ended, for lists.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The rollout.
    pub rollout: Rollout,
    /// Its flow, unless that was purged.
    pub flow: Option<Flow>,
    /// Name of the environment.
    pub environment: String,
}

/// The plate colours of the versions in rollouts, by version id.
///
/// # Errors
/// The database.
pub fn colours(conn: &mut Conn, workspace: &Workspace, rollouts: &[&Rollout]) -> Result<HashMap<String, Sync>> {
    let ids: Vec<String> = rollouts.iter().flat_map(|r| [r.version_id.clone(), r.primary_id.clone()]).collect();
    let flow_ids: Vec<String> = rollouts.iter().map(|r| r.flow_id.clone()).collect();
    let (environments, routing) = (environments::list(conn, &workspace.id)?, deployments::of_flows(conn, &flow_ids)?);
    let colour = |v: Version| {
        let mine: Vec<Row> = routing.iter().filter(|r| r.flow_id == v.flow_id).cloned().collect();
        (v.id.clone(), sync(&v, &environments, &mine))
    };
    Ok(versions::get_many(conn, &ids)?.into_iter().map(colour).collect())
}

/// Those under way, with everything their pages show.
///
/// # Errors
/// The database.
pub fn open(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, limit: i64) -> Result<Vec<Looked>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    rollouts::open(conn, &workspace.id, limit)?.into_iter().map(|rollout| whole(conn, ctx, rollout)).collect()
}

/// What ended minute by minute, as far back as a chart shows.
///
/// # Errors
/// The database.
pub fn minutes(conn: &mut Conn, rollout: &Rollout, now: i64) -> Result<Vec<Minute>> {
    let until = rollout.ended_at.unwrap_or(now);
    Ok(tallies::minutes(conn, &rollout.id, (until - CHART).max(rollout.started_at - crate::domain::clock::Micros::MINUTE))?)
}

fn whole(conn: &mut Conn, ctx: &Ctx, rollout: Rollout) -> Result<Looked> {
    let missing = |what: &str| StoreError::corrupt(format!("the {what} of rollout {} is missing", rollout.id));
    let flow = flows::get(conn, &rollout.flow_id)?.ok_or_else(|| missing("flow"))?;
    let environment = environments::get(conn, &rollout.environment_id)?.ok_or_else(|| missing("environment"))?;
    let routing = deployments::get(conn, &flow.id, &environment.id)?;
    let steps = rollouts::steps(conn, &rollout.id)?;
    let rows = tallies::of_rollout(conn, &rollout.id)?;
    let mut view = |side: Side, version: &str| -> Result<SideView> {
        let mut view = SideView { open: runs::open_of_rollout(conn, &rollout.id, version, MOST_OPEN)?, ..SideView::default() };
        for row in rows.iter().filter(|r| r.side == side.as_str()) {
            let tally = row.tally();
            view.cancelled += row.cancelled;
            view.total.completed += tally.completed;
            view.total.faulted += tally.faulted;
            view.total.slow += tally.slow;
            view.total.durations.merge(&tally.durations);
            if row.step == rollout.step {
                view.step = tally;
            }
        }
        Ok(view)
    };
    let (candidate, primary) = (view(Side::Candidate, &rollout.version_id)?, view(Side::Primary, &rollout.primary_id)?);
    let (state, stages) = (rollout.state()?, rollout.stages()?);
    let may_act = ctx.actor.may(Permission::Operate(environment.kind()?), Some(&WorkspaceId::stored(rollout.workspace_id.clone())));
    Ok(Looked {
        basis_points: steps.last().map_or(0, |s| s.basis_points),
        next: state.is_open().then(|| stages.get(rollout.stage + 1).map_or(WHOLE, |s| s.basis_points)),
        advance: rollout.advance()?,
        guard: rollout.guard()?,
        state,
        stages,
        steps,
        candidate,
        primary,
        flow,
        environment,
        routing,
        may_act,
        rollout,
    })
}
