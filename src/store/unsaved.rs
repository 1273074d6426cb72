//! What stood in an editor's form when somebody compared it.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::unsaved_edits;

/// Kept of each draft, the newest.
const MOST: i64 = 20;

/// An unsaved text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = unsaved_edits)]
pub struct Unsaved {
    /// `uns_…`
    pub id: String,
    /// Of which draft.
    pub version_id: String,
    /// The text.
    pub text: String,
    /// The settings, as JSON.
    pub settings: String,
    /// Microseconds UTC.
    pub kept_at: i64,
    /// Who had it in a form.
    pub kept_by: String,
}

/// By id.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Unsaved>> {
    Ok(unsaved_edits::table.find(id).select(Unsaved::as_select()).first(conn).optional()?)
}

/// Keeps a text, and lets go of the oldest of that draft.
pub fn keep(conn: &mut Conn, row: &Unsaved) -> Result<()> {
    diesel::insert_into(unsaved_edits::table).values(row).execute(conn)?;
    let of_draft = unsaved_edits::table.filter(unsaved_edits::version_id.eq(&row.version_id));
    let oldest: Vec<String> = of_draft.order(unsaved_edits::id.desc()).offset(MOST).limit(MOST).select(unsaved_edits::id).load(conn)?;
    diesel::delete(unsaved_edits::table.filter(unsaved_edits::id.eq_any(oldest))).execute(conn)?;
    Ok(())
}

/// Lets go of all texts of a draft.
pub fn forget(conn: &mut Conn, version: &str) -> Result<()> {
    diesel::delete(unsaved_edits::table.filter(unsaved_edits::version_id.eq(version))).execute(conn)?;
    Ok(())
}
