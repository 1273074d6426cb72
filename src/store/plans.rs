//! Named plans of stages, kept per workspace (PRODUCT §5.2).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::plans;
use crate::domain::guard::Guard;
use crate::domain::rollout::Stages;

/// A plan as stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plans, treat_none_as_null = true)]
pub struct Plan {
    /// `pln_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// Unique in the workspace.
    pub name: String,
    /// See [`Stages`], as JSON.
    pub stages: String,
    /// See `domain::rollout::Advance`.
    pub advance: String,
    /// See [`Guard`], as JSON.
    pub guard: Option<String>,
    /// Microseconds UTC.
    pub updated_at: i64,
    /// Who changed it last.
    pub updated_by: String,
    /// Grows with each change.
    pub lock_version: i64,
}

impl Plan {
    /// Its stages.
    ///
    /// # Errors
    /// Stored text this program cannot read.
    pub fn stages(&self) -> Result<Stages> {
        serde_json::from_str(&self.stages).map_err(Error::corrupt)
    }
    /// Its guard.
    ///
    /// # Errors
    /// Stored text this program cannot read.
    pub fn guard(&self) -> Result<Option<Guard>> {
        self.guard.as_deref().map(serde_json::from_str).transpose().map_err(Error::corrupt)
    }
}

/// A workspace's plans by name.
pub fn list(conn: &mut Conn, workspace: &str) -> Result<Vec<Plan>> {
    Ok(plans::table.filter(plans::workspace_id.eq(workspace)).order(plans::name.asc()).select(Plan::as_select()).load(conn)?)
}

/// By name or id.
pub fn find(conn: &mut Conn, workspace: &str, name: &str) -> Result<Option<Plan>> {
    Ok(plans::table
        .filter(plans::workspace_id.eq(workspace))
        .filter(plans::name.eq(name).or(plans::id.eq(name)))
        .select(Plan::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a plan.
pub fn insert(conn: &mut Conn, row: &Plan) -> Result<()> {
    diesel::insert_into(plans::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes a changed plan over the one it is based on; `false`: somebody was faster.
pub fn put(conn: &mut Conn, row: &Plan, based_on: i64) -> Result<bool> {
    let found = plans::table.filter(plans::id.eq(&row.id)).filter(plans::lock_version.eq(based_on));
    Ok(diesel::update(found).set(row).execute(conn)? == 1)
}

/// Takes a plan away; rollouts keep the stages they began with.
pub fn delete(conn: &mut Conn, id: &str) -> Result<bool> {
    Ok(diesel::delete(plans::table.find(id)).execute(conn)? == 1)
}
