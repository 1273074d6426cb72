//! Packages, listed and looked at.

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::packages::{self, Deployment, Item, Package, Put};
use crate::store::page::{Direction, Page};
use crate::store::workspaces::Workspace;

/// Deployments that are shown.
const SHOWN: i64 = 50;

/// A flow version in a package, with its flow.
#[derive(Debug, Clone)]
pub struct ItemOf {
    /// The flow.
    pub flow: Flow,
    /// The entry.
    pub item: Item,
}

/// A deployment of a package with what it did.
#[derive(Debug, Clone)]
pub struct DeploymentOf {
    /// The deployment.
    pub row: Deployment,
    /// Where.
    pub environment: Environment,
    /// What it did to each flow, by slug.
    pub flows: Vec<(Flow, Put)>,
}

/// A package with its items.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The package.
    pub package: Package,
    /// The highest priority first.
    pub items: Vec<ItemOf>,
    /// Newest first.
    pub deployments: Vec<DeploymentOf>,
}

/// A workspace's packages, newest first.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, from: &Direction<String>, limit: i64) -> Result<Page<Whole>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let page = packages::list(conn, &workspace.id, from, limit)?;
    let items = page.items.into_iter().map(|package| whole(conn, package)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, more: page.more, newer: page.newer })
}

/// A package by id or name.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, workspace: &Workspace, name: &str) -> Result<Package> {
    packages::find(conn, &workspace.id, name)?.ok_or_else(|| Error::not_found("package", name))
}

/// A package with everything that belongs to it.
///
/// # Errors
/// The database.
pub fn whole(conn: &mut Conn, package: Package) -> Result<Whole> {
    let items = items(conn, &package)?;
    let rows = packages::deployments(conn, &package.id, SHOWN)?;
    let deployments = rows.into_iter().map(|row| deployment(conn, row)).collect::<Result<Vec<_>>>()?;
    Ok(Whole { package, items, deployments })
}

/// What is in a package: the highest priority first, then by slug.
///
/// # Errors
/// The database.
pub fn items(conn: &mut Conn, package: &Package) -> Result<Vec<ItemOf>> {
    let mut found = Vec::new();
    for item in packages::items(conn, &package.id)? {
        found.push(ItemOf { flow: flow(conn, &item.flow_id)?, item });
    }
    found.sort_by(|a, b| b.item.priority.cmp(&a.item.priority).then_with(|| a.flow.slug.cmp(&b.flow.slug)));
    Ok(found)
}

fn deployment(conn: &mut Conn, row: Deployment) -> Result<DeploymentOf> {
    let missing = || StoreError::corrupt(format!("the environment {} is missing", row.environment_id));
    let environment = environments::get(conn, &row.environment_id)?.ok_or_else(missing)?;
    let mut flows = Vec::new();
    for put in packages::puts(conn, &row.id)? {
        flows.push((flow(conn, &put.flow_id)?, put));
    }
    flows.sort_by(|a, b| a.0.slug.cmp(&b.0.slug));
    Ok(DeploymentOf { row, environment, flows })
}

pub(super) fn flow(conn: &mut Conn, id: &str) -> Result<Flow> {
    Ok(flows::get(conn, id)?.ok_or_else(|| StoreError::corrupt(format!("the flow {id} is missing")))?)
}
