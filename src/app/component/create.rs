//! Making a component: its first revision.

use serde_json::{Value, json};

use super::super::ctx::Ctx;
use super::super::error::{Error, Fields, Refusal, Result};
use super::{check, parsed, permission, record, revision_row};
use crate::clock::Generate;
use crate::domain::component::{Kind, parse_name};
use crate::domain::ids::ComponentId;
use crate::domain::names::parse_note;
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::workspaces::Workspace;

/// Components a workspace may have.
const MOST: usize = 2_000;

/// A component to be made.
#[derive(Debug, Clone)]
pub struct New {
    /// What it is.
    pub kind: Kind,
    /// How flows refer to it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it holds, as its kind says.
    pub content: Value,
    /// Why.
    pub note: String,
}

/// Makes a component.
///
/// # Errors
/// Bad values; `name_taken`.
pub fn create(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, new: &New) -> Result<Component> {
    ctx.allow(permission(new.kind), Some(&workspace.id()))?;
    let mut fields = Fields::default();
    let name = fields.take("name", parse_name(new.kind, &new.name));
    fields.take("description", parse_note(&new.description));
    fields.take("note", parse_note(&new.note));
    let content = match (parsed(new.kind, &new.content), name) {
        (Ok(content), Some(name)) => {
            fields.done()?;
            (content, name)
        }
        (Err(Error::Invalid(more)), _) => {
            more.into_iter().for_each(|e| fields.add(&e.field, e.message));
            return Err(fields.into_error());
        }
        (Err(other), _) => return Err(other),
        (Ok(_), None) => return Err(fields.into_error()),
    };
    let (content, name) = content;
    free_name(conn, &workspace.id, new.kind, &name)?;
    if components::all(conn, &workspace.id)?.len() >= MOST {
        return Err(Error::refused("too_many", format!("A workspace may have {MOST} components. Delete some that nothing uses.")));
    }
    let row = Component {
        id: ComponentId::generate().into(),
        workspace_id: workspace.id.clone(),
        kind: new.kind.as_str().to_owned(),
        name: name.clone(),
        description: new.description.trim().to_owned(),
        revision: 1,
        created_at: ctx.now.0,
        created_by: ctx.name().to_owned(),
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
        deleted_at: None,
        deleted_by: None,
        lock_version: 1,
    };
    components::insert(conn, &row)?;
    let revision = revision_row(ctx, &row.id, 1, &content, &new.note);
    components::insert_revision(conn, &revision)?;
    check::judge_drafts(conn, &workspace.id, &name)?;
    let after = json!({"kind": row.kind, "revision": 1, "hash": revision.content_hash});
    record(conn, ctx, &row, "component.created", None, Some(after), new.note.trim())?;
    Ok(row)
}

/// Goes on only when no other component of the kind has this name.
pub(super) fn free_name(conn: &mut Conn, workspace: &str, kind: Kind, name: &str) -> Result<()> {
    match components::by_name(conn, workspace, kind, name)? {
        None => Ok(()),
        Some(other) => Err(Error::Refused(Refusal {
            code: "name_taken",
            message: format!("There is a {kind} “{}” already. Choose another name, or change that one.", other.name),
            detail: json!({"field": "name", "kind": other.kind, "name": other.name}),
        })),
    }
}
