//! Planned changes in answers.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::rollout::{Guard, Stage, percent};
use super::{at, at_opt};
use crate::app::planned::Wish;
use crate::app::planned::look::Looked;
use crate::app::rollout::begin::Rolling;
use crate::domain::planned::difference;
use crate::web::api::words;

/// A change set for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Planned {
    /// `plc_…`
    pub id: String,
    /// The flow's slug.
    pub flow: String,
    /// The environment's slug.
    pub environment: String,
    /// What it does.
    #[schema(value_type = words::PlannedKind)]
    pub kind: String,
    /// When, RFC 3339.
    pub at: String,
    /// Where it stands.
    #[schema(value_type = words::PlannedState)]
    pub state: String,
    /// Why it is suspended, put off or refused, or why it was cancelled; empty when there is nothing to say.
    pub outcome: String,
    /// The version that is deployed, or gone back to.
    pub version: Option<i64>,
    /// The share that a rollout is led to; the plan's next stage when null.
    pub percent: Option<f64>,
    /// Stages of the rollout that begins.
    pub stages: Option<Vec<Stage>>,
    /// The plan they come from.
    pub plan: Option<String>,
    /// What starts the next stage.
    #[schema(value_type = Option<words::Advance>)]
    pub advance: Option<String>,
    /// The rollout's guard.
    #[schema(value_type = Option<Guard>)]
    pub guard: Option<Value>,
    /// What happens to a rollout that is under way then.
    #[schema(value_type = Option<words::During>)]
    pub during: Option<String>,
    /// Why.
    pub comment: String,
    /// The routing revision it is based on; another one when it is due suspends it.
    pub base_revision: i64,
    /// The routing revision that stands there now.
    pub routing_revision: i64,
    /// How what stands there now differs from that, while it may still be carried out.
    pub difference: Option<String>,
    /// The deployment record it made, `dep_…`.
    pub record: Option<String>,
    /// Who planned it; it is done in their name, with the roles they have then.
    pub planned_by: String,
    /// RFC 3339.
    pub planned_at: String,
    /// Who confirmed or cancelled it last.
    pub decided_by: Option<String>,
    /// RFC 3339.
    pub ended_at: Option<String>,
}

impl From<Looked> for Planned {
    fn from(found: Looked) -> Self {
        let Looked { row, wish, flow, environment, routing } = found;
        let open = row.state().is_ok_and(|s| s.is_open());
        let base = row.base().ok().filter(|base| open && base.revision != routing.revision);
        let comment = wish.why().to_owned();
        let (mut version, mut share, mut rolling, mut during) = (None, None, None::<Rolling>, None);
        match wish {
            Wish::Deploy { number, rolling: asked, during: choice, .. } => {
                (version, rolling, during) = (Some(number), asked, choice);
            }
            Wish::Stage { share: to, .. } => share = to,
            Wish::Rollback { number, .. } => version = number,
        }
        Self {
            id: row.id,
            flow: flow.slug,
            environment: environment.slug,
            kind: row.kind,
            at: at(row.due_at),
            state: row.state,
            outcome: row.outcome,
            version,
            percent: share.map(percent),
            stages: rolling.as_ref().map(|r| Stage::list(&r.stages)),
            plan: rolling.as_ref().and_then(|r| r.plan.clone()),
            advance: rolling.as_ref().map(|r| r.advance.to_string()),
            guard: rolling.as_ref().and_then(|r| r.guard.as_ref()).and_then(|g| serde_json::to_value(g).ok()),
            during: during.map(|d| d.to_string()),
            comment,
            base_revision: row.base_revision,
            routing_revision: routing.revision,
            difference: base.map(|base| difference(&base, &routing)),
            record: row.record_id,
            planned_by: row.planned_by,
            planned_at: at(row.created_at),
            decided_by: row.decided_by,
            ended_at: at_opt(row.ended_at),
        }
    }
}
