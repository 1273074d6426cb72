//! Runs: started, waited for, listed, read, controlled, retried, counted.

use serde_json::{Value, json};
use signalbox::domain::access::Role;
use signalbox::domain::run::State;

use super::client::{Client, DEV, FLOW, LIVE};
use crate::support::{Database, ServerInside, each_database, on_runtime};

#[test]
fn a_start_is_acknowledged_at_once_or_waited_for() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let answer = client.post(&format!("{LIVE}/runs"), json!({"input": {"name": "Ada"}})).expect(202);
        let location = answer.header("location").expect("a location").to_owned();
        let run = answer.json();
        assert_eq!(
            (&run["version"], &run["environment_version"], &run["reason"], &run["state"]),
            (&json!(1), &json!(1), &json!("live"), &json!("running"))
        );
        let id = run["id"].as_str().expect("an id");
        assert_eq!(location, format!("/api/v1/main/runs/{id}"));
        assert_eq!((server.engine.started(), server.engine.reserved()), (vec![id.to_owned()], 0));
        let done = client.post(&format!("{LIVE}/runs?wait=10"), json!({"input": {"name": "Bo"}})).expect(200).json();
        assert_eq!(
            (&done["state"], &done["output"], &done["input"]),
            (&json!("completed"), &json!({"answer": 42}), &json!({"name": "Bo"}))
        );
        let step = &done["steps"][0];
        assert_eq!((&step["name"], &step["pointer"], &step["state"]), (&json!("fetch"), &json!("/do/0/fetch"), &json!("completed")));
        assert_eq!((step["attempts"].as_array().map(Vec::len), &step["attempts"][0]["error"]), (Some(2), &json!({"status": 503})));
        server.engine.set_finishes(false);
        let late = client.post(&format!("{LIVE}/runs?wait=1"), json!({})).expect(202).json();
        assert_eq!((&late["state"], &late["version"]), (&json!("running"), &json!(1)));
        for wait in ["301", "-1", "soon", "NaN"] {
            client.post(&format!("{LIVE}/runs?wait={wait}"), json!({})).refused(422, "invalid");
        }
        assert_eq!(server.engine.reserved(), 0);
    });
}

#[test]
fn a_refused_start_gives_its_place_back_and_stores_nothing() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_flow();
    let start = |body: Value| client.post(&format!("{LIVE}/runs"), body);
    start(json!({})).refused(409, "no_runnable_version");
    client.publish(1);
    client.deploy(1);
    client.make_version("two");
    start(json!({"version": 2})).refused(409, "version_inactive");
    start(json!({"version": 9})).refused(404, "not_found");
    let unfit = start(json!({"input": {"name": 7}})).refused(422, "input_invalid");
    assert!(unfit["errors"][0]["message"].as_str().expect("words").contains("/name"), "{unfit}");
    start(json!({"input": {"a": 1}, "colour": "red"})).refused(422, "invalid");
    assert_eq!((server.engine.started().len(), server.engine.reserved()), (0, 0));
    assert_eq!(client.get("/main/runs").ok()["items"], json!([]));
    server.engine.set_full(true);
    assert_eq!(start(json!({"input": null, "version": "v1", "test": true})).expect(202).json()["state"], "pending");
    let named = client.post(&format!("{DEV}/runs"), json!({"version": 2, "key": "k"})).expect(202).json();
    assert_eq!((&named["version"], &named["reason"], &named["key"]), (&json!(2), &json!("explicit"), &json!("k")));
}

#[test]
fn a_test_run_may_take_the_draft_configuration() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let start = |body: Value| client.post(&format!("{LIVE}/runs"), body);
        let refused = start(json!({"configuration": "draft"})).refused(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], "configuration", "{refused}");
        start(json!({"configuration": "mine", "test": true})).refused(422, "invalid");
        assert_eq!(server.engine.reserved(), 0);
        let read = |body: Value| {
            let id = start(body).expect(202).json()["id"].as_str().expect("an id").to_owned();
            client.get(&format!("/main/runs/{id}")).ok()
        };
        let run = read(json!({"configuration": "draft", "test": true}));
        assert_eq!((&run["configuration"], &run["environment_version"], &run["test"]), (&json!("draft"), &json!(2), &json!(true)));
        for body in [json!({"test": true}), json!({"configuration": "deployed"})] {
            let run = read(body);
            assert_eq!((&run["configuration"], &run["environment_version"]), (&json!("deployed"), &json!(1)));
        }
    });
}

#[test]
fn runs_are_listed_by_what_they_are() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let runs: Vec<String> = (0..3).map(|_| client.start()).collect();
        client.make_version("two");
        let dev = client.post(&format!("{DEV}/runs"), json!({"version": 2})).expect(202).json();
        let newest = dev["id"].as_str().expect("an id").to_owned();
        on_runtime(server.engine.finish(&runs[0], State::Faulted, Value::Null));
        let ids = |query: &str| {
            let list = client.get(&format!("/main/runs?{query}")).ok();
            let ids: Vec<String> =
                list["items"].as_array().expect("items").iter().map(|i| i["id"].as_str().unwrap_or_default().to_owned()).collect();
            (ids, list["next"].as_str().map(str::to_owned))
        };
        let old = |numbers: &[usize]| numbers.iter().map(|n| runs[*n].clone()).collect::<Vec<_>>();
        assert_eq!(ids("limit=2").0, [newest.clone(), runs[2].clone()]);
        assert_eq!(ids(&format!("limit=2&before={}", runs[2])), (old(&[1, 0]), None));
        assert_eq!(ids(&format!("after={}", runs[2])), (vec![newest.clone()], None));
        assert_eq!(ids("environment=production").0, old(&[2, 1, 0]));
        assert_eq!(ids("flow=greet&version=2").0, [newest]);
        assert_eq!(ids("state=faulted").0, old(&[0]));
        assert_eq!(ids("flow=greet&state=running&environment=production&trigger=api").0, old(&[2, 1]));
        assert_eq!(ids("trigger=webhook").0, Vec::<String>::new());
        for bad in ["version=2", "state=done", "trigger=magic", "before=x", "limit=201", "colour=red"] {
            client.get(&format!("/main/runs?{bad}")).refused(422, "invalid");
        }
        client.get("/main/runs?flow=nothing").refused(404, "not_found");
        // The runs whose version a rollout decided, of both versions; not those from before.
        client.post(&format!("{LIVE}/deployments"), json!({"version": 2, "percent": 50, "comment": "x"})).expect(200);
        let rollout = client.get("/main/rollouts").ok()["items"][0]["id"].as_str().expect("an id").to_owned();
        let split: Vec<String> = (0..2).map(|_| client.start()).collect();
        assert_eq!(ids(&format!("rollout={rollout}")).0, [split[1].clone(), split[0].clone()]);
        let of = |version: i64| ids(&format!("rollout={rollout}&flow=greet&version={version}")).0.len();
        assert_eq!((of(1), of(2)), (1, 1));
        assert_eq!(ids(&format!("rollout={rollout}&state=running&flow=greet")).0.len(), 2);
        client.get("/main/runs?rollout=rol_x").refused(404, "not_found");
    });
}

#[test]
fn a_run_is_controlled_and_the_engine_told() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let held = client.start();
        let to = |run: &str, verb: &str| client.post(&format!("/main/runs/{run}/{verb}"), json!({"reason": "test"}));
        let asked = to(&held, "suspend").expect(200).json();
        assert_eq!((&asked["state"], &asked["control"]), (&json!("running"), &json!("suspend")));
        server.engine.set_full(true);
        let lying = client.start();
        assert_eq!(to(&lying, "suspend").expect(200).json()["state"], "suspended");
        assert_eq!(to(&lying, "resume").expect(200).json()["state"], "pending");
        assert_eq!(to(&lying, "cancel").expect(200).json()["state"], "cancelled");
        assert_eq!(server.engine.controlled(), [held.clone(), lying.clone(), lying.clone(), lying.clone()]);
        for verb in ["suspend", "resume", "cancel"] {
            to(&lying, verb).refused(409, "invalid_transition");
        }
        client.post(&format!("/main/runs/{held}/retry"), json!({})).refused(409, "invalid_transition");
        client.post(&format!("/main/runs/{lying}/resume"), json!({"from_step": "/do/0"})).refused(422, "from_step_unavailable");
        client.get("/main/runs/wfr_00000000000000000000000000").refused(404, "not_found");
    });
}

#[test]
fn a_retry_is_a_new_run_linked_to_the_old_one() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    let old = client.start();
    on_runtime(server.engine.finish(&old, State::Faulted, Value::Null));
    let read = client.get(&format!("/main/runs/{old}")).ok();
    assert_eq!((&read["state"], &read["error"]["title"], &read["output"]), (&json!("faulted"), &json!("broken"), &json!(null)));
    let again = client.post(&format!("/main/runs/{old}/retry"), json!({})).expect(202).json();
    assert_eq!((&again["retry_of"], &again["reason"], &again["version"]), (&json!(old), &json!("same_as_retried"), &json!(1)));
    client.make_version("two");
    client.deploy(2);
    let other = client.post(&format!("/main/runs/{old}/retry?wait=5"), json!({"version": 2})).expect(200).json();
    assert_eq!((&other["version"], &other["input"]), (&json!(2), &json!({"name": "Ada"})));
    client.post(&format!("/main/runs/{old}/retry"), json!({"from_step": "/do/0"})).refused(422, "from_step_unavailable");
    assert_eq!(server.engine.reserved(), 0);
}

#[test]
fn ended_runs_count_at_once_and_tests_never() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let empty = client.get(&format!("{FLOW}/analytics")).ok();
        assert_eq!((&empty["runs"]["total"], &empty["duration_ms"]["p50"], &empty["sla"]), (&json!(0), &json!(null), &json!(null)));
        for state in [State::Completed, State::Completed, State::Faulted] {
            let run = client.start();
            on_runtime(server.engine.finish(&run, state, json!({})));
        }
        let test = client.post(&format!("{LIVE}/runs"), json!({"test": true})).expect(202).json();
        on_runtime(server.engine.finish(test["id"].as_str().expect("an id"), State::Completed, json!({})));
        let counts = |query: &str| client.get(&format!("{FLOW}/analytics?{query}")).ok()["runs"].clone();
        let all = json!({"total": 3, "completed": 2, "faulted": 1, "cancelled": 0});
        assert_eq!(counts(""), all);
        server.write(|conn| Ok(signalbox::store::stats::fold(conn, 2)?));
        assert_eq!(counts(""), all, "some folded, some not");
        assert_eq!(counts("version=1&environment=production&from=2026-01-01T00:00:00Z"), all);
        assert_eq!(counts("environment=development")["total"], 0);
        assert_eq!(counts("to=2026-01-01T00:00:00%2B01:00")["total"], 0);
        assert!(client.get(&format!("{FLOW}/analytics")).ok()["duration_ms"]["p95"].is_number());
        assert_eq!(client.get(&format!("{FLOW}/versions/1")).ok()["runs"]["open"], 0);
        for bad in ["from=yesterday", "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z"] {
            client.get(&format!("{FLOW}/analytics?{bad}")).refused(422, "invalid");
        }
    });
}
