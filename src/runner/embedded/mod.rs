//! The embedded engine: runs are executed in this process, their journal is in the console's own database.
//!
//! A process is one *worker* with one heartbeat; each run it holds carries its name and a fence that grows with each
//! claim. Every write of a worker names the fence, so a worker that was taken for dead (stopped for a minute, say)
//! and comes back can change nothing (TRUST P8). On PostgreSQL several machines share the work in this way.
//!
//! [`Embedded::tick`] does one round of what has to be done regularly and says what it did; [`Embedded::run`] ticks on.

mod backups;
mod call;
mod context;
mod hold;
mod kept;
mod settle;
mod tick;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::interpret::World;
use crate::app::backup::Depot;
use crate::app::engine::RunEngine;
use crate::app::vault::Vault;
use crate::domain::clock::{Clock, Micros};
use crate::domain::run::{Control, State};
use crate::runner::sink::RunSink;
use crate::store::Store;
use crate::store::error::Error as StoreError;
use crate::store::runs::{self, Run};

pub use tick::Ticked;

/// How an engine is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tells this machine from others and stays over restarts, so that it takes up at once what it held before.
    pub machine: String,
    /// Runs executed at the same time.
    pub places: usize,
    /// A worker not heard of for so long is taken for dead, in microseconds.
    pub silence: i64,
    /// Reads secrets, and encrypts what runs carry of them. Without a key, flows that read secrets fail and say so.
    pub vault: Vault,
    /// Where backups of the instance are made, by schedule and when somebody asks; without it this worker makes none.
    pub backups: Option<Depot>,
    /// Waits up to this long are spent in memory; longer ones put the run down, in microseconds.
    pub in_memory: i64,
}

impl Settings {
    /// The usual figures (TRUST P8: lease 30 s, taken over within 45 s).
    pub fn new(machine: impl Into<String>) -> Self {
        Self {
            machine: machine.into(),
            places: 64,
            silence: 30 * Micros::SECOND,
            vault: Vault::closed(),
            backups: None,
            in_memory: Micros::SECOND,
        }
    }
}

/// What is known of a run this worker holds.
struct Held {
    /// Interrupts it in the middle of an effect.
    stop: CancellationToken,
    /// What was asked of it.
    asked: Arc<Mutex<Option<Control>>>,
}

struct Shared {
    store: Store,
    sink: RunSink,
    clock: Arc<dyn Clock>,
    world: World,
    settings: Settings,
    runtime: tokio::runtime::Handle,
    worker: Mutex<String>,
    places: Arc<Semaphore>,
    held: Mutex<HashMap<String, Held>>,
    /// Those who wait for a run's end.
    waiting: Mutex<HashMap<String, Arc<Notify>>>,
    /// Something may be there to be claimed.
    doorbell: Notify,
    /// Runs may wait for a place: whoever frees one rings.
    backlog: AtomicBool,
    closing: AtomicBool,
    /// What was left behind by whoever worked on backups before was settled.
    settled: AtomicBool,
    /// A backup is being made or verified here.
    backing_up: AtomicBool,
    /// When the last tick ended, for the readiness check.
    last_tick: AtomicI64,
    /// A run came to rest: for those who drain.
    rested: Notify,
    /// Runs taken up for the first time.
    begun: AtomicU64,
    /// Runs that ended: completed, faulted, cancelled.
    ended: [AtomicU64; 3],
}

/// The states a run ends in, in the order of the counters.
const ENDS: [State; 3] = [State::Completed, State::Faulted, State::Cancelled];

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The engine. Cloning shares it.
#[derive(Clone)]
pub struct Embedded {
    shared: Arc<Shared>,
}

impl Embedded {
    /// Announces this process as a worker and takes up what this machine held before it stopped.
    ///
    /// # Errors
    /// The database.
    pub async fn open(store: Store, clock: Arc<dyn Clock>, world: World, settings: Settings) -> Result<Self, StoreError> {
        let engine = Self {
            shared: Arc::new(Shared {
                sink: RunSink::new(store.clone()),
                worker: Mutex::new(new_worker()),
                places: Arc::new(Semaphore::new(settings.places)),
                held: Mutex::default(),
                waiting: Mutex::default(),
                doorbell: Notify::new(),
                backlog: AtomicBool::new(false),
                closing: AtomicBool::new(false),
                settled: AtomicBool::new(false),
                backing_up: AtomicBool::new(false),
                last_tick: AtomicI64::new(clock.now().0),
                rested: Notify::new(),
                begun: AtomicU64::new(0),
                ended: Default::default(),
                runtime: tokio::runtime::Handle::current(),
                store,
                clock,
                world,
                settings,
            }),
        };
        engine.register().await?;
        engine.bury(engine.shared.settings.silence).await?;
        Ok(engine)
    }

    fn worker(&self) -> String {
        lock(&self.shared.worker).clone()
    }

    /// Works until [`Self::close`].
    pub async fn run(&self) {
        while !self.shared.closing.load(Ordering::SeqCst) {
            let mut pause = self.tick().await.map(|ticked| ticked.pause).unwrap_or_else(put_off);
            let round = tokio::time::Instant::now();
            // The bell tells only of runs to be taken up; the rest of a round can wait for its turn.
            while tokio::time::timeout(pause.saturating_sub(round.elapsed()), self.shared.doorbell.notified()).await.is_ok() {
                if self.shared.closing.load(Ordering::SeqCst) {
                    return;
                }
                let due = self.take_up().await.unwrap_or_else(put_off);
                pause = pause.min(round.elapsed() + due);
            }
        }
    }

    /// When the engine last looked for work; a readiness check judges it.
    pub fn last_tick(&self) -> Micros {
        Micros(self.shared.last_tick.load(Ordering::Relaxed))
    }

    /// Runs taken up for the first time since this process started.
    pub fn begun(&self) -> u64 {
        self.shared.begun.load(Ordering::Relaxed)
    }

    /// Runs ended since this process started, by state.
    pub fn ended_by_state(&self) -> Vec<(State, u64)> {
        ENDS.iter().zip(&self.shared.ended).map(|(state, n)| (*state, n.load(Ordering::Relaxed))).collect()
    }

    /// Takes no new runs, waits up to `patience` for those it holds, and puts the others down for whoever comes next.
    pub async fn close(&self, patience: Duration) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.shared.doorbell.notify_one();
        let drained = async {
            loop {
                let rested = self.shared.rested.notified();
                if lock(&self.shared.held).is_empty() {
                    return;
                }
                rested.await;
            }
        };
        if tokio::time::timeout(patience, drained).await.is_err() {
            tracing::info!(runs = self.active(), "putting down runs that have not ended; they go on at the next start");
            lock(&self.shared.held).values().for_each(|h| h.stop.cancel());
        }
        let worker = self.worker();
        let gone = self.shared.store.append(move |conn| crate::store::workers::unregister(conn, &worker)).await;
        if let Err(error) = gone {
            tracing::warn!(%error, "the worker could not sign off; its runs are taken up when it is missed");
        }
    }

    fn wake_waiters(&self, run: &str) {
        if let Some(notify) = lock(&self.shared.waiting).remove(run) {
            notify.notify_waiters();
        }
    }
}

/// After a failed look at the database.
fn put_off(error: StoreError) -> Duration {
    tracing::warn!(%error, "the runner could not look for work");
    Duration::from_secs(1)
}

fn new_worker() -> String {
    format!("wrk_{}", crate::app::token::random_secret().map_or_else(|_| "0".to_owned(), |s| s[..16].to_owned()))
}

impl RunEngine for Embedded {
    fn reserve(&self) -> Option<String> {
        if self.shared.closing.load(Ordering::SeqCst) {
            return None;
        }
        let permit = self.shared.places.try_acquire().ok()?;
        permit.forget();
        Some(self.worker())
    }

    fn release(&self) {
        self.shared.places.add_permits(1);
    }

    fn start(&self, run: Run) {
        if run.worker.is_some() {
            self.hold(run);
        } else {
            self.shared.backlog.store(true, Ordering::SeqCst);
            self.shared.doorbell.notify_one();
        }
    }

    fn control(&self, run_id: &str) {
        let engine = self.clone();
        let id = run_id.to_owned();
        self.shared.runtime.spawn(async move {
            let wanted = id.clone();
            let run = engine.shared.store.read(move |conn| runs::get(conn, &wanted)).await;
            match run {
                Ok(Some(run)) => engine.obey(&run),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, run = id, "an order waits for the next round"),
            }
        });
    }

    fn ended<'a>(&'a self, run_id: &'a str, patience: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let until = tokio::time::Instant::now() + patience;
            loop {
                let notify = Arc::clone(lock(&self.shared.waiting).entry(run_id.to_owned()).or_default());
                let notified = notify.notified();
                let id = run_id.to_owned();
                // What is held here tells of its rest by itself.
                let held = lock(&self.shared.held).contains_key(run_id);
                let state = if held { Ok(None) } else { self.shared.store.read(move |conn| runs::state_of(conn, &id)).await };
                let done = matches!(state, Ok(Some(s)) if s.is_final() || s == State::NeedsAttention);
                let left = until.saturating_duration_since(tokio::time::Instant::now());
                if done || left.is_zero() {
                    lock(&self.shared.waiting).remove(run_id);
                    return done;
                }
                // Another machine may end it without telling: look again from time to time.
                let _ = tokio::time::timeout(left.min(Duration::from_millis(500)), notified).await;
            }
        })
    }

    fn active(&self) -> usize {
        lock(&self.shared.held).len()
    }
}
