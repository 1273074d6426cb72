//! Planned changes, listed and looked at.

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::error::{Error, Result};
use super::Wish;
use crate::domain::access::Permission;
use crate::domain::deployment::Routing;
use crate::domain::planned::State;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::page::{Direction, Page};
use crate::store::planned::{self, Filter, Planned};
use crate::store::workspaces::Workspace;

/// A planned change with what it is about.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The change.
    pub row: Planned,
    /// What is to be done.
    pub wish: Wish,
    /// The flow.
    pub flow: Flow,
    /// Where.
    pub environment: Environment,
    /// What stands there now.
    pub routing: Routing,
}

/// Planned changes of a workspace, newest first.
///
/// # Errors
/// The database.
pub fn list(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    filter: &Filter,
    from: &Direction<String>,
    limit: i64,
) -> Result<Page<Looked>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let page = planned::list(conn, &workspace.id, filter, from, limit)?;
    let items = page.items.into_iter().map(|row| whole(conn, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, more: page.more, newer: page.newer })
}

/// Planned changes that may still be carried out, the next one first.
///
/// # Errors
/// The database.
pub fn open(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, limit: i64) -> Result<Vec<Looked>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    planned::open(conn, &workspace.id, limit)?.into_iter().map(|row| whole(conn, row)).collect()
}

/// Planned changes that wait for a person.
///
/// # Errors
/// The database.
pub fn suspended(conn: &mut Conn, workspace: &str, limit: i64) -> Result<Vec<Looked>> {
    let filter = Filter { state: Some(State::Suspended), ..Filter::default() };
    let page = planned::list(conn, workspace, &filter, &Direction::Newest, limit)?;
    page.items.into_iter().map(|row| whole(conn, row)).collect()
}

/// One planned change.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Looked> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let row = planned::get(conn, id)?.filter(|row| row.workspace_id == workspace.id);
    whole(conn, row.ok_or_else(|| Error::not_found("planned change", id))?)
}

fn whole(conn: &mut Conn, row: Planned) -> Result<Looked> {
    let missing = || StoreError::corrupt(format!("the planned change {} refers to nothing", row.id));
    let flow = flows::get(conn, &row.flow_id)?.ok_or_else(missing)?;
    let environment = environments::get(conn, &row.environment_id)?.ok_or_else(missing)?;
    let routing = Place::load(conn, &flow, &environment)?.routing;
    Ok(Looked { wish: Wish::of(&row)?, row, flow, environment, routing })
}
