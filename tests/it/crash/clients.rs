//! Several programs at once, each working until the server is gone, each keeping what it was told.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::FLOWS;
use crate::support::Api;

/// A deployment that the server acknowledged.
#[derive(Clone, Debug)]
pub struct Deployed {
    pub flow: &'static str,
    pub version: i64,
    pub revision: i64,
}

/// What the clients of one round were told.
#[derive(Default)]
pub struct Seen {
    pub deployed: Vec<Deployed>,
    pub runs: Vec<String>,
    /// Calls that broke off: nobody knows what became of them.
    pub ambiguous: usize,
}

impl Seen {
    fn join(mut self, other: Self) -> Self {
        self.deployed.extend(other.deployed);
        self.runs.extend(other.runs);
        self.ambiguous += other.ambiguous;
        self
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (deployed, runs, broken) = (self.deployed.len(), self.runs.len(), self.ambiguous);
        write!(f, "{deployed} deployments and {runs} runs acknowledged, {broken} calls broke off")
    }
}

/// How much was acknowledged so far in a round, for whoever decides when to kill.
#[derive(Default)]
pub struct Progress {
    deployed: AtomicUsize,
    started: AtomicUsize,
}

impl Progress {
    /// Whether at least so many deployments and so many starts were acknowledged.
    pub fn reached(&self, deployed: usize, started: usize) -> bool {
        self.deployed.load(Ordering::Relaxed) >= deployed && self.started.load(Ordering::Relaxed) >= started
    }
}

/// One deployer, one starter and one reader for each flow, until the first call that breaks off.
pub fn work_until_killed(api: &Api, progress: &Progress) -> Seen {
    thread::scope(|scope| {
        let mut clients = Vec::new();
        for flow in FLOWS {
            clients.push(scope.spawn(move || deploy_in_turn(api, flow, progress)));
            clients.push(scope.spawn(move || start_runs(api, flow, progress)));
            clients.push(scope.spawn(move || watch(api, flow)));
        }
        let seen = clients.into_iter().map(|client| client.join().expect("a client"));
        seen.fold(Seen::default(), Seen::join)
    })
}

/// Posts until the connection breaks; `take` keeps an acknowledged answer.
fn post_until_broken(api: &Api, path: &str, mut body: impl FnMut() -> Value, mut take: impl FnMut(&mut Seen, &Value)) -> Seen {
    let mut seen = Seen::default();
    loop {
        let key = unique_key();
        match api.attempt("POST", path, &[("idempotency-key", &key)], Some(&body())) {
            Ok(answer) if (200..300).contains(&answer.status) => take(&mut seen, &answer.json()),
            // A server that goes down may say that it cannot take more; a refusal would be a fault of its own.
            Ok(answer) if answer.status == 503 => seen.ambiguous += 1,
            Ok(answer) => panic!("POST {path}: {} {}", answer.status, answer.text()),
            Err(_) => {
                seen.ambiguous += 1;
                return seen;
            }
        }
    }
}

fn deploy_in_turn(api: &Api, flow: &'static str, progress: &Progress) -> Seen {
    let path = format!("/main/environments/production/flows/{flow}/deployments");
    let mut version = 1;
    let body = || {
        version = 3 - version;
        json!({"version": version, "comment": "in turn"})
    };
    post_until_broken(api, &path, body, |seen, answer| {
        let version = answer["primary"].as_i64().expect("a primary");
        let revision = answer["routing_revision"].as_i64().expect("a routing revision");
        seen.deployed.push(Deployed { flow, version, revision });
        progress.deployed.fetch_add(1, Ordering::Relaxed);
    })
}

fn start_runs(api: &Api, flow: &'static str, progress: &Progress) -> Seen {
    let path = format!("/main/environments/production/flows/{flow}/runs");
    post_until_broken(
        api,
        &path,
        || json!({"input": {}}),
        |seen, answer| {
            seen.runs.push(answer["id"].as_str().expect("an id").to_owned());
            progress.started.fetch_add(1, Ordering::Relaxed);
        },
    )
}

/// Reads the deployment all the time: one primary at every moment, and a revision that never goes back.
fn watch(api: &Api, flow: &'static str) -> Seen {
    let path = format!("/main/environments/production/flows/{flow}");
    let mut last = 0;
    while let Ok(answer) = api.attempt("GET", &path, &[], None) {
        if answer.status == 503 {
            continue;
        }
        let deployment = answer.ok();
        assert!(matches!(deployment["primary"].as_i64(), Some(1 | 2)), "{deployment}");
        let revision = deployment["routing_revision"].as_i64().expect("a routing revision");
        assert!(revision >= last, "revision {revision} after {last}: {deployment}");
        last = revision;
    }
    Seen::default()
}

fn unique_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("crash-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
