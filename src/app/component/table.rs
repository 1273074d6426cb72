//! The components of a workspace as people look at them.

use std::collections::BTreeMap;

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::secret::{Set, set_when};
use super::used::{Everywhere, Uses};
use crate::domain::access::Permission;
use crate::domain::component::Kind;
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::page::{Direction, Page};
use crate::store::workspaces::Workspace;

/// A component in a list.
#[derive(Debug, Clone)]
pub struct Row {
    /// The component.
    pub component: Component,
    /// What uses it.
    pub uses: Uses,
    /// When a secret's value was set.
    pub set: Option<Set>,
}

/// Components of one kind, or of all, by name.
///
/// # Errors
/// The database.
pub fn table(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    kind: Option<Kind>,
    from: &Direction<(String, String)>,
    limit: i64,
) -> Result<Page<Row>> {
    let page = list(conn, ctx, workspace, kind, from, limit)?;
    let everywhere = Everywhere::load(conn, &workspace.id)?;
    let mut items = Vec::with_capacity(page.items.len());
    for (component, set) in page.items {
        items.push(Row { uses: everywhere.uses(component.kind()?, &component.name), set, component });
    }
    Ok(Page { items, more: page.more, newer: page.newer })
}

/// The same without what uses them, which is dear.
///
/// # Errors
/// The database.
pub fn list(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    kind: Option<Kind>,
    from: &Direction<(String, String)>,
    limit: i64,
) -> Result<Page<(Component, Option<Set>)>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let page = components::list(conn, &workspace.id, kind, from, limit)?;
    let mut items = Vec::with_capacity(page.items.len());
    for component in page.items {
        let set = if component.kind()? == Kind::Secret { set_when(conn, &component)? } else { None };
        items.push((component, set));
    }
    Ok(Page { items, more: page.more, newer: page.newer })
}

/// How many components there are of each kind.
///
/// # Errors
/// The database.
pub fn counts(conn: &mut Conn, workspace: &Workspace) -> Result<BTreeMap<Kind, usize>> {
    let mut counts: BTreeMap<Kind, usize> = Kind::ALL.iter().map(|kind| (*kind, 0)).collect();
    for row in components::all(conn, &workspace.id)? {
        *counts.entry(row.kind()?).or_default() += 1;
    }
    Ok(counts)
}
