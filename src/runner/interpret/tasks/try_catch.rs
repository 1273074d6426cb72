//! `try` and `catch`.
use serde_json::Value;

use super::catch::passes;
use crate::definition::tasks::{Flow, TaskRef};
use crate::runner::durable::{Data, DurableCtx, StepKey};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::list::Ending;
use crate::runner::interpret::scope::Deadline;
use crate::runner::interpret::task::{Body, Next, directive};
use crate::runner::interpret::{Run, Stop};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Does the tasks of `try`; an error that `catch` accepts is retried as its policy says, then handled.
    ///
    /// Decisions where the specification is silent: `catch.do` comes after the last retry. An error whose retries are used
    /// up is handled by `catch.do` or `catch.then` when there is one, and raised again when there is neither. An error
    /// that is caught without retry and without `do` is swallowed, and the output is the input of the `try`.
    pub(super) async fn try_catch(&mut self, task: &TaskRef<'_>, frame: &mut Frame<'_>, input: Data) -> Result<Body, Stop> {
        let catch = task.value.get("catch").unwrap_or(&Value::Null);
        let policy = match catch.get("retry") {
            Some(written) => Some(self.named(frame, "retries", written)?),
            None => None,
        };
        let name = catch.get("as").and_then(Value::as_str).unwrap_or("error");
        let outer = frame.scope.clone();
        let mut n: u32 = 1;
        let error = loop {
            frame.scope = outer.clone();
            let error = match self.try_once(task, frame, &input, policy, n).await {
                Ok(done) => return Ok(Body::of_list(done)),
                // The time of a scope further out is over: nothing in here may catch that.
                Err(Stop::Fault(error)) if error.deadline.is_some() => return Err(error.into()),
                Err(Stop::Fault(error)) => error,
                Err(interrupted) => return Err(interrupted),
            };
            frame.scope = outer.with(name, Data::from(error.to_value()));
            if !passes(catch.pointer("/errors/with"), &error) || !self.accepts(frame, catch, &input).await? {
                return Err(error.into());
            }
            let Some(policy) = policy else { break error };
            let Some(delay) = self.retry_delay(frame, policy, n, &input).await? else { break error };
            n += 1;
            if delay > 0 {
                let key = StepKey::from(format!("{}~{n}", frame.place.key));
                let until = self.ctx.now().plus(delay);
                self.sleep(&key, until, &outer).await?;
            }
        };
        let handler = catch.get("do");
        let onward = catch.get("then");
        if policy.is_some() && handler.is_none() && onward.is_none() {
            return Err(error.into());
        }
        let place = frame.place.child("catch").child("do");
        let (output, ending) = self.list(&place, handler, input, &frame.scope).await?;
        frame.scope = outer;
        if ending == Ending::Run {
            return Ok(Body::of_list((output, ending)));
        }
        let then = if onward.is_some() { Next::Given(directive(Flow::then(catch))) } else { Next::Own };
        Ok(Body { output, then })
    }

    /// One try; its own time limit (`limit.attempt.duration`) makes a timeout that the `catch` beside it may catch.
    async fn try_once(
        &mut self,
        task: &TaskRef<'_>,
        frame: &mut Frame<'_>,
        input: &Data,
        policy: Option<&Value>,
        n: u32,
    ) -> Result<(Data, Ending), Stop> {
        let place = frame.place.child("try").attempt(n);
        let mut scope = frame.scope.clone();
        scope.attempt = n;
        if let Some(written) = policy.and_then(|policy| policy.pointer("/limit/attempt/duration")) {
            let length = self.duration(frame, written, input).await?;
            let at = self.ctx.now().plus(length);
            scope = scope.until(Deadline { at, owner: place.step_key(), pointer: frame.place.pointer.clone() });
        }
        match self.list(&place, task.value.get("try"), input.clone(), &scope).await {
            Err(Stop::Fault(error)) if error.deadline.as_ref().is_some_and(|owner| owner.as_str() == place.key) => {
                Err(TaskError::standard(Kind::Timeout, "this try took longer than its limit allows", &frame.place.pointer).into())
            }
            other => other,
        }
    }
}
