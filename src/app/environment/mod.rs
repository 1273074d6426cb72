//! Environments: made, described, put away; their configuration versions edited, deployed, compared.

pub mod archive;
pub mod change;
pub mod coverage;
pub mod create;
pub mod edit;
pub mod gate;
pub mod look;
pub mod rack;

use serde_json::{Value, json};

use super::ctx::Ctx;
use super::error::{Error, FieldError, Result};
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, Difference, Rack, What, differences};
use crate::store::configurations::{self, EnvironmentVersion, Record};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::workspaces::Workspace;

/// An environment of a workspace, by slug or id, also an archived one.
///
/// # Errors
/// Not found.
pub fn find_any(conn: &mut Conn, workspace: &Workspace, name: &str) -> Result<Environment> {
    environments::find_any(conn, &workspace.id, name)?.ok_or_else(|| Error::not_found("environment", name))
}

/// What a run that is pinned to this configuration sees in place of its components; also of versions in the bin.
///
/// # Errors
/// There is no such version; the database.
pub fn configuration_of(conn: &mut Conn, environment: &str, number: i64) -> Result<Configuration> {
    let missing = || StoreError::corrupt(format!("environment {environment} has no configuration {number}"));
    let row = configurations::by_number(conn, environment, number)?.ok_or_else(missing)?;
    Ok(row.content()?)
}

/// A configuration version by its number, its id, `draft` or `deployed`. What deploying took off the rack, and what runs
/// are pinned to, stays readable for ever (PRODUCT §3.9).
///
/// # Errors
/// Not found.
pub fn version(conn: &mut Conn, environment: &Environment, name: &str) -> Result<EnvironmentVersion> {
    let row = match name {
        "draft" | "deployed" => configurations::versions(conn, &environment.id)?.into_iter().find(|v| v.state == name),
        number if number.bytes().all(|b| b.is_ascii_digit()) => match number.parse() {
            Ok(number) => configurations::by_number(conn, &environment.id, number)?,
            Err(_) => None,
        },
        id => configurations::get(conn, id)?.filter(|v| v.environment_id == environment.id),
    };
    let shown = match row {
        Some(row) if row.deleted_by.is_some() && !configurations::has_runs(conn, &row)? => None,
        other => other,
    };
    shown.ok_or_else(|| Error::NotFound(format!("{} has no configuration version {name}.", environment.name)))
}

/// The rack of an environment with its rows, read once and changed at most once.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The environment as it was read.
    pub environment: Environment,
    /// The versions on the rack, newest first.
    pub rows: Vec<EnvironmentVersion>,
    /// The same as the rules see it.
    pub rack: Rack,
}

impl Stand {
    /// Reads the rack.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, environment: &Environment) -> Result<Self> {
        let rows = configurations::versions(conn, &environment.id)?;
        let slots = rows.iter().map(EnvironmentVersion::slot).collect::<std::result::Result<Vec<_>, _>>()?;
        let last = configurations::last_number(conn, &environment.id)?;
        Ok(Self { environment: environment.clone(), rows, rack: Rack::new(slots, last, environment.keeps) })
    }

    /// A version on the rack.
    pub fn row(&self, number: i64) -> Option<&EnvironmentVersion> {
        self.rows.iter().find(|row| row.number == number)
    }

    /// The draft.
    pub fn draft(&self) -> Option<&EnvironmentVersion> {
        self.rack.draft().and_then(|number| self.row(number))
    }

    /// What runs use.
    pub fn deployed(&self) -> Option<&EnvironmentVersion> {
        self.rack.deployed().and_then(|number| self.row(number))
    }

    /// What deploying a version would take off the rack.
    pub fn victims(&self, number: i64) -> Vec<i64> {
        self.rack.deploy(number, i64::MAX).map(|done| done.removed).unwrap_or_default()
    }

    /// What differs between the deployed configuration (nothing, when there is none) and another.
    ///
    /// # Errors
    /// A stored text that is no configuration.
    pub fn since_deployed(&self, other: &EnvironmentVersion) -> Result<Vec<Difference>> {
        let before = match self.deployed() {
            Some(row) => row.content()?,
            None => Configuration::default(),
        };
        Ok(differences(&before, &other.content()?))
    }

    /// Checks what the caller based the change on, then takes the rack for this transaction.
    ///
    /// # Errors
    /// [`Error::Stale`] with what stands here now.
    pub(crate) fn take(&self, conn: &mut Conn, expected: Option<i64>) -> Result<()> {
        let as_seen = expected.is_none_or(|revision| revision == self.environment.lock_version);
        if as_seen && environments::take(conn, &self.environment)? { Ok(()) } else { Err(self.stale()) }
    }

    /// The answer to a change that came too late.
    pub(crate) fn stale(&self) -> Error {
        let name = &self.environment.name;
        Error::Stale {
            message: format!("The configuration of {name} changed while you were looking. Look again, then decide."),
            current: self.describe(),
        }
    }

    /// The rack in the API's words.
    pub fn describe(&self) -> Value {
        json!({
            "draft": self.rack.draft(),
            "deployed": self.rack.deployed(),
            "inactive": self.rack.inactive(),
            "revision": self.environment.lock_version,
        })
    }
}

/// Keeps how a rack stands after a change (DECISIONS 18).
pub(crate) fn keep_record(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    event_seq: i64,
    what: (&str, Option<i64>, Option<&str>),
) -> Result<()> {
    let (verb, number, comment) = what;
    let now = environments::get(conn, &environment.id)?.unwrap_or_else(|| environment.clone());
    let record = Record {
        environment_id: environment.id.clone(),
        event_seq,
        workspace_id: environment.workspace_id.clone(),
        verb: verb.to_owned(),
        number,
        comment: comment.map(str::to_owned),
        actor_name: ctx.name().to_owned(),
        at: ctx.now.0,
        snapshot: Stand::load(conn, &now)?.describe().to_string(),
    };
    Ok(configurations::insert_record(conn, &record)?)
}

/// The hash under which an event names a configuration, as it is stored: SHA-256 in hex.
pub fn configuration_hash(text: &str) -> String {
    super::token::hash(text)
}

/// Differences as programs and the history read them.
pub fn describe_all(found: &[Difference]) -> Value {
    let one = |d: &Difference| {
        let managed = match d.what {
            What::Kept => Some(true),
            What::NotKept => Some(false),
            _ => None,
        };
        let mut line = json!({"kind": d.kind(), "part": d.part, "name": d.name, "from": d.from(), "to": d.to()});
        if let (Some(managed), Some(line)) = (managed, line.as_object_mut()) {
            line.insert("managed_here".into(), managed.into());
        }
        line
    };
    Value::Array(found.iter().map(one).collect())
}

/// Compares two configurations of an environment.
///
/// # Errors
/// Not allowed; a stored text that is no configuration.
pub fn compare(ctx: &Ctx, environment: &Environment, a: &EnvironmentVersion, b: &EnvironmentVersion) -> Result<Vec<Difference>> {
    ctx.allow(Permission::Read, Some(&environment.workspace()))?;
    Ok(differences(&a.content()?, &b.content()?))
}

fn invalid(wrong: Vec<(String, String)>) -> Error {
    Error::Invalid(wrong.into_iter().map(|(field, message)| FieldError { field, message }).collect())
}
