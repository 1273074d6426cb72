//! Environments and the versions of their configuration.

use diesel::prelude::*;

use super::cached::said;
use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::{environment_versions, environments};
use crate::domain::environment::Kind;
use crate::domain::ids::EnvironmentId;
use crate::fixed;

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

/// A configuration version as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = environment_versions)]
pub struct EnvironmentVersion {
    /// `envv_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The environment.
    pub environment_id: String,
    /// From 1.
    pub number: i64,
    /// See `domain::environment::ConfigurationState`.
    pub state: String,
    /// Replacements as JSON.
    pub configuration: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// When it was deployed last.
    pub deployed_at: Option<i64>,
}

/// Adds a configuration version.
pub fn insert_version(conn: &mut Conn, row: &EnvironmentVersion) -> Result<()> {
    diesel::insert_into(environment_versions::table).values(row).execute(conn)?;
    Ok(())
}

/// The number of the deployed configuration: what runs are pinned to.
pub fn deployed_number(conn: &mut Conn, environment: &str) -> Result<Option<i64>> {
    let deployed = environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(said("state = 'deployed'"))
        .select(environment_versions::number);
    Ok(fixed!(deployed).get_result(conn).optional()?)
}

/// Configuration versions, newest first.
pub fn versions(conn: &mut Conn, environment: &str) -> Result<Vec<EnvironmentVersion>> {
    Ok(environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .order(environment_versions::number.desc())
        .select(EnvironmentVersion::as_select())
        .load(conn)?)
}
