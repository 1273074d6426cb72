//! Data with expressions in it (`set`, `with`, `body`, `event.with`): only a whole-string `${ }`
//! is one; everything else is literal (DEFINITION §1, traps 2 and 3).

use serde_json::Value;

use super::wrapped;
use crate::definition::pointer::join;

/// The expressions of a template in document order: pointer below the template, and the text
/// inside `${ }`. Object keys are never expressions.
pub fn expressions_in(template: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(template, String::new(), &mut found);
    found
}

fn collect(template: &Value, pointer: String, found: &mut Vec<(String, String)>) {
    match template {
        Value::String(text) => {
            if let Some(inner) = wrapped(text) {
                found.push((pointer, inner.to_owned()));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, join(&pointer, index), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                collect(item, join(&pointer, key), found);
            }
        }
        _ => {}
    }
}

/// The template with its expressions replaced by `values`, in the order of [`expressions_in`].
/// What comes in as a value is data: expression syntax in it stays as it is. A value too few
/// leaves null.
pub fn fill(template: &Value, values: Vec<Value>) -> Value {
    fn place(template: &Value, values: &mut std::vec::IntoIter<Value>) -> Value {
        match template {
            Value::String(text) if wrapped(text).is_some() => values.next().unwrap_or_default(),
            Value::Array(items) => items.iter().map(|item| place(item, values)).collect(),
            Value::Object(map) => map.iter().map(|(key, item)| (key.clone(), place(item, values))).collect(),
            literal => literal.clone(),
        }
    }
    place(template, &mut values.into_iter())
}

/// Walks the template and replaces each expression by what `eval` makes of it.
///
/// # Errors
/// The first error of `eval`.
pub fn evaluate_deep<E>(template: &Value, eval: &mut dyn FnMut(&str) -> Result<Value, E>) -> Result<Value, E> {
    let mut values = Vec::new();
    for (_, text) in expressions_in(template) {
        values.push(eval(&text)?);
    }
    Ok(fill(template, values))
}
