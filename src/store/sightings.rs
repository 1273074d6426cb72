//! Who looked at a page: once a person, object and hour.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::sightings;
use crate::each_backend;

/// That somebody looked.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sightings)]
pub struct Sighting {
    /// What they looked at.
    pub object_id: String,
    /// The hour in which they did, microseconds UTC.
    pub hour: i64,
    /// Who.
    pub user_id: String,
    /// Their name then.
    pub user_name: String,
    /// Whose it is.
    pub workspace_id: String,
}

/// Whether it is kept already.
pub fn known(conn: &mut Conn, object: &str, hour: i64, user: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(sightings::table.find((object, hour, user)))).get_result(conn)?)
}

/// Keeps it, once.
pub fn insert(conn: &mut Conn, row: &Sighting) -> Result<()> {
    each_backend!(conn, inner => diesel::insert_into(sightings::table).values(row).on_conflict_do_nothing().execute(inner))?;
    Ok(())
}

/// Who looked at a thing, latest first.
pub fn of(conn: &mut Conn, workspace: &str, object: &str, limit: i64) -> Result<Vec<Sighting>> {
    Ok(sightings::table
        .filter(sightings::object_id.eq(object))
        .filter(sightings::workspace_id.eq(workspace))
        .order((sightings::hour.desc(), sightings::user_name.asc()))
        .limit(limit)
        .select(Sighting::as_select())
        .load(conn)?)
}

/// Forgets what is older.
pub fn forget(conn: &mut Conn, before: i64) -> Result<usize> {
    Ok(diesel::delete(sightings::table.filter(sightings::hour.lt(before))).execute(conn)?)
}
