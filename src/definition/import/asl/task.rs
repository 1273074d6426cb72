//! What a Task state calls: HTTP, another flow, or a script that has to be chosen.

use serde_json::{Map, Value, json};

use super::report::Report;
use super::state::{Body, Here};
use super::template::{self, Language, data, wrap};
use super::{join, slug};

pub(super) fn body(report: &mut Report, state: &Value, here: &Here<'_>) -> Body {
    let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let key = if here.language == Language::Jsonata { "Arguments" } else { "Parameters" };
    let empty = Value::Object(Map::new());
    let given = state.get(key);
    let at = join(here.place, key);
    let mut body = if resource.starts_with("arn:aws:states:::http:invoke") {
        http(report, given.unwrap_or(&empty), here, &at)
    } else if resource.contains(":states:startExecution") {
        execution(report, given.unwrap_or(&empty), resource, here, &at)
    } else {
        script(report, given, resource, here, &at)
    };
    if resource.contains(".waitForTaskToken") {
        report.dropped(
            &join(here.place, "Resource"),
            "waiting for a task token has no counterpart: the step goes on as soon as it was called",
        );
    }
    let timeout = |value: Value| json!({"after": value});
    if let Some(seconds) = state.get("TimeoutSeconds") {
        let length = match seconds {
            Value::Number(_) => json!({"seconds": seconds}),
            other => wrap(&format!("{{\"seconds\": {}}}", template::jq(other, here.language, &join(here.place, "TimeoutSeconds"), report))),
        };
        body.task.insert("timeout".into(), timeout(length));
    } else if let Some(Value::String(path)) = state.get("TimeoutSecondsPath") {
        let jq = template::expression(path, &join(here.place, "TimeoutSecondsPath"), report);
        body.task.insert("timeout".into(), timeout(wrap(&format!("{{\"seconds\": {jq}}}"))));
    }
    for key in ["HeartbeatSeconds", "HeartbeatSecondsPath"].iter().filter(|key| state.get(**key).is_some()) {
        report.dropped(&join(here.place, key), "there are no heartbeats; TimeoutSeconds becomes a timeout");
    }
    if state.get("Credentials").is_some() {
        report.dropped(&join(here.place, "Credentials"), "roles of AWS mean nothing here; the connection that the step calls signs in");
    }
    body
}

/// A member of the parameters, as data of the definition, whether it is written with `.$` or not.
fn member(report: &mut Report, given: &Value, key: &str, here: &Here<'_>, at: &str) -> Option<Value> {
    if let Some(Value::String(text)) = given.get(format!("{key}.$")) {
        return Some(wrap(&template::expression(text, &join(at, format!("{key}.$")), report)));
    }
    given.get(key).map(|value| data(value, here.language, &join(at, key), report))
}

fn http(report: &mut Report, given: &Value, here: &Here<'_>, at: &str) -> Body {
    let mut with = Map::new();
    let method = member(report, given, "Method", here, at);
    let method = match method {
        Some(Value::String(text)) if !text.starts_with("${") => text.to_lowercase().into(),
        Some(other) => other,
        None => "get".into(),
    };
    with.insert("method".into(), method);
    with.insert("endpoint".into(), member(report, given, "ApiEndpoint", here, at).unwrap_or_else(|| wrap(&super::unknown("ApiEndpoint"))));
    for (key, name) in [("Headers", "headers"), ("QueryParameters", "query"), ("RequestBody", "body")] {
        if let Some(value) = member(report, given, key, here, at) {
            with.insert(name.into(), value);
        }
    }
    with.insert("output".into(), "response".into());
    for key in given.as_object().into_iter().flatten().map(|(key, _)| key) {
        let place = join(at, key);
        match key.trim_end_matches(".$") {
            "Method" | "ApiEndpoint" | "Headers" | "QueryParameters" | "RequestBody" => {}
            "Authentication" | "InvocationConfig" => report.dropped(
                &place,
                "connections of AWS stay there: make a connection under Components, and call connection://NAME with its secret",
            ),
            _ => report.dropped(&place, "has no counterpart in an HTTP call"),
        }
    }
    let resource = join(here.place, "Resource");
    report.approximated(&resource, "as an HTTP call; Headers hold what the server sent, and StatusText is left out");
    let mut body = Body::default();
    body.task.insert("call".into(), "http".into());
    body.task.insert("with".into(), with.into());
    body.result = Some("{ResponseBody: .content, StatusCode: .statusCode, Headers: .headers}".into());
    body
}

fn execution(report: &mut Report, given: &Value, resource: &str, here: &Here<'_>, at: &str) -> Body {
    let machine = given.get("StateMachineArn").and_then(Value::as_str).unwrap_or_default();
    let name = slug(machine.rsplit(':').next().unwrap_or_default());
    let mut workflow = Map::new();
    workflow.insert("namespace".into(), "default".into());
    workflow.insert("name".into(), name.clone().into());
    workflow.insert("version".into(), "latest".into());
    if let Some(input) = member(report, given, "Input", here, at) {
        workflow.insert("input".into(), input);
    }
    let waits = resource.contains(".sync");
    report.approximated(
        &join(here.place, "Resource"),
        format!("as a call of the flow default/{name}, which has to be here; what it hands on is the output itself, not its description"),
    );
    let mut body = Body::default();
    body.task.insert("run".into(), json!({"await": waits, "workflow": workflow}));
    body
}

/// A script of the workspace, named after what was called: as long as there is none, the version is not ready and says which.
fn script(report: &mut Report, given: Option<&Value>, resource: &str, here: &Here<'_>, at: &str) -> Body {
    let lambda = resource.contains(":states:::lambda:invoke");
    let (kind, name) = if lambda {
        let function = given.and_then(|g| g.get("FunctionName")).and_then(Value::as_str).unwrap_or_default();
        let plain = function.split(":function:").nth(1).unwrap_or(function).split(':').next().unwrap_or_default();
        ("lambda", plain.to_owned())
    } else if let Some(function) = resource.split(":function:").nth(1) {
        ("lambda", function.split(':').next().unwrap_or_default().to_owned())
    } else if let Some(activity) = resource.split(":activity:").nth(1) {
        ("activity", activity.to_owned())
    } else {
        let tail = resource.rsplit(":::").next().unwrap_or(resource).trim_end_matches(".sync").trim_end_matches(".waitForTaskToken");
        ("aws", tail.to_owned())
    };
    let script = script_name(kind, &name);
    report.dropped(
        &join(here.place, "Resource"),
        format!(
            "the resource {resource} is called as the script {script}, which is not there: make it under Components, or put an HTTP call in its place"
        ),
    );
    let payload = given.filter(|_| lambda).and_then(|g| member(report, g, "Payload", here, at));
    let arguments = match (lambda, payload, given) {
        (true, Some(payload), _) => payload,
        (true, None, _) => wrap("."),
        (false, _, Some(given)) => data(given, here.language, at, report),
        (false, _, None) => wrap("."),
    };
    let with = match arguments {
        Value::Object(map) => map,
        other => {
            report.approximated(if given.is_some() { at } else { here.place }, "handed to the script as its argument “input”");
            Map::from_iter([("input".to_owned(), other)])
        }
    };
    let mut body = Body::default();
    body.task.insert("call".into(), format!("{script}@default").into());
    body.task.insert("with".into(), with.into());
    if lambda {
        body.result = Some("{Payload: ., StatusCode: 200}".into());
        report.approximated(at, "the result is {Payload, StatusCode}, as lambda:invoke gives it");
    }
    body
}

/// A name that a script can have.
pub(super) fn script_name(kind: &str, name: &str) -> String {
    let mut out = format!("{kind}-");
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(60);
    let out = out.trim_end_matches('-');
    if out == kind { format!("{kind}-task") } else { out.to_owned() }
}
