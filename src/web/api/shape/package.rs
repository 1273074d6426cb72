//! Packages in answers.

use serde::Serialize;
use utoipa::ToSchema;

use super::rollout::percent;
use super::{at, at_opt};
use crate::app::package::Stands;
use crate::app::package::back::Returned;
use crate::app::package::compare::Compared;
use crate::app::package::look::{DeploymentOf, Whole};

/// A flow version in a package.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Item {
    /// The flow's slug.
    pub flow: String,
    /// The version.
    pub version: i64,
    /// Its queue priority.
    pub priority: i64,
}

/// What a deployment of a package did to one flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Put {
    /// The flow's slug.
    pub flow: String,
    /// The version that stands there since.
    pub version: i64,
    /// The version that stood there before.
    pub before: Option<i64>,
    /// It stood there already, so nothing was changed.
    pub kept: bool,
    /// Once the package went back: `back`, or why the flow was left.
    pub came_back: Option<String>,
}

/// One going out of a package.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackageDeployment {
    /// `pkd_…`
    pub id: String,
    /// The environment's slug.
    pub environment: String,
    /// The first share of new runs; 100 is all at once.
    pub percent: f64,
    /// The plan its rollouts follow.
    pub plan: Option<String>,
    /// Why.
    pub comment: Option<String>,
    /// RFC 3339.
    pub at: String,
    /// Who.
    pub by: String,
    /// What it did, by flow.
    pub flows: Vec<Put>,
    /// When it went back, RFC 3339.
    pub back_at: Option<String>,
    /// Who took it back.
    pub back_by: Option<String>,
    /// Why.
    pub back_reason: Option<String>,
}

impl From<DeploymentOf> for PackageDeployment {
    fn from(found: DeploymentOf) -> Self {
        let flows = found.flows.into_iter().map(|(flow, put)| Put {
            flow: flow.slug,
            version: put.version_number,
            before: put.before_number,
            kept: put.kept == 1,
            came_back: (!put.came_back.is_empty()).then_some(put.came_back),
        });
        Self {
            environment: found.environment.slug,
            flows: flows.collect(),
            percent: percent(found.row.basis_points),
            id: found.row.id,
            plan: found.row.plan_name,
            comment: found.row.comment,
            at: at(found.row.at),
            by: found.row.actor_name,
            back_at: at_opt(found.row.back_at),
            back_by: found.row.back_by,
            back_reason: found.row.back_reason,
        }
    }
}

/// A set of flow versions that go out and come back together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Package {
    /// `pkg_…`
    pub id: String,
    /// Unique in the workspace.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// The highest priority first.
    pub items: Vec<Item>,
    /// Newest first, 50 at the most.
    pub deployments: Vec<PackageDeployment>,
    /// When it was deployed first, RFC 3339; since then no flow can be taken out.
    pub first_deployed_at: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339.
    pub updated_at: String,
    /// Who changed it last.
    pub updated_by: String,
    /// Grows with each change; the ETag.
    pub revision: i64,
}

impl From<Whole> for Package {
    fn from(found: Whole) -> Self {
        let item =
            |i: crate::app::package::look::ItemOf| Item { flow: i.flow.slug, version: i.item.version_number, priority: i.item.priority };
        let row = found.package;
        Self {
            id: row.id,
            name: row.name,
            note: row.note,
            items: found.items.into_iter().map(item).collect(),
            deployments: found.deployments.into_iter().map(PackageDeployment::from).collect(),
            first_deployed_at: at_opt(row.first_deployed_at),
            created_at: at(row.created_at),
            created_by: row.created_by,
            updated_at: at(row.updated_at),
            updated_by: row.updated_by,
            revision: row.lock_version,
        }
    }
}

/// The rule that would refuse a flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rule {
    /// Its code.
    pub code: String,
    /// In words.
    pub message: String,
}

impl From<&Stands> for Rule {
    fn from(found: &Stands) -> Self {
        Self { code: found.code.to_owned(), message: found.message.clone() }
    }
}

/// What a package would change of one flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackageChange {
    /// The flow's slug.
    pub flow: String,
    /// The version that stands there now.
    pub now: Option<i64>,
    /// The version that is being rolled out there now.
    pub candidate: Option<i64>,
    /// The version that the package would put there.
    pub puts: i64,
    /// Its queue priority.
    pub priority: i64,
    /// It stands there already, so nothing would be done.
    pub same: bool,
    /// What would change, as sentences.
    pub changes: Vec<String>,
    /// Runs in flight there, counted no further than 1,000.
    pub in_flight: i64,
    /// The routing revision; give it back in `expect`.
    pub routing_revision: i64,
    /// The rule that would refuse it; one refusal refuses all.
    pub refused: Option<Rule>,
}

impl From<&Compared> for PackageChange {
    fn from(found: &Compared) -> Self {
        let routing = &found.preview.routing;
        let changes = found.preview.comparison.as_ref().map(|c| c.changes.iter().map(|change| change.what.clone()).collect());
        Self {
            flow: found.flow.slug.clone(),
            now: routing.primary.as_ref().map(|p| p.number),
            candidate: routing.candidate.as_ref().map(|c| c.pin.number),
            puts: found.version.number,
            priority: found.priority,
            same: found.same,
            changes: changes.unwrap_or_default(),
            in_flight: found.preview.in_flight,
            routing_revision: routing.revision,
            refused: found.refused.as_ref().map(Rule::from),
        }
    }
}

/// What a package would change in an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackagePreview {
    /// The environment's slug.
    pub environment: String,
    /// The highest priority first.
    pub items: Vec<PackageChange>,
    /// Whether nothing stands in the way.
    pub deployable: bool,
}

/// A flow that went back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WentBack {
    /// The flow's slug.
    pub flow: String,
    /// The version that is live there again.
    pub to: i64,
}

/// A flow that was left as it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Left {
    /// The flow's slug.
    pub flow: String,
    /// Why.
    pub reason: String,
}

/// What going back did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackageReturned {
    /// The deployment that was taken back, `pkd_…`.
    pub deployment: String,
    /// Flows that returned.
    pub back: Vec<WentBack>,
    /// Flows that were left.
    pub left: Vec<Left>,
}

impl From<Returned> for PackageReturned {
    fn from(done: Returned) -> Self {
        Self {
            deployment: done.deployment,
            back: done.back.into_iter().map(|(flow, to)| WentBack { flow, to }).collect(),
            left: done.left.into_iter().map(|(flow, reason)| Left { flow, reason }).collect(),
        }
    }
}
