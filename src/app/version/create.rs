//! New drafts: from any version, or over the working draft (PRODUCT §3.5).

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Refusal, Result};
use super::check::check;
use super::save::{Edit, save};
use super::{Document, document};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::ids::VersionId;
use crate::domain::version::{Lifecycle, Origin};
use crate::store::conn::Conn;
use crate::store::contents::{self, Text};
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Version};

/// What to do about another draft when the flow keeps a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherDraft {
    /// Refuse and show what would be lost.
    #[default]
    Ask,
    /// Put the new text over the working draft.
    Overwrite,
    /// Keep the other one as an extra draft.
    Keep,
}

/// *New version from this*: a draft with the text and settings of `from`, or with other ones.
///
/// # Errors
/// `draft_exists` in a flow that keeps a single draft, with the draft named.
pub fn from_version(conn: &mut Conn, ctx: &Ctx, flow: &Flow, from: &Version, other: OtherDraft) -> Result<Version> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    let content = document(conn, &from.id)?;
    make(conn, ctx, flow, content, Origin::Version, Some(from), other)
}

/// A draft with a text of its own.
///
/// # Errors
/// As [`from_version`].
pub fn from_text(conn: &mut Conn, ctx: &Ctx, flow: &Flow, content: Document, from: Option<&Version>, other: OtherDraft) -> Result<Version> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    make(conn, ctx, flow, content, if from.is_some() { Origin::Version } else { Origin::New }, from, other)
}

fn make(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    content: Document,
    origin: Origin,
    from: Option<&Version>,
    other: OtherDraft,
) -> Result<Version> {
    if flow.archived_at.is_some() {
        return Err(Error::refused("archived", "This flow is archived. Bring it back first."));
    }
    if flow.single_draft
        && other != OtherDraft::Keep
        && let Some(draft) = versions::drafts(conn, &flow.id)?.first()
    {
        if other == OtherDraft::Overwrite {
            return overwrite(conn, ctx, flow, draft, content, None);
        }
        return Err(Error::Refused(Refusal {
            code: "draft_exists",
            message: format!(
                "This flow keeps a single draft, and version {} is one. Overwrite it, or keep it as an extra draft.",
                draft.number
            ),
            detail: json!({"draft": draft.number}),
        }));
    }
    let version = insert(conn, ctx, flow, &content, origin, from)?;
    flows::set_working_draft(conn, &flow.id, Some(&version.id))?;
    ctx.record(
        conn,
        Event {
            action: "version.created",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &version.id, &format!("v{}", version.number))),
            after: Some(json!({"from": from.map(|f| f.number), "hash": version.content_hash})),
            ..Event::default()
        },
    )?;
    Ok(version)
}

/// Adds the row of a new draft with the flow's next number; numbers are never used again.
pub(in crate::app) fn insert(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    content: &Document,
    origin: Origin,
    from: Option<&Version>,
) -> Result<Version> {
    // Read again: the number is taken only if nobody took it in between.
    let fresh = flows::get(conn, &flow.id)?.ok_or_else(|| Error::not_found("flow", &flow.slug))?;
    if !flows::take_number(conn, &fresh)? {
        return Err(Error::Stale {
            message: "Somebody else made a version of this flow at the same moment. Try again.".into(),
            current: json!({}),
        });
    }
    let checked = check(conn, &fresh, &content.text, &content.settings)?;
    let version = Version {
        id: VersionId::generate().into(),
        workspace_id: fresh.workspace_id.clone(),
        flow_id: fresh.id.clone(),
        number: fresh.next_number,
        lifecycle: Lifecycle::Draft.as_str().to_owned(),
        origin: origin.as_str().to_owned(),
        from_version_id: from.map(|f| f.id.clone()),
        from_number: from.map(|f| f.number),
        note: String::new(),
        reference: None,
        label: None,
        ready: checked.ready(),
        problems: checked.problems_json(),
        problem_count: checked.blocking(),
        content_hash: checked.content_hash.clone(),
        revision: 0,
        author_id: ctx.user_id(),
        author_name: ctx.name().to_owned(),
        created_at: ctx.now.0,
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
        published_at: None,
        published_by: None,
        first_live_at: None,
        synced_at: None,
        archived_at: None,
        deleted_at: None,
        deleted_by: None,
        lock_version: 1,
    };
    versions::insert(conn, &version)?;
    contents::insert_text(
        conn,
        &Text { version_id: version.id.clone(), text: content.text.clone(), settings: content.settings.to_string() },
    )?;
    Ok(version)
}

/// *Copy into working draft*: the draft's text stays in its trail.
///
/// # Errors
/// There is no working draft.
pub fn copy_into_draft(conn: &mut Conn, ctx: &Ctx, flow: &Flow, from: &Version) -> Result<Version> {
    copy_into_draft_seen(conn, ctx, flow, from, None)
}

/// [`copy_into_draft`] over the draft that the caller looked at (its lock version).
///
/// # Errors
/// There is no working draft; stale.
pub fn copy_into_draft_seen(conn: &mut Conn, ctx: &Ctx, flow: &Flow, from: &Version, based_on: Option<i64>) -> Result<Version> {
    let draft = super::find(conn, flow, "draft")?;
    let content = document(conn, &from.id)?;
    overwrite(conn, ctx, flow, &draft, content, based_on)
}

fn overwrite(conn: &mut Conn, ctx: &Ctx, flow: &Flow, draft: &Version, content: Document, based_on: Option<i64>) -> Result<Version> {
    let edit = Edit { text: Some(content.text), settings: Some(content.settings), note: None };
    Ok(save(conn, ctx, flow, draft, &edit, based_on)?.0)
}

/// Makes a draft the working one.
///
/// # Errors
/// It is not a draft.
pub fn choose_working_draft(conn: &mut Conn, ctx: &Ctx, flow: &Flow, draft: &Version) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    if !draft.is_draft() {
        return Err(Error::refused("not_a_draft", format!("Version {} is not a draft.", draft.number)));
    }
    flows::set_working_draft(conn, &flow.id, Some(&draft.id))?;
    ctx.record(
        conn,
        Event {
            action: "version.chosen",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &draft.id, &format!("v{}", draft.number))),
            ..Event::default()
        },
    )?;
    Ok(())
}
