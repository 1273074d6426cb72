//! The history.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, LIVE};
use crate::support::{ServerInside, each_database};

#[test]
fn every_change_is_an_event_that_can_be_found() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        client
            .call("POST", &format!("{LIVE}/pause"), &[("x-request-id", "mine-12345")], Some(&json!({"reason": "zero prices"})))
            .expect(200);
        let run = client.post(&format!("{LIVE}/runs"), json!({"test": true})).expect(202).json();
        client.post(&format!("/main/runs/{}/cancel", run["id"].as_str().expect("an id")), json!({"reason": "no need"})).expect(200);
        let list = |query: &str| client.get(&format!("/main/events?{query}")).ok();
        let actions = |query: &str| -> Vec<String> {
            let list = list(query);
            list["items"].as_array().expect("items").iter().map(|e| e["action"].as_str().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(actions("flow=greet"), ["run.cancelled", "deployment.pause", "deployment.deploy", "version.published", "flow.created"]);
        let flow = client.get(FLOW).ok();
        assert_eq!(actions(&format!("object={}", flow["id"].as_str().expect("an id"))).len(), 5);
        let pause = list("action=deployment.pause")["items"][0].clone();
        assert_eq!(
            (&pause["reason"], &pause["before"]["switch"], &pause["after"]["switch"]),
            (&json!("zero prices"), &json!("on"), &json!("paused"))
        );
        assert_eq!(
            (&pause["request_id"], &pause["object"]["kind"], &pause["verb"]),
            (&json!("mine-12345"), &json!("deployment"), &json!("paused"))
        );
        let me = client.get("/me").ok();
        assert_eq!((&pause["actor"]["id"], &pause["channel"]), (&me["user"]["id"], &me["token"]["id"]));
        assert_eq!(actions(&format!("actor={}", me["user"]["id"].as_str().expect("an id"))).len(), 5);
        assert_eq!(actions("environment=production&action=deployment."), ["deployment.pause", "deployment.deploy"]);
        assert_eq!(actions("flow=greet&to=2026-01-01T00:00:00Z"), Vec::<String>::new());
        let first = list("flow=greet&limit=2");
        let next = first["next"].as_str().expect("more");
        assert_eq!(actions(&format!("flow=greet&limit=2&before={next}")), ["deployment.deploy", "version.published"]);
        let seqs: Vec<i64> = list("limit=200")["items"].as_array().expect("items").iter().filter_map(|e| e["seq"].as_i64()).collect();
        assert!(seqs.windows(2).all(|pair| pair[0] > pair[1]), "newest first: {seqs:?}");
        for bad in ["from=x", "limit=0", "before=x", "colour=1"] {
            client.get(&format!("/main/events?{bad}")).refused(422, "invalid");
        }
        assert!(first["items"].as_array().is_some_and(|items| items.iter().all(|e| e["hash"].as_str().is_some_and(|h| h.len() == 64))));
        assert!(list("limit=1")["items"][0]["before"] != Value::Null);
    });
}
