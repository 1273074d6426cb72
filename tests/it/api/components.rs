//! Components: revisions, names that are used, tables as CSV, and secrets that are never given out.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, LIVE};
use crate::support::{ServerInside, each_database};

const SECRET: &str = "hunter2-\"quoted\"-value";

fn flow(does: &str) -> String {
    format!("document: {{dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0'}}\nuse: {{ secrets: [pin] }}\ndo:\n{does}")
}

const USES: &str = "- get: { call: http, with: { method: get, endpoint: 'connection://orders/items/{id}' } }\n- score: { call: 'score@default', with: { n: 1 } }\n- row: { call: lookup@default, with: { lookup: rates, key: NL } }\n- keep: { call: cache-put@default, with: { cache: recent, key: a, value: '${ $environment.variables.TAX }' } }\n";

#[track_caller]
fn make(client: &Client, kind: &str, name: &str, content: Value) -> Value {
    client.post("/main/components", json!({"kind": kind, "name": name, "content": content})).expect(201).json()
}

fn make_all(admin: &Client) {
    make(admin, "secret", "pin", json!({}));
    make(admin, "connection", "orders", json!({"base": "https://orders.example", "authentication": {"kind": "bearer", "secret": "pin"}}));
    make(admin, "script", "score", json!({"language": "jq", "source": ".n + 1"}));
    make(admin, "lookup", "rates", json!({"columns": ["country", "rate"], "rows": [["NL", "21"]]}));
    make(admin, "cache", "recent", json!({"expiry_seconds": 60}));
    make(admin, "variable", "TAX", json!({"value": 21}));
}

#[test]
fn changes_are_revisions_and_somebody_elses_are_not_lost() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        let made = make(&client, "variable", "TAX", json!({"value": 21}));
        assert_eq!((&made["revision"], &made["content"]["value"], &made["value"]), (&json!(1), &json!(21), &Value::Null));
        let path = "/main/components/variable/TAX";
        let tag = client.get(path).expect(200).header("etag").expect("a tag").to_owned();
        let changed = client.put(path, &tag, json!({"content": {"value": {"nl": 21}}, "note": "Per country"})).expect(200);
        assert_eq!(changed.json()["revision"], 2);
        let stale = client.put(path, &tag, json!({"content": {"value": 0}})).refused(409, "stale");
        assert_eq!((&stale["current"]["revision"], &stale["current"]["content"]), (&json!(2), &json!({"value": {"nl": 21}})));
        // The same content is no revision; a description changes none.
        let same = client.put(path, "*", json!({"content": {"value": {"nl": 21}}, "description": "VAT"})).expect(200).json();
        assert_eq!((&same["revision"], &same["description"]), (&json!(2), &json!("VAT")));
        let revisions = client.get(&format!("{path}/revisions")).ok();
        let said: Vec<(&Value, &Value, &Value)> =
            revisions["items"].as_array().expect("a list").iter().map(|r| (&r["revision"], &r["note"], &r["content"]["value"])).collect();
        assert_eq!(said, [(&json!(2), &json!("Per country"), &json!({"nl": 21})), (&json!(1), &json!(""), &json!(21))]);
        let page = client.get(&format!("{path}/revisions?limit=1&before=2")).ok();
        assert_eq!(page["items"][0]["revision"], 1);
        let taken =
            client.post("/main/components", json!({"kind": "variable", "name": "TAX", "content": {"value": 1}})).refused(409, "name_taken");
        assert_eq!(taken["name"], "TAX");
        // Another kind may have the name.
        make(&client, "cache", "TAX", json!({"expiry_seconds": 5}));
        let list = client.get("/main/components?kind=variable").ok();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
        let first = client.get("/main/components?limit=1").ok();
        let next = first["next"].as_str().expect("more");
        assert_eq!(client.get(&format!("/main/components?limit=1&before={next}")).ok()["items"][0]["kind"], "variable");
        let events = client.get("/main/events").ok().to_string();
        assert!(events.contains("component.created") && events.contains("component.changed"), "{events}");
    });
}

#[test]
fn what_cannot_be_used_is_refused_field_by_field() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let fields = |body: Value| -> Vec<String> {
            let refused = client.post("/main/components", body).refused(422, "invalid");
            refused["errors"].as_array().expect("errors").iter().map(|e| e["field"].as_str().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(fields(json!({"kind": "connection", "name": "1x", "content": {"base": "nowhere"}})), ["name", "base"]);
        assert_eq!(fields(json!({"kind": "script", "name": "lookup", "content": {"language": "jq", "source": "."}})), ["name"]);
        assert_eq!(fields(json!({"kind": "script", "name": "s", "content": {"language": "jq", "source": ".a +"}})), ["source"]);
        assert_eq!(fields(json!({"kind": "script", "name": "s", "content": {"language": "task", "source": "emit: {}"}}))[0], "source");
        assert_eq!(fields(json!({"kind": "secret", "name": "s", "content": {"value": "x"}})), ["content"]);
        assert_eq!(fields(json!({"kind": "cache", "name": "c", "content": {"expiry_seconds": 0}})), ["expiry_seconds"]);
        assert_eq!(fields(json!({"kind": "cache", "name": "c"})), ["content"]);
        client.get("/main/components?kind=thing").refused(422, "invalid");
        client.get("/main/components/thing/x").refused(404, "not_found");
        client.get("/main/components/cache/x").refused(404, "not_found");
    });
}

#[test]
fn a_definition_is_ready_once_everything_it_names_is_there() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.post("/main/flows", json!({"slug": "greet", "name": "Greet", "definition": flow(USES)})).expect(201);
        let draft = client.get(&format!("{FLOW}/versions/1")).ok();
        let problems = draft["validity"]["problems"].as_array().expect("problems");
        let said: Vec<(&str, u64)> =
            problems.iter().map(|p| (p["pointer"].as_str().unwrap_or_default(), p["line"].as_u64().unwrap_or_default())).collect();
        assert_eq!(
            said,
            [
                ("/use/secrets/0", 2),
                ("/do/0/get/with/endpoint", 4),
                ("/do/1/score/call", 5),
                ("/do/2/row/with/lookup", 6),
                ("/do/3/keep/with/cache", 7),
                ("/do/3/keep/with/value", 7),
            ],
            "{problems:#?}"
        );
        assert!(problems[1]["message"].as_str().is_some_and(|m| m.contains("no connection “orders”")), "{problems:#?}");
        assert!(problems[2]["message"].as_str().is_some_and(|m| m.contains("no function “score”")), "{problems:#?}");
        make_all(&client);
        // Making them judged the draft again; a secret without a value is only a warning.
        let draft = client.get(&format!("{FLOW}/versions/1")).ok();
        assert_eq!(draft["validity"]["ready"], true, "{draft:#}");
        assert_eq!(draft["validity"]["problems"].as_array().map(Vec::len), Some(1), "{draft:#}");
        client.put("/main/components/secret/pin/secret", "*", json!({"value": SECRET})).expect(200);
        assert_eq!(client.get(&format!("{FLOW}/versions/1")).ok()["validity"]["problems"], json!([]));
        client.publish(1);
        let newer = flow(
            "- s: { call: 'score:2@default' }\n- t: { call: 'sum:1.5@default' }\n- u: { call: cache-get@default, with: { cache: '${ .c }', key: k } }\n- v: { set: { a: '${ $secrets.other }' } }\n",
        );
        client.post(&format!("{FLOW}/versions"), json!({"definition": newer})).expect(201);
        let draft = client.get(&format!("{FLOW}/versions/draft")).ok();
        let problems = draft["validity"]["problems"].as_array().expect("problems");
        assert_eq!(problems.len(), 4, "{problems:#?}");
        assert!(draft.to_string().contains("has no version 2; the newest is 1"), "{draft:#}");
    });
}

#[test]
fn what_is_used_stays_and_says_where() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        make_all(&client);
        client.post("/main/flows", json!({"slug": "greet", "name": "Greet", "definition": flow(USES)})).expect(201);
        client.publish(1);
        client.deploy(1);
        let usage = client.get("/main/components/connection/orders/usage").ok();
        assert_eq!(usage["versions"], json!([{"flow": "greet", "version": 1, "live": true, "pointer": "/do/0/get/with/endpoint"}]));
        let secret = client.get("/main/components/secret/pin/usage").ok();
        assert_eq!(secret["components"], json!([{"kind": "connection", "name": "orders"}]));
        let refused = client.delete("/main/components/connection/orders").refused(409, "in_use");
        assert!(refused["reasons"][0]["message"].as_str().is_some_and(|m| m.contains("Greet version 1 (live)")), "{refused}");
        client.put("/main/components/lookup/rates", "*", json!({"name": "vat"})).refused(409, "in_use");
        // What nothing refers to may be renamed and deleted; a draft counts as a reference.
        make(&client, "lookup", "spare", json!({"columns": ["k"], "rows": []}));
        let renamed = client.put("/main/components/lookup/spare", "*", json!({"name": "vat"})).expect(200).json();
        assert_eq!((&renamed["name"], &renamed["revision"]), (&json!("vat"), &json!(1)));
        client.get("/main/components/lookup/spare").refused(404, "not_found");
        client
            .post(
                &format!("{FLOW}/versions"),
                json!({"definition": flow("- r: { call: lookup@default, with: { lookup: vat, key: a } }\n")}),
            )
            .expect(201);
        client.delete("/main/components/lookup/vat").refused(409, "in_use");
        client.delete(&format!("{FLOW}/versions/draft")).expect(204);
        client.call("DELETE", "/main/components/lookup/vat", &[("if-match", "\"1\"")], None).refused(409, "stale");
        client.delete("/main/components/lookup/vat").expect(204);
        client.get("/main/components/lookup/vat").refused(404, "not_found");
        // Its name is free again.
        make(&client, "lookup", "vat", json!({"columns": ["k"], "rows": []}));
        assert_eq!(client.get(LIVE).ok()["primary"], 1);
    });
}

#[test]
fn tables_go_in_and_out_as_csv() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        make(&client, "lookup", "rates", json!({"columns": ["country", "rate"], "rows": [["NL", "21"]]}));
        let path = "/main/components/lookup/rates/csv";
        let answer = client.get(path).expect(200);
        assert_eq!((answer.text(), answer.header("content-type")), ("country,rate\r\nNL,21\r\n".into(), Some("text/csv; charset=utf-8")));
        let table = "country;rate\nNL;21\n\"Côte; d\"\"Ivoire\";18\n";
        let changed = client.raw("PUT", path, &[], "text/csv", table).expect(200).json();
        assert_eq!(changed["content"]["rows"], json!([["NL", "21"], ["Côte; d\"Ivoire", "18"]]));
        assert_eq!(changed["revision"], 2);
        let again = client.get(path).text();
        assert_eq!(client.raw("PUT", path, &[], "text/csv", again).expect(200).json()["revision"], 2);
        for bad in ["", "a,b\n1\n", "a\n1\n1\n", "a\n\"1\n"] {
            client.raw("PUT", path, &[], "text/csv", bad).refused(422, "invalid");
        }
        client.raw("PUT", path, &[], "application/json", "{}").refused(415, "unsupported_media_type");
        make(&client, "cache", "rates", json!({"expiry_seconds": 5}));
        client.get("/main/components/cache/rates/csv").refused(404, "not_found");
        client.raw("PUT", "/main/components/cache/rates/csv", &[], "text/csv", "a\n").refused(404, "not_found");
    });
}

#[test]
fn a_secret_goes_in_and_never_comes_out() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Operator);
        let path = "/main/components/secret/pin";
        let made = make(&client, "secret", "pin", json!({}));
        assert_eq!(made["value"], Value::Null);
        client.put(&format!("{path}/secret"), "*", json!({"value": ""})).refused(422, "invalid");
        let set = client.put(&format!("{path}/secret"), "*", json!({"value": SECRET})).expect(200);
        let mut seen = set.text();
        assert!(set.json()["value"]["set_at"].is_string() && set.json()["content"] == json!({}), "{}", set.text());
        // A new name, under which it is encrypted anew.
        client.put(path, "*", json!({"name": "pin-2"})).expect(200);
        for address in [
            "/main/components",
            "/main/components/secret/pin-2",
            "/main/components/secret/pin-2/revisions",
            "/main/components/secret/pin-2/usage",
            "/main/events",
        ] {
            seen.push_str(&client.get(address).text());
        }
        assert!(!seen.contains("hunter2"), "{seen}");
        client.get("/main/components/secret/pin-2/csv").refused(404, "not_found");
        make(&Client::new(&server, Role::Admin), "cache", "recent", json!({"expiry_seconds": 5}));
        client.put("/main/components/cache/recent/secret", "*", json!({"value": "x"})).refused(409, "not_a_secret");
        client.delete("/main/components/secret/pin-2").expect(204);
    });
}
