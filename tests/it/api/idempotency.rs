//! The same key with the same request is answered the same and changes nothing again.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, LIVE, definition};
use crate::support::http::Response;
use crate::support::wait::until;
use crate::support::{ServerInside, each_database};

fn with_key(client: &Client, key: &str, path: &str, body: &Value) -> Response {
    client.call("POST", path, &[("idempotency-key", key)], Some(body))
}

#[test]
fn a_repeated_start_is_the_same_run() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let path = format!("{LIVE}/runs");
        let first = with_key(&client, "order-1001", &path, &json!({"input": {"name": "Ada"}})).expect(202);
        let again = with_key(&client, "order-1001", &path, &json!({"input": {"name": "Ada"}})).expect(202);
        assert_eq!((first.json(), first.header("location")), (again.json(), again.header("location")));
        assert_eq!((server.engine.started().len(), server.engine.reserved()), (1, 0));
        let waited = with_key(&client, "order-1001", &format!("{path}?wait=5"), &json!({"input": {"name": "Ada"}})).expect(200).json();
        assert_eq!((&waited["id"], &waited["state"]), (&first.json()["id"], &json!("completed")));
        with_key(&client, "order-1001", &path, &json!({"input": {"name": "Bo"}})).refused(422, "idempotency_key_reused");
        with_key(&client, "order-1001", &format!("{LIVE}/pause"), &json!({})).refused(422, "idempotency_key_reused");
        assert_eq!(client.get("/main/runs").ok()["items"].as_array().map(Vec::len), Some(1));
        let other = Client::new(&server, Role::Operator);
        with_key(&other, "order-1001", &path, &json!({"input": {"name": "Bo"}})).expect(202);
        assert_eq!(server.engine.started().len(), 2, "keys are each token's own");
    });
}

#[test]
fn repeats_at_the_same_moment_are_one_change() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let path = format!("{LIVE}/runs");
        let start = || with_key(&client, "at-once", &path, &json!({"input": {"name": "Ada"}})).expect(202).json();
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            all.into_iter().map(|one| one.join().expect("a start")).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!((server.engine.started().len(), server.engine.reserved()), (1, 0));
    });
}

#[test]
fn every_change_takes_a_key() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let twice = |method: &str, key: &str, path: &str, headers: &[(&str, &str)], body: &Value| {
            let mut headers = headers.to_vec();
            headers.push(("idempotency-key", key));
            let (first, second) = (client.call(method, path, &headers, Some(body)), client.call(method, path, &headers, Some(body)));
            assert_eq!(
                (first.status, first.text(), first.header("etag")),
                (second.status, second.text(), second.header("etag")),
                "{method} {path}"
            );
            assert!(first.status < 300, "{method} {path}: {}", first.text());
        };
        twice("POST", "a", "/main/flows", &[], &json!({"slug": "greet", "name": "Greet", "definition": definition("one")}));
        twice("PUT", "b", &format!("{FLOW}/versions/1/settings"), &[("if-match", "\"1\"")], &json!({"key": ".name"}));
        twice("POST", "c", &format!("{FLOW}/versions/1/publication"), &[], &json!({"note": "first"}));
        twice("POST", "d", &format!("{LIVE}/deployments"), &[], &json!({"version": 1, "comment": "x"}));
        twice("POST", "e", &format!("{LIVE}/pause"), &[], &json!({}));
        twice("POST", "f", &format!("{FLOW}/versions"), &[], &json!({"from": 1}));
        twice("DELETE", "g", &format!("{FLOW}/versions/2"), &[], &json!({}));
        assert_eq!(client.get(LIVE).ok()["routing_revision"], 2);
        let run = client.post(&format!("{LIVE}/runs"), json!({"test": true})).expect(202).json();
        twice("POST", "h", &format!("/main/runs/{}/cancel", run["id"].as_str().expect("an id")), &[], &json!({}));
    });
}

#[test]
fn a_refused_change_leaves_its_key_free() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_published();
        let path = format!("{LIVE}/runs");
        with_key(&client, "later", &path, &json!({})).refused(409, "no_runnable_version");
        client.deploy(1);
        with_key(&client, "later", &path, &json!({})).expect(202);
        for bad in ["", "with space", &"k".repeat(256)] {
            with_key(&client, bad, &path, &json!({})).refused(422, "invalid");
        }
    });
}

#[test]
fn a_program_that_goes_away_leaves_no_run_behind_that_nobody_executes() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        for _ in 0..20 {
            let mut stream = TcpStream::connect(server.address).expect("connect");
            let head = format!(
                "POST /api/v1{LIVE}/runs?wait=60 HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n",
                server.address, client.api.token
            );
            stream.write_all(format!("{head}content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}").as_bytes()).expect("send");
            stream.shutdown(Shutdown::Both).expect("go away");
        }
        // One more that stays, so that there is something to find at all.
        client.start();
        until("every stored run to be handed over", Duration::from_secs(10), || {
            let stored = usize::try_from(database.count("SELECT count(*) FROM runs")).expect("a count");
            (server.engine.started().len() == stored && server.engine.reserved() == 0).then_some(())
        });
    });
}
