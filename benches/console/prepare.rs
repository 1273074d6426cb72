//! A server with one flow of five `set` steps, live in production, with one finished run.

use std::time::Duration;

use serde_json::json;

use crate::support::wait::until;
use crate::support::{Database, Server};

pub const LIVE: &str = "/main/environments/production/flows/counter";

pub struct Prepared {
    pub server: Server,
    /// A signed-in person's cookies.
    pub cookie: String,
    pub flow_id: String,
    pub version_id: String,
    pub run_id: String,
    pub database: Database,
}

/// Five steps that need nothing from outside: what a run costs is what the runner costs.
pub fn five_steps() -> String {
    let mut text = "document:\n  dsl: '1.0.1'\n  namespace: bench\n  name: counter\n  version: '1.0.0'\ndo:\n".to_owned();
    for step in ["one", "two", "three", "four", "five"] {
        text.push_str(&format!("  - {step}:\n      set:\n        n: ${{ .n + 1 }}\n"));
    }
    text
}

pub fn prepare() -> Prepared {
    let database = Database::sqlite();
    let server = Server::start(&database);
    let api = server.api("admin");
    let mut visitor = crate::support::Visitor::new(server.address);
    visitor.sign_in("admin@example.test", crate::support::server::PASSWORD);
    let new = json!({"slug": "counter", "name": "Counter", "definition": five_steps()});
    let flow = api.post("/main/flows", &new).expect(201).json();
    api.post("/main/flows/counter/versions/1/publication", &json!({"note": "first"})).ok();
    let version = api.get("/main/flows/counter/versions/1").ok();
    api.post(&format!("{LIVE}/deployments"), &json!({"version": 1, "comment": "first"})).ok();
    let run = api.post(&format!("{LIVE}/runs?wait=10"), &json!({"input": {"n": 0}})).expect(200).json();
    until("the run to be counted", Duration::from_secs(30), || (database.count("SELECT COUNT(*) FROM version_stats") > 0).then_some(()));
    assert_eq!(run["output"], json!({"n": 5}), "{run}");
    let text = |value: &serde_json::Value| value["id"].as_str().expect("an id").to_owned();
    let (flow_id, version_id, run_id) = (text(&flow), text(&version), text(&run));
    Prepared { server, cookie: visitor.cookie(), flow_id, version_id, run_id, database }
}
