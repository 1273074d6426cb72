//! The durable context over the journal in the database.
//!
//! Rows are kept in memory until something has to be durable: before and after an effect, before a rest, at the end,
//! and from time to time so that pages can watch. A row that is written and left is forgotten; a step is never asked
//! for twice in one pass.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::kept::Guard;
use super::{Embedded, lock};
use crate::app::run::steps::DELAY;
use crate::domain::clock::Micros;
use crate::domain::run::{Control, StepState};
use crate::runner::durable::{Data, DurableCtx, Entered, FlowAnswer, FlowCall, Interrupted, Left, Outcome, Step, StepKey};
use crate::runner::fault::TaskError;
use crate::store::error::Error as StoreError;
use crate::store::journal::Step as Row;
use crate::store::runs::Run;

/// Pages that watch a run see it at most so much later, in microseconds.
const WATCHED: i64 = 500_000;
/// Rows kept in memory before they are written in any case.
const MOST_UNWRITTEN: usize = 500;
/// Sleeps shorter than this are not worth a write, in microseconds.
const SHORT: i64 = 50_000;

/// An attempt at an effect, as journalled.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Attempted {
    at: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Micros>,
    /// Kept only until the step is left: then its output says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Result<Data, TaskError>>,
}

struct Record {
    row: Row,
    at_most_once: bool,
    dirty: bool,
}

pub(super) struct Context {
    pub(super) engine: Embedded,
    pub(super) run: Run,
    /// Keeps secrets out of what is written.
    pub(super) guard: Guard,
    stop: CancellationToken,
    asked: Arc<Mutex<Option<Control>>>,
    now: Micros,
    written_at: Micros,
    next: i64,
    /// Something got done that a crash would not undo: the run is not what kills workers.
    progress: bool,
    records: HashMap<String, Record>,
    /// Left rows that are not written yet.
    finished: Vec<Row>,
    wake_at: Option<Micros>,
    pub(super) child: Option<String>,
    failure: Option<StoreError>,
}

impl Context {
    pub(super) fn new(
        engine: Embedded,
        run: Run,
        guard: Guard,
        steps: Vec<Row>,
        stop: CancellationToken,
        asked: Arc<Mutex<Option<Control>>>,
    ) -> Self {
        let now = engine.shared.clock.now();
        let next = steps.last().map_or(0, |s| s.position + 1);
        let records = steps.into_iter().map(|row| (row.key.clone(), Record { row, at_most_once: false, dirty: false })).collect();
        Self {
            engine,
            run,
            guard,
            stop,
            asked,
            now,
            written_at: now,
            next,
            progress: false,
            records,
            finished: Vec::new(),
            wake_at: None,
            child: None,
            failure: None,
        }
    }

    pub(super) fn wake_at(&self) -> Option<Micros> {
        self.wake_at
    }

    pub(super) fn child(&self) -> Option<String> {
        self.child.clone()
    }

    pub(super) fn wait_until(&mut self, at: Option<Micros>) {
        self.wake_at = at;
    }

    /// The database's failure behind [`Interrupted::Failed`].
    pub(super) fn failure(&mut self) -> Option<StoreError> {
        self.failure.take()
    }

    /// Rows that have to be written with the run's rest.
    pub(super) fn into_unwritten(self) -> Vec<Row> {
        let mut rows = self.finished;
        rows.extend(self.records.into_values().filter(|r| r.dirty).map(|r| r.row));
        rows.sort_by_key(|r| r.position);
        rows
    }

    fn tick(&mut self) -> Micros {
        self.now = self.engine.shared.clock.now();
        self.now
    }

    /// Orders are obeyed between steps; a stop without an order is the worker letting go.
    fn edge(&self) -> Result<(), Interrupted> {
        match *lock(&self.asked) {
            Some(Control::Cancel) => Err(Interrupted::Cancelled),
            Some(Control::Suspend) => Err(Interrupted::Suspended),
            None if self.stop.is_cancelled() => Err(Interrupted::Lost),
            None => Ok(()),
        }
    }

    pub(super) fn fail(&mut self, error: StoreError) -> Interrupted {
        let text = error.to_string();
        self.failure = Some(error);
        Interrupted::Failed(text)
    }

    /// Writes everything down under this worker's fence.
    pub(super) async fn write(&mut self) -> Result<(), Interrupted> {
        let mut rows = std::mem::take(&mut self.finished);
        for record in self.records.values_mut().filter(|r| r.dirty) {
            record.dirty = false;
            rows.push(record.row.clone());
        }
        self.written_at = self.engine.shared.clock.now();
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_by_key(|r| r.position);
        let innocent = self.run.takeovers > 0 && std::mem::take(&mut self.progress);
        let kept = self.engine.shared.sink.append(&self.run, rows, innocent).await;
        match kept {
            Ok(true) => Ok(()),
            Ok(false) => Err(Interrupted::Lost),
            Err(error) => Err(self.fail(error)),
        }
    }

    pub(super) fn record(&mut self, key: &StepKey) -> Result<&mut Row, Interrupted> {
        match self.records.get_mut(key.as_str()) {
            Some(record) => {
                record.dirty = true;
                Ok(&mut record.row)
            }
            None => Err(Interrupted::Failed(format!("the journal knows no step {key}"))),
        }
    }

    /// Sleeps in memory; an order ends the sleep.
    async fn doze(&self, until: Micros) -> Result<(), Interrupted> {
        let left = until.since(self.engine.shared.clock.now());
        let Ok(left) = u64::try_from(left) else { return Ok(()) };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_micros(left)) => Ok(()),
            () = self.stop.cancelled() => self.edge(),
        }
    }

    fn new_row(&mut self, step: &Step, now: Micros) -> Result<Row, Interrupted> {
        let input = self.guard.keep(&step.input)?;
        let position = self.next;
        self.next += 1;
        Ok(Row {
            run_id: self.run.id.clone(),
            position,
            key: step.key.as_str().to_owned(),
            pointer: step.pointer.clone(),
            name: step.name.clone(),
            kind: step.kind.to_owned(),
            iteration: step.iteration.and_then(|i| i64::try_from(i).ok()),
            state: StepState::Running.as_str().to_owned(),
            attempts: "[]".to_owned(),
            input,
            output: None,
            error: None,
            context: None,
            directive: None,
            started_at: now.0,
            ended_at: None,
            wake_at: None,
            child_run_id: None,
        })
    }
}

impl DurableCtx for Context {
    fn now(&self) -> Micros {
        self.now
    }

    async fn enter(&mut self, step: Step) -> Result<Entered, Interrupted> {
        self.edge()?;
        if let Some(record) = self.records.get_mut(step.key.as_str()) {
            record.at_most_once = step.at_most_once;
            if let Some(ended) = record.row.ended_at {
                self.now = Micros(ended);
                return Ok(Entered::Recorded(self.guard.recorded(&record.row)?));
            }
            self.now = Micros(record.row.started_at);
            return Ok(Entered::Open { at: self.now });
        }
        let now = self.tick();
        let row = self.new_row(&step, now)?;
        self.records.insert(step.key.as_str().to_owned(), Record { row, at_most_once: step.at_most_once, dirty: true });
        if now.since(self.written_at) > WATCHED || self.finished.len() > MOST_UNWRITTEN {
            self.write().await?;
        }
        Ok(Entered::Open { at: now })
    }

    async fn leave(&mut self, key: &StepKey, left: Left) -> Result<(), Interrupted> {
        self.edge()?;
        let now = self.tick();
        let Some(Record { mut row, .. }) = self.records.remove(key.as_str()) else {
            return Err(Interrupted::Failed(format!("the journal knows no step {key}")));
        };
        match &left.outcome {
            Outcome::Completed(output) => {
                row.state = StepState::Completed.as_str().to_owned();
                row.output = Some(self.guard.keep(output)?);
            }
            Outcome::Faulted(error) => {
                row.state = StepState::Faulted.as_str().to_owned();
                row.error = Some(self.guard.keep(error)?);
            }
            Outcome::Skipped => row.state = StepState::Skipped.as_str().to_owned(),
        }
        row.context = left.context.as_ref().map(|context| self.guard.keep(context)).transpose()?;
        row.directive = left.then.as_ref().map(|then| self.guard.keep(then)).transpose()?;
        row.ended_at = Some(now.0);
        self.progress = true;
        if row.attempts != "[]" {
            let attempts: Vec<Attempted> = self.guard.read(&row.attempts, "a journal").unwrap_or_default();
            row.attempts = self.guard.keep(&attempts.into_iter().map(|a| Attempted { result: None, ..a }).collect::<Vec<_>>())?;
        }
        self.finished.push(row);
        Ok(())
    }

    async fn attempt<F, E>(&mut self, key: &StepKey, effect: F) -> Result<Result<Data, TaskError>, Interrupted>
    where
        F: FnOnce(Micros) -> E + Send,
        E: Future<Output = Result<Data, TaskError>> + Send,
    {
        self.edge()?;
        let at_most_once = self.records.get(key.as_str()).is_some_and(|r| r.at_most_once);
        let written = self.record(key)?.attempts.clone();
        let mut attempts: Vec<Attempted> = self.guard.read(&written, "a journal").unwrap_or_default();
        if let Some(last) = attempts.last() {
            if let (Some(result), Some(ended)) = (last.result.clone(), last.ended) {
                self.now = ended;
                return Ok(result);
            }
            if at_most_once {
                let name = self.record(key)?.name.clone();
                return Err(Interrupted::NeedsAttention(format!(
                    "The step “{name}” was under way when its worker died, and it must not run twice. Find out whether it took effect; resume the run to do it again, or cancel the run."
                )));
            }
        }
        let now = self.tick();
        attempts.push(Attempted { at: now, ended: None, result: None });
        let text = self.guard.keep(&attempts)?;
        self.record(key)?.attempts = text;
        self.write().await?;
        let result = tokio::select! {
            result = effect(now) => result,
            () = self.stop.cancelled() => {
                self.edge()?;
                return Err(Interrupted::Lost);
            }
        };
        let ended = self.tick();
        self.progress = true;
        if let Some(last) = attempts.last_mut() {
            last.ended = Some(ended);
            last.result = Some(result.clone());
        }
        let text = self.guard.keep(&attempts)?;
        self.record(key)?.attempts = text;
        self.write().await?;
        Ok(result)
    }

    async fn sleep_until(&mut self, key: &StepKey, at: Micros) -> Result<(), Interrupted> {
        self.edge()?;
        let now = self.tick();
        if !self.records.contains_key(key.as_str()) {
            // The pause before a retry has no step of its own.
            let step = Step {
                key: key.clone(),
                stable: Arc::clone(&key.0),
                pointer: key.as_str().to_owned(),
                name: "pause before the next try".to_owned(),
                kind: DELAY,
                iteration: None,
                attempt: 1,
                leaf: true,
                at_most_once: false,
                input: Data::from(serde_json::Value::Null),
            };
            let row = self.new_row(&step, now)?;
            self.records.insert(key.as_str().to_owned(), Record { row, at_most_once: false, dirty: true });
        }
        let in_memory = self.engine.shared.settings.in_memory;
        let row = self.record(key)?;
        if let Some(ended) = row.ended_at {
            // Slept before a crash: replaying it takes no time and moves nothing.
            self.now = Micros(ended);
            return Ok(());
        }
        let at = row.wake_at.map_or(at, Micros);
        row.wake_at = Some(at.0);
        row.state = StepState::Waiting.as_str().to_owned();
        if at > now {
            let left = at.since(now);
            if left > SHORT {
                self.write().await?;
            }
            if left > in_memory {
                self.wake_at = Some(at);
                return Err(Interrupted::Parked);
            }
            self.doze(at).await?;
        }
        let now = self.tick();
        let row = self.record(key)?;
        row.state = if row.kind == DELAY { StepState::Completed } else { StepState::Running }.as_str().to_owned();
        if row.kind == DELAY {
            row.ended_at = Some(now.0);
            if let Some(record) = self.records.remove(key.as_str()) {
                self.finished.push(record.row);
            }
        }
        Ok(())
    }

    async fn call_flow(&mut self, key: &StepKey, call: FlowCall) -> Result<FlowAnswer, Interrupted> {
        self.edge()?;
        self.call(key, call).await
    }
}
