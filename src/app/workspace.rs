//! Workspaces: which ones an actor sees, and new ones.

use serde_json::json;

use super::ctx::{Ctx, Event};
use super::environment;
use super::error::{Error, Fields, Result};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::domain::event::ObjectKind;
use crate::domain::ids::WorkspaceId;
use crate::domain::names::{Slug, parse_title};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::workspaces::{self, Workspace};

/// A workspace the actor may see, by slug or id.
///
/// # Errors
/// Not found, also when it exists and the actor has no role in it.
pub fn find(conn: &mut Conn, ctx: &Ctx, name: &str) -> Result<Workspace> {
    let found = workspaces::find(conn, name)?.filter(|w| ctx.actor.sees(&w.id()));
    found.ok_or_else(|| Error::not_found("workspace", name))
}

/// The workspaces the actor may see.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx) -> Result<Vec<Workspace>> {
    Ok(workspaces::list(conn)?.into_iter().filter(|w| ctx.actor.sees(&w.id())).collect())
}

/// An environment of a workspace, by slug or id.
///
/// # Errors
/// Not found.
pub fn environment(conn: &mut Conn, workspace: &Workspace, name: &str) -> Result<Environment> {
    environments::find(conn, &workspace.id, name)?.ok_or_else(|| Error::not_found("environment", name))
}

/// Makes a workspace with Development and Production, each with an empty configuration #1 deployed,
/// so that flows can be deployed at once (PRODUCT §4.1).
///
/// # Errors
/// A bad or taken slug; not an admin of the instance.
pub fn create(conn: &mut Conn, ctx: &Ctx, slug: &str, name: &str) -> Result<Workspace> {
    ctx.allow(Permission::Administer, None)?;
    let mut fields = Fields::default();
    let slug = fields.take("slug", Slug::parse(slug));
    let name = fields.take("name", parse_title("the workspace a name", name, 80));
    let (Some(slug), Some(name)) = (slug, name) else { return Err(fields.into_error()) };
    if workspaces::find(conn, slug.as_str())?.is_some() {
        return Err(Error::invalid("slug", format!("A workspace “{}” exists already; choose another.", slug.as_str())));
    }
    let workspace = Workspace { id: WorkspaceId::generate().into(), slug: slug.as_str().to_owned(), name, created_at: ctx.now.0 };
    workspaces::insert(conn, &workspace)?;
    let mut made = Vec::new();
    for (position, kind) in [(0, Kind::Development), (1, Kind::Production)] {
        made.push(environment::create::ready_made(conn, ctx, &workspace, kind.as_str(), kind, position)?);
    }
    let seq = ctx.record(
        conn,
        Event {
            action: "workspace.created",
            workspace: Some(&workspace.id),
            object: Some((ObjectKind::Workspace, &workspace.id, &workspace.name)),
            after: Some(json!({"slug": workspace.slug, "name": workspace.name})),
            ..Event::default()
        },
    )?;
    for environment in &made {
        environment::keep_record(conn, ctx, environment, seq, ("created", Some(1), None))?;
    }
    Ok(workspace)
}
