//! A program whose every answer is judged by the OpenAPI document.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::document::Document;
use crate::support::http::{Request, Response};
use crate::support::{Api, ServerInside};

/// The flow that most tests use.
pub const FLOW: &str = "/main/flows/greet";
/// Where it runs in production.
pub const LIVE: &str = "/main/environments/production/flows/greet";
/// Where it runs in development.
pub const DEV: &str = "/main/environments/development/flows/greet";

/// A flow of one step; two notes make two different versions. Its input must have a `name` of text.
pub fn definition(note: &str) -> String {
    format!(
        "document: {{dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0'}}
input:
  schema:
    document: {{type: object, properties: {{name: {{type: string}}}}}}
do:
  - greet:
      set: {{note: {note}}}
"
    )
}

/// Calls the API and judges its answers.
#[derive(Clone)]
pub struct Client {
    pub api: Api,
    document: std::sync::Arc<Document>,
}

impl Client {
    pub fn new(server: &ServerInside, role: Role) -> Self {
        Self { api: server.api(role), document: std::sync::Arc::default() }
    }

    pub fn with_token(server: &ServerInside, token: &str) -> Self {
        Self { api: Api::new(server.address, token), document: std::sync::Arc::default() }
    }

    #[track_caller]
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        let answer = self.api.attempt(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        self.document.judge(method, path, &answer);
        answer
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.call("GET", path, &[], None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: Value) -> Response {
        self.call("POST", path, &[], Some(&body))
    }

    #[track_caller]
    pub fn put(&self, path: &str, if_match: &str, body: Value) -> Response {
        self.call("PUT", path, &[("if-match", if_match)], Some(&body))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path, &[], None)
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let target = format!("/api/v1{path}");
        let mut request = Request::new(method, &target).header("authorization", &format!("Bearer {}", self.api.token));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body(content_type, body).send(self.api.address).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        self.document.judge(method, path, &answer);
        answer
    }

    /// The flow with its draft.
    #[track_caller]
    pub fn make_flow(&self) -> Value {
        self.post("/main/flows", json!({"slug": "greet", "name": "Greet", "definition": definition("one")})).expect(201).json()
    }

    /// The flow with version 1 published.
    #[track_caller]
    pub fn make_published(&self) {
        self.make_flow();
        self.publish(1);
    }

    #[track_caller]
    pub fn publish(&self, number: i64) -> Value {
        self.post(&format!("{FLOW}/versions/{number}/publication"), json!({"note": format!("version {number}")})).expect(200).json()
    }

    /// The next version of the flow, published.
    #[track_caller]
    pub fn make_version(&self, note: &str) -> i64 {
        let made = self.post(&format!("{FLOW}/versions"), json!({"definition": definition(note)})).expect(201).json();
        let number = made["number"].as_i64().expect("a number");
        self.publish(number);
        number
    }

    #[track_caller]
    pub fn deploy(&self, number: i64) -> Value {
        self.post(&format!("{LIVE}/deployments"), json!({"version": number, "comment": "as agreed"})).expect(200).json()
    }

    /// The flow with version 1 live in production.
    #[track_caller]
    pub fn make_live(&self) {
        self.make_published();
        self.deploy(1);
    }

    /// Starts a run in production; its id.
    #[track_caller]
    pub fn start(&self) -> String {
        let run = self.post(&format!("{LIVE}/runs"), json!({"input": {"name": "Ada"}})).expect(202).json();
        run["id"].as_str().expect("an id").to_owned()
    }
}
