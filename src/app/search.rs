//! Search: flows by name, versions by number, label, reference or comment, runs by id or key.

use super::ctx::Ctx;
use super::error::Result;
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::flows::{self, Filter, Flow};
use crate::store::page::Direction;
use crate::store::runs::{self, Run};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// Hits shown of each kind.
const SHOWN: i64 = 20;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Flows, archived ones last.
    pub flows: Vec<Flow>,
    /// Versions with the flow of each.
    pub versions: Vec<(Version, Flow)>,
    /// Runs with the flow of each.
    pub runs: Vec<(Run, Flow)>,
}

/// Looks for a text in a workspace; an empty one finds nothing.
///
/// # Errors
/// The database.
pub fn search(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, text: &str) -> Result<Found> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let mut found = Found::default();
    for archived in [false, true] {
        let filter = Filter { text: Some(text.to_owned()), archived };
        found.flows.extend(flows::list(conn, &workspace.id, &filter, &Direction::Newest, SHOWN)?.items);
    }
    for version in versions::search(conn, &workspace.id, text, SHOWN)? {
        if let Some(flow) = flows::get(conn, &version.flow_id)?.filter(|f| f.deleted_at.is_none()) {
            found.versions.push((version, flow));
        }
    }
    for run in runs::search(conn, &workspace.id, text, SHOWN)? {
        if let Some(flow) = flows::get_many(conn, &[&run.flow_id])?.pop() {
            found.runs.push((run, flow));
        }
    }
    Ok(found)
}
