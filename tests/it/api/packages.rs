//! Packages: kept, compared, deployed in one go, taken back as a set.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, definition};
use crate::support::{Database, ServerInside, each_database};

const PACKAGES: &str = "/main/packages";
const SPRING: &str = "/main/packages/Spring";

impl Client {
    /// Two flows with versions 1 and 2 published, version 1 of the first live in production.
    fn make_two_flows(&self) {
        for slug in ["orders", "invoices"] {
            let text = |note: &str| definition(note).replace("name: greet", &format!("name: {slug}"));
            self.post("/main/flows", json!({"slug": slug, "name": slug, "definition": text("one")})).expect(201);
            self.post(&format!("/main/flows/{slug}/versions/1/publication"), json!({})).expect(200);
            self.post(&format!("/main/flows/{slug}/versions"), json!({"definition": text("two")})).expect(201);
            self.post(&format!("/main/flows/{slug}/versions/2/publication"), json!({})).expect(200);
        }
        self.post("/main/environments/production/flows/orders/deployments", json!({"version": 1, "comment": "x"})).expect(200);
    }

    #[track_caller]
    fn make_package(&self) -> Value {
        let items = json!([{"flow": "orders", "version": 2, "priority": 10}, {"flow": "invoices", "version": "latest"}]);
        self.post(PACKAGES, json!({"name": "Spring", "note": "New prices", "items": items})).expect(201).json()
    }

    fn primary(&self, flow: &str) -> Value {
        self.get(&format!("/main/environments/production/flows/{flow}")).ok()["primary"].clone()
    }
}

#[test]
fn a_package_is_kept_compared_deployed_and_taken_back() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_two_flows();
        let made = client.make_package();
        assert_eq!(
            made["items"],
            json!([{"flow": "orders", "version": 2, "priority": 10}, {"flow": "invoices", "version": 2, "priority": 0}])
        );
        assert!(made["id"].as_str().is_some_and(|id| id.starts_with("pkg_")) && made["first_deployed_at"].is_null(), "{made}");
        let preview = client.get(&format!("{SPRING}/preview?environment=production")).ok();
        assert_eq!((&preview["deployable"], &preview["environment"]), (&json!(true), &json!("production")));
        let rows: Vec<Value> =
            preview["items"].as_array().expect("items").iter().map(|i| json!([i["flow"], i["now"], i["puts"], i["same"]])).collect();
        assert_eq!(rows, [json!(["orders", 1, 2, false]), json!(["invoices", null, 2, false])]);
        assert!(preview["items"][0]["changes"].as_array().is_some_and(|c| !c.is_empty()), "{preview}");
        let body = json!({"environment": "production", "comment": "spring", "expect": {"orders": 1, "invoices": 0}});
        let done = client.post(&format!("{SPRING}/deployments"), body.clone()).expect(200).json();
        assert_eq!(
            done["flows"],
            json!([
                {"flow": "invoices", "version": 2, "before": null, "kept": false, "came_back": null},
                {"flow": "orders", "version": 2, "before": 1, "kept": false, "came_back": null}
            ])
        );
        assert_eq!((client.primary("orders"), client.primary("invoices")), (json!(2), json!(2)));
        let stale = client.post(&format!("{SPRING}/deployments"), body).refused(409, "package_refused");
        assert_eq!(stale["flows"][0]["code"], "stale", "{stale}");
        let again = json!({"environment": "production", "comment": "spring"});
        client.post(&format!("{SPRING}/deployments"), again).refused(409, "already_live");
        client.post(&format!("{SPRING}/rollback"), json!({"environment": "production"})).refused(422, "invalid");
        let back = client.post(&format!("{SPRING}/rollback"), json!({"environment": "production", "reason": "totals"})).expect(200).json();
        assert_eq!(back["back"], json!([{"flow": "orders", "to": 1}]));
        assert_eq!(back["left"][0]["flow"], "invoices");
        assert_eq!((client.primary("orders"), client.primary("invoices")), (json!(1), json!(2)));
        let shown = client.get(&format!("{PACKAGES}/{}", made["id"].as_str().expect("an id"))).ok();
        assert_eq!(
            (&shown["deployments"][0]["back_reason"], &shown["deployments"][0]["flows"][1]["came_back"]),
            (&json!("totals"), &json!("back"))
        );
        client
            .post(&format!("{SPRING}/rollback"), json!({"environment": "production", "reason": "x"}))
            .refused(409, "nothing_to_go_back_to");
        let preview = client.get(&format!("{SPRING}/preview?environment=production")).ok();
        assert_eq!((&preview["deployable"], &preview["items"][0]["refused"]["code"]), (&json!(false), &json!("quarantined")));
        assert_eq!(preview["items"][1]["same"], true);
    });
}

#[test]
fn a_share_of_every_flow_goes_out_and_one_refusal_refuses_all() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_two_flows();
    client.make_package();
    let deploy = |body: Value| client.post(&format!("{SPRING}/deployments"), body);
    let share = json!({"environment": "production", "comment": "spring", "percent": 20});
    let refused = deploy(share.clone()).refused(409, "package_refused");
    assert_eq!(refused["flows"], json!([{"flow": "invoices", "code": "needs_primary", "message": refused["flows"][0]["message"]}]));
    assert_eq!(client.primary("orders"), json!(1));
    client.post("/main/environments/production/flows/invoices/deployments", json!({"version": 1, "comment": "x"})).expect(200);
    let done = deploy(share).expect(200).json();
    assert_eq!((&done["percent"], &done["plan"]), (&json!(20.0), &json!(null)));
    for flow in ["orders", "invoices"] {
        let there = client.get(&format!("/main/environments/production/flows/{flow}")).ok();
        assert_eq!((&there["primary"], &there["candidate"], &there["percent"]), (&json!(1), &json!(2), &json!(20.0)));
    }
    deploy(json!({"environment": "production"})).refused(422, "invalid");
    deploy(json!({"environment": "moon", "comment": "x"})).expect(404);
    deploy(json!({"environment": "production", "comment": "x", "expect": {"moon": 1}})).refused(422, "invalid");
    client
        .call(
            "POST",
            &format!("{SPRING}/deployments"),
            &[("if-match", "\"7\"")],
            Some(&json!({"environment": "production", "comment": "x"})),
        )
        .refused(409, "stale");
    client.post("/main/plans", json!({"name": "Careful", "stages": [{"percent": 5}]})).expect(201);
    client.post(&format!("{SPRING}/rollback"), json!({"environment": "production", "reason": "x"})).expect(200);
    deploy(json!({"environment": "production", "comment": "x", "plan": "None such"})).expect(404);
}

#[test]
fn packages_are_edited_against_what_was_read() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_two_flows();
    client.make_package();
    let one = json!([{"flow": "orders", "version": 1}]);
    assert_eq!(client.get(SPRING).expect(200).header("etag"), Some("\"1\""));
    let changed = client.put(SPRING, "\"1\"", json!({"name": "Spring", "items": one})).expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    client.put(SPRING, "\"1\"", json!({"name": "Spring", "items": one})).refused(409, "stale");
    for (field, body) in [
        ("name", json!({"name": " ", "items": one})),
        ("items", json!({"name": "Spring", "items": []})),
        ("items.1", json!({"name": "Spring", "items": [{"flow": "orders", "version": 1}, {"flow": "orders", "version": 2}]})),
        ("items.0", json!({"name": "Spring", "items": [{"flow": "moon", "version": 1}]})),
        ("items.0", json!({"name": "Spring", "items": [{"flow": "orders", "version": 1, "priority": 1001}]})),
    ] {
        let refused = client.put(SPRING, "*", body.clone()).refused(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
    }
    client.post(PACKAGES, json!({"name": "Spring", "items": one})).refused(422, "invalid");
    client.delete("/main/flows/orders/versions/1").refused(409, "in_use");
    assert_eq!(client.get(&format!("{PACKAGES}?limit=1")).ok()["items"].as_array().map(Vec::len), Some(1));
    client.delete(SPRING).expect(204);
    client.get(SPRING).expect(404);
}
