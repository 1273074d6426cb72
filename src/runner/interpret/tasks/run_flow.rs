//! `run: workflow`: another flow of this workspace.
use serde_json::{Value, json};

use crate::definition::tasks::TaskRef;
use crate::runner::durable::{Data, DurableCtx, FlowAnswer, FlowCall};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::task::Body;
use crate::runner::interpret::{Run, Stop};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Calls the flow with the input written here (an empty object when there is none). Not awaited, the task's output is
    /// its input. An error of the called flow keeps its type, status and words; its place is this task.
    pub(super) async fn run_flow(&mut self, task: &TaskRef<'_>, frame: &Frame<'_>, input: Data) -> Result<Body, Stop> {
        let run = task.value.get("run").unwrap_or(&Value::Null);
        let called = run.get("workflow").unwrap_or(&Value::Null);
        let pointer = &frame.place.pointer;
        let text = |key: &str| called.get(key).and_then(Value::as_str).map(str::to_owned);
        let missing = |key: &str| TaskError::standard(Kind::Configuration, format!("run.workflow has no {key}"), pointer);
        let given = match called.get("input") {
            None => json!({}),
            Some(template) => self.fill(frame, template, &input).await?.into_owned(),
        };
        let wait = run.get("await").and_then(Value::as_bool).unwrap_or(true);
        let deadline = frame.scope.next_deadline();
        let call = FlowCall {
            namespace: text("namespace").ok_or_else(|| missing("namespace"))?,
            name: text("name").ok_or_else(|| missing("name"))?,
            version: text("version").unwrap_or_else(|| "latest".to_owned()),
            input: Data::from(given),
            wait,
            deadline: deadline.map(|deadline| deadline.at),
        };
        let late = deadline.map(|deadline| deadline.passed());
        match self.ctx.call_flow(&frame.place.step_key(), call).await? {
            FlowAnswer::Completed(output) => Ok(Body::plain(if wait { output } else { input })),
            FlowAnswer::Faulted(mut error) => {
                error.instance = Some(pointer.clone());
                error.deadline = None;
                Err(error.into())
            }
            FlowAnswer::Late => {
                Err(late.unwrap_or_else(|| TaskError::standard(Kind::Timeout, "the called flow took too long", pointer)).into())
            }
        }
    }
}
