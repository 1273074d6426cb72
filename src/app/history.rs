//! Reading the history.

use super::ctx::Ctx;
use super::error::Result;
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::events::{self, Event, Filter};
use crate::store::page::{Direction, Page};
use crate::store::workspaces::Workspace;

/// Events of a workspace, newest first.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Event>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let filter = Filter { workspace: Some(workspace.id.clone()), ..filter.clone() };
    Ok(events::list(conn, &filter, from, limit)?)
}

/// What an action was, in the past tense for timelines: "published", "was paused".
pub fn verb(action: &str) -> &str {
    match action {
        "flow.created" => "created the flow",
        "flow.changed" => "changed the flow's details",
        "flow.archived" => "archived the flow",
        "flow.unarchived" => "brought the flow back from the archive",
        "flow.deleted" => "moved the flow to the bin",
        "flow.restored" => "brought the flow back from the bin",
        "version.created" => "started a draft",
        "version.saved" => "saved the draft",
        "version.discarded" => "discarded the draft's changes",
        "version.published" => "published",
        "version.described" => "changed note or label of",
        "version.archived" => "archived",
        "version.unarchived" => "brought back from the archive",
        "version.deleted" => "moved to the bin",
        "version.restored" => "brought back from the bin",
        "deployment.deploy" => "deployed",
        "deployment.redeploy" => "redeployed",
        "deployment.rollback" => "rolled back to",
        "deployment.pause" => "paused",
        "deployment.resume" => "resumed",
        "deployment.disable" => "switched triggers off for",
        "deployment.enable" => "switched triggers on for",
        "deployment.stop" => "stopped",
        "run.started" => "started a run",
        "run.cancelled" => "cancelled a run",
        "run.suspended" => "suspended a run",
        "run.resumed" => "resumed a run",
        "run.retried" => "retried a run",
        "workspace.created" => "created the workspace",
        other => other,
    }
}
