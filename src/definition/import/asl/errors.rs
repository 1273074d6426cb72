//! Retry and Catch: which errors they mean, and what they do.

use serde_json::{Map, Value, json};

use super::report::Report;
use super::template::{Language, data, expression, wrap};
use super::{join, path};

/// A condition on `$error` for names of errors; `None`: every error.
pub(super) fn matches(names: &Value, place: &str, report: &mut Report) -> Option<String> {
    let names: Vec<&str> = names.as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    if names.contains(&"States.ALL") {
        return None;
    }
    let of = |kind: &str| format!("($error.type | endswith(\"/{kind}\"))");
    let mut parts = Vec::new();
    for name in names {
        parts.push(match name {
            "States.Timeout" | "States.HeartbeatTimeout" => of("timeout"),
            "States.TaskFailed" => format!("({} | not)", of("timeout")),
            "States.Permissions" => format!("({} or {})", of("authentication"), of("authorization")),
            "States.Runtime"
            | "States.ParameterPathFailure"
            | "States.ResultPathMatchFailure"
            | "States.IntrinsicFailure"
            | "States.QueryEvaluationError" => {
                report.approximated(place, format!("{name} is met by every error of expressions and of the runtime"));
                format!("({} or {})", of("expression"), of("runtime"))
            }
            "States.DataLimitExceeded" => of("runtime"),
            _ => match name.strip_prefix("States.Http.StatusCode.").map(str::parse::<u16>) {
                Some(Ok(status)) => format!("($error.status == {status})"),
                _ => format!("($error.title == {})", Value::from(name)),
            },
        });
    }
    Some(if parts.is_empty() { "false".into() } else { parts.join(" or ") })
}

/// One retrier as a policy.
pub(super) fn policy(retrier: &Value, place: &str, report: &mut Report) -> Value {
    let number = |key: &str| retrier.get(key).and_then(Value::as_f64);
    let interval = number("IntervalSeconds").unwrap_or(1.0);
    let rate = number("BackoffRate").unwrap_or(2.0);
    let attempts = retrier.get("MaxAttempts").and_then(Value::as_u64).unwrap_or(3);
    let mut policy = Map::new();
    if let Some(condition) = matches(retrier.get("ErrorEquals").unwrap_or(&Value::Null), &join(place, "ErrorEquals"), report) {
        policy.insert("when".into(), wrap(&condition));
    }
    policy.insert("delay".into(), json!({"milliseconds": (interval * 1000.0).clamp(0.0, 8.64e10).round() as i64}));
    let backoff = if (rate - 1.0).abs() < f64::EPSILON { json!({"constant": {}}) } else { json!({"exponential": {"factor": rate}}) };
    policy.insert("backoff".into(), backoff);
    policy.insert("limit".into(), json!({"attempt": {"count": attempts}}));
    if retrier.get("MaxDelaySeconds").is_some() {
        report.dropped(&join(place, "MaxDelaySeconds"), "a longest delay has no counterpart; the delay grows on, to thirty days at most");
    }
    match retrier.get("JitterStrategy").and_then(Value::as_str) {
        Some("FULL") => {
            report.approximated(&join(place, "JitterStrategy"), "full jitter draws from the whole delay; here up to one interval is added");
            policy.insert(
                "jitter".into(),
                json!({"from": {"milliseconds": 0}, "to": {"milliseconds": (interval * 1000.0).clamp(0.0, 8.64e10).round() as i64}}),
            );
        }
        Some("NONE") | None => {}
        Some(other) => report.dropped(&join(place, "JitterStrategy"), format!("the strategy {other} is not known")),
    }
    Value::Object(policy)
}

/// What a catcher hands on: the input with the error at its place.
pub(super) fn caught(catcher: &Value, language: Language, place: &str, report: &mut Report) -> String {
    let error = "{\"Error\": ($error.title // $error.type), \"Cause\": ($error.detail // \"\")}";
    if language == Language::Jsonata {
        return match catcher.get("Output") {
            Some(template) => super::template::jq(template, language, &join(place, "Output"), report),
            None => error.to_owned(),
        };
    }
    match catcher.get("ResultPath") {
        None => error.to_owned(),
        Some(Value::Null) => ".".into(),
        Some(Value::String(text)) => match path::keys(text) {
            Ok(keys) => super::merge(".", &keys, error),
            Err(why) => {
                report.dropped(&join(place, "ResultPath"), why);
                error.to_owned()
            }
        },
        Some(_) => error.to_owned(),
    }
}

/// A raise for the name of an error.
pub(super) fn raise(state: &Value, language: Language, place: &str, report: &mut Report) -> Value {
    let text = |key: &str, report: &mut Report| -> Value {
        let at = join(place, key);
        if let Some(Value::String(path)) = state.get(format!("{key}Path")) {
            return wrap(&expression(path, &join(place, format!("{key}Path")), report));
        }
        state.get(key).map_or(Value::Null, |value| data(value, language, &at, report))
    };
    let (error, cause) = (text("Error", report), text("Cause", report));
    let mut out = Map::new();
    out.insert("type".into(), "urn:asl:error".into());
    out.insert("status".into(), 500.into());
    out.insert("title".into(), if error.is_null() { "States.Fail".into() } else { error });
    if !cause.is_null() {
        out.insert("detail".into(), cause);
    }
    Value::Object(out)
}
