//! `call: NAME`: functions of the definition, scripts of the workspace, and the console's own catalog.
use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::component::resolve::{CachePlace, Function};
use crate::definition::components::Callee;
use crate::definition::expression;
use crate::definition::pointer::join;
use crate::definition::tasks::{TaskKind, TaskRef};
use crate::domain::component::LONGEST_EXPIRY;
use crate::runner::caches::Caches;
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::scope::Place;
use crate::runner::interpret::task::Body;
use crate::runner::interpret::{Run, Stop};

/// How deep functions may call functions.
const DEEPEST: u32 = 16;
/// Bytes a cached value may have.
const LARGEST: usize = 256 * 1024;
/// Bytes a cache's key may have.
const LONGEST_KEY: usize = 512;

/// A component that this run knows nothing of: there is no workspace around it.
pub(super) fn unknown(kind: &str, name: &str, pointer: &str) -> Stop {
    let text =
        format!("the {kind} “{name}” is not known here: components live in a workspace. Run the flow on a Signalbox server that has it.");
    TaskError::standard(Kind::Configuration, text, pointer).into()
}

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Evaluates the arguments, which are the function's input; its output is the task's.
    pub(super) async fn call_function(&mut self, task: &TaskRef<'_>, frame: &mut Frame<'_>, input: Data) -> Result<Body, Stop> {
        let pointer = frame.place.pointer.clone();
        let wrong = |text: String| TaskError::standard(Kind::Configuration, text, &pointer);
        let name = task.value.get("call").and_then(Value::as_str).unwrap_or_default();
        let arguments = match task.value.get("with") {
            None => json!({}),
            Some(template) => self.fill(frame, template, &input).await?.into_owned(),
        };
        let facts = self.facts;
        match Callee::of(name) {
            Callee::Own(name) => {
                let definition = self.definition;
                let function = definition.get("use").and_then(|parts| parts.get("functions")).and_then(|all| all.get(name));
                let function = function.ok_or_else(|| wrong(format!("\"{name}\" is not defined under use.functions")))?;
                let place = join("/use/functions", name);
                self.function_task(name, function, Some(place), frame, Data::from(arguments)).await
            }
            Callee::Script(name, version) => match facts.components.scripts.get(&(name.to_owned(), version)) {
                None => Err(unknown("function", name, &pointer)),
                Some(Err(why)) => Err(wrong(why.clone()).into()),
                Some(Ok(Function::Expression(text))) => {
                    let value = self.evaluate(frame, expression::field(text), &arguments).await?;
                    Ok(Body::plain(Data::from(value)))
                }
                Some(Ok(Function::Task(function))) => self.function_task(name, function, None, frame, Data::from(arguments)).await,
            },
            Callee::BuiltIn("lookup") => self.look_up(frame, &arguments),
            Callee::BuiltIn(function) => self.use_cache(function, frame, &arguments, &input).await,
            Callee::Elsewhere => {
                let text = format!("this build cannot call {name}: functions come from use.functions and from the catalog “default”");
                Err(TaskError::standard(Kind::Runtime, text, &pointer).into())
            }
        }
    }

    /// A function that is a task: it sees its arguments and nothing of the loops around the call.
    async fn function_task(
        &mut self,
        name: &str,
        value: &Value,
        pointer: Option<String>,
        frame: &Frame<'_>,
        arguments: Data,
    ) -> Result<Body, Stop> {
        let scope = frame.scope.inside_function();
        if scope.functions > DEEPEST {
            let text = format!("functions call functions more than {DEEPEST} deep; look for a circle");
            return Err(TaskError::standard(Kind::Runtime, text, &frame.place.pointer).into());
        }
        let here = frame.place.child(name);
        let place = Place { pointer: pointer.unwrap_or_else(|| here.pointer.clone()), ..here };
        let task = TaskRef { index: 0, name, pointer: place.pointer.clone(), kind: TaskKind::of(value), value };
        let done = self.task(&task, place, arguments, &scope).await?;
        Ok(Body::plain(done.output))
    }

    fn look_up(&self, frame: &Frame<'_>, arguments: &Value) -> Result<Body, Stop> {
        let pointer = &frame.place.pointer;
        let wrong = |text: String| TaskError::standard(Kind::Configuration, text, pointer);
        let name = arguments.get("lookup").and_then(Value::as_str).unwrap_or_default();
        let table = match self.facts.components.lookups.get(name) {
            None => return Err(unknown("lookup", name, pointer)),
            Some(Err(why)) => return Err(wrong(why.clone()).into()),
            Some(Ok(table)) => table,
        };
        let key = key_of(arguments).map_err(&wrong)?;
        let column = match arguments.get("column") {
            None | Some(Value::Null) => None,
            Some(Value::String(column)) => Some(column.as_str()),
            Some(_) => return Err(wrong("`column` must be the name of a column".into()).into()),
        };
        let found = table.find(&key, column).map_err(|why| wrong(format!("the lookup “{name}”: {why}")))?;
        Ok(Body::plain(Data::from(found)))
    }

    /// `cache-get`, `cache-put`, `cache-delete`: effects, so a resumed run sees what it saw before.
    async fn use_cache(&mut self, function: &str, frame: &Frame<'_>, arguments: &Value, input: &Value) -> Result<Body, Stop> {
        let pointer = frame.place.pointer.clone();
        let wrong = |text: String| TaskError::standard(Kind::Configuration, text, &pointer);
        let facts = self.facts;
        let name = arguments.get("cache").and_then(Value::as_str).unwrap_or_default();
        let place = match facts.components.caches.get(name) {
            None => return Err(unknown("cache", name, &pointer)),
            Some(Err(why)) => return Err(wrong(why.clone()).into()),
            Some(Ok(place)) => place.clone(),
        };
        let Some(caches) = facts.caches.clone() else { return Err(unknown("cache", name, &pointer)) };
        let key = key_of(arguments).map_err(&wrong)?;
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(wrong(format!("a cache's key has 1 to {LONGEST_KEY} bytes")).into());
        }
        let ask = match function {
            "cache-get" => Ask::Get,
            "cache-put" => {
                let value = arguments.get("value").cloned().unwrap_or(Value::Null);
                self.put_of(frame, arguments, input, value, place.expiry_seconds).await?
            }
            _ => Ask::Delete,
        };
        let effect = move |_| async move {
            let answer = perform(&caches, &place, &key, &ask).await;
            answer.map(Data::from).map_err(|text| TaskError::standard(Kind::Runtime, text, &pointer))
        };
        Ok(Body::plain(self.ctx.attempt(&frame.place.step_key(), effect).await??))
    }

    async fn put_of(&mut self, frame: &Frame<'_>, arguments: &Value, input: &Value, value: Value, usual: i64) -> Result<Ask, Stop> {
        let pointer = &frame.place.pointer;
        let wrong = |text: String| TaskError::standard(Kind::Configuration, text, pointer);
        let text = value.to_string();
        if text.len() > LARGEST {
            return Err(wrong(format!("a cached value has at most {} KiB", LARGEST / 1024)).into());
        }
        // Caches are shared by runs and not encrypted.
        if self.facts.components.redactor.finds(&text) {
            return Err(wrong("the value carries a secret, and caches keep none: leave it out of what is cached".into()).into());
        }
        let seconds = match arguments.get("ttl") {
            None | Some(Value::Null) => usual,
            Some(written) => (self.duration(frame, written, input).await? / 1_000_000).max(1),
        };
        if seconds > LONGEST_EXPIRY {
            return Err(wrong("a cached value stays at most 30 days: give a shorter `ttl`".into()).into());
        }
        Ok(Ask::Put(value, seconds))
    }
}

enum Ask {
    Get,
    Put(Value, i64),
    Delete,
}

async fn perform(caches: &Arc<dyn Caches>, place: &CachePlace, key: &str, ask: &Ask) -> Result<Value, String> {
    match ask {
        Ask::Get => Ok(caches.get(place, key).await?.unwrap_or(Value::Null)),
        Ask::Put(value, seconds) => caches.put(place, key, value, *seconds).await.map(|()| value.clone()),
        Ask::Delete => caches.delete(place, key).await.map(Value::Bool),
    }
}

/// Keys are texts; numbers and booleans are written as such.
fn key_of(arguments: &Value) -> Result<String, String> {
    match arguments.get("key") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        _ => Err("`key` must be a text, a number or a boolean".to_owned()),
    }
}
