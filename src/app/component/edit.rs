//! Changing a component: each change of what it holds is a new revision; old ones stay.

use serde_json::{Value, json};

use super::super::ctx::Ctx;
use super::super::error::{Error, Fields, Refusal, Result};
use super::super::vault::Vault;
use super::create::free_name;
use super::{check, parsed, permission, record, revision, revision_row, secret, stale, used};
use crate::domain::component::parse_name;
use crate::domain::names::parse_note;
use crate::store::components::{self, Changed, Component};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;

/// What is to change; `None` keeps what is there.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Another name; refused while anything refers to the old one.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What it holds.
    pub content: Option<Value>,
    /// Why.
    pub note: String,
}

/// Changes a component that the caller last saw at `based_on` (its lock version; `None` takes it as it stands).
///
/// # Errors
/// Bad values; `in_use` for a new name; [`Error::Stale`] when somebody changed it in between.
pub fn edit(conn: &mut Conn, ctx: &Ctx, vault: &Vault, component: &Component, edit: &Edit, based_on: Option<i64>) -> Result<Component> {
    let kind = component.kind()?;
    ctx.allow(permission(kind), Some(&component.workspace()))?;
    if based_on.is_some_and(|lock| lock != component.lock_version) {
        return Err(stale(conn, component));
    }
    let mut fields = Fields::default();
    let name = match &edit.name {
        Some(name) => fields.take("name", parse_name(kind, name)),
        None => Some(component.name.clone()),
    };
    let description = edit.description.clone().unwrap_or_else(|| component.description.clone()).trim().to_owned();
    fields.take("description", parse_note(&description));
    fields.take("note", parse_note(&edit.note));
    let (row, old) = revision(conn, component, None)?;
    let content = match edit.content.as_ref().map(|value| parsed(kind, value)) {
        None => old.clone(),
        Some(Ok(content)) => content,
        Some(Err(Error::Invalid(more))) => {
            more.into_iter().for_each(|e| fields.add(&e.field, e.message));
            return Err(fields.into_error());
        }
        Some(Err(other)) => return Err(other),
    };
    let Some(name) = name else { return Err(fields.into_error()) };
    fields.done()?;
    if name != component.name {
        rename(conn, ctx, vault, component, &name)?;
    }
    let new_content = content != old;
    if !new_content && name == component.name && description == component.description {
        return Ok(component.clone());
    }
    let number = component.revision + i64::from(new_content);
    let changed = Changed { name: name.clone(), description, revision: number, updated_at: ctx.now.0, updated_by: ctx.name().to_owned() };
    if !components::change(conn, &component.id, component.lock_version, &changed)? {
        return Err(stale(conn, component));
    }
    let mut hash = row.content_hash.clone();
    if new_content {
        let next = revision_row(ctx, &component.id, number, &content, &edit.note);
        components::insert_revision(conn, &next)?;
        hash = next.content_hash;
    }
    if name != component.name {
        check::judge_drafts(conn, &component.workspace_id, &component.name)?;
        check::judge_drafts(conn, &component.workspace_id, &name)?;
    }
    let now = components::get(conn, &component.id)?.ok_or_else(|| StoreError::corrupt("a component vanished"))?;
    let before = json!({"kind": component.kind, "name": component.name, "revision": component.revision, "hash": row.content_hash});
    let after = json!({"kind": now.kind, "name": now.name, "revision": now.revision, "hash": hash});
    record(conn, ctx, &now, "component.changed", Some(before), Some(after), edit.note.trim())?;
    Ok(now)
}

/// A name is what flows have in their text, so it changes only while nothing refers to it.
fn rename(conn: &mut Conn, ctx: &Ctx, vault: &Vault, component: &Component, name: &str) -> Result<()> {
    free_name(conn, &component.workspace_id, component.kind()?, name)?;
    let uses = used::used_by(conn, component)?;
    if !uses.is_empty() {
        return Err(Error::Refused(Refusal {
            code: "in_use",
            message: format!(
                "{} cannot be renamed: {}. Make a component of the new name, change what uses this one, then delete it.",
                component.name,
                uses.sentence()
            ),
            detail: json!({"field": "name", "reasons": uses.reasons()}),
        }));
    }
    secret::rebind(conn, ctx, vault, component, name)
}

/// Makes an old revision the newest one again, under a number of its own.
///
/// # Errors
/// No such revision; it is what stands there already; stale.
pub fn restore(conn: &mut Conn, ctx: &Ctx, vault: &Vault, component: &Component, number: i64, based_on: Option<i64>) -> Result<Component> {
    ctx.allow(permission(component.kind()?), Some(&component.workspace()))?;
    let (_, content) = revision(conn, component, Some(number))?;
    let (_, now) = revision(conn, component, None)?;
    if content == now {
        return Err(Error::refused("unchanged", format!("{} holds the same as revision {number} already.", component.name)));
    }
    let change = Edit { content: Some(content.to_value()), note: format!("Back to revision {number}"), ..Edit::default() };
    edit(conn, ctx, vault, component, &change, based_on)
}
