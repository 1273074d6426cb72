//! What runs where: deploy, go back, pause, resume, disable, enable, stop.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, DEV, FLOW, LIVE};
use crate::support::{Database, ServerInside, each_database};

#[test]
fn deploy_look_deploy_go_back() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_published();
        let nothing = client.get(LIVE).ok();
        assert_eq!((&nothing["primary"], &nothing["switch"], &nothing["routing_revision"]), (&json!(null), &json!("on"), &json!(0)));
        let first = client.deploy(1);
        assert_eq!(
            (&first["primary"], &first["candidate"], &first["percent"], &first["routing_revision"]),
            (&json!(1), &json!(null), &json!(null), &json!(1))
        );
        assert_eq!(
            (&first["record"]["verb"], &first["record"]["comment"], &first["record"]["from"]),
            (&json!("deploy"), &json!("as agreed"), &json!(null))
        );
        client.make_version("two");
        let second = client
            .post(&format!("{LIVE}/deployments"), json!({"version": "latest", "comment": "x", "percent": 100, "stages": [], "expect": 1}))
            .expect(200)
            .json();
        assert_eq!((&second["primary"], &second["record"]["from"]), (&json!(2), &json!(1)));
        let again = client.deploy(2);
        assert_eq!((&again["record"]["verb"], &again["routing_revision"]), (&json!("redeploy"), &json!(3)));
        client.post(&format!("{LIVE}/rollback"), json!({})).refused(422, "invalid");
        let back = client.post(&format!("{LIVE}/rollback"), json!({"reason": "totals"})).expect(200).json();
        assert_eq!((&back["primary"], &back["record"]["verb"], &back["record"]["from"]), (&json!(1), &json!("rollback"), &json!(2)));
        let there = client.get(LIVE).expect(200);
        assert_eq!(there.header("etag"), Some("\"4\""));
        assert_eq!(there.json()["environment_version"], 1);
        client.post(&format!("{LIVE}/rollback"), json!({"to": 1, "reason": "x"})).refused(409, "same_version");
        client.make_version("three");
        client.post(&format!("{LIVE}/rollback"), json!({"to": 3, "reason": "x"})).refused(409, "never_live_here");
        client.post(&format!("{LIVE}/rollback"), json!({"to": 2, "reason": "x", "expect": 1})).refused(409, "stale");
    });
}

#[test]
fn what_may_not_run_is_refused_with_its_rule() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_flow();
    let deploy = |body: Value| client.post(&format!("{LIVE}/deployments"), body);
    deploy(json!({"version": 1, "comment": "x"})).refused(409, "not_published");
    client.post(&format!("{LIVE}/pause"), json!({})).refused(409, "no_runnable_version");
    client.publish(1);
    assert_eq!(deploy(json!({"version": 1})).refused(422, "invalid")["errors"][0]["field"], "comment");
    client.post(&format!("{DEV}/deployments"), json!({"version": 1})).expect(200);
    for body in [json!({"percent": 10}), json!({"stages": [{"percent": 5}]})] {
        let mut body = body;
        body["version"] = json!(1);
        body["comment"] = json!("x");
        deploy(body).refused(409, "needs_primary");
    }
    for (field, wrong) in [
        ("stages", json!({"stages": [{"percent": 50}, {"percent": 5}]})),
        ("guard", json!({"guard": {"failure_rate": {"max": 0.1}, "min_runs": 5}})),
        ("guard", json!({"percent": 5, "guard": {"failure_rate": {"max": 5}, "min_runs": 5}})),
        ("guard", json!({"percent": 5, "guard": {"latency": {"max": 5}, "min_runs": 5}})),
        ("plan", json!({"percent": 5, "plan": "Careful"})),
    ] {
        let mut body = wrong;
        body["version"] = json!(1);
        body["comment"] = json!("x");
        assert_eq!(deploy(body).refused(422, "invalid")["errors"][0]["field"], field);
    }
    for percent in [0.0, -1.0, 101.0] {
        assert_eq!(
            deploy(json!({"version": 1, "comment": "x", "percent": percent})).refused(422, "invalid")["errors"][0]["field"],
            "percent"
        );
    }
    deploy(json!({"version": 9, "comment": "x"})).refused(404, "not_found");
    deploy(json!({"version": 1, "comment": "x", "in_flight": "forget"})).refused(422, "invalid");
    let stale = deploy(json!({"version": 1, "comment": "x", "expect": 5})).refused(409, "stale");
    assert_eq!((&stale["current"]["primary"], &stale["current"]["routing_revision"]), (&json!(null), &json!(0)));
    let by_header =
        client.call("POST", &format!("{LIVE}/deployments"), &[("if-match", "\"0\"")], Some(&json!({"version": 1, "comment": "x"})));
    assert_eq!(by_header.expect(200).header("etag"), Some("\"1\""));
    let both = client.call(
        "POST",
        &format!("{LIVE}/deployments"),
        &[("if-match", "\"1\"")],
        Some(&json!({"version": 1, "comment": "x", "expect": 2})),
    );
    both.refused(422, "invalid");
    client.post(&format!("{LIVE}/rollback"), json!({"reason": "x"})).refused(409, "nothing_to_go_back_to");
}

#[test]
fn four_verbs_and_their_ways_back() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let to = |verb: &str, body: Value| client.post(&format!("{LIVE}/{verb}"), body);
        let start = || client.post(&format!("{LIVE}/runs"), json!({}));
        let paused = to("pause", json!({"reason": "zero prices"})).expect(200).json();
        assert_eq!(
            (&paused["switch"], &paused["reason"], &paused["routing_revision"]),
            (&json!("paused"), &json!("zero prices"), &json!(2))
        );
        to("pause", json!({})).refused(409, "already");
        start().refused(409, "deployment_paused");
        client.get(&format!("{LIVE}/resolution")).refused(409, "deployment_paused");
        assert_eq!(to("resume", json!({})).expect(200).json()["switch"], "on");
        assert_eq!(to("disable", json!({})).expect(200).json()["switch"], "disabled");
        start().expect(202);
        client.get(&format!("{LIVE}/resolution?trigger=schedule")).refused(409, "deployment_paused");
        to("pause", json!({"expect": 1})).refused(409, "stale");
        assert_eq!(to("enable", json!({})).expect(200).json()["switch"], "on");
        to("enable", json!({})).refused(409, "already");
        to("stop", json!({})).refused(422, "invalid");
        assert_eq!(to("stop", json!({"reason": "wrong"})).expect(200).json()["switch"], "stopped");
        to("disable", json!({})).refused(409, "invalid_transition");
        start().refused(409, "deployment_paused");
        assert_eq!(client.deploy(1)["switch"], "on", "a deployment ends a stop");
    });
}

#[test]
fn a_stop_and_a_terminating_deployment_end_runs_in_flight_and_tell_the_engine() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    let held = client.start();
    server.engine.set_full(true);
    let lying = client.start();
    let stopped = client.post(&format!("{LIVE}/stop"), json!({"reason": "wrong"})).expect(200).json();
    assert_eq!(stopped["cancelled"], json!([held, lying]));
    assert_eq!(server.engine.controlled(), [held.clone(), lying.clone()]);
    assert_eq!(client.get(&format!("/main/runs/{lying}")).ok()["state"], "cancelled");
    let asked = client.get(&format!("/main/runs/{held}")).ok();
    assert_eq!((&asked["state"], &asked["control"]), (&json!("running"), &json!("cancel")));
    client.deploy(1);
    let third = client.start();
    client.make_version("two");
    let done =
        client.post(&format!("{LIVE}/deployments"), json!({"version": 2, "comment": "now", "in_flight": "terminate"})).expect(200).json();
    assert_eq!((&done["record"]["in_flight"], &done["primary"]), (&json!("terminate"), &json!(2)));
    assert!(done["cancelled"].as_array().expect("ids").contains(&json!(third)), "{done}");
}

#[test]
fn the_resolver_says_beforehand_what_a_start_would_use() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_flow();
    let dev = client.get(&format!("{DEV}/resolution")).ok();
    assert_eq!((&dev["version"], &dev["reason"]), (&json!(1), &json!("newest_draft")));
    client.get(&format!("{LIVE}/resolution")).refused(409, "no_runnable_version");
    client.publish(1);
    client.deploy(1);
    client.make_version("two");
    let live = client.get(&format!("{LIVE}/resolution?key=a")).ok();
    assert_eq!(
        (&live["version"], &live["reason"], &live["routing_revision"], &live["environment_version"]),
        (&json!(1), &json!("live"), &json!(1), &json!(1))
    );
    client.get(&format!("{LIVE}/resolution?version=2")).refused(409, "version_inactive");
    assert_eq!(client.get(&format!("{LIVE}/resolution?version=2&test=true")).ok()["reason"], "explicit");
    client.get(&format!("{LIVE}/resolution?trigger=magic")).refused(422, "invalid");
}

#[test]
fn environments_are_listed_with_their_configurations() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Viewer);
    let list = client.get("/main/environments").ok();
    let slugs: Vec<&Value> = list["items"].as_array().expect("items").iter().map(|e| &e["slug"]).collect();
    assert_eq!((slugs, &list["next"]), (vec![&json!("development"), &json!("production")], &json!(null)));
    let first = client.get("/main/environments?limit=1").ok();
    assert_eq!((&first["items"][0]["slug"], &first["next"]), (&json!("development"), &json!("development")));
    assert_eq!(client.get("/main/environments?limit=1&before=development").ok()["items"][0]["slug"], "production");
    let production = client.get("/main/environments/production").ok();
    assert_eq!(
        (&production["kind"], &production["is_production"], &production["deployed_version"]),
        (&json!("production"), &json!(true), &json!(1))
    );
    let versions = client.get("/main/environments/production/versions").ok();
    let states: Vec<(&Value, &Value)> = versions["items"].as_array().expect("items").iter().map(|v| (&v["number"], &v["state"])).collect();
    assert_eq!(states, [(&json!(2), &json!("draft")), (&json!(1), &json!("deployed"))]);
    assert_eq!(client.get("/main/environments/production/versions?limit=1").ok()["next"], "2");
    client.get("/main/environments/moon").refused(404, "not_found");
    assert!(client.get(&format!("{FLOW}/versions")).status == 404);
}
