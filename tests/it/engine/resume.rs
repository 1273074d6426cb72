//! Crashes: a worker that dies loses its authority and nothing else (TRUST P8).

use std::time::Duration;

use serde_json::json;
use signalbox::app::engine::RunEngine;
use signalbox::domain::clock::Micros;

use crate::support::{Inside, Service, each_database, on_runtime};

fn calls(service: &Service, at_most_once: bool) -> String {
    let mark = if at_most_once { ", metadata: {signalbox: {atMostOnce: true}}" } else { "" };
    format!(
        "{{document: {{dsl: '1.0.3', namespace: test, name: calls, version: '1.0.0'}}, do: [
          {{first: {{call: http, with: {{method: post, endpoint: '{0}/first', body: {{}}}}}}}},
          {{second: {{call: http, with: {{method: post, endpoint: '{0}/second', body: {{}}}}{mark}}}}},
          {{done: {{set: {{ok: true}}}}}}]}}",
        service.url("")
    )
}

#[test]
fn a_finished_step_is_never_done_again_and_the_one_under_way_keeps_its_key() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.delay("/second", Duration::from_secs(30));
            let inside = Inside::calling(database, &[service.address.to_string()]);
            let first = inside.engine("a").await;
            let (flow, version) = inside.flow("calls", &calls(&service, false)).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({})).await.unwrap();
            first.tick().await.unwrap();
            service.until_called("/second", 1);
            // The first worker falls silent in the middle of a call. Nobody buries it before its time.
            let second = inside.engine("b").await;
            second.tick().await.unwrap();
            assert_eq!(inside.run(&run.id).await.state, "running");
            inside.clock.forward(40 * Micros::SECOND);
            service.delay("/second", Duration::ZERO);
            let ended = inside.until(&second, &run.id, &["completed", "faulted"]).await;
            assert_eq!((ended.state.as_str(), ended.takeovers), ("completed", 0), "it got on, so it is not suspected");
            assert_eq!((service.count("/first"), service.count("/second")), (1, 2));
            let keys: Vec<String> =
                service.calls().iter().filter(|c| c.path == "/second").filter_map(|c| c.idempotency_key().map(str::to_owned)).collect();
            assert_eq!(keys.len(), 2);
            assert_eq!(keys[0], keys[1]);
            // The first worker comes back: it learns that it was buried, and changes nothing.
            first.tick().await.unwrap();
            let after = inside.run(&run.id).await;
            assert_eq!((after.state, after.finished_at), (ended.state, ended.finished_at));
            assert_eq!(first.active(), 0, "it still holds the run");
            second.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_step_that_must_not_run_twice_waits_for_a_person() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.delay("/second", Duration::from_secs(30));
            let inside = Inside::calling(database, &[service.address.to_string()]);
            let first = inside.engine("a").await;
            let (flow, version) = inside.flow("calls", &calls(&service, true)).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({})).await.unwrap();
            first.tick().await.unwrap();
            service.until_called("/second", 1);
            inside.clock.forward(40 * Micros::SECOND);
            service.delay("/second", Duration::ZERO);
            let second = inside.engine("b").await;
            let parked = inside.until(&second, &run.id, &["needs_attention", "completed"]).await;
            assert_eq!(parked.state, "needs_attention");
            assert!(parked.error.as_deref().is_some_and(|e| e.contains("second")), "{parked:?}");
            assert_eq!(service.count("/second"), 1);
            inside
                .write(move |conn, ctx| signalbox::app::run::control::resume(conn, ctx, &parked, Some("it did not arrive")))
                .await
                .unwrap();
            let ended = inside.until(&second, &run.id, &["completed", "faulted"]).await;
            assert_eq!((ended.state.as_str(), service.count("/first"), service.count("/second")), ("completed", 1, 2));
            second.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_run_whose_workers_keep_dying_is_set_aside() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.delay("/second", Duration::from_secs(60));
            let inside = Inside::calling(database, &[service.address.to_string()]);
            let (flow, version) = inside.flow("calls", &calls(&service, false)).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({})).await.unwrap();
            // Each worker bears the same machine's name, so the next one takes over at once.
            for n in 1..=9 {
                let worker = inside.engine("same").await;
                worker.tick().await.unwrap();
                service.until_called("/second", n);
            }
            let last = inside.engine("same").await;
            let parked = inside.until(&last, &run.id, &["needs_attention"]).await;
            assert_eq!(parked.takeovers, 9);
            last.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_stopping_worker_puts_its_runs_down_for_the_next_one() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.delay("/second", Duration::from_secs(60));
            let inside = Inside::calling(database, &[service.address.to_string()]);
            let first = inside.engine("a").await;
            let (flow, version) = inside.flow("calls", &calls(&service, false)).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({})).await.unwrap();
            first.tick().await.unwrap();
            service.until_called("/second", 1);
            first.close(Duration::from_millis(50)).await;
            let down = inside.run(&run.id).await;
            assert_eq!((down.state.as_str(), down.worker, down.takeovers), ("pending", None, 0));
            service.delay("/second", Duration::ZERO);
            let second = inside.engine("b").await;
            let ended = inside.until(&second, &run.id, &["completed", "faulted"]).await;
            assert_eq!((ended.state.as_str(), service.count("/first")), ("completed", 1));
            second.close(Duration::from_secs(1)).await;
        });
    });
}
