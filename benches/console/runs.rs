//! Runs of five steps, stored durably: the bare rows, the engine below HTTP, and over HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use signalbox::app::engine::RunEngine;
use signalbox::app::run::start::{Source, Start, start};
use signalbox::domain::run::Trigger;
use signalbox::runner::embedded::Embedded;
use signalbox::store::conn::{Conn, Manager, Purpose, Target};
use signalbox::store::environments::Environment;
use signalbox::store::flows::Flow;

use crate::rows::{self, Sample};
use crate::support::{Database, Inside, on_runtime};
use crate::{fill, load, prepare, say};

/// Programs that start runs at the same time.
const STARTERS: usize = 64;
const TIME: Duration = Duration::from_secs(8);
/// By then everything that was started has ended.
const DRAINED: Duration = Duration::from_secs(120);
/// Counts runs that have not ended.
const OPEN: &str = "SELECT (SELECT COUNT(*) FROM runs WHERE worker IS NULL AND finished_at IS NULL) + (SELECT COUNT(*) FROM runs WHERE worker IS NOT NULL) AS n";

/// Aims of the project: a share of the bare rows, and runs a second.
const SHARE: f64 = 0.5;

pub fn measure() {
    let database = Database::sqlite();
    let (bare, within) = on_runtime(below_http(&database));
    say("rows of a run of five steps, no engine", &format!("{bare:.0} runs/s"), &format!("{STARTERS} commands in each commit"));
    for (what, seen) in ["each start waits for its run's end", "starts only, then the rest drains"].into_iter().zip(within) {
        let beside =
            format!("{:.2} of the bare rows (aim {SHARE}), p50 {:.1} ms, p99 {:.1} ms; {what}", seen.rate / bare, seen.p50, seen.p99);
        say("runs below HTTP", &format!("{:.0} runs/s", seen.rate), &beside);
    }
    over_http(bare);
}

/// The same over HTTP, with tokens: each starter has a connection of its own.
fn over_http(bare: f64) {
    let prepared = prepare::prepare();
    let address = prepared.server.address;
    // One token may not ask as often as all of them together do.
    let tokens: Vec<String> = (0..8).map(|_| prepared.server.api_of("admin@example.test").token).collect();
    let body = json!({"input": {"n": 0}}).to_string();
    let request = |token: &String, query: &str| {
        let head = format!("POST /api/v1{}/runs{query} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n", prepare::LIVE);
        format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let mut conn = reader(&prepared.database);
    for (what, query) in [("each start waits for its run's end", "?wait=30"), ("starts only, then the rest drains", "")] {
        let requests: Vec<String> = tokens.iter().map(|token| request(token, query)).collect();
        let begin = Instant::now();
        let seen = load::ask(address, &requests, STARTERS, TIME);
        let deadline = Instant::now() + DRAINED;
        while fill::number(&mut conn, OPEN) > 0 {
            assert!(Instant::now() < deadline, "all runs end");
            std::thread::sleep(Duration::from_millis(20));
        }
        let rate = seen.count as f64 / begin.elapsed().as_secs_f64();
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let beside = format!("{:.2} of the bare rows, p50 {:.1} ms, p99 {:.1} ms; {what}", rate / bare, ms(seen.p50), ms(seen.p99));
        say("runs over HTTP", &format!("{rate:.0} runs/s"), &beside);
    }
}

fn reader(database: &Database) -> Conn {
    let target = Target::parse(&database.url()).expect("an address");
    Manager { target, purpose: Purpose::Read, unsynchronised: false }.open().expect("open the database")
}

struct Seen {
    rate: f64,
    p50: f64,
    p99: f64,
}

async fn below_http(database: &Database) -> (f64, [Seen; 2]) {
    let inside = Inside::durable(database);
    let (flow, version) = inside.flow("counter", &prepare::five_steps()).await;
    inside.deploy(&flow, &version, None).await.expect("deploy");
    let environment = inside.environment("production").await;
    let engine = inside.engine("bench").await;
    let ticking = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run().await }
    });
    let place = Arc::new(Place { inside, flow, environment, engine });
    let first = place.one(true).await;
    let sample = Sample { run: place.inside.run(&first).await, steps: place.inside.steps(&first).await };
    assert_eq!((sample.run.state.as_str(), sample.steps.len()), ("completed", 5), "{:?}", sample.run);

    // The same file, so that all find the same tables.
    let manager = Manager { target: Target::parse(&database.url()).expect("an address"), purpose: Purpose::Write, unsynchronised: false };
    let mut conn = manager.open().expect("open the database");
    let bare = tokio::task::spawn_blocking(move || rows::rate(&mut conn, &sample, STARTERS, TIME)).await.expect("the loop");
    let seen = [starters(&place, true).await, starters(&place, false).await];
    place.engine.close(Duration::from_secs(10)).await;
    let _ = ticking.await;
    place.inside.store.close();
    (bare, seen)
}

struct Place {
    inside: Inside,
    flow: Flow,
    environment: Environment,
    engine: Embedded,
}

impl Place {
    /// Starts a run as the edge does, and perhaps waits for its end.
    async fn one(&self, wait: bool) -> String {
        let (flow, environment) = (self.flow.clone(), self.environment.clone());
        let source = Source { worker: self.engine.reserve(), ..Source::new(Trigger::Api) };
        let ask = Start { input: json!({"n": 0}), ..Start::default() };
        let stored = self.inside.write(move |conn, ctx| start(conn, ctx, &flow, &environment, &ask, &source)).await;
        let run = stored.expect("start a run");
        let id = run.id.clone();
        self.engine.start(run);
        if wait {
            assert!(self.engine.ended(&id, Duration::from_secs(30)).await, "the run ended");
        }
        id
    }
}

async fn starters(place: &Arc<Place>, wait: bool) -> Seen {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..STARTERS)
        .map(|_| {
            let place = Arc::clone(place);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < TIME {
                    let at = Instant::now();
                    place.one(wait).await;
                    times.push(at.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("a starter"));
    }
    let deadline = Instant::now() + DRAINED;
    while open(place).await > 0 {
        assert!(Instant::now() < deadline, "all runs end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    Seen { rate, p50: at(50), p99: at(99) }
}

/// Runs that have not ended.
async fn open(place: &Place) -> i64 {
    place.inside.read(|conn, _| Ok(fill::number(conn, OPEN))).await
}
