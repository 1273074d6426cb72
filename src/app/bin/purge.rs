//! Taking things out of the bin for good: when their days are over, or at once by an admin.
//!
//! What a run, a deployment record, an approval, a package or a frozen configuration refers to leaves the bin but stays
//! readable for ever (PRODUCT §3.9).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::find;
use crate::domain::access::Permission;
use crate::domain::bin::{Kind, due_before};
use crate::domain::event::ObjectKind;
use crate::domain::names::parse_note;
use crate::store::bin::{self, Entry};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::purge;
use crate::store::workspaces::Workspace;

/// Things that go in one round, so that a round never holds up other writers for long.
const BATCH: i64 = 100;

/// Takes out what has waited its days, a batch at a time. Returns how many things went.
///
/// # Errors
/// The database.
pub fn sweep(conn: &mut Conn, ctx: &Ctx) -> Result<usize> {
    let due = bin::due(conn, due_before(ctx.now), BATCH)?;
    let mut by_workspace: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for entry in &due {
        let kept = !out(conn, entry)?;
        let what = json!({"id": entry.id, "kind": entry.kind, "name": entry.name, "kept_readable": kept});
        by_workspace.entry(&entry.workspace_id).or_default().push(what);
    }
    for (workspace, things) in by_workspace {
        let after = Some(json!({"purged": things}));
        ctx.record(conn, Event { action: "bin.purged", workspace: Some(workspace), after, ..Event::default() })?;
    }
    Ok(due.len())
}

/// Takes one thing out at once. Returns whether its rows went: what is referred to stays readable.
///
/// # Errors
/// Not an admin; not in the bin any more; the typed name is another; a reason that is too long.
pub fn at_once(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str, typed: &str, reason: &str) -> Result<bool> {
    ctx.allow(Permission::Administer, Some(&workspace.id()))?;
    let entry = find(conn, ctx, workspace, id)?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    if typed.trim() != entry.name {
        return Err(Error::invalid("confirm", format!("Type the name as it stands here: {}", entry.name)));
    }
    let went = out(conn, &entry)?;
    let object = match entry.kind()? {
        Kind::Flow => ObjectKind::Flow,
        Kind::Version => ObjectKind::Version,
        Kind::Component | Kind::Secret => ObjectKind::Component,
        Kind::Configuration => ObjectKind::Configuration,
        Kind::Package => ObjectKind::Package,
        Kind::Plan => ObjectKind::Plan,
    };
    ctx.record(
        conn,
        Event {
            action: "bin.emptied",
            workspace: Some(&workspace.id),
            object: Some((object, &entry.id, &entry.name)),
            after: Some(json!({"kept_readable": !went, "deleted_at": entry.deleted_at})),
            reason: reason.as_deref(),
            ..Event::default()
        },
    )?;
    Ok(went)
}

/// Takes a thing out of the list, and its rows with it unless something refers to them; says whether they went.
fn out(conn: &mut Conn, entry: &Entry) -> Result<bool> {
    bin::take(conn, &entry.id)?;
    let kind = entry.kind()?;
    let went: std::result::Result<bool, StoreError> = crate::store::attempt(conn, |conn| match kind {
        Kind::Flow => purge::flow(conn, &entry.id),
        Kind::Version => purge::version(conn, &entry.id),
        Kind::Component | Kind::Secret => purge::component(conn, &entry.id),
        Kind::Configuration => purge::configuration(conn, &entry.id),
        Kind::Package | Kind::Plan => Ok(true),
    });
    match went {
        // A reference that nobody asked about is found by the database: then everything stays.
        Err(StoreError::Refused(why)) if is_reference(&why) => Ok(false),
        other => Ok(other?),
    }
}

/// Whether the database refused because something points at a row: the words of both, and of our own triggers.
fn is_reference(why: &str) -> bool {
    let why = why.to_lowercase();
    why.contains("foreign key") || why.contains("referred to")
}
