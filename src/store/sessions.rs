//! Signed-in sessions: only the hash of the id is stored (TRUST §4.2).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::sessions;

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sessions, treat_none_as_null = true)]
pub struct Session {
    /// SHA-256 of the id in the cookie, hex.
    pub id_hash: String,
    /// Who is signed in, if anybody.
    pub user_id: Option<String>,
    /// The session's values as JSON.
    pub state: String,
    /// Where it came from.
    pub address: String,
    /// The browser, in its own words.
    pub agent: String,
    /// Microseconds UTC; no session outlives eight hours from here.
    pub created_at: i64,
    /// Microseconds UTC, to the minute; polling does not count.
    pub last_seen_at: i64,
    /// Microseconds UTC.
    pub expires_at: i64,
}

/// By the hash of its id, if it has not ended.
pub fn get(conn: &mut Conn, id_hash: &str, now: i64) -> Result<Option<Session>> {
    Ok(sessions::table.find(id_hash).filter(sessions::expires_at.gt(now)).select(Session::as_select()).first(conn).optional()?)
}

/// Adds one.
pub fn insert(conn: &mut Conn, row: &Session) -> Result<()> {
    diesel::insert_into(sessions::table).values(row).execute(conn)?;
    Ok(())
}

/// Changes values; `false` when the session is gone.
pub fn update(conn: &mut Conn, id_hash: &str, state: &str) -> Result<bool> {
    Ok(diesel::update(sessions::table.find(id_hash)).set(sessions::state.eq(state)).execute(conn)? == 1)
}

/// Notes that a person did something with it.
pub fn touch(conn: &mut Conn, id_hash: &str, now: i64) -> Result<()> {
    diesel::update(sessions::table.find(id_hash)).set(sessions::last_seen_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Ends one.
pub fn delete(conn: &mut Conn, id_hash: &str) -> Result<usize> {
    Ok(diesel::delete(sessions::table.find(id_hash)).execute(conn)?)
}

/// A person's sessions that have not ended, newest first.
pub fn of_user(conn: &mut Conn, user: &str, now: i64) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::created_at.desc())
        .select(Session::as_select())
        .load(conn)?)
}

/// Ends a person's sessions, but for one.
pub fn delete_of_user(conn: &mut Conn, user: &str, keep: Option<&str>) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::id_hash.ne(keep.unwrap_or_default())))
        .execute(conn)?)
}

/// Sweeps what has ended.
pub fn sweep(conn: &mut Conn, now: i64) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(conn)?)
}
