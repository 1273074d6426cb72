//! The same edits on the value.

use serde_json::{Map, Value};

use super::{EditError, missing};
use crate::definition::pointer::split_last;

/// Sets a value; the parent must be there.
pub(super) fn set(root: &mut Value, pointer: &str, value: Value) -> Result<(), EditError> {
    let Some((parent, key)) = split_last(pointer) else {
        *root = value;
        return Ok(());
    };
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(key, value);
            Ok(())
        }
        Some(Value::Array(items)) => {
            let index: usize = key.parse().map_err(|_| missing(pointer))?;
            if index > items.len() {
                return Err(missing(pointer));
            }
            match items.get_mut(index) {
                Some(item) => *item = value,
                None => items.push(value),
            }
            Ok(())
        }
        _ => Err(missing(parent)),
    }
}

/// Removes a node and returns the pointer of what went: the list item when the node was its only key.
pub(super) fn remove(root: &mut Value, pointer: &str) -> Result<String, EditError> {
    let (parent, key) = split_last(pointer).ok_or_else(|| EditError("The whole definition cannot be removed.".to_owned()))?;
    let alone = root.pointer(parent).and_then(Value::as_object).is_some_and(|map| map.len() == 1 && map.contains_key(&key));
    if alone
        && let Some((list, index)) = split_last(parent)
        && let Some(Value::Array(items)) = root.pointer_mut(list)
        && let Ok(index) = index.parse::<usize>()
        && index < items.len()
    {
        items.remove(index);
        return Ok(parent.to_owned());
    }
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => map.shift_remove(&key).map(|_| ()).ok_or_else(|| missing(pointer))?,
        Some(Value::Array(items)) => {
            let index = key.parse::<usize>().ok().filter(|i| *i < items.len()).ok_or_else(|| missing(pointer))?;
            items.remove(index);
        }
        _ => return Err(missing(pointer)),
    }
    Ok(pointer.to_owned())
}

/// The list at a pointer.
pub(super) fn list<'v>(root: &'v mut Value, pointer: &str) -> Result<&'v mut Vec<Value>, EditError> {
    root.pointer_mut(pointer).and_then(Value::as_array_mut).ok_or_else(|| missing(pointer))
}

/// Renames a key in place.
pub(super) fn rename(root: &mut Value, parent: &str, old: &str, new: &str) -> Result<(), EditError> {
    let map = root.pointer_mut(parent).and_then(Value::as_object_mut).ok_or_else(|| missing(parent))?;
    let entries: Map<String, Value> =
        std::mem::take(map).into_iter().map(|(key, value)| if key == old { (new.to_owned(), value) } else { (key, value) }).collect();
    *map = entries;
    Ok(())
}
