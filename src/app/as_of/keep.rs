//! Keeps what a flow, a version or an environment became, with the event that made it so. Every event passes here, so no
//! use case can forget it.

use super::super::ctx::Event;
use super::super::error::Result;
use super::{EnvironmentState, FlowState, VersionState};
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Flow};
use crate::store::states::{self, State};
use crate::store::versions::{self, Version};

/// Actions on a version that leave lifecycle, revision, label and presence as they were.
const LEAVES_AS_IT_WAS: &[&str] = &["version.saved", "version.released"];
/// Actions on a flow that touch none of its versions.
const FLOW_ALONE: &[&str] = &["flow.changed", "flow.archived", "flow.unarchived", "flow.deleted", "flow.restored"];

/// Keeps what the event's object is now.
///
/// # Errors
/// The database.
pub fn keep(conn: &mut Conn, seq: i64, now: Micros, event: &Event<'_>) -> Result<()> {
    let Some((kind, id, _)) = event.object else { return Ok(()) };
    match kind {
        ObjectKind::Flow => {
            flow(conn, seq, now, id)?;
            if !FLOW_ALONE.contains(&event.action) {
                for one in states::versions_now(conn, id)? {
                    version(conn, seq, now, &one)?;
                }
            }
        }
        ObjectKind::Version if !LEAVES_AS_IT_WAS.contains(&event.action) => {
            if let Some(one) = versions::get_any(conn, id)? {
                version(conn, seq, now, &one)?;
                flow(conn, seq, now, &one.flow_id)?;
            }
        }
        ObjectKind::Environment if event.action == "environment.moved" => {
            for one in environments::list(conn, event.workspace.unwrap_or_default())? {
                environment(conn, seq, now, &one)?;
            }
        }
        ObjectKind::Environment => {
            if let Some(one) = environments::get(conn, id)? {
                environment(conn, seq, now, &one)?;
            }
        }
        ObjectKind::Workspace => {
            for one in environments::list(conn, id)? {
                environment(conn, seq, now, &one)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn flow(conn: &mut Conn, seq: i64, now: Micros, id: &str) -> Result<()> {
    let Some(row) = flows::get_many(conn, &[id])?.pop() else { return Ok(()) };
    let (drafts, published) = states::counted_now(conn, id)?;
    let working = match &row.working_draft {
        Some(draft) => versions::get(conn, draft)?.map(|draft| draft.number),
        None => None,
    };
    let born = !states::known(conn, id)?;
    put(conn, (seq, now, born), ObjectKind::Flow, (id, &row.workspace_id, Some(id)), &flow_state(&row, drafts, published, working))
}

pub(super) fn flow_state(row: &Flow, drafts: i64, published: i64, working: Option<i64>) -> FlowState {
    FlowState {
        slug: row.slug.clone(),
        name: row.name.clone(),
        archived: row.archived_at.is_some(),
        deleted: row.deleted_at.is_some(),
        drafts,
        published,
        working,
    }
}

fn version(conn: &mut Conn, seq: i64, now: Micros, row: &Version) -> Result<()> {
    let born = !states::known(conn, &row.id)?;
    let state = VersionState {
        number: row.number,
        lifecycle: row.lifecycle.clone(),
        revision: row.revision,
        label: row.label.clone(),
        deleted: row.deleted_at.is_some(),
    };
    put(conn, (seq, now, born), ObjectKind::Version, (&row.id, &row.workspace_id, Some(&row.flow_id)), &state)
}

fn environment(conn: &mut Conn, seq: i64, now: Micros, row: &Environment) -> Result<()> {
    let born = !states::known(conn, &row.id)?;
    put(conn, (seq, now, born), ObjectKind::Environment, (&row.id, &row.workspace_id, None), &environment_state(row))
}

pub(super) fn environment_state(row: &Environment) -> EnvironmentState {
    EnvironmentState {
        slug: row.slug.clone(),
        name: row.name.clone(),
        kind: row.kind.clone(),
        position: row.position,
        is_production: row.is_production,
        archived: row.archived_at.is_some(),
    }
}

/// Adds a state: place in the chain, instant and whether it is the first; kind; object, workspace and flow.
pub(super) fn put(
    conn: &mut Conn,
    when: (i64, Micros, bool),
    kind: ObjectKind,
    whose: (&str, &str, Option<&str>),
    state: &impl serde::Serialize,
) -> Result<()> {
    let (event_seq, at, born) = when;
    let (object, workspace, flow) = whose;
    let row = State {
        object_id: object.to_owned(),
        event_seq,
        object_kind: kind.as_str().to_owned(),
        workspace_id: workspace.to_owned(),
        flow_id: flow.map(str::to_owned),
        at: at.0,
        born,
        // A struct of strings and numbers always serialises.
        state: serde_json::to_string(state).unwrap_or_default(),
    };
    Ok(states::insert(conn, &row)?)
}
