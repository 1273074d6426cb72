//! Data flow: where expressions see what, and what they come to.
use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::scope::{Place, Scope};
use super::{Run, Stop, Waiting};
use crate::definition::components;
use crate::definition::duration::{self, DurationSpec};
use crate::definition::expression;
use crate::definition::tasks::TaskRef;
use crate::domain::clock::Micros;
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};

/// Where an expression stands: what it may see is what is set here (the specification's table of arguments).
pub(super) struct Frame<'t> {
    pub task: Option<&'t TaskRef<'t>>,
    pub place: Place,
    pub scope: Scope,
    /// The recorded instant of entry: jq's `now`, and what deadlines count from.
    pub at: Micros,
    pub raw_input: Data,
    pub input: Option<Data>,
    pub raw_output: Option<Data>,
    pub output: Option<Data>,
    pub authorization: Option<Data>,
    context: bool,
}

impl<'t> Frame<'t> {
    /// The workflow's own expressions, under `pointer`; before its first task they see no context yet.
    pub fn workflow(at: Micros, scope: Scope, pointer: &str) -> Frame<'t> {
        Frame {
            task: None,
            place: Place { pointer: pointer.to_owned(), ..Place::default() },
            scope,
            at,
            raw_input: Data::from(Value::Null),
            input: None,
            raw_output: None,
            output: None,
            authorization: None,
            context: false,
        }
    }

    /// The workflow's `output.as`, which sees the context.
    pub fn at_end(mut self) -> Frame<'t> {
        self.context = true;
        self
    }

    /// The expressions of one task.
    pub fn task(task: &'t TaskRef<'t>, place: Place, scope: Scope, at: Micros, raw_input: Data) -> Frame<'t> {
        Frame { task: Some(task), place, raw_input, context: true, ..Frame::workflow(at, scope, "") }
    }

    fn names(&self) -> Vec<&str> {
        let given = [
            ("context", self.context),
            ("input", self.input.is_some()),
            ("output", self.output.is_some()),
            ("secrets", true),
            ("environment", true),
            ("authorization", self.authorization.is_some()),
            ("task", self.task.is_some()),
            ("workflow", true),
            ("runtime", true),
        ];
        let standard = given.iter().filter(|(_, there)| *there).map(|(name, _)| *name);
        standard.chain(self.scope.variables.iter().map(|(name, _)| name.as_ref())).collect()
    }
}

/// Refuses data that is larger than a run may hold.
pub(super) fn bounded(data: &Value, limit: usize, pointer: &str) -> Result<(), TaskError> {
    fn take(value: &Value, left: &mut usize) -> bool {
        let own = match value {
            Value::Null | Value::Bool(_) => 4,
            Value::Number(_) => 8,
            Value::String(text) => text.len() + 2,
            Value::Array(items) => items.len() + 2,
            Value::Object(map) => map.keys().map(|key| key.len() + 4).sum::<usize>() + 2,
        };
        let Some(rest) = left.checked_sub(own) else { return false };
        *left = rest;
        match value {
            Value::Array(items) => items.iter().all(|item| take(item, left)),
            Value::Object(map) => map.values().all(|item| take(item, left)),
            _ => true,
        }
    }
    let mut left = limit;
    if take(data, &mut left) {
        return Ok(());
    }
    let text = format!("the data is larger than {} KiB: keep large content where it is and pass its address on", limit / 1024);
    Err(TaskError::standard(Kind::Runtime, text, pointer))
}

fn instant(at: Micros) -> Value {
    json!({"iso8601": at.rfc3339(), "epoch": {"seconds": at.0.div_euclid(1_000_000), "milliseconds": at.0.div_euclid(1_000)}})
}

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Evaluates the text inside `${ }`, or a bare one. Boxed: tasks nest, and what is awaited in place adds up on the stack.
    pub(super) fn evaluate<'f>(&'f mut self, frame: &'f Frame<'_>, text: &'f str, on: &'f Value) -> Waiting<'f, Value> {
        Box::pin(async move {
            let fault =
                |message: String| TaskError::standard(Kind::Expression, format!("{}: {message}", short(text)), &frame.place.pointer);
            let names = frame.names();
            let compiled = expression::compile(text, &names).map_err(|error| fault(error.message))?;
            let mut values = Vec::new();
            for name in compiled.variables() {
                if name == "environment" {
                    self.variables_there(frame, text)?;
                }
                values.push((name.as_str(), self.variable(frame, name)?));
            }
            let bound: Vec<(&str, &Value)> = values.iter().map(|(name, value)| (*name, &**value)).collect();
            let world = self.world;
            let value =
                world.expressions.evaluate(&compiled, &names, on, &bound, frame.at.0).await.map_err(|error| fault(error.message))?;
            bounded(&value, self.world.ceilings.payload, &frame.place.pointer)?;
            Ok(value)
        })
    }

    fn variable(&mut self, frame: &Frame<'_>, name: &str) -> Result<Data, Stop> {
        if let Some((_, value)) = frame.scope.variables.iter().rev().find(|(known, _)| known.as_ref() == name) {
            return Ok(value.clone());
        }
        let found = match name {
            "context" => Some(self.context.clone()),
            "input" => frame.input.clone(),
            "output" => frame.output.clone(),
            "authorization" => frame.authorization.clone(),
            "runtime" => Some(self.runtime.clone()),
            "workflow" => Some(self.describe_workflow()),
            "task" => frame.task.map(|task| describe_task(frame, task)),
            "secrets" => Some(self.secrets(frame)?),
            "environment" => Some(self.environment.clone()),
            _ => None,
        };
        found.ok_or_else(|| TaskError::standard(Kind::Expression, format!("${name} is not known here"), &frame.place.pointer).into())
    }

    /// Refuses an expression over a variable whose replacement is missing: it would read as null.
    fn variables_there(&self, frame: &Frame<'_>, text: &str) -> Result<(), Stop> {
        let missing = &self.facts.components.missing_variables;
        let named = components::mentioned(text, "$environment.variables");
        match named.into_iter().find_map(|name| missing.get(name)) {
            Some(why) => Err(TaskError::standard(Kind::Configuration, why.clone(), &frame.place.pointer).into()),
            None => Ok(()),
        }
    }

    fn describe_workflow(&mut self) -> Data {
        let (facts, definition, input) = (self.facts, self.definition, &self.input);
        let describe =
            || Data::from(json!({"id": facts.id, "definition": definition, "input": **input, "startedAt": instant(facts.started_at)}));
        self.workflow.get_or_insert_with(describe).clone()
    }

    /// The secrets that the definition names; one that is not there is an authorization error, as the specification wants.
    pub(super) fn secrets(&self, frame: &Frame<'_>) -> Result<Data, Stop> {
        let named = self.definition.pointer("/use/secrets").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut shown = Map::new();
        for name in named.iter().filter_map(Value::as_str) {
            let missing = || format!("the secret \"{name}\" does not exist here, or this flow may not read it");
            let value = match (self.facts.secrets.get(name), self.facts.components.secrets.get(name)) {
                (Some(value), _) | (None, Some(Ok(value))) => Ok(value.clone()),
                (None, Some(Err(why))) => Err(why.clone()),
                (None, None) => Err(missing()),
            };
            let value = value.map_err(|text| TaskError::standard(Kind::Authorization, text, &frame.place.pointer))?;
            shown.insert(name.to_owned(), value);
        }
        Ok(Data::from(Value::Object(shown)))
    }

    /// Whether a condition holds: everything but `false` and `null` does, as in jq's own `if`.
    pub(super) async fn holds(&mut self, frame: &Frame<'_>, condition: &str, on: &Value) -> Result<bool, Stop> {
        let value = self.evaluate(frame, expression::field(condition), on).await?;
        Ok(!matches!(value, Value::Null | Value::Bool(false)))
    }

    /// Fills a template of data: only what is wholly wrapped in `${ }` is an expression (DEFINITION §1, trap 2).
    pub(super) async fn fill<'v>(&mut self, frame: &Frame<'_>, template: &'v Value, on: &Value) -> Result<Cow<'v, Value>, Stop> {
        let found = expression::expressions_in(template);
        if found.is_empty() {
            return Ok(Cow::Borrowed(template));
        }
        let mut values = Vec::with_capacity(found.len());
        for (_, text) in &found {
            values.push(self.evaluate(frame, text, on).await?);
        }
        Ok(Cow::Owned(expression::fill(template, values)))
    }

    /// `input.from`, `output.as`, `export.as`: an expression, bare or wrapped, or a template. Absent: the data itself.
    pub(super) async fn reshape(&mut self, frame: &Frame<'_>, holder: Option<&Value>, key: &str, data: &Data) -> Result<Data, Stop> {
        match holder.and_then(|holder| holder.get(key)) {
            None => Ok(data.clone()),
            Some(Value::String(text)) => Ok(self.evaluate(frame, expression::field(text), data).await?.into()),
            Some(template) => Ok(self.fill(frame, template, data).await?.into_owned().into()),
        }
    }

    /// A duration in microseconds.
    pub(super) async fn duration(&mut self, frame: &Frame<'_>, written: &Value, on: &Value) -> Result<i64, Stop> {
        let fault = |message: String| TaskError::standard(Kind::Configuration, message, &frame.place.pointer);
        let filled = self.fill(frame, written, on).await?;
        match duration::parse(&filled).map_err(fault)? {
            DurationSpec::Fixed(length) => Ok(i64::try_from(length.as_micros()).unwrap_or(i64::MAX)),
            // A value that was computed is data, whatever it looks like: it is never evaluated again.
            DurationSpec::Expression(text) => Err(fault(format!("{} is not a duration", short(text))).into()),
        }
    }

    /// The timeout of a task or of the workflow, in microseconds: inline, or the name of one in `use.timeouts`.
    pub(super) async fn timeout_of(&mut self, frame: &Frame<'_>, holder: &Value, on: &Value) -> Result<Option<i64>, Stop> {
        let Some(written) = holder.get("timeout") else { return Ok(None) };
        let timeout = self.named(frame, "timeouts", written)?;
        match timeout.get("after") {
            Some(after) => self.duration(frame, after, on).await.map(Some),
            None => Err(TaskError::standard(Kind::Configuration, "a timeout needs `after`: a duration", &frame.place.pointer).into()),
        }
    }

    /// The component of `use` that a text names; anything else stands for itself.
    pub(super) fn named<'v>(&self, frame: &Frame<'_>, group: &str, written: &'v Value) -> Result<&'v Value, Stop>
    where
        'r: 'v,
    {
        let Value::String(name) = written else { return Ok(written) };
        let found = self.definition.get("use").and_then(|parts| parts.get(group)).and_then(|parts| parts.get(name));
        found.ok_or_else(|| {
            let text = format!("\"{name}\" is not defined under use.{group}");
            TaskError::standard(Kind::Configuration, text, &frame.place.pointer).into()
        })
    }
}

fn describe_task(frame: &Frame<'_>, task: &TaskRef<'_>) -> Data {
    let mut described = json!({
        "name": task.name,
        "reference": task.pointer,
        "definition": task.value,
        "input": *frame.raw_input,
        "startedAt": instant(frame.at),
    });
    if let (Some(output), Some(map)) = (&frame.raw_output, described.as_object_mut()) {
        map.insert("output".into(), (**output).clone());
    }
    Data::from(described)
}

/// An expression as messages quote it.
fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}
