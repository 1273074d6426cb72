//! Whatever is wrong is said in the same form.

use serde_json::json;
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, LIVE};
use crate::support::http::{Request, Response};
use crate::support::{Database, ServerInside, each_database};

fn bare(server: &ServerInside, token: &str, method: &str, target: &str) -> Response {
    Request::new(method, target).header("authorization", &format!("Bearer {token}")).send(server.address).expect("an answer")
}

#[test]
fn unknown_addresses_and_methods_are_problems_too() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let token = server.token(Role::Admin, None);
    for target in [
        "/api/v1",
        "/api/v1/",
        "/api/v1/main",
        "/api/v1/main/flows/",
        "/api/v1/main/nothing",
        "/api/v1/main/flows/a/b/c",
        "/api/v1/%ff/flows",
        "/api/v2/main/flows",
        "/api",
    ] {
        let problem = bare(&server, &token, "GET", target).refused(404, "not_found");
        assert!(problem["instance"].as_str().is_some_and(|i| i.starts_with("urn:signalbox:request:req_")), "{problem}");
    }
    for (method, target, allowed) in [
        ("PATCH", "/api/v1/main/flows", "GET, POST"),
        ("DELETE", "/api/v1/main/flows/greet", "GET"),
        ("GET", "/api/v1/main/environments/production/flows/greet/pause", "POST"),
        ("POST", "/api/v1/openapi.json", "GET"),
    ] {
        let answer = bare(&server, &token, method, target);
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {target}");
        answer.refused(405, "method_not_allowed");
    }
}

#[test]
fn bodies_that_cannot_be_read_are_told_apart() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    let path = format!("{LIVE}/runs");
    let post = |kind: &str, body: Vec<u8>| client.raw("POST", &path, &[], kind, body);
    let broken = post("application/json", b"{\"input\": ".to_vec()).refused(400, "bad_json");
    assert!(broken["detail"].as_str().is_some_and(|words| words.contains("line 1")), "{broken}");
    post("application/json", format!("{}1{}", "[".repeat(200), "]".repeat(200)).into_bytes()).refused(400, "bad_json");
    post("application/json", b"\xff".to_vec()).refused(400, "bad_json");
    post("application/json", b"{\"test\": \"yes\"}".to_vec()).refused(422, "invalid");
    post("application/json", b"{\"test\": true, \"test\": false}".to_vec()).refused(422, "invalid");
    post("application/json", b"{\"input\": 1e999}".to_vec()).refused(400, "bad_json");
    post("application/xml", b"<run/>".to_vec()).refused(415, "unsupported_media_type");
    post("application/json", vec![b' '; 4 * 1024 * 1024 + 64 * 1024 + 1]).refused(413, "too_large");
    let large = json!({"input": {"name": "x".repeat(4 * 1024 * 1024)}}).to_string();
    post("application/json", large.into_bytes()).refused(422, "invalid");
    client.raw("POST", &format!("{LIVE}/pause"), &[], "application/json", vec![b'x'; 64 * 1024 + 1]).refused(413, "too_large");
    post("application/json", Vec::new()).expect(202);
    post("application/vnd.orders+json", b"{}".to_vec()).expect(202);
}

#[test]
fn a_problem_carries_what_rfc_9457_asks_for() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Viewer);
    let answer = client.call("GET", "/main/flows/nothing", &[("x-request-id", "order-77-retry")], None);
    assert_eq!(answer.header("x-request-id"), Some("order-77-retry"));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(
        answer.json(),
        json!({
            "type": "urn:signalbox:problem:not_found", "title": "Not found", "status": 404, "code": "not_found",
            "detail": "There is no flow “nothing” here.", "instance": "urn:signalbox:request:order-77-retry"
        })
    );
    for name in ["content-security-policy", "x-content-type-options", "cache-control", "referrer-policy"] {
        assert!(answer.header(name).is_some(), "{name}");
    }
    let odd = client.call("GET", FLOW, &[("x-request-id", "a b<script>")], None);
    assert!(odd.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
}

#[test]
fn a_zero_character_is_refused_wherever_a_text_is_taken() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        for path in ["/main/events?actor=%00", "/main/releases/%00", "/main/flows/a%00b", "/main/runs?text=a%00"] {
            let problem = client.api.attempt("GET", path, &[], None).expect("an answer").refused(400, "bad_request");
            assert!(problem["detail"].as_str().is_some_and(|words| words.contains("U+0000")), "{path}: {problem}");
        }
        for (path, body) in [
            ("/main/releases", json!({"comment": "a\0b"})),
            ("/main/flows", json!({"slug": "zero", "name": "Zero", "description": "a\0b"})),
            ("/main/flows", json!({"slug": "zero", "name": "Zero", "definition": "document: \0"})),
        ] {
            let problem = client.post(path, body).refused(422, "invalid");
            assert!(problem["errors"][0]["message"].as_str().is_some_and(|words| words.contains("U+0000")), "{path}: {problem}");
        }
        client
            .raw("PUT", &format!("{FLOW}/versions/1/definition"), &[("if-match", "*")], "application/yaml", "a: \0")
            .refused(422, "invalid");
        // Data of others goes through as it is; only the key it would be found by cannot be kept.
        client.post(&format!("{LIVE}/runs"), json!({"input": {"name": "a\0b"}})).expect(202);
        client.post(&format!("{LIVE}/runs"), json!({"key": "a\0b"})).refused(422, "invalid");
    });
}
