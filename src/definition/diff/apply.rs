//! The changes carried out: old content and its changes give the new content.
//!
//! First what goes and what moves is taken out at its old place and names change, innermost first, so that old places
//! stay true. Then everything is put in at its new place, outermost first and in the order of its list, so that new
//! places come true. A new step is put in whole; what moved into it came with it.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Change, ChangeKind, Content, Subject};
use crate::definition::pointer::{segments, split_last};

/// A change that does not fit the content it was applied to: it belongs to another comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{what}” does not fit: there is no place {pointer}.")]
pub struct Misfit {
    /// The sentence of the change.
    pub what: String,
    /// The place that is not there.
    pub pointer: String,
}

/// Definition and settings after the changes that [`diff`](super::diff()) told of them.
///
/// # Errors
/// A change that was not told of this content.
pub fn apply(old: Content<'_>, changes: &[Change]) -> Result<(Value, Value), Misfit> {
    let (settings, definition): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| is_setting(&c.pointer));
    Ok((carry_out(old.definition, &definition, 0)?, carry_out(old.settings, &settings, "/settings".len())?))
}

fn is_setting(pointer: &str) -> bool {
    pointer == "/settings" || pointer.starts_with("/settings/")
}

/// A value whose items keep their numbers while some are taken out.
enum Tree {
    Leaf(Value),
    Map(Vec<(String, Tree)>),
    List(Vec<Option<Tree>>),
}

impl Tree {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(map) => Self::Map(map.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect()),
            Value::Array(items) => Self::List(items.iter().map(|item| Some(Self::of(item))).collect()),
            leaf => Self::Leaf(leaf.clone()),
        }
    }

    /// The value, without what was taken out.
    fn value(self) -> Value {
        match self {
            Self::Leaf(value) => value,
            Self::Map(entries) => Value::Object(entries.into_iter().map(|(key, tree)| (key, tree.value())).collect()),
            Self::List(items) => Value::Array(items.into_iter().flatten().map(Self::value).collect()),
        }
    }

    fn step(&mut self, key: &str) -> Option<&mut Self> {
        match self {
            Self::Leaf(_) => None,
            Self::Map(entries) => entries.iter_mut().find(|(name, _)| name == key).map(|(_, tree)| tree),
            Self::List(items) => items.get_mut(key.parse::<usize>().ok()?)?.as_mut(),
        }
    }

    fn at(&mut self, path: &[String]) -> Option<&mut Self> {
        path.iter().try_fold(self, |tree, key| tree.step(key))
    }

    /// The place `path`; objects and a list at its end come into being.
    fn made(&mut self, path: &[String]) -> Option<&mut Self> {
        let mut tree = self;
        for key in path {
            if let Self::Map(entries) = tree
                && !entries.iter().any(|(name, _)| name == key)
            {
                entries.push((key.clone(), Self::Map(Vec::new())));
            }
            tree = tree.step(key)?;
        }
        Some(tree)
    }
}

/// Where an item of a list stands: the list, the number in it, and its name if it has one.
struct Entry {
    list: Vec<String>,
    index: usize,
    name: Option<String>,
}

impl Entry {
    fn of(subject: Subject, pointer: &str) -> Option<Self> {
        let mut list = segments(pointer);
        let name = if subject == Subject::Item { None } else { Some(list.pop()?) };
        let index = list.pop()?.parse().ok()?;
        Some(Self { list, index, name })
    }
}

/// `skip`: how much of each pointer stands before the value.
fn carry_out(old: &Value, changes: &[&Change], skip: usize) -> Result<Value, Misfit> {
    let mut tree = Tree::of(old);
    let mut taken = take_out(&mut tree, changes, skip)?;
    let mut tree = Tree::of(&tree.value());
    let is_entry = |c: &Change| c.subject != Subject::Value && matches!(c.kind, ChangeKind::Added | ChangeKind::Moved);
    let mut order: Vec<(usize, String, usize, &Change)> = Vec::with_capacity(changes.len());
    let mut given: HashSet<&str> = HashSet::new();
    for change in changes {
        let pointer = &change.pointer[skip..];
        let misfit = || misfit(change, &change.pointer);
        if is_entry(change) {
            let entry = Entry::of(change.subject, pointer).ok_or_else(misfit)?;
            order.push((entry.list.len() + 1, entry.list.join("/"), entry.index, change));
        } else if matches!(change.kind, ChangeKind::Added | ChangeKind::Changed) || change.subject == Subject::Value {
            order.push((segments(pointer).len(), pointer.to_owned(), 0, change));
        }
        if change.subject != Subject::Value && matches!(change.kind, ChangeKind::Added | ChangeKind::Changed) || pointer.is_empty() {
            given.insert(pointer);
        }
    }
    order.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    for (.., change) in order {
        let pointer = &change.pointer[skip..];
        let mut put = || if is_entry(change) { put_in(&mut tree, change, pointer, &mut taken) } else { set(&mut tree, change, pointer) };
        if !came_along(pointer, &given) && !put() {
            return Err(misfit(change, &change.pointer));
        }
    }
    Ok(tree.value())
}

/// Whether the place lies in something that was put in whole.
fn came_along(pointer: &str, given: &HashSet<&str>) -> bool {
    let mut at = pointer;
    while let Some((outer, _)) = split_last(at) {
        if given.contains(outer) {
            return true;
        }
        at = outer;
    }
    false
}

/// Takes out what goes or moves and renames what stays; what moves is returned by the place where it was.
fn take_out<'c>(tree: &mut Tree, changes: &[&'c Change], skip: usize) -> Result<HashMap<&'c str, Value>, Misfit> {
    let old_place = |c: &&'c Change| c.old_pointer.as_deref().unwrap_or(&c.pointer);
    let mut from: Vec<(usize, &Change)> = changes
        .iter()
        .filter(|c| c.subject != Subject::Value && matches!(c.kind, ChangeKind::Removed | ChangeKind::Moved | ChangeKind::Renamed))
        .map(|c| (old_place(c).matches('/').count(), *c))
        .collect();
    // A new name before the step is taken out: both are told of a step that moved under another name.
    from.sort_by_key(|(depth, change)| (std::cmp::Reverse(*depth), change.kind != ChangeKind::Renamed));
    let mut taken = HashMap::new();
    for (_, change) in from {
        let place = old_place(&change);
        let misfit = || misfit(change, place);
        let entry = Entry::of(change.subject, &place[skip..]).ok_or_else(misfit)?;
        let Some(Tree::List(items)) = tree.at(&entry.list) else { return Err(misfit()) };
        let item = items.get_mut(entry.index).ok_or_else(misfit)?;
        if change.kind == ChangeKind::Renamed {
            let (Some(Tree::Map(entries)), Some((_, name))) = (item.as_mut(), split_last(&change.pointer)) else { return Err(misfit()) };
            entries.first_mut().ok_or_else(misfit)?.0 = name;
            continue;
        }
        let item = item.take().ok_or_else(misfit)?.value();
        if change.kind == ChangeKind::Moved {
            taken.insert(place, item);
        }
    }
    Ok(taken)
}

fn put_in(tree: &mut Tree, change: &Change, pointer: &str, taken: &mut HashMap<&str, Value>) -> bool {
    let Some(entry) = Entry::of(change.subject, pointer) else { return false };
    let named = |value: &Value| match &entry.name {
        Some(name) => Tree::Map(vec![(name.clone(), Tree::of(value))]),
        None => Tree::of(value),
    };
    let item = match change.old_pointer.as_deref().filter(|_| change.kind == ChangeKind::Moved) {
        Some(place) => taken.remove(place).map(|item| match (&entry.name, item.as_object()) {
            (Some(_), Some(map)) => map.values().next().map_or_else(|| Tree::of(&item), named),
            _ => Tree::of(&item),
        }),
        None => change.to.as_ref().map(named),
    };
    let (Some(item), Some(list)) = (item, tree.made(&entry.list)) else { return false };
    if matches!(list, Tree::Map(entries) if entries.is_empty()) {
        *list = Tree::List(Vec::new());
    }
    match list {
        Tree::List(items) if entry.index <= items.len() => {
            items.insert(entry.index, Some(item));
            true
        }
        _ => false,
    }
}

fn set(tree: &mut Tree, change: &Change, pointer: &str) -> bool {
    let path = segments(pointer);
    let Some((key, holder)) = path.split_last() else {
        *tree = change.to.as_ref().map_or(Tree::Leaf(Value::Null), Tree::of);
        return true;
    };
    let Some(to) = &change.to else {
        let Some(Tree::Map(entries)) = tree.at(holder) else { return false };
        entries.retain(|(name, _)| name != key);
        return true;
    };
    match tree.made(holder) {
        Some(Tree::Map(entries)) => {
            match entries.iter_mut().find(|(name, _)| name == key) {
                Some((_, value)) => *value = Tree::of(to),
                None => entries.push((key.clone(), Tree::of(to))),
            }
            true
        }
        Some(holder @ Tree::List(_)) => holder.step(key).map(|item| *item = Tree::of(to)).is_some(),
        _ => false,
    }
}

fn misfit(change: &Change, pointer: &str) -> Misfit {
    Misfit { what: change.what.clone(), pointer: pointer.to_owned() }
}
