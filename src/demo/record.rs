//! Executes each published version a few times for real, in a copy of the database, and keeps what its runs left.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::random::Random;
use super::services::{Mood, Services};
use super::story;
use super::{SEED, told};
use crate::app::engine::RunEngine;
use crate::app::run::start::{Source, Start, start};
use crate::app::{self, Ctx, flow, workspace};
use crate::domain::clock::{Clock, Micros};
use crate::domain::run::{State, Trigger};
use crate::runner::embedded::{Embedded, Settings};
use crate::runner::interpret::World;
use crate::store::conn::{Conn, Target};
use crate::store::error::Error as StoreError;
use crate::store::journal::{self, Step};
use crate::store::page::Direction;
use crate::store::runs::{self, Run};
use crate::store::versions::{self, Shown};
use crate::store::{Options, Store, workers};

/// Runs of each version in which nothing is made to fail.
const GOOD: usize = 2;
/// How long recording may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(120);
/// References of recorded runs begin at this number, so that no other text looks like one.
const FIRST: i64 = 9_100_001;

/// What a run left: its row, its steps, and the same of the flows it called.
#[derive(Debug, Clone)]
pub(super) struct Take {
    pub run: Run,
    pub steps: Vec<Step>,
    pub called: Vec<Take>,
}

/// A recorded run.
pub(super) struct Recorded {
    /// The reference in its input, to be replaced.
    pub reference: String,
    pub take: Take,
}

/// A clock that can be put forward, for flows that wait for days.
struct Forward {
    clock: Arc<dyn Clock>,
    by: AtomicI64,
}

impl Clock for Forward {
    fn now(&self) -> Micros {
        self.clock.now().plus(self.by.load(Ordering::SeqCst))
    }
}

/// Runs every published version in a copy of the database at `database`, which must not be open.
pub(super) async fn takes(database: &Path, services: &Services, world: &World, clock: Arc<dyn Clock>) -> Result<Vec<Recorded>, String> {
    let copy = database.with_extension("recording.db");
    std::fs::copy(database, &copy).map_err(told)?;
    let store = Store::open(&Options { target: Target::Sqlite(copy.clone()), unsynchronised: true }).map_err(told)?;
    let clock = Arc::new(Forward { clock, by: AtomicI64::new(0) });
    let now = clock.now();
    let (begun, broken) = store.write(move |conn| begin(conn, now)).await.map_err(|error: app::Error| told(error))?;
    // The services know what is to fail before anything runs.
    services.be(Mood { lifelike: false, broken });
    let engine = Embedded::open(store.clone(), clock.clone(), world.clone(), Settings::new("recording")).await.map_err(told)?;
    let ticking = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run().await }
    });
    let played = settle(&engine, &store, &clock, &begun).await;
    engine.close(Duration::from_secs(1)).await;
    ticking.abort();
    services.be(Mood { lifelike: true, broken: Vec::new() });
    played?;
    let mut recorded = Vec::new();
    for (reference, id) in begun {
        let take = store.read(move |conn| take(conn, &id)).await.map_err(|error: StoreError| told(error))?;
        recorded.extend(take.map(|take| Recorded { reference, take }));
    }
    store.close();
    drop(store);
    std::fs::remove_file(&copy).map_err(told)?;
    Ok(recorded)
}

/// Runs to be recorded: reference, id.
type Begun = Vec<(String, String)>;
/// Calls to be broken: path, reference, status.
type Broken = Vec<(String, String, u16)>;

/// Stores a run of each version for each thing that may happen to it.
fn begin(conn: &mut Conn, now: Micros) -> app::Result<(Begun, Broken)> {
    let ctx = Ctx::system(now, "demo");
    let workspace = workspace::find(conn, &ctx, "main")?;
    let production = workspace::environment(conn, &workspace, "production")?;
    let (mut begun, mut broken) = (Begun::new(), Broken::new());
    let mut number = FIRST;
    for story in story::all() {
        let mut random = Random::new(SEED).part(story.slug);
        let Ok(flow) = flow::find(conn, &workspace, story.slug) else { continue };
        let shown = [Shown::Published, Shown::Archived];
        for version in shown.map(|shown| versions::list(conn, &flow.id, shown, &Direction::Newest, 100)) {
            for version in version?.items {
                for fault in (0..GOOD).map(|_| None).chain(story.faults.iter().map(Some)) {
                    let reference = format!("{}{number}", story.reference.0);
                    number += 1;
                    let ask = Start {
                        input: (story.sample)(&mut random, &reference),
                        version: Some(version.clone()),
                        test: true,
                        ..Start::default()
                    };
                    let run = start(conn, &ctx, &flow, &production, &ask, &Source::new(Trigger::Api))?;
                    broken.extend(fault.map(|(path, status)| ((*path).to_owned(), reference.clone(), *status)));
                    begun.push((reference, run.id));
                }
            }
        }
    }
    Ok((begun, broken))
}

/// Waits until every run has ended; when all of them wait for an instant, puts the clock forward to it.
async fn settle(engine: &Embedded, store: &Store, clock: &Forward, begun: &Begun) -> Result<(), String> {
    let settled = async {
        loop {
            let due = store.read(workers::next_wake).await.map_err(|error: StoreError| told(error))?;
            let (mut open, mut waiting) = (0, 0);
            for (_, id) in begun {
                let id = id.clone();
                let run = store.read(move |conn| runs::get(conn, &id)).await.map_err(|error: StoreError| told(error))?;
                let state = run.map(|run| run.state()).transpose().map_err(told)?;
                open += usize::from(state.is_some_and(|state| !state.is_final()));
                waiting += usize::from(state == Some(State::Waiting));
            }
            if open == 0 {
                return Ok(());
            }
            if let Some(due) = due.filter(|_| open == waiting && engine.active() == 0) {
                clock.by.fetch_add(Micros(due).since(clock.now()).max(0), Ordering::SeqCst);
                engine.tick().await.map_err(told)?;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.map_err(|_| told("its flows do not come to an end"))?
}

/// What a run left, with the runs it called.
fn take(conn: &mut Conn, id: &str) -> Result<Option<Take>, StoreError> {
    let Some(run) = runs::get(conn, id)? else { return Ok(None) };
    let steps = journal::steps(conn, id)?;
    let mut called = Vec::new();
    for child in steps.iter().filter_map(|step| step.child_run_id.clone()) {
        called.extend(take(conn, &child)?);
    }
    Ok(Some(Take { run, steps, called }))
}
