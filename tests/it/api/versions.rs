//! Versions: made, listed, read by any of their names, compared, deleted.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, DEV, FLOW, definition};
use crate::support::{Database, ServerInside, each_database};

#[test]
fn a_version_goes_by_number_latest_draft_label_and_id() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_flow();
        client
            .post(&format!("{FLOW}/versions/1/publication"), json!({"note": "first", "reference": "SHOP-1", "label": "spring"}))
            .expect(200);
        let draft = client
            .post(&format!("{FLOW}/versions"), json!({"from": "spring", "definition": definition("two"), "note": "next"}))
            .expect(201);
        assert_eq!(draft.header("location"), Some("/api/v1/main/flows/greet/versions/2"));
        let draft = draft.json();
        assert_eq!(
            (&draft["number"], &draft["from"], &draft["note"], &draft["lifecycle"]),
            (&json!(2), &json!(1), &json!("next"), &json!("draft"))
        );
        let one = client.get(&format!("{FLOW}/versions/1")).ok();
        for name in ["v1", "latest", "spring", one["id"].as_str().expect("an id")] {
            assert_eq!(client.get(&format!("{FLOW}/versions/{name}")).ok()["number"], 1, "{name}");
        }
        assert_eq!(client.get(&format!("{FLOW}/versions/draft")).ok()["number"], 2);
        assert_eq!(
            (&one["lifecycle"], &one["sync"], &one["label"], &one["reference"]),
            (&json!("published"), &json!("never"), &json!("spring"), &json!("SHOP-1"))
        );
        assert_eq!(one["definition"]["do"], json!([{"greet": {"set": {"note": "one"}}}]));
        assert_eq!(one["text"], definition("one"));
        assert_eq!(one["hash"].as_str().map(str::len), Some(64));
        client.get(&format!("{FLOW}/versions/summer")).refused(404, "not_found");
        client.get(&format!("{FLOW}/versions/17")).refused(404, "not_found");
    });
}

#[test]
fn presence_and_colour_follow_what_is_live() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    client.make_version("two");
    client.deploy(2);
    client.post(&format!("{DEV}/deployments"), json!({"version": 1})).expect(200);
    client.post("/main/environments/production/flows/greet/pause", json!({})).expect(200);
    let listed = client.get(&format!("{FLOW}/versions")).ok();
    let look =
        |n: usize| (listed["items"][n]["number"].clone(), listed["items"][n]["sync"].clone(), listed["items"][n]["presence"].clone());
    let (number, sync, presence) = look(0);
    assert_eq!((number, sync), (json!(2), json!("current")));
    assert_eq!(presence, json!([{"environment": "production", "state": "paused", "percent": 100.0}]));
    let (number, sync, presence) = look(1);
    assert_eq!((number, sync), (json!(1), json!("earlier")));
    assert_eq!(
        presence,
        json!([{"environment": "development", "state": "live", "percent": 100.0}, {"environment": "production", "state": "inactive", "percent": 0.0}])
    );
}

#[test]
fn problems_point_at_their_place_and_stop_publishing() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    client.make_flow();
    let broken = definition("x").replace("set: {note: x}", "then: nowhere");
    let made = client.post(&format!("{FLOW}/versions"), json!({"definition": broken})).expect(201).json();
    let problems = made["validity"]["problems"].as_array().expect("problems").clone();
    assert_eq!(made["validity"]["ready"], false);
    assert!(
        problems.iter().any(|p| p["pointer"].as_str().is_some_and(|at| at.starts_with("/do/0/greet")) && p["line"].is_u64()),
        "{problems:?}"
    );
    let refused = client.post(&format!("{FLOW}/versions/2/publication"), json!({"note": "try"})).refused(409, "version_not_ready");
    assert_eq!(refused["problems"].as_array().map(Vec::len), Some(problems.len()));
    let unreadable = client.post(&format!("{FLOW}/versions"), json!({"definition": "do: [unclosed"})).expect(201).json();
    assert_eq!((&unreadable["definition"], &unreadable["validity"]["ready"]), (&Value::Null, &json!(false)));
}

#[test]
fn identical_content_mints_nothing_and_names_its_twin() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    client.make_published();
    client.post(&format!("{FLOW}/versions"), json!({"from": 1})).expect(201);
    let refused = client.post(&format!("{FLOW}/versions/2/publication"), json!({"note": "again"})).refused(409, "identical");
    assert_eq!(refused["version"], 1);
    client.post(&format!("{FLOW}/versions/1/publication"), json!({"note": "again"})).refused(409, "not_a_draft");
    client.make_version("three");
    let label = |number: i64| client.post(&format!("{FLOW}/versions/{number}/publication"), json!({"label": "latest"}));
    assert_eq!(label(2).refused(422, "invalid")["errors"][0]["field"], "label");
}

#[test]
fn versions_are_listed_newest_first() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_published();
        for note in ["two", "three"] {
            client.make_version(note);
        }
        client.post(&format!("{FLOW}/versions"), json!({})).expect(201);
        let numbers = |query: &str| {
            let list = client.get(&format!("{FLOW}/versions?{query}")).ok();
            let numbers: Vec<i64> = list["items"].as_array().expect("items").iter().filter_map(|i| i["number"].as_i64()).collect();
            (numbers, list["next"].as_str().map(str::to_owned))
        };
        assert_eq!(numbers("limit=3"), (vec![4, 3, 2], Some("2".into())));
        assert_eq!(numbers("limit=3&before=2"), (vec![1], None));
        assert_eq!(numbers("limit=2&after=1"), (vec![3, 2], Some("3".into())));
        assert_eq!(numbers("lifecycle=draft"), (vec![4], None));
        assert_eq!(numbers("lifecycle=published").0, [3, 2, 1]);
        let refused = client.get(&format!("{FLOW}/versions?lifecycle=live")).refused(422, "invalid");
        assert!(refused["detail"].as_str().expect("words").contains("draft, published, archived"), "{refused}");
    });
}

#[test]
fn a_version_is_deleted_unless_something_needs_it() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    let refused = client.delete(&format!("{FLOW}/versions/1")).refused(409, "in_use");
    assert_eq!((&refused["reasons"][0]["code"], &refused["reasons"][0]["environment"]), (&json!("deployed"), &json!("production")));
    client.post(&format!("{FLOW}/versions"), json!({})).expect(201);
    let stale = client.call("DELETE", &format!("{FLOW}/versions/2"), &[("if-match", "\"99\"")], None).refused(409, "stale");
    assert_eq!(stale["current"]["etag"], 1);
    client.delete(&format!("{FLOW}/versions/2")).expect(204);
    client.get(&format!("{FLOW}/versions/2")).refused(404, "not_found");
    assert_eq!(client.make_version("three"), 3, "numbers are never used again");
}

#[test]
fn two_versions_are_compared_in_sentences_and_lines() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    client.make_published();
    let longer = definition("two") + "  - more:\n      set: {done: true}\n";
    client.post(&format!("{FLOW}/versions"), json!({"definition": longer})).expect(201);
    let found = client.get(&format!("{FLOW}/compare/1/draft")).ok();
    assert_eq!(
        (&found["a"], &found["b"], &found["identical"], &found["structure"]),
        (&json!(1), &json!(2), &json!(false), &json!("changed"))
    );
    let sentences = found["sentences"].as_array().expect("sentences");
    assert!(sentences.len() >= 2 && sentences.iter().all(|s| s["text"].as_str().is_some_and(|t| !t.is_empty())), "{sentences:?}");
    assert!(found["impact"].is_string());
    assert!(found["text"]["unified"].as_str().expect("lines").contains("+  - more:"));
    let same = client.get(&format!("{FLOW}/compare/1/1")).ok();
    assert_eq!(
        (&same["identical"], &same["sentences"], &same["impact"], &same["structure"]),
        (&json!(true), &json!([]), &json!(null), &json!("same"))
    );
    client.get(&format!("{FLOW}/compare/1/9")).refused(404, "not_found");
    let moved = sentences.iter().find(|s| s["subject"] == "step" && s["kind"] == "added").expect("the new step");
    assert_eq!(moved["pointer"].as_str().map(|p| p.ends_with("/more")), Some(true), "{moved}");
    assert!(found["meaning"].as_array().is_some_and(|facts| facts.iter().any(|f| f["look"] == json!(false))));
    let saved = client.get(&format!("{FLOW}/compare/1.0/2@1")).ok();
    assert_eq!((&saved["a_title"], &saved["b"]), (&json!("v1.0"), &json!(2)));
    client.get(&format!("{FLOW}/compare/live:production/2")).refused(404, "not_found");
    client.get(&format!("{FLOW}/compare/1/2@77")).refused(404, "not_found");
}
