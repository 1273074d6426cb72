//! Runs definitions the way a test wants: with a clock that jumps over sleeps, against stubs.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use signalbox::definition::{Definition, parse};
use signalbox::domain::clock::{Clock, Micros};
use signalbox::runner::durable::{Data, DurableCtx, Entered, FlowAnswer, FlowCall, Interrupted, Left, Step, StepKey};
use signalbox::runner::expressions::{Evaluator, Settings};
use signalbox::runner::fault::TaskError;
use signalbox::runner::http::CallerBuilder;
use signalbox::runner::http::egress::Egress;
use signalbox::runner::interpret::{Ceilings, Finished, RunFacts, World, execute};
use signalbox::runner::memory::Memory;

/// When every test run starts: 2026-01-02T03:04:05Z.
pub const START: Micros = Micros(1_767_323_045_000_000);

/// A clock that moves only when it is told, and a microsecond with every look.
pub struct Told(AtomicI64);

impl Told {
    pub fn new() -> Arc<Told> {
        Arc::new(Told(AtomicI64::new(START.0)))
    }

    pub fn jump(&self, to: Micros) {
        self.0.fetch_max(to.0, Ordering::SeqCst);
    }
}

impl Clock for Told {
    fn now(&self) -> Micros {
        Micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// Memory, with sleeps that are over as soon as they are asked for; it notes how long they would have been.
pub struct Jumping {
    pub memory: Memory,
    pub clock: Arc<Told>,
    pub sleeps: Vec<(String, i64)>,
}

impl Jumping {
    pub fn new() -> Jumping {
        let clock = Told::new();
        Jumping { memory: Memory::new(clock.clone()), clock, sleeps: Vec::new() }
    }

    pub fn over(memory: Memory, clock: Arc<Told>) -> Jumping {
        Jumping { memory, clock, sleeps: Vec::new() }
    }
}

impl DurableCtx for Jumping {
    fn now(&self) -> Micros {
        self.memory.now()
    }

    async fn enter(&mut self, step: Step) -> Result<Entered, Interrupted> {
        self.memory.enter(step).await
    }

    async fn leave(&mut self, key: &StepKey, left: Left) -> Result<(), Interrupted> {
        self.memory.leave(key, left).await
    }

    async fn attempt<F, E>(&mut self, key: &StepKey, effect: F) -> Result<Result<Data, TaskError>, Interrupted>
    where
        F: FnOnce(Micros) -> E + Send,
        E: Future<Output = Result<Data, TaskError>> + Send,
    {
        self.memory.attempt(key, effect).await
    }

    async fn sleep_until(&mut self, key: &StepKey, at: Micros) -> Result<(), Interrupted> {
        self.sleeps.push((key.to_string(), at.since(self.memory.now())));
        self.clock.jump(at);
        self.memory.sleep_until(key, at).await
    }

    async fn call_flow(&mut self, key: &StepKey, call: FlowCall) -> Result<FlowAnswer, Interrupted> {
        self.memory.call_flow(key, call).await
    }
}

pub fn world(http: CallerBuilder) -> World {
    World {
        http: Arc::new(http.build().expect("a caller")),
        expressions: Arc::new(Evaluator::new(Settings::of(env!("CARGO_BIN_EXE_signalbox")))),
        ceilings: Ceilings::default(),
    }
}

/// A world whose calls may reach loopback.
pub fn local() -> World {
    let egress = Egress { allowed: vec!["127.0.0.1".parse().expect("entry")], own: Vec::new() };
    world(CallerBuilder { egress, ..CallerBuilder::default() })
}

pub fn facts() -> RunFacts {
    RunFacts { id: "wfr_test".into(), started_at: START, ..RunFacts::default() }
}

/// A definition of which only what matters is written; the `document` is added.
pub fn definition(yaml: &str) -> Definition {
    completed(parse::value(yaml).expect("yaml"))
}

pub fn completed(mut value: Value) -> Definition {
    let map = value.as_object_mut().expect("a map");
    map.entry("document").or_insert_with(|| json!({"dsl": "1.0.3", "namespace": "test", "name": "test", "version": "1.0.0"}));
    Definition::from_value(value)
}

/// What a run came to.
pub struct Ran {
    pub finished: Finished,
    pub tasks: Vec<String>,
    pub sleeps: Vec<(String, i64)>,
    pub took: i64,
}

impl Ran {
    pub fn output(&self) -> &Value {
        match &self.finished {
            Finished::Completed(output) => output,
            Finished::Faulted(error) => panic!("faulted: {error:?}"),
        }
    }

    pub fn error(&self) -> Value {
        match &self.finished {
            Finished::Completed(output) => panic!("completed: {output:?}"),
            Finished::Faulted(error) => error.to_value(),
        }
    }
}

pub async fn run_in(world: &World, definition: &Definition, facts: &RunFacts, input: Value) -> Ran {
    let mut ctx = Jumping::new();
    let finished = execute(definition, facts, input, &mut ctx, world).await.expect("not interrupted");
    let took = ctx.clock.now().since(START);
    Ran { finished, tasks: ctx.memory.tasks(), sleeps: ctx.sleeps, took }
}

pub async fn run(yaml: &str, input: Value) -> Ran {
    run_in(&local(), &definition(yaml), &facts(), input).await
}
