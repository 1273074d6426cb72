//! Percent, stages, plan and guard of a body: read the same wherever something may be rolled out.

use serde_json::{Value, json};

use super::problem::{ApiError, Result};
use super::shape::rollout::{Stage, guard};
use crate::app;
use crate::app::rollout::begin::Rolling;
use crate::app::rollout::plan;
use crate::domain::guard::Guard;
use crate::domain::rollout::{self, Advance, Stages, WHOLE, basis_points};
use crate::store::conn::Conn;

/// What a body says about shares; everything may be absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The share of new runs.
    pub percent: Option<f64>,
    /// Stages.
    pub stages: Option<&'a [Stage]>,
    /// A plan by name or id.
    pub plan: Option<&'a str>,
    /// What starts the next stage.
    pub advance: Option<Advance>,
    /// A guard, unread.
    pub guard: Option<&'a Value>,
}

/// The same, as far as it can be read without the database.
#[derive(Debug, Clone)]
pub struct RollWish {
    stages: Option<Stages>,
    plan: Option<String>,
    advance: Option<Advance>,
    guard: Option<Guard>,
}

impl RollWish {
    /// Reads it strictly.
    ///
    /// # Errors
    /// Names the field and says what is wrong with it.
    pub fn read(asked: &Asked<'_>) -> Result<Self> {
        let share = asked.percent.map(basis_points).transpose().map_err(|e| ApiError::invalid("percent", e.to_string()))?;
        let stages: std::result::Result<Vec<_>, _> = asked.stages.unwrap_or_default().iter().map(Stage::read).collect();
        let mut stages = stages.map_err(|e| ApiError::invalid("stages", e.to_string()))?;
        // A share beside stages is where they begin.
        if let Some(share) = share.filter(|s| *s < WHOLE && stages.first().is_none_or(|first| first.basis_points != *s)) {
            stages.insert(0, rollout::Stage::of(share));
        }
        let whole = stages.iter().all(|s| s.basis_points == WHOLE);
        let stages = if whole { None } else { Some(Stages::parse(stages).map_err(|e| ApiError::invalid("stages", e.to_string()))?) };
        let guard = match asked.guard {
            Some(value) if *value != json!({}) => Some(guard(value.clone()).map_err(|e| ApiError::invalid("guard", e.to_string()))?),
            _ => None,
        };
        if asked.plan.is_some() && stages.is_some() {
            return Err(ApiError::invalid("plan", "Name a plan, or give percent and stages; not both."));
        }
        if guard.is_some() && stages.is_none() && asked.plan.is_none() {
            return Err(ApiError::invalid("guard", "A guard watches a rollout: give a percent below 100, stages, or a plan with it."));
        }
        Ok(Self { stages, plan: asked.plan.map(str::to_owned), advance: asked.advance, guard })
    }

    /// Whether anything was asked for.
    pub const fn is_some(&self) -> bool {
        self.stages.is_some() || self.plan.is_some()
    }

    /// The rollout that is asked for, if one is; a plan is looked up.
    ///
    /// # Errors
    /// There is no such plan.
    pub fn resolve(self, conn: &mut Conn, workspace: &str) -> app::Result<Option<Rolling>> {
        if let Some(name) = &self.plan {
            let plan = plan::find(conn, workspace, name)?;
            let mut rolling = plan::rolling(&plan)?;
            rolling.advance = self.advance.unwrap_or(rolling.advance);
            rolling.guard = self.guard.or(rolling.guard);
            return Ok(Some(rolling));
        }
        let (advance, guard) = (self.advance.unwrap_or(Advance::Auto), self.guard);
        Ok(self.stages.map(|stages| Rolling { stages, advance, plan: None, guard }))
    }
}
