//! Releases, listed and looked at.

use std::collections::HashMap;

use serde_json::Value;

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::keep;
use crate::domain::access::Permission;
use crate::domain::release::{Manifest, Origin, colour};
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::page::{Direction, Page};
use crate::store::releases::{self, Filter, Release};
use crate::store::workspaces::Workspace;

/// Syncs that are shown.
const SHOWN: i64 = 50;

/// A release as the list shows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The release.
    pub release: Release,
    /// How it came to be.
    pub origin: Origin,
    /// The colour of its plate.
    pub sync: Sync,
    /// The environment whose live versions it holds.
    pub basis: Option<Environment>,
}

/// The number of the one release that production runs now; none while it runs something no release was synced as.
///
/// # Errors
/// The database.
pub fn current(conn: &mut Conn, workspace: &Workspace) -> Result<Option<i64>> {
    let all = environments::list(conn, &workspace.id)?;
    let Some(production) = all.iter().find(|e| e.is_production) else { return Ok(None) };
    let Some(standing) = keep::standing(conn, production)? else { return Ok(None) };
    Ok(releases::synced_as(conn, &workspace.id, &standing)?.map(|r| r.number))
}

/// A workspace's releases, newest first.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Row>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let current = current(conn, workspace)?;
    let all: HashMap<String, Environment> = environments_of(conn, workspace)?;
    let page = releases::list(conn, &workspace.id, filter, from, limit)?;
    let (more, newer) = (page.more, page.newer);
    let items = page.items.into_iter().map(|release| row(release, current, &all)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, more, newer })
}

fn environments_of(conn: &mut Conn, workspace: &Workspace) -> Result<HashMap<String, Environment>> {
    let mut all = environments::list(conn, &workspace.id)?;
    all.extend(environments::archived(conn, &workspace.id)?);
    Ok(all.into_iter().map(|e| (e.id.clone(), e)).collect())
}

fn row(release: Release, current: Option<i64>, all: &HashMap<String, Environment>) -> Result<Row> {
    Ok(Row {
        origin: release.origin()?,
        sync: colour(release.synced_at.is_some(), current == Some(release.number)),
        basis: release.environment_id.as_ref().and_then(|id| all.get(id).cloned()),
        release,
    })
}

/// One sync with where it went.
#[derive(Debug, Clone)]
pub struct SyncOf {
    /// The sync.
    pub row: releases::Sync,
    /// Where it went.
    pub environment: Environment,
    /// What it did.
    pub outcome: Value,
}

/// A release with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// As the list shows it.
    pub row: Row,
    /// What it holds.
    pub manifest: Manifest,
    /// Where it went, newest first.
    pub syncs: Vec<SyncOf>,
    /// The release before it.
    pub previous: Option<i64>,
}

/// A release with everything that belongs to it.
///
/// # Errors
/// The database.
pub fn whole(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: Release) -> Result<Whole> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let all = environments_of(conn, workspace)?;
    let manifest = releases::manifest(conn, &release)?;
    let previous = releases::before(conn, &workspace.id, release.number)?.map(|r| r.number);
    let mut syncs = Vec::new();
    for row in releases::syncs(conn, &release.id, SHOWN)? {
        let Some(environment) = all.get(&row.environment_id).cloned() else { continue };
        let outcome = serde_json::from_str(&row.outcome).map_err(StoreError::corrupt)?;
        syncs.push(SyncOf { row, environment, outcome });
    }
    let current = current(conn, workspace)?;
    Ok(Whole { row: row(release, current, &all)?, manifest, syncs, previous })
}
