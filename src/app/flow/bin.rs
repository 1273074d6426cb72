//! Archive and bin of whole flows.

use serde_json::json;

use super::super::bin;
use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Refusal, Result};
use super::super::version::bin::Blocker;
use super::free_slug;
use super::used::used_by;
use crate::domain::access::Permission;
use crate::domain::bin::Kind;
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::{deployments, environments, packages, planned, runs};

/// Everything that stands in the way of deleting a flow.
///
/// # Errors
/// The database.
pub fn blockers(conn: &mut Conn, flow: &Flow) -> Result<Vec<Blocker>> {
    let mut found = Vec::new();
    for row in deployments::of_flow(conn, &flow.id)? {
        if row.primary_version.is_some()
            && let Some(environment) = environments::get(conn, &row.environment_id)?
        {
            found.push(Blocker {
                code: "deployed",
                message: format!("It is deployed in {}. Archive the flow instead: its history stays readable.", environment.name),
                environment: Some(environment.slug),
            });
        }
    }
    if !runs::open_of(conn, &flow.id, None, 1)?.is_empty() {
        found.push(Blocker { code: "has_open_runs", message: "Runs of it have not ended yet.".into(), environment: None });
    }
    for name in packages::holding(conn, &flow.id, None)? {
        let message = format!("It is in the package “{name}”. Take it out of the package first.");
        found.push(Blocker { code: "in_package", message, environment: None });
    }
    if planned::has_open(conn, &flow.id)? {
        found.push(Blocker { code: "planned", message: "A change of it is planned. Cancel that first.".into(), environment: None });
    }
    for user in used_by(conn, flow)? {
        let what = if user.live { "which is live" } else { "a draft" };
        found.push(Blocker {
            code: "called_by",
            message: format!("{} version {}, {what}, calls it. Change that flow first.", user.flow.name, user.version.number),
            environment: None,
        });
    }
    Ok(found)
}

/// Moves a flow with all its versions to the bin.
///
/// # Errors
/// `in_use` with every reason.
pub fn delete(conn: &mut Conn, ctx: &Ctx, flow: &Flow) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    let blockers = blockers(conn, flow)?;
    if !blockers.is_empty() {
        let reasons: Vec<&str> = blockers.iter().map(|b| b.message.as_str()).collect();
        return Err(Error::Refused(Refusal {
            code: "in_use",
            message: format!("{} cannot be deleted. {}", flow.name, reasons.join(" ")),
            detail: json!({"reasons": blockers}),
        }));
    }
    flows::set_deleted(conn, &flow.id, Some(ctx.now.0), Some(ctx.name()))?;
    let put = bin::Put {
        workspace: &flow.workspace_id,
        kind: Kind::Flow,
        id: &flow.id,
        name: flow.name.clone(),
        detail: &flow.slug,
        held: None,
        reason: "",
    };
    bin::put(conn, ctx, put)?;
    record(conn, ctx, flow, "flow.deleted")
}

/// Brings a flow back from the bin; `app::bin::restore` takes it out of the list.
///
/// # Errors
/// Not in the bin; its slug or name is taken by now.
pub fn restore(conn: &mut Conn, ctx: &Ctx, flow: &Flow) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    if flow.deleted_at.is_none() {
        return Err(Error::refused("not_in_bin", format!("{} is not in the bin.", flow.name)));
    }
    free_slug(conn, &flow.workspace_id, &flow.slug, Some(&flow.id))?;
    if let Some(other) = flows::by_document(conn, &flow.workspace_id, &flow.namespace, &flow.document_name)? {
        let message = format!(
            "Other flows call {} by the name {}/{} now. Bring this one back under another address; it is called by that name then.",
            other.name, flow.namespace, flow.document_name
        );
        return Err(Error::Refused(Refusal { code: "name_taken", message, detail: json!({"field": "slug", "flow": other.slug}) }));
    }
    flows::set_deleted(conn, &flow.id, None, None)?;
    record(conn, ctx, flow, "flow.restored")
}

/// Puts a flow away, or fetches it back. What is deployed goes on running.
///
/// # Errors
/// The database.
pub fn archive(conn: &mut Conn, ctx: &Ctx, flow: &Flow, away: bool) -> Result<()> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    flows::set_archived(conn, &flow.id, away.then_some(ctx.now.0))?;
    record(conn, ctx, flow, if away { "flow.archived" } else { "flow.unarchived" })
}

fn record(conn: &mut Conn, ctx: &Ctx, flow: &Flow, action: &str) -> Result<()> {
    ctx.record(
        conn,
        Event {
            action,
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Flow, &flow.id, &flow.name)),
            ..Event::default()
        },
    )?;
    Ok(())
}
