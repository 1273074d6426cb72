//! A server with something true on every page, made through the API.

use std::time::Duration;

use serde_json::{Value, json};
use signalbox::clock::SystemClock;
use signalbox::domain::clock::{Clock, Micros};

use crate::support::flows::order_intake;
use crate::support::wait::until;
use crate::support::{Api, Database, Server, Service};

/// A server, its data and the service that its flows call.
pub struct Filled {
    pub server: Server,
    pub service: Service,
    pub api: Api,
    pub admin: String,
    /// Dropped last.
    _database: Database,
}

impl Filled {
    /// Nothing but an admin.
    pub fn empty() -> Self {
        let database = Database::sqlite();
        let service = Service::start();
        service.answer_json("/price", json!({"unit": 4}));
        let server = Server::start_with_egress(&database, &[service.egress()]);
        let admin = server.add_user("admin");
        let api = server.api_of(&admin);
        Self { server, service, api, admin, _database: database }
    }

    /// A flow with three versions, one live, runs that went well and one that failed, one paused flow, one not ready.
    pub fn new() -> Self {
        let filled = Self::empty();
        filled.add_order_intake();
        filled.add_failing();
        filled.add_not_ready();
        filled.add_staging();
        filled.add_rollouts();
        filled.add_planned_and_packages();
        filled.add_releases();
        filled.add_components();
        for role in ["viewer", "editor", "operator"] {
            filled.server.add_user(role);
        }
        filled
    }

    fn add_order_intake(&self) {
        self.create("order-intake", "Order intake", &self.definition("first"));
        self.publish("order-intake", 1, "First cut");
        self.deploy("order-intake", 1);
        self.run("order-intake");
        self.draft("order-intake", 1, &self.definition("second"));
        self.publish("order-intake", 2, "Second note");
        self.deploy("order-intake", 2);
        self.run("order-intake");
        self.draft("order-intake", 2, &self.definition("third"));
    }

    fn add_failing(&self) {
        let text = self.definition("first").replace("order-intake", "late-parcel").replace("/price", "/gone");
        self.service.answer("/gone", crate::support::service::Answer { status: 404, ..Default::default() });
        self.create("late-parcel", "Late parcel", &text);
        self.publish("late-parcel", 1, "First cut");
        self.deploy("late-parcel", 1);
        let run = self.run("late-parcel");
        assert_eq!(run["state"], "faulted", "{run}");
        let fix = json!({"settings": {"key": ".items"}, "note": "Sticky by items"});
        self.api.post("/main/flows/late-parcel/versions/1/revisions", &fix).expect(201);
        self.api.post("/main/environments/production/flows/late-parcel/pause", &json!({"reason": "supplier is down"})).ok();
    }

    /// One rollout that goes on by a plan, one that its guard rolled back.
    fn add_rollouts(&self) {
        let guard = json!({"failure_rate": {"max": 0.2}, "p95_ms": {"max": 5000}, "min_runs": 2});
        let stages = json!([{"percent": 50, "min_minutes": 30}, {"percent": 75, "min_minutes": 30}]);
        self.api.post("/main/plans", &json!({"name": "Careful", "stages": stages, "advance": "auto", "guard": guard})).expect(201);
        for (slug, name, price) in [("gift-wrapping", "Gift wrapping", "/price"), ("parcel-label", "Parcel label", "/gone")] {
            let text = |note: &str| self.definition(note).replace("order-intake", slug);
            self.create(slug, name, &text("first"));
            self.publish(slug, 1, "First cut");
            self.deploy(slug, 1);
            self.draft(slug, 1, &text("second").replace("/price", price));
            self.publish(slug, 2, "Second cut");
            let wish = json!({"version": 2, "comment": "a few first", "plan": "Careful"});
            self.api.post(&format!("/main/environments/production/flows/{slug}/deployments"), &wish).ok();
            for _ in 0..8 {
                self.run(slug);
            }
        }
        let held = self.api.get("/main/environments/production/flows/parcel-label/quarantine").ok();
        assert_eq!(held["items"][0]["version"], 2, "{held}");
    }

    fn add_not_ready(&self) {
        let text = self.definition("first").replace("order-intake", "stock-count").replace("then: confirm", "then: nowhere");
        self.create("stock-count", "Stock count", &text);
    }

    /// A rack of five, replacements that changed, a freeze, and a flow that runs there.
    fn add_staging(&self) {
        self.api.post("/main/environments", &json!({"slug": "staging", "name": "Staging", "kind": "staging"})).expect(201);
        let staging = "/main/environments/staging";
        for turn in 1..=5 {
            let content = json!({"connections": {"payments": format!("adyen-{turn}")}, "variables": {"region": "eu"}, "priority": {"order-intake": 3}});
            self.api.put(&format!("{staging}/draft/replacements"), "*", &content).ok();
            self.api.post(&format!("{staging}/versions/draft/deployment"), &json!({"comment": "as agreed"})).ok();
        }
        let content = json!({"connections": {"payments": "adyen-eu"}, "scripts": {"vat": {"name": "vat-eu", "version": 3}}, "priority": {"order-intake": 3}});
        self.api.put(&format!("{staging}/draft/replacements"), "*", &content).ok();
        self.api.post(&format!("{staging}/flows/order-intake/deployments"), &json!({"version": 1})).ok();
        let freezes = json!([{"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "reason": "stocktaking"}]);
        let patch = self.api.attempt("PATCH", staging, &[], Some(&json!({"freezes": freezes, "promotes_from": "development"})));
        patch.expect("an answer").expect(200);
        self.api.post("/main/environments", &json!({"slug": "old", "name": "Old", "kind": "test"})).expect(201);
        self.api.post("/main/environments/old/archive", &json!({})).expect(200);
    }

    /// The workspace is kept as it stands; drafts wait for the next push.
    fn add_releases(&self) {
        let kept = json!({"comment": "Before the spring prices", "backup": true, "flows": []});
        self.api.post("/main/releases", &kept).expect(201);
    }

    /// Changes that wait for their time, for a person, and that were cancelled; packages that went out, and that did not.
    fn add_planned_and_packages(&self) {
        let plan = |ahead: i64| {
            let at = SystemClock.now().plus(ahead).rfc3339();
            let wish = json!({"kind": "deploy", "at": at, "version": 1, "percent": 10, "comment": "over night"});
            let made = self.api.post("/main/environments/production/flows/order-intake/planned", &wish).expect(201).json();
            made["id"].as_str().expect("an id").to_owned()
        };
        let moved = plan(2 * Micros::SECOND);
        self.deploy("order-intake", 2);
        until("a change whose base moved to be suspended", Duration::from_secs(20), || {
            (self.api.get(&format!("/main/planned/{moved}")).ok()["state"] == "suspended").then_some(())
        });
        let cancelled = plan(Micros::DAY);
        self.api.post(&format!("/main/planned/{cancelled}/cancel"), &json!({"reason": "too early"})).expect(200);
        plan(Micros::DAY);
        let items = json!([{"flow": "order-intake", "version": 1, "priority": 5}, {"flow": "late-parcel", "version": 1}]);
        self.api.post("/main/packages", &json!({"name": "Spring", "note": "New prices", "items": items})).expect(201);
        self.api.post("/main/packages/Spring/deployments", &json!({"environment": "development"})).expect(200);
        self.api.post("/main/packages", &json!({"name": "Autumn", "items": [{"flow": "order-intake", "version": 2}]})).expect(201);
    }

    /// One component of each kind, one of them changed once and one used.
    fn add_components(&self) {
        let make = |kind: &str, name: &str, content: Value| {
            let new = json!({"kind": kind, "name": name, "description": "Made by the tests.", "content": content});
            self.api.post("/main/components", &new).expect(201);
        };
        make("secret", "order-token", json!({}));
        self.api.put("/main/components/secret/order-token/secret", "*", &json!({"value": "a value of the tests"})).ok();
        let authentication = json!({"kind": "bearer", "secret": "order-token"});
        make("connection", "orders", json!({"base": "https://orders.example", "authentication": authentication}));
        let changed = json!({"base": "https://orders.example/v2", "authentication": authentication, "timeout_seconds": 5});
        self.api.put("/main/components/connection/orders", "*", &json!({"content": changed, "note": "Version 2 of the service"})).ok();
        make("script", "score", json!({"language": "jq", "source": ".price * .count"}));
        make("cache", "recent", json!({"expiry_seconds": 600}));
        make("lookup", "rates", json!({"columns": ["country", "rate"], "rows": [["NL", "21"], ["DE", "19"]]}));
        make("variable", "TAX", json!({"value": {"nl": 21}}));
        let step = "- item: {call: http, with: {method: get, endpoint: 'connection://orders/items/{id}'}}";
        let head = "document: {dsl: '1.0.3', namespace: tests, name: parcel-rates, version: '1.0.0'}";
        self.create("parcel-rates", "Parcel rates", &format!("{head}\ndo:\n{step}\n"));
    }

    /// The definition of order intake against this server's service.
    pub fn definition(&self, note: &str) -> String {
        order_intake(&self.service.egress(), note)
    }

    pub fn create(&self, slug: &str, name: &str, definition: &str) {
        let new = json!({"slug": slug, "name": name, "definition": definition, "description": "Made by the tests."});
        self.api.post("/main/flows", &new).expect(201);
    }

    pub fn draft(&self, slug: &str, from: u32, definition: &str) {
        let new = json!({"from": from, "definition": definition, "note": "next"});
        self.api.post(&format!("/main/flows/{slug}/versions"), &new).expect(201);
    }

    pub fn publish(&self, slug: &str, version: u32, note: &str) {
        self.api.post(&format!("/main/flows/{slug}/versions/{version}/publication"), &json!({"note": note})).ok();
    }

    pub fn deploy(&self, slug: &str, version: u32) {
        let wish = json!({"version": version, "comment": "as agreed"});
        self.api.post(&format!("/main/environments/production/flows/{slug}/deployments"), &wish).ok();
    }

    pub fn run(&self, slug: &str) -> Value {
        let path = format!("/main/environments/production/flows/{slug}/runs?wait=10");
        self.api.post(&path, &json!({"input": {"items": 3}})).ok()
    }

    /// The version that production runs.
    pub fn live(&self, slug: &str) -> Value {
        self.api.get(&format!("/main/environments/production/flows/{slug}")).ok()["primary"].clone()
    }
}
