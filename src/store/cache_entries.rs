//! What caches hold, per environment.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::cache_entries;

/// Entries one cache of one environment may have; the sweep lets go of those that expire first.
pub const MOST: i64 = 10_000;

/// A value under its key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cache_entries)]
pub struct Entry {
    /// Where.
    pub environment_id: String,
    /// Which cache.
    pub component_id: String,
    /// Under which key.
    pub key: String,
    /// Whose it is.
    pub workspace_id: String,
    /// JSON.
    pub value: String,
    /// Microseconds UTC.
    pub stored_at: i64,
    /// Microseconds UTC.
    pub expires_at: i64,
}

/// A value that has not expired at `now`.
pub fn get(conn: &mut Conn, environment: &str, cache: &str, key: &str, now: i64) -> Result<Option<String>> {
    Ok(cache_entries::table
        .find((environment, cache, key))
        .filter(cache_entries::expires_at.gt(now))
        .select(cache_entries::value)
        .first(conn)
        .optional()?)
}

/// Stores a value over the one before.
pub fn put(conn: &mut Conn, entry: &Entry) -> Result<()> {
    let updated =
        diesel::update(cache_entries::table.find((&entry.environment_id, &entry.component_id, &entry.key))).set(entry).execute(conn)?;
    if updated == 0 {
        // Two runs may store the same key at once: either value is as good.
        crate::each_backend!(conn, inner => diesel::insert_into(cache_entries::table).values(entry).on_conflict_do_nothing().execute(inner))?;
    }
    Ok(())
}

/// Forgets a key; whether it was there.
pub fn delete(conn: &mut Conn, environment: &str, cache: &str, key: &str) -> Result<bool> {
    Ok(diesel::delete(cache_entries::table.find((environment, cache, key))).execute(conn)? == 1)
}

/// How many entries a cache has in each environment: environment, entries.
pub fn counts(conn: &mut Conn, cache: &str) -> Result<Vec<(String, i64)>> {
    Ok(cache_entries::table
        .filter(cache_entries::component_id.eq(cache))
        .group_by(cache_entries::environment_id)
        .select((cache_entries::environment_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Empties a cache everywhere.
pub fn clear(conn: &mut Conn, cache: &str) -> Result<usize> {
    Ok(diesel::delete(cache_entries::table.filter(cache_entries::component_id.eq(cache))).execute(conn)?)
}

/// Lets go of what has expired, and of what is too much for one cache.
pub fn sweep(conn: &mut Conn, now: i64) -> Result<usize> {
    let mut gone = diesel::delete(cache_entries::table.filter(cache_entries::expires_at.le(now))).execute(conn)?;
    let full: Vec<(String, String)> = cache_entries::table
        .group_by((cache_entries::environment_id, cache_entries::component_id))
        .having(diesel::dsl::count_star().gt(MOST))
        .select((cache_entries::environment_id, cache_entries::component_id))
        .load(conn)?;
    for (environment, cache) in full {
        let here =
            cache_entries::table.filter(cache_entries::environment_id.eq(&environment)).filter(cache_entries::component_id.eq(&cache));
        let from: Option<i64> =
            here.order(cache_entries::expires_at.desc()).select(cache_entries::expires_at).offset(MOST).first(conn).optional()?;
        if let Some(from) = from {
            gone += diesel::delete(here.filter(cache_entries::expires_at.le(from))).execute(conn)?;
        }
    }
    Ok(gone)
}
