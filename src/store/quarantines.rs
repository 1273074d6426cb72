//! Versions that may not come back to an environment until somebody releases them (PRODUCT §5.5).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::quarantines;
use crate::each_backend;

/// A quarantine as stored; released ones stay for the history.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = quarantines)]
pub struct Quarantine {
    /// `qua_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow.
    pub flow_id: String,
    /// Where it holds.
    pub environment_id: String,
    /// The version.
    pub version_id: String,
    /// Its number.
    pub version_number: i64,
    /// Why.
    pub reason: String,
    /// Microseconds UTC.
    pub since: i64,
    /// Who.
    pub by_name: String,
    /// The event in the history.
    pub event_seq: i64,
    /// Microseconds UTC.
    pub released_at: Option<i64>,
    /// Who lifted it.
    pub released_by: Option<String>,
    /// Why.
    pub release_reason: Option<String>,
}

/// Puts a version in quarantine; one that is there already stays as it is.
pub fn insert(conn: &mut Conn, row: &Quarantine) -> Result<bool> {
    let added = each_backend!(conn, inner => diesel::insert_into(quarantines::table).values(row).on_conflict_do_nothing().execute(inner))?;
    Ok(added == 1)
}

/// What is held for a flow in an environment.
pub fn held(conn: &mut Conn, flow: &str, environment: &str) -> Result<Vec<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::flow_id.eq(flow))
        .filter(quarantines::environment_id.eq(environment))
        .filter(quarantines::released_at.is_null())
        .order(quarantines::version_number.desc())
        .select(Quarantine::as_select())
        .load(conn)?)
}

/// What is held of a flow, everywhere.
pub fn of_flow(conn: &mut Conn, flow: &str) -> Result<Vec<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::flow_id.eq(flow))
        .filter(quarantines::released_at.is_null())
        .order(quarantines::version_number.desc())
        .select(Quarantine::as_select())
        .load(conn)?)
}

/// What was held of these flows at an instant, and after the event `seq` of the history.
pub fn of_flows_then(conn: &mut Conn, flows: &[String], (at, seq): (i64, i64)) -> Result<Vec<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::flow_id.eq_any(flows))
        .filter(quarantines::event_seq.le(seq))
        .filter(quarantines::released_at.is_null().or(quarantines::released_at.gt(at)))
        .order(quarantines::version_number.desc())
        .select(Quarantine::as_select())
        .load(conn)?)
}

/// What was held in an environment at an instant, and after the event `seq` of the history.
pub fn in_environment_then(conn: &mut Conn, environment: &str, (at, seq): (i64, i64)) -> Result<Vec<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::environment_id.eq(environment))
        .filter(quarantines::event_seq.le(seq))
        .filter(quarantines::released_at.is_null().or(quarantines::released_at.gt(at)))
        .order(quarantines::version_number.desc())
        .select(Quarantine::as_select())
        .load(conn)?)
}

/// The last time a version was held in an environment; it may be released by now.
pub fn latest(conn: &mut Conn, version: &str, environment: &str) -> Result<Option<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::version_id.eq(version))
        .filter(quarantines::environment_id.eq(environment))
        .order((quarantines::since.desc(), quarantines::id.desc()))
        .select(Quarantine::as_select())
        .first(conn)
        .optional()?)
}

/// What is held in a workspace, newest first.
pub fn of_workspace(conn: &mut Conn, workspace: &str, limit: i64) -> Result<Vec<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::workspace_id.eq(workspace))
        .filter(quarantines::released_at.is_null())
        .order(quarantines::since.desc())
        .limit(limit)
        .select(Quarantine::as_select())
        .load(conn)?)
}

/// Lifts a quarantine; `false`: it was lifted already.
pub fn release(conn: &mut Conn, id: &str, now: i64, by: &str, reason: &str) -> Result<bool> {
    let found = quarantines::table.filter(quarantines::id.eq(id)).filter(quarantines::released_at.is_null());
    let change = (quarantines::released_at.eq(now), quarantines::released_by.eq(by), quarantines::release_reason.eq(reason));
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}
