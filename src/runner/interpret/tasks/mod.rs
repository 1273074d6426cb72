//! One file per kind of task.
mod call_http;
mod catch;
mod for_each;
mod raise;
mod request;
mod retry;
mod run_flow;
mod try_catch;
mod wait;

use serde_json::Value;

use super::data::Frame;
use super::task::{Body, Next, directive};
use super::{Run, Stop};
use crate::definition::expression;
use crate::definition::tasks::{CallKind, RunKind, TaskKind, TaskRef, cases};
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// What the task itself does, between its `input` and its `output`.
    pub(super) async fn body(&mut self, task: &TaskRef<'_>, frame: &mut Frame<'_>, input: Data) -> Result<Body, Stop> {
        match task.kind {
            TaskKind::Do => {
                let place = frame.place.child("do");
                self.list(&place, task.value.get("do"), input, &frame.scope).await.map(Body::of_list)
            }
            TaskKind::Set => self.set(task, frame, &input).await,
            TaskKind::Switch => self.switch(task, frame, input).await,
            TaskKind::For => self.for_each(task, frame, input).await,
            TaskKind::Raise => self.raise(task, frame, &input).await,
            TaskKind::Try => self.try_catch(task, frame, input).await,
            TaskKind::Wait => self.wait(task, frame, input).await,
            TaskKind::Run(RunKind::Workflow) => self.run_flow(task, frame, input).await,
            TaskKind::Call(CallKind::Http) => self.call_http(task, frame, input).await,
            other => {
                let text = format!("this build cannot execute `{}` tasks", other.label());
                Err(TaskError::standard(Kind::Runtime, text, &frame.place.pointer).into())
            }
        }
    }

    /// The output is exactly what is written: it replaces the input, nothing is merged.
    async fn set(&mut self, task: &TaskRef<'_>, frame: &Frame<'_>, input: &Data) -> Result<Body, Stop> {
        let template = task.value.get("set").unwrap_or(&Value::Null);
        let filled = self.fill(frame, template, input).await?.into_owned();
        Ok(Body::plain(Data::from(filled)))
    }

    /// The first case whose condition holds, else the one without; when there is neither, the task's own `then`.
    async fn switch(&mut self, task: &TaskRef<'_>, frame: &Frame<'_>, input: Data) -> Result<Body, Stop> {
        let mut otherwise = None;
        for case in cases(task) {
            let holds = match case.when {
                None => {
                    otherwise = otherwise.or(Some(case.then));
                    false
                }
                Some(condition) => self.holds(frame, expression::field(condition), &input).await?,
            };
            if holds {
                return Ok(Body { output: input, then: Next::Given(directive(case.then)) });
            }
        }
        let then = otherwise.map_or(Next::Own, |flow| Next::Given(directive(flow)));
        Ok(Body { output: input, then })
    }
}
