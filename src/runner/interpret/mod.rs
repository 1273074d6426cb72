//! Executes one definition over a durable context, exactly as the Open Workflow Specification says (DEFINITION §1).
//!
//! [`execute`] walks the definition's own value. Every task is entered and left through the context; nothing else has an
//! effect. Where the specification leaves a hole, the decision stands beside the code that takes it, and a test in
//! `tests/it/interpreter` pins it.
mod data;
mod list;
mod schema;
mod scope;
mod task;
mod tasks;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::data::Frame;
use self::scope::{Deadline, Place, Scope};
use super::caches::Caches;
use super::durable::{Data, DurableCtx, Interrupted, StepKey};
use super::expressions::Evaluator;
use super::fault::{Kind, TaskError};
use super::http::Caller;
use crate::app::component::resolve::Resolved;
use crate::definition::Definition;
use crate::domain::clock::Micros;

/// What an interpreter needs besides its context; shared by all runs.
#[derive(Clone)]
pub struct World {
    /// Makes outbound calls, behind the egress guard.
    pub http: Arc<Caller>,
    /// Evaluates expressions, heavy ones in a process of their own.
    pub expressions: Arc<Evaluator>,
    /// What one run may use up.
    pub ceilings: Ceilings,
}

/// What one run may use up (DEFINITION §1, trap 7: the format itself sets no limits).
#[derive(Clone, Copy, Debug)]
pub struct Ceilings {
    /// Rounds of one `for`.
    pub rounds: u64,
    /// Tasks entered by one run.
    pub tasks: u64,
    /// Jumps by `then` to a named task, per run.
    pub jumps: u64,
    /// Retries of one `try` that sets no limit.
    pub retries: u32,
    /// Bytes of one output or of `$context`, as JSON text.
    pub payload: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Ceilings { rounds: 100_000, tasks: 1_000_000, jumps: 100_000, retries: 1_000, payload: 4 * 1024 * 1024 }
    }
}

/// What is known about a run before its first step.
#[derive(Clone, Default)]
pub struct RunFacts {
    /// The run's id: `$workflow.id`, and the first half of every idempotency key.
    pub id: String,
    /// When it started; the workflow's timeout counts from it.
    pub started_at: Micros,
    /// The environment's variables by name: `$environment.variables`, and `$runtime.metadata.variables`, the place the
    /// specification leaves for what is the runtime's own.
    pub variables: Map<String, Value>,
    /// The secrets the run may read, by name; only those named in `use.secrets` are shown to it.
    pub secrets: Map<String, Value>,
    /// The components that the definition names, as its environment has them.
    pub components: Arc<Resolved>,
    /// What keeps cached values.
    pub caches: Option<Arc<dyn Caches>>,
}

impl std::fmt::Debug for RunFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunFacts")
            .field("id", &self.id)
            .field("started_at", &self.started_at)
            .field("secrets", &"***")
            .finish_non_exhaustive()
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Finished {
    /// With this output.
    Completed(Data),
    /// With this error.
    Faulted(TaskError),
}

/// Why the interpreter leaves a task early.
#[derive(Debug)]
pub(super) enum Stop {
    Fault(TaskError),
    Interrupted(Interrupted),
}

impl From<TaskError> for Stop {
    fn from(error: TaskError) -> Self {
        Stop::Fault(error)
    }
}

impl From<Interrupted> for Stop {
    fn from(why: Interrupted) -> Self {
        Stop::Interrupted(why)
    }
}

/// A boxed step of the interpreter.
pub(super) type Waiting<'f, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'f>>;

/// One run under way.
struct Run<'r, C> {
    ctx: &'r mut C,
    world: &'r World,
    definition: &'r Value,
    facts: &'r RunFacts,
    /// The run's raw input.
    input: Data,
    /// `$context`: an empty object at first (DEFINITION §1, trap 4).
    context: Data,
    entered: u64,
    jumps: u64,
    /// `$workflow`, made when first asked for: it holds the whole definition.
    workflow: Option<Data>,
    runtime: Data,
    environment: Data,
    schemas: HashMap<String, Arc<jsonschema::Validator>>,
}

/// Executes `definition` from its beginning, or (when `ctx` replays a journal) from where it stopped.
///
/// # Errors
/// [`Interrupted`] when the context says so; the run goes on when it is executed again over the same journal.
pub async fn execute<C: DurableCtx>(
    definition: &Definition,
    facts: &RunFacts,
    input: Value,
    ctx: &mut C,
    world: &World,
) -> Result<Finished, Interrupted> {
    let variables = Value::Object(facts.variables.clone());
    let runtime = json!({"name": "Signalbox", "version": env!("CARGO_PKG_VERSION"), "metadata": {"variables": variables}});
    let environment = match &facts.components.environment {
        Value::Null => json!({"name": null, "slug": null, "kind": null, "variables": facts.variables}),
        known => known.clone(),
    };
    let mut run = Run {
        ctx,
        world,
        definition: definition.value(),
        facts,
        input: Data::from(input),
        context: Data::from(json!({})),
        entered: 0,
        jumps: 0,
        workflow: None,
        runtime: Data::from(runtime),
        environment: Data::from(environment),
        schemas: HashMap::new(),
    };
    match run.whole().await {
        Ok(output) => Ok(Finished::Completed(output)),
        Err(Stop::Fault(error)) if error.deadline.is_some() => {
            Ok(Finished::Faulted(TaskError::standard(Kind::Timeout, "the run took longer than its timeout allows", "/timeout")))
        }
        Err(Stop::Fault(error)) => Ok(Finished::Faulted(error)),
        Err(Stop::Interrupted(why)) => Err(why),
    }
}

impl<'r, C: DurableCtx> Run<'r, C> {
    async fn whole(&mut self) -> Result<Data, Stop> {
        let definition = self.definition;
        self.executable()?;
        let start = self.facts.started_at;
        let frame = Frame::workflow(start, Scope::new(), "/input");
        let raw = self.input.clone();
        self.check_schema(&frame, definition.get("input"), "/input", &raw)?;
        let input = self.reshape(&frame, definition.get("input"), "from", &raw).await?;

        let mut scope = Scope::new();
        let frame = Frame::workflow(start, Scope::new(), "/timeout");
        if let Some(allowed) = self.timeout_of(&frame, definition, &raw).await? {
            scope = scope.until(Deadline { at: start.plus(allowed), owner: StepKey::from(String::new()), pointer: "/timeout".to_owned() });
        }
        let (output, _) = self.list(&Place::default().child("do"), definition.get("do"), input, &scope).await?;

        let frame = Frame::workflow(self.ctx.now(), Scope::new(), "/output").at_end();
        let output = self.reshape(&frame, definition.get("output"), "as", &output).await?;
        self.check_schema(&frame, definition.get("output"), "/output", &output)?;
        Ok(output)
    }

    /// What would change the meaning of the whole flow if it were passed over in silence.
    fn executable(&self) -> Result<(), Stop> {
        let refuse = |what: &str, pointer: &str| {
            Err(TaskError::standard(Kind::Runtime, format!("this build cannot execute {what}"), pointer).into())
        };
        let at = |pointer: &str| self.definition.pointer(pointer);
        if at("/use/extensions").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
            return refuse("extensions", "/use/extensions");
        }
        match at("/evaluate/language").and_then(Value::as_str) {
            None | Some("jq") => {}
            Some(_) => return refuse("expressions in another language than jq", "/evaluate/language"),
        }
        match at("/evaluate/mode").and_then(Value::as_str) {
            None | Some("strict") => Ok(()),
            Some(_) => refuse("expressions in loose mode", "/evaluate/mode"),
        }
    }
}
