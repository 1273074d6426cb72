//! Exports: the same bytes after a round trip, in any instance, and nothing secret in them.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, definition};
use crate::support::random::{Choice, sampled};
use crate::support::{Cli, Database, ServerInside, each_database};

const CANARY: &str = "canary-\"hunter2\"-value";

/// Another instance on a database of the same kind.
pub fn beside(database: &Database) -> Database {
    if database.is_sqlite() { Database::sqlite() } else { Database::new_postgres() }
}

pub fn text_of(client: &Client, path: &str) -> String {
    client.get(path).expect(200).text()
}

/// A definition under a name of its own.
pub fn named(name: &str, note: &str) -> String {
    definition(note).replace("name: greet", &format!("name: {name}"))
}

/// Whatever a workspace can hold, at random.
fn fill(client: &Client, choice: &mut Choice) {
    client.post("/main/components", json!({"kind": "secret", "name": "pin"})).expect(201);
    client.put("/main/components/secret/pin/secret", "*", json!({"value": CANARY})).expect(200);
    let connection = json!({"base": "https://orders.example", "authentication": {"kind": "bearer", "secret": "pin"}});
    client.post("/main/components", json!({"kind": "connection", "name": "orders", "content": connection})).expect(201);
    client
        .post("/main/components", json!({"kind": "variable", "name": "TAX", "content": {"value": {"b": 0.1, "a": [1, null]}}}))
        .expect(201);
    for n in 0..choice.between(0, 3) {
        let body = json!({"content": {"value": {"round": n, "rate": 1e-7}}, "note": format!("round {n}")});
        client.put("/main/components/variable/TAX", "*", body).expect(200);
    }
    if choice.between(0, 1) == 1 {
        client.post("/main/environments", json!({"slug": "staging", "name": "Staging ü", "kind": "staging"})).expect(201);
        client.put("/main/environments/staging/draft/replacements", "*", json!({"variables": {"region": "eu"}})).expect(200);
        client.post("/main/environments/staging/versions/draft/deployment", json!({"comment": "x"})).expect(200);
        client.call("PATCH", "/main/environments/staging", &[], Some(&json!({"description": "before", "approvals": 1}))).expect(200);
        client.call("PATCH", "/main/environments/production", &[], Some(&json!({"promotes_from": "staging"}))).expect(200);
    }
    for slug in ["alpha", "beta", "gamma"].iter().take(usize::try_from(choice.between(1, 3)).expect("small")) {
        flow(client, slug, choice);
    }
    client.post("/main/plans", json!({"name": "Careful", "stages": [{"percent": 5, "min_minutes": 30}, {"percent": 50}]})).expect(201);
    client
        .post("/main/packages", json!({"name": "Spring", "note": "n", "items": [{"flow": "alpha", "version": 1, "priority": 3}]}))
        .expect(201);
}

fn flow(client: &Client, slug: &str, choice: &mut Choice) {
    let at = format!("/main/flows/{slug}");
    let text = format!("# by hand: {slug}\n{}", named(slug, "one"));
    client.post("/main/flows", json!({"slug": slug, "name": format!("Flow {slug}"), "description": "d", "definition": text})).expect(201);
    let publication = json!({"note": "first ✓", "reference": "SHOP-1", "label": "spring"});
    client.post(&format!("{at}/versions/1/publication"), publication).expect(200);
    for n in 2..=choice.between(1, 4) + 1 {
        let made = client.post(&format!("{at}/versions"), json!({"definition": named(slug, &format!("n{n}"))})).expect(201).json();
        let number = made["number"].as_i64().expect("a number");
        match choice.between(0, 3) {
            0 => {}
            1 => {
                client.put(&format!("{at}/versions/{number}/settings"), "*", json!({"key": ".name"})).expect(200);
                client.post(&format!("{at}/versions/{number}/publication"), json!({"note": format!("n{n}")})).expect(200);
            }
            2 => {
                client.post(&format!("{at}/versions/{number}/publication"), json!({})).expect(200);
            }
            _ => {
                // A number that is never used again.
                client.delete(&format!("{at}/versions/{number}")).expect(204);
            }
        }
    }
    client.post(&format!("{at}/versions"), json!({"definition": "do: [ this is no definition"})).expect(201);
    if choice.between(0, 1) == 1 {
        client.post(&format!("/main/environments/development/flows/{slug}/deployments"), json!({"version": 1})).expect(200);
        client.post(&format!("{at}/versions/1/revisions"), json!({"settings": {"key": ".order"}, "note": "hot"})).expect(201);
    }
}

#[test]
fn a_workspace_comes_back_byte_for_byte_in_an_empty_instance() {
    let mut choice = Choice::seeded();
    for _ in 0..sampled(1, 20) {
        for first in [Database::sqlite(), Database::new_postgres()] {
            round_trip(&first, &mut choice);
        }
    }
}

fn round_trip(first: &Database, choice: &mut Choice) {
    let there = ServerInside::start(first);
    let source = Client::new(&there, Role::Admin);
    fill(&source, choice);
    let out = text_of(&source, "/main/export");
    assert_eq!(out, text_of(&source, "/main/export"), "the same state gives the same bytes");
    for canary in [CANARY, "hunter2", "wfl_", "wflv_", "env_", "cmp_", "usr_", "ws_"] {
        assert!(!out.contains(canary), "{canary} stands in the file");
    }
    // The other instance stands on the other kind of database.
    let second = if first.is_sqlite() { Database::new_postgres() } else { Database::sqlite() };
    let here = ServerInside::start(&second);
    let target = Client::new(&here, Role::Admin);
    let report = target.post("/main/imports", json!({"file": out})).ok();
    assert_eq!((&report["applied"], &report["whole"], &report["done"]), (&json!(false), &json!(true), &Value::Null), "{report:#}");
    assert_eq!(target.get("/main/flows").ok()["items"], json!([]), "a report changes nothing");
    let done = target.post("/main/imports", json!({"file": out, "apply": true, "expect": report["digest"]})).ok();
    assert_eq!(done["applied"], json!(true));
    assert_eq!(text_of(&target, "/main/export"), out);
    for flow in target.get("/main/flows").ok()["items"].as_array().expect("flows") {
        let at = format!("/main/flows/{}", flow["slug"].as_str().expect("a slug"));
        assert_eq!(text_of(&target, &format!("{at}/export")), text_of(&source, &format!("{at}/export")));
        assert_eq!(text_of(&target, &format!("{at}/versions/1/export")), text_of(&source, &format!("{at}/versions/1/export")));
        // Never anything live.
        let live = target.get(&format!("/main/environments/development{}", at.trim_start_matches("/main"))).ok();
        assert_eq!(live["primary"], Value::Null);
    }
    // The same file again mints nothing.
    let events = second.count("SELECT count(*) FROM events");
    let again = target.post("/main/imports", json!({"file": out, "apply": true})).ok();
    assert_eq!(again["done"]["made"], json!([]), "{again:#}");
    assert_eq!(second.count("SELECT count(*) FROM events"), events);
    assert_eq!(text_of(&target, "/main/export"), out);
    // What came in stands as its events and hashes say.
    let proof: Value = serde_json::from_str(&Cli::new(&second).run(&["audit", "verify", "--json"]).stdout).expect("JSON");
    let found = proof["findings"].as_array().expect("a list").iter().filter(|f| f["kind"] == "record" || f["kind"] == "content");
    assert_eq!(found.count(), 0, "{proof:#}");
    let secret = target.get("/main/components/secret/pin").ok();
    assert_eq!(secret["value"], Value::Null, "the value of a secret does not travel: {secret}");
}

#[test]
fn a_flow_and_a_version_come_back_byte_for_byte() {
    each_database(|database| {
        let there = ServerInside::start(database);
        let source = Client::new(&there, Role::Admin);
        source.make_live();
        source.make_version("two");
        source.post("/main/environments/production/flows/greet/deployments", json!({"version": 2, "comment": "x"})).expect(200);
        source.post("/main/flows/greet/versions/2/revisions", json!({"settings": {"key": ".name"}, "note": "hot"})).expect(201);
        source.post("/main/flows/greet/versions", json!({"from": 1})).expect(201);
        for what in ["/main/flows/greet/export", "/main/flows/greet/versions/2/export", "/main/flows/greet/versions/draft/export"] {
            let answer = source.get(what).expect(200);
            let name = answer.header("content-disposition").expect("a name").to_owned();
            assert!(name.starts_with("attachment; filename=\"greet") && name.contains(".sbx.json"), "{name}");
            assert!(answer.header("content-security-policy").is_some_and(|p| p.starts_with("sandbox")));
            let out = answer.text();
            let other = beside(database);
            let here = ServerInside::start(&other);
            let target = Client::new(&here, Role::Editor);
            target.post("/main/imports", json!({"file": out, "apply": true})).expect(200);
            let again = if what.contains("draft") { "/main/flows/greet/versions/3/export" } else { what };
            assert_eq!(text_of(&target, again), out, "{what}");
        }
    });
}

#[test]
fn a_text_that_holds_the_value_of_a_secret_does_not_leave() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.post("/main/components", json!({"kind": "secret", "name": "pin"})).expect(201);
        client.put("/main/components/secret/pin/secret", "*", json!({"value": "s3cret-s3cret"})).expect(200);
        client.post("/main/flows", json!({"slug": "greet", "name": "Greet", "definition": definition("s3cret-s3cret")})).expect(201);
        for what in ["/main/export", "/main/flows/greet/export", "/main/flows/greet/versions/1/export"] {
            let refused = client.get(what).refused(409, "secret_in_export");
            assert!(refused["detail"].as_str().is_some_and(|d| d.contains("version 1 of Greet")), "{refused}");
            assert!(!refused.to_string().contains("s3cret"), "{refused}");
        }
        client.post("/main/releases", json!({"comment": "x"})).expect(201);
        let refused = client.get("/main/releases/1/export").refused(409, "secret_in_export");
        assert_eq!(refused["places"], json!(["version 1 of Greet"]), "{refused}");
        assert!(!refused.to_string().contains("s3cret"), "{refused}");
        // Another value: what stands in the text is no secret any more.
        client.put("/main/components/secret/pin/secret", "*", json!({"value": "another-value"})).expect(200);
        client.get("/main/export").expect(200);
        client.get("/main/releases/1/export").expect(200);
    });
}

#[test]
fn exports_are_made_a_few_times_a_minute() {
    let database = Database::sqlite();
    let server = ServerInside::with_exports(&database, 2);
    let client = Client::new(&server, Role::Admin);
    client.make_flow();
    client.get("/main/export").expect(200);
    client.get("/main/flows/greet/export").expect(200);
    let refused = client.get("/main/flows/greet/versions/draft/export");
    let seconds: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("when to try again");
    assert!((1..=60).contains(&seconds), "{seconds}");
    refused.refused(429, "throttled");
    // Only of the one who asked so often.
    Client::new(&server, Role::Viewer).get("/main/export").expect(200);
}
