//! `for`: a list of tasks once per item.
use serde_json::Value;

use crate::definition::expression;
use crate::definition::tasks::TaskRef;
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::list::Ending;
use crate::runner::interpret::task::Body;
use crate::runner::interpret::{Run, Stop};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// The output of one round is the input of the next, and that of the last one the task's; no rounds: the input.
    /// `then: exit` inside leaves the list it stands in, so it ends the round; `while` ends the loop.
    pub(super) async fn for_each(&mut self, task: &TaskRef<'_>, frame: &mut Frame<'_>, input: Data) -> Result<Body, Stop> {
        let settings = task.value.get("for").unwrap_or(&Value::Null);
        let items = self.items(frame, settings.get("in"), &input).await?;
        let ceiling = self.world.ceilings.rounds;
        if items.len() as u64 > ceiling {
            let text = format!("{} items, and one loop may go round {ceiling} times: split the list", items.len());
            return Err(TaskError::standard(Kind::Runtime, text, &frame.place.pointer).into());
        }
        let name = |key: &str, default: &'static str| settings.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
        let (each, at) = (name("each", "item"), name("at", "index"));
        let condition = task.value.get("while").and_then(Value::as_str).map(expression::field);
        let list = frame.place.child("do");
        let outer = frame.scope.clone();

        let mut data = input;
        for (round, item) in items.into_iter().enumerate() {
            let mut scope = outer.with(&each, Data::from(item)).with(&at, Data::from(Value::from(round)));
            scope.iteration = Some(round as u64);
            if let Some(condition) = condition {
                frame.scope = scope.clone();
                if !self.holds(frame, condition, &data).await? {
                    break;
                }
            }
            let place = list.round(round as u64);
            let (output, ending) = self.list(&place, task.value.get("do"), data, &scope).await?;
            if ending == Ending::Run {
                frame.scope = outer;
                return Ok(Body::of_list((output, ending)));
            }
            data = output;
        }
        // `output` and `export` stand outside the loop: they see neither item nor index.
        frame.scope = outer;
        Ok(Body::plain(data))
    }

    /// What to go through: an expression that gives an array, or an array written here.
    async fn items(&mut self, frame: &Frame<'_>, written: Option<&Value>, input: &Data) -> Result<Vec<Value>, Stop> {
        let value = match written {
            Some(Value::String(text)) => self.evaluate(frame, expression::field(text), input).await?,
            Some(template) => self.fill(frame, template, input).await?.into_owned(),
            None => Value::Null,
        };
        match value {
            Value::Array(items) => Ok(items),
            other => {
                let text = format!("for.in must give an array, and gave {}", kind_of(&other));
                Err(TaskError::standard(Kind::Expression, text, &frame.place.pointer).into())
            }
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
