//! Environments; the versions of their configuration stand in [`super::configurations`].

use diesel::prelude::*;

pub use super::configurations::{EnvironmentVersion, deployed_number, deployed_text, insert_version, versions};
use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::environments;
use crate::domain::environment::{Freeze, Kind, freeze};
use crate::domain::ids::{EnvironmentId, WorkspaceId};

/// An environment as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = environments)]
pub struct Environment {
    /// `env_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// See [`Kind`].
    pub kind: String,
    /// Order on pages.
    pub position: i64,
    /// Whether it is *the* production, which colours number plates (DECISIONS 8).
    pub is_production: bool,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Since when it is put away.
    pub archived_at: Option<i64>,
    /// What it is for; may be empty.
    pub description: String,
    /// Approvals by others than the proposer that protect it; 0: not protected.
    pub approvals: i64,
    /// Windows in which nothing moves forward, as JSON.
    pub freezes: String,
    /// Only what is live there may go on to here.
    pub promotes_from: Option<String>,
    /// Configuration versions that the rack keeps.
    pub keeps: i64,
    /// Grows with each change of settings or rack.
    pub lock_version: i64,
}

impl Environment {
    /// The typed id.
    pub fn id(&self) -> EnvironmentId {
        EnvironmentId::stored(self.id.clone())
    }
    /// The kind.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn kind(&self) -> Result<Kind> {
        self.kind.parse().map_err(Error::corrupt)
    }
    /// The workspace's typed id.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId::stored(self.workspace_id.clone())
    }
    /// Windows in which nothing moves forward.
    ///
    /// # Errors
    /// Stored windows that this program cannot read.
    pub fn freezes(&self) -> Result<Vec<Freeze>> {
        let value = serde_json::from_str(&self.freezes).map_err(Error::corrupt)?;
        freeze::read_all(&value).map_err(|(_, says)| Error::corrupt(says))
    }
}

/// Adds an environment.
pub fn insert(conn: &mut Conn, row: &Environment) -> Result<()> {
    diesel::insert_into(environments::table).values(row).execute(conn)?;
    Ok(())
}

/// A workspace's environments in their order.
pub fn list(conn: &mut Conn, workspace: &str) -> Result<Vec<Environment>> {
    Ok(environments::table
        .filter(environments::workspace_id.eq(workspace))
        .filter(environments::archived_at.is_null())
        .order((environments::position.asc(), environments::id.asc()))
        .select(Environment::as_select())
        .load(conn)?)
}

/// By slug or id.
pub fn find(conn: &mut Conn, workspace: &str, name: &str) -> Result<Option<Environment>> {
    Ok(environments::table
        .filter(environments::workspace_id.eq(workspace))
        .filter(environments::slug.eq(name).or(environments::id.eq(name)))
        .filter(environments::archived_at.is_null())
        .select(Environment::as_select())
        .first(conn)
        .optional()?)
}

/// By id, also archived ones.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Environment>> {
    Ok(environments::table.find(id).select(Environment::as_select()).first(conn).optional()?)
}

/// Keeps an environment until the transaction ends, beside others who do and who change it: nobody archives it under a
/// deployment. SQLite has one writer anyway.
pub fn keep(conn: &mut Conn, id: &str) -> Result<()> {
    lock(conn, "SELECT 1 FROM environments WHERE id = $1 FOR KEY SHARE", id)
}

/// Waits for all who [`keep`] it, and has it alone until the transaction ends.
pub fn keep_alone(conn: &mut Conn, id: &str) -> Result<()> {
    lock(conn, "SELECT 1 FROM environments WHERE id = $1 FOR UPDATE", id)
}

fn lock(conn: &mut Conn, query: &str, id: &str) -> Result<()> {
    if matches!(conn, Conn::Pg(_)) {
        diesel::sql_query(query).bind::<diesel::sql_types::Text, _>(id).execute(conn)?;
    }
    Ok(())
}

/// By slug or id, also archived ones.
pub fn find_any(conn: &mut Conn, workspace: &str, name: &str) -> Result<Option<Environment>> {
    Ok(environments::table
        .filter(environments::workspace_id.eq(workspace))
        .filter(environments::slug.eq(name).or(environments::id.eq(name)))
        .select(Environment::as_select())
        .first(conn)
        .optional()?)
}

/// A workspace's archived environments, by name.
pub fn archived(conn: &mut Conn, workspace: &str) -> Result<Vec<Environment>> {
    Ok(environments::table
        .filter(environments::workspace_id.eq(workspace))
        .filter(environments::archived_at.is_not_null())
        .order(environments::slug.asc())
        .select(Environment::as_select())
        .load(conn)?)
}

/// Whether the workspace has *the* production, archived or not.
pub fn has_production(conn: &mut Conn, workspace: &str) -> Result<bool> {
    let production = environments::table.filter(environments::workspace_id.eq(workspace)).filter(environments::is_production.eq(true));
    Ok(diesel::select(diesel::dsl::exists(production)).get_result(conn)?)
}

/// What of an environment can be changed.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = environments, treat_none_as_null = true)]
pub struct Settings {
    /// For people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// See [`Kind`].
    pub kind: String,
    /// Whether it is *the* production.
    pub is_production: bool,
    /// Windows in which nothing moves forward, as JSON.
    pub freezes: String,
    /// Only what is live there may go on to here.
    pub promotes_from: Option<String>,
    /// Configuration versions that the rack keeps.
    pub keeps: i64,
    /// Approvals by others that protect it.
    pub approvals: i64,
}

/// Changes settings if nobody else changed the environment since it was read.
pub fn set(conn: &mut Conn, row: &Environment, settings: &Settings) -> Result<bool> {
    let unchanged = environments::table.find(&row.id).filter(environments::lock_version.eq(row.lock_version));
    Ok(diesel::update(unchanged).set((settings, environments::lock_version.eq(row.lock_version + 1))).execute(conn)? == 1)
}

/// Puts an environment away, or fetches it back with `None`, if nobody else changed it since it was read.
pub fn set_archived(conn: &mut Conn, row: &Environment, at: Option<i64>) -> Result<bool> {
    let unchanged = environments::table.find(&row.id).filter(environments::lock_version.eq(row.lock_version));
    let set = (environments::archived_at.eq(at), environments::lock_version.eq(row.lock_version + 1));
    Ok(diesel::update(unchanged).set(set).execute(conn)? == 1)
}

/// Takes the environment's rack for this transaction: of two that change it, the slower one finds it changed.
pub fn take(conn: &mut Conn, row: &Environment) -> Result<bool> {
    let unchanged = environments::table.find(&row.id).filter(environments::lock_version.eq(row.lock_version));
    Ok(diesel::update(unchanged).set(environments::lock_version.eq(row.lock_version + 1)).execute(conn)? == 1)
}

/// Says where an environment stands among the others.
pub fn set_position(conn: &mut Conn, id: &str, position: i64) -> Result<()> {
    diesel::update(environments::table.find(id)).set(environments::position.eq(position)).execute(conn)?;
    Ok(())
}
