//! Which revision of which component a configuration uses from its deployment on (DECISIONS 6).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::error::Result;
use super::super::run::frozen::Frozen;
use crate::definition::components as named_in;
use crate::domain::clock::Micros;
use crate::domain::component::{Configuration, Kind, frozen_key};
use crate::domain::environment::Kind as Place;
use crate::store::components::Component;
use crate::store::configurations::EnvironmentVersion;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::taken_in::{self, TakenIn};
use crate::store::{components, configurations};

/// `kind/name` → latest revision, for everything but secrets: to be kept in a configuration under `frozen` when it is
/// deployed. What was made since is taken in later ([`take_in`]); until then it resolves to its latest revision.
///
/// # Errors
/// The database.
pub fn freeze(conn: &mut Conn, workspace: &str) -> Result<Value> {
    let mut frozen = BTreeMap::new();
    for row in components::all(conn, workspace)? {
        let kind = row.kind()?;
        if kind != Kind::Secret {
            frozen.insert(frozen_key(kind, &row.name), row.revision);
        }
    }
    Ok(json!(frozen))
}

/// The components that a content refers to and that a deployment of it would take in: `variable/rate` → 2.
///
/// # Errors
/// The database.
pub fn would_take_in(conn: &mut Conn, environment: &Environment, content: &str) -> Result<BTreeMap<String, i64>> {
    let Some((_, held)) = held(conn, environment)? else { return Ok(BTreeMap::new()) };
    let Some(found) = Frozen::load(conn, content)? else { return Ok(BTreeMap::new()) };
    let mut all = BTreeMap::new();
    for reference in named_in(&found.definition) {
        let name = held.target(reference.kind, &reference.name).name;
        if reference.kind == Kind::Secret || held.frozen(reference.kind, &name).is_some() {
            continue;
        }
        if let Some(row) = components::by_name(conn, &environment.workspace_id, reference.kind, &name)? {
            all.insert(frozen_key(reference.kind, &row.name), row.revision);
        }
    }
    Ok(all)
}

/// Which revision of a component new runs use, by the names of the environments.
///
/// # Errors
/// The database.
pub fn revisions_in(conn: &mut Conn, component: &Component) -> Result<Vec<(String, i64)>> {
    let kind = component.kind()?;
    let mut all = Vec::new();
    for environment in environments::list(conn, &component.workspace_id)? {
        let held = match configurations::deployed(conn, &environment.id)? {
            Some(row) => Configuration::read(&row.configuration).taking_in(taken_in::of(conn, &environment.id, row.number)?),
            None => Configuration::default(),
        };
        all.push((environment.name, held.frozen(kind, &component.name).unwrap_or(component.revision)));
    }
    Ok(all)
}

/// An environment's deployed configuration, with all that it holds fast; none where components are always the newest.
fn held(conn: &mut Conn, environment: &Environment) -> Result<Option<(EnvironmentVersion, Configuration)>> {
    if environment.kind()? == Place::Development {
        return Ok(None);
    }
    let Some(deployed) = configurations::deployed(conn, &environment.id)? else { return Ok(None) };
    let later = taken_in::of(conn, &environment.id, deployed.number)?;
    let held = Configuration::read(&deployed.configuration).taking_in(later);
    Ok(Some((deployed, held)))
}

/// Takes into an environment's deployed configuration what was made since, as it is now: whoever deploys a flow there
/// deploys it with these components, and nobody changes it afterwards by editing one. Development uses the newest ones.
///
/// # Errors
/// The database.
pub fn take_in(conn: &mut Conn, environment: &Environment, now: Micros) -> Result<()> {
    let Some((deployed, held)) = held(conn, environment)? else { return Ok(()) };
    for component in components::all(conn, &environment.workspace_id)? {
        let kind = component.kind()?;
        if kind == Kind::Secret || held.frozen(kind, &component.name).is_some() {
            continue;
        }
        let row = TakenIn {
            configuration_id: deployed.id.clone(),
            component_id: component.id,
            workspace_id: component.workspace_id,
            revision: component.revision,
            at: now.0,
        };
        taken_in::insert(conn, &row)?;
    }
    Ok(())
}
