//! Where a flow is used: which other flows call it (PRODUCT §3.12).

use super::super::error::Result;
use crate::definition::{Definition, references};
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::flows::{self, Flow};
use crate::store::naming;
use crate::store::versions::Version;

/// Versions that are looked at, at the most.
const LOOKED_AT: i64 = 500;

/// A version of another flow that calls this one.
#[derive(Debug, Clone)]
pub struct Use {
    /// The calling flow.
    pub flow: Flow,
    /// Its version.
    pub version: Version,
    /// Whether that version is primary or candidate somewhere.
    pub live: bool,
}

/// Versions of other flows that call this flow and may still run: what is live, and working drafts.
///
/// # Errors
/// The database.
pub fn used_by(conn: &mut Conn, flow: &Flow) -> Result<Vec<Use>> {
    let mut found = Vec::new();
    for (version, text) in naming::naming(conn, &flow.workspace_id, &flow.id, &flow.document_name, LOOKED_AT)? {
        let Ok(definition) = Definition::parse(&text) else { continue };
        let calls = references(&definition).iter().any(|r| r.namespace == flow.namespace && r.name == flow.document_name);
        let Some(caller) = flows::get(conn, &version.flow_id)?.filter(|f| calls && f.deleted_at.is_none()) else { continue };
        let routing = deployments::of_flow(conn, &caller.id)?;
        let live = routing.iter().flat_map(|r| [&r.primary_version, &r.candidate_version]).flatten().any(|id| *id == version.id);
        if live || caller.working_draft.as_ref() == Some(&version.id) {
            found.push(Use { flow: caller, version, live });
        }
    }
    Ok(found)
}
