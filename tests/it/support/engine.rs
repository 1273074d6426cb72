//! An engine that executes nothing: it keeps what it was told, and ends a run when a test says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use signalbox::app::engine::RunEngine;
use signalbox::app::run::cancel;
use signalbox::clock::SystemClock;
use signalbox::domain::clock::{Clock, Micros};
use signalbox::domain::run::State;
use signalbox::store::Store;
use signalbox::store::journal::{self, PutDown, Step};
use signalbox::store::runs::{self, Run};
use signalbox::web::health::{Runner, RunnerCounts};

/// The worker that starts claim their runs for.
const WORKER: &str = "wrk_recording";

/// Keeps what it was told.
pub struct RecordingEngine {
    store: Store,
    started: Mutex<Vec<Run>>,
    controlled: Mutex<Vec<String>>,
    reserved: AtomicI64,
    full: AtomicBool,
    finishes: AtomicBool,
    heartbeat: AtomicI64,
}

impl RecordingEngine {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            started: Mutex::default(),
            controlled: Mutex::default(),
            reserved: AtomicI64::new(0),
            full: AtomicBool::new(false),
            finishes: AtomicBool::new(true),
            heartbeat: AtomicI64::new(SystemClock.now().0),
        }
    }

    /// Ids of runs it was handed, in order.
    pub fn started(&self) -> Vec<String> {
        self.started.lock().expect("started").iter().map(|run| run.id.clone()).collect()
    }

    /// Ids of runs it was told to look at, in order.
    pub fn controlled(&self) -> Vec<String> {
        self.controlled.lock().expect("controlled").clone()
    }

    /// Places taken and not given back: neither by a start nor by a release.
    pub fn reserved(&self) -> i64 {
        self.reserved.load(Ordering::SeqCst)
    }

    /// From now on there is no free place: runs stay pending.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Whether a run that somebody waits for ends at once.
    pub fn set_finishes(&self, finishes: bool) {
        self.finishes.store(finishes, Ordering::SeqCst);
    }

    /// Lets the heartbeat be this old.
    pub fn set_silent_for(&self, micros: i64) {
        self.heartbeat.store(SystemClock.now().0 - micros, Ordering::SeqCst);
    }

    /// Ends a run that it holds, as the real one would: two tries of one step, the state, the count.
    pub async fn finish(&self, id: &str, state: State, output: Value) {
        let (id, now) = (id.to_owned(), SystemClock.now());
        let done = self.store.write(move |conn| {
            let Some(run) = runs::get(conn, &id)? else { panic!("there is no run {id}") };
            journal::put(conn, &[step(&run, 0, "/do/0/fetch", "faulted", now), step(&run, 1, "/do/0/fetch~2", "completed", now)])?;
            let error = (state == State::Faulted).then(|| json!({"type": "test", "title": "broken", "status": 500}).to_string());
            let rest = PutDown {
                state: state.as_str().to_owned(),
                output: (state == State::Completed).then(|| output.to_string()),
                error,
                finished_at: Some(now.0),
                wake_at: None,
                worker: None,
                control: None,
            };
            let worker = run.worker.clone().unwrap_or_default();
            assert!(journal::put_down(conn, &id, &worker, run.fence, &rest)?, "run {id} is not held");
            cancel::count(conn, &run, state, now)
        });
        done.await.expect("end the run");
    }
}

fn step(run: &Run, position: i64, key: &str, state: &str, now: Micros) -> Step {
    Step {
        run_id: run.id.clone(),
        position,
        key: key.into(),
        pointer: "/do/0/fetch".into(),
        name: "fetch".into(),
        kind: "call".into(),
        iteration: None,
        state: state.into(),
        attempts: "[]".into(),
        input: run.input.clone(),
        output: (state == "completed").then(|| "{\"ok\":true}".into()),
        error: (state == "faulted").then(|| "{\"status\":503}".into()),
        context: None,
        directive: None,
        started_at: now.0,
        ended_at: Some(now.0),
        wake_at: None,
        child_run_id: None,
    }
}

impl RunEngine for RecordingEngine {
    fn reserve(&self) -> Option<String> {
        if self.full.load(Ordering::SeqCst) {
            return None;
        }
        self.reserved.fetch_add(1, Ordering::SeqCst);
        Some(WORKER.to_owned())
    }

    fn release(&self) {
        self.reserved.fetch_sub(1, Ordering::SeqCst);
    }

    fn start(&self, run: Run) {
        if run.worker.is_some() {
            self.release();
        }
        self.started.lock().expect("started").push(run);
    }

    fn control(&self, run_id: &str) {
        self.controlled.lock().expect("controlled").push(run_id.to_owned());
    }

    fn ended<'a>(&'a self, run_id: &'a str, _: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let id = run_id.to_owned();
            let run = self.store.read(move |conn| runs::get(conn, &id)).await.expect("read").expect("the run");
            if run.finished_at.is_some() {
                return true;
            }
            let finishes = self.finishes.load(Ordering::SeqCst);
            if finishes {
                self.finish(run_id, State::Completed, json!({"answer": 42})).await;
            }
            finishes
        })
    }

    fn active(&self) -> usize {
        0
    }
}

impl Runner for RecordingEngine {
    fn last_heartbeat(&self) -> Option<Micros> {
        Some(Micros(self.heartbeat.load(Ordering::SeqCst)))
    }

    fn counts(&self) -> RunnerCounts {
        let started = u64::try_from(self.started().len()).expect("a count");
        RunnerCounts { started, ended: vec![(State::Completed, 3), (State::Faulted, 1)], active: 2 }
    }
}
