//! Taking the manifest of a workspace as it stands.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::error::Result;
use super::{MOST, missing};
use crate::domain::environment::Configuration;
use crate::domain::release::{EnvironmentEntry, FlowEntry, Manifest, PackageEntry, PlanEntry};
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Filter, Flow};
use crate::store::page::Direction;
use crate::store::versions::{self, Version};
use crate::store::{contents, packages, plans, releases};

/// What a workspace holds now: of each flow what is live in `basis`, else what is live in a development environment,
/// else its newest published version. Flows that were never published are in no release.
///
/// # Errors
/// The database.
pub fn take(conn: &mut Conn, workspace: &str, basis: Option<&Environment>) -> Result<Manifest> {
    let all = environments::list(conn, workspace)?;
    let mut flows = flows::list(conn, workspace, &Filter::default(), &Direction::Newest, MOST)?.items;
    flows.extend(flows::list(conn, workspace, &Filter { archived: true, ..Filter::default() }, &Direction::Newest, MOST)?.items);
    let order: Vec<&str> = basis.into_iter().chain(all.iter().filter(|e| e.kind == "development")).map(|e| e.id.as_str()).collect();
    let mut manifest = Manifest {
        flows: entries(conn, &flows, &order)?,
        components: releases::components(conn, workspace)?,
        packages: packages_of(conn, workspace)?,
        plans: plans_of(conn, workspace)?,
        ..Manifest::default()
    };
    for environment in &all {
        manifest.environments.push(environment_entry(conn, environment, &all)?);
    }
    Ok(manifest.sorted())
}

fn entries(conn: &mut Conn, flows: &[Flow], order: &[&str]) -> Result<Vec<FlowEntry>> {
    let ids: Vec<String> = flows.iter().map(|f| f.id.clone()).collect();
    let rows = deployments::of_flows(conn, &ids)?;
    let rows: HashMap<(&str, &str), &Row> = rows.iter().map(|r| ((r.flow_id.as_str(), r.environment_id.as_str()), r)).collect();
    let mut pins: HashMap<&str, (String, i64)> = HashMap::new();
    for flow in flows {
        if let Some(pin) = order.iter().find_map(|e| live(&rows, &flow.id, e)) {
            pins.insert(&flow.id, pin);
        }
    }
    let named: Vec<String> = pins.values().map(|(version, _)| version.clone()).collect();
    let found: HashMap<String, Version> = versions::get_many(conn, &named)?.into_iter().map(|v| (v.id.clone(), v)).collect();
    let mut entries = Vec::new();
    for flow in flows {
        let standing = match pins.get(flow.id.as_str()) {
            Some((id, revision)) => Some((found.get(id).cloned().ok_or_else(|| missing("version", id))?, *revision)),
            None => versions::latest(conn, &flow.id)?.map(|v| (v.revision, v)).map(|(revision, v)| (v, revision)),
        };
        if let Some((version, revision)) = standing {
            entries.push(entry(conn, flow, &version, revision)?);
        }
    }
    Ok(entries)
}

fn live(rows: &HashMap<(&str, &str), &Row>, flow: &str, environment: &str) -> Option<(String, i64)> {
    let row = rows.get(&(flow, environment))?;
    Some((row.primary_version.clone()?, row.primary_revision?))
}

/// A flow's entry with this version, at this revision.
///
/// # Errors
/// The revision has no content.
pub fn entry(conn: &mut Conn, flow: &Flow, version: &Version, revision: i64) -> Result<FlowEntry> {
    let hash = if version.revision == revision {
        version.content_hash.clone()
    } else {
        contents::revision_content(conn, &version.id, revision)?.ok_or_else(|| missing("revision of", &version.id))?
    };
    Ok(FlowEntry {
        id: flow.id.clone(),
        slug: flow.slug.clone(),
        name: flow.name.clone(),
        version: version.id.clone(),
        number: version.number,
        revision,
        hash,
        archived: flow.archived_at.is_some(),
    })
}

/// An environment's entry with its deployed configuration.
///
/// # Errors
/// The database.
pub fn environment_entry(conn: &mut Conn, environment: &Environment, all: &[Environment]) -> Result<EnvironmentEntry> {
    let deployed = configurations::deployed(conn, &environment.id)?;
    let configuration = match &deployed {
        Some(row) => row.content()?,
        None => Configuration::default(),
    };
    let source = environment.promotes_from.as_ref().and_then(|id| all.iter().find(|e| e.id == *id));
    Ok(EnvironmentEntry {
        id: environment.id.clone(),
        slug: environment.slug.clone(),
        name: environment.name.clone(),
        kind: environment.kind.clone(),
        number: deployed.map(|row| row.number),
        configuration,
        approvals: environment.approvals,
        promotes_from: source.map(|e| e.slug.clone()),
        freezes: serde_json::from_str(&environment.freezes).map_err(StoreError::corrupt)?,
    })
}

fn packages_of(conn: &mut Conn, workspace: &str) -> Result<Vec<PackageEntry>> {
    let mut found = Vec::new();
    for package in packages::list(conn, workspace, &Direction::Newest, MOST)?.items {
        let items = packages::items(conn, &package.id)?.into_iter().map(|i| (i.flow_id, i.version_number)).collect();
        found.push(PackageEntry { id: package.id, name: package.name, items });
    }
    Ok(found)
}

fn plans_of(conn: &mut Conn, workspace: &str) -> Result<Vec<PlanEntry>> {
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(StoreError::corrupt);
    let mut found = Vec::new();
    for plan in plans::list(conn, workspace)? {
        let guard = plan.guard.as_deref().map(read).transpose()?;
        let body = json!({"stages": read(&plan.stages)?, "advance": plan.advance, "guard": guard});
        found.push(PlanEntry { id: plan.id, name: plan.name, body });
    }
    Ok(found)
}
