//! Runs that end, wait, are cancelled, call each other, and are counted.

use std::time::Duration;

use serde_json::{Value, json};
use signalbox::app;
use signalbox::app::engine::RunEngine;
use signalbox::app::run::{cancel, control};
use signalbox::app::version::table;
use signalbox::domain::clock::Micros;
use signalbox::store::page::Direction;
use signalbox::store::versions::Shown;

use crate::support::{Inside, Service, each_database, on_runtime};

const FIVE: &str = "
document: {dsl: '1.0.3', namespace: test, name: five, version: '1.0.0'}
do:
  - one: {set: {n: '${ .start }'}}
  - two: {set: {n: '${ .n + 1 }'}}
  - three: {set: {n: '${ .n * 2 }'}}
  - choose: {switch: [{big: {when: .n > 10, then: five}}, {small: {then: continue}}]}
  - four: {set: {n: 0}}
  - five: {set: {result: '${ .n }'}}
";

#[test]
fn a_run_is_pinned_executed_journalled_and_counted() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            let (flow, version) = inside.flow("five", FIVE).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({"start": 5})).await.unwrap();
            assert_eq!((run.state.as_str(), run.version_number, run.reason.as_str()), ("pending", 1, "live"));
            let ended = inside.until(&engine, &run.id, &["completed", "faulted"]).await;
            assert_eq!(ended.output.as_deref(), Some("{\"result\":12}"));
            let steps = inside.steps(&run.id).await;
            let names: Vec<&str> = steps.iter().map(|s| s.name.as_str()).collect();
            assert_eq!(names, ["one", "two", "three", "choose", "five"]);
            assert!(steps.iter().all(|s| s.state == "completed" && s.ended_at.is_some()));
            engine.tick().await.unwrap();
            let counted = flow.clone();
            let page = inside.read(move |conn, ctx| table::table(conn, ctx, &counted, Shown::All, &Direction::Newest, 10)).await.page;
            assert_eq!((page.items[0].outcomes.completed, page.items[0].outcomes.total()), (1, 1));
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_long_wait_puts_the_run_down_and_it_goes_on_when_it_is_over() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            let (flow, version) = inside
                .flow("waits", "{document: {dsl: '1.0.3', namespace: test, name: waits, version: '1.0.0'}, do: [{pause: {wait: {hours: 1}}}, {done: {set: {ok: true}}}]}")
                .await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({})).await.unwrap();
            let waiting = inside.until(&engine, &run.id, &["waiting"]).await;
            assert!(waiting.worker.is_none() && waiting.wake_at.is_some());
            assert_eq!(engine.active(), 0);
            engine.tick().await.unwrap();
            assert_eq!(inside.run(&run.id).await.state, "waiting", "it went on before its time");
            inside.clock.forward(Micros::HOUR + Micros::SECOND);
            let ended = inside.until(&engine, &run.id, &["completed"]).await;
            assert_eq!(ended.output.as_deref(), Some("{\"ok\":true}"));
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_run_is_cancelled_in_a_wait_in_a_call_and_never_twice() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.delay("/slow", Duration::from_secs(20));
            let inside = Inside::calling(database, &[service.address.to_string()]);
            let engine = inside.engine("a").await;
            let text = format!(
                "{{document: {{dsl: '1.0.3', namespace: test, name: slow, version: '1.0.0'}}, do: [{{call: {{call: http, with: {{method: get, endpoint: '{}/slow'}}}}}}]}}",
                service.url("")
            );
            let (flow, version) = inside.flow("slow", &text).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({})).await.unwrap();
            engine.tick().await.unwrap();
            service.until_called("/slow", 1);
            let held = inside.run(&run.id).await;
            inside.write(move |conn, ctx| cancel::cancel(conn, ctx, &held, Some("enough"))).await.unwrap();
            engine.control(&run.id);
            let ended = inside.until(&engine, &run.id, &["cancelled"]).await;
            assert!(ended.finished_at.is_some());
            assert_eq!(inside.steps(&run.id).await[0].state, "cancelled");
            let again = inside.write(move |conn, ctx| cancel::cancel(conn, ctx, &ended, None)).await;
            assert_eq!(again.unwrap_err().code(), "invalid_transition");
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_suspended_run_lies_still_and_goes_on_when_resumed() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            let (flow, version) = inside.flow("five", FIVE).await;
            inside.deploy(&flow, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({"start": 1})).await.unwrap();
            let pending = run.clone();
            inside.write(move |conn, ctx| control::suspend(conn, ctx, &pending, None)).await.unwrap();
            engine.tick().await.unwrap();
            let still = inside.run(&run.id).await;
            assert_eq!(still.state, "suspended");
            inside.write(move |conn, ctx| control::resume(conn, ctx, &still, None)).await.unwrap();
            let ended = inside.until(&engine, &run.id, &["completed"]).await;
            assert_eq!(ended.output.as_deref(), Some("{\"result\":0}"));
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_flow_calls_another_and_gets_its_output_or_its_error() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            let (five, version) = inside.flow("five", FIVE).await;
            let caller = "
document: {dsl: '1.0.3', namespace: test, name: caller, version: '1.0.0'}
do:
  - ask:
      run: {workflow: {namespace: test, name: five, version: latest, input: {start: '${ .from }'}}}
  - wrap: {set: {got: '${ .result }'}}
";
            let (flow, calling) = inside.flow("caller", caller).await;
            inside.deploy(&flow, &calling, None).await.unwrap();
            let refused = inside.start(&flow, json!({"from": 5})).await.unwrap();
            let faulted = inside.until(&engine, &refused.id, &["faulted"]).await;
            let error: Value = serde_json::from_str(faulted.error.as_deref().unwrap()).unwrap();
            assert_eq!(
                error["type"], "https://open-workflow-specification.org/spec/1.0.0/errors/configuration",
                "nothing is live there yet: {error}"
            );
            inside.deploy(&five, &version, None).await.unwrap();
            let run = inside.start(&flow, json!({"from": 5})).await.unwrap();
            let ended = inside.until(&engine, &run.id, &["completed", "faulted"]).await;
            assert_eq!(ended.output.as_deref(), Some("{\"got\":12}"), "{ended:?}");
            let child = inside.steps(&run.id).await[0].child_run_id.clone().unwrap();
            let child = inside.run(&child).await;
            assert_eq!((child.parent_run_id.as_deref(), child.trigger_.as_str(), child.depth), (Some(run.id.as_str()), "subflow", 1));
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_paused_flow_refuses_starts_and_says_why() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let (flow, version) = inside.flow("five", FIVE).await;
            assert_eq!(inside.start(&flow, json!({})).await.unwrap_err().code(), "no_runnable_version");
            inside.deploy(&flow, &version, None).await.unwrap();
            let (paused, environment) = (flow.clone(), inside.environment("production").await);
            inside
                .write(move |conn, ctx| {
                    let pause = signalbox::domain::deployment::Verb::Pause;
                    app::deployment::switch::switch(conn, ctx, &paused, &environment, pause, "zero prices", None)
                })
                .await
                .unwrap();
            assert_eq!(inside.start(&flow, json!({})).await.unwrap_err().code(), "deployment_paused");
        });
    });
}
