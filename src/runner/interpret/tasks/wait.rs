//! `wait`, and every other way of letting time pass.
use serde_json::Value;

use crate::definition::tasks::TaskRef;
use crate::domain::clock::Micros;
use crate::runner::durable::{Data, DurableCtx, StepKey};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::scope::Scope;
use crate::runner::interpret::task::Body;
use crate::runner::interpret::{Run, Stop};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Waits until the recorded entry plus the duration, so that a crash in between does not lengthen it.
    pub(super) async fn wait(&mut self, task: &TaskRef<'_>, frame: &Frame<'_>, input: Data) -> Result<Body, Stop> {
        let length = self.duration(frame, task.value.get("wait").unwrap_or(&Value::Null), &input).await?;
        self.sleep(&frame.place.step_key(), frame.at.plus(length), &frame.scope).await?;
        Ok(Body::plain(input))
    }

    /// Sleeps until `at`, or until the first deadline of an enclosing scope, which is then a fault.
    pub(super) async fn sleep(&mut self, key: &StepKey, at: Micros, scope: &Scope) -> Result<(), Stop> {
        match scope.next_deadline().filter(|deadline| deadline.at < at) {
            None => Ok(self.ctx.sleep_until(key, at).await?),
            Some(deadline) => {
                self.ctx.sleep_until(key, deadline.at).await?;
                Err(deadline.passed().into())
            }
        }
    }
}
