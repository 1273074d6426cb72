//! Workspaces, and what the instance knows of itself.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::{instance, workspaces};
use crate::domain::ids::WorkspaceId;
use crate::domain::vocabulary::Vocabulary;

/// A workspace as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = workspaces)]
pub struct Workspace {
    /// `ws_…`
    pub id: String,
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Whose words its pages use, see [`Vocabulary`].
    pub words: String,
    /// Counts changes.
    pub lock_version: i64,
}

impl Workspace {
    /// Whose words its pages use.
    ///
    /// # Errors
    /// What is stored is not one of them.
    pub fn vocabulary(&self) -> Result<Vocabulary> {
        self.words.parse().map_err(Error::corrupt)
    }

    /// The typed id.
    pub fn id(&self) -> WorkspaceId {
        WorkspaceId::stored(self.id.clone())
    }
}

/// Adds a workspace.
pub fn insert(conn: &mut Conn, row: &Workspace) -> Result<()> {
    diesel::insert_into(workspaces::table).values(row).execute(conn)?;
    Ok(())
}

/// Changes name and words of the workspace as it was read; `false`: it has changed since.
pub fn set(conn: &mut Conn, row: &Workspace, name: &str, words: Vocabulary) -> Result<bool> {
    let found = workspaces::table.filter(workspaces::id.eq(&row.id)).filter(workspaces::lock_version.eq(row.lock_version));
    let change = (workspaces::name.eq(name), workspaces::words.eq(words.as_str()), workspaces::lock_version.eq(row.lock_version + 1));
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}

/// By slug or id.
pub fn find(conn: &mut Conn, name: &str) -> Result<Option<Workspace>> {
    Ok(workspaces::table
        .filter(workspaces::slug.eq(name).or(workspaces::id.eq(name)))
        .select(Workspace::as_select())
        .first(conn)
        .optional()?)
}

/// All of them, oldest first.
pub fn list(conn: &mut Conn) -> Result<Vec<Workspace>> {
    Ok(workspaces::table.order(workspaces::id.asc()).select(Workspace::as_select()).load(conn)?)
}

/// A value the instance keeps about itself.
pub fn instance_value(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    Ok(instance::table.filter(instance::name.eq(name)).select(instance::value).first(conn).optional()?)
}

/// Sets such a value.
pub fn set_instance_value(conn: &mut Conn, name: &str, value: &str) -> Result<()> {
    let changed = diesel::update(instance::table.filter(instance::name.eq(name))).set(instance::value.eq(value)).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(instance::table).values((instance::name.eq(name), instance::value.eq(value))).execute(conn)?;
    }
    Ok(())
}

/// Forgets such a value; `false` when there was none.
pub fn remove_instance_value(conn: &mut Conn, name: &str) -> Result<bool> {
    Ok(diesel::delete(instance::table.filter(instance::name.eq(name))).execute(conn)? > 0)
}
