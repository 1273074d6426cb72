//! What a run gets for the names its definition holds: each component under its replacement in the environment the run
//! is pinned to, in the revision that configuration froze (PRODUCT §4.3, DECISIONS 6).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::super::error::{Error, Result};
use super::super::vault::Vault;
use super::redact::Redactor;
use super::{revision, secret};
use crate::definition::components::components_of_task;
use crate::definition::{Definition, components as named_in};
use crate::domain::component::{Configuration, Connection, Content, Kind, Language, Lookup};
use crate::store::components::{self, Component, SecretValue};
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::environments;
use crate::store::error::Error as StoreError;
use crate::store::runs::Run;
use crate::store::taken_in;

/// A component, or why there is none: a sentence that names it.
pub type Found<T> = std::result::Result<T, String>;

/// A script ready to be called.
#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    /// An expression from the arguments to the result.
    Expression(String),
    /// A task whose input is the arguments.
    Task(Value),
}

/// Where a cache keeps its values for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePlace {
    /// Whose it is.
    pub workspace: String,
    /// In which environment.
    pub environment: String,
    /// Which component.
    pub component: String,
    /// How long values stay unless a step says otherwise.
    pub expiry_seconds: i64,
}

/// What a run gets.
#[derive(Clone, Default)]
pub struct Resolved {
    /// `$environment`: name, slug, kind, variables.
    pub environment: Value,
    /// Variables whose replacement is missing, with the reason.
    pub missing_variables: HashMap<String, String>,
    /// Secrets by the name the flow or a connection uses.
    pub secrets: HashMap<String, Found<Value>>,
    /// Connections by name.
    pub connections: HashMap<String, Found<Connection>>,
    /// Scripts by name and the version asked for.
    pub scripts: HashMap<(String, Option<i64>), Found<Function>>,
    /// Caches by name.
    pub caches: HashMap<String, Found<CachePlace>>,
    /// Lookups by name.
    pub lookups: HashMap<String, Found<Lookup>>,
    /// Takes the workspace's secrets out of what is stored and shown.
    pub redactor: Redactor,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolved").field("environment", &self.environment).field("secrets", &"***").finish_non_exhaustive()
    }
}

/// Everything that a run of this definition needs of its environment.
///
/// # Errors
/// The database. What is missing is no error here: the step that needs it says so.
pub fn resolve(conn: &mut Conn, vault: &Vault, run: &Run, definition: &Definition) -> Result<Resolved> {
    let environment = environments::get(conn, &run.environment_id)?
        .ok_or_else(|| StoreError::corrupt(format!("environment {} is gone", run.environment_id)))?;
    // Only a test run may be pinned to a draft.
    let kept = if run.test { configurations::kept_for_run(conn, &run.id)? } else { None };
    let configuration = match kept {
        Some(kept) => Configuration::read(&kept),
        None => {
            let text = components::configuration(conn, &run.environment_id, run.environment_version)?.unwrap_or_default();
            Configuration::read(&text).taking_in(taken_in::of(conn, &run.environment_id, run.environment_version)?)
        }
    };
    let mut work = Work {
        conn,
        vault,
        run,
        place: environment.name.clone(),
        configuration,
        secrets: HashMap::new(),
        seen: HashSet::new(),
        resolved: Resolved::default(),
    };
    work.all_secrets()?;
    let variables = work.variables()?;
    work.resolved.environment = json!({
        "name": environment.name, "slug": environment.slug, "kind": environment.kind, "variables": variables,
    });
    for reference in named_in(definition) {
        work.one(reference.kind, &reference.name, reference.version)?;
    }
    Ok(work.resolved)
}

struct Work<'w> {
    conn: &'w mut Conn,
    vault: &'w Vault,
    run: &'w Run,
    place: String,
    configuration: Configuration,
    /// Encrypted values by component.
    secrets: HashMap<String, (Component, SecretValue)>,
    seen: HashSet<(Kind, String, Option<i64>)>,
    resolved: Resolved,
}

impl Work<'_> {
    /// Whatever a run carries of any secret of its workspace is taken out, not only of those it names.
    fn all_secrets(&mut self) -> Result<()> {
        let mut values = Vec::new();
        for (component, row) in components::secrets(self.conn, &self.run.workspace_id)? {
            if let Ok(value) = secret::open(self.vault, &component, &row) {
                values.push(value);
            }
            self.secrets.insert(component.id.clone(), (component, row));
        }
        self.resolved.redactor = Redactor::of(&values);
        Ok(())
    }

    fn variables(&mut self) -> Result<Map<String, Value>> {
        let mut values = Map::new();
        let rows = components::contents(self.conn, &self.run.workspace_id, &[Kind::Variable])?;
        for (row, latest) in &rows {
            let as_it_is = !self.configuration.target(Kind::Variable, &row.name).replaced
                && self.configuration.frozen(Kind::Variable, &row.name).is_none_or(|n| n == row.revision);
            if as_it_is && let Ok(Content::Variable(variable)) = Content::stored(Kind::Variable, latest) {
                values.insert(row.name.clone(), variable.value);
                continue;
            }
            match self.content(Kind::Variable, &row.name, None)? {
                Ok((_, Content::Variable(variable))) => {
                    values.insert(row.name.clone(), variable.value);
                }
                Ok(_) => {}
                Err(why) => {
                    self.resolved.missing_variables.insert(row.name.clone(), why);
                }
            }
        }
        Ok(values)
    }

    /// The component that stands for a name, and what it holds.
    fn content(&mut self, kind: Kind, name: &str, version: Option<i64>) -> Result<Found<(Component, Content)>> {
        let target = self.configuration.target(kind, name);
        let found = components::by_name(self.conn, &self.run.workspace_id, kind, &target.name)?.filter(|row| row.name == target.name);
        let Some(row) = found else {
            return Ok(Err(if target.replaced {
                format!("{} replaces the {kind} “{name}” with “{}”, which does not exist", self.place, target.name)
            } else {
                format!("the {kind} “{name}” does not exist")
            }));
        };
        // The version that the step asks for is one of the component it names, not of what replaces that.
        let own = if target.replaced { None } else { version };
        let number = target.version.or(own).or_else(|| self.configuration.frozen(kind, &row.name)).unwrap_or(row.revision);
        match revision(self.conn, &row, Some(number)) {
            Ok((_, content)) => Ok(Ok((row, content))),
            Err(Error::NotFound(_)) => Ok(Err(format!("the {kind} “{}” has no version {number}", row.name))),
            Err(other) => Err(other),
        }
    }

    fn one(&mut self, kind: Kind, name: &str, version: Option<i64>) -> Result<()> {
        if !self.seen.insert((kind, name.to_owned(), version)) {
            return Ok(());
        }
        let key = name.to_owned();
        match kind {
            // All of them are there already.
            Kind::Variable => {}
            Kind::Secret => {
                let value = self.secret(name)?;
                self.resolved.secrets.insert(key, value);
            }
            _ => match self.content(kind, name, version)? {
                Err(why) => self.missing(kind, key, version, why),
                Ok((row, content)) => self.keep(key, version, &row, content)?,
            },
        }
        Ok(())
    }

    fn secret(&mut self, name: &str) -> Result<Found<Value>> {
        Ok(match self.content(Kind::Secret, name, None)? {
            Err(why) => Err(why),
            Ok((row, _)) => match self.secrets.get(&row.id) {
                None => Err(format!("the secret “{}” has no value yet", row.name)),
                Some((component, value)) => secret::open(self.vault, component, value)
                    .map_err(|_| format!("the secret “{}” cannot be decrypted here; set its value again", row.name)),
            },
        })
    }

    fn missing(&mut self, kind: Kind, name: String, version: Option<i64>, why: String) {
        match kind {
            Kind::Connection => drop(self.resolved.connections.insert(name, Err(why))),
            Kind::Script => drop(self.resolved.scripts.insert((name, version), Err(why))),
            Kind::Cache => drop(self.resolved.caches.insert(name, Err(why))),
            Kind::Lookup => drop(self.resolved.lookups.insert(name, Err(why))),
            Kind::Variable | Kind::Secret => {}
        }
    }

    fn keep(&mut self, name: String, version: Option<i64>, row: &Component, content: Content) -> Result<()> {
        match content {
            Content::Connection(connection) => {
                if let Some(secret) = connection.authentication.secret() {
                    self.one(Kind::Secret, secret, None)?;
                }
                self.resolved.connections.insert(name, Ok(connection));
            }
            Content::Script(script) => {
                let function = match (script.language, script.task()) {
                    (Language::Jq, _) => Ok(Function::Expression(script.source)),
                    (Language::Task, Some(task)) => {
                        for reference in components_of_task(&task) {
                            self.one(reference.kind, &reference.name, reference.version)?;
                        }
                        Ok(Function::Task(task))
                    }
                    (Language::Task, None) => Err(format!("the script “{}” cannot be read as a task", row.name)),
                };
                self.resolved.scripts.insert((name, version), function);
            }
            Content::Cache(cache) => {
                let place = CachePlace {
                    workspace: self.run.workspace_id.clone(),
                    environment: self.run.environment_id.clone(),
                    component: row.id.clone(),
                    expiry_seconds: cache.expiry_seconds,
                };
                self.resolved.caches.insert(name, Ok(place));
            }
            Content::Lookup(lookup) => drop(self.resolved.lookups.insert(name, Ok(lookup))),
            Content::Variable(_) | Content::Secret => {}
        }
        Ok(())
    }
}
