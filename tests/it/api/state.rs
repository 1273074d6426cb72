//! A workspace as of an instant.

use serde_json::json;
use signalbox::domain::access::Role;

use super::client::{Client, LIVE};
use crate::support::{ServerInside, each_database};

#[test]
fn a_workspace_is_shown_as_it_was() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        client.post(&format!("{LIVE}/pause"), json!({"reason": "zero prices"})).expect(200);
        let when = |action: &str| {
            let events = client.get(&format!("/main/events?flow=greet&action={action}")).ok();
            let first = &events["items"][0];
            (first["at"].as_str().expect("an instant").to_owned(), first["seq"].clone())
        };
        let (deployed, seq) = when("deployment.deploy");
        let state = client.get(&format!("/main/state?at={deployed}")).ok();
        assert_eq!(state["event"], seq);
        let flow = &state["flows"][0];
        assert_eq!((&flow["slug"], &flow["archived"], &state["next"]), (&json!("greet"), &json!(false), &json!(null)));
        let place = &flow["deployments"][0];
        assert_eq!(
            (&place["environment"], &place["primary"], &place["switch"], &place["routing_revision"]),
            (&json!("production"), &json!(1), &json!("on"), &json!(1))
        );
        assert_eq!((&flow["versions"][0]["lifecycle"], &flow["versions"][0]["sync"]), (&json!("published"), &json!("current")));
        let production = state["environments"].as_array().expect("a list").iter().find(|e| e["slug"] == "production").expect("production");
        assert_eq!(production["configuration"], 1);
        let paused = client.get(&format!("/main/state?at={}", when("deployment.pause").0)).ok();
        let place = &paused["flows"][0]["deployments"][0];
        assert_eq!((&place["switch"], &place["reason"]), (&json!("paused"), &json!("zero prices")));
        let drafted = client.get(&format!("/main/state?at={}", when("flow.created").0)).ok();
        assert_eq!((&drafted["flows"][0]["drafts"], &drafted["flows"][0]["versions"][0]["sync"]), (&json!(1), &json!("never")));
        assert_eq!(client.get("/main/state?at=2000-01-01T00:00:00Z").ok()["flows"], json!([]));
        for bad in ["", "?at=x", "?at=2999-01-01T00:00:00Z", "?at=2000-01-01T00:00:00Z&after=x", "?at=2000-01-01T00:00:00Z&limit=0"] {
            client.get(&format!("/main/state{bad}")).refused(422, "invalid");
        }
    });
}
