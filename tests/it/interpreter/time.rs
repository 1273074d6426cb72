//! Waits, retries and timeouts, with a clock that jumps.
use std::time::Duration;

use serde_json::json;

use super::stub::{Answer, Stub};
use super::support::{START, definition, facts, local, run, run_in};

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn waits_as_long_as_each_spelling_says() {
    for (written, seconds) in [("PT90S", 90), ("{ minutes: 1, seconds: 30 }", 90), ("'${ .pause }'", 5), ("{ days: 1 }", 86_400)] {
        let ran = run(&format!("do: [{{w: {{wait: {written}}}}}]"), json!({"pause": "PT5S"})).await;
        assert_eq!(ran.output(), &json!({"pause": "PT5S"}), "a wait passes its input on");
        assert_eq!(ran.sleeps.len(), 1);
        let slept = ran.sleeps[0].1;
        assert!((slept - seconds * SECOND).abs() < 1_000, "{written}: {slept}");
        assert_eq!(ran.sleeps[0].0, "/do/0/w");
    }
}

#[tokio::test]
async fn now_is_the_recorded_instant_of_the_step() {
    let ran = run("do: [{a: {set: {one: '${ now }', two: '${ now }', at: '${ $task.startedAt.epoch.milliseconds }'}}}]", json!({})).await;
    let output = ran.output();
    assert_eq!(output["one"], output["two"]);
    assert_eq!(output["at"], json!(START.0 / 1_000));
    let now = output["one"].as_f64().expect("seconds");
    assert!((now - START.0 as f64 / 1e6).abs() < 0.01, "{now}");
}

fn failing(retry: &str) -> String {
    format!(
        "do: [{{t: {{try: [{{b: {{raise: {{error: {{type: 'https://e.example/x', status: 503}}}}}}}}], catch: {{retry: {retry}, do: [{{c: {{set: {{n: 1}}}}}}]}}}}}}]"
    )
}

async fn delays(retry: &str) -> Vec<i64> {
    let ran = run(&failing(retry), json!({})).await;
    assert_eq!(ran.output(), &json!({"n": 1}));
    ran.sleeps.iter().map(|(_, slept)| slept / 1_000).collect()
}

#[tokio::test]
async fn retries_wait_as_their_backoff_says() {
    assert_eq!(delays("{delay: {seconds: 3}, limit: {attempt: {count: 3}}}").await, [3_000, 3_000, 3_000]);
    assert_eq!(delays("{delay: PT3S, backoff: {constant: {}}, limit: {attempt: {count: 2}}}").await, [3_000, 3_000]);
    assert_eq!(delays("{delay: PT3S, backoff: {linear: {}}, limit: {attempt: {count: 3}}}").await, [3_000, 6_000, 9_000]);
    assert_eq!(delays("{delay: PT1S, backoff: {exponential: {}}, limit: {attempt: {count: 4}}}").await, [1_000, 2_000, 4_000, 8_000]);
    assert_eq!(delays("{limit: {attempt: {count: 2}}}").await, Vec::<i64>::new());
}

#[tokio::test]
async fn jitter_adds_what_it_says_and_the_same_each_time() {
    let retry = "{delay: PT1S, jitter: {from: {milliseconds: 100}, to: {milliseconds: 900}}, limit: {attempt: {count: 8}}}";
    let first = delays(retry).await;
    assert_eq!(first.len(), 8);
    assert!(first.iter().all(|delay| (1_100..=1_900).contains(delay)), "{first:?}");
    assert!(first.windows(2).any(|pair| pair[0] != pair[1]), "{first:?}");
    assert_eq!(first, delays(retry).await);
}

#[tokio::test]
async fn no_retry_starts_after_the_duration_limit() {
    assert_eq!(delays("{delay: PT10S, limit: {duration: PT25S}}").await, [10_000, 10_000]);
}

#[tokio::test]
async fn retries_without_a_limit_end_at_the_runtimes_ceiling() {
    let mut world = local();
    world.ceilings.retries = 5;
    let ran = run_in(&world, &definition(&failing("{}")), &facts(), json!({})).await;
    assert_eq!(ran.tasks.iter().filter(|name| *name == "b").count(), 6);
}

#[tokio::test]
async fn a_task_timeout_interrupts_a_wait() {
    let ran = run("do: [{w: {wait: PT1H, timeout: {after: PT2S}}}]", json!({})).await;
    let error = ran.error();
    assert_eq!(error["type"], "https://open-workflow-specification.org/spec/1.0.0/errors/timeout");
    assert_eq!((&error["status"], &error["instance"]), (&json!(408), &json!("/do/0/w")));
    assert!(ran.took < 3 * SECOND, "{}", ran.took);
}

#[tokio::test]
async fn a_named_timeout_and_one_by_expression_count_too() {
    for timeout in ["timeout: short", "timeout: {after: '${ .limit }'}"] {
        let ran = run(
            &format!("use: {{timeouts: {{short: {{after: PT2S}}}}}}\ndo: [{{w: {{wait: PT1H, {timeout}}}}}]"),
            json!({"limit": "PT2S"}),
        )
        .await;
        assert_eq!(ran.error()["status"], 408, "{timeout}");
    }
}

#[tokio::test]
async fn an_outer_timeout_passes_every_catch_inside_it() {
    let yaml = "
do:
  - outer:
      timeout: {after: PT5S}
      do:
        - inner:
            try: [{w: {wait: PT1H}}]
            catch: {do: [{swallow: {set: {caught: inside}}}]}
";
    let ran = run(yaml, json!({})).await;
    assert_eq!((&ran.error()["status"], &ran.error()["instance"]), (&json!(408), &json!("/do/0/outer")));
    assert_eq!(ran.tasks, ["outer", "inner", "w"]);
}

#[tokio::test]
async fn the_timeout_of_a_task_is_caught_outside_it() {
    let yaml = "
do:
  - t:
      try: [{w: {wait: PT1H, timeout: {after: PT5S}}}]
      catch: {errors: {with: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout'}}, do: [{c: {set: {at: '${ $error.instance }'}}}]}
";
    assert_eq!(run(yaml, json!({})).await.output(), &json!({"at": "/do/0/t/try/0/w"}));
}

#[tokio::test]
async fn the_limit_of_one_try_is_caught_and_retried() {
    let yaml = "
do:
  - t:
      try: [{w: {wait: PT1H}}]
      catch: {retry: {limit: {attempt: {count: 2, duration: PT3S}}}, do: [{c: {set: {s: '${ $error.status }'}}}]}
";
    let ran = run(yaml, json!({})).await;
    assert_eq!(ran.output(), &json!({"s": 408}));
    assert_eq!(ran.tasks, ["t", "w", "w", "w", "c"]);
    assert!(ran.took < 10 * SECOND);
}

#[tokio::test]
async fn the_workflows_timeout_ends_the_run() {
    let ran = run("timeout: {after: PT1M}\ndo: [{t: {try: [{w: {wait: PT1H}}], catch: {}}}]", json!({})).await;
    let error = ran.error();
    assert_eq!((&error["status"], &error["instance"]), (&json!(408), &json!("/timeout")));
    assert!(ran.took < 61 * SECOND);
}

#[tokio::test]
async fn a_timeout_interrupts_a_call_that_hangs() {
    let stub = Stub::start(|_| Answer::status(200).after(Duration::from_secs(20)));
    let yaml = format!(
        "do: [{{c: {{call: http, with: {{method: get, endpoint: '{}/slow'}}, timeout: {{after: {{milliseconds: 150}}}}}}}}]",
        stub.origin()
    );
    let begun = std::time::Instant::now();
    let ran = run(&yaml, json!({})).await;
    assert_eq!((&ran.error()["status"], &ran.error()["instance"]), (&json!(408), &json!("/do/0/c")));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn ceilings_hold() {
    let mut world = local();
    world.ceilings.rounds = 10;
    world.ceilings.tasks = 50;
    world.ceilings.payload = 1_000;
    let error = |yaml: &'static str, input| {
        let world = &world;
        async move { run_in(world, &definition(yaml), &facts(), input).await.error()["detail"].as_str().unwrap_or_default().to_owned() }
    };
    let items: Vec<u32> = (0..11).collect();
    assert!(error("do: [{l: {for: {in: .xs}, do: [{a: {set: {n: 1}}}]}}]", json!({"xs": items})).await.contains("10 times"));
    assert!(error("do: [{a: {set: {n: 1}}}, {b: {set: {n: 1}, then: a}}]", json!({})).await.contains("more than 50 tasks"));
    assert!(error("do: [{a: {set: {n: '${ [.x, .x] }'}}}]", json!({"x": "y".repeat(600)})).await.contains("larger than"));
}

#[tokio::test]
async fn a_thousand_small_steps_are_quick() {
    let yaml = "do: [{l: {for: {in: .xs}, do: [{a: {set: {n: '${ .n + $item }'}}}]}}]";
    let items: Vec<u32> = (0..1_000).collect();
    let begun = std::time::Instant::now();
    let ran = run(yaml, json!({"xs": items, "n": 0})).await;
    assert_eq!(ran.output(), &json!({"n": 499_500}));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
