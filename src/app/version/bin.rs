//! Archive, delete, bring back (PRODUCT §3.7).

use serde_json::json;

use super::super::bin;
use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Refusal, Result};
use crate::domain::access::Permission;
use crate::domain::bin::Kind;
use crate::domain::event::ObjectKind;
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Version};
use crate::store::{deployments, environments, packages, releases, runs};

/// Releases that are named as blockers.
const RELEASES: i64 = 3;

/// Something that stands in the way of deleting a version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Blocker {
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The environment at fault, if one is.
    pub environment: Option<String>,
}

/// Everything that stands in the way of deleting this version; empty when nothing does.
///
/// # Errors
/// The database.
pub fn blockers(conn: &mut Conn, flow: &Flow, version: &Version) -> Result<Vec<Blocker>> {
    let mut found = Vec::new();
    for row in deployments::of_flow(conn, &flow.id)? {
        let here = [&row.primary_version, &row.candidate_version].into_iter().flatten().any(|v| *v == version.id);
        if here && let Some(environment) = environments::get(conn, &row.environment_id)? {
            found.push(Blocker {
                code: "deployed",
                message: format!("It is live in {}. Deploy another version there first.", environment.name),
                environment: Some(environment.slug),
            });
        }
    }
    if runs::has_real_runs(conn, &version.id)? {
        found.push(Blocker { code: "has_runs", message: "Real runs are pinned to it. Archive it instead.".into(), environment: None });
    }
    for name in packages::holding(conn, &flow.id, Some(&version.id))? {
        let message = format!("It is in the package “{name}”. Take it out of the package, or choose another version there.");
        found.push(Blocker { code: "in_package", message, environment: None });
    }
    for number in releases::holding(conn, &version.id, RELEASES)? {
        let message = format!("Release {number} holds it, so that the release can be restored. Archive the version instead.");
        found.push(Blocker { code: "in_release", message, environment: None });
    }
    if found.is_empty() && !deployments::environments_of_version(conn, &version.id)?.is_empty() {
        found.push(Blocker {
            code: "was_deployed",
            message: "It was live once, and the record of that points at it. Archive it instead.".into(),
            environment: None,
        });
    }
    Ok(found)
}

/// Moves a version to the bin, with its test runs.
///
/// # Errors
/// `in_use` with every reason.
pub fn delete(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version) -> Result<()> {
    delete_because(conn, ctx, flow, version, "")
}

/// Whether test runs would go with a version.
///
/// # Errors
/// The database.
pub fn has_tests(conn: &mut Conn, version: &Version) -> Result<bool> {
    Ok(runs::has_test_runs(conn, &version.id)?)
}

/// [`delete`] with a reason for the history; it may be empty.
///
/// # Errors
/// As [`delete`]; a reason that is too long.
pub fn delete_because(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, reason: &str) -> Result<()> {
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    let blockers = blockers(conn, flow, version)?;
    if !blockers.is_empty() {
        let reasons: Vec<&str> = blockers.iter().map(|b| b.message.as_str()).collect();
        return Err(Error::Refused(Refusal {
            code: "in_use",
            message: format!("Version {} cannot be deleted. {}", version.number, reasons.join(" ")),
            detail: json!({"reasons": blockers}),
        }));
    }
    runs::delete_tests_of(conn, &version.id)?;
    versions::set_deleted(conn, &version.id, Some(ctx.now.0), Some(ctx.name()))?;
    let put = bin::Put {
        workspace: &flow.workspace_id,
        kind: Kind::Version,
        id: &version.id,
        name: format!("{} v{}", flow.name, version.number),
        detail: &version.note,
        held: None,
        reason: reason.as_deref().unwrap_or_default(),
    };
    bin::put(conn, ctx, put)?;
    if flow.working_draft.as_deref() == Some(&version.id) {
        let next = versions::drafts(conn, &flow.id)?.into_iter().next();
        flows::set_working_draft(conn, &flow.id, next.as_ref().map(|d| d.id.as_str()))?;
    }
    record(conn, ctx, flow, version, "version.deleted", reason.as_deref())
}

/// Brings a version back from the bin.
///
/// # Errors
/// Its label is taken by now.
pub fn restore(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    if flow.deleted_at.is_some() {
        return Err(Error::refused("flow_deleted", format!("The flow {} is in the bin too. Bring it back first.", flow.name)));
    }
    if let Some(label) = &version.label
        && let Some(other) = versions::by_label(conn, &flow.id, label)?
    {
        let message = format!("Version {} has its label “{label}” now. Bring it back with another label, or with none.", other.number);
        return Err(Error::Refused(Refusal { code: "label_taken", message, detail: json!({"field": "label", "version": other.number}) }));
    }
    versions::set_deleted(conn, &version.id, None, None)?;
    if version.is_draft() && flow.working_draft.is_none() {
        flows::set_working_draft(conn, &flow.id, Some(&version.id))?;
    }
    record(conn, ctx, flow, version, "version.restored", None)
}

/// Puts a published version away, or fetches it back.
///
/// # Errors
/// It is live somewhere, or a draft.
pub fn archive(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, away: bool) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    if version.is_draft() {
        return Err(Error::refused("not_published", "A draft cannot be archived. Delete it, or publish it first."));
    }
    if away && let Some(live) = blockers(conn, flow, version)?.into_iter().find(|b| b.code == "deployed") {
        return Err(Error::refused("in_use", format!("Version {} cannot be archived. {}", version.number, live.message)));
    }
    versions::set_archived(conn, &version.id, away.then_some(ctx.now.0))?;
    record(conn, ctx, flow, version, if away { "version.archived" } else { "version.unarchived" }, None)
}

fn record(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, action: &str, reason: Option<&str>) -> Result<()> {
    ctx.record(
        conn,
        Event {
            action,
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &version.id, &format!("v{}", version.number))),
            after: Some(json!({"number": version.number, "hash": version.content_hash})),
            reason,
            ..Event::default()
        },
    )?;
    Ok(())
}
