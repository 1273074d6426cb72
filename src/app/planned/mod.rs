//! Changes set for a time (PRODUCT §5.9): judged when they are planned, and again when they are due.
//!
//! What is to be done is kept as a [`Wish`]; a worker carries it out in one transaction, as the person who planned it
//! with the roles they have then, and only when what it is based on still stands.

pub mod due;
pub mod look;
pub mod plan;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ctx::{Ctx, Event};
use super::deployment::deploy::{Deploy, deploy};
use super::deployment::rollback::roll_back;
use super::error::{Error, Result};
use super::release::keep::Backup;
use super::rollout::advance::advance;
use super::rollout::begin::Rolling;
use crate::domain::deployment::InFlight;
use crate::domain::event::ObjectKind;
use crate::domain::planned::Kind;
use crate::domain::rollout::During;
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::planned::Planned;
use crate::store::versions::{self, Version};

/// What is to be done, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Wish {
    /// A version is deployed.
    Deploy {
        /// Its id.
        version: String,
        /// Its number.
        number: i64,
        /// Its revision as it was planned; none in what was planned before revisions were kept.
        #[serde(default)]
        revision: Option<i64>,
        /// Stages and guard; to all new runs at once when absent.
        rolling: Option<Rolling>,
        /// What happens to a rollout that is under way then.
        during: Option<During>,
        /// Why.
        comment: String,
    },
    /// The rollout is led on.
    Stage {
        /// The share in basis points; the plan's next stage when absent.
        share: Option<i64>,
        /// Why.
        reason: String,
    },
    /// The way back.
    Rollback {
        /// The version's id; the one before the present when absent.
        to: Option<String>,
        /// Its number.
        number: Option<i64>,
        /// Why.
        reason: String,
    },
}

impl Wish {
    /// What it does.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Deploy { .. } => Kind::Deploy,
            Self::Stage { .. } => Kind::Stage,
            Self::Rollback { .. } => Kind::Rollback,
        }
    }

    /// A wish as it was stored.
    ///
    /// # Errors
    /// Stored text this program cannot read.
    pub fn of(row: &Planned) -> Result<Self> {
        Ok(serde_json::from_str(&row.body).map_err(StoreError::corrupt)?)
    }

    /// The comment or reason.
    pub fn why(&self) -> &str {
        match self {
            Self::Deploy { comment, .. } => comment,
            Self::Stage { reason, .. } | Self::Rollback { reason, .. } => reason,
        }
    }

    /// The same, bound to the revision that the version has now (DECISIONS 1).
    ///
    /// # Errors
    /// The version is gone.
    pub fn as_it_stands(mut self, conn: &mut Conn) -> Result<Self> {
        if let Self::Deploy { version, number, revision, .. } = &mut self {
            *revision = Some(still(conn, version, *number)?.revision);
        }
        Ok(self)
    }

    /// What somebody hot-fixed since it was planned, in words; nothing when it is as it was.
    ///
    /// # Errors
    /// The database.
    pub fn moved(&self, conn: &mut Conn) -> Result<Option<String>> {
        let Self::Deploy { version, number, revision: Some(planned), .. } = self else { return Ok(None) };
        let now = versions::get(conn, version)?.map_or(*planned, |v| v.revision);
        Ok((now != *planned).then(|| {
            format!("Version {number} stood at {number}.{planned} when this was planned, and was hot-fixed to {number}.{now} since.")
        }))
    }

    /// The same, with another answer to what happens to a rollout that is under way.
    pub fn answering(mut self, answer: Option<During>) -> Self {
        if let Self::Deploy { during, .. } = &mut self {
            *during = answer.or(*during);
        }
        self
    }

    /// Does it, as any person would right now.
    ///
    /// # Errors
    /// The rule that stands in the way.
    pub fn carry_out(&self, conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, expect: i64) -> Result<Record> {
        match self {
            Self::Deploy { version, number, revision, rolling, during, comment } => {
                let version = still(conn, version, *number)?;
                if revision.is_some_and(|planned| planned != version.revision) {
                    return Err(Error::Stale {
                        message: format!("Version {number} was hot-fixed a moment ago. Look at it again."),
                        current: json!({"number": number, "revision": version.revision}),
                    });
                }
                let ask = Deploy {
                    comment: comment.clone(),
                    typed_slug: None,
                    in_flight: InFlight::Drain,
                    expect: Some(expect),
                    rolling: rolling.clone(),
                    during: *during,
                    backup: Backup::Rule,
                    release: None,
                };
                Ok(deploy(conn, ctx, flow, environment, &version, &ask)?.record)
            }
            Self::Stage { share, reason } => advance(conn, ctx, flow, environment, *share, reason, Some(expect)),
            Self::Rollback { to, number, reason } => {
                let to = match to {
                    Some(id) => Some(still(conn, id, number.unwrap_or_default())?),
                    None => None,
                };
                roll_back(conn, ctx, flow, environment, to.as_ref(), reason, Some(expect))
            }
        }
    }
}

/// A version that may have gone to the bin since.
fn still(conn: &mut Conn, id: &str, number: i64) -> Result<Version> {
    let found = versions::get(conn, id)?.filter(|v| v.deleted_at.is_none());
    found.ok_or_else(|| Error::refused("version_deleted", format!("Version {number} is gone. Plan it again with another version.")))
}

/// Writes the event of a change of a planned change.
fn note(conn: &mut Conn, ctx: &Ctx, action: &str, row: &Planned, places: (&Flow, &Environment), reason: Option<&str>) -> Result<()> {
    let (flow, environment) = places;
    let after = json!({
        "state": row.state, "kind": row.kind, "due_at": crate::domain::clock::Micros(row.due_at).rfc3339(),
        "base_revision": row.base_revision, "planned_by": row.planned_by,
    });
    let event = Event {
        action,
        workspace: Some(&row.workspace_id),
        flow: Some(&row.flow_id),
        environment: Some(&row.environment_id),
        object: Some((ObjectKind::Planned, &row.id, &format!("{} of {} in {}", words(row.kind()?), flow.name, environment.name))),
        after: Some(after),
        reason,
        ..Event::default()
    };
    ctx.record(conn, event)?;
    Ok(())
}

/// A kind as a noun.
pub const fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Deploy => "deployment",
        Kind::Stage => "stage",
        Kind::Rollback => "roll back",
    }
}
