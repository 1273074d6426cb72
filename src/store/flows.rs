//! Flows.

use diesel::prelude::*;

use super::cached::one_of;
use super::conn::Conn;
use super::error::Result;
use super::page::{Direction, Page};
use super::schema::flows;
use crate::domain::ids::{FlowId, WorkspaceId};

/// A flow as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = flows)]
pub struct Flow {
    /// `wfl_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// As in addresses; unique in the workspace.
    pub slug: String,
    /// For people.
    pub name: String,
    /// What it does.
    pub description: String,
    /// `document.namespace`: how other flows call it, with the name.
    pub namespace: String,
    /// `document.name`.
    pub document_name: String,
    /// The number its next version gets.
    pub next_number: i64,
    /// The draft that *draft* means.
    pub working_draft: Option<String>,
    /// Whether a second draft is asked about first (PRODUCT §3.2).
    pub single_draft: bool,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// Since when it is put away.
    pub archived_at: Option<i64>,
    /// Since when it is in the bin.
    pub deleted_at: Option<i64>,
    /// Who put it there.
    pub deleted_by: Option<String>,
    /// Grows with each change.
    pub lock_version: i64,
}

impl Flow {
    /// The typed id.
    pub fn id(&self) -> FlowId {
        FlowId::stored(self.id.clone())
    }
    /// The workspace's typed id.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId::stored(self.workspace_id.clone())
    }
}

/// Adds a flow.
pub fn insert(conn: &mut Conn, row: &Flow) -> Result<()> {
    diesel::insert_into(flows::table).values(row).execute(conn)?;
    Ok(())
}

/// By slug or id in a workspace; not from the bin.
pub fn find(conn: &mut Conn, workspace: &str, name: &str) -> Result<Option<Flow>> {
    Ok(flows::table
        .filter(flows::workspace_id.eq(workspace))
        .filter(flows::slug.eq(name).or(flows::id.eq(name)))
        .filter(flows::deleted_at.is_null())
        .select(Flow::as_select())
        .first(conn)
        .optional()?)
}

/// What is in the bin by id or by the slug it had, the last one of that slug.
pub fn deleted(conn: &mut Conn, workspace: &str, name: &str) -> Result<Option<Flow>> {
    Ok(flows::table
        .filter(flows::workspace_id.eq(workspace))
        .filter(flows::slug.eq(name).or(flows::id.eq(name)))
        .filter(flows::deleted_at.is_not_null())
        .order(flows::deleted_at.desc())
        .select(Flow::as_select())
        .first(conn)
        .optional()?)
}

/// By id, also from the bin.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Flow>> {
    Ok(flows::table.find(id).select(Flow::as_select()).first(conn).optional()?)
}

/// Several by id, also from the bin.
pub fn get_many(conn: &mut Conn, ids: &[&str]) -> Result<Vec<Flow>> {
    let rows = flows::table.filter(one_of("id", ids));
    Ok(crate::each_backend!(conn, inner => crate::fixed!(rows.select(Flow::as_select())).load(inner))?)
}

/// By the name other flows call it by.
pub fn by_document(conn: &mut Conn, workspace: &str, namespace: &str, name: &str) -> Result<Option<Flow>> {
    Ok(flows::table
        .filter(flows::workspace_id.eq(workspace))
        .filter(flows::namespace.eq(namespace))
        .filter(flows::document_name.eq(name))
        .filter(flows::deleted_at.is_null())
        .select(Flow::as_select())
        .first(conn)
        .optional()?)
}

/// What a list of flows is cut down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of the name or slug, any case.
    pub text: Option<String>,
    /// Whether archived ones are listed instead.
    pub archived: bool,
}

/// Flows of a workspace by slug, a page at a time. "Before" means further down the alphabet.
pub fn list(conn: &mut Conn, workspace: &str, filter: &Filter, from: &Direction<String>, limit: i64) -> Result<Page<Flow>> {
    let mut query = flows::table
        .filter(flows::workspace_id.eq(workspace))
        .filter(flows::deleted_at.is_null())
        .select(Flow::as_select())
        .limit(limit + 1)
        .into_boxed();
    query = if filter.archived { query.filter(flows::archived_at.is_not_null()) } else { query.filter(flows::archived_at.is_null()) };
    if let Some(text) = &filter.text {
        let pattern = format!("%{}%", text.to_lowercase().replace(['%', '_'], ""));
        query = query.filter(lower(flows::name).like(pattern.clone()).or(flows::slug.like(pattern)));
    }
    query = match from {
        Direction::Newest => query.order(flows::slug.asc()),
        Direction::Before(slug) => query.filter(flows::slug.gt(slug.clone())).order(flows::slug.asc()),
        Direction::After(slug) => query.filter(flows::slug.lt(slug.clone())).order(flows::slug.desc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

diesel::define_sql_function! {
    /// `lower()` of both databases.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Takes the next version number; conditional on the flow being as it was read.
pub fn take_number(conn: &mut Conn, flow: &Flow) -> Result<bool> {
    Ok(diesel::update(flows::table.find(&flow.id).filter(flows::lock_version.eq(flow.lock_version)))
        .set((flows::next_number.eq(flow.next_number + 1), flows::lock_version.eq(flow.lock_version + 1)))
        .execute(conn)?
        == 1)
}

/// Takes the flow's row for this transaction, so that two publications of one flow wait for each other.
pub fn lock(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::update(flows::table.find(id)).set(flows::lock_version.eq(flows::lock_version + 1)).execute(conn)?;
    Ok(())
}

/// Says which draft is the working one.
pub fn set_working_draft(conn: &mut Conn, id: &str, draft: Option<&str>) -> Result<()> {
    diesel::update(flows::table.find(id)).set(flows::working_draft.eq(draft)).execute(conn)?;
    Ok(())
}

/// Changes what people read about a flow.
pub fn set_details(conn: &mut Conn, id: &str, name: &str, slug: &str, description: &str, single_draft: bool) -> Result<()> {
    diesel::update(flows::table.find(id))
        .set((flows::name.eq(name), flows::slug.eq(slug), flows::description.eq(description), flows::single_draft.eq(single_draft)))
        .execute(conn)?;
    Ok(())
}

/// Changes how other flows call it.
pub fn set_document(conn: &mut Conn, id: &str, namespace: &str, name: &str) -> Result<()> {
    diesel::update(flows::table.find(id)).set((flows::namespace.eq(namespace), flows::document_name.eq(name))).execute(conn)?;
    Ok(())
}

/// Puts a flow away, or fetches it back with `None`.
pub fn set_archived(conn: &mut Conn, id: &str, at: Option<i64>) -> Result<()> {
    diesel::update(flows::table.find(id)).set(flows::archived_at.eq(at)).execute(conn)?;
    Ok(())
}

/// Puts a flow in the bin, or fetches it back with `None`.
pub fn set_deleted(conn: &mut Conn, id: &str, at: Option<i64>, by: Option<&str>) -> Result<()> {
    diesel::update(flows::table.find(id)).set((flows::deleted_at.eq(at), flows::deleted_by.eq(by))).execute(conn)?;
    Ok(())
}
