//! Imports: into flows that are here, beside names that are taken, past what is quarantined; all of it or nothing.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, LIVE, definition};
use super::exports::{beside, named, text_of};
use crate::support::{Database, ServerInside, each_database};

const IMPORTS: &str = "/main/imports";

impl Client {
    #[track_caller]
    fn bring(&self, file: &str, choices: Value) -> Value {
        self.post(IMPORTS, json!({"file": file, "apply": true, "choices": choices})).ok()
    }

    fn numbers(&self) -> Vec<(i64, String)> {
        let versions = self.get(&format!("{FLOW}/versions")).ok()["items"].as_array().expect("versions").clone();
        versions.iter().map(|v| (v["number"].as_i64().expect("a number"), v["lifecycle"].as_str().expect("a word").to_owned())).collect()
    }
}

/// What a table holds, counted behind the program's back.
fn rows(database: &Database) -> i64 {
    database.count("SELECT (SELECT count(*) FROM flows) + (SELECT count(*) FROM versions) + (SELECT count(*) FROM events) + (SELECT count(*) FROM components)")
}

/// A flow elsewhere with versions 1 and 2 published, 2 made from 1 and labelled, and a draft; as a file.
fn greet_elsewhere(database: &Database) -> String {
    let other = beside(database);
    let server = ServerInside::start(&other);
    let client = Client::new(&server, Role::Admin);
    client.make_published();
    client.post(&format!("{FLOW}/versions"), json!({"from": 1, "definition": definition("two")})).expect(201);
    client.post(&format!("{FLOW}/versions/2/publication"), json!({"note": "second", "label": "spring"})).expect(200);
    client.post(&format!("{FLOW}/versions"), json!({"from": 2, "definition": definition("three")})).expect(201);
    text_of(&client, &format!("{FLOW}/export"))
}

#[test]
fn what_is_new_becomes_versions_of_the_flow_that_is_here() {
    each_database(|database| {
        let file = greet_elsewhere(database);
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_published();
        // A version of its own that has the label already.
        client.post(&format!("{FLOW}/versions"), json!({"definition": definition("mine")})).expect(201);
        client.post(&format!("{FLOW}/versions/2/publication"), json!({"label": "spring"})).expect(200);
        let report = client.post(IMPORTS, json!({"file": file})).ok();
        let item = &report["items"][0];
        assert_eq!(
            (&item["outcome"], &item["here"], &item["says"]),
            (&json!("adds"), &json!("Greet, newest is v2"), &json!("2 new versions, v3 to v4"))
        );
        let mapped = json!([
            {"file": 1, "here": 1, "made": false, "lifecycle": "published"},
            {"file": 2, "here": 3, "made": true, "lifecycle": "published"},
            {"file": 3, "here": 4, "made": true, "lifecycle": "draft"},
        ]);
        assert_eq!(item["versions"], mapped);
        assert!(item["notes"][0]["says"].as_str().is_some_and(|s| s.contains("without its label “spring”: v2 has it")), "{item}");
        let done = client.bring(&file, json!([]));
        assert_eq!(done["done"]["made"][0]["versions"], json!([3, 4]));
        assert_eq!(client.numbers(), [(4, "draft".into()), (3, "published".into()), (2, "published".into()), (1, "published".into())]);
        let three = client.get(&format!("{FLOW}/versions/3")).ok();
        assert_eq!((&three["note"], &three["from"], &three["label"]), (&json!("second"), &json!(1), &Value::Null), "{three}");
        assert_eq!(three["author"], json!("Test admin"), "authors stay");
        let events = client.get("/main/events?limit=200").ok();
        let imported = events["items"].as_array().expect("events").iter().filter(|e| e["action"] == "version.imported").count();
        assert_eq!(imported, 2);
        // Identical content mints nothing, and nothing is said twice.
        let before = rows(database);
        let again = client.bring(&file, json!([]));
        assert_eq!((&again["done"]["made"], &again["items"][0]["outcome"]), (&json!([]), &json!("identical")));
        assert_eq!(rows(database), before);
    });
}

#[test]
fn the_newest_version_can_come_as_a_draft() {
    each_database(|database| {
        let file = greet_elsewhere(database);
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_published();
        let choice = json!([{"part": "flow", "key": "greet", "act": "as_draft"}]);
        client.bring(&file, choice.clone());
        assert_eq!(client.numbers(), [(2, "draft".into()), (1, "published".into())]);
        assert_eq!(client.bring(&file, choice)["done"]["made"], json!([]));
        let other = beside(database);
        let server = ServerInside::start(&other);
        let client = Client::new(&server, Role::Editor);
        client.bring(&file, json!([{"part": "flow", "key": "greet", "act": "as_draft"}]));
        assert_eq!(client.numbers(), [(1, "draft".into())]);
    });
}

#[test]
fn a_name_that_is_taken_is_asked_about_and_nothing_is_half_done() {
    each_database(|database| {
        let other = beside(database);
        let server = ServerInside::start(&other);
        let source = Client::new(&server, Role::Admin);
        source.make_published();
        source.post("/main/flows", json!({"slug": "alone", "name": "Alone", "definition": named("alone", "x")})).expect(201);
        source.post("/main/flows/alone/versions/1/publication", json!({})).expect(200);
        source
            .post("/main/packages", json!({"name": "Both", "items": [{"flow": "greet", "version": 1}, {"flow": "alone", "version": 1}]}))
            .expect(201);
        let file = text_of(&source, "/main/export");
        drop(server);
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        // The address is taken by a flow that is called otherwise.
        client.post("/main/flows", json!({"slug": "greet", "name": "Mine", "definition": named("mine", "x")})).expect(201);
        let before = rows(database);
        let nobody = json!([{"part": "flow", "key": "nope", "act": "skip"}]);
        for apply in [false, true] {
            let refused = client.post(IMPORTS, json!({"file": file, "apply": apply, "choices": nobody})).refused(422, "invalid");
            assert!(refused["errors"][0]["message"].as_str().is_some_and(|m| m.contains("choose from alone, greet")), "{refused}");
        }
        let refused = client.post(IMPORTS, json!({"file": file, "apply": true})).refused(409, "import_clash");
        assert!(refused["detail"].as_str().is_some_and(|d| d.contains("belongs to Mine, which is another flow (test/mine)")), "{refused}");
        assert_eq!(rows(database), before, "all of it or nothing");
        let same = json!([{"part": "flow", "key": "greet", "slug": "alone"}]);
        client.post(IMPORTS, json!({"file": file, "apply": true, "choices": same})).refused(409, "import_clash");
        assert_eq!(rows(database), before);
        let done = client.bring(&file, json!([{"part": "flow", "key": "greet", "slug": "greet-two"}]));
        let made: Vec<&Value> = done["done"]["made"].as_array().expect("items").iter().map(|m| &m["address"]).collect();
        assert_eq!(made, ["alone", "greet-two", "Both"]);
        // The history comes whole under another address, because its name is free; the package finds it there.
        assert_eq!(client.get("/main/flows/greet-two/versions/1").ok()["lifecycle"], json!("published"));
        assert_eq!(client.get("/main/packages/Both").ok()["items"][1]["flow"], json!("greet-two"));
    });
}

#[test]
fn another_address_makes_another_flow() {
    each_database(|database| {
        let file = greet_elsewhere(database);
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_published();
        let done = client.bring(&file, json!([{"part": "flow", "key": "greet", "slug": "greet-two"}]));
        assert_eq!(done["items"][0]["says"], json!("New flow with one draft, v1"));
        let made = client.get("/main/flows/greet-two/versions/1").ok();
        assert!(made["definition"]["document"]["name"] == json!("greet-two") && made["lifecycle"] == json!("draft"), "{made}");
        for bad in ["Greet", "export", "", "greet-two"] {
            let choice = json!([{"part": "flow", "key": "greet", "slug": bad}]);
            let report = client.post(IMPORTS, json!({"file": file, "choices": choice})).ok();
            assert_eq!(report["items"][0]["outcome"], if bad.is_empty() { json!("adds") } else { json!("clash") }, "{bad}");
        }
    });
}

#[test]
fn what_is_in_quarantine_stays_out() {
    each_database(|database| {
        let other = beside(database);
        let elsewhere = ServerInside::start(&other);
        let source = Client::new(&elsewhere, Role::Admin);
        source.make_live();
        let two = source.make_version("two");
        source.deploy(two);
        let clean = text_of(&source, &format!("{FLOW}/versions/2/export"));
        source.post(&format!("{LIVE}/rollback"), json!({"reason": "totals are wrong"})).expect(200);
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let marked = text_of(&source, &format!("{FLOW}/versions/2/export"));
        assert_ne!(marked, clean);
        let refused = client.post(IMPORTS, json!({"file": marked, "apply": true})).refused(409, "import_refused");
        assert!(refused["detail"].as_str().is_some_and(|d| d.contains("it was in quarantine in production")), "{refused}");
        // The flow comes in without it.
        let report = client.bring(&text_of(&source, &format!("{FLOW}/export")), json!([]));
        assert_eq!(report["done"]["made"][0]["versions"], json!([1]));
        // What is held here stays out as well, under whatever address.
        let held = beside(database);
        let server = ServerInside::start(&held);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let two = client.make_version("two");
        client.deploy(two);
        client.post(&format!("{LIVE}/rollback"), json!({"reason": "too slow"})).expect(200);
        let choice = json!([{"part": "flow", "key": "greet", "slug": "elsewhere"}]);
        let refused = client.post(IMPORTS, json!({"file": clean, "apply": true, "choices": choice})).refused(409, "import_refused");
        assert!(refused["detail"].as_str().is_some_and(|d| d.contains("in quarantine here (too slow)")), "{refused}");
        // A whole workspace brings its marks along.
        let whole = beside(database);
        let server = ServerInside::start(&whole);
        let client = Client::new(&server, Role::Admin);
        let file = text_of(&source, "/main/export");
        client.bring(&file, json!([]));
        assert_eq!(text_of(&client, "/main/export"), file);
        let body = json!({"version": 2, "comment": "x"});
        client.post(&format!("{LIVE}/deployments"), body).refused(409, "quarantined");
    });
}

#[test]
fn a_report_that_holds_no_more_is_stale() {
    each_database(|database| {
        let file = greet_elsewhere(database);
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        let report = client.post(IMPORTS, json!({"file": file})).ok();
        client.make_flow();
        let stale = client.post(IMPORTS, json!({"file": file, "apply": true, "expect": report["digest"]})).refused(409, "stale");
        assert_eq!(stale["current"]["report"]["items"][0]["outcome"], json!("adds"));
    });
}

#[test]
fn components_that_differ_stay_unless_somebody_says_otherwise() {
    each_database(|database| {
        let other = beside(database);
        let elsewhere = ServerInside::start(&other);
        let source = Client::new(&elsewhere, Role::Admin);
        source.post("/main/components", json!({"kind": "variable", "name": "TAX", "content": {"value": 21}})).expect(201);
        source.post("/main/components", json!({"kind": "secret", "name": "pin"})).expect(201);
        let file = text_of(&source, "/main/export");
        let server = ServerInside::start(database);
        let editor = Client::new(&server, Role::Editor);
        editor.post("/main/components", json!({"kind": "variable", "name": "TAX", "content": {"value": 19}})).expect(201);
        let report = editor.post(IMPORTS, json!({"file": file})).ok();
        let outcome = |key: &str| {
            let items = report["items"].as_array().expect("items");
            items.iter().find(|i| i["key"] == key).map(|i| i["outcome"].clone()).unwrap_or_default()
        };
        assert_eq!(
            (outcome("variable/TAX"), outcome("secret/pin"), outcome("production")),
            (json!("kept"), json!("refused"), json!("kept"))
        );
        editor.bring(&file, json!([{"part": "component", "key": "variable/TAX", "act": "as_file"}]));
        let tax = editor.get("/main/components/variable/TAX").ok();
        assert_eq!((&tax["revision"], &tax["content"]["value"]), (&json!(2), &json!(21)));
        let admin = Client::new(&server, Role::Admin);
        admin.bring(&file, json!([]));
        assert_eq!(admin.get("/main/components/secret/pin").ok()["revision"], json!(1));
    });
}

#[test]
fn plain_definitions_come_in_as_drafts() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        let file = format!("{}---\n{}", named("one", "x"), named("two", "x").replace("greet:", "greet: # mine\n     "));
        let done = client.bring(&file, json!([]));
        assert_eq!((&done["kind"], done["items"].as_array().map(Vec::len)), (&json!("open_workflow"), Some(2)));
        let one = client.get("/main/flows/one/versions/1").ok();
        assert_eq!((&one["lifecycle"], &one["origin"], &one["validity"]["ready"]), (&json!("draft"), &json!("import"), &json!(true)));
        let twice = format!("{}---\n{}", named("one", "x"), named("one", "y"));
        client.post(IMPORTS, json!({"file": twice})).refused(422, "invalid");
    });
}

#[test]
fn hostile_files_are_refused_with_a_reason_and_without_harm() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    let (release, whole);
    let good = {
        let other = Database::sqlite();
        let server = ServerInside::start(&other);
        let client = Client::new(&server, Role::Admin);
        client.make_published();
        client.post("/main/releases", json!({"comment": "x"})).expect(201);
        release = text_of(&client, "/main/releases/1/export");
        whole = text_of(&client, "/main/export");
        text_of(&client, &format!("{FLOW}/export"))
    };
    let before = rows(&database);
    let resealed = |good: &str, from: &str, to: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        // The hash is put right, as somebody would who means it.
        let mut file: Value = serde_json::from_str(&text).expect("json");
        let parsed: Result<signalbox::domain::portable::File, _> = serde_json::from_str(&text);
        if let Ok(parsed) = parsed {
            let kind = parsed.kind.parse().expect("a kind");
            file["hash"] = json!(signalbox::domain::portable::File::new(kind, parsed.content).hash);
        }
        file.to_string()
    };
    let changed = |from: &str, to: &str| resealed(&good, from, to);
    let settled = |from: &str, to: &str| resealed(&whole, from, to);
    let hostile = [
        (release, "restore it under Versions"),
        (changed("\"document_name\": \"greet\"", "\"document_name\": \"payments\""), "by the text of its version 1"),
        (changed("\"namespace\": \"test\"", "\"namespace\": \"bank\""), "by the text of its version 1"),
        (changed("\"origin\": \"new\"", "\"origin\": \"new\", \"from\": 1"), "from an earlier version"),
        (changed("\"published_at\": \"2", "\"published_at\": \"3"), "still to come"),
        (settled("\"kind\": \"production\"", "\"kind\": \"production\", \"approvals\": 11"), "0 to 10 approvals"),
        (settled("\"kind\": \"production\"", "\"kind\": \"production\", \"promotes_from\": \"production\""), "no other environment"),
        (
            resealed(
                &settled("\"kind\": \"production\"", "\"kind\": \"production\", \"promotes_from\": \"development\""),
                "\"kind\":\"development\"",
                "\"kind\":\"development\",\"promotes_from\":\"production\"",
            ),
            "in a circle",
        ),
        (changed("\"slug\": \"greet\"", "\"slug\": \"../etc\""), "cannot stand in an address"),
        (changed("\"slug\": \"greet\"", "\"slug\": \"export\""), "used by an address"),
        (changed("\"name\": \"Greet\"", "\"name\": \"a\\u0000b\""), "control characters"),
        (changed("\"note\": \"version 1\"", "\"note\": \"a\\u0000b\""), "U+0000"),
        (changed("\"number\": 1", "\"number\": 0"), "a number stands between"),
        (changed("\"next_number\": 2", "\"next_number\": 9223372036854775807"), "a number stands between"),
        (changed("\"next_number\": 2", "\"next_number\": 1"), "stand by number"),
        (changed("\"lifecycle\": \"published\"", "\"lifecycle\": \"live\""), "lifecycle"),
        (changed("\"lifecycle\": \"published\"", "\"lifecycle\": \"draft\""), "a draft has neither"),
        (changed("set: {note: one}", "set: {note: two}"), "do not have the hash"),
        (changed("\"settings\": {}", "\"settings\": {\"key\": \".x\"}"), "hash"),
        (good.replacen("\"name\": \"Greet\"", "\"name\": \"Greeted\"", 1), "changed or cut"),
        (good.replacen("\"slug\"", "\"slug\": \"x\", \"slug\"", 1), "duplicate field"),
        (good.replacen("\"slug\"", "\"id\": \"wfl_1\", \"slug\"", 1), "unknown field"),
        (good.replacen("\"number\": 1", "\"number\": \"1\"", 1), "invalid type"),
        (good.replacen("\"number\": 1", "\"number\": 1e999", 1), "out of range"),
        (good[..good.len() - 40].to_owned(), "ends too early"),
        ("PK\u{3}\u{4}".to_owned(), "packed file"),
        ("{\"format\": \"signalbox/9\"}".to_owned(), "newer Signalbox"),
        ("[".repeat(100_000), "recursion limit"),
        ("a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n".to_owned(), "neither made with Export"),
        ("".to_owned(), "empty"),
        ("just words".to_owned(), "object"),
    ];
    for (file, says) in hostile {
        let refused = client.post(IMPORTS, json!({"file": file, "apply": true})).refused(422, "invalid");
        let detail = refused["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(detail.to_lowercase().contains(&says.to_lowercase()), "{says}: {refused}");
    }
    assert_eq!(rows(&database), before);
}
