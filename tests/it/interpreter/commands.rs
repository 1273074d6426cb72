//! `signalbox check` and `signalbox run`, as a program sees them.
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::stub::{Answer, Stub};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn flow(&self, name: &str, rest: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(
            &path,
            format!("document: {{dsl: 1.0.3, namespace: t, name: {}, version: 1.0.0}}\n{rest}\n", name.replace(['.', '_'], "-")),
        )
        .expect("written");
        path
    }
}

fn signalbox(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_signalbox")).args(args).output().expect("it runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap_or_else(|_| panic!("{} {}", stdout(output), stderr(output)))
}

#[test]
fn run_prints_the_contracts_json() {
    let folder = Folder::new();
    let file = folder
        .flow("a.yaml", "do: [{one: {set: {n: '${ .n + 1 }'}}}, {skipped: {if: 'false', set: {x: 1}}}, {two: {set: {n: '${ .n * 2 }'}}}]");
    let done = signalbox(&["run", file.to_str().expect("path"), "--input", "{\"n\": 1}", "--json"]);
    assert_eq!(printed(&done), json!({"state": "completed", "output": {"n": 4}, "error": null, "tasks": ["one", "two"]}));
    assert_eq!(done.status.code(), Some(0));
    let plain = signalbox(&["run", file.to_str().expect("path"), "--input", "{\"n\": 1}"]);
    assert_eq!(printed(&plain), json!({"n": 4}));

    let file = folder.flow("b.yaml", "do: [{r: {raise: {error: {type: 'https://e.example/x', status: 400, title: T}}}}]");
    let done = signalbox(&["run", file.to_str().expect("path"), "--json"]);
    let error = json!({"type": "https://e.example/x", "status": 400, "title": "T", "instance": "/do/0/r"});
    assert_eq!(printed(&done), json!({"state": "faulted", "output": null, "error": error, "tasks": ["r"]}));
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn run_takes_files_variables_origins_and_other_flows() {
    let folder = Folder::new();
    let stub = Stub::start(|_| Answer::json(json!({"pet": 1})));
    let input = folder.0.path().join("in.yaml");
    std::fs::write(&input, "deep: {n: 5}\n").expect("written");
    let child = folder.flow("child", "do: [{x: {set: {v: '${ .n }'}}}]");
    let rest = "
do:
  - get: {call: http, with: {method: get, endpoint: 'https://pets.example/1'}, output: {as: '{ pet: .pet, n: $input.deep.n, region: $runtime.metadata.variables.region }'}}
  - more: {run: {workflow: {namespace: t, name: child, version: latest, input: {n: '${ .n }'}}}, output: {as: '$input + .'}}";
    let file = folder.flow("parent.yaml", rest);
    let origin = format!("https://pets.example={}", stub.origin());
    let from = format!("@{}", input.display());
    let done = signalbox(&[
        "run",
        file.to_str().expect("path"),
        "--input",
        &from,
        "--origin",
        &origin,
        "--var",
        "region=north",
        "--with",
        child.to_str().expect("path"),
        "--json",
    ]);
    assert_eq!(printed(&done)["output"], json!({"pet": 1, "n": 5, "region": "north", "v": 5}), "{}", stderr(&done));
}

#[test]
fn run_gives_variables_and_names_the_component_that_is_missing() {
    let folder = Folder::new();
    let rest = "
use: {functions: {twice: {set: {n: '${ .n * 2 }'}}}}
do:
  - twice: {call: twice, with: {n: 4}}
  - place: {set: {n: '${ .n }', region: '${ $environment.variables.region }', name: '${ $environment.name }'}}
  - rate: {if: '.n == 0', call: lookup@default, with: {lookup: rates, key: NL}}
  - item: {call: http, with: {method: get, endpoint: 'connection://orders/1'}}";
    let file = folder.flow("shared.yaml", rest);
    let path = file.to_str().expect("path");
    let done = signalbox(&["run", path, "--var", "region=north", "--json"]);
    let printed = printed(&done);
    assert_eq!(printed["tasks"], json!(["twice", "twice", "place", "item"]), "{printed}");
    let detail = printed["error"]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("the connection “orders” is not known here"), "{printed}");
    for (line, kind) in [(7, "lookup “rates”"), (8, "connection “orders”")] {
        let said = format!("shared.yaml:{line}: ");
        assert!(stderr(&done).lines().any(|l| l.contains(&said) && l.contains(kind)), "{}", stderr(&done));
    }
    assert_eq!(stdout(&signalbox(&["check", path])), format!("{path}: no problems\n"));
    let wrong = folder.flow(
        "wrong.yaml",
        "do: [{a: {call: lookup@default, with: {table: x, key: 1}}}, {b: {call: twice}}, {c: {set: {s: '${ $secrets.pin }'}}}]",
    );
    let said = stdout(&signalbox(&["check", wrong.to_str().expect("path")]));
    for part in [
        "`with` of lookup needs `lookup`",
        "`table` is not known",
        "\"twice\" is not defined under `use.functions`",
        "\"pin\" is not defined under `use.secrets`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn run_refuses_private_addresses_unless_told() {
    let folder = Folder::new();
    let stub = Stub::start(|_| Answer::json(json!({"ok": true})));
    let file = folder.flow("c.yaml", &format!("do: [{{c: {{call: http, with: {{method: get, endpoint: '{}/x'}}}}}}]", stub.origin()));
    let refused = signalbox(&["run", file.to_str().expect("path"), "--json"]);
    assert_eq!(printed(&refused)["error"]["status"], 403);
    assert!(stub.seen().is_empty());
    let allowed = signalbox(&["run", file.to_str().expect("path"), "--allow-egress", &stub.address.to_string()]);
    assert_eq!(printed(&allowed), json!({"ok": true}));
}

#[test]
fn run_cancels_when_its_time_is_over() {
    let folder = Folder::new();
    let file = folder.flow("w.yaml", "do: [{w: {wait: PT1H}}]");
    let done = signalbox(&["run", file.to_str().expect("path"), "--timeout", "100ms", "--json"]);
    assert_eq!(printed(&done), json!({"state": "cancelled", "output": null, "error": null, "tasks": ["w"]}));
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn run_cancels_a_flow_that_never_waits() {
    let folder = Folder::new();
    let inner = "{m: {for: {each: y, in: '[range(90000)]'}, do: [{a: {set: {n: 1}}}]}}";
    let file = folder.flow("l.yaml", &format!("do: [{{l: {{for: {{in: '[range(90000)]'}}, do: [{inner}]}}}}]"));
    let begun = std::time::Instant::now();
    let done = signalbox(&["run", file.to_str().expect("path"), "--timeout", "200ms", "--json"]);
    assert_eq!(printed(&done)["state"], "cancelled", "{}", stderr(&done));
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
}

#[test]
fn run_says_what_is_wrong_and_how_to_write_it() {
    let folder = Folder::new();
    let file = folder.flow("d.yaml", "do: [{a: {set: {n: 1}}}]");
    let path = file.to_str().expect("path");
    let broken = folder.flow("e.yaml", "do: [{a: {set: {n: 1}, then: nowhere}}, {b: {raise: {error: nothing}}}]");
    let broken = broken.to_str().expect("path");
    for (args, code, part) in [
        (vec!["run", "/nowhere.yaml"], 1, "cannot be read"),
        (vec!["run", path, "--input", "{"], 2, "not JSON"),
        (vec!["run", path, "--input", "@/nowhere.json"], 1, "cannot be read"),
        (vec!["run", broken], 1, "/do/0/a"),
        (vec!["run", path, "--origin", "x"], 2, "FROM=TO"),
        (vec!["run", path, "--allow-egress", "http://x"], 2, "HOST:PORT"),
        (vec!["run", path, "--var", "x"], 2, "K=V"),
        (vec!["run", path, "--timeout", "soon"], 2, "60s"),
        (vec!["run"], 2, "FILE"),
    ] {
        let done = signalbox(&args);
        assert_eq!(done.status.code(), Some(code), "{args:?}: {}", stderr(&done));
        assert!(stderr(&done).contains(part), "{args:?}: {}", stderr(&done));
        assert!(code == 2 || stderr(&done).trim_end().lines().count() == 1, "{args:?}: {}", stderr(&done));
    }
}

#[test]
fn check_names_file_pointer_line_and_message() {
    let folder = Folder::new();
    let good = folder.flow("good.yaml", "do: [{a: {set: {n: 1}}}]");
    let bad = folder.flow("bad.yaml", "do:\n  - a:\n      set: {n: 1}\n      then: nowhere");
    let later = folder.flow("later.yaml", "do:\n  - l: {listen: {to: {one: {with: {type: x}}}}}");
    let path = |file: &PathBuf| file.to_str().expect("path").to_owned();

    let done = signalbox(&["check", &path(&good)]);
    assert_eq!((done.status.code(), stdout(&done)), (Some(0), format!("{}: no problems\n", path(&good))));

    let done = signalbox(&["check", &path(&good), &path(&bad), "--json"]);
    assert_eq!(done.status.code(), Some(1));
    let problems = printed(&done);
    let problem = &problems.as_array().expect("a list")[0];
    assert_eq!((&problem["file"], &problem["severity"]), (&json!(path(&bad)), &json!("error")));
    assert!(problem["pointer"].as_str().is_some_and(|pointer| pointer.starts_with("/do/0/a")), "{problem}");
    assert!(problem["line"].as_u64().is_some_and(|line| line >= 3), "{problem}");

    let done = signalbox(&["check", &path(&later)]);
    assert_eq!(done.status.code(), Some(0), "{}", stdout(&done));
    assert!(stdout(&done).contains("/do/0/l") && stdout(&done).contains("not executable"), "{}", stdout(&done));

    let done = signalbox(&["check", "/nowhere.yaml"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(stdout(&done).contains("cannot be read"));
}
