//! Dies at every edge of a run and resumes from what a crash leaves: the same result, every effect as often as promised.
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use signalbox::definition::Definition;
use signalbox::runner::durable::Interrupted;
use signalbox::runner::interpret::{Finished, World, execute};
use signalbox::runner::memory::{Flows, Journal, Memory};

use super::stub::{Answer, Seen, Stub};
use super::support::{Jumping, Told, definition, facts, local};

const FLOW: &str = "
do:
  - prepare: {set: {order: '${ .order }', sum: 0}, export: {as: '{ order: .order }'}}
  - each:
      for: {each: line, in: '[1, 2, 3]'}
      do:
        - book:
            call: http
            with: {method: post, endpoint: 'ORIGIN/book', body: {line: '${ $line }'}}
            output: {as: '{ sum: ($input.sum + .booked) }'}
  - pause: {wait: PT1H}
  - flaky:
      try:
        - note: {set: '${ . }', export: {as: '$context + { noted: .sum }'}}
        - call: {call: http, with: {method: post, endpoint: 'ORIGIN/flaky'}, output: {as: '$input + .'}}
      catch: {errors: {with: {status: 503}}, retry: {delay: PT5S, limit: {attempt: {count: 9}}}}
  - count: {set: '${ . + { round: ((.round // 0) + 1) } }'}
  - again: {switch: [{more: {when: .round < 3, then: count}}]}
  - other: {run: {workflow: {namespace: test, name: child, version: latest, input: {n: '${ .sum }'}}}, output: {as: '$input + .'}}
  - last: {set: {sum: '${ .sum }', ok: '${ .ok }', round: '${ .round }', child: '${ .child }', context: '${ $context }'}}
";

fn shop() -> Stub {
    let failed = AtomicU32::new(0);
    Stub::start(move |seen: &Seen| match seen.target.as_str() {
        "/book" => Answer::json(
            json!({"booked": serde_json::from_str::<Value>(&seen.body).unwrap_or_default()["line"].as_i64().unwrap_or(0) * 10}),
        ),
        _ if failed.fetch_add(1, Ordering::SeqCst) == 0 => Answer::status(503),
        _ => Answer::json(json!({"ok": true})),
    })
}

fn child(world: &World) -> Flows {
    let yaml = "document: {dsl: 1.0.3, namespace: test, name: child, version: 1.0.0}\ndo: [{a: {set: {child: '${ .n * 2 }'}}}]";
    Flows { definitions: Arc::new(vec![definition(yaml)]), world: world.clone() }
}

async fn drive(
    definition: &Definition,
    world: &World,
    journal: Journal,
    clock: Arc<Told>,
    die: Option<u64>,
) -> (Result<Finished, Interrupted>, Jumping) {
    let mut memory = Memory::resume(clock.clone(), journal).with_flows(child(world));
    if let Some(edge) = die {
        memory = memory.dying_at(edge);
    }
    let mut ctx = Jumping::over(memory, clock);
    let finished = execute(definition, &facts(), json!({"order": 7}), &mut ctx, world).await;
    (finished, ctx)
}

#[tokio::test]
async fn a_run_that_dies_at_any_edge_comes_to_the_same_end() {
    let world = local();
    let wanted = json!({"sum": 60, "ok": true, "round": 3, "child": 120, "context": {"order": 7, "noted": 60}});
    let mut edge = 0;
    loop {
        let stub = shop();
        let definition = definition(&FLOW.replace("ORIGIN", &stub.origin()));
        let clock = Told::new();
        let (first, ctx) = drive(&definition, &world, Journal::default(), clock.clone(), Some(edge)).await;
        if let Ok(finished) = first {
            assert_eq!(finished, Finished::Completed(wanted.clone().into()));
            break;
        }
        let (second, again) = drive(&definition, &world, ctx.memory.crash(), clock, None).await;
        assert_eq!(second, Ok(Finished::Completed(wanted.clone().into())), "edge {edge}");

        let mut calls: HashMap<String, u32> = HashMap::new();
        for seen in stub.seen() {
            *calls.entry(seen.header("idempotency-key").unwrap_or_default().to_owned()).or_default() += 1;
        }
        let flaky = calls.remove("wfr_test/do/3/flaky/try/1/call").unwrap_or(0);
        assert!((2..=3).contains(&flaky), "edge {edge}: {flaky} flaky calls");
        assert_eq!(calls.len(), 3, "edge {edge}: {calls:?}");
        let again_at_most_one = calls.values().filter(|count| **count > 1).count() <= 1 && calls.values().all(|count| *count <= 2);
        assert!(again_at_most_one, "edge {edge}: {calls:?}");
        let pauses = again.sleeps.iter().filter(|(key, _)| key == "/do/2/pause").count();
        assert!(pauses <= 1);
        edge += 1;
    }
    assert!(edge > 60, "only {edge} edges");
}

#[tokio::test]
async fn a_run_that_dies_again_and_again_still_ends() {
    let world = local();
    let stub = shop();
    let definition = definition(&FLOW.replace("ORIGIN", &stub.origin()));
    let clock = Told::new();
    let mut journal = Journal::default();
    let mut lives = 0;
    loop {
        // Every life gets a little further than its replay.
        let (ended, ctx) = drive(&definition, &world, journal, clock.clone(), Some(20 + lives * 3)).await;
        if let Ok(finished) = ended {
            assert!(matches!(finished, Finished::Completed(_)), "{finished:?}");
            break;
        }
        journal = ctx.memory.crash();
        lives += 1;
        assert!(lives < 200);
    }
    assert!(lives > 3, "{lives}");
}

#[tokio::test]
async fn what_must_not_run_twice_never_does() {
    let world = local();
    let mut parked = 0;
    for edge in 0.. {
        let stub = Stub::start(|_| Answer::json(json!({"paid": true})));
        let yaml = format!(
            "do: [{{pay: {{call: http, metadata: {{signalbox: {{atMostOnce: true}}}}, with: {{method: post, endpoint: '{}/pay'}}}}}}]",
            stub.origin()
        );
        let (definition, clock) = (definition(&yaml), Told::new());
        let (first, ctx) = drive(&definition, &world, Journal::default(), clock.clone(), Some(edge)).await;
        if first.is_ok() {
            break;
        }
        let (second, _) = drive(&definition, &world, ctx.memory.crash(), clock, None).await;
        assert!(stub.seen().len() <= 1, "edge {edge}");
        match second {
            Ok(Finished::Completed(output)) => assert_eq!(*output, json!({"paid": true})),
            Err(Interrupted::NeedsAttention(step)) => {
                assert_eq!(step, "/do/0/pay");
                parked += 1;
            }
            other => panic!("edge {edge}: {other:?}"),
        }
    }
    assert!(parked >= 2, "dying between intent and result parks the run");
}

#[tokio::test]
async fn a_deadline_counts_from_the_recorded_entry() {
    let world = local();
    let yaml = "do: [{t: {timeout: {after: PT10S}, do: [{a: {wait: PT4S}}, {b: {wait: PT4S}}, {c: {wait: PT4S}}]}}]";
    let definition = definition(yaml);
    for edge in 0.. {
        let clock = Told::new();
        let (first, ctx) = drive(&definition, &world, Journal::default(), clock.clone(), Some(edge)).await;
        let finished = match first {
            Ok(finished) => finished,
            Err(_) => drive(&definition, &world, ctx.memory.crash(), clock.clone(), None).await.0.expect("resumed"),
        };
        let Finished::Faulted(error) = finished else { panic!("edge {edge}: completed") };
        assert_eq!((error.status, error.instance.as_deref()), (408, Some("/do/0/t")), "edge {edge}");
        if edge > 40 {
            break;
        }
    }
}

#[test]
fn a_run_can_be_spawned() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let (world, definition, facts) = (local(), definition("do: [{a: {set: {n: 1}}}]"), facts());
    let mut memory = Memory::new(Told::new());
    drop(sendable(execute(&definition, &facts, json!({}), &mut memory, &world)));
}

#[tokio::test]
async fn deep_nesting_fits_on_a_small_stack() {
    let deep = (0..40).fold(json!([{"a": {"set": {"n": 1}}}]), |inner, n| {
        if n % 2 == 0 { json!([{"d": {"do": inner}}]) } else { json!([{"t": {"try": inner, "catch": {}}}]) }
    });
    let definition = super::support::completed(json!({"do": deep}));
    println!(
        "a run's future takes {} bytes",
        std::mem::size_of_val(&execute(&definition, &facts(), json!({}), &mut Memory::new(Told::new()), &local()))
    );
    let ran = super::support::run_in(&local(), &definition, &facts(), json!({})).await;
    assert_eq!(ran.output(), &json!({"n": 1}));
}
