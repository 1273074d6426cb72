//! Pages of dashboard, flows, versions and deployments, read and used as a person without script does.

mod approvals;
mod dashboard;
mod deploy;
mod flow;
mod guarded;
mod hotfix;
mod lifecycle;
mod outgoing;
mod releases;
mod roles;
mod rollback;
mod rollout;
mod version;

pub use flow::hidden;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::flows::order_intake;
use crate::support::http::Response;
use crate::support::wait::until;
use crate::support::{Api, Database, Server, Service, Visitor};

pub const FLOW: &str = "/w/main/flows/order-intake";
pub const LIVE: &str = "/w/main/flows/order-intake/environments/production";

/// A server, an admin in front of it, and a program beside.
pub struct Site {
    pub admin: Visitor,
    pub api: Api,
    pub server: Server,
    pub service: Service,
    _database: Database,
}

impl Site {
    pub fn new() -> Self {
        let database = Database::sqlite();
        let service = Service::start();
        service.answer_json("/price", json!({"unit": 4}));
        let server = Server::start_with_egress(&database, &[service.egress()]);
        let admin = server.visitor("admin");
        let api = server.api_of("admin@example.test");
        Self { admin, api, server, service, _database: database }
    }

    /// With the flow order-intake, whose first version is published.
    pub fn with_flow() -> Self {
        let site = Self::new();
        site.add("order-intake", "Order intake", &site.definition("first"));
        site.publish(1);
        site
    }

    /// With versions 1 and 2 published and deployed to production in turn.
    pub fn with_two_live() -> Self {
        let site = Self::with_flow();
        site.put_live(1);
        site.next("second");
        site.publish(2);
        site.put_live(2);
        site
    }

    pub fn definition(&self, note: &str) -> String {
        order_intake(&self.service.egress(), note)
    }

    pub fn add(&self, slug: &str, name: &str, definition: &str) {
        self.api.post("/main/flows", &json!({"slug": slug, "name": name, "definition": definition})).expect(201);
    }

    /// A draft of order-intake with this note in its last step.
    pub fn next(&self, note: &str) {
        self.api.post("/main/flows/order-intake/versions", &json!({"definition": self.definition(note), "from": "latest"})).expect(201);
    }

    pub fn publish(&self, version: u32) {
        self.api
            .post(&format!("/main/flows/order-intake/versions/{version}/publication"), &json!({"note": format!("Note {version}")}))
            .ok();
    }

    pub fn put_live(&self, version: u32) {
        let wish = json!({"version": version, "comment": "as agreed"});
        self.api.post("/main/environments/production/flows/order-intake/deployments", &wish).ok();
    }

    pub fn run(&self) -> Value {
        self.api.post("/main/environments/production/flows/order-intake/runs?wait=10", &json!({"input": {"items": 3}})).ok()
    }

    /// The deployment in an environment.
    pub fn place(&self, environment: &str) -> Value {
        self.api.get(&format!("/main/environments/{environment}/flows/order-intake")).ok()
    }

    /// The page, once it says this: figures of runs are summed up a moment after the runs have ended.
    #[track_caller]
    pub fn until_says(&mut self, path: &str, text: &str) -> String {
        until(&format!("{path} to say “{text}”"), Duration::from_secs(20), || {
            Some(self.admin.get(path).expect(200).text()).filter(|page| page.contains(text))
        })
    }

    /// Where the answer leads, and the page there.
    #[track_caller]
    pub fn follow(&mut self, answer: Response) -> (String, String) {
        let to = answer.expect(303).header("location").map(str::to_owned).expect("a location");
        let page = self.admin.get(&to).expect(200).text();
        (to, page)
    }
}

/// Panics unless the page says all of it.
#[track_caller]
pub fn says(page: &str, all: &[&str]) {
    for text in all {
        assert!(page.contains(text), "“{text}” is missing:\n{page}");
    }
}

/// Panics if the page says any of it.
#[track_caller]
pub fn says_not(page: &str, all: &[&str]) {
    for text in all {
        assert!(!page.contains(text), "“{text}” should not be there:\n{page}");
    }
}
