//! Runs that wait for a place are taken up by priority, then by age.

use std::time::Duration;

use serde_json::{Value, json};
use signalbox::app::engine::RunEngine;
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::run::{cancel, control};
use signalbox::domain::run::Trigger;
use signalbox::runner::embedded::Settings;
use signalbox::store::flows::Flow;
use signalbox::store::runs::Run;
use signalbox::store::workers;

use crate::support::{Database, Inside, Service, each_database, on_runtime};

const RANKED: &str = "SELECT count(*) FROM run_priorities";

/// A live flow that does nothing much.
async fn flow(inside: &Inside, slug: &str) -> Flow {
    let text =
        format!("{{document: {{dsl: '1.0.3', namespace: test, name: {slug}, version: '1.0.0'}}, do: [{{done: {{set: {{ok: true}}}}}}]}}");
    let (flow, version) = inside.flow(slug, &text).await;
    inside.deploy(&flow, &version, None).await.expect("deployed");
    flow
}

/// Live flows with the priorities 5, 0 and -5.
async fn three(inside: &Inside) -> [Flow; 3] {
    inside.configure(json!({"priority": {"urgent": 5, "idle": -5}})).await;
    [flow(inside, "urgent").await, flow(inside, "usual").await, flow(inside, "idle").await]
}

/// What a worker takes up next, one after the other.
async fn claimed(inside: &Inside, times: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..times {
        let now = inside.ctx().now;
        let taken = inside.write(move |conn, _| Ok(workers::claim(conn, "wkr_one", now.0, 1)?)).await.expect("claimed");
        ids.extend(taken.into_iter().map(|run| run.id));
    }
    ids
}

fn ids(runs: &[&Run]) -> Vec<String> {
    runs.iter().map(|run| run.id.clone()).collect()
}

async fn started(inside: &Inside, flow: &Flow) -> Run {
    inside.start(flow, Value::Null).await.expect("started")
}

#[test]
fn with_all_places_taken_runs_go_by_priority_whatever_their_age() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.delay("/slow", Duration::from_secs(20));
            let inside = Inside::calling(database, &[service.address.to_string()]);
            let engine = inside.engine_of(Settings { places: 1, ..Settings::new("a") }).await;
            let [urgent, usual, idle] = three(&inside).await;
            let text = format!(
                "{{document: {{dsl: '1.0.3', namespace: test, name: slow, version: '1.0.0'}}, do: [{{call: {{call: http, with: {{method: get, endpoint: '{}/slow'}}}}}}]}}",
                service.url("")
            );
            let (slow, version) = inside.flow("slow", &text).await;
            inside.deploy(&slow, &version, None).await.expect("deployed");
            let holder = started(&inside, &slow).await;
            engine.tick().await.expect("tick");
            service.until_called("/slow", 1);
            let last = started(&inside, &idle).await;
            let second = started(&inside, &usual).await;
            let first = started(&inside, &urgent).await;
            assert_eq!(engine.tick().await.expect("tick").claimed, 0);
            assert_eq!(database.count(RANKED), 2, "only what is not usual has a row");
            let held = inside.run(&holder.id).await;
            inside.write(move |conn, ctx| cancel::cancel(conn, ctx, &held, None)).await.expect("cancelled");
            engine.control(&holder.id);
            let mut at = Vec::new();
            for run in [&first, &second, &last] {
                at.push(inside.until(&engine, &run.id, &["completed"]).await.started_at.expect("a start"));
            }
            assert!(at[0] < at[1] && at[1] < at[2], "they were taken up at {at:?}");
            assert_eq!(database.count(RANKED), 0);
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn the_same_priority_goes_by_age_and_a_pause_keeps_the_place() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let [urgent, usual, idle] = three(&inside).await;
            let mut all = Vec::new();
            for flow in [&idle, &usual, &urgent, &idle, &usual, &urgent] {
                all.push(started(&inside, flow).await);
            }
            let put_down = all[2].clone();
            inside.write(move |conn, ctx| control::suspend(conn, ctx, &put_down, None)).await.expect("suspended");
            assert_eq!(claimed(&inside, 1).await, ids(&[&all[5]]), "what is suspended is not taken up");
            let still = inside.run(&all[2].id).await;
            inside.write(move |conn, ctx| control::resume(conn, ctx, &still, None)).await.expect("resumed");
            assert_eq!(claimed(&inside, 6).await, ids(&[&all[2], &all[1], &all[4], &all[0], &all[3]]));
            assert_eq!(database.count(RANKED), 0);
            let batch = [started(&inside, &idle).await, started(&inside, &usual).await, started(&inside, &urgent).await];
            let now = inside.ctx().now;
            let taken = inside.write(move |conn, _| Ok(workers::claim(conn, "wkr_two", now.0, 2)?)).await.expect("claimed");
            assert_eq!(ids(&taken.iter().collect::<Vec<_>>()), ids(&[&batch[2], &batch[1]]), "no more than asked for, in their order");
        });
    });
}

#[test]
fn a_run_that_does_not_wait_has_no_place_in_the_queue() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let [urgent, ..] = three(&inside).await;
            let production = inside.environment("production").await;
            let (flow, source) = (urgent.clone(), Source { worker: Some("wkr_one".into()), ..Source::new(Trigger::Api) });
            let at_once = inside.write(move |conn, ctx| start(conn, ctx, &flow, &production, &Start::default(), &source)).await;
            assert_eq!(at_once.expect("started").state, "running");
            assert_eq!(ranked(database), 0);
            let waiting = started(&inside, &urgent).await;
            assert_eq!(ranked(database), 1);
            inside.write(move |conn, ctx| cancel::cancel(conn, ctx, &waiting, None)).await.expect("cancelled");
            assert_eq!(ranked(database), 0, "it ended without being taken up");
            // The configuration that a run is pinned to decides, not a later one.
            let earlier = started(&inside, &urgent).await;
            inside.configure(json!({})).await;
            let later = started(&inside, &urgent).await;
            assert_eq!(ranked(database), 1);
            assert_eq!(claimed(&inside, 2).await, ids(&[&earlier, &later]));
        });
    });
}

fn ranked(database: &Database) -> i64 {
    database.count(RANKED)
}
