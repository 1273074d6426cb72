//! Starting a run by hand.

use serde_json::json;

use super::{FLOW, Office, leads_to, says};
use crate::support::wait::until;
use std::time::Duration;

const NEW: &str = "/w/main/flows/order-intake/runs/new";
const TO: &str = "/w/main/flows/order-intake/runs";

fn ended(office: &Office, to: &str) -> serde_json::Value {
    let id = to.rsplit('/').next().expect("an id").to_owned();
    until("the run to end", Duration::from_secs(20), || {
        let run = office.api.get(&format!("/main/runs/{id}")).ok();
        matches!(run["state"].as_str(), Some("completed" | "faulted" | "cancelled")).then_some(run)
    })
}

#[test]
fn the_dialog_says_which_version_a_start_would_use_and_starts_it_once() {
    let mut office = Office::with_live_flow();
    let page = office.admin.get(NEW).expect(200).text();
    says(&page, "Production : version 1 is used, because it is live here.");
    says(&page, "Input as JSON");
    assert!(office.admin.get_fragment(NEW).expect(200).text().starts_with("<dialog"));
    let at = page.find("name=\"idempotency_key\" value=\"").expect("a key") + 30;
    let key = page[at..at + page[at..].find('"').expect("its end")].to_owned();
    let fields = [("environment", "production"), ("version", ""), ("input", "{\"items\": 2}"), ("idempotency_key", key.as_str())];
    let to = leads_to(&office.admin.submit(NEW, TO, &fields));
    assert_eq!(leads_to(&office.admin.submit(NEW, TO, &fields)), to, "the same form starts one run");
    let run = ended(&office, &to);
    assert_eq!((&run["state"], &run["output"]["total"]), (&json!("completed"), &json!(8)), "{run}");
    let page = office.admin.get(&to).expect(200).text();
    says(&page, "By hand");
}

#[test]
fn input_that_is_no_json_and_versions_that_may_not_run_come_back_with_the_reason() {
    let mut office = Office::with_live_flow();
    let back = office.admin.submit(NEW, TO, &[("environment", "production"), ("version", ""), ("input", "{items: 2")]).expect(422).text();
    says(&back, "No run was started");
    says(&back, "This is not JSON");
    assert!(back.contains("{items: 2"));
    let back = office.admin.submit(NEW, TO, &[("environment", "development"), ("version", ""), ("input", "{}")]).expect(422).text();
    says(&back, "No version of this flow can run here. Deploy one first.");
    office.api.post("/main/flows/order-intake/versions", &json!({"from": 1})).expect(201);
    let back = office.admin.submit(NEW, TO, &[("environment", "production"), ("version", "2"), ("input", "{}")]).expect(422).text();
    says(&back, "Version 2 is not live here");
    // Marked as a test it may.
    let to = leads_to(&office.admin.submit(
        NEW,
        TO,
        &[("environment", "production"), ("version", "2"), ("input", "{\"items\": 1}"), ("test", "on")],
    ));
    assert_eq!(ended(&office, &to)["version"], 2);
    says(&office.admin.get(&to).expect(200).text(), "Test run");
    office.admin.submit(NEW, TO, &[("environment", "production"), ("version", "77"), ("input", "{}")]).expect(404);
    office.admin.post(TO, &[("environment", "production")]).expect(403);
}

#[test]
fn a_test_run_takes_the_draft_configuration_when_asked_to() {
    let mut office = Office::with_live_flow();
    says(&office.admin.get(NEW).expect(200).text(), "The draft as it is now, for a test run only");
    let mut fields = vec![("environment", "production"), ("version", ""), ("input", "{\"items\": 1}"), ("configuration", "draft")];
    let back = office.admin.submit(NEW, TO, &fields).expect(422).text();
    says(&back, "Only a test run may use the draft configuration.");
    assert!(back.contains("value=\"draft\" selected"), "{back}");
    fields.push(("test", "on"));
    let to = leads_to(&office.admin.submit(NEW, TO, &fields));
    assert_eq!(ended(&office, &to)["configuration"], "draft");
    says(&office.admin.get(&to).expect(200).text(), "configuration #2 (draft, as it was)");
}

#[test]
fn a_schema_becomes_a_form() {
    let mut office = Office::open();
    let definition = "document: {dsl: '1.0.1', namespace: tests, name: order-intake, version: '1.0.0'}
input:
  schema:
    document:
      type: object
      required: [order]
      properties:
        order: {type: string, title: Order number}
        items: {type: integer, default: 2}
        gift: {type: boolean}
do:
  - echo:
      set: ${ . }
";
    office.create("order-intake", "Order intake", definition);
    let page = office.admin.get(&format!("{NEW}?version=1&test=1")).expect(200).text();
    says(&page, "Order number");
    says(&page, "Or the whole input as JSON");
    assert!(page.contains("name=\"in:/items\"") && page.contains("value=\"2\""));
    let to = leads_to(&office.admin.submit(
        NEW,
        TO,
        &[("environment", "development"), ("version", ""), ("in:/order", "A-1"), ("in:/items", "3"), ("in:/gift", "true"), ("input", "")],
    ));
    assert_eq!(ended(&office, &to)["output"], json!({"order": "A-1", "items": 3, "gift": true}));
    let back = office
        .admin
        .submit(NEW, TO, &[("environment", "development"), ("version", ""), ("in:/order", "A-1"), ("in:/items", "many"), ("input", "")])
        .expect(422)
        .text();
    says(&back, "Write a whole number");
    assert!(back.contains("value=\"many\"") && back.contains("value=\"A-1\""));
    // What only the schema knows is judged by the start itself.
    let back =
        office.admin.submit(NEW, TO, &[("environment", "development"), ("version", ""), ("input", "{\"items\": 3}")]).expect(422).text();
    says(&back, "The input does not fit this flow's schema");
}

#[test]
fn roles_decide_where_runs_may_start() {
    let office = Office::with_live_flow();
    let mut viewer = office.server.visitor("viewer");
    says(&viewer.get(NEW).expect(200).text(), "Your role may not start runs here.");
    let mut editor = office.server.visitor("editor");
    let page = editor.get(NEW).expect(200).text();
    assert!(!page.contains("<option value=\"production\""), "editors start nothing in production");
    editor.submit(NEW, TO, &[("environment", "production"), ("version", ""), ("input", "{}")]).expect(403);
    let mut operator = office.server.visitor("operator");
    leads_to(&operator.submit(NEW, TO, &[("environment", "production"), ("version", ""), ("input", "{\"items\": 1}")]));
    assert_eq!(leads_to(&operator.get(&format!("{FLOW}/runs"))), "/w/main/runs?flow=order-intake");
}
