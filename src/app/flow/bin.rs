//! Archive and bin of whole flows.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Refusal, Result};
use super::super::version::bin::Blocker;
use super::free_slug;
use super::used::used_by;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::store::{deployments, environments, packages, planned, purge, runs};

/// Days that deleted things wait in the bin (PRODUCT §3.7).
pub const DAYS: i64 = 30;
/// Entries the bin shows.
const SHOWN: i64 = 200;

/// What lies in a workspace's bin, newest first.
#[derive(Debug, Clone)]
pub struct Bin {
    /// Whole flows.
    pub flows: Vec<Flow>,
    /// Versions with the flow each belongs to.
    pub versions: Vec<(Version, Flow)>,
    /// Components.
    pub components: Vec<Component>,
}

/// The bin of a workspace.
///
/// # Errors
/// The database.
pub fn bin(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> Result<Bin> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let mut found = Vec::new();
    for version in versions::bin(conn, &workspace.id, SHOWN)? {
        if let Some(flow) = flows::get(conn, &version.flow_id)? {
            found.push((version, flow));
        }
    }
    let since = ctx.now.plus(-DAYS * Micros::DAY).0;
    let components = components::bin(conn, &workspace.id, since, SHOWN)?;
    Ok(Bin { flows: flows::bin(conn, &workspace.id, SHOWN)?, versions: found, components })
}

/// When something deleted then is purged.
pub fn purged_at(deleted_at: i64) -> Micros {
    Micros(deleted_at).plus(DAYS * Micros::DAY)
}

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
    record(conn, ctx, flow, "flow.deleted")
}

/// Brings a flow back from the bin.
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
        return Err(Error::refused(
            "name_taken",
            format!("The flow {} is called {}/{} now. Rename it first.", other.name, flow.namespace, flow.document_name),
        ));
    }
    flows::set_deleted(conn, &flow.id, None, None)?;
    record(conn, ctx, flow, "flow.restored")
}

/// What came back from the bin.
#[derive(Debug, Clone)]
pub enum Restored {
    /// A flow with its versions.
    Flow(Flow),
    /// A version of a flow.
    Version(Box<Version>, Flow),
    /// A component.
    Component(Component),
}

/// Brings back a flow, a version or a component, whichever has this id.
///
/// # Errors
/// Not in this workspace's bin; its name, slug or label is taken by now.
pub fn restore_any(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Restored> {
    let missing = || Error::NotFound("This is not in the bin any more. Somebody brought it back, or its 30 days are over.".into());
    if let Some(version) = versions::get_any(conn, id)?.filter(|v| v.workspace_id == workspace.id && v.deleted_at.is_some()) {
        let flow = flows::get_many(conn, &[&version.flow_id])?.pop().ok_or_else(missing)?;
        super::super::version::bin::restore(conn, ctx, &flow, &version)?;
        return Ok(Restored::Version(Box::new(version), flow));
    }
    if let Some(component) = components::get(conn, id)?.filter(|c| c.workspace_id == workspace.id && c.deleted_at.is_some()) {
        super::super::component::bin::restore(conn, ctx, &component)?;
        return Ok(Restored::Component(component));
    }
    let flow = flows::get_many(conn, &[id])?.pop().filter(|f| f.workspace_id == workspace.id && f.deleted_at.is_some());
    let flow = flow.ok_or_else(missing)?;
    restore(conn, ctx, &flow)?;
    Ok(Restored::Flow(flow))
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

/// Purges what has waited its days in the bin, but for what runs or deployment records refer to: that stays
/// readable for ever (PRODUCT §3.9). Returns how many versions and flows went.
///
/// # Errors
/// The database.
pub fn purge(conn: &mut Conn, ctx: &Ctx) -> Result<usize> {
    let before = ctx.now.plus(-DAYS * Micros::DAY).0;
    let mut purged = Vec::new();
    for version in purge::due_for_purge(conn, before)? {
        purge::purge(conn, &version.id)?;
        purged.push(version.id);
    }
    for flow in flows::due_for_purge(conn, before)? {
        purge::purge_of_flow(conn, &flow.id)?;
        flows::purge(conn, &flow.id)?;
        purged.push(flow.id);
    }
    if !purged.is_empty() {
        ctx.record(conn, Event { action: "bin.purged", after: Some(json!({"purged": purged})), ..Event::default() })?;
    }
    Ok(purged.len())
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
