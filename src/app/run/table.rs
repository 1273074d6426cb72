//! The run list: one page of runs with the flow, the environment and the colour each has.

use std::collections::{BTreeSet, HashMap};

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::version::table::sync;
use crate::domain::access::Permission;
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Flow};
use crate::store::page::{Direction, Page};
use crate::store::runs::{self, Filter, Run};
use crate::store::workspaces::Workspace;
use crate::store::{deployments, versions};

/// Newer runs are counted no further than this.
pub const COUNTED: i64 = 100;

/// A run with what its row shows.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The run.
    pub run: Run,
    /// Its flow: slug and name.
    pub flow: (String, String),
    /// Name of its environment.
    pub environment: String,
    /// The colour of its version's plate.
    pub sync: Sync,
}

/// The list, and what its filters offer.
#[derive(Debug, Clone)]
pub struct Table {
    /// The workspace's environments in their order.
    pub environments: Vec<Environment>,
    /// The page of runs.
    pub page: Page<Listed>,
}

/// One page of a workspace's runs, newest first.
///
/// # Errors
/// The database.
pub fn table(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, from: &Direction<String>, limit: i64) -> Result<Table> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let environments = environments::list(conn, &workspace.id)?;
    let page = runs::list(conn, &workspace.id, filter, from, limit)?;
    let colours = colours(conn, &page.items, &environments)?;
    let flows = flows_of(conn, &page.items)?;
    let page = page.map(|run| Listed {
        flow: flows.get(&run.flow_id).map_or_else(|| (run.flow_id.clone(), run.flow_id.clone()), |f| (f.slug.clone(), f.name.clone())),
        environment: environments
            .iter()
            .find(|e| e.id == run.environment_id)
            .map_or_else(|| run.environment_id.clone(), |e| e.name.clone()),
        sync: colours.get(&run.version_id).copied().unwrap_or(Sync::Never),
        run,
    });
    Ok(Table { environments, page })
}

/// How many runs that fit the filter are newer than this one, counted up to [`COUNTED`].
///
/// # Errors
/// The database.
pub fn newer(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, newest: &str) -> Result<u64> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let page = runs::list(conn, &workspace.id, filter, &Direction::After(newest.to_owned()), COUNTED)?;
    Ok(u64::try_from(page.items.len()).unwrap_or(0) + u64::from(page.newer))
}

fn flows_of(conn: &mut Conn, found: &[Run]) -> Result<HashMap<String, Flow>> {
    let ids: BTreeSet<&str> = found.iter().map(|r| r.flow_id.as_str()).collect();
    Ok(flows::get_many(conn, &ids.into_iter().collect::<Vec<_>>())?.into_iter().map(|f| (f.id.clone(), f)).collect())
}

/// The colours of the plates of these runs' versions, by version.
fn colours(conn: &mut Conn, found: &[Run], environments: &[Environment]) -> Result<HashMap<String, Sync>> {
    let of_versions: BTreeSet<String> = found.iter().map(|r| r.version_id.clone()).collect();
    let of_flows: BTreeSet<String> = found.iter().map(|r| r.flow_id.clone()).collect();
    let routing = deployments::of_flows(conn, &of_flows.into_iter().collect::<Vec<_>>())?;
    let versions = versions::get_many(conn, &of_versions.into_iter().collect::<Vec<_>>())?;
    Ok(versions
        .into_iter()
        .map(|version| {
            let mine: Vec<_> = routing.iter().filter(|r| r.flow_id == version.flow_id).cloned().collect();
            (version.id.clone(), sync(&version, environments, &mine))
        })
        .collect())
}
