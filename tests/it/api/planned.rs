//! Changes set for a time: planned, refused, listed, suspended, confirmed, cancelled.

use serde_json::{Value, json};
use signalbox::app::{self, Ctx};
use signalbox::clock::SystemClock;
use signalbox::domain::access::Role;
use signalbox::domain::clock::{Clock, Micros};

use super::client::{Client, LIVE};
use crate::support::{Database, ServerInside, each_database};

const PLANNED: &str = "/main/planned";

fn hours_ahead(hours: i64) -> String {
    SystemClock.now().plus(hours * Micros::HOUR).rfc3339()
}

/// What a worker would do if it were so many hours later.
fn later(server: &ServerInside, hours: i64) -> usize {
    server.write(move |conn| {
        let ctx = Ctx::system(SystemClock.now().plus(hours * Micros::HOUR), "later");
        let mut moved = 0;
        for id in app::planned::due::due(conn, ctx.now)? {
            moved += usize::from(app::planned::due::carry_out(conn, &ctx, &id)?);
        }
        Ok(moved)
    })
}

impl Client {
    #[track_caller]
    fn plan(&self, body: Value) -> Value {
        self.post(&format!("{LIVE}/planned"), body).expect(201).json()
    }

    #[track_caller]
    fn planned(&self, made: &Value) -> Value {
        self.get(&format!("{PLANNED}/{}", made["id"].as_str().expect("an id"))).ok()
    }
}

#[test]
fn a_deployment_is_planned_done_and_read_back() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        client.make_version("two");
        let at = hours_ahead(1);
        let answer = client.post(
            &format!("{LIVE}/planned"),
            json!({"kind": "deploy", "at": at, "version": "latest", "percent": 10, "comment": "at night", "expect": 1}),
        );
        let address = answer.header("location").expect("its address").to_owned();
        let made = answer.expect(201).json();
        assert_eq!(address, format!("/api/v1/main/planned/{}", made["id"].as_str().expect("an id")));
        assert_eq!(
            (&made["kind"], &made["state"], &made["version"], &made["stages"], &made["comment"], &made["difference"]),
            (&json!("deploy"), &json!("planned"), &json!(2), &json!([{"percent": 10.0}]), &json!("at night"), &json!(null))
        );
        assert_eq!((&made["base_revision"], &made["routing_revision"], &made["at"]), (&json!(1), &json!(1), &json!(at)));
        assert_eq!(later(&server, 2), 1);
        let done = client.planned(&made);
        assert_eq!((&done["state"], &done["outcome"]), (&json!("done"), &json!("")));
        assert!(done["record"].as_str().is_some_and(|id| id.starts_with("dep_")) && done["ended_at"].is_string(), "{done}");
        let there = client.get(LIVE).ok();
        assert_eq!((&there["primary"], &there["candidate"], &there["percent"]), (&json!(1), &json!(2), &json!(10.0)));
        // The next stage, and back again.
        client.plan(json!({"kind": "stage", "at": hours_ahead(1), "percent": 50, "reason": "good so far"}));
        assert_eq!(later(&server, 2), 1);
        assert_eq!(client.get(LIVE).ok()["percent"], 50.0);
        let back = client.plan(json!({"kind": "rollback", "at": hours_ahead(1), "to": 1, "reason": "the test is over"}));
        assert_eq!((later(&server, 2), &client.planned(&back)["version"]), (1, &json!(1)));
        assert_eq!(client.get(LIVE).ok()["candidate"], json!(null));
        let list = |query: &str| client.get(&format!("{PLANNED}{query}")).ok()["items"].as_array().expect("items").len();
        assert_eq!(
            (list(""), list("?state=done"), list("?state=planned"), list("?flow=greet&environment=production&limit=2")),
            (3, 3, 0, 2)
        );
        assert_eq!(list("?environment=development"), 0);
        client.get(&format!("{PLANNED}?state=soon")).refused(422, "invalid");
        client.get(&format!("{PLANNED}?flow=moon")).expect(404);
    });
}

#[test]
fn a_moved_base_is_said_confirmed_or_cancelled() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        client.make_version("two");
        client.make_version("three");
        let body = json!({"kind": "deploy", "at": hours_ahead(1), "version": 2, "comment": "at night"});
        let (first, second) = (client.plan(body.clone()), client.plan(body));
        client.deploy(3);
        let says = json!("Version 1 was live when this was planned, version 3 is now.");
        assert_eq!((&client.planned(&first)["difference"], &client.planned(&first)["state"]), (&says, &json!("planned")));
        assert_eq!(later(&server, 2), 2);
        let suspended = client.planned(&first);
        assert_eq!((&suspended["state"], &suspended["outcome"]), (&json!("suspended"), &says));
        let act =
            |made: &Value, verb: &str, body: Value| client.post(&format!("{PLANNED}/{}/{verb}", made["id"].as_str().expect("an id")), body);
        act(&first, "confirm", json!({"expect": 1})).refused(409, "stale");
        let confirmed = act(&first, "confirm", json!({"expect": 2})).expect(200).json();
        assert_eq!(
            (&confirmed["state"], &confirmed["base_revision"], &confirmed["difference"]),
            (&json!("planned"), &json!(2), &json!(null))
        );
        act(&first, "confirm", json!({})).refused(409, "not_suspended");
        let cancelled = act(&second, "cancel", json!({"reason": "the other one does it"})).expect(200).json();
        assert_eq!((&cancelled["state"], &cancelled["outcome"]), (&json!("cancelled"), &json!("the other one does it")));
        act(&second, "cancel", json!({})).refused(409, "already_ended");
        assert_eq!(later(&server, 2), 1);
        assert_eq!(client.get(LIVE).ok()["primary"], 2);
        let events = client.get("/main/events?limit=200").ok();
        let named = |action: &str| events["items"].as_array().expect("items").iter().filter(|e| e["action"] == action).count();
        assert_eq!(
            [
                named("planned.created"),
                named("planned.suspended"),
                named("planned.confirmed"),
                named("planned.cancelled"),
                named("planned.done")
            ],
            [2, 2, 1, 1, 1]
        );
    });
}

#[test]
fn what_makes_no_sense_is_refused_when_it_is_planned() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    client.make_version("two");
    let at = hours_ahead(1);
    let refused = |body: Value| client.post(&format!("{LIVE}/planned"), body).refused(422, "invalid")["errors"][0]["field"].clone();
    for (field, body) in [
        ("at", json!({"kind": "deploy", "at": "tomorrow", "version": 2, "comment": "x"})),
        ("at", json!({"kind": "deploy", "at": hours_ahead(-1), "version": 2, "comment": "x"})),
        ("at", json!({"kind": "deploy", "at": hours_ahead(24 * 400), "version": 2, "comment": "x"})),
        ("version", json!({"kind": "deploy", "at": at, "comment": "x"})),
        ("comment", json!({"kind": "deploy", "at": at, "version": 2})),
        ("to", json!({"kind": "deploy", "at": at, "version": 2, "to": 1, "comment": "x"})),
        ("version", json!({"kind": "rollback", "at": at, "version": 2, "reason": "x"})),
        ("percent", json!({"kind": "rollback", "at": at, "percent": 5, "reason": "x"})),
        ("stages", json!({"kind": "stage", "at": at, "stages": [{"percent": 5}]})),
        ("reason", json!({"kind": "rollback", "at": at, "comment": "x", "reason": "y"})),
        ("plan", json!({"kind": "deploy", "at": at, "version": 2, "comment": "x", "plan": "Careful", "percent": 5})),
    ] {
        assert_eq!(refused(body.clone()), field, "{body}");
    }
    let post = |body: Value| client.post(&format!("{LIVE}/planned"), body);
    post(json!({"kind": "stage", "at": at})).refused(409, "no_rollout");
    post(json!({"kind": "rollback", "at": at, "reason": "x"})).refused(409, "nothing_to_go_back_to");
    post(json!({"kind": "deploy", "at": at, "version": 9, "comment": "x"})).expect(404);
    post(json!({"kind": "deploy", "at": at, "version": 2, "comment": "x", "expect": 7})).refused(409, "stale");
    post(json!({"kind": "schedule", "at": at})).refused(422, "invalid");
    client.post("/main/flows/greet/versions", json!({"from": 2})).expect(201);
    post(json!({"kind": "deploy", "at": at, "version": "draft", "comment": "x"})).refused(409, "not_published");
    assert_eq!(client.get(PLANNED).ok()["items"], json!([]));
    client.get(&format!("{PLANNED}/plc_nothing")).expect(404);
    // The same request under the same key plans once.
    let once = |key: &str| {
        let body = json!({"kind": "deploy", "at": at, "version": 2, "comment": "x"});
        client.call("POST", &format!("{LIVE}/planned"), &[("idempotency-key", key)], Some(&body)).expect(201).json()["id"].clone()
    };
    assert_eq!(once("a"), once("a"));
    assert_eq!(client.get(PLANNED).ok()["items"].as_array().map(Vec::len), Some(1));
}
