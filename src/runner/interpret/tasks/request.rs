//! Makes the request of a `call: http` out of its arguments, and the output out of the reply.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use url::Url;

use crate::runner::http::Reply;

/// Expands `{name}` from the top level of the input. Only scalars can stand in an address; they are percent-encoded.
pub(super) fn expand(template: &str, input: &Value) -> Result<String, String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let name = &rest[open + 1..open + length];
        out.push_str(&rest[..open]);
        let text = match input.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Null) | None => return Err(format!("the address needs {{{name}}}, and the task's input has no such field")),
            Some(_) => return Err(format!("{{{name}}} in the address must be a text, a number or a boolean")),
        };
        encode(&text, &mut out);
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// A map of headers or query parameters as pairs: scalars as text, arrays as repeated names, null left out.
pub(super) fn pairs(map: &Value, what: &str) -> Result<Vec<(String, String)>, String> {
    let map = match map {
        Value::Null => return Ok(Vec::new()),
        Value::Object(map) => map,
        _ => return Err(format!("{what} must be a map of names and values")),
    };
    let mut found = Vec::new();
    for (name, value) in map {
        let values = match value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        for value in values {
            match value {
                Value::Null => {}
                Value::String(text) => found.push((name.clone(), text.clone())),
                Value::Number(_) | Value::Bool(_) => found.push((name.clone(), value.to_string())),
                _ => return Err(format!("{what}: {name} must be a text, a number or a boolean, or a list of them")),
            }
        }
    }
    Ok(found)
}

/// The address with query parameters added to those it has.
pub(super) fn with_query(address: String, query: &[(String, String)]) -> Result<String, String> {
    if query.is_empty() {
        return Ok(address);
    }
    let mut url = Url::parse(&address).map_err(|error| format!("the address cannot be read: {error}"))?;
    url.query_pairs_mut().extend_pairs(query);
    Ok(url.into())
}

/// The body's bytes, with the content type to add when the author set none: text as it is, forms for maps when the
/// author says so, anything else as JSON.
pub(super) fn body(value: &Value, content_type: Option<&str>) -> Result<(Vec<u8>, Option<&'static str>), String> {
    let form = content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    match value {
        Value::String(text) if content_type.is_none_or(|kind| !is_json(kind)) => {
            Ok((text.clone().into_bytes(), content_type.is_none().then_some("text/plain; charset=utf-8")))
        }
        Value::Object(_) if form => {
            let mut text = url::form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(pairs(value, "body")?);
            Ok((text.finish().into_bytes(), None))
        }
        other => Ok((other.to_string().into_bytes(), content_type.is_none().then_some("application/json"))),
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}

/// The task's raw output: `raw`, `content` or `response`.
pub(super) fn output(reply: &Reply, wanted: &str) -> Result<Value, String> {
    match wanted {
        "raw" => Ok(Value::String(STANDARD.encode(&reply.body))),
        "response" => {
            let request = json!({"method": reply.method.to_ascii_lowercase(), "uri": reply.uri, "headers": map(&reply.request_headers)});
            Ok(json!({"request": request, "headers": map(&reply.headers), "statusCode": reply.status, "content": content(reply)?}))
        }
        _ => content(reply),
    }
}

/// The body as its content type says: JSON as data, text as text, anything else as base64. No body is null.
fn content(reply: &Reply) -> Result<Value, String> {
    if reply.body.is_empty() {
        return Ok(Value::Null);
    }
    let kind = reply.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, kind)| kind.as_str());
    if kind.is_some_and(is_json) {
        return serde_json::from_slice(&reply.body).map_err(|error| format!("the answer says it is JSON and is not: {error}"));
    }
    match std::str::from_utf8(&reply.body) {
        Ok(text) => Ok(Value::String(text.to_owned())),
        Err(_) => Ok(Value::String(STANDARD.encode(&reply.body))),
    }
}

/// Headers as a map; repeated ones are joined with a comma.
fn map(headers: &[(String, String)]) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for (name, value) in headers {
        match map.get_mut(name) {
            Some(Value::String(known)) => {
                known.push_str(", ");
                known.push_str(value);
            }
            _ => {
                map.insert(name.clone(), Value::String(value.clone()));
            }
        }
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_top_level_scalars_only() {
        let input = json!({"id": 7, "name": "a/b c?", "ok": true, "deep": {"x": 1}});
        assert_eq!(expand("https://h/{id}/{name}?q={ok}", &input), Ok("https://h/7/a%2Fb%20c%3F?q=true".to_owned()));
        assert_eq!(expand("https://h/{", &input), Ok("https://h/{".to_owned()));
        for bad in ["https://h/{deep}", "https://h/{deep.x}", "https://h/{none}"] {
            assert!(expand(bad, &input).is_err(), "{bad}");
        }
        // What a value holds is never expanded again.
        assert_eq!(expand("https://h/{a}", &json!({"a": "{b}", "b": "x"})), Ok("https://h/%7Bb%7D".to_owned()));
    }

    #[test]
    fn bodies_follow_their_content_type() {
        let text = |value: Value, kind: Option<&str>| {
            body(&value, kind).map(|(bytes, added)| (String::from_utf8_lossy(&bytes).into_owned(), added))
        };
        assert_eq!(text(json!({"a": 1}), None), Ok(("{\"a\":1}".to_owned(), Some("application/json"))));
        assert_eq!(text(json!("plain"), None), Ok(("plain".to_owned(), Some("text/plain; charset=utf-8"))));
        assert_eq!(text(json!("x"), Some("application/json")), Ok(("\"x\"".to_owned(), None)));
        assert_eq!(text(json!({"a": "1 2"}), Some("application/x-www-form-urlencoded")), Ok(("a=1+2".to_owned(), None)));
    }

    #[test]
    fn queries_are_added_and_encoded() {
        let query = pairs(&json!({"a": [1, "b&c"], "n": null}), "query").expect("pairs");
        assert_eq!(with_query("https://h/x?z=1".to_owned(), &query), Ok("https://h/x?z=1&a=1&a=b%26c".to_owned()));
        assert!(pairs(&json!({"a": {"b": 1}}), "query").is_err());
        assert!(pairs(&json!("x"), "headers").is_err());
    }
}
