//! Before a package goes out: what stands there now against what it would put there, flow by flow.

use super::super::ctx::Ctx;
use super::super::deployment::deploy::runnable;
use super::super::deployment::preview::{Preview, preview};
use super::super::deployment::quarantine;
use super::super::environment::gate;
use super::super::error::{Error, Result};
use super::{Stands, look};
use crate::domain::access::Permission;
use crate::domain::deployment::InvalidTransition;
use crate::domain::package::{self, Way};
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::packages::{self, Deployment, Package, Put};
use crate::store::versions::{self, Version};

/// One flow of a package in an environment.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The flow.
    pub flow: Flow,
    /// The version that the package would put there.
    pub version: Version,
    /// Its queue priority.
    pub priority: i64,
    /// What stands there now, what would change, and the checks.
    pub preview: Preview,
    /// Whether it stands there already, so that nothing would be done.
    pub same: bool,
    /// The rule that would refuse it.
    pub refused: Option<Stands>,
}

/// Looks at what deploying a package to an environment would mean: the highest priority first.
///
/// # Errors
/// The database.
pub fn compare(conn: &mut Conn, ctx: &Ctx, package: &Package, environment: &Environment) -> Result<Vec<Compared>> {
    let mut found = Vec::new();
    for entry in look::items(conn, package)? {
        let version = version(conn, &entry.item.version_id)?;
        let preview = preview(conn, ctx, &entry.flow, environment, &version)?;
        let same = package::stands(&preview.routing, &version.pin());
        let refused = if same { None } else { refusal(conn, ctx, &entry.flow, environment, &version, &preview)? };
        found.push(Compared { flow: entry.flow, version, priority: entry.item.priority, preview, same, refused });
    }
    Ok(found)
}

fn refusal(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    version: &Version,
    preview: &Preview,
) -> Result<Option<Stands>> {
    let under_way = |preview: &Preview| match &preview.routing.candidate {
        Some(candidate) => Err(InvalidTransition::RolloutUnderWay(candidate.pin.number).into()),
        None => Ok(()),
    };
    let judged = runnable(conn, flow, environment, version)
        .and_then(|()| quarantine::check(conn, flow, environment, version))
        .and_then(|()| gate::forward(conn, ctx.now, environment, flow, version))
        .and_then(|()| under_way(preview));
    judged.err().map(|error| Stands::of(flow, error)).transpose()
}

pub(super) fn version(conn: &mut Conn, id: &str) -> Result<Version> {
    Ok(versions::get(conn, id)?.ok_or_else(|| StoreError::corrupt(format!("the version {id} is missing")))?)
}

/// What going back would do to one flow.
#[derive(Debug, Clone)]
pub struct WayBack {
    /// The flow.
    pub flow: Flow,
    /// What the package put there, and what stood there before.
    pub put: Put,
    /// What would be done.
    pub way: Way,
}

/// The deployment that going back would undo, and what it would do to each flow, by slug.
///
/// # Errors
/// The package does not stand there.
pub fn ways_back(conn: &mut Conn, ctx: &Ctx, package: &Package, environment: &Environment) -> Result<(Deployment, Vec<WayBack>)> {
    ctx.allow(Permission::Read, Some(&crate::domain::ids::WorkspaceId::stored(package.workspace_id.clone())))?;
    let Some(standing) = packages::standing(conn, &package.id, &environment.id)? else {
        return Err(Error::refused(
            "nothing_to_go_back_to",
            format!("“{}” does not stand in {}, so there is nothing to take back.", package.name, environment.name),
        ));
    };
    let mut ways = Vec::new();
    for put in packages::puts(conn, &standing.id)? {
        let flow = look::flow(conn, &put.flow_id)?;
        let routing = super::super::deployment::Place::load(conn, &flow, environment)?.routing;
        let way = package::way_back(&routing, &put.version_id, put.before_version_id.as_deref(), put.kept == 1);
        ways.push(WayBack { flow, put, way });
    }
    ways.sort_by(|a, b| a.flow.slug.cmp(&b.flow.slug));
    Ok((standing, ways))
}
