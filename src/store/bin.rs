//! What lies in the bin: one list for all kinds.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::bin_entries;
use crate::domain::bin::Kind;

/// A deleted thing.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = bin_entries, treat_none_as_null = true)]
pub struct Entry {
    /// The id of the thing itself.
    pub id: String,
    /// Whose it was.
    pub workspace_id: String,
    /// See [`Kind`].
    pub kind: String,
    /// What it was called.
    pub name: String,
    /// A line that says more; may be empty.
    pub detail: String,
    /// What it held, as JSON, where its own rows went with it.
    pub held: Option<String>,
    /// Why it was deleted; may be empty.
    pub reason: String,
    /// Microseconds UTC.
    pub deleted_at: i64,
    /// Who did.
    pub deleted_by: String,
}

impl Entry {
    /// What it is.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn kind(&self) -> Result<Kind> {
        self.kind.parse().map_err(Error::corrupt)
    }
}

/// What the list is cut down to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only names and details with this text, whatever the case.
    pub text: String,
}

diesel::define_sql_function! {
    /// `lower()` of both databases.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A place in the list: when it was deleted, then its id.
pub type Key = (i64, String);

/// Puts a thing into the list. One that was deleted once more takes its own place.
pub fn put(conn: &mut Conn, row: &Entry) -> Result<()> {
    diesel::delete(bin_entries::table.find(&row.id)).execute(conn)?;
    diesel::insert_into(bin_entries::table).values(row).execute(conn)?;
    Ok(())
}

/// By the id of the thing, in one workspace.
pub fn get(conn: &mut Conn, workspace: &str, id: &str) -> Result<Option<Entry>> {
    let row = bin_entries::table.find(id).filter(bin_entries::workspace_id.eq(workspace));
    Ok(row.select(Entry::as_select()).first(conn).optional()?)
}

/// Takes a thing out of the list; `false`: somebody was faster.
pub fn take(conn: &mut Conn, id: &str) -> Result<bool> {
    Ok(diesel::delete(bin_entries::table.find(id)).execute(conn)? == 1)
}

/// A workspace's bin, deleted last first, a page at a time.
pub fn list(conn: &mut Conn, workspace: &str, filter: &Filter, from: &Direction<Key>, limit: i64) -> Result<Page<Entry>> {
    let mut query =
        bin_entries::table.filter(bin_entries::workspace_id.eq(workspace)).select(Entry::as_select()).limit(limit + 1).into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(bin_entries::kind.eq(kind.as_str()));
    }
    if !filter.text.is_empty() {
        let pattern = format!("%{}%", filter.text.to_lowercase().replace(['%', '_'], ""));
        query = query.filter(lower(bin_entries::name).like(pattern.clone()).or(lower(bin_entries::detail).like(pattern)));
    }
    let newest = (bin_entries::deleted_at.desc(), bin_entries::id.desc());
    let found = match from {
        Direction::Newest => query.order(newest).load(conn)?,
        Direction::Before((at, id)) => {
            let older = bin_entries::deleted_at.lt(*at).or(bin_entries::deleted_at.eq(*at).and(bin_entries::id.lt(id.clone())));
            query.filter(older).order(newest).load(conn)?
        }
        Direction::After((at, id)) => {
            let newer = bin_entries::deleted_at.gt(*at).or(bin_entries::deleted_at.eq(*at).and(bin_entries::id.gt(id.clone())));
            query.filter(newer).order((bin_entries::deleted_at.asc(), bin_entries::id.asc())).load(conn)?
        }
    };
    Ok(Page::cut(found, limit, from))
}

/// Things whose days are over, the oldest first, so many at the most.
pub fn due(conn: &mut Conn, before: i64, limit: i64) -> Result<Vec<Entry>> {
    Ok(bin_entries::table
        .filter(bin_entries::deleted_at.lt(before))
        .order((bin_entries::deleted_at.asc(), bin_entries::id.asc()))
        .limit(limit)
        .select(Entry::as_select())
        .load(conn)?)
}
