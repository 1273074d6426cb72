//! A step of a run, with its tries.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{at, at_opt};
use crate::app::run::steps::{Attempt as AttemptView, StepView};
use crate::web::api::words;

/// A step of a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Step {
    /// The task's name.
    pub name: String,
    /// The task's address in the definition.
    pub pointer: String,
    /// The task's kind.
    pub kind: String,
    /// Where it stands, by its last try.
    #[schema(value_type = words::StepState)]
    pub state: String,
    /// Unique within the run: the pointer with marks of rounds.
    pub key: String,
    /// Order of entering.
    pub position: i64,
    /// Which round of a loop, from 0.
    pub iteration: Option<i64>,
    /// How deep it is nested.
    pub depth: usize,
    /// Every try, in order.
    pub attempts: Vec<Attempt>,
    /// Of the last try.
    pub input: Option<Value>,
    /// Of the last try.
    pub output: Option<Value>,
    /// Of the last try.
    pub error: Option<Value>,
    /// RFC 3339, of the first try.
    pub started_at: String,
    /// RFC 3339, of the last try.
    pub ended_at: Option<String>,
    /// What it waits for, RFC 3339.
    pub wake_at: Option<String>,
    /// The run of the flow it called.
    pub child_run: Option<String>,
}

/// One try of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    /// From 1.
    pub number: usize,
    /// How it came out.
    #[schema(value_type = words::StepState)]
    pub state: String,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub ended_at: Option<String>,
    /// What went wrong.
    pub error: Option<Value>,
}

impl From<StepView> for Step {
    fn from(view: StepView) -> Self {
        Self {
            name: view.name,
            pointer: view.pointer,
            kind: view.kind,
            state: view.state,
            key: view.key,
            position: view.position,
            iteration: view.iteration,
            depth: view.depth,
            attempts: view.attempts.into_iter().map(Attempt::from).collect(),
            input: view.input,
            output: view.output,
            error: view.error,
            started_at: at(view.started_at),
            ended_at: at_opt(view.ended_at),
            wake_at: at_opt(view.wake_at),
            child_run: view.child_run_id,
        }
    }
}

impl From<AttemptView> for Attempt {
    fn from(view: AttemptView) -> Self {
        Self { number: view.number, state: view.state, started_at: at(view.started_at), ended_at: at_opt(view.ended_at), error: view.error }
    }
}
