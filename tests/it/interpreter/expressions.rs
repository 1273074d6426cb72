//! Dangerous expressions: the server lives on, and answers within the limit and a second.
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signalbox::definition::expression::{ExpressionError, compile};
use signalbox::runner::expressions::{Evaluator, Settings};

fn evaluator(deadline: Duration) -> Evaluator {
    Evaluator::new(Settings { deadline, ..Settings::of(env!("CARGO_BIN_EXE_signalbox")) })
}

async fn evaluate(evaluator: &Evaluator, text: &str, input: &Value) -> Result<Value, ExpressionError> {
    let compiled = compile(text, &["x"])?;
    evaluator.evaluate(&compiled, &["x"], input, &[("x", &json!(5))], 0).await
}

/// Everything of DEFINITION §5 that kills or hangs a process, and its relatives.
const DANGEROUS: &[&str] = &[
    "halt",
    "halt_error",
    "env",
    "$ENV",
    "input",
    "def f: 1+f; f",
    "def f: [f]; f",
    "reduce range(200000) as $i (0; [.])",
    "reduce range(1e12) as $i (0; . + 1)",
    "\"[\"*100000|fromjson",
    "\"x\"*1e10",
    "def f: f; f",
    "[repeat(1)]",
    "last(repeat(1))",
    "last(range(1e12))",
    "[range(1e10)]",
    "[limit(1e10; repeat(\"x\"*1000))]",
    "last(recurse(. + 1))",
    "until(false; . + 1)",
    "[while(true; . + 1)]",
    "last(foreach range(1e12) as $i (0; . + $i))",
    "[recurse([.]; true)] | length",
    "first(range(1e12) | select(. < 0))",
    "[.[]?, repeat(.)] | add",
];

#[tokio::test]
async fn no_expression_harms_the_server() {
    let deadline = Duration::from_millis(800);
    let evaluator = evaluator(deadline);
    for text in DANGEROUS {
        let begun = Instant::now();
        let done = evaluate(&evaluator, text, &json!(0)).await;
        let took = begun.elapsed();
        assert!(done.is_err(), "{text} gave {:?}", done.map(|value| value.to_string().chars().take(80).collect::<String>()));
        assert!(took < deadline + Duration::from_secs(1), "{text} took {took:?}");
        assert_eq!(evaluate(&evaluator, "reduce range($x) as $i (0; . + $i)", &json!(null)).await, Ok(json!(10)), "after {text}");
    }
}

#[tokio::test]
async fn heavy_expressions_that_behave_give_their_result() {
    let evaluator = evaluator(Duration::from_secs(5));
    let cases = [
        ("reduce .[] as $n (0; . + $n)", json!([1, 2, 3]), json!(6)),
        ("[limit(3; repeat(.))]", json!(1), json!([1, 1, 1])),
        ("def double: . * 2; double", json!(4), json!(8)),
        (".text | fromjson | .a", json!({"text": "{\"a\": [1]}"}), json!([1])),
        ("[range(5)] | map(. * $x)", json!(null), json!([0, 5, 10, 15, 20])),
        ("[recurse(if . < 3 then . + 1 else empty end)]", json!(0), json!([0, 1, 2, 3])),
        ("now | floor + (reduce range(3) as $i (0; .))", json!(null), json!(0)),
    ];
    for (text, input, wanted) in cases {
        assert_eq!(evaluate(&evaluator, text, &input).await, Ok(wanted), "{text}");
    }
}

#[tokio::test]
async fn failures_inside_the_worker_are_told() {
    let evaluator = evaluator(Duration::from_secs(5));
    let error = evaluate(&evaluator, "reduce .[] as $n (0; . + ($n | error(\"no luck\")))", &json!([1])).await.expect_err("fails");
    assert!(error.message.contains("no luck"), "{error}");
    let error = evaluate(&evaluator, "reduce range(3) as $i (\"x\"; . * 100000000)", &json!(null)).await.expect_err("too large");
    assert!(!error.message.is_empty());
}

#[tokio::test]
async fn evaluations_side_by_side_share_the_workers() {
    let evaluator = std::sync::Arc::new(evaluator(Duration::from_secs(10)));
    let mut running = tokio::task::JoinSet::new();
    for n in 0..20 {
        let evaluator = evaluator.clone();
        running.spawn(async move { evaluate(&evaluator, "reduce range(100) as $i (0; . + 1) | . + $x", &json!(n)).await });
    }
    while let Some(done) = running.join_next().await {
        assert_eq!(done.expect("joined"), Ok(json!(105)));
    }
}

#[tokio::test]
async fn a_missing_worker_program_is_an_error_not_a_panic() {
    let evaluator = Evaluator::new(Settings::of("/nowhere/signalbox"));
    let error = evaluate(&evaluator, "reduce range(3) as $i (0; .)", &json!(null)).await.expect_err("no worker");
    assert!(error.message.contains("cannot be started"), "{error}");
}
