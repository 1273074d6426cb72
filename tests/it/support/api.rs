//! A program with a token.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;

use super::http::{Request, Response};

/// Calls `/api/v1/…` with a bearer token.
#[derive(Clone)]
pub struct Api {
    pub address: SocketAddr,
    pub token: String,
}

impl Api {
    pub fn new(address: SocketAddr, token: &str) -> Self {
        Self { address, token: token.to_owned() }
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.sent("GET", path, &[], None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.sent("POST", path, &[], Some(body))
    }

    #[track_caller]
    pub fn put(&self, path: &str, if_match: &str, body: &Value) -> Response {
        self.sent("PUT", path, &[("if-match", if_match)], Some(body))
    }

    /// Puts a definition in its author's own text.
    #[track_caller]
    pub fn put_yaml(&self, path: &str, if_match: &str, text: &str) -> Response {
        let target = target(path);
        let request = Request::new("PUT", &target).header("if-match", if_match).body("application/yaml", text);
        self.send(request).unwrap_or_else(|error| panic!("PUT {path}: {error}"))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Response {
        self.sent("DELETE", path, &[], None)
    }

    #[track_caller]
    fn sent(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        self.attempt(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same where the server may be gone at any moment: an error says that nobody knows what became of the call.
    pub fn attempt(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> io::Result<Response> {
        let target = target(path);
        let mut request = Request::new(method, &target);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body("application/json", body.to_string());
        }
        self.send(request)
    }

    fn send(&self, request: Request<'_>) -> io::Result<Response> {
        request.header("authorization", &format!("Bearer {}", self.token)).send(self.address)
    }
}

/// `/main/flows` is short for `/api/v1/main/flows`.
fn target(path: &str) -> String {
    format!("/api/v1{path}")
}
