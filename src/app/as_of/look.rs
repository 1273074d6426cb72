//! A workspace, or parts of it, as of an instant. Every answer comes from records by index, whatever happened since.

use std::collections::{HashMap, HashSet};

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::{EnvironmentState, FlowState, VersionState, VersionThen};
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::deployment::{PUTS, Routing, Verb};
use crate::domain::event::ObjectKind;
use crate::domain::version::{Lifecycle, Sync};
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::error::Error as StoreError;
use crate::store::quarantines::Quarantine;
use crate::store::states::State;
use crate::store::workspaces::Workspace;
use crate::store::{configurations, events, quarantines, states};

/// More environments than a workspace may have, archived ones among them.
const ENVIRONMENTS: i64 = 1000;

/// A past instant of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The workspace.
    pub workspace: String,
    /// The instant that was asked for.
    pub at: Micros,
    /// The last event by then; 0 before the first.
    pub seq: i64,
}

/// An environment of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentThen {
    /// Its id.
    pub id: String,
    /// What it was.
    pub state: EnvironmentState,
    /// The number of the configuration that runs used.
    pub configuration: Option<i64>,
    /// The number of the draft of its configuration.
    pub draft: Option<i64>,
    /// Numbers that were kept to go back to.
    pub inactive: Vec<i64>,
}

/// What was routed for a flow in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceThen {
    /// The environment's id.
    pub environment: String,
    /// The routing row.
    pub routing: Routing,
    /// The change that made it so.
    pub record: Record,
    /// The primary's colour.
    pub primary: Option<Sync>,
    /// The candidate's colour.
    pub candidate: Option<Sync>,
    /// Numbers of the versions that might not come back there, the highest first.
    pub quarantined: Vec<i64>,
}

/// A flow of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowThen {
    /// Its id.
    pub id: String,
    /// What it was.
    pub state: FlowState,
    /// Its versions, newest first.
    pub versions: Vec<VersionThen>,
    /// What was routed, by environment; only where something ever was.
    pub places: Vec<PlaceThen>,
}

impl Moment {
    /// Reads where an instant stands in the history.
    ///
    /// # Errors
    /// Not allowed to read the workspace; the instant has not come yet.
    pub fn find(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, at: Micros) -> Result<Self> {
        ctx.allow(Permission::Read, Some(&workspace.id()))?;
        if at > ctx.now {
            return Err(Error::invalid("at", "That instant has not come yet. Choose one in the past."));
        }
        Ok(Self { workspace: workspace.id.clone(), at, seq: events::as_of(conn, at.0)? })
    }

    /// The environments that were not archived, in their order.
    ///
    /// # Errors
    /// The database.
    pub fn environments(&self, conn: &mut Conn) -> Result<Vec<EnvironmentThen>> {
        let ids = states::born(conn, &self.workspace, ObjectKind::Environment.as_str(), self.seq, None, ENVIRONMENTS)?;
        let mut found = Vec::with_capacity(ids.len());
        for row in states::of(conn, &ids, self.seq)? {
            let state: EnvironmentState = row.read()?;
            if !state.archived {
                found.push(self.rack(conn, row.object_id, state)?);
            }
        }
        found.sort_by(|a, b| (a.state.position, &a.id).cmp(&(b.state.position, &b.id)));
        Ok(found)
    }

    fn rack(&self, conn: &mut Conn, id: String, state: EnvironmentState) -> Result<EnvironmentThen> {
        let record = configurations::record_as_of_event(conn, &id, self.seq)?;
        let rack: serde_json::Value = match &record {
            Some(record) => serde_json::from_str(&record.snapshot).map_err(StoreError::corrupt)?,
            None => serde_json::Value::Null,
        };
        let inactive = rack["inactive"].as_array().map(|all| all.iter().filter_map(serde_json::Value::as_i64).collect());
        let (configuration, draft) = (rack["deployed"].as_i64(), rack["draft"].as_i64());
        Ok(EnvironmentThen { id, state, configuration, draft, inactive: inactive.unwrap_or_default() })
    }

    /// Flows that were there and not in the bin, in the order of their making: those after an id, at most `limit`. Says
    /// also after which id to go on.
    ///
    /// # Errors
    /// The database.
    pub fn flows(&self, conn: &mut Conn, after: Option<&str>, limit: i64) -> Result<(Vec<FlowThen>, Option<String>)> {
        let mut ids = states::born(conn, &self.workspace, ObjectKind::Flow.as_str(), self.seq, after, limit + 1)?;
        let more = ids.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if more {
            ids.pop();
        }
        let next = if more { ids.last().cloned() } else { None };
        let mut found = self.flows_of(conn, &ids)?;
        found.retain(|flow| !flow.state.deleted);
        Ok((found, next))
    }

    /// One flow; none when it was not there yet. In the bin it still has a page.
    ///
    /// # Errors
    /// The database.
    pub fn flow(&self, conn: &mut Conn, id: &str) -> Result<Option<FlowThen>> {
        Ok(self.flows_of(conn, &[id.to_owned()])?.pop())
    }

    fn flows_of(&self, conn: &mut Conn, ids: &[String]) -> Result<Vec<FlowThen>> {
        let known = states::of(conn, ids, self.seq)?;
        let routed = states::routed(conn, ids, self.seq)?;
        let versions = states::versions_of(conn, ids, self.seq)?;
        let production = self.production(conn)?;
        let synced = self.synced(conn, production.as_deref(), &versions)?;
        let held = quarantines::of_flows_then(conn, ids, (self.at.0, self.seq))?;
        let mut found = Vec::with_capacity(known.len());
        for row in known.into_iter().filter(|row| row.workspace_id == self.workspace) {
            let routed = routed.iter().filter(|record| record.flow_id == row.object_id).cloned();
            let places = places(routed.collect(), production.as_deref(), &synced, &held)?;
            let current = production.as_ref().and_then(|p| places.iter().find(|place| place.environment == *p));
            let current = current.and_then(|place| place.routing.primary.as_ref()).map(|pin| pin.version.to_string());
            let mut mine = Vec::new();
            for version in versions.iter().filter(|v| v.flow_id.as_ref() == Some(&row.object_id)) {
                let sync = colour(&version.object_id, current.as_deref(), &synced);
                mine.push(VersionThen { id: version.object_id.clone(), state: version.read()?, sync });
            }
            mine.sort_by_key(|version: &VersionThen| std::cmp::Reverse(version.state.number));
            found.push(FlowThen { state: row.read()?, id: row.object_id, versions: mine, places });
        }
        Ok(found)
    }

    /// What was live in an environment: flows by what was routed, those in the bin left out.
    ///
    /// # Errors
    /// The database.
    pub fn live_in(&self, conn: &mut Conn, environment: &str) -> Result<Vec<(String, FlowState, PlaceThen)>> {
        let routed = states::routed_in(conn, environment, self.seq)?;
        let ids: Vec<String> = routed.iter().map(|record| record.flow_id.clone()).collect();
        let mut states: HashMap<String, FlowState> = HashMap::with_capacity(ids.len());
        for row in states::of(conn, &ids, self.seq)? {
            states.insert(row.object_id.clone(), row.read()?);
        }
        let production = self.production(conn)?;
        let versions: Vec<State> = states::versions_of(conn, &ids, self.seq)?;
        let synced = self.synced(conn, production.as_deref(), &versions)?;
        let mut live = HashMap::new();
        if let Some(production) = production.as_deref().filter(|p| *p != environment) {
            for record in states::routed_in(conn, production, self.seq)? {
                live.extend(read(&record)?.primary.map(|pin| (record.flow_id, pin.version.to_string())));
            }
        }
        let held = quarantines::in_environment_then(conn, environment, (self.at.0, self.seq))?;
        let mut found = Vec::new();
        for record in routed {
            let Some(state) = states.remove(&record.flow_id).filter(|state| !state.deleted) else { continue };
            let flow = record.flow_id.clone();
            let routing = read(&record)?;
            let own =
                (production.as_deref() == Some(environment)).then(|| routing.primary.as_ref().map(|p| p.version.to_string())).flatten();
            let current = own.or_else(|| live.get(&flow).cloned());
            if routing.primary.is_some() {
                found.push((flow, state, place(record, routing, current.as_deref(), &synced, &held)));
            }
        }
        found.sort_by(|a, b| a.1.slug.cmp(&b.1.slug));
        Ok(found)
    }

    fn production(&self, conn: &mut Conn) -> Result<Option<String>> {
        let ids = states::born(conn, &self.workspace, ObjectKind::Environment.as_str(), self.seq, None, ENVIRONMENTS)?;
        for row in states::of(conn, &ids, self.seq)? {
            let state: EnvironmentState = row.read()?;
            if state.is_production && !state.archived {
                return Ok(Some(row.object_id));
            }
        }
        Ok(None)
    }

    /// Versions that had got runs in production by then, all of them or a share.
    fn synced(&self, conn: &mut Conn, production: Option<&str>, versions: &[State]) -> Result<HashSet<String>> {
        let Some(production) = production else { return Ok(HashSet::new()) };
        let mut published = Vec::new();
        for version in versions {
            let state: VersionState = version.read()?;
            if state.lifecycle != Lifecycle::Draft.as_str() {
                published.push(version.object_id.clone());
            }
        }
        let verbs: Vec<&str> = PUTS.iter().chain(&[Verb::Rollout]).map(|verb| verb.as_str()).collect();
        Ok(states::were_put(conn, production, &published, &verbs, self.seq)?.into_iter().collect())
    }

    /// The change before this instant and the one after it: what the pages lead to.
    ///
    /// # Errors
    /// The database.
    pub fn neighbours(&self, conn: &mut Conn) -> Result<(Option<Micros>, Option<Micros>)> {
        // The change that made what is shown is not the one before it.
        let shown = states::neighbour(conn, &self.workspace, self.seq + 1, false)?.map(|(seq, _)| seq);
        let before = match shown {
            Some(shown) => states::neighbour(conn, &self.workspace, shown, false)?,
            None => None,
        };
        let after = states::neighbour(conn, &self.workspace, self.seq, true)?;
        Ok((before.map(|(_, at)| Micros(at)), after.map(|(_, at)| Micros(at))))
    }
}

fn read(record: &Record) -> Result<Routing> {
    Ok(serde_json::from_str(&record.snapshot).map_err(StoreError::corrupt)?)
}

fn places(records: Vec<Record>, production: Option<&str>, synced: &HashSet<String>, held: &[Quarantine]) -> Result<Vec<PlaceThen>> {
    let mut read_all = Vec::with_capacity(records.len());
    for record in records {
        let routing = read(&record)?;
        read_all.push((record, routing));
    }
    let current = read_all.iter().find(|(record, _)| Some(record.environment_id.as_str()) == production);
    let current = current.and_then(|(_, routing)| routing.primary.as_ref()).map(|pin| pin.version.to_string());
    Ok(read_all.into_iter().map(|(record, routing)| place(record, routing, current.as_deref(), synced, held)).collect())
}

fn place(record: Record, routing: Routing, current: Option<&str>, synced: &HashSet<String>, held: &[Quarantine]) -> PlaceThen {
    let of = |id: &str| colour(id, current, synced);
    let here = held.iter().filter(|q| q.flow_id == record.flow_id && q.environment_id == record.environment_id);
    PlaceThen {
        environment: record.environment_id.clone(),
        primary: routing.primary.as_ref().map(|pin| of(pin.version.as_str())),
        candidate: routing.candidate.as_ref().map(|candidate| of(candidate.pin.version.as_str())),
        quarantined: here.map(|q| q.version_number).collect(),
        routing,
        record,
    }
}

/// The colour of a plate, by what production ran then (PRODUCT §2).
fn colour(version: &str, current: Option<&str>, synced: &HashSet<String>) -> Sync {
    if current == Some(version) {
        Sync::Current
    } else if synced.contains(version) {
        Sync::Earlier
    } else {
        Sync::Never
    }
}
