//! How long two definitions of 5,000 steps take to be compared, in ordinary and in bad cases.
//!
//! `cargo bench --bench compare`. The second figure is a ratio: comparing against writing both definitions in canonical
//! form once, which any comparison of content must do at least. Exits with an error when a case takes 200 ms or more.

use std::time::Instant;

use serde_json::{Value, json};
use signalbox::definition::canonical;
use signalbox::definition::diff::{Content, apply, diff};

/// Steps of each definition.
const STEPS: usize = 5_000;
/// What a comparison may take, in milliseconds.
const LIMIT: f64 = 200.0;

fn step(i: usize, salt: usize) -> Value {
    json!({
        "if": format!(".n > {i}"),
        "call": "http",
        "with": {"method": "post", "endpoint": {"uri": format!("https://shop.example/orders/{i}")}, "body": {"n": i, "salt": salt}},
    })
}

fn named(make: impl Fn(usize) -> (String, Value)) -> Value {
    (0..STEPS).map(make).map(|(name, task)| json!({name: task})).collect()
}

fn flat(prefix: &str, salt: usize) -> Value {
    json!({"do": named(|i| (format!("{prefix}{i}"), step(i, salt)))})
}

/// Scopes in scopes, `depth` of them, with equally many steps in each.
fn nested(depth: usize, salt: usize) -> Value {
    let wide = STEPS / depth;
    (0..depth).fold(json!({"do": []}), |inner, level| {
        let mut list: Vec<Value> = (1..wide).map(|k| json!({format!("s{level}x{k}"): step(k, salt)})).collect();
        list.push(json!({format!("scope{level}"): inner}));
        json!({"do": list})
    })
}

fn cases() -> Vec<(&'static str, Value, Value)> {
    let base = flat("t", 0);
    let edited = |edit: &dyn Fn(&mut Vec<Value>)| {
        let mut new = base.clone();
        new["do"].as_array_mut().into_iter().for_each(edit);
        new
    };
    let waits = |prefix: &str| json!({"do": named(|i| (format!("{prefix}{i}"), json!({"wait": "PT1S"})))});
    let near =
        |p: &str| json!({"do": named(|i| (format!("{p}{i}"), json!({"set": {"a": i % 300, "b": i / 7 % 300, "c": i, "d": p, "e": 1}})))});
    let switch = |cases: Vec<usize>| {
        let cases: Vec<Value> = cases.into_iter().map(|i| json!({format!("c{i}"): {"when": ".x", "then": "end"}})).collect();
        json!({"do": [{"s": {"switch": cases}}]})
    };
    vec![
        ("the same", base.clone(), base.clone()),
        ("one step changed", base.clone(), edited(&|l| l[2_500]["t2500"]["with"]["method"] = "put".into())),
        ("all changed", base.clone(), flat("t", 1)),
        ("all renamed", base.clone(), flat("u", 0)),
        ("all renamed and changed", base.clone(), flat("u", 1)),
        ("all moved", base.clone(), edited(&|l| l.reverse())),
        ("all moved into a scope", base.clone(), json!({"do": [{"all": base.clone()}]})),
        ("all alike, renamed", waits("a"), waits("b")),
        ("nearly alike, renamed and changed", near("a"), near("b")),
        ("30 scopes deep, all changed", nested(30, 0), nested(30, 1)),
        ("30 scopes against 20", nested(30, 0), nested(20, 1)),
        ("nothing in common", base.clone(), json!({"do": named(|i| (format!("x{i}"), json!({"set": {"v": i * 31}})))})),
        ("a switch with its cases reversed", switch((0..STEPS).collect()), switch((0..STEPS).rev().collect())),
    ]
}

fn main() {
    let none = json!({});
    let mut slow = false;
    println!("{:36} {:>9} {:>7} {:>8}", format!("{STEPS} steps"), "ms", "ratio", "changes");
    for (name, old, new) in cases() {
        let (a, b) = (Content { definition: &old, settings: &none }, Content { definition: &new, settings: &none });
        let fastest = |work: &dyn Fn()| {
            let times = (0..5).map(|_| {
                let started = Instant::now();
                work();
                started.elapsed().as_secs_f64() * 1_000.0
            });
            times.fold(f64::MAX, f64::min)
        };
        let (took, written) = (fastest(&|| drop(diff(a, b))), fastest(&|| drop((canonical(&old), canonical(&new)))));
        let changes = diff(a, b);
        let right = apply(a, &changes).is_ok_and(|(made, _)| canonical(&made) == canonical(&new));
        println!("{name:36} {took:>9.1} {:>7.1} {:>8}{}", took / written, changes.len(), if right { "" } else { "  WRONG" });
        slow |= took >= LIMIT || !right;
    }
    std::process::exit(i32::from(slow));
}
