//! The form of a definition that is hashed: comments, layout and key order play no part.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::tasks::{self, TaskRef};

/// Compact JSON with sorted keys. Arrays keep their order, task lists among them: there order is
/// meaning (DEFINITION §4).
pub fn canonical(v: &Value) -> String {
    let mut out = String::new();
    write(v, &mut out);
    out
}

/// The identity of a version's content: SHA-256, hex, over definition and settings in canonical
/// form (DECISIONS 1, PRODUCT §3.4).
pub fn content_hash(definition: &Value, settings: &Value) -> String {
    sha256(&[&canonical(definition), &canonical(settings)])
}

/// The identity of steps and wiring alone: names, kinds, order, nesting, `then`, switch cases and
/// where they lead, catch handlers. Equal structure makes a change a hot-fix (PRODUCT §3.6).
pub fn structure_hash(d: &Value) -> String {
    sha256(&[&canonical(&structure(tasks::root(d)))])
}

fn structure(list: Vec<TaskRef<'_>>) -> Value {
    list.iter()
        .map(|task| {
            let mut shape = Map::new();
            shape.insert("name".into(), task.name.into());
            shape.insert("kind".into(), task.kind.label().into());
            shape.insert("then".into(), then(task.value));
            let cases: Vec<Value> =
                tasks::cases(task).iter().map(|case| Value::from(vec![case.name.to_owned(), format!("{:?}", case.then)])).collect();
            if !cases.is_empty() {
                shape.insert("cases".into(), cases.into());
            }
            if let Some(catch) = task.value.get("catch") {
                shape.insert("catch".into(), then(catch));
            }
            for child in tasks::child_lists(task) {
                let inner = structure(tasks::task_list(child.value, &child.pointer));
                shape.insert(format!("{:?}", child.role), inner);
            }
            Value::Object(shape)
        })
        .collect()
}

/// An absent directive and a written `continue` are the same wiring.
fn then(holder: &Value) -> Value {
    format!("{:?}", tasks::Flow::then(holder)).into()
}

fn sha256(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length in front keeps two texts from being cut at another place.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(v: &Value, out: &mut String) {
    match v {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (n, (key, value)) in entries.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_and_layout_do_not_count_but_task_order_does() {
        let a = json!({"do": [{"a": {"set": {"x": 1, "y": 2}}}, {"b": {"set": {"z": 3}}}]});
        let b = json!({"do": [{"a": {"set": {"y": 2, "x": 1}}}, {"b": {"set": {"z": 3}}}]});
        let swapped = json!({"do": [{"b": {"set": {"z": 3}}}, {"a": {"set": {"x": 1, "y": 2}}}]});
        assert_eq!(content_hash(&a, &json!({})), content_hash(&b, &json!({})));
        assert_ne!(content_hash(&a, &json!({})), content_hash(&swapped, &json!({})));
        assert_ne!(content_hash(&a, &json!({})), content_hash(&a, &json!({"inputs": []})));
        assert_eq!(content_hash(&a, &json!({})).len(), 64);
    }

    #[test]
    fn structure_ignores_properties_and_sees_wiring() {
        let base = json!({"do": [{"a": {"set": {"x": 1}}}, {"b": {"wait": "PT1S"}}]});
        let property = json!({"do": [{"a": {"set": {"x": 9}}}, {"b": {"wait": "PT5S"}}]});
        let explicit = json!({"do": [{"a": {"set": {"x": 1}, "then": "continue"}}, {"b": {"wait": "PT1S"}}]});
        let rewired = json!({"do": [{"a": {"set": {"x": 1}, "then": "end"}}, {"b": {"wait": "PT1S"}}]});
        let renamed = json!({"do": [{"c": {"set": {"x": 1}}}, {"b": {"wait": "PT1S"}}]});
        assert_eq!(structure_hash(&base), structure_hash(&property));
        assert_eq!(structure_hash(&base), structure_hash(&explicit));
        assert_ne!(structure_hash(&base), structure_hash(&rewired));
        assert_ne!(structure_hash(&base), structure_hash(&renamed));
    }
}
