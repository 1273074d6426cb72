//! Where a component is used (PRODUCT §3.12): by versions that may still run, by configurations, by other components.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::super::error::Result;
use crate::definition::components::components_of_task;
use crate::definition::{ComponentReference, Definition, components as named_in};
use crate::domain::component::{Configuration, Content, Kind};
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::naming;
use crate::store::versions::Version;

/// Contents whose references are kept.
const KEPT: usize = 4_096;

/// A version that names a component and may still run.
#[derive(Debug, Clone)]
pub struct VersionUse {
    /// Its flow.
    pub flow: Flow,
    /// The version.
    pub version: Version,
    /// Whether it is primary or candidate somewhere; otherwise it is the working draft.
    pub live: bool,
    /// Where the name stands.
    pub pointer: String,
}

/// A configuration that replaces a component, or replaces another with it.
#[derive(Debug, Clone)]
pub struct ConfigurationUse {
    /// Whose configuration.
    pub environment: Environment,
    /// Its number.
    pub number: i64,
    /// draft or deployed.
    pub state: String,
}

/// Everything that uses a component.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// Live versions and working drafts.
    pub versions: Vec<VersionUse>,
    /// Deployed and draft configurations.
    pub configurations: Vec<ConfigurationUse>,
    /// Connections that need a secret, scripts that call others: kind and name.
    pub components: Vec<Named>,
}

impl Uses {
    /// Whether nothing uses it.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.configurations.is_empty() && self.components.is_empty()
    }

    /// How many places there are.
    pub fn count(&self) -> usize {
        self.versions.len() + self.configurations.len() + self.components.len()
    }

    /// Each place in a few words.
    pub fn names(&self) -> Vec<String> {
        let versions = self
            .versions
            .iter()
            .map(|u| format!("{} version {} ({})", u.flow.name, u.version.number, if u.live { "live" } else { "draft" }));
        let configurations =
            self.configurations.iter().map(|u| format!("{} configuration #{} ({})", u.environment.name, u.number, u.state));
        let others = self.components.iter().map(|(kind, name)| format!("the {kind} {name}"));
        versions.chain(configurations).chain(others).collect()
    }

    /// The same as programs read it.
    pub fn reasons(&self) -> Vec<Value> {
        self.names().into_iter().map(|name| json!({"code": "used_by", "message": format!("It is used by {name}.")})).collect()
    }

    /// "it is used by …", three places at the most.
    pub fn sentence(&self) -> String {
        let names = self.names();
        let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(3) {
            0 => format!("it is used by {shown}"),
            more => format!("it is used by {shown} and {more} more"),
        }
    }
}

/// A component by kind and name.
pub type Named = (Kind, String);

/// Everything of a workspace that names components, read once for many questions.
pub struct Everywhere {
    versions: Vec<(Version, bool, Arc<Vec<ComponentReference>>)>,
    flows: HashMap<String, Flow>,
    configurations: Vec<(Environment, i64, String, Configuration)>,
    /// Kind, name, and what it names.
    others: Vec<(Kind, String, Vec<Named>)>,
}

impl Everywhere {
    /// Reads a workspace.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, workspace: &str) -> Result<Self> {
        let running = naming::may_run(conn, workspace)?;
        let ids: Vec<String> = running.iter().map(|(id, _)| id.clone()).collect();
        let mut versions = Vec::new();
        for version in naming::naming_components(conn, &ids)? {
            let live = running.iter().any(|(id, live)| *id == version.id && *live);
            let named = references(conn, &version)?;
            if !named.is_empty() {
                versions.push((version, live, named));
            }
        }
        let ids: Vec<&str> = versions.iter().map(|(v, ..)| v.flow_id.as_str()).collect();
        let found = flows::get_many(conn, &ids)?;
        let flows = found.into_iter().filter(|f| f.deleted_at.is_none()).map(|f| (f.id.clone(), f)).collect();
        let environments = environments::list(conn, workspace)?;
        let mut configurations = Vec::new();
        for (environment, number, state, text) in components::configurations(conn, workspace)? {
            if let Some(environment) = environments.iter().find(|e| e.id == environment) {
                configurations.push((environment.clone(), number, state, Configuration::read(&text)));
            }
        }
        let mut others = Vec::new();
        for (row, text) in components::contents(conn, workspace, &[Kind::Connection, Kind::Script])? {
            let kind = row.kind()?;
            let named = named_by(&Content::stored(kind, &text).map_err(StoreError::corrupt)?);
            others.push((kind, row.name, named));
        }
        Ok(Self { versions, flows, configurations, others })
    }

    /// What uses a component of this kind and name.
    pub fn uses(&self, kind: Kind, name: &str) -> Uses {
        let mut uses = Uses::default();
        for (version, live, named) in &self.versions {
            let Some(flow) = self.flows.get(&version.flow_id) else { continue };
            if let Some(reference) = named.iter().find(|r| r.kind == kind && r.name == name) {
                let (flow, version, pointer) = (flow.clone(), version.clone(), reference.pointer.clone());
                uses.versions.push(VersionUse { flow, version, live: *live, pointer });
            }
        }
        for (environment, number, state, configuration) in &self.configurations {
            if configuration.names(kind, name) {
                uses.configurations.push(ConfigurationUse { environment: environment.clone(), number: *number, state: state.clone() });
            }
        }
        for (other, by, named) in &self.others {
            let itself = *other == kind && by == name;
            if !itself && named.iter().any(|(k, n)| *k == kind && n == name) {
                uses.components.push((*other, by.clone()));
            }
        }
        uses
    }
}

/// What uses this component.
///
/// # Errors
/// The database.
pub fn used_by(conn: &mut Conn, component: &Component) -> Result<Uses> {
    let everywhere = Everywhere::load(conn, &component.workspace_id)?;
    Ok(everywhere.uses(component.kind()?, &component.name))
}

/// The components that a component's content names.
pub fn named_by(content: &Content) -> Vec<Named> {
    match content {
        Content::Connection(connection) => {
            connection.authentication.secret().map(|name| (Kind::Secret, name.to_owned())).into_iter().collect()
        }
        Content::Script(script) => {
            let whole = script.task().map(|task| components_of_task(&task)).unwrap_or_default();
            let mut named: Vec<Named> = whole.into_iter().map(|r| (r.kind, r.name)).collect();
            if script.task().is_none() {
                let variables = crate::definition::components::mentioned(&script.source, "$environment.variables");
                named.extend(variables.into_iter().map(|name| (Kind::Variable, name.to_owned())));
            }
            named
        }
        _ => Vec::new(),
    }
}

/// The references of a version, kept under the hash of its content: contents never change.
fn references(conn: &mut Conn, version: &Version) -> Result<Arc<Vec<ComponentReference>>> {
    static READ: OnceLock<Mutex<HashMap<String, Arc<Vec<ComponentReference>>>>> = OnceLock::new();
    let known = || READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(&version.content_hash) {
        return Ok(Arc::clone(found));
    }
    let text = contents::text(conn, &version.id)?.map(|row| row.text).unwrap_or_default();
    let found = Arc::new(Definition::parse(&text).map(|d| named_in(&d)).unwrap_or_default());
    let mut known = known();
    if known.len() >= KEPT {
        known.clear();
    }
    known.insert(version.content_hash.clone(), Arc::clone(&found));
    Ok(found)
}
