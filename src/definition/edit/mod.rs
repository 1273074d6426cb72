//! Edits by pointer on the author's text (DECISIONS 3).
//!
//! An edit is first made in memory, then in the text: only the lines of the node edited are
//! written anew. The new text is read back, and counts only if it says exactly what the edit in
//! memory says; if it does not, the next larger node is written anew, in the end the whole. So an
//! edit is never wrong, at worst it costs comments, and [`Edited::comments_lost`] says so. Nothing
//! is changed in place: calling an edit is its own dry run.

mod comments;
mod emit;
mod memory;
mod splice;

use serde_json::{Map, Value};

use super::document::{Definition, Format};
use super::parse;
use super::pointer::{join, split_last};
use super::tasks::{self, Flow};
use splice::Splice;

/// The outcome of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The new text.
    pub text: String,
    /// Whether a comment of the author's is not in it any more.
    pub comments_lost: bool,
}

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EditError(pub String);

/// Which way a task moves in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Earlier.
    Up,
    /// Later.
    Down,
}

/// Sets the value at a pointer. The parent must exist, the key need not; in a list, the index one
/// past the end appends.
///
/// # Errors
/// There is nothing to set it on.
pub fn set(d: &Definition, pointer: &str, value: Value) -> Result<Edited, EditError> {
    let mut expected = d.value().clone();
    memory::set(&mut expected, pointer, value)?;
    finish(
        d,
        expected,
        |expected| {
            let old = d.value().pointer(pointer);
            match (old, split_last(pointer)) {
                (None, Some((parent, _))) => splice::change(d, parent, expected.pointer(parent)?),
                _ => splice::change(d, pointer, expected.pointer(pointer)?),
            }
        },
        pointer,
    )
}

/// Removes the node at a pointer. Where a task or a case is meant (the single key of a list item),
/// the item goes.
///
/// # Errors
/// There is nothing at the pointer, or it is the whole document.
pub fn remove(d: &Definition, pointer: &str) -> Result<Edited, EditError> {
    let mut expected = d.value().clone();
    let removed = memory::remove(&mut expected, pointer)?;
    finish(
        d,
        expected,
        |expected| {
            let (parent, key) = split_last(&removed)?;
            match (d.value().pointer(parent)?, key.parse::<usize>()) {
                (Value::Array(_), Ok(index)) => splice::remove_item(d, parent, index),
                _ => splice::change(d, parent, expected.pointer(parent)?),
            }
        },
        &removed,
    )
}

/// Inserts a task into the list at `list`, before position `index` (at most the list's length).
///
/// # Errors
/// There is no such list, the index lies beyond it, or the name is taken there.
pub fn insert_task(d: &Definition, list: &str, index: usize, name: &str, task: Value) -> Result<Edited, EditError> {
    let mut expected = d.value().clone();
    let items = memory::list(&mut expected, list)?;
    if index > items.len() {
        return Err(EditError(format!("Position {index} lies beyond the list's {} steps.", items.len())));
    }
    check_name(d, list, name, None)?;
    let item = Value::Object(Map::from_iter([(name.to_owned(), task)]));
    items.insert(index, item.clone());
    finish(
        d,
        expected,
        |expected| splice::insert_item(d, list, index, &item).or_else(|| splice::change(d, list, expected.pointer(list)?)),
        list,
    )
}

/// Renames a task, and the `then`s of its list that lead to it.
///
/// # Errors
/// There is no such task, or the new name is empty, taken, or a word of `then`.
pub fn rename_task(d: &Definition, pointer: &str, name: &str) -> Result<Edited, EditError> {
    let (item, old) = split_last(pointer).ok_or_else(|| missing(pointer))?;
    let (list, _) = split_last(item).ok_or_else(|| missing(pointer))?;
    d.value().pointer(pointer).ok_or_else(|| missing(pointer))?;
    check_name(d, list, name, Some(&old))?;
    let followers = followers(d, list, &old);
    let mut expected = d.value().clone();
    for place in &followers {
        memory::set(&mut expected, place, Value::from(name))?;
    }
    memory::rename(&mut expected, item, &old, name)?;
    finish(
        d,
        expected,
        |_| {
            let mut splices = vec![splice::key(d, pointer, name)?];
            for place in &followers {
                splices.extend(splice::change(d, place, &Value::from(name))?);
            }
            Some(splices)
        },
        list,
    )
}

/// Swaps a task with the one before or after it.
///
/// # Errors
/// There is no such task, or it is the first or last already.
pub fn move_task(d: &Definition, pointer: &str, direction: Direction) -> Result<Edited, EditError> {
    let (item, _) = split_last(pointer).ok_or_else(|| missing(pointer))?;
    let (list, index) = split_last(item).ok_or_else(|| missing(pointer))?;
    d.value().pointer(pointer).ok_or_else(|| missing(pointer))?;
    let index: usize = index.parse().map_err(|_| missing(pointer))?;
    let mut expected = d.value().clone();
    let items = memory::list(&mut expected, list)?;
    let first = match direction {
        Direction::Up => index.checked_sub(1).ok_or_else(|| EditError("This step is the first already.".to_owned()))?,
        Direction::Down if index + 1 >= items.len() => return Err(EditError("This step is the last already.".to_owned())),
        Direction::Down => index,
    };
    items.swap(first, first + 1);
    finish(d, expected, |_| splice::swap_items(d, list, first), list)
}

fn missing(pointer: &str) -> EditError {
    EditError(format!("There is nothing at {pointer}; it may have been moved or removed. Reload the page."))
}

fn check_name(d: &Definition, list: &str, name: &str, old: Option<&str>) -> Result<(), EditError> {
    if name.trim().is_empty() {
        return Err(EditError("A step needs a name.".to_owned()));
    }
    if !matches!(Flow::of(name), Flow::Task(_)) {
        return Err(EditError(format!("\"{name}\" has a meaning of its own in `then`. Choose another name.")));
    }
    let value = d.value().pointer(list).ok_or_else(|| missing(list))?;
    let taken = tasks::task_list(value, list).iter().any(|task| task.name == name && Some(task.name) != old);
    if taken {
        return Err(EditError(format!("There is a step named \"{name}\" in this list already. Choose another name.")));
    }
    Ok(())
}

/// Where `then` leads to the task named `name` in a list.
fn followers(d: &Definition, list: &str, name: &str) -> Vec<String> {
    let Some(value) = d.value().pointer(list) else { return Vec::new() };
    let mut found = Vec::new();
    for task in tasks::task_list(value, list) {
        let cases = tasks::cases(&task).into_iter().map(|case| case.pointer);
        for holder in [task.pointer.clone(), join(&task.pointer, "catch")].into_iter().chain(cases) {
            let place = join(&holder, "then");
            if d.value().pointer(&place).and_then(Value::as_str) == Some(name) {
                found.push(place);
            }
        }
    }
    found
}

/// Makes the text for an edit made in memory: by `splices`, else by writing larger and larger nodes
/// around `around` anew, else the whole.
fn finish(d: &Definition, expected: Value, splices: impl FnOnce(&Value) -> Option<Vec<Splice>>, around: &str) -> Result<Edited, EditError> {
    if d.format() == Format::Json {
        return Ok(Edited { text: parse::pretty_json(&expected), comments_lost: false });
    }
    let accept = |splices: Option<Vec<Splice>>| {
        let text = splice::apply(d.text(), splices?)?;
        let read = parse::parse(&text).ok()?;
        (read.value == expected).then(|| {
            let comments_lost = comments::lost(d.text(), d.root(), &text, &read.root);
            Edited { text, comments_lost }
        })
    };
    if let Some(edited) = accept(splices(&expected)) {
        return Ok(edited);
    }
    let mut at = around;
    loop {
        let larger = expected.pointer(at).and_then(|value| splice::rewrite(d, at, value));
        if let Some(edited) = accept(larger.map(|s| vec![s])) {
            return Ok(edited);
        }
        match at.rfind('/') {
            Some(end) => at = &at[..end],
            None => break,
        }
    }
    let text = emit::document(&expected);
    let read = parse::parse(&text).map_err(|problems| {
        let why = problems.first().map(ToString::to_string).unwrap_or_default();
        EditError(format!("The edited definition cannot be written: {why}"))
    })?;
    let comments_lost = comments::lost(d.text(), d.root(), &text, &read.root);
    Ok(Edited { text, comments_lost })
}

#[cfg(test)]
mod tests;
