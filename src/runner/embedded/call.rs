//! A run that calls another flow: the called run is a run of its own, chosen once and journalled (DECISIONS 10).

use std::time::Duration;

use serde_json::Value;

use super::context::Context;
use super::kept::Guard;
use crate::app::engine::RunEngine;
use crate::app::run::cancel;
use crate::app::run::start::{Source, Start, start};
use crate::app::{Ctx, Error};
use crate::domain::access::Actor;
use crate::domain::clock::Micros;
use crate::domain::run::{State, StepState, Trigger};
use crate::domain::sealed;
use crate::runner::durable::{Data, FlowAnswer, FlowCall, Interrupted, StepKey};
use crate::runner::fault::{Kind, TaskError};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::journal;
use crate::store::runs::{self, Run};
use crate::store::versions::{self, Version};
use crate::store::{configurations, contents, environments, flows};

/// How long a caller stays in memory for the called run's end before it is put down.
const NEARBY: Duration = Duration::from_secs(2);
/// Published versions looked through for one with the wanted `document.version`.
const LOOKED_THROUGH: i64 = 200;

impl Context {
    pub(super) async fn call(&mut self, key: &StepKey, call: FlowCall) -> Result<FlowAnswer, Interrupted> {
        let known = self.record(key)?.child_run_id.clone();
        let child = match known {
            Some(child) => child,
            None => match self.begin(key, &call).await? {
                Ok(run) => {
                    let id = run.id.clone();
                    self.engine.start(run);
                    id
                }
                Err(refused) => return Ok(FlowAnswer::Faulted(refused)),
            },
        };
        if !call.wait {
            return Ok(FlowAnswer::Completed(Data::from(Value::Null)));
        }
        self.record(key)?.state = StepState::Waiting.as_str().to_owned();
        let clock = self.engine.shared.clock.clone();
        let left = call.deadline.map(|at| Duration::from_micros(u64::try_from(at.since(clock.now())).unwrap_or(0)));
        self.engine.ended(&child, left.map_or(NEARBY, |l| l.min(NEARBY))).await;
        let id = child.clone();
        let run = match self.engine.shared.store.read(move |conn| runs::get(conn, &id)).await {
            Ok(run) => run,
            Err(error) => return Err(self.fail(error)),
        };
        let Some(run) = run else {
            return Ok(refuse(Kind::Runtime, format!("the called run {child} is gone")));
        };
        // What the called run hides is hidden here, too.
        for text in [&run.output, &run.error].into_iter().flatten() {
            self.guard.learn(text)?;
        }
        if let Some(answer) = answer(&self.guard, &run) {
            self.record(key)?.state = StepState::Running.as_str().to_owned();
            return Ok(answer);
        }
        if call.deadline.is_some_and(|at| at <= clock.now()) {
            self.give_up(run).await?;
            return Ok(FlowAnswer::Late);
        }
        self.park(child, call.deadline);
        Err(Interrupted::Parked)
    }

    fn park(&mut self, child: String, deadline: Option<Micros>) {
        self.child = Some(child);
        self.wait_until(deadline);
    }

    /// Stores the called run and its id in this run's journal, in one transaction under this worker's fence.
    async fn begin(&mut self, key: &StepKey, call: &FlowCall) -> Result<Result<Run, TaskError>, Interrupted> {
        self.write().await?;
        let worker = self.engine.reserve();
        let reserved = worker.is_some();
        let mut row = self.record(key)?.clone();
        let kept = self.guard.keep(&call.input)?;
        let (parent, call, now) = (self.run.clone(), call.clone(), self.engine.shared.clock.now());
        let stored = self
            .engine
            .shared
            .store
            .append(move |conn| {
                if !journal::holds(conn, &parent.id, &parent.worker.clone().unwrap_or_default(), parent.fence)? {
                    return Err(Error::refused("lost", "another worker holds the caller"));
                }
                let run = begin_child(conn, &parent, &call, kept, now, worker)?;
                row.child_run_id = Some(run.id.clone());
                row.state = StepState::Waiting.as_str().to_owned();
                journal::put(conn, std::slice::from_ref(&row))?;
                Ok(run)
            })
            .await;
        if reserved && !matches!(&stored, Ok(run) if run.worker.is_some()) {
            self.engine.release();
        }
        match stored {
            Ok(run) => {
                self.record(key)?.child_run_id = Some(run.id.clone());
                Ok(Ok(run))
            }
            Err(Error::Store(error)) => Err(self.fail(error)),
            Err(Error::Refused(refusal)) if refusal.code == "lost" => Err(Interrupted::Lost),
            Err(other) => Ok(Err(TaskError::standard(Kind::Configuration, other.to_string(), ""))),
        }
    }

    async fn give_up(&mut self, child: Run) -> Result<(), Interrupted> {
        let (now, id) = (self.engine.shared.clock.now(), child.id.clone());
        let ended = self.engine.shared.store.append(move |conn| cancel::end(conn, now, &child)).await;
        match ended {
            Ok(()) => self.engine.control(&id),
            Err(Error::Store(error)) => return Err(self.fail(error)),
            // It ended by itself at the last moment.
            Err(_) => {}
        }
        Ok(())
    }
}

fn refuse(kind: Kind, detail: String) -> FlowAnswer {
    FlowAnswer::Faulted(TaskError::standard(kind, detail, ""))
}

fn answer(guard: &Guard, run: &Run) -> Option<FlowAnswer> {
    let value = |text: Option<&String>| text.and_then(|t| guard.read::<Value>(t, "an output").ok()).unwrap_or(Value::Null);
    match run.state() {
        Ok(State::Completed) => Some(FlowAnswer::Completed(Data::from(value(run.output.as_ref())))),
        Ok(State::Cancelled) => Some(refuse(Kind::Runtime, format!("the called run {} was cancelled", run.id))),
        Ok(State::Faulted) => {
            let error = run.error.as_deref().and_then(|t| guard.read(t, "an error").ok());
            Some(error.map_or_else(|| refuse(Kind::Runtime, format!("the called run {} failed", run.id)), FlowAnswer::Faulted))
        }
        _ => None,
    }
}

fn begin_child(conn: &mut Conn, parent: &Run, call: &FlowCall, kept: String, now: Micros, worker: Option<String>) -> Result<Run, Error> {
    let missing = || Error::NotFound(format!("there is no flow {}/{} in this workspace", call.namespace, call.name));
    let flow = flows::by_document(conn, &parent.workspace_id, &call.namespace, &call.name)?.ok_or_else(missing)?;
    let environment = environments::get(conn, &parent.environment_id)?
        .ok_or_else(|| StoreError::corrupt(format!("environment {} is gone", parent.environment_id)))?;
    let version = if call.version == "latest" { None } else { Some(wanted(conn, &flow, &call.version)?) };
    let ctx = Ctx { actor: Actor::system(), now, request_id: parent.id.clone() };
    let ask = Start { input: (*call.input).clone(), version, test: parent.test, ..Start::default() };
    // What a test run calls sees the same draft.
    let draft = if parent.test { configurations::kept_for_run(conn, &parent.id)? } else { None };
    let source = Source {
        parent: Some((parent.id.clone(), parent.depth)),
        kept_configuration: draft.map(|held| (parent.environment_version, held)),
        kept_input: sealed::parts(&kept).is_some().then_some(kept),
        worker,
        ..Source::new(Trigger::Subflow)
    };
    start(conn, &ctx, &flow, &environment, &ask, &source)
}

/// The newest published version whose `document.version` is the wanted one (a look-up, never identity: DECISIONS 4).
fn wanted(conn: &mut Conn, flow: &flows::Flow, version: &str) -> Result<Version, Error> {
    use crate::store::page::Direction;
    let published = versions::list(conn, &flow.id, versions::Shown::Published, &Direction::Newest, LOOKED_THROUGH)?;
    for candidate in published.items {
        let Some(content) = contents::content(conn, &candidate.content_hash)? else { continue };
        let definition: Value = serde_json::from_str(&content.definition).map_err(StoreError::corrupt)?;
        if definition.pointer("/document/version").and_then(Value::as_str) == Some(version) {
            return Ok(candidate);
        }
    }
    Err(Error::NotFound(format!("{} has no published version whose document.version is {version}", flow.name)))
}
