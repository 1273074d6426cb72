//! Files that somebody sent to be imported, between the report and the word to go on (PRODUCT §3.11).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::imports;

/// A file as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = imports)]
pub struct Import {
    /// `imp_…`
    pub id: String,
    /// Where it is to go.
    pub workspace_id: String,
    /// How it was called.
    pub file_name: String,
    /// Its text; empty once it is applied.
    pub content: String,
    /// SHA-256 of the text, in hex.
    pub content_hash: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who sent it, if a person.
    pub created_by_id: Option<String>,
    /// Their name.
    pub created_by: String,
    /// From then on it is gone, microseconds UTC.
    pub expires_at: i64,
    /// When it was applied.
    pub applied_at: Option<i64>,
    /// What was made, as JSON.
    pub result: Option<String>,
}

/// Keeps a file, and of the same person's that wait in this workspace only the newest `keep`.
pub fn insert(conn: &mut Conn, row: &Import, keep: i64) -> Result<()> {
    diesel::insert_into(imports::table).values(row).execute(conn)?;
    let waiting: Vec<String> = imports::table
        .filter(imports::workspace_id.eq(&row.workspace_id))
        .filter(imports::created_by.eq(&row.created_by))
        .filter(imports::applied_at.is_null())
        .order(imports::id.desc())
        .offset(keep)
        .limit(100)
        .select(imports::id)
        .load(conn)?;
    for id in waiting {
        diesel::delete(imports::table.find(id)).execute(conn)?;
    }
    Ok(())
}

/// A file of a workspace that is still there.
pub fn find(conn: &mut Conn, workspace: &str, id: &str, now: i64) -> Result<Option<Import>> {
    Ok(imports::table
        .filter(imports::id.eq(id))
        .filter(imports::workspace_id.eq(workspace))
        .filter(imports::expires_at.gt(now))
        .select(Import::as_select())
        .first(conn)
        .optional()?)
}

/// Notes what was made of a file and lets go of its text; `false`: it was applied already.
pub fn applied(conn: &mut Conn, id: &str, at: i64, until: i64, result: &str) -> Result<bool> {
    let waits = imports::table.find(id).filter(imports::applied_at.is_null());
    let done = (imports::applied_at.eq(at), imports::result.eq(result), imports::content.eq(""), imports::expires_at.eq(until));
    Ok(diesel::update(waits).set(done).execute(conn)? == 1)
}

/// Lets go of what nobody came back for.
pub fn sweep(conn: &mut Conn, now: i64) -> Result<usize> {
    Ok(diesel::delete(imports::table.filter(imports::expires_at.le(now))).execute(conn)?)
}
