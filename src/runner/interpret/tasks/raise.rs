//! `raise`: an error on purpose.
use serde_json::Value;

use crate::definition::tasks::TaskRef;
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::task::Body;
use crate::runner::interpret::{Run, Stop};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Raises the error written here or named in `use.errors`, with exactly its fields; `instance` is always set by the
    /// runtime, as the specification demands.
    pub(super) async fn raise(&mut self, task: &TaskRef<'_>, frame: &Frame<'_>, input: Data) -> Result<Body, Stop> {
        let pointer = &frame.place.pointer;
        let unusable = |text: &str| TaskError::standard(Kind::Configuration, text, pointer);
        let written = task.value.pointer("/raise/error").ok_or_else(|| unusable("`raise` needs an `error`"))?;
        let error = self.named(frame, "errors", written)?;
        let error = self.fill(frame, error, &input).await?.into_owned();
        let text = |key: &str| match error.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        let kind = text("type").ok_or_else(|| unusable("the error has no type: give a URI"))?;
        let status = error.get("status").and_then(status).ok_or_else(|| unusable("the error's status is not a number from 100 to 599"))?;
        Err(TaskError { kind, status, title: text("title"), detail: text("detail"), instance: Some(pointer.clone()), deadline: None }
            .into())
    }
}

fn status(value: &Value) -> Option<u16> {
    let number = match value {
        Value::Number(number) => number.as_f64().filter(|number| number.fract() == 0.0)?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (100.0..=599.0).contains(&number).then_some(number as u16)
}
