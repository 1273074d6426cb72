//! A durable context in memory: for `signalbox run`, for rehearsals of the interpreter and for tests.
//!
//! It keeps a journal as an engine with a database would, and loses on a crash what such an engine may lose, so that
//! resuming can be tried out without a database.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::durable::{Data, DurableCtx, Entered, FlowAnswer, FlowCall, Interrupted, Left, Outcome, Step, StepKey};
use super::fault::{Kind, TaskError};
use super::interpret::{Finished, RunFacts, World, execute};
use crate::definition::Definition;
use crate::domain::clock::{Clock, Micros};

/// How deep flows may call each other.
const DEEPEST: u32 = 16;

/// What is known of one step.
#[derive(Clone, Debug, Default)]
struct Record {
    entered: Option<Micros>,
    intended: bool,
    result: Option<(Result<Data, TaskError>, Micros)>,
    until: Option<Micros>,
    slept: Option<Micros>,
    answer: Option<(FlowAnswer, Micros)>,
    left: Option<(Left, Micros)>,
}

/// One line of the journal.
#[derive(Clone, Debug)]
enum Line {
    Entered(Box<Step>, Micros),
    Intended(StepKey),
    Result(StepKey, Result<Data, TaskError>, Micros),
    Until(StepKey, Micros),
    Slept(StepKey, Micros),
    Answered(StepKey, FlowAnswer, Micros),
    Left(StepKey, Left, Micros),
}

/// What a run leaves behind when its process dies.
#[derive(Clone, Debug, Default)]
pub struct Journal(Vec<Line>);

/// The flows that a run here may call.
#[derive(Clone)]
pub struct Flows {
    /// Told apart by namespace, name and, unless `latest` is asked for, version.
    pub definitions: Arc<Vec<Definition>>,
    /// What they are executed with.
    pub world: World,
}

/// The context.
pub struct Memory {
    clock: Arc<dyn Clock>,
    now: Micros,
    lines: Vec<Line>,
    /// How many lines a crash leaves.
    durable: usize,
    records: HashMap<StepKey, Record>,
    /// Names by key, in the order the tasks started.
    started: Vec<(StepKey, String)>,
    flows: Option<Flows>,
    depth: u32,
    edges: u64,
    stop_at: Option<u64>,
}

impl Memory {
    /// A fresh run.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Memory::resume(clock, Journal::default())
    }

    /// A run that goes on from a journal.
    pub fn resume(clock: Arc<dyn Clock>, journal: Journal) -> Self {
        let now = clock.now();
        let mut memory = Memory {
            clock,
            now,
            lines: Vec::new(),
            durable: 0,
            records: HashMap::new(),
            started: Vec::new(),
            flows: None,
            depth: 0,
            edges: 0,
            stop_at: None,
        };
        for line in journal.0 {
            memory.write(line);
        }
        memory.durable = memory.lines.len();
        memory
    }

    /// Lets the run call these flows.
    #[must_use]
    pub fn with_flows(mut self, flows: Flows) -> Self {
        self.flows = Some(flows);
        self
    }

    /// Makes the run die at its `n`th edge, from 0: before or after anything is written, and before or after an effect.
    #[must_use]
    pub fn dying_at(mut self, n: u64) -> Self {
        self.stop_at = Some(n);
        self
    }

    /// The names of the tasks in the order they started; skipped ones did not.
    pub fn tasks(&self) -> Vec<String> {
        self.started.iter().map(|(_, name)| name.clone()).collect()
    }

    /// The steps in the order they started.
    pub fn steps(&self) -> Vec<StepKey> {
        self.started.iter().map(|(key, _)| key.clone()).collect()
    }

    /// Dies: what is left is what was durable.
    pub fn crash(mut self) -> Journal {
        self.lines.truncate(self.durable);
        Journal(self.lines)
    }

    fn write(&mut self, line: Line) {
        match &line {
            Line::Entered(step, at) => {
                self.records.entry(step.key.clone()).or_default().entered = Some(*at);
                self.started.push((step.key.clone(), step.name.clone()));
            }
            Line::Intended(key) => self.records.entry(key.clone()).or_default().intended = true,
            Line::Result(key, result, at) => self.records.entry(key.clone()).or_default().result = Some((result.clone(), *at)),
            Line::Until(key, at) => self.records.entry(key.clone()).or_default().until = Some(*at),
            Line::Slept(key, at) => self.records.entry(key.clone()).or_default().slept = Some(*at),
            Line::Answered(key, answer, at) => self.records.entry(key.clone()).or_default().answer = Some((answer.clone(), *at)),
            Line::Left(key, left, at) => {
                if left.outcome == Outcome::Skipped {
                    self.started.retain(|(known, _)| known != key);
                }
                self.records.entry(key.clone()).or_default().left = Some((left.clone(), *at));
            }
        }
        self.lines.push(line);
    }

    /// All that is written so far survives a crash.
    fn sync(&mut self) {
        self.durable = self.lines.len();
    }

    fn tick(&mut self) -> Micros {
        self.now = self.clock.now();
        self.now
    }

    fn edge(&mut self) -> Result<(), Interrupted> {
        let here = self.edges;
        self.edges += 1;
        if self.stop_at == Some(here) { Err(Interrupted::Lost) } else { Ok(()) }
    }

    async fn called(&self, call: &FlowCall) -> FlowAnswer {
        let refuse = |kind, text: String| FlowAnswer::Faulted(TaskError::standard(kind, text, ""));
        let asked = format!("{}/{} {}", call.namespace, call.name, call.version);
        let Some(flows) = &self.flows else {
            return refuse(Kind::Configuration, format!("the flow {asked} is not known here"));
        };
        if self.depth >= DEEPEST {
            return refuse(Kind::Runtime, format!("flows call each other more than {DEEPEST} deep"));
        }
        let fits = |flow: &&Definition| {
            flow.namespace() == call.namespace && flow.name() == call.name && (call.version == "latest" || flow.version() == call.version)
        };
        let newest = |flow: &&Definition| semver::Version::parse(flow.version()).ok();
        let Some(definition) = flows.definitions.iter().filter(fits).max_by_key(newest) else {
            return refuse(Kind::Configuration, format!("the flow {asked} is not known here"));
        };
        let mut inner = Memory::new(self.clock.clone()).with_flows(flows.clone());
        inner.depth = self.depth + 1;
        let facts = RunFacts { id: asked.clone(), started_at: self.clock.now(), ..RunFacts::default() };
        let running = execute(definition, &facts, call.input.clone().into_value(), &mut inner, &flows.world);
        // A flow that calls flows makes a future of unbounded size: boxed, and its type forgotten.
        let running: std::pin::Pin<Box<dyn Future<Output = Result<Finished, Interrupted>> + Send + '_>> = Box::pin(running);
        let left = call.deadline.map_or(Duration::MAX, |at| between(self.clock.now(), at));
        match tokio::time::timeout(left, running).await {
            Err(_) => FlowAnswer::Late,
            Ok(Ok(Finished::Completed(output))) => FlowAnswer::Completed(output),
            Ok(Ok(Finished::Faulted(error))) => FlowAnswer::Faulted(error),
            Ok(Err(why)) => refuse(Kind::Runtime, format!("the flow {asked} was interrupted: {why:?}")),
        }
    }
}

fn between(from: Micros, to: Micros) -> Duration {
    Duration::from_micros(u64::try_from(to.since(from)).unwrap_or(0))
}

impl DurableCtx for Memory {
    fn now(&self) -> Micros {
        self.now
    }

    async fn enter(&mut self, step: Step) -> Result<Entered, Interrupted> {
        self.edge()?;
        let known = self.records.get(&step.key).cloned().unwrap_or_default();
        if let Some((left, at)) = known.left {
            self.now = at;
            return Ok(Entered::Recorded(left));
        }
        if let Some(at) = known.entered {
            self.now = at;
            return Ok(Entered::Open { at });
        }
        let at = self.tick();
        self.write(Line::Entered(Box::new(step), at));
        self.edge()?;
        Ok(Entered::Open { at })
    }

    async fn leave(&mut self, key: &StepKey, left: Left) -> Result<(), Interrupted> {
        self.edge()?;
        let at = self.tick();
        self.write(Line::Left(key.clone(), left, at));
        self.edge()
    }

    async fn attempt<F, E>(&mut self, key: &StepKey, effect: F) -> Result<Result<Data, TaskError>, Interrupted>
    where
        F: FnOnce(Micros) -> E + Send,
        E: Future<Output = Result<Data, TaskError>> + Send,
    {
        self.edge()?;
        let known = self.records.get(key).cloned().unwrap_or_default();
        if let Some((result, at)) = known.result {
            self.now = at;
            return Ok(result);
        }
        if known.intended && self.at_most_once(key) {
            return Err(Interrupted::NeedsAttention(key.to_string()));
        }
        self.write(Line::Intended(key.clone()));
        self.sync();
        self.edge()?;
        let start = self.tick();
        let result = effect(start).await;
        self.edge()?;
        let at = self.tick();
        self.write(Line::Result(key.clone(), result.clone(), at));
        self.sync();
        self.edge()?;
        Ok(result)
    }

    async fn sleep_until(&mut self, key: &StepKey, at: Micros) -> Result<(), Interrupted> {
        self.edge()?;
        let known = self.records.get(key).cloned().unwrap_or_default();
        if let Some(slept) = known.slept {
            self.now = slept;
            return Ok(());
        }
        let until = known.until.unwrap_or(at);
        if known.until.is_none() {
            self.write(Line::Until(key.clone(), until));
        }
        self.sync();
        self.edge()?;
        while self.clock.now() < until {
            tokio::time::sleep(between(self.clock.now(), until)).await;
        }
        let slept = self.tick();
        self.write(Line::Slept(key.clone(), slept));
        self.edge()
    }

    async fn call_flow(&mut self, key: &StepKey, call: FlowCall) -> Result<FlowAnswer, Interrupted> {
        self.edge()?;
        if let Some((answer, at)) = self.records.get(key).and_then(|record| record.answer.clone()) {
            self.now = at;
            return Ok(answer);
        }
        self.sync();
        let answer = Box::pin(self.called(&call)).await;
        let at = self.tick();
        self.write(Line::Answered(key.clone(), answer.clone(), at));
        self.sync();
        self.edge()?;
        Ok(answer)
    }
}

impl Memory {
    fn at_most_once(&self, key: &StepKey) -> bool {
        self.lines.iter().any(|line| matches!(line, Line::Entered(step, _) if step.key == *key && step.at_most_once))
    }
}
