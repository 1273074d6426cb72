use super::corpus::{CORPUS, Verdict, text_of};
use super::*;

const HEAD: &str = "document:\n  dsl: '1.0.3'\n  namespace: test\n  name: t\n  version: '1.0.0'\n";

fn check(rest: &str) -> Vec<Problem> {
    validate(&Definition::parse(&format!("{HEAD}{rest}")).unwrap())
}

fn one(rest: &str) -> Problem {
    let found = check(rest);
    assert_eq!(found.len(), 1, "{rest}: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn messages_name_the_place_the_line_and_the_way_out() {
    let p = one("do:\n- a:\n    set: { x: 1 }\n    than: end\n");
    assert_eq!((p.pointer.as_str(), p.line), ("/do/0/a/than", Some(9)));
    assert!(p.message.contains("`than` is not known in a `set` task. Did you mean `then`?"), "{}", p.message);

    let p = one("do:\n- fetch:\n    set: { x: 1 }\n    then: fetsh\n");
    assert!(p.message.contains("Did you mean `fetch`?"), "{}", p.message);

    let p = one("do:\n- a:\n    sett: { x: 1 }\n");
    assert!(p.message.contains("Did you mean `set`?"), "{}", p.message);

    let p = one("do:\n- a:\n  set: { x: 1 }\n");
    assert!(p.message.contains("Indent the keys"), "{}", p.message);

    let p = one("do:\n- a: { raise: { error: notFoud } }\nuse:\n  errors:\n    notFound: { type: 'https://x', status: 404 }\n");
    assert!(p.message.contains("Did you mean `notFound`?"), "{}", p.message);
}

#[test]
fn an_unquoted_version_is_explained() {
    let d = Definition::parse("document:\n  dsl: 1.0\n  namespace: a\n  name: b\n  version: 1.0\ndo: []\n").unwrap();
    let found = validate(&d);
    let version = found.iter().find(|p| p.pointer == "/document/version").unwrap();
    assert_eq!(version.line, Some(5));
    assert!(version.message.contains("version: '1.0.0'"), "{}", version.message);
    assert!(found.iter().any(|p| p.pointer == "/document/dsl" && p.message.contains("dsl: '1.0.3'")));
}

#[test]
fn what_cannot_be_executed_is_listed_by_pointer_and_is_no_error() {
    let found = check(
        "do:\n- a: { fork: { branches: [ { b: { emit: { event: { with: { type: x } } } } } ] } }\n- c: { set: { d: '${ $authorization.e }' } }\nschedule: { cron: '* * * * *' }\n",
    );
    assert!(found.iter().all(|p| p.severity == Severity::NotExecutable), "{found:?}");
    let pointers: Vec<&str> = found.iter().map(|p| p.pointer.as_str()).collect();
    assert_eq!(pointers, ["/do/0/a/fork", "/do/0/a/fork/branches/0/b/emit", "/do/1/c/set/d", "/schedule"]);
    assert!(!is_ready(&found));
}

#[test]
fn every_executable_construct_is_ready() {
    let found = check(
        "input: { from: .a, schema: { document: { type: object } } }\noutput: { as: . }\ntimeout: { after: PT1H }\nuse:\n  errors: { e: { type: 'https://x', status: 404 } }\n  retries: { r: { delay: PT1S, when: $error.status == 503 } }\n  timeouts: { t: { after: PT1S } }\n  authentications: { b: { bearer: { token: '${ .t }' } }, c: { basic: { username: u, password: p } } }\ndo:\n- s: { switch: [ { x: { when: .a, then: w } }, { y: { then: continue } } ] }\n- w: { wait: PT1S, timeout: t, if: '${ .a }' }\n- f: { for: { in: [ { a: 1 } ] }, while: $index < 2, do: [ { g: { set: { a: '${ $item }' } } } ] }\n- t: { try: [ { h: { call: http, with: { method: get, endpoint: { uri: 'https://a/{x}', authentication: { use: b } } } } } ], catch: { retry: r, as: err, do: [ { i: { raise: { error: e } } } ] } }\n- r: { run: { await: false, workflow: { namespace: a, name: b, version: 1.0.0, input: { k: '${ . }' } } }, metadata: { signalbox: { atMostOnce: true } } }\n- d: { do: [ { j: { set: '${ . }', export: { as: '{ n: $output }' } } } ] }\n",
    );
    assert_eq!(found, []);
    assert!(is_ready(&found));
}

/// Trap 2: data is evaluated only as a whole `${ }`; what looks like more is pointed out.
#[test]
fn literal_text_that_looks_like_an_expression_is_a_warning() {
    for (text, hint) in [("$error", "Write `${ $error }`"), ("Hello ${ .x }", "as a whole"), ("$input.a", "${ $input.a }")] {
        let p = one(&format!("do:\n- a:\n    try: []\n    catch:\n      do:\n      - b: {{ set: {{ e: '{text}' }} }}\n"));
        assert_eq!(p.severity, Severity::Warning);
        assert!(p.message.contains(hint), "{}", p.message);
    }
    assert_eq!(check("do:\n- a: { set: { price: $5, sh: '$HOME' } }\n"), []);
}

/// Trap 3: a block scalar with line breaks is no expression where the schema asks for one.
#[test]
fn an_expression_over_several_lines_is_explained() {
    let p = one("do:\n- a:\n    wait: |\n      ${\n        .x }\n");
    assert!(p.message.contains("one line"), "{}", p.message);
    assert_eq!(check("do:\n- a:\n    wait: >-\n      ${\n      .x }\n- b: { set: { y: \"${ .a\\n | .b }\" } }\n"), []);
}

/// Trap 6: the key `on` survives YAML 1.2, and a file broken by an older tool is recognised.
#[test]
fn on_is_a_key_and_true_is_explained() {
    assert!(check("do: []\nschedule: { on: { one: { with: { type: a } } } }\n").iter().all(|p| p.severity != Severity::Error));
    let found = check("do: []\nschedule: { true: { one: { with: { type: a } } } }\n");
    assert!(found.iter().any(|p| p.message.contains("Write on: again")), "{found:?}");
}

/// Trap 8: names, targets and defaults.
#[test]
fn scopes_are_checked() {
    let p = one("do:\n- a: { set: { x: 1 } }\n- a: { set: { x: 1 } }\n");
    assert!(p.message.contains("line 7"), "{}", p.message);
    let p = one("do:\n- a: { switch: [ { x: { then: end } }, { y: { then: end } } ] }\n");
    assert!(p.message.contains("(\"x\")"), "{}", p.message);
}

#[test]
fn heavy_expressions_are_valid() {
    assert_eq!(check("do:\n- a: { set: { x: '${ [range(10)] }' } }\n"), []);
}

#[test]
fn every_error_of_the_corpus_has_a_line_and_a_pointer_that_exists() {
    for case in CORPUS.iter().filter(|c| c.verdict != Verdict::Valid) {
        let Ok(d) = Definition::parse(&text_of(case)) else { continue };
        for p in validate(&d) {
            assert!(p.line.is_some(), "{}: {p:?}", case.name);
            let there = d.value().pointer(&p.pointer).is_some();
            assert!(there, "{}: {p:?}", case.name);
            assert!(p.message.ends_with(['.', '?']), "{}: {}", case.name, p.message);
        }
    }
}

#[test]
fn validation_is_bounded() {
    let mut text = format!("{HEAD}do:\n");
    for n in 0..5_000 {
        text.push_str(&format!("- t{n}: {{ sett: {{ x: '${{ .a + }}' }} }}\n"));
    }
    let d = Definition::parse(&text).unwrap();
    let started = std::time::Instant::now();
    assert_eq!(validate(&d).len(), MAX_PROBLEMS);
    eprintln!("5,000 broken steps: {:?}", started.elapsed());
}

#[test]
fn problems_serialise_as_the_interface_says() {
    let p = Problem::of(Severity::NotExecutable, "/do", "No.").at(Some(3));
    assert_eq!(
        serde_json::to_value(p).unwrap(),
        serde_json::json!({"pointer": "/do", "line": 3, "message": "No.", "severity": "not_executable"})
    );
}
