//! kill -9 in the middle of deploys and runs, again and again: nothing acknowledged is lost, there is never a second
//! primary, every run ends, once. A sample by default, 100 kills with SIGNALBOX_FULL=1 (`scripts/test crash`).

mod clients;
mod record;

use std::time::{Duration, Instant};

use clients::{Progress, work_until_killed};
use record::Record;
use serde_json::json;

use crate::support::flows::two_effects;
use crate::support::wait::{pause, until, within};
use crate::support::{Api, Choice, Database, Server, Service, each_database, sampled};

/// Flows that are deployed and run all the time.
const FLOWS: [&str; 3] = ["north", "east", "south"];

/// How long runs may take to end after the last restart (the contract says 45 s to take up what a dead process held).
const END: Duration = Duration::from_secs(60);

/// How long a handful of deployments and starts may take before a kill.
const WORK: Duration = Duration::from_secs(60);

#[test]
fn kill_9_during_deploys_and_runs() {
    let rounds = sampled(12, 100);
    each_database(|database| survive(database, rounds, &mut Choice::seeded()));
}

fn survive(database: &Database, rounds: usize, choice: &mut Choice) {
    let service = Service::start();
    let mut server = Server::start_with_egress(database, &[service.egress()]);
    let api = server.api("admin");
    for flow in FLOWS {
        prepare(&api, flow, &service);
    }
    let mut record = Record::default();
    let start = Instant::now();
    for round in 0..rounds {
        // After some work rather than some time: a slow machine must not kill before anything happened.
        let (deployed, started) = (choice.between(3, 12) as usize, choice.between(3, 20) as usize);
        let progress = Progress::default();
        let seen = std::thread::scope(|scope| {
            let clients = scope.spawn(|| work_until_killed(&api, &progress));
            let reached = within(WORK, || progress.reached(deployed, started).then_some(()));
            pause(Duration::from_millis(choice.between(0, 40)));
            // The clients end with the server: failing before it is gone would wait for them for ever.
            server.kill9();
            let seen = clients.join().expect("clients");
            assert!(reached.is_some(), "{WORK:?} brought only {seen}");
            seen
        });
        println!("round {round}: killed after {deployed} deployments and {started} starts, {seen}");
        record.add(seen);
        server.restart();
        record.check_deployments(&api, database);
    }
    record.check_enough(rounds);
    println!("{rounds} kills in {:?}: {record}", start.elapsed());
    until("all runs to end", END, || record::unfinished(&api).is_empty().then_some(()));
    record.check_runs(&api, database);
    record::check_effects(&api, &service);
}

/// Two published versions of a flow, the first deployed to production.
fn prepare(api: &Api, slug: &str, service: &Service) {
    let flow = format!("/main/flows/{slug}");
    let definition = |note: &str| two_effects(&service.egress(), slug, note);
    let new = json!({"slug": slug, "name": slug, "definition": definition("first")});
    api.post("/main/flows", &new).expect(201);
    api.post(&format!("{flow}/versions/1/publication"), &json!({"note": "first"})).ok();
    api.post(&format!("{flow}/versions"), &json!({"definition": definition("second")})).expect(201);
    api.post(&format!("{flow}/versions/2/publication"), &json!({"note": "second"})).ok();
    let wish = json!({"version": 1, "comment": "to begin with"});
    api.post(&format!("/main/environments/production/flows/{slug}/deployments"), &wish).ok();
}
