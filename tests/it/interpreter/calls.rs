//! `call: http` and `run: workflow`, against stubs on loopback.
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use signalbox::runner::http::CallerBuilder;
use signalbox::runner::http::egress::Egress;
use signalbox::runner::interpret::execute;
use signalbox::runner::memory::{Flows, Memory};

use super::stub::{Answer, Seen, Stub};
use super::support::{Ran, Told, definition, facts, local, run, run_in, world};

fn echo() -> Stub {
    Stub::start(|seen: &Seen| {
        Answer::json(json!({"method": seen.method, "target": seen.target, "body": seen.body, "type": seen.header("content-type"),
            "key": seen.header("idempotency-key"), "auth": seen.header("authorization"), "x": seen.header("x-test")}))
    })
}

async fn call(stub: &Stub, with: &str, input: Value) -> Ran {
    run(&format!("do: [{{c: {{call: http, with: {with}}}}}]").replace("ORIGIN", &stub.origin()), input).await
}

#[tokio::test]
async fn templates_query_headers_and_body_are_filled() {
    let stub = echo();
    let with = "{method: post, endpoint: {uri: 'ORIGIN/pets/{id}?a={id}'}, query: {q: '${ .q }', n: 3}, headers: {X-Test: '${ .q }'}, body: {deep: ['${ .id }']}}";
    let ran = call(&stub, with, json!({"id": "a/b", "q": "x y"})).await;
    let output = ran.output();
    assert_eq!(output["target"], "/pets/a%2Fb?a=a%2Fb&q=x+y&n=3");
    assert_eq!((&output["method"], &output["x"], &output["type"]), (&json!("POST"), &json!("x y"), &json!("application/json")));
    assert_eq!(output["body"], r#"{"deep":["a/b"]}"#);
}

#[tokio::test]
async fn whole_maps_may_be_expressions_and_so_may_the_endpoint() {
    let stub = echo();
    let with = "{method: GET, endpoint: '${ .base + \"/x\" }', query: '${ .q }', headers: '${ {\"x-test\": \"1\"} }'}";
    let ran = call(&stub, with, json!({"base": stub.origin(), "q": {"a": [1, 2], "none": null}})).await;
    assert_eq!((&ran.output()["target"], &ran.output()["x"]), (&json!("/x?a=1&a=2"), &json!("1")));
}

#[tokio::test]
async fn an_address_from_data_is_not_a_template() {
    let stub = echo();
    let ran = call(&stub, "{method: get, endpoint: '${ .base + \"/{id}\" }'}", json!({"base": stub.origin(), "id": "secret"})).await;
    assert_eq!(ran.output()["target"], "/%7Bid%7D");
}

#[tokio::test]
async fn a_template_without_its_value_is_an_error() {
    let ran = call(&echo(), "{method: get, endpoint: 'ORIGIN/{id}'}", json!({"id": {"no": "scalar"}})).await;
    assert_eq!((&ran.error()["status"], &ran.error()["instance"]), (&json!(400), &json!("/do/0/c")));
}

#[tokio::test]
async fn the_idempotency_key_stays_the_same_on_every_retry_and_differs_between_rounds() {
    let count = std::sync::atomic::AtomicU32::new(0);
    let stub = Stub::start(move |_| {
        if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 3 < 2 { Answer::status(503) } else { Answer::json(json!({})) }
    });
    let yaml = "
do:
  - l:
      for: {in: '[1, 2]'}
      do:
        - t:
            try: [{c: {call: http, with: {method: put, endpoint: 'ORIGIN/x'}}}]
            catch: {retry: {limit: {attempt: {count: 3}}}}
";
    run(&yaml.replace("ORIGIN", &stub.origin()), json!({})).await.output();
    let keys: Vec<String> = stub.seen().iter().filter_map(|seen| seen.header("idempotency-key").map(str::to_owned)).collect();
    let (first, second) = ("wfr_test/do/0/l/do#0/0/t/try/0/c", "wfr_test/do/0/l/do#1/0/t/try/0/c");
    assert_eq!(keys, [first, first, first, second, second, second]);
}

#[tokio::test]
async fn get_has_no_key_and_an_authors_own_key_stays() {
    let stub = echo();
    assert_eq!(call(&stub, "{method: get, endpoint: ORIGIN/x}", json!({})).await.output()["key"], Value::Null);
    let with = "{method: post, endpoint: ORIGIN/x, headers: {Idempotency-Key: mine}}";
    assert_eq!(call(&stub, with, json!({})).await.output()["key"], "mine");
}

#[tokio::test]
async fn basic_and_bearer_come_from_expressions_names_and_secrets() {
    let stub = echo();
    let auth = |policy: &str| format!("{{method: get, endpoint: {{uri: ORIGIN/x, authentication: {policy}}}}}");
    let ran = call(&stub, &auth("{basic: {username: '${ .u }', password: p}}"), json!({"u": "me"})).await;
    assert_eq!(ran.output()["auth"], "Basic bWU6cA==");
    let ran = call(&stub, &auth("{bearer: {token: '${ .t }'}}"), json!({"t": "abc"})).await;
    assert_eq!(ran.output()["auth"], "Bearer abc");

    let yaml = "
use: {secrets: [s], authentications: {named: {basic: {use: s}}}}
do: [{c: {call: http, with: {method: get, endpoint: {uri: ORIGIN/x, authentication: {use: named}}}, output: {as: '{ auth: .auth, scheme: $authorization.scheme }'}}}]
";
    let mut facts = facts();
    facts.secrets.insert("s".into(), json!({"username": "me", "password": "p"}));
    let ran = run_in(&local(), &definition(&yaml.replace("ORIGIN", &stub.origin())), &facts, json!({})).await;
    assert_eq!(ran.output(), &json!({"auth": "Basic bWU6cA==", "scheme": "Basic"}));
    let digest = call(&stub, &auth("{digest: {username: a, password: b}}"), json!({})).await;
    assert!(digest.error()["detail"].as_str().is_some_and(|text| text.contains("basic and bearer")));
}

#[tokio::test]
async fn output_is_content_raw_or_the_response_without_credentials() {
    let stub = Stub::start(|seen: &Seen| match seen.target.as_str() {
        "/json" => Answer::of(200, "application/vnd.x+json; charset=utf-8", "[1, {\"a\": null}]"),
        "/text" => Answer::of(200, "text/plain", "hi"),
        "/bytes" => Answer::of(200, "application/octet-stream", vec![0xff, 0x00]),
        "/broken" => Answer::of(200, "application/json", "{"),
        _ => Answer::status(204),
    });
    let get = |path: &str, output: &str| format!("{{method: get, endpoint: ORIGIN{path}, output: {output}}}");
    assert_eq!(call(&stub, &get("/json", "content"), json!({})).await.output(), &json!([1, {"a": null}]));
    assert_eq!(call(&stub, &get("/text", "content"), json!({})).await.output(), &json!("hi"));
    assert_eq!(call(&stub, &get("/text", "raw"), json!({})).await.output(), &json!("aGk="));
    assert_eq!(call(&stub, &get("/bytes", "content"), json!({})).await.output(), &json!("/wA="));
    assert_eq!(call(&stub, &get("/none", "content"), json!({})).await.output(), &Value::Null);
    assert_eq!(call(&stub, &get("/broken", "content"), json!({})).await.error()["status"], 502);

    let with = "{method: get, endpoint: {uri: ORIGIN/json, authentication: {bearer: {token: abc}}}, headers: {X-A: b}, output: response}";
    let ran = call(&stub, with, json!({})).await;
    let output = ran.output();
    assert_eq!((&output["statusCode"], &output["content"]), (&json!(200), &json!([1, {"a": null}])));
    assert_eq!(output["request"]["uri"], json!(format!("{}/json", stub.origin())));
    assert_eq!((&output["request"]["method"], &output["request"]["headers"]["x-a"]), (&json!("get"), &json!("b")));
    assert!(!output.to_string().contains("abc"), "{output}");
}

#[tokio::test]
async fn a_status_of_failure_is_a_communication_error_with_that_status() {
    let stub = Stub::start(|seen: &Seen| Answer::status(seen.target[1..4].parse().unwrap_or(500)));
    for status in [300, 301, 304, 400, 401, 404, 418, 429, 500, 503] {
        let ran = call(&stub, &format!("{{method: get, endpoint: 'ORIGIN/{status}?token=hidden'}}"), json!({})).await;
        let error = ran.error();
        assert_eq!(error["type"], "https://open-workflow-specification.org/spec/1.0.0/errors/communication");
        assert_eq!((&error["status"], &error["instance"]), (&json!(status), &json!("/do/0/c")));
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn nobody_there_is_a_communication_error() {
    let port = { std::net::TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("address").port() };
    let ran = run(&format!("do: [{{c: {{call: http, with: {{method: get, endpoint: 'http://127.0.0.1:{port}/'}}}}}}]"), json!({})).await;
    assert_eq!(ran.error()["status"], 500);
    assert_eq!(ran.error()["detail"], "127.0.0.1: no connection");
}

#[tokio::test]
async fn redirects_are_followed_only_when_asked_for_and_three_times() {
    let stub = Stub::start(|seen: &Seen| match seen.target.as_str() {
        "/1" => Answer::to(302, "/2"),
        "/2" => Answer::to(307, "/3"),
        "/3" => Answer::to(301, "/end"),
        "/loop" => Answer::to(302, "/loop"),
        "/see" => Answer::to(303, "/end"),
        "/keep" => Answer::to(308, "/end"),
        _ => Answer::json(json!({"method": seen.method, "auth": seen.header("authorization"), "body": seen.body})),
    });
    let get = |path: &str, more: &str| {
        format!("{{method: get, endpoint: {{uri: ORIGIN{path}, authentication: {{bearer: {{token: t}}}}}}{more}}}")
    };
    assert_eq!(call(&stub, &get("/1", ""), json!({})).await.error()["status"], 302);
    assert_eq!(call(&stub, &get("/1", ", redirect: true"), json!({})).await.output()["auth"], "Bearer t");
    let looping = call(&stub, &get("/loop", ", redirect: true"), json!({})).await;
    assert!(looping.error()["detail"].as_str().is_some_and(|text| text.contains("more than 3 redirects")));
    let post = |path: &str| format!("{{method: post, endpoint: ORIGIN{path}, body: {{a: 1}}, redirect: true}}");
    assert_eq!(call(&stub, &post("/see"), json!({})).await.output(), &json!({"method": "GET", "auth": null, "body": ""}));
    assert_eq!(call(&stub, &post("/keep"), json!({})).await.output(), &json!({"method": "POST", "auth": null, "body": "{\"a\":1}"}));
}

#[tokio::test]
async fn a_redirect_elsewhere_takes_no_credentials_along_and_is_judged_again() {
    let other = echo();
    let to = format!("{}/x", other.origin());
    let stub = Stub::start(move |seen: &Seen| match seen.target.as_str() {
        "/other" => Answer::to(302, &to),
        "/inside" => Answer::to(302, "http://169.254.169.254/latest/meta-data"),
        "/file" => Answer::to(302, "file:///etc/passwd"),
        _ => Answer::to(302, "http://[::1]:1/"),
    });
    let with =
        |path: &str| format!("{{method: get, endpoint: {{uri: ORIGIN{path}, authentication: {{bearer: {{token: t}}}}}}, redirect: true}}");
    assert_eq!(call(&stub, &with("/other"), json!({})).await.output()["auth"], Value::Null);
    for path in ["/inside", "/file", "/literal"] {
        assert_eq!(call(&stub, &with(path), json!({})).await.error()["status"], 403, "{path}");
    }
}

#[tokio::test]
async fn answers_that_are_too_large_or_too_slow_are_given_up() {
    let stub = Stub::start(|seen: &Seen| match seen.target.as_str() {
        "/slow" => Answer::status(200).after(Duration::from_secs(20)),
        _ => Answer::of(200, "text/plain", vec![b'x'; 3_000]),
    });
    let egress = Egress { allowed: vec!["127.0.0.1".parse().expect("entry")], own: Vec::new() };
    let world = world(CallerBuilder { egress, body: 2_000, total: Duration::from_millis(200), ..CallerBuilder::default() });
    let run = |path: &str| definition(&format!("do: [{{c: {{call: http, with: {{method: get, endpoint: '{}{path}'}}}}}}]", stub.origin()));
    assert_eq!(run_in(&world, &run("/large"), &facts(), json!({})).await.error()["status"], 502);
    assert_eq!(run_in(&world, &run("/slow"), &facts(), json!({})).await.error()["status"], 504);
}

#[tokio::test]
async fn headers_of_the_connection_are_not_the_authors() {
    let stub = echo();
    for header in ["Host", "Content-Length", "Transfer-Encoding", "Connection"] {
        let ran = call(&stub, &format!("{{method: get, endpoint: ORIGIN/x, headers: {{{header}: x}}}}"), json!({})).await;
        assert_eq!(ran.error()["status"], 400, "{header}");
    }
    let ran = call(&stub, "{method: get, endpoint: ORIGIN/x, headers: {X-A: '${ .x }'}}", json!({"x": "a\r\nb: c"})).await;
    assert_eq!(ran.error()["status"], 400);
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn the_origin_map_moves_calls_and_leaves_the_written_address() {
    let stub = echo();
    let rule = format!("https://api.example={}", stub.origin()).parse().expect("rule");
    let egress = Egress { allowed: vec![stub.address.to_string().parse().expect("entry")], own: Vec::new() };
    let world = world(CallerBuilder { egress, origins: vec![rule], ..CallerBuilder::default() });
    let yaml = "do: [{c: {call: http, with: {method: get, endpoint: 'https://api.example/v1/x?y=1', output: response}}}]";
    let ran = run_in(&world, &definition(yaml), &facts(), json!({})).await;
    assert_eq!(ran.output()["request"]["uri"], "https://api.example/v1/x?y=1");
    assert_eq!(ran.output()["content"]["target"], "/v1/x?y=1");
}

async fn parent(yaml: &str, children: &[&str]) -> Result<Value, Value> {
    let world = local();
    let flows = Flows { definitions: Arc::new(children.iter().map(|yaml| definition(yaml)).collect()), world: world.clone() };
    let mut ctx = Memory::new(Told::new()).with_flows(flows);
    match execute(&definition(yaml), &facts(), json!({"n": 1}), &mut ctx, &world).await.expect("not interrupted") {
        signalbox::runner::interpret::Finished::Completed(output) => Ok(output.into_value()),
        signalbox::runner::interpret::Finished::Faulted(error) => Err(error.to_value()),
    }
}

fn flow(version: &str, rest: &str) -> String {
    format!("document: {{dsl: 1.0.3, namespace: n, name: child, version: {version}}}\n{rest}")
}

#[tokio::test]
async fn other_flows_are_called_by_name_and_semver() {
    let (old, new) =
        (flow("0.1.9", "do: [{a: {set: {v: old, in: '${ . }'}}}]"), flow("0.1.10", "do: [{a: {set: {v: new, in: '${ . }'}}}]"));
    let call = |version: &str| {
        format!("do: [{{r: {{run: {{workflow: {{namespace: n, name: child, version: {version}, input: {{m: '${{ .n + 1 }}'}}}}}}}}}}]")
    };
    let children = [old.as_str(), new.as_str()];
    assert_eq!(parent(&call("latest"), &children).await, Ok(json!({"v": "new", "in": {"m": 2}})));
    assert_eq!(parent(&call("0.1.9"), &children).await, Ok(json!({"v": "old", "in": {"m": 2}})));
    let missing = parent(&call("9.9.9"), &children).await.expect_err("no such version");
    assert_eq!((&missing["status"], &missing["instance"]), (&json!(400), &json!("/do/0/r")));
}

#[tokio::test]
async fn a_called_flows_error_is_raised_where_it_was_called() {
    let child = flow("1.0.0", "do: [{a: {raise: {error: {type: 'https://e.example/x', status: 418, title: T}}}}]");
    let yaml = "do: [{t: {try: [{r: {run: {workflow: {namespace: n, name: child, version: latest}}}}], catch: {do: [{c: {set: '${ $error }'}}]}}}]";
    assert_eq!(
        parent(yaml, &[&child]).await,
        Ok(json!({"type": "https://e.example/x", "status": 418, "title": "T", "instance": "/do/0/t/try/0/r"}))
    );
}

#[tokio::test]
async fn a_flow_that_is_not_awaited_passes_the_input_on() {
    let child = flow("1.0.0", "do: [{a: {set: {v: 1}}}]");
    let yaml = "do: [{r: {run: {await: false, workflow: {namespace: n, name: child, version: latest}}}}]";
    assert_eq!(parent(yaml, &[&child]).await, Ok(json!({"n": 1})));
}

#[tokio::test]
async fn flows_that_call_each_other_for_ever_are_stopped() {
    let child = flow("1.0.0", "do: [{r: {run: {workflow: {namespace: n, name: child, version: latest}}}}]");
    let error = parent("do: [{r: {run: {workflow: {namespace: n, name: child, version: latest}}}}]", &[&child]).await.expect_err("stopped");
    assert!(error["detail"].as_str().is_some_and(|text| text.contains("16 deep")), "{error}");
}
