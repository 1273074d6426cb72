//! Export and import beside the server, and whatever bytes may come as a file.

use serde_json::{Value, json};
use signalbox::definition::import::asl::convert;
use signalbox::definition::{Definition, parse, validate};
use signalbox::domain::access::Role;
use signalbox::domain::portable;

use super::support::random::{Choice, sampled};
use super::support::{Cli, Database, ServerInside, each_database};

/// A flow of one step.
fn definition(note: &str) -> String {
    format!("document: {{dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0'}}\ndo:\n  - greet:\n      set: {{note: {note}}}\n")
}

/// An instance with one published flow, and its export.
fn greet(database: &Database) -> String {
    let server = ServerInside::start(database);
    let api = server.api(Role::Admin);
    api.post("/main/flows", &json!({"slug": "greet", "name": "Greet", "definition": definition("one")})).expect(201);
    api.post("/main/flows/greet/versions/1/publication", &json!({"note": "n", "label": "first"})).expect(200);
    api.get("/main/flows/greet/export").expect(200).text()
}

#[test]
fn commands_write_files_and_bring_them_in() {
    each_database(|database| {
        let expected = greet(database);
        let cli = Cli::new(database);
        let file = database.folder().join("greet.sbx.json");
        let path = file.to_str().expect("a path");
        assert!(cli.ok(&["export", "main/greet", "--out", path]).contains("hash "));
        assert_eq!(std::fs::read_to_string(&file).expect("read it"), expected);
        assert!(cli.fails(1, &["export", "main/greet", "--out", path]).contains("is there already"));
        cli.ok(&["export", "main/greet/first", "--out", path, "--force"]);
        assert_eq!(cli.run(&["export", "main", "--out", "-"]).stdout.matches("\"slug\": \"greet\"").count(), 1);
        for wrong in ["main/greet/9", "main/nothing", "nothing", "a/b/c/d", "main//1"] {
            cli.fails(1, &["export", wrong, "--out", "-"]);
        }
        assert!(cli.ok(&["import", path]).contains("Identical to v1, nothing to do"));
        std::fs::write(&file, definition("two")).expect("write a definition");
        let told = cli.ok(&["import", path]);
        assert!(told.contains("flow greet: New draft v2") && told.contains("Add --apply"), "{told}");
        let report: Value = serde_json::from_str(&cli.ok(&["import", path, "--apply", "--json"])).expect("json");
        assert_eq!((&report["applied"], &report["done"]["made"][0]["versions"]), (&json!(true), &json!([2])));
        assert!(cli.ok(&["import", path, "--apply"]).contains("nothing was made"));
        cli.ok(&["import", path, "--apply", "--as", "greet=other", "--as-draft", "greet"]);
        assert!(cli.ok(&["import", path, "--skip", "greet"]).contains("Left out"));
        assert!(cli.ok(&["import", path, "--skip", "greet", "--apply"]).contains("All of it was left out"));
        for (option, value) in [("--skip", "nope"), ("--as", "nope=zz"), ("--as-draft", "nope"), ("--revise", "variable/nope")] {
            let told = cli.fails(1, &["import", path, option, value]);
            assert!(told.contains("nope”"), "{told}");
            assert!(told.contains(if option == "--revise" { "holds none of that kind" } else { "choose from greet" }), "{told}");
        }
        cli.fails(1, &["import", path, "--into", "nowhere"]);
        cli.fails(2, &["import", path, "--as", "greet"]);
        std::fs::write(&file, "---\n---\n").expect("write");
        assert!(cli.fails(1, &["import", path]).contains("holds no definition"));
        std::fs::write(&file, "PK\u{3}\u{4}").expect("write");
        assert!(cli.fails(1, &["import", path, "--apply"]).contains("packed file (zip)"));
        assert_eq!(database.count("SELECT count(*) FROM flows"), 2);
    });
}

#[test]
fn whatever_bytes_come_as_a_file_are_answered() {
    let good = greet(&Database::sqlite()).into_bytes();
    assert!(portable::read(&good).is_ok());
    let mut choice = Choice::seeded();
    for _ in 0..sampled(400, 10_000) {
        let mut bytes = good.clone();
        for _ in 0..choice.between(1, 4) {
            let at = usize::try_from(choice.between(0, bytes.len() as u64 - 1)).expect("small");
            match choice.between(0, 4) {
                0 => bytes[at] ^= u8::try_from(choice.between(1, 255)).expect("a byte"),
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, *choice.of(b"{}[]\",:0e-\\\xff")),
                3 => {
                    bytes.remove(at);
                }
                _ => bytes
                    .splice(at..at, choice.of(&[&b"NaN"[..], b"1e999", b"null", b"{\"a\":1,\"a\":2}", b"[[[[", b"\"\\u0000\""]).to_vec())
                    .for_each(drop),
            }
            if bytes.is_empty() {
                bytes.push(b' ');
            }
        }
        // Layout is no part of what is hashed; everything else is.
        if let Ok(file) = portable::read(&bytes) {
            assert_eq!(file.to_text().into_bytes(), good, "another content went through: {}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// Any JSON, up to a depth.
fn anything(choice: &mut Choice, depth: u32) -> Value {
    const WORDS: [&str; 12] = [
        "$",
        "$.a",
        "$$.Map.Item.Value",
        "States.Format('{}', $.a)",
        "States.Array(",
        "$[?(@.a>1)]",
        "{% $x %}",
        "",
        "Pass",
        "${",
        "$..",
        "*\\",
    ];
    match choice.between(0, if depth == 0 { 4 } else { 6 }) {
        0 => Value::Null,
        1 => json!(choice.between(0, 3)),
        2 => json!(choice.between(0, 1) == 1),
        3 | 4 => json!(choice.of(&WORDS)),
        5 => (0..choice.between(0, 3)).map(|_| anything(choice, depth - 1)).collect(),
        _ => state(choice, depth - 1),
    }
}

/// Something like a state, with fields of the language and whatever in them.
fn state(choice: &mut Choice, depth: u32) -> Value {
    const TYPES: [&str; 9] = ["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map", "Odd"];
    const FIELDS: [&str; 30] = [
        "Type",
        "Next",
        "End",
        "InputPath",
        "OutputPath",
        "ResultPath",
        "Parameters",
        "ResultSelector",
        "Result",
        "Resource",
        "Retry",
        "Catch",
        "Choices",
        "Default",
        "Seconds",
        "Timestamp",
        "SecondsPath",
        "Error",
        "Cause",
        "Branches",
        "Iterator",
        "ItemProcessor",
        "ItemsPath",
        "ItemSelector",
        "Assign",
        "Output",
        "QueryLanguage",
        "TimeoutSeconds",
        "a.$",
        "And",
    ];
    let mut map = serde_json::Map::new();
    map.insert("Type".into(), json!(choice.of(&TYPES)));
    for _ in 0..choice.between(0, 6) {
        map.insert((*choice.of(&FIELDS)).to_owned(), anything(choice, depth));
    }
    if choice.between(0, 3) == 0 {
        map.insert("StartAt".into(), json!("A"));
        map.insert("States".into(), json!({"A": anything(choice, depth)}));
    }
    Value::Object(map)
}

#[test]
fn whatever_comes_as_a_state_machine_is_answered() {
    let mut choice = Choice::seeded();
    for _ in 0..sampled(300, 10_000) {
        let states: serde_json::Map<String, Value> =
            ["A", "B", "end"].iter().map(|name| ((*name).to_owned(), state(&mut choice, 3))).collect();
        let machine = json!({"StartAt": choice.of(&["A", "B", "Z"]), "States": states});
        if let Ok(done) = convert(&machine, "m") {
            let definition = Definition::from_value(done.definition.clone());
            assert_eq!(parse::value(definition.text()).expect("it reads back"), done.definition, "{machine}");
            let _ = validate(&definition);
        }
    }
}
