//! What the interpreter may do besides computing: the seam under which engines differ (CODE, "The seam of the runner").
//!
//! The interpreter is deterministic over the answers of its context. Run it again with a context that replays a journal
//! and it asks the same questions in the same order; whatever the journal answers is not done a second time.
//!
//! **What has to be durable when.** An engine may keep entered steps in memory and write one row per step, as long as
//! everything entered or left so far is durable before an effect starts ([`DurableCtx::attempt`]), before a sleep or a
//! call of another flow, and before the end of the run is acknowledged. Steps without effects that are lost with a crash
//! are simply computed again.
//!
//! **Retries.** A retry enters the steps of its `try` again under new keys (`…/try~2/0/call`); [`Step::stable`] is the key
//! without those marks: it groups the attempts of one step on a page and is what idempotency keys are made of.
use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::TaskError;
use crate::domain::clock::Micros;

/// Where a step stands, unique within a run: the task's pointer with marks for rounds (`#3`, zero-based, as in
/// `/do/1/loop/do#3/0/a`), for retries (`~2` is the second try, as in `/do/0/tryIt/try~2/0/call`) and for tasks that `then`
/// comes back to (`@2` is the second visit, as in `/do/0/poll@2`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct StepKey(pub Arc<str>);

impl StepKey {
    /// The key as it is written in a journal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for StepKey {
    fn from(text: String) -> Self {
        StepKey(text.into())
    }
}

impl From<StepKey> for String {
    fn from(key: StepKey) -> Self {
        key.0.as_ref().to_owned()
    }
}

impl std::fmt::Display for StepKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// One task about to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Unique within the run.
    pub key: StepKey,
    /// The key without retry marks; the same on every retry.
    pub stable: Arc<str>,
    /// The task's JSON pointer in the definition, such as `/do/0/tryIt/try/0/getPet`.
    pub pointer: String,
    /// The task's name.
    pub name: String,
    /// The task's kind as the specification writes it: `do`, `set`, `call`, …
    pub kind: &'static str,
    /// The round of the nearest enclosing `for`, from 0.
    pub iteration: Option<u64>,
    /// Which try of the nearest enclosing retry this is, from 1.
    pub attempt: u32,
    /// Holds no further steps.
    pub leaf: bool,
    /// The effect must not run a second time when a crash leaves its outcome unknown (PRODUCT §7.2); written in a
    /// definition as `metadata: {signalbox: {atMostOnce: true}}` on the task.
    pub at_most_once: bool,
    /// The raw input, before `input.from`.
    pub input: Data,
}

/// The context's answer when a step is entered.
#[derive(Clone, Debug, PartialEq)]
pub enum Entered {
    /// The step is to be done. `at` is the instant it was entered at first: on a resumed step the recorded one.
    Open {
        /// The instant of first entry; deadlines count from it.
        at: Micros,
    },
    /// The step ended before; its subtree is not entered again.
    Recorded(Left),
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "value")]
pub enum Outcome {
    /// With this output (after `output.as`).
    Completed(Data),
    /// With this error.
    Faulted(TaskError),
    /// Its `if` was false: it never started.
    Skipped,
}

/// What a step leaves behind: enough to go on without entering it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// How it ended.
    pub outcome: Outcome,
    /// The whole of `$context`, when this step (or one inside it) changed it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub context: Option<Data>,
    /// Where the flow goes next; `None` is on to the next task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<FlowDirective>,
}

/// Where the flow goes after a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "go", content = "to")]
pub enum FlowDirective {
    /// Leave the task list this task stands in.
    Exit,
    /// End the whole run, completed.
    End,
    /// Go to the named task of the same list.
    Task(String),
}

/// A call of another flow of the same workspace (`run: workflow`).
#[derive(Clone, Debug, PartialEq)]
pub struct FlowCall {
    /// `document.namespace` of the called flow.
    pub namespace: String,
    /// `document.name` of the called flow.
    pub name: String,
    /// The wanted version as written: a semver or `latest`. The engine resolves it once and journals its choice.
    pub version: String,
    /// The called flow's input.
    pub input: Data,
    /// Wait for its end; otherwise answer as soon as its start is durable.
    pub wait: bool,
    /// Give up waiting at this instant: the engine cancels the called run and answers [`FlowAnswer::Late`].
    pub deadline: Option<Micros>,
}

/// The outcome of a call of another flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "value")]
pub enum FlowAnswer {
    /// Its output; when it was not waited for, anything (the interpreter does not look at it).
    Completed(Data),
    /// It faulted, was cancelled, or cannot be called: the error says which.
    Faulted(TaskError),
    /// The deadline came first.
    Late,
}

/// Why the interpreter stops before the run has ended. None of these is the flow's doing, and no `catch` sees them.
#[derive(Clone, Debug, PartialEq)]
pub enum Interrupted {
    /// The run is cancelled.
    Cancelled,
    /// The run is suspended; it goes on from its journal when resumed.
    Suspended,
    /// Nothing to do until an instant or an event: the engine unloads the run and executes it again then.
    Parked,
    /// Another worker holds the run now.
    Lost,
    /// An effect that must not run twice was under way at a crash: a person has to decide. Says which step.
    NeedsAttention(String),
    /// The engine cannot go on (its journal cannot be read or written, or does not fit the definition).
    Failed(String),
}

/// All that the interpreter may do. Every call is also a place where the run may be interrupted.
///
/// Futures are dropped when a run is interrupted from outside; an effect in flight is dropped with them.
pub trait DurableCtx: Send {
    /// The instant of this context's latest answer: when the step was entered or left, when the attempt ended, when the
    /// sleep was over. On a replay the recorded instants. It moves only with answers, so that computing twice gives the same.
    fn now(&self) -> Micros;

    /// A task is about to start.
    fn enter(&mut self, step: Step) -> impl Future<Output = Result<Entered, Interrupted>> + Send;

    /// The step entered under `key` has ended.
    fn leave(&mut self, key: &StepKey, left: Left) -> impl Future<Output = Result<(), Interrupted>> + Send;

    /// Does the one effect of the leaf step `key`, with the instant it starts at. The intent is durable before `effect`
    /// is called and the result before this returns; a recorded result is returned without calling `effect`.
    /// Intent without result (a crash): called again, unless the step says at most once: then
    /// [`Interrupted::NeedsAttention`].
    fn attempt<F, E>(&mut self, key: &StepKey, effect: F) -> impl Future<Output = Result<Result<Data, TaskError>, Interrupted>> + Send
    where
        F: FnOnce(Micros) -> E + Send,
        E: Future<Output = Result<Data, TaskError>> + Send;

    /// Returns at or after `at`. A recorded sleep keeps the instant it was first asked for; one that is over returns at once.
    /// `key` is that of a `wait` step, or `<try step>~<n>` for the delay before try `n`.
    fn sleep_until(&mut self, key: &StepKey, at: Micros) -> impl Future<Output = Result<(), Interrupted>> + Send;

    /// Calls another flow, once per `key`, however often the caller is resumed.
    fn call_flow(&mut self, key: &StepKey, call: FlowCall) -> impl Future<Output = Result<FlowAnswer, Interrupted>> + Send;
}

/// A JSON value that is cheap to clone and written as the value it shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Data(Arc<Value>);

impl Data {
    /// The value itself; copied when it is shared.
    pub fn into_value(self) -> Value {
        Arc::unwrap_or_clone(self.0)
    }

    /// Whether both are the very same value, not merely an equal one.
    pub fn same(&self, other: &Data) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Data(Arc::new(value))
    }
}

impl std::ops::Deref for Data {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Serialize for Data {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Data::from)
    }
}

// A present null is a value here (`$context` may be null), so it is not read as an absent one.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Data>, D::Error> {
    Data::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::fault::Kind;
    use serde_json::json;

    #[test]
    fn what_a_step_leaves_survives_a_journal() {
        let mut error = TaskError::standard(Kind::Timeout, "late", "/do/0/a");
        error.deadline = Some(StepKey::from("/do/0".to_owned()));
        let outcomes = [
            Outcome::Completed(json!({"b": 1, "a": null}).into()),
            Outcome::Completed(Value::Null.into()),
            Outcome::Faulted(error),
            Outcome::Skipped,
        ];
        let contexts = [None, Some(Data::from(Value::Null)), Some(json!({"x": [1]}).into())];
        let thens = [None, Some(FlowDirective::End), Some(FlowDirective::Exit), Some(FlowDirective::Task("next".into()))];
        for outcome in &outcomes {
            for context in &contexts {
                for then in &thens {
                    let left = Left { outcome: outcome.clone(), context: context.clone(), then: then.clone() };
                    let text = serde_json::to_string(&left).expect("written");
                    assert_eq!(serde_json::from_str::<Left>(&text).expect(&text), left);
                }
            }
        }
        for answer in [FlowAnswer::Late, FlowAnswer::Completed(Value::Null.into())] {
            let text = serde_json::to_string(&answer).expect("written");
            assert_eq!(serde_json::from_str::<FlowAnswer>(&text).expect(&text), answer);
        }
    }
}
