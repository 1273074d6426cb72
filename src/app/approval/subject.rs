//! What is proposed: a flow's version for an environment, or the environment's own configuration (PRODUCT §4.5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::deployment::deploy::Deploy;
use super::super::environment::rack;
use super::super::error::Result;
use super::{deployment_hash, read_ask};
use crate::domain::approval::{Bound, Configuration as BoundConfiguration, hash_of};
use crate::domain::environment::{Configuration, ConfigurationState, Difference, differences};
use crate::store::configurations::{self, EnvironmentVersion};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::proposals::Proposal;
use crate::store::versions::{self, Version};

/// What a proposal is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A flow's version is to be deployed.
    Deployment(Box<Deployment>),
    /// The environment's configuration is to be deployed.
    Configuration(Box<Configuring>),
}

/// A deployment of a flow that waits for approvals.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The flow.
    pub flow: Flow,
    /// The version.
    pub version: Version,
    /// Stages, guard and the rest.
    pub ask: Deploy,
}

/// A configuration that waits for approvals, as it was when it was proposed.
#[derive(Debug, Clone)]
pub struct Configuring {
    /// The version of the configuration as it stands now.
    pub row: EnvironmentVersion,
    /// What is to be deployed.
    pub asked: Asked,
    /// What changes against what was deployed then.
    pub changes: Vec<Difference>,
    /// Components whose frozen revision changes.
    pub revisions: Vec<Revision>,
}

/// What of a configuration is approved, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its replacements and the revisions of components, as they would stand once it is deployed.
    pub configuration: String,
    /// What its author says of it.
    pub note: String,
    /// The number that was deployed.
    pub from: Option<i64>,
}

impl Asked {
    /// What would be approved if it were proposed now.
    ///
    /// # Errors
    /// The database.
    pub fn of(conn: &mut Conn, environment: &Environment, row: &EnvironmentVersion) -> Result<Self> {
        Ok(Self {
            configuration: rack::as_deployed(conn, row)?,
            note: row.note.clone(),
            from: environments::deployed_number(conn, &environment.id)?,
        })
    }

    /// The hash that approvals are bound to.
    pub fn hash(&self, environment: &Environment, row: &EnvironmentVersion, proposer: &str) -> String {
        let bound = BoundConfiguration {
            environment: &environment.id,
            configuration: &row.id,
            number: row.number,
            content_hash: &hash_of(&self.configuration),
            note: &self.note,
            from: self.from,
            proposer,
        };
        Bound::Configuration(bound).hash()
    }
}

/// A component that is used at another revision from the deployment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// `connection/payments`
    pub component: String,
    /// The revision that is used now; none for a component that was made since.
    pub from: Option<i64>,
    /// The revision from then on; none for one that is gone.
    pub to: Option<i64>,
}

/// The revisions of components that a deployed configuration holds.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Frozen {
    frozen: BTreeMap<String, i64>,
}

/// Components whose revision differs between two deployed configurations.
///
/// # Errors
/// A stored text that is no configuration.
fn revisions(from: &str, to: &str) -> Result<Vec<Revision>> {
    let read = |text: &str| serde_json::from_str::<Frozen>(text).map(|f| f.frozen).map_err(StoreError::corrupt);
    let (from, to) = (read(from)?, read(to)?);
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let one = |name: &String| Revision { component: name.clone(), from: from.get(name).copied(), to: to.get(name).copied() };
    Ok(names.into_iter().map(one).filter(|r| r.from != r.to).collect())
}

impl Subject {
    /// What a stored proposal is about.
    ///
    /// # Errors
    /// The database.
    pub(super) fn of(conn: &mut Conn, proposal: &Proposal) -> Result<Self> {
        let missing = |what: &str| StoreError::corrupt(format!("the {what} of proposal {} is missing", proposal.id));
        if let Some(id) = &proposal.configuration_id {
            let row = configurations::get(conn, id)?.ok_or_else(|| missing("configuration"))?;
            let asked: Asked = serde_json::from_str(&proposal.ask).map_err(StoreError::corrupt)?;
            let from = match asked.from {
                Some(number) => {
                    configurations::by_number(conn, &row.environment_id, number)?
                        .ok_or_else(|| missing("deployed configuration"))?
                        .configuration
                }
                None => Configuration::default().to_text(),
            };
            let read = |text: &str| Configuration::stored(text).map_err(StoreError::corrupt);
            let changes = differences(&read(&from)?, &read(&asked.configuration)?);
            let revisions = revisions(&from, &asked.configuration)?;
            return Ok(Self::Configuration(Box::new(Configuring { row, asked, changes, revisions })));
        }
        let (flow, version) = (proposal.flow_id.as_deref().unwrap_or_default(), proposal.version_id.as_deref().unwrap_or_default());
        let flow = flows::get(conn, flow)?.ok_or_else(|| missing("flow"))?;
        let version = versions::get_any(conn, version)?.ok_or_else(|| missing("version"))?;
        Ok(Self::Deployment(Box::new(Deployment { flow, version, ask: read_ask(proposal)? })))
    }

    /// Whether what is bound to the proposal is what stands there now.
    ///
    /// # Errors
    /// The database.
    pub(super) fn stands(&self, conn: &mut Conn, environment: &Environment, proposal: &Proposal) -> Result<bool> {
        let proposer = &proposal.proposer_id;
        match self {
            Self::Deployment(d) => {
                let now = deployment_hash(conn, &d.flow, environment, &d.version, &proposal.ask, proposer)?;
                Ok(now == proposal.bound_hash && d.version.deleted_at.is_none())
            }
            Self::Configuration(c) => {
                let deployable = c.row.binned_at.is_none() && c.row.state()? != ConfigurationState::Deployed;
                Ok(deployable && Asked::of(conn, environment, &c.row)?.hash(environment, &c.row, proposer) == proposal.bound_hash)
            }
        }
    }

    /// In one line: "v3 of Order intake", "Configuration #3".
    pub fn words(&self) -> String {
        match self {
            Self::Deployment(d) => format!("v{} of {}", d.version.number, d.flow.name),
            Self::Configuration(c) => format!("Configuration #{}", c.row.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_of_components_that_differ_are_named() {
        let old = r#"{"connections":{},"frozen":{"connection/erp":3,"lookup/vat":1,"script/gone":2}}"#;
        let new = r#"{"connections":{},"frozen":{"connection/erp":4,"lookup/vat":1,"variable/new":1}}"#;
        let found = revisions(old, new).unwrap();
        let one = |name: &str, from, to| Revision { component: name.into(), from, to };
        assert_eq!(found, [one("connection/erp", Some(3), Some(4)), one("script/gone", Some(2), None), one("variable/new", None, Some(1))]);
        assert!(revisions("{}", "{}").unwrap().is_empty());
    }
}
