//! Components: shared things that flows refer to by name (PRODUCT §1, §3.12, §4.3).

pub mod bin;
pub mod check;
pub mod create;
pub mod edit;
pub mod freeze;
pub mod redact;
pub mod resolve;
pub mod secret;
pub mod table;
pub mod used;

use serde_json::{Value, json};

use super::ctx::{Ctx, Event};
use super::error::{Error, FieldError, Result};
use crate::definition::canonical;
use crate::domain::access::Permission;
use crate::domain::component::{Content, Kind};
use crate::domain::event::ObjectKind;
use crate::store::components::{self, Component, Revision};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::workspaces::Workspace;

pub use freeze::{freeze, take_in, would_take_in};
pub use resolve::resolve;

/// What a person must be allowed to do to change components of a kind.
pub const fn permission(kind: Kind) -> Permission {
    match kind {
        Kind::Secret => Permission::KeepSecrets,
        _ => Permission::Edit,
    }
}

/// A component by kind and name (or id).
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, kind: Kind, name: &str) -> Result<Component> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    components::by_name(conn, &workspace.id, kind, name)?.ok_or_else(|| Error::not_found(kind.as_str(), name))
}

/// One revision with what it holds; the latest when none is named.
///
/// # Errors
/// Not found.
pub fn revision(conn: &mut Conn, component: &Component, number: Option<i64>) -> Result<(Revision, Content)> {
    let wanted = number.unwrap_or(component.revision);
    let row = components::revision(conn, &component.id, wanted)?
        .ok_or_else(|| Error::NotFound(format!("{} has no revision {wanted}.", component.name)))?;
    let content = Content::stored(component.kind()?, &row.content).map_err(StoreError::corrupt)?;
    Ok((row, content))
}

/// What was sent as a content, judged field by field.
fn parsed(kind: Kind, value: &Value) -> Result<Content> {
    Content::parse(kind, value)
        .map_err(|wrong| Error::Invalid(wrong.into_iter().map(|(field, message)| FieldError { field, message }).collect()))
}

/// The row of a revision; its text is the canonical form, so that equal contents have equal hashes.
fn revision_row(ctx: &Ctx, component: &str, number: i64, content: &Content, note: &str) -> Revision {
    let value = content.to_value();
    Revision {
        component_id: component.to_owned(),
        revision: number,
        content: value.to_string(),
        content_hash: super::token::hash(&canonical(&value)),
        note: note.trim().to_owned(),
        created_at: ctx.now.0,
        created_by: ctx.name().to_owned(),
    }
}

/// Writes an event about a component. Contents stay out of it: a hash tells them apart.
fn record(
    conn: &mut Conn,
    ctx: &Ctx,
    component: &Component,
    action: &str,
    before: Option<Value>,
    after: Option<Value>,
    reason: &str,
) -> Result<()> {
    ctx.record(
        conn,
        Event {
            action,
            workspace: Some(&component.workspace_id),
            object: Some((ObjectKind::Component, &component.id, &component.name)),
            before,
            after: Some(after.unwrap_or_else(|| json!({"kind": component.kind}))),
            reason: Some(reason).filter(|r| !r.is_empty()),
            ..Event::default()
        },
    )?;
    Ok(())
}

/// What a caller based a change on is not what stands there.
fn stale(conn: &mut Conn, component: &Component) -> Error {
    let now = components::get(conn, &component.id).ok().flatten().unwrap_or_else(|| component.clone());
    let content = revision(conn, &now, None).map(|(_, content)| content.to_value()).unwrap_or_default();
    Error::Stale {
        message: format!("{} changed {} in the meantime. Look at what stands there, then save again.", now.updated_by, now.name),
        current: json!({
            "name": now.name, "description": now.description, "revision": now.revision, "etag": now.lock_version,
            "updated_by": now.updated_by, "content": content,
        }),
    }
}
