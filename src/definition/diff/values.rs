//! Differences between two values, leaf by leaf.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::moves::moved;
use super::{ChangeKind, Subject};
use crate::definition::pointer::escape;

/// One value that differs.
pub(super) struct Leaf {
    pub kind: ChangeKind,
    pub subject: Subject,
    /// Its place in the new content; for what was removed, where it would stand.
    pub pointer: String,
    /// Its place in the old content.
    pub old_pointer: String,
    pub from: Option<Value>,
    pub to: Option<Value>,
}

/// Whether two values have the same canonical form.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        // Minus zero equals zero and is written another way.
        (Value::Number(a), Value::Number(b)) => a == b && a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits),
        _ => a == b,
    }
}

/// Where two values stand that are compared; a place in either is built only when a difference is told.
pub(super) struct Place {
    old: String,
    new: String,
}

impl Place {
    /// The places of the two values.
    pub fn new(old: &str, new: &str) -> Self {
        Self { old: old.to_owned(), new: new.to_owned() }
    }

    fn below(&self, key: &str) -> Self {
        let key = escape(key);
        Self { old: format!("{}/{key}", self.old), new: format!("{}/{key}", self.new) }
    }

    fn item(&self, old: usize, new: usize) -> Self {
        Self { old: format!("{}/{old}", self.old), new: format!("{}/{new}", self.new) }
    }

    fn leaf(&self, kind: ChangeKind, subject: Subject, from: Option<&Value>, to: Option<&Value>) -> Leaf {
        let (pointer, old_pointer) = (self.new.clone(), self.old.clone());
        Leaf { kind, subject, pointer, old_pointer, from: from.cloned(), to: to.cloned() }
    }
}

/// Calls `found` for every smallest difference.
pub(super) fn compare(old: Option<&Value>, new: Option<&Value>, at: &Place, found: &mut dyn FnMut(Leaf)) {
    let whole = |kind| at.leaf(kind, Subject::Value, old, new);
    match (old, new) {
        (None, None) => {}
        (None, Some(Value::Object(map))) if !map.is_empty() && map.len() <= 3 && !is_data(&at.new) => {
            for (key, value) in map {
                compare(None, Some(value), &at.below(key), found);
            }
        }
        (None, Some(_)) => found(whole(ChangeKind::Added)),
        (Some(_), None) => found(whole(ChangeKind::Removed)),
        (Some(a), Some(b)) if same(a, b) => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => objects(a, b, at, found),
        (Some(Value::Array(a)), Some(Value::Array(b))) => match (named(a), named(b)) {
            (Some(x), Some(y)) if !a.is_empty() && !b.is_empty() => named_lists(&x, &y, at, found),
            _ if a.len() == b.len() => {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    compare(Some(a), Some(b), &at.item(index, index), found);
                }
            }
            _ if !items(a, b, at, found) => found(whole(ChangeKind::Changed)),
            _ => {}
        },
        (Some(_), Some(_)) => found(whole(ChangeKind::Changed)),
    }
}

/// Whether a whole value is better told than its parts.
fn is_data(pointer: &str) -> bool {
    pointer.ends_with("/retry") || pointer.contains("/use/") || pointer.contains("/schema/")
}

fn objects(a: &Map<String, Value>, b: &Map<String, Value>, at: &Place, found: &mut dyn FnMut(Leaf)) {
    for (key, value) in b {
        match a.get(key) {
            Some(before) if same(before, value) => {}
            before => compare(before, Some(value), &at.below(key), found),
        }
    }
    for (key, value) in a.iter().filter(|(key, _)| !b.contains_key(*key)) {
        compare(Some(value), None, &at.below(key), found);
    }
}

/// Lists of different length, where one is the other with some items put in at one place.
fn items(a: &[Value], b: &[Value], at: &Place, found: &mut dyn FnMut(Leaf)) -> bool {
    let begins = a.iter().zip(b).take_while(|(a, b)| same(a, b)).count();
    let ends = a[begins..].iter().rev().zip(b[begins..].iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let (gone, fresh) = (&a[begins..a.len() - ends], &b[begins..b.len() - ends]);
    if !gone.is_empty() && !fresh.is_empty() {
        return false;
    }
    for (index, item) in fresh.iter().enumerate() {
        found(at.item(begins + index, begins + index).leaf(ChangeKind::Added, Subject::Item, None, Some(item)));
    }
    for (index, item) in gone.iter().enumerate() {
        found(at.item(begins + index, begins + index).leaf(ChangeKind::Removed, Subject::Item, Some(item), None));
    }
    true
}

type Named<'v> = Vec<(&'v str, &'v Value)>;

/// A list of `- name: ...` items with each name once, such as the cases of a switch.
fn named(items: &[Value]) -> Option<Named<'_>> {
    let mut names = HashSet::new();
    items
        .iter()
        .map(|item| {
            let (name, value) = item.as_object().filter(|map| map.len() == 1)?.iter().next()?;
            names.insert(name.as_str()).then_some((name.as_str(), value))
        })
        .collect()
}

fn named_lists(a: &Named<'_>, b: &Named<'_>, at: &Place, found: &mut dyn FnMut(Leaf)) {
    let before: HashMap<&str, usize> = a.iter().enumerate().map(|(index, (name, _))| (*name, index)).collect();
    let kept: Vec<usize> = b.iter().filter_map(|(name, _)| before.get(name).copied()).collect();
    let mut has_moved = moved(&kept).into_iter();
    for (index, (name, value)) in b.iter().enumerate() {
        match before.get(name) {
            Some(was) => {
                let place = at.item(*was, index).below(name);
                if has_moved.next().unwrap_or(false) {
                    found(place.leaf(ChangeKind::Moved, Subject::Case, None, None));
                }
                compare(Some(a[*was].1), Some(value), &place, found);
            }
            None => found(at.item(index, index).below(name).leaf(ChangeKind::Added, Subject::Case, None, Some(value))),
        }
    }
    let names: HashSet<&str> = b.iter().map(|(name, _)| *name).collect();
    for (index, (name, value)) in a.iter().enumerate().filter(|(_, (name, _))| !names.contains(name)) {
        found(at.item(index, index).below(name).leaf(ChangeKind::Removed, Subject::Case, Some(value), None));
    }
}
