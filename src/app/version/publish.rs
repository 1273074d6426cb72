//! Publication: freezes a draft under the hash of its content (PRODUCT §3.4).

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Fields, Refusal, Result};
use super::check::check;
use super::{document, freeze_content};
use crate::definition::Severity;
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::names::{parse_label, parse_note};
use crate::domain::version::Lifecycle;
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Published, Version};

/// What goes with a publication.
#[derive(Debug, Clone, Default)]
pub struct Publication {
    /// What changed and why.
    pub note: String,
    /// Ticket or commit.
    pub reference: String,
    /// Unique in the flow; empty for none.
    pub label: String,
    /// The lock version the caller looked at, if it matters to them.
    pub based_on: Option<i64>,
}

/// Publishes a draft.
///
/// # Errors
/// `version_not_ready` with the problems; `identical` with the version it equals; a taken label; stale.
pub fn publish(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, publication: &Publication) -> Result<Version> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    // Two publications of one flow wait for each other here, so that neither mints what the other just did.
    flows::lock(conn, &flow.id)?;
    let version = &versions::get(conn, &version.id)?.ok_or_else(|| Error::not_found("version", &version.number.to_string()))?;
    if !version.is_draft() {
        return Err(Error::refused("not_a_draft", format!("Version {} is published already.", version.number)));
    }
    if publication.based_on.is_some_and(|lock| lock != version.lock_version) {
        return Err(Error::Stale {
            message: format!(
                "{} saved version {} in the meantime. Look at it again before you publish.",
                version.updated_by, version.number
            ),
            current: json!({"number": version.number, "etag": version.lock_version, "saved_by": version.updated_by}),
        });
    }
    let described = describe(conn, flow, version, &publication.note, &publication.reference, &publication.label)?;
    let content = document(conn, &version.id)?;
    let checked = check(conn, flow, &content.text, &content.settings)?;
    if !checked.ready() {
        let first = checked.problems.iter().filter(|p| p.severity != Severity::Warning).take(3);
        let named: Vec<String> =
            first.map(|p| format!("{}: {}", if p.pointer.is_empty() { "definition" } else { &p.pointer }, p.message)).collect();
        return Err(Error::Refused(Refusal {
            code: "version_not_ready",
            message: format!("{} stop version {} from going on. {}", plural(checked.blocking()), version.number, named.join(" ")),
            detail: json!({"problems": checked.problems}),
        }));
    }
    if let Some(same) = versions::by_content(conn, &flow.id, &checked.content_hash)? {
        return Err(Error::Refused(Refusal {
            code: "identical",
            message: format!(
                "This is exactly version {}, so there is nothing new to publish. Deploy version {} instead.",
                same.number, same.number
            ),
            detail: json!({"version": same.number, "hash": same.content_hash}),
        }));
    }
    if checked.content_hash != version.content_hash {
        return Err(crate::store::error::Error::corrupt(format!("the hash of version {} is not that of its text", version.number)).into());
    }
    freeze_content(conn, version, ctx.now)?;
    contents::insert_revision(conn, &version.id, 0, &version.content_hash, &described.note, ctx.now.0, ctx.name())?;
    let published = Published {
        lifecycle: Lifecycle::Published.as_str().to_owned(),
        note: described.note.clone(),
        reference: described.reference.clone(),
        label: described.label.clone(),
        published_at: ctx.now.0,
        published_by: ctx.name().to_owned(),
        lock_version: version.lock_version + 1,
    };
    if !versions::publish(conn, &version.id, version.lock_version, &published)? {
        return Err(Error::Stale {
            message: "Somebody changed this draft at the same moment. Look at it again.".into(),
            current: json!({}),
        });
    }
    if flow.working_draft.as_deref() == Some(&version.id) {
        let next = versions::drafts(conn, &flow.id)?.into_iter().next();
        flows::set_working_draft(conn, &flow.id, next.as_ref().map(|d| d.id.as_str()))?;
    }
    ctx.record(
        conn,
        Event {
            action: "version.published",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &version.id, &format!("v{}", version.number))),
            after: Some(json!({"number": version.number, "hash": version.content_hash, "label": described.label})),
            reason: (!described.note.is_empty()).then_some(described.note.as_str()),
            reference: described.reference.as_deref(),
            ..Event::default()
        },
    )?;
    Ok(versions::get(conn, &version.id)?.unwrap_or_else(|| version.clone()))
}

fn plural(n: i64) -> String {
    if n == 1 { "1 problem".into() } else { format!("{n} problems") }
}

struct Described {
    note: String,
    reference: Option<String>,
    label: Option<String>,
}

fn describe(conn: &mut Conn, flow: &Flow, version: &Version, note: &str, reference: &str, label: &str) -> Result<Described> {
    let mut fields = Fields::default();
    let note = fields.take("note", parse_note(note)).flatten();
    let reference = fields.take("reference", parse_note(reference)).flatten();
    let label = fields.take("label", parse_label(label)).flatten();
    if let Some(label) = &label
        && let Some(other) = versions::by_label(conn, &flow.id, label)?.filter(|v| v.id != version.id)
    {
        fields
            .add("label", format!("Version {} is labelled “{label}” already. Choose another, or take it from there first.", other.number));
    }
    fields.done()?;
    Ok(Described { note: note.unwrap_or_default(), reference, label })
}

/// Changes note, reference and label of a version at any time: they are not content.
///
/// # Errors
/// Bad or taken values.
pub fn redescribe(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, note: &str, reference: &str, label: &str) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    let next = describe(conn, flow, version, note, reference, label)?;
    versions::set_metadata(conn, &version.id, &next.note, next.reference.as_deref(), next.label.as_deref())?;
    ctx.record(
        conn,
        Event {
            action: "version.described",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &version.id, &format!("v{}", version.number))),
            before: Some(json!({"note": version.note, "reference": version.reference, "label": version.label})),
            after: Some(json!({"note": next.note, "reference": next.reference, "label": next.label})),
            ..Event::default()
        },
    )?;
    Ok(())
}
