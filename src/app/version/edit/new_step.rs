//! What a new step begins with: valid, and harmless until it is filled in.

use serde_json::{Value, json};

/// The kinds of steps that can be added by form: word and words.
pub const KINDS: [(&str, &str); 9] = [
    ("call-http", "HTTP call"),
    ("set", "Set data"),
    ("switch", "Switch"),
    ("for", "For each"),
    ("wait", "Wait"),
    ("try", "Try and catch"),
    ("raise", "Raise an error"),
    ("run", "Run another flow"),
    ("do", "Group of steps"),
];

/// Name and content of a new step.
pub(super) fn of(kind: &str) -> Option<(&'static str, Value)> {
    let inside = |name: &str| json!([{name: {"set": {"done": true}}}]);
    Some(match kind {
        "call-http" => ("call", json!({"call": "http", "with": {"method": "get", "endpoint": "https://example.com/"}})),
        "set" => ("set", json!({"set": {"message": "Hello"}})),
        "switch" => ("decide", json!({"switch": [{"first": {"when": "${ false }", "then": "end"}}, {"otherwise": {"then": "continue"}}]})),
        "for" => ("forEach", json!({"for": {"each": "item", "in": "${ .items }"}, "do": inside("eachItem")})),
        "wait" => ("wait", json!({"wait": "PT1S"})),
        "try" => ("guard", json!({"try": inside("attempt"), "catch": {"as": "error", "do": inside("afterFailure")}})),
        "raise" => ("fail", json!({"raise": {"error": {"type": "https://example.com/errors/refused", "status": 400, "title": "Refused"}}})),
        "run" => ("runFlow", json!({"run": {"workflow": {"namespace": "default", "name": "other-flow", "version": "0.1.0"}}})),
        "do" => ("group", json!({"do": inside("inside")})),
        _ => return None,
    })
}
