//! What a hostile expression cannot do.

use serde_json::json;

use super::*;

fn eval(text: &str, input: Value) -> Result<Value, ExpressionError> {
    evaluate_plain(&compile(text, &[])?, &input, &[], 0)
}

#[test]
fn deep_and_long_expressions_cannot_break_the_process() {
    let nest = |open: &str, close: &str, n: usize| format!("{}.{}", open.repeat(n), close.repeat(n));
    let hostile = [
        nest("[", "]", 5_000),
        nest("(", ")", 5_000),
        nest("{a:", "}", 3_000),
        nest("\"\\(", ")\"", 2_000),
        format!("{}1", "- ".repeat(8_000)),
        format!("{}.", "try ".repeat(4_000)),
        ". | ".repeat(4_000) + ".",
        ". + ".repeat(4_000) + ".",
        format!("{}.{}", "if . then ".repeat(1_500), " end".repeat(1_500)),
        "map(".repeat(3_000),
        ".a".repeat(8_000),
        format!("{}.", ". as $x | ".repeat(1_600)),
        ".[0]".repeat(4_000),
        nest("map(", ")", 99),
        nest("[", "]", 99),
        nest("\"\\(", ")\"", 49),
        ". | ".repeat(390) + ".",
        ". + ".repeat(390) + ".",
        nest("first(", ")", 99),
        nest("(. |= ", ")", 90),
        "[.]|".repeat(390) + ".",
        ".a?//".repeat(200) + ".",
        nest("[.[]|", "]", 90),
        nest("any(", ";.)", 60),
        nest("path(", ")", 99),
        nest("sort_by(", ")", 99),
        nest("sub(\"a\";", ")", 90),
        "]".repeat(9000),
        "\"\\(".repeat(3000),
    ];
    for text in hostile {
        if let Ok(compiled) = compile(&text, &[]) {
            for input in [json!([[1]]), json!({"a": "a"}), json!("a")] {
                let _ = engine::run(&compiled.inner, &input, &[], 0, Some(50_000));
            }
        }
    }
}

/// No loop, no recursion, and yet more work than there is time and memory for.
#[test]
fn growth_and_work_are_bounded_without_any_loop() {
    let nest = |open: &str, close: &str, n: usize| format!("{}.{}", open.repeat(n), close.repeat(n));
    let started = std::time::Instant::now();
    for text in [
        nest("with_entries(", ")", 60),
        format!("{}length", "[.,.] | ".repeat(60)),
        format!("[{}.] | length", "(.,.) | ".repeat(60)),
        format!("{}tojson | length", "[.,.] | ".repeat(60)),
        format!("{} . == .", "{a: ., b: .} | ".repeat(60)),
        format!("{}length", "(. + .) | ".repeat(60)),
        format!("{}length", "\"\\(.)\\(.)\" | ".repeat(60)),
        "tojson * 1000000000000 | length".to_owned(),
        "tojson * (1000000 * 1000000) | length".to_owned(),
        "tojson as $s | $s * 4000000 | gsub(\"\"; $s)".to_owned(),
        format!("{}length", ".[0:0] = . | ".repeat(60)),
        format!("{}length", "map(.,.) | ".repeat(60)),
        format!("any({}.; false)", "(.,.) | ".repeat(60)),
        format!("{}sort | length", "[.,.] | ".repeat(60)),
        format!("{}flatten | length", "[.,.] | ".repeat(60)),
        format!("{}length", ". += . | ".repeat(60)),
        format!("{}@base64", "[.,.] | ".repeat(60)),
        format!("{}error", "[.,.] | ".repeat(60)),
    ] {
        let compiled = compile(&text, &[]).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(compiled.weight(), Weight::Plain, "{text}");
        for input in [json!({"a": 1, "b": 2}), json!([1, 2, 3]), json!("ab")] {
            if let Ok(value) = engine::run(&compiled.inner, &input, &[], 0, Some(100_000)) {
                assert!(value.to_string().len() <= MAX_VALUE, "{text}");
            }
        }
    }
    let tired = compile(&format!("any({}.; false)", "(.,.) | ".repeat(60)), &[]).unwrap();
    let error = engine::run(&tired.inner, &json!(1), &[], 0, Some(100_000)).unwrap_err();
    assert_eq!((error.kind, error.message.contains("too much work")), (ErrorKind::TooLarge, true));
    eprintln!("hostile plain expressions: {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 90);
}

#[test]
fn everyday_work_stays_within_the_steps() {
    let items: Vec<Value> = (0..20_000).map(|i| json!({"id": i, "name": format!("item {i}"), "n": i % 7, "tags": ["a", "b"]})).collect();
    let input = json!({"items": items});
    for text in [
        ".items | map(select(.n > 3)) | length",
        ".items | group_by(.n) | map({n: .[0].n, count: length})",
        ".items | map({key: (.id | tostring), value: .name}) | from_entries | length",
        "[.items[] | .name] | join(\",\") | length",
        ".items | sort_by(.name) | .[0]",
        ".items | map(.n) | add",
        ".items | unique_by(.n) | length",
        "[.items[].tags[]] | length",
    ] {
        let started = std::time::Instant::now();
        eval(text, input.clone()).unwrap_or_else(|e| panic!("{text}: {e}"));
        eprintln!("{text}: {:?}", started.elapsed());
    }
}

#[test]
fn guarded_operators_mean_what_they_meant() {
    for (text, input, output) in [
        ("[(1,2) * (10,100)]", json!(0), json!([10, 100, 20, 200])),
        ("[(1,2) + (10,100)]", json!(0), json!([11, 101, 12, 102])),
        ("[1 < 2, 1 <= 1, 2 > 3, 2 >= 2, 1 == 1.0, 1 != 1]", json!(0), json!([true, true, false, true, true, false])),
        (".a += 1 | .b *= 2 | .c -= 1 | .d //= 4", json!({"a": 1, "b": 3, "c": 5}), json!({"a": 2, "b": 6, "c": 4, "d": 4})),
        (".[] += 1", json!([1, 2]), json!([2, 3])),
        (".a = .b", json!({"a": 1, "b": 2}), json!({"a": 2, "b": 2})),
        ("(.a, .b) |= . + 1", json!({"a": 1, "b": 2}), json!({"a": 2, "b": 3})),
        ("{a: 1} * {a: {b: 2}, c: 3} + {d: 4}", json!(0), json!({"a": {"b": 2}, "c": 3, "d": 4})),
        ("\"ab\" * 3", json!(0), json!("ababab")),
        ("\"\\(1 + 1) \\({a: [1]}) \\(\"x\")\"", json!(0), json!("2 {\"a\":[1]} x")),
        ("@base64 \"\\(.)!\"", json!("hi"), json!("aGk=!")),
        ("{a, \"b\": 2, (\"c\"): 3} | keys", json!({"a": 1}), json!(["a", "b", "c"])),
        ("path(.a[0].b)", json!(null), json!(["a", 0, "b"])),
        ("[paths]", json!({"a": [1]}), json!([["a"], ["a", 0]])),
        ("del(.a, .b[0])", json!({"a": 1, "b": [1, 2]}), json!({"b": [2]})),
        ("map(select(.x == 1) |= (.y = 2))", json!([{"x": 1}, {"x": 3}]), json!([{"x": 1, "y": 2}, {"x": 3}])),
        (". as [$a, {b: $c}] | $a + $c", json!([1, {"b": 2}]), json!(3)),
        ("contains({a: [1]}), inside([1])", json!({"a": [1, 2]}), json!(true)),
        ("index(\"b\")", json!("abab"), json!(1)),
        ("tojson", json!({"a": [1, 1.5, null]}), json!("{\"a\":[1,1.5,null]}")),
        ("try error({a: 1}) catch .a", json!(0), json!(1)),
        ("[.[]?] | length", json!(3), json!(0)),
        ("-(1 + 2)", json!(0), json!(-3)),
        ("[limit(0; 1)] | length", json!(0), json!(0)),
    ] {
        let compiled = compile(text, &[]).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(evaluate_unguarded(&compiled, &input, &[], 0), Ok(output), "{text}");
    }
    assert!(compile("__main", &[]).is_err());
}

#[test]
fn shallow_trees_fit_a_small_stack() {
    let nest = |open: &str, close: &str, n: usize| format!("{}.{}", open.repeat(n), close.repeat(n));
    let shapes = [
        nest("map(", ")", 18),
        nest("first(", ")", 17),
        nest("[.[]|", "]", 8),
        nest("with_entries(", ")", 6),
        nest("any(", ";.)", 17),
        nest("\"\\(", ")\"", 8),
        nest("sort_by(", ")", 17),
        nest("path(", ")", 17),
        nest("(. |= ", ")", 17),
    ];
    let deep = (0..120).fold(json!(1), |v, _| json!([v]));
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        for text in shapes {
            let compiled = compile(&text, &[]).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert!(!compiled.inner.roomy, "{text}");
            let _ = evaluate_plain(&compiled, &deep, &[], 0);
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn values_are_bounded_both_ways() {
    let big = json!("x".repeat(MAX_VALUE));
    assert_eq!(eval(".", big).unwrap_err().kind, ErrorKind::TooLarge);
    let half = json!("x".repeat(MAX_VALUE / 2));
    assert_eq!(eval(". + . + .", half).unwrap_err().kind, ErrorKind::TooLarge);
    let deep = (0..MAX_DEPTH - 1).fold(json!(1), |v, _| json!([v]));
    assert!(eval(".", deep.clone()).is_ok());
    assert_eq!(eval("[[.]]", deep).unwrap_err().kind, ErrorKind::TooLarge);
    assert_eq!(eval("fromjson", json!("[".repeat(100_000))).unwrap_err().kind, ErrorKind::Evaluation);
    assert_eq!(eval("tonumber", json!("[".repeat(100_000))).unwrap_err().kind, ErrorKind::Evaluation);
}

#[test]
fn a_panic_inside_fails_the_expression_only() {
    assert!(eval("length", json!(i64::MIN)).is_ok() || eval("length", json!(i64::MIN)).is_err());
    assert!(eval("[2024, 127, 1, 0, 0, 0] | mktime", json!(0)).is_err());
}
