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
use crate::domain::vocabulary::Vocabulary;
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

/// A workspace to be made.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// As in addresses; made from the name when empty.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Whose words its pages use, see [`Vocabulary`]; our own when empty.
    pub words: String,
}

/// Makes a workspace with Development and Production, each with an empty configuration #1 deployed,
/// so that flows can be deployed at once (PRODUCT §4.1).
///
/// # Errors
/// A bad or taken slug; not an admin of the instance.
pub fn create(conn: &mut Conn, ctx: &Ctx, new: &New) -> Result<Workspace> {
    ctx.allow(Permission::Administer, None)?;
    let mut fields = Fields::default();
    let slug = if new.slug.trim().is_empty() { Slug::propose(&new.name) } else { fields.take("slug", Slug::parse(&new.slug)) };
    let name = fields.take("name", parse_title("the workspace a name", &new.name, 80));
    let words = match new.words.as_str() {
        "" => Some(Vocabulary::Signalbox),
        words => fields.take("words", words.parse()),
    };
    if slug.is_none() && name.is_some() && new.slug.trim().is_empty() {
        fields.add("slug", "No address can be made from that name; write one.".to_owned());
    }
    let (Some(slug), Some(name), Some(words)) = (slug, name, words) else { return Err(fields.into_error()) };
    if workspaces::find(conn, slug.as_str())?.is_some() {
        return Err(Error::invalid("slug", format!("A workspace “{}” exists already; choose another.", slug.as_str())));
    }
    let workspace = Workspace {
        id: WorkspaceId::generate().into(),
        slug: slug.as_str().to_owned(),
        name,
        created_at: ctx.now.0,
        words: words.as_str().into(),
        lock_version: 0,
    };
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

/// What can be changed of a workspace; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// For people.
    pub name: Option<String>,
    /// Whose words its pages use, see [`Vocabulary`].
    pub words: Option<String>,
}

/// Changes name and words. What the caller based them on is `expect`, the workspace's revision.
///
/// # Errors
/// Not an admin; bad values; stale.
pub fn change(conn: &mut Conn, ctx: &Ctx, row: &Workspace, changes: &Changes, expect: Option<i64>) -> Result<Workspace> {
    ctx.allow(Permission::Administer, Some(&row.id()))?;
    if expect.is_some_and(|seen| seen != row.lock_version) {
        return Err(stale(row));
    }
    let mut fields = Fields::default();
    let name = changes.name.as_deref().unwrap_or(&row.name);
    let name = fields.take("name", parse_title("the workspace a name", name, 80));
    let words = fields.take("words", changes.words.as_deref().unwrap_or(&row.words).parse::<Vocabulary>());
    let (Some(name), Some(words)) = (name, words) else { return Err(fields.into_error()) };
    if name == row.name && words.as_str() == row.words {
        return Ok(row.clone());
    }
    if !workspaces::set(conn, row, &name, words)? {
        return Err(stale(row));
    }
    ctx.record(
        conn,
        Event {
            action: "workspace.changed",
            workspace: Some(&row.id),
            object: Some((ObjectKind::Workspace, &row.id, &name)),
            before: Some(json!({"name": row.name, "words": row.words})),
            after: Some(json!({"name": name, "words": words})),
            ..Event::default()
        },
    )?;
    find(conn, ctx, &row.id)
}

fn stale(row: &Workspace) -> Error {
    Error::Stale {
        message: format!("{} changed while you were looking. Look again, then decide.", row.name),
        current: json!({"revision": row.lock_version, "name": row.name, "words": row.words}),
    }
}
