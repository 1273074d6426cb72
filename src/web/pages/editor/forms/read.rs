//! Reading a step's form back: what was sent, as edits of the step. Pure.

use serde_json::{Map, Value};

use super::super::slots::{self, Input, Slot};
use super::{one_line, quoted, written};
use crate::web::form::FieldErrors;

/// What a field says: JSON where it is JSON, else a text.
fn any(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// An edit: pointer inside of the step, and what to put there; nothing removes it.
pub type Edit = (String, Option<Value>);

/// What was sent, as edits: only what differs from the step. The name is not among them (it renames the step).
///
/// # Errors
/// A field that the form does not have, or rows that name something twice.
pub fn edits(kind: &str, step: &Value, sent: &[(String, String)]) -> Result<Vec<Edit>, FieldErrors> {
    let mut errors = FieldErrors::new();
    let mut found = Vec::new();
    let all: Vec<Slot> = slots::of(kind, step).iter().chain(slots::COMMON).copied().collect();
    for (name, _) in sent {
        let at = name.rsplit_once('|').map_or(name.as_str(), |(at, _)| at);
        if name != "name" && !all.iter().any(|s| s.at == at) {
            errors.add("name", "The form is not the one of this step. Reload the page.");
        }
    }
    for slot in &all {
        let now = step.pointer(slot.at);
        let as_rows = matches!(slot.input, Input::Pairs | Input::Cases) && now.is_none_or(|v| v.is_object() || v.is_array());
        let wanted = if as_rows { rows_sent(slot, step, sent, &mut errors) } else { one_sent(slot, now, sent) };
        if let Some(wanted) = wanted
            && wanted.as_ref() != now
        {
            found.push((slot.at.to_owned(), wanted));
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// The value of a plain field; `None` outside: it was not sent.
fn one_sent(slot: &Slot, now: Option<&Value>, sent: &[(String, String)]) -> Option<Option<Value>> {
    let text = &sent.iter().find(|(name, _)| name == slot.at)?.1;
    let text = text.replace("\r\n", "\n");
    if now.is_some_and(|value| written(value) == text) {
        // Untouched: a text that looks like a number stays a text.
        return Some(now.cloned());
    }
    if text.trim().is_empty() {
        return Some(None);
    }
    Some(Some(match slot.input {
        Input::Text | Input::Choice(_) | Input::Next => Value::String(text),
        _ => any(&text),
    }))
}

fn rows_sent(slot: &Slot, step: &Value, sent: &[(String, String)], errors: &mut FieldErrors) -> Option<Option<Value>> {
    let column = |n: usize| -> Vec<&str> {
        let name = format!("{}|{n}", slot.at);
        sent.iter().filter(|(f, _)| *f == name).map(|(_, v)| v.as_str()).collect()
    };
    let names = column(0);
    if names.is_empty() {
        return None;
    }
    let (second, third) = (column(1), column(2));
    let at = |all: &[&str], i: usize| all.get(i).copied().unwrap_or_default().to_owned();
    let mut object = Map::new();
    let mut list = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let (a, b) = (at(&second, i), at(&third, i));
        if name.is_empty() {
            if !a.is_empty() || !b.is_empty() {
                errors.add(slot.at, format!("Give row {} a name, or empty it.", i + 1));
            }
            continue;
        }
        if object.contains_key(*name) {
            errors.add(slot.at, format!("“{name}” stands here twice. Rename or empty one of them."));
        }
        if slot.input == Input::Cases {
            let mut case = step
                .pointer(slot.at)
                .and_then(|v| v.get(i))
                .and_then(|c| c.get(*name))
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            put(&mut case, "when", &a);
            put(&mut case, "then", &b);
            object.insert((*name).to_owned(), Value::Null);
            list.push(Value::Object([((*name).to_owned(), Value::Object(case))].into_iter().collect()));
        } else {
            let before = step.pointer(slot.at).and_then(|v| v.get(*name)).filter(|v| quoted(v) == a);
            object.insert((*name).to_owned(), before.cloned().unwrap_or_else(|| any(&a)));
        }
    }
    let empty = object.is_empty();
    let value = if slot.input == Input::Cases { Value::Array(list) } else { Value::Object(object) };
    // An emptied table that the kind cannot do without stays, so that the step keeps its kind.
    Some((!empty || slot.at.matches('/').count() == 1).then_some(value))
}

fn put(case: &mut Map<String, Value>, key: &str, text: &str) {
    if case.get(key).is_some_and(|v| one_line(v) == text) {
        return;
    }
    if text.trim().is_empty() {
        case.shift_remove(key);
    } else {
        case.insert(key.to_owned(), Value::String(text.to_owned()));
    }
}
