//! One file per kind of task.
mod call_function;
mod call_http;
mod catch;
mod connection;
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
use super::{Run, Stop, Waiting};
use crate::definition::expression;
use crate::definition::tasks::{CallKind, RunKind, TaskKind, TaskRef, cases};
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// What the task itself does, between its `input` and its `output`.
    pub(super) fn body<'f>(&'f mut self, task: &'f TaskRef<'_>, frame: &'f mut Frame<'_>, input: Data) -> Waiting<'f, Body> {
        match task.kind {
            TaskKind::Do => Box::pin(async move {
                let place = frame.place.child("do");
                self.list(&place, task.value.get("do"), input, &frame.scope).await.map(Body::of_list)
            }),
            TaskKind::Set => Box::pin(self.set(task, frame, input)),
            TaskKind::Switch => Box::pin(self.switch(task, frame, input)),
            TaskKind::For => Box::pin(self.for_each(task, frame, input)),
            TaskKind::Raise => Box::pin(self.raise(task, frame, input)),
            TaskKind::Try => Box::pin(self.try_catch(task, frame, input)),
            TaskKind::Wait => Box::pin(self.wait(task, frame, input)),
            TaskKind::Run(RunKind::Workflow) => Box::pin(self.run_flow(task, frame, input)),
            TaskKind::Call(CallKind::Http) => Box::pin(self.call_http(task, frame, input)),
            TaskKind::Call(CallKind::Function) => Box::pin(self.call_function(task, frame, input)),
            other => {
                let text = format!("this build cannot execute `{}` tasks", other.label());
                let error = TaskError::standard(Kind::Runtime, text, &frame.place.pointer);
                Box::pin(std::future::ready(Err(error.into())))
            }
        }
    }

    /// The output is exactly what is written: it replaces the input, nothing is merged.
    async fn set(&mut self, task: &TaskRef<'_>, frame: &Frame<'_>, input: Data) -> Result<Body, Stop> {
        let template = task.value.get("set").unwrap_or(&Value::Null);
        let filled = self.fill(frame, template, &input).await?.into_owned();
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
