//! Saving a draft: never blocked by errors, never over somebody else's save (PRODUCT §3.2).

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::check::{Checked, check};
use super::{Document, document};
use crate::definition;
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::contents::{self, DraftSave};
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Saved, Version};

/// Texts kept in a draft's trail.
pub const TRAIL: i64 = 50;
/// Bytes a definition may have.
pub const LONGEST: usize = 1024 * 1024;

/// What is to be saved; `None` keeps what is there.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The new text.
    pub text: Option<String>,
    /// The new settings.
    pub settings: Option<Value>,
    /// The new note.
    pub note: Option<String>,
}

/// Saves a draft that the caller last saw at `based_on` (its lock version; `None` overwrites on purpose).
///
/// # Errors
/// Not a draft; [`Error::Stale`] with what stands there when somebody saved in between.
pub fn save(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, edit: &Edit, based_on: Option<i64>) -> Result<(Version, Checked)> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    if !version.is_draft() {
        return Err(Error::refused(
            "not_a_draft",
            format!("Version {} is published and never changes. Make a new version from it.", version.number),
        ));
    }
    let before = document(conn, &version.id)?;
    if based_on.is_some_and(|lock| lock != version.lock_version) {
        return Err(stale(version, &before));
    }
    let text = edit.text.clone().unwrap_or_else(|| before.text.clone());
    if text.len() > LONGEST {
        return Err(Error::invalid("definition", "A definition may have at most 1 MiB. Move parts of it into flows of their own."));
    }
    let settings = edit.settings.clone().unwrap_or_else(|| before.settings.clone());
    let flow = &follow_name(conn, flow, &text)?;
    let checked = check(conn, flow, &text, &settings)?;
    if let Some(note) = &edit.note
        && *note != version.note
    {
        versions::set_note(conn, &version.id, note)?;
    }
    if text == before.text && settings == before.settings {
        versions::set_validity(conn, &version.id, checked.ready(), &checked.problems_json(), checked.blocking())?;
        return Ok((versions::get(conn, &version.id)?.unwrap_or_else(|| version.clone()), checked));
    }
    let trail = DraftSave {
        version_id: version.id.clone(),
        lock_version: version.lock_version,
        text: before.text.clone(),
        settings: before.settings.to_string(),
        saved_at: version.updated_at,
        saved_by: version.updated_by.clone(),
    };
    let saved = Saved {
        ready: checked.ready(),
        problems: checked.problems_json(),
        problem_count: checked.blocking(),
        content_hash: checked.content_hash.clone(),
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
        lock_version: version.lock_version + 1,
    };
    if !versions::save(conn, &version.id, version.lock_version, &saved, &text, &settings.to_string())? {
        let now = versions::get(conn, &version.id)?.unwrap_or_else(|| version.clone());
        let there = document(conn, &version.id)?;
        return Err(stale(&now, &there));
    }
    contents::keep_save(conn, &trail, TRAIL)?;
    ctx.record(
        conn,
        Event {
            action: "version.saved",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &version.id, &format!("v{}", version.number))),
            before: Some(json!({"hash": version.content_hash})),
            after: Some(json!({"hash": checked.content_hash, "ready": checked.ready()})),
            ..Event::default()
        },
    )?;
    Ok((versions::get(conn, &version.id)?.unwrap_or_else(|| version.clone()), checked))
}

/// Before the first publication a flow is called what its draft says, if that is free.
fn follow_name(conn: &mut Conn, flow: &Flow, text: &str) -> Result<Flow> {
    let Ok(definition) = definition::Definition::parse(text) else { return Ok(flow.clone()) };
    let (namespace, name) = (definition.namespace(), definition.name());
    let same = (namespace, name) == (flow.namespace.as_str(), flow.document_name.as_str());
    if same || namespace.is_empty() || name.is_empty() || versions::latest(conn, &flow.id)?.is_some() {
        return Ok(flow.clone());
    }
    if flows::by_document(conn, &flow.workspace_id, namespace, name)?.is_some() {
        return Ok(flow.clone());
    }
    flows::set_document(conn, &flow.id, namespace, name)?;
    Ok(Flow { namespace: namespace.to_owned(), document_name: name.to_owned(), ..flow.clone() })
}

fn stale(version: &Version, there: &Document) -> Error {
    Error::Stale {
        message: format!(
            "{} saved version {} in the meantime. Both texts are kept: merge them, then save.",
            version.updated_by, version.number
        ),
        current: json!({
            "number": version.number,
            "etag": version.lock_version,
            "saved_by": version.updated_by,
            "saved_at": version.updated_at,
            "definition": there.text,
            "settings": there.settings,
        }),
    }
}

/// Returns a draft to what it was made from, or to its first text (PRODUCT §3.2). The trail keeps what was there.
///
/// # Errors
/// Not a draft, or nothing to return to.
pub fn discard(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version) -> Result<Version> {
    let Some(original) = original(conn, version)? else {
        return Err(Error::refused("nothing_to_discard", "This draft has no saved changes."));
    };
    let edit = Edit { text: Some(original.text), settings: Some(original.settings), note: None };
    let (version, _) = save(conn, ctx, flow, version, &edit, None)?;
    Ok(version)
}

/// What a draft was made from, or its first text; `None` while nothing was saved over that.
///
/// # Errors
/// The database.
pub fn original(conn: &mut Conn, version: &Version) -> Result<Option<Document>> {
    if let Some(from) = &version.from_version_id
        && versions::get(conn, from)?.is_some()
    {
        return Ok(Some(document(conn, from)?));
    }
    let first = contents::draft_saves(conn, &version.id)?.pop();
    Ok(first.map(|first| Document { text: first.text, settings: serde_json::from_str(&first.settings).unwrap_or_else(|_| json!({})) }))
}
