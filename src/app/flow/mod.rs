//! Flows: created, described, duplicated, archived, deleted.

pub mod bin;
pub mod create;
pub mod starters;
pub mod used;

use serde_json::json;

use super::ctx::{Ctx, Event};
use super::error::{Error, Fields, Result};
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::names::{Slug, parse_note, parse_title};
use crate::store::conn::Conn;
use crate::store::flows::{self, Filter, Flow};
use crate::store::page::{Direction, Page};
use crate::store::workspaces::Workspace;

/// A flow of a workspace, by slug or id.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, workspace: &Workspace, name: &str) -> Result<Flow> {
    flows::find(conn, &workspace.id, name)?.ok_or_else(|| Error::not_found("flow", name))
}

/// A flow by slug or id, also one in the bin: its past stays.
///
/// # Errors
/// Not found.
pub fn find_any(conn: &mut Conn, workspace: &Workspace, name: &str) -> Result<Flow> {
    match flows::find(conn, &workspace.id, name)? {
        Some(flow) => Ok(flow),
        None => flows::deleted(conn, &workspace.id, name)?.ok_or_else(|| Error::not_found("flow", name)),
    }
}

/// Flows of a workspace, by slug.
///
/// # Errors
/// The database.
pub fn list(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    filter: &Filter,
    from: &Direction<String>,
    limit: i64,
) -> Result<Page<Flow>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    Ok(flows::list(conn, &workspace.id, filter, from, limit)?)
}

/// What people read about a flow.
#[derive(Debug, Clone)]
pub struct Details {
    /// For people.
    pub name: String,
    /// As in addresses.
    pub slug: String,
    /// What it does.
    pub description: String,
    /// Whether a second draft is asked about first (PRODUCT §3.2).
    pub single_draft: bool,
}

/// Changes what people read about a flow.
///
/// # Errors
/// Bad or taken values.
pub fn change(conn: &mut Conn, ctx: &Ctx, flow: &Flow, details: &Details) -> Result<Flow> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    let mut fields = Fields::default();
    let name = fields.take("name", parse_title("the flow a name", &details.name, 80));
    let slug = fields.take("slug", Slug::parse(&details.slug));
    let description = fields.take("description", parse_note(&details.description));
    let (Some(name), Some(slug), Some(description)) = (name, slug, description) else { return Err(fields.into_error()) };
    free_slug(conn, &flow.workspace_id, slug.as_str(), Some(&flow.id))?;
    let description = description.unwrap_or_default();
    flows::set_details(conn, &flow.id, &name, slug.as_str(), &description, details.single_draft)?;
    ctx.record(
        conn,
        Event {
            action: "flow.changed",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Flow, &flow.id, &name)),
            before: Some(json!({"name": flow.name, "slug": flow.slug, "description": flow.description, "single_draft": flow.single_draft})),
            after: Some(json!({"name": name, "slug": slug.as_str(), "description": description, "single_draft": details.single_draft})),
            ..Event::default()
        },
    )?;
    flows::get(conn, &flow.id)?.ok_or_else(|| Error::not_found("flow", &flow.slug))
}

/// Refuses a slug that another flow of the workspace has.
fn free_slug(conn: &mut Conn, workspace: &str, slug: &str, mine: Option<&str>) -> Result<()> {
    match flows::find(conn, workspace, slug)? {
        Some(other) if Some(other.id.as_str()) != mine => Err(Error::Refused(super::Refusal {
            code: "name_taken",
            message: format!("The flow {} has the address “{slug}” already. Choose another.", other.name),
            detail: json!({"field": "slug", "flow": other.slug, "name": other.name}),
        })),
        _ => Ok(()),
    }
}
