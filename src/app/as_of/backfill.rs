//! What a history that is older than the kept states allows to say about the past: done once, from its events.

use std::collections::HashMap;

use serde_json::Value;

use super::super::error::Result;
use super::keep::{environment_state, put};
use super::{EnvironmentState, FlowState, VersionState};
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::domain::version::Lifecycle;
use crate::store::conn::Conn;
use crate::store::events::{self, Event};
use crate::store::{environments, states, versions, workspaces};

/// Set when it was done.
const DONE: &str = "states_backfilled";
/// Events that are read at once.
const BATCH: i64 = 1000;

#[derive(Default)]
struct Known {
    flows: HashMap<String, FlowState>,
    /// By flow: id and state of each version.
    versions: HashMap<String, HashMap<String, VersionState>>,
    environments: HashMap<String, EnvironmentState>,
}

/// Fills in what is missing, the first time this program meets the database.
///
/// # Errors
/// The database.
pub fn backfill(conn: &mut Conn) -> Result<()> {
    if workspaces::instance_value(conn, DONE)?.is_some() {
        return Ok(());
    }
    let (mut known, mut seq) = (Known::default(), 0);
    loop {
        let batch = events::after(conn, seq, BATCH)?;
        let Some(last) = batch.last() else { break };
        seq = last.seq;
        for event in &batch {
            known.learn(conn, event)?;
        }
    }
    Ok(workspaces::set_instance_value(conn, DONE, "1")?)
}

impl Known {
    fn learn(&mut self, conn: &mut Conn, event: &Event) -> Result<()> {
        let Some(workspace) = event.workspace_id.as_deref() else { return Ok(()) };
        match event.object_kind.as_str() {
            "workspace" if event.action == "workspace.created" => {
                // The environments it began with have no event of their own; what they are called today is what is known.
                for row in environments::list(conn, workspace)?.into_iter().filter(|row| row.created_at == event.at) {
                    self.environment(conn, event, workspace, &row.id, environment_state(&row))?;
                }
            }
            "environment" => self.changed(conn, event, workspace)?,
            "flow" => self.flow(conn, event, workspace)?,
            "version" => self.version(conn, event, workspace)?,
            _ => {}
        }
        Ok(())
    }

    fn environment(&mut self, conn: &mut Conn, event: &Event, workspace: &str, id: &str, state: EnvironmentState) -> Result<()> {
        let born = self.environments.insert(id.to_owned(), state.clone()).is_none() && !states::known(conn, id)?;
        put(conn, (event.seq, Micros(event.at), born), ObjectKind::Environment, (id, workspace, None), &state)
    }

    fn changed(&mut self, conn: &mut Conn, event: &Event, workspace: &str) -> Result<()> {
        let id = event.object_id.as_str();
        let Some(mut state) = (match self.environments.get(id) {
            Some(state) => Some(state.clone()),
            None => environments::get(conn, id)?.map(|row| EnvironmentState { archived: false, ..environment_state(&row) }),
        }) else {
            return Ok(());
        };
        let after = json(event.after.as_deref());
        state.name = text(&after, "name").unwrap_or(state.name);
        state.slug = text(&after, "slug").unwrap_or(state.slug);
        state.kind = text(&after, "kind").unwrap_or(state.kind);
        state.archived = match event.action.as_str() {
            "environment.archived" => true,
            "environment.unarchived" => false,
            _ => state.archived,
        };
        self.environment(conn, event, workspace, id, state)
    }

    fn flow(&mut self, conn: &mut Conn, event: &Event, workspace: &str) -> Result<()> {
        let id = event.object_id.as_str();
        let after = json(event.after.as_deref());
        let mut state = self.flows.get(id).cloned().unwrap_or_default();
        state.name = text(&after, "name").unwrap_or_else(|| event.object_name.clone());
        state.slug = text(&after, "slug").unwrap_or(state.slug);
        match event.action.as_str() {
            "flow.archived" => state.archived = true,
            "flow.unarchived" => state.archived = false,
            "flow.deleted" => state.deleted = true,
            "flow.restored" => state.deleted = false,
            _ => {}
        }
        self.flows.insert(id.to_owned(), state);
        if let Some(number) = after["draft"].as_i64()
            && let Some(row) = versions::by_numbers(conn, &[id], &[number])?.pop()
        {
            let draft = VersionState { number, lifecycle: Lifecycle::Draft.as_str().into(), revision: 0, label: None, deleted: false };
            self.put_version(conn, event, workspace, (id, &row.id), draft)?;
        }
        self.put_flow(conn, event, workspace, id)
    }

    fn version(&mut self, conn: &mut Conn, event: &Event, workspace: &str) -> Result<()> {
        let Some(flow) = event.flow_id.as_deref() else { return Ok(()) };
        let after = json(event.after.as_deref());
        let known = self.versions.get(flow).and_then(|all| all.get(&event.object_id)).cloned();
        let number = super::super::history::number(event);
        let Some(number) = number.or(known.as_ref().map(|k| k.number)) else { return Ok(()) };
        let draft = VersionState { number, lifecycle: Lifecycle::Draft.as_str().into(), revision: 0, label: None, deleted: false };
        let mut state = known.unwrap_or(draft);
        match event.action.as_str() {
            "version.published" | "version.unarchived" => state.lifecycle = Lifecycle::Published.as_str().into(),
            "version.archived" => state.lifecycle = Lifecycle::Archived.as_str().into(),
            "version.deleted" => state.deleted = true,
            "version.restored" => state.deleted = false,
            "version.hotfixed" => state.revision = after["revision"].as_i64().unwrap_or(state.revision),
            "version.created" | "version.described" => {}
            _ => return Ok(()),
        }
        if after.get("label").is_some() {
            state.label = text(&after, "label");
        }
        self.put_version(conn, event, workspace, (flow, &event.object_id), state)?;
        self.put_flow(conn, event, workspace, flow)
    }

    fn put_version(&mut self, conn: &mut Conn, event: &Event, workspace: &str, whose: (&str, &str), state: VersionState) -> Result<()> {
        let (flow, id) = whose;
        let all = self.versions.entry(flow.to_owned()).or_default();
        let born = all.insert(id.to_owned(), state.clone()).is_none() && !states::known(conn, id)?;
        put(conn, (event.seq, Micros(event.at), born), ObjectKind::Version, (id, workspace, Some(flow)), &state)
    }

    fn put_flow(&mut self, conn: &mut Conn, event: &Event, workspace: &str, id: &str) -> Result<()> {
        let Some(state) = self.flows.get_mut(id) else { return Ok(()) };
        let there = || self.versions.get(id).into_iter().flat_map(HashMap::values).filter(|v| !v.deleted);
        let of = |lifecycle: Lifecycle| there().filter(move |v| v.lifecycle == lifecycle.as_str());
        state.drafts = i64::try_from(of(Lifecycle::Draft).count()).unwrap_or(0);
        state.published = i64::try_from(of(Lifecycle::Published).count()).unwrap_or(0);
        state.working = of(Lifecycle::Draft).map(|v| v.number).max();
        let born = !states::known(conn, id)?;
        put(conn, (event.seq, Micros(event.at), born), ObjectKind::Flow, (id, workspace, Some(id)), state)
    }
}

fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().map(str::to_owned)
}
