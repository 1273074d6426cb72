//! Differences between two values, leaf by leaf.

use serde_json::{Map, Value};

use super::{Area, Change, ChangeKind, Impact, words};
use crate::definition::pointer::join;

/// One value that differs.
pub(super) struct Leaf {
    pub kind: ChangeKind,
    pub pointer: String,
    pub from: Option<Value>,
    pub to: Option<Value>,
}

/// Calls `found` for every smallest difference below `pointer`.
pub(super) fn compare(old: Option<&Value>, new: Option<&Value>, pointer: &str, found: &mut dyn FnMut(Leaf)) {
    let leaf = |kind| Leaf { kind, pointer: pointer.to_owned(), from: old.cloned(), to: new.cloned() };
    match (old, new) {
        (None, None) => {}
        // An empty object says nothing, as an absent one does; so do null settings.
        (None, Some(Value::Object(map))) if !map.is_empty() && map.len() <= 3 && !is_data(pointer) => {
            compare(Some(&Value::Object(Map::new())), new, pointer, found);
        }
        (None, Some(_)) => found(leaf(ChangeKind::Added)),
        (Some(_), None) => found(leaf(ChangeKind::Removed)),
        (Some(a), Some(b)) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => objects(a, b, pointer, found),
        (Some(Value::Array(a)), Some(Value::Array(b))) => match (named(a), named(b)) {
            (Some(a), Some(b)) if !a.is_empty() && !b.is_empty() => named_lists(&a, &b, pointer, found, leaf(ChangeKind::Moved)),
            _ if a.len() == b.len() => {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    compare(Some(a), Some(b), &join(pointer, index), found);
                }
            }
            _ => found(leaf(ChangeKind::Changed)),
        },
        (Some(_), Some(_)) => found(leaf(ChangeKind::Changed)),
    }
}

/// Whether a whole value is better told than its parts.
fn is_data(pointer: &str) -> bool {
    pointer.ends_with("/retry") || pointer.contains("/use/") || pointer.contains("/schema/")
}

fn objects(a: &Map<String, Value>, b: &Map<String, Value>, pointer: &str, found: &mut dyn FnMut(Leaf)) {
    for (key, value) in b {
        compare(a.get(key), Some(value), &join(pointer, key), found);
    }
    for (key, value) in a.iter().filter(|(key, _)| !b.contains_key(*key)) {
        compare(Some(value), None, &join(pointer, key), found);
    }
}

type Named<'v> = Vec<(usize, &'v str, &'v Value)>;

/// A list of `- name: ...` items with each name once, such as the cases of a switch.
fn named(items: &[Value]) -> Option<Named<'_>> {
    let mut names = std::collections::HashSet::new();
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let (name, value) = item.as_object().filter(|map| map.len() == 1)?.iter().next()?;
            names.insert(name.as_str()).then_some((index, name.as_str(), value))
        })
        .collect()
}

fn named_lists(a: &Named<'_>, b: &Named<'_>, pointer: &str, found: &mut dyn FnMut(Leaf), moved: Leaf) {
    let there = |list: &Named<'_>, name: &str| list.iter().any(|(_, n, _)| *n == name);
    for (index, name, value) in b {
        let at = join(&join(pointer, index), name);
        let before = a.iter().find(|(_, n, _)| n == name).map(|(.., v)| *v);
        match before {
            Some(before) => compare(Some(before), Some(value), &at, found),
            None => found(Leaf { kind: ChangeKind::Added, pointer: at, from: None, to: Some((*value).clone()) }),
        }
    }
    for (index, name, value) in a.iter().filter(|(_, name, _)| !there(b, name)) {
        let pointer = join(&join(pointer, index), name);
        found(Leaf { kind: ChangeKind::Removed, pointer, from: Some((*value).clone()), to: None });
    }
    let common = |list: &Named<'_>, other: &Named<'_>| -> Vec<String> {
        list.iter().filter(|(_, n, _)| there(other, n)).map(|(_, n, _)| (*n).to_owned()).collect()
    };
    if common(a, b) != common(b, a) {
        found(moved);
    }
}

/// The difference of two definitions that no finer rule has found.
pub(super) fn whole(old: &Value, new: &Value, out: &mut Vec<Change>) {
    compare(Some(old), Some(new), "", &mut |leaf| {
        out.push(words::flow_change(leaf, Area::Steps, Impact::ChangesOutcome));
    });
}
