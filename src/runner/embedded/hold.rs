//! Executing one run that this worker holds, from its journal to its end or its next rest.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::super::caches::Stored;
use super::super::durable::Interrupted;
use super::super::interpret::{Finished, RunFacts, execute};
use super::context::Context;
use super::kept::Guard;
use super::{Embedded, Held, lock};
use crate::app::component::resolve::{Resolved, resolve};
use crate::app::run::frozen::Frozen;
use crate::domain::clock::Micros;
use crate::domain::run::{Control, State};
use crate::runner::sink::{Rest, store_error};
use crate::store::error::Error as StoreError;
use crate::store::journal;
use crate::store::runs::Run;

/// Times in a row a run is taken up after its worker died, without one step getting done in between, before a person
/// has to look: it may be what kills workers. Runs that merely stood beside one get a step done and begin anew.
const MOST_TAKEOVERS: i64 = 8;
/// Pauses between tries to read or write the journal while the database is away.
const PATIENCE: [u64; 6] = [100, 250, 1_000, 2_000, 5_000, 10_000];

/// Whether a run goes on later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parked {
    No,
    Yes,
    /// Executing it panicked.
    Broken,
}

impl Embedded {
    /// Executes a run in the background. Its place was reserved; it is given back when the run rests.
    pub(super) fn hold(&self, run: Run) {
        let stop = CancellationToken::new();
        let asked = Arc::new(Mutex::new(None));
        lock(&self.shared.held).insert(run.id.clone(), Held { stop: stop.clone(), asked: Arc::clone(&asked) });
        if let Some(control) = run.control.as_deref().and_then(|c| c.parse().ok()) {
            *lock(&asked) = Some(control);
        }
        if run.fence == 1 {
            self.shared.begun.fetch_add(1, Ordering::Relaxed);
        }
        let engine = self.clone();
        let (id, called) = (run.id.clone(), run.parent_run_id.is_some());
        let task = self.shared.runtime.spawn({
            let (engine, asked) = (engine.clone(), Arc::clone(&asked));
            async move { engine.carry(run, stop, asked).await }
        });
        self.shared.runtime.spawn(async move {
            let parked = task.await.unwrap_or_else(|error| {
                tracing::error!(run = id, %error, "executing a run failed inside Signalbox; it is put down for a person to look at");
                Parked::Broken
            });
            if parked == Parked::Broken {
                engine.set_aside(&id, "Signalbox itself failed while it executed this run. Its log says more.").await;
            }
            engine.let_go(&id, &asked);
            // Rung only when there is something to take up: the caller that waits, the run itself later, one without a place.
            if called || parked != Parked::No || engine.shared.backlog.load(Ordering::SeqCst) {
                engine.shared.doorbell.notify_one();
            }
        });
    }

    fn let_go(&self, id: &str, asked: &Arc<Mutex<Option<Control>>>) {
        let mut held = lock(&self.shared.held);
        // It may have been taken up again already.
        if held.get(id).is_some_and(|h| Arc::ptr_eq(&h.asked, asked)) {
            held.remove(id);
        }
        drop(held);
        self.shared.places.add_permits(1);
        self.shared.rested.notify_waiters();
        self.wake_waiters(id);
    }

    async fn carry(&self, run: Run, stop: CancellationToken, asked: Arc<Mutex<Option<Control>>>) -> Parked {
        let mut patience = PATIENCE.iter();
        loop {
            match self.once(&run, &stop, &asked).await {
                Ok(parked) => return parked,
                Err(error @ (StoreError::Busy | StoreError::Unavailable(_))) => match patience.next() {
                    Some(pause) => {
                        tracing::warn!(run = run.id, %error, "the journal cannot be used; trying again");
                        tokio::time::sleep(Duration::from_millis(*pause)).await;
                    }
                    // The worker gives up the run without a word: whoever misses the worker takes it over.
                    None => {
                        tracing::error!(run = run.id, %error, "the journal cannot be used; giving the run up");
                        return Parked::No;
                    }
                },
                Err(error) => {
                    tracing::error!(run = run.id, %error, "the journal of a run cannot be used");
                    self.set_aside(&run.id, &error.to_string()).await;
                    return Parked::No;
                }
            }
        }
    }

    /// One pass: read the journal, execute until the run ends or rests, write down how.
    async fn once(&self, run: &Run, stop: &CancellationToken, asked: &Arc<Mutex<Option<Control>>>) -> Result<Parked, StoreError> {
        if run.takeovers > MOST_TAKEOVERS {
            let why = format!(
                "Its worker died {} times while it held this run, so it was not taken up again. Resume it, or cancel it.",
                run.takeovers
            );
            self.settle(run, Vec::new(), Rest::attention(&why)).await?;
            return Ok(Parked::No);
        }
        let (hash, id, fresh) = (run.content_hash.clone(), run.id.clone(), run.started_at == Some(run.created_at) && run.fence == 1);
        // A run claimed in the transaction that stored it has no journal yet.
        let known = if fresh { Frozen::known(&hash) } else { None };
        let (content, steps) = match known {
            Some(known) => (Some(known), Vec::new()),
            None => {
                let read = move |conn: &mut _| {
                    let steps = if fresh { Vec::new() } else { journal::steps(conn, &id)? };
                    Ok::<_, StoreError>((Frozen::load(conn, &hash)?, steps))
                };
                self.shared.store.read(read).await?
            }
        };
        let Some(content) = content else {
            self.settle(
                run,
                Vec::new(),
                Rest::attention("The version this run is pinned to is missing. It never falls back to another one."),
            )
            .await?;
            return Ok(Parked::No);
        };
        let vault = self.shared.settings.vault.clone();
        // What a caller handed down may carry secrets of the workspace, whatever this flow itself names.
        let components = if content.refers || run.parent_run_id.is_some() {
            let (vault, run, content) = (vault.clone(), run.clone(), Arc::clone(&content));
            self.shared.store.read(move |conn| resolve(conn, &vault, &run, &content.definition)).await.map_err(store_error)?
        } else {
            Resolved::default()
        };
        let mut guard = Guard { vault, workspace: run.workspace_id.clone(), redactor: components.redactor.clone() };
        let written =
            steps.iter().flat_map(|s| [Some(&s.input), Some(&s.attempts), s.output.as_ref(), s.error.as_ref(), s.context.as_ref()]);
        for text in written.flatten().chain([&run.input]) {
            guard.learn(text).map_err(unreadable)?;
        }
        let input: Value = guard.read(&run.input, "the input").map_err(unreadable)?;
        // Set with the first claim: the workflow's timeout counts from there, also after a crash.
        let started_at = Micros(run.started_at.unwrap_or(run.created_at));
        let variables = components.environment.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
        let caches = Stored { store: self.shared.store.clone(), clock: Arc::clone(&self.shared.clock) };
        let facts = RunFacts {
            id: run.id.clone(),
            started_at,
            variables,
            components: Arc::new(components),
            caches: Some(Arc::new(caches)),
            ..RunFacts::default()
        };
        let mut context = Context::new(self.clone(), run.clone(), guard, steps, stop.clone(), Arc::clone(asked));
        let finished = execute(&content.definition, &facts, input, &mut context, &self.shared.world).await;
        let rest = match finished {
            Ok(Finished::Completed(output)) => {
                Rest { output: Some(context.guard.keep(&output).map_err(unreadable)?), ..Rest::new(State::Completed) }
            }
            Ok(Finished::Faulted(error)) => {
                Rest { error: Some(context.guard.keep(&error.to_value()).map_err(unreadable)?), ..Rest::new(State::Faulted) }
            }
            Err(Interrupted::Cancelled) => Rest::new(State::Cancelled),
            Err(Interrupted::Suspended) => Rest::new(State::Suspended),
            Err(Interrupted::Parked) => Rest { wake_at: context.wake_at(), child: context.child(), ..Rest::new(State::Waiting) },
            Err(Interrupted::Lost) => {
                tracing::info!(run = run.id, "another worker holds this run now");
                return Ok(Parked::No);
            }
            Err(Interrupted::NeedsAttention(why)) => Rest::attention(&why),
            Err(Interrupted::Failed(why)) => return Err(context.failure().unwrap_or(StoreError::Corrupt(why))),
        };
        let parked = if rest.state == State::Waiting { Parked::Yes } else { Parked::No };
        self.settle(run, context.into_unwritten(), rest).await?;
        Ok(parked)
    }

    async fn set_aside(&self, id: &str, why: &str) {
        let wanted = id.to_owned();
        let run = self.shared.store.read(move |conn| crate::store::runs::get(conn, &wanted)).await;
        if let Ok(Some(run)) = run
            && let Err(error) = self.settle(&run, Vec::new(), Rest::attention(why)).await
        {
            tracing::error!(run = id, %error, "a run could not be put down");
        }
    }
}

fn unreadable(why: Interrupted) -> StoreError {
    match why {
        Interrupted::Failed(text) => StoreError::Corrupt(text),
        other => StoreError::Corrupt(format!("{other:?}")),
    }
}

pub(super) fn json_of(value: &impl serde::Serialize) -> String {
    // Values come from JSON, so they always go back.
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
