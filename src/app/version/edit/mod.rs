//! Edits of a draft by form: what a change of a step means for the author's text. Pure but for [`base`].
//!
//! Nothing here saves: the new text goes through [`super::save`], which refuses it when somebody was faster.

mod new_step;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::super::error::{Error, Result};
use super::{Document, document};
use crate::definition::edit::{self, Direction, EditError, Edited};
use crate::definition::pointer::{escape, join, split_last};
use crate::definition::{Definition, tasks};
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::versions::Version;

pub use new_step::KINDS;

/// A text after an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The new text.
    pub text: String,
    /// A comment of the author's is not in it any more.
    pub comments_lost: bool,
    /// Pointer of the step that the person is at now; empty for the document as a whole.
    pub pointer: String,
}

/// The text and settings that somebody saw at this lock version: what stands there now, or out of the draft's trail.
/// None when the trail does not reach back so far.
///
/// # Errors
/// The database.
pub fn base(conn: &mut Conn, version: &Version, seen: i64) -> Result<Option<Document>> {
    if seen == version.lock_version {
        return Ok(Some(document(conn, &version.id)?));
    }
    let Some(kept) = contents::draft_save(conn, &version.id, seen)? else { return Ok(None) };
    let settings = serde_json::from_str(&kept.settings).map_err(crate::store::error::Error::corrupt)?;
    Ok(Some(Document { text: kept.text, settings }))
}

fn read(text: &str) -> Result<Definition> {
    Definition::parse(text).map_err(|problems| {
        let why = problems.first().map(ToString::to_string).unwrap_or_default();
        Error::refused("unreadable", format!("The text cannot be read, so only the text view can change it. {why}"))
    })
}

fn refused(why: EditError) -> Error {
    Error::refused("edit_refused", why.to_string())
}

/// The top keys of a step that vanish when nothing is left in them; all others make the step what it is.
const OPTIONAL: [&str; 4] = ["input", "output", "export", "timeout"];

/// Edits one after another, each on the text that the one before left.
struct Editing {
    definition: Definition,
    comments_lost: bool,
}

impl Editing {
    fn of(text: &str) -> Result<Self> {
        Ok(Self { definition: read(text)?, comments_lost: false })
    }

    fn take(&mut self, edited: Edited) -> Result<()> {
        self.comments_lost |= edited.comments_lost;
        self.definition = read(&edited.text)?;
        Ok(())
    }

    /// Sets a value, with the objects around it where they are missing.
    fn set(&mut self, base: &str, at: &str, value: Value) -> Result<()> {
        let mut keys: Vec<&str> = at.split('/').skip(1).collect();
        let mut place = base.to_owned();
        let (mut target, mut inner) = (String::new(), value);
        while let Some(key) = keys.first() {
            target = format!("{place}/{key}");
            keys.remove(0);
            let there = self.definition.value().pointer(&target).is_some_and(|v| v.is_object() || v.is_array());
            if !there {
                break;
            }
            place.clone_from(&target);
        }
        for key in keys.into_iter().rev() {
            let key = crate::definition::pointer::unescape(key).into_owned();
            inner = Value::Object(Map::from_iter([(key, inner)]));
        }
        let edited = edit::set(&self.definition, &target, inner).map_err(refused)?;
        self.take(edited)
    }

    /// Removes a value, and the objects around it that are empty then.
    fn remove(&mut self, base: &str, at: &str) -> Result<()> {
        let mut at = at.to_owned();
        loop {
            let target = format!("{base}{at}");
            if self.definition.value().pointer(&target).is_none() {
                return Ok(());
            }
            let edited = edit::remove(&self.definition, &target).map_err(refused)?;
            self.take(edited)?;
            let Some((parent, _)) = split_last(&at).filter(|(parent, _)| !parent.is_empty()) else { return Ok(()) };
            let empty =
                self.definition.value().pointer(&format!("{base}{parent}")).is_some_and(|v| v.as_object().is_some_and(Map::is_empty));
            let optional = parent.matches('/').count() > 1 || OPTIONAL.contains(&&parent[1..]);
            if !(empty && optional) {
                return Ok(());
            }
            at = parent.to_owned();
        }
    }

    fn done(self, pointer: String) -> Changed {
        Changed { text: self.definition.text().to_owned(), comments_lost: self.comments_lost, pointer }
    }
}

/// Sets and removes values below `base` (a step's pointer, or empty for the document): pointer there, and what to put.
///
/// # Errors
/// The text cannot be read, or there is no such place.
pub fn change(text: &str, base: &str, edits: &[(String, Option<Value>)]) -> Result<Changed> {
    let mut editing = Editing::of(text)?;
    for (at, value) in edits {
        match value {
            Some(value) => editing.set(base, at, value.clone())?,
            None => editing.remove(base, at)?,
        }
    }
    Ok(editing.done(base.to_owned()))
}

/// Gives a step another name; what leads to it follows.
///
/// # Errors
/// The name is empty or taken.
pub fn rename(text: &str, pointer: &str, name: &str) -> Result<Changed> {
    let mut editing = Editing::of(text)?;
    let edited = edit::rename_task(&editing.definition, pointer, name).map_err(|e| Error::invalid("name", e.to_string()))?;
    editing.take(edited)?;
    let item = split_last(pointer).map_or("", |(item, _)| item);
    Ok(editing.done(format!("{item}/{}", escape(name))))
}

/// Puts a new step behind another one, or at the end of the flow; it is of one of [`KINDS`].
///
/// # Errors
/// No such kind, or no such step.
pub fn add(text: &str, after: &str, kind: &str) -> Result<Changed> {
    let mut editing = Editing::of(text)?;
    let Some((name, task)) = new_step::of(kind) else {
        return Err(Error::invalid("kind", format!("There is no kind of step “{kind}”.")));
    };
    let name = free_name(&editing.definition, name);
    if !editing.definition.value().get("do").is_some_and(Value::is_array) {
        let edited = edit::set(&editing.definition, "/do", Value::Array(Vec::new())).map_err(refused)?;
        editing.take(edited)?;
    }
    let (list, index) = match place(after) {
        Some((list, index)) => (list.to_owned(), index + 1),
        None => ("/do".to_owned(), editing.definition.value()["do"].as_array().map_or(0, Vec::len)),
    };
    let edited = edit::insert_task(&editing.definition, &list, index, &name, task).map_err(refused)?;
    editing.take(edited)?;
    Ok(editing.done(join(&join(&list, index), &name)))
}

/// Moves a step one place up or down in its list.
///
/// # Errors
/// No such step, or no such place.
pub fn shift(text: &str, pointer: &str, direction: Direction) -> Result<Changed> {
    let mut editing = Editing::of(text)?;
    let edited = edit::move_task(&editing.definition, pointer, direction).map_err(refused)?;
    editing.take(edited)?;
    let moved = place(pointer).zip(split_last(pointer)).map(|((list, index), (_, name))| {
        let index = match direction {
            Direction::Up => index.saturating_sub(1),
            Direction::Down => index + 1,
        };
        join(&join(list, index), name)
    });
    Ok(editing.done(moved.unwrap_or_default()))
}

/// Takes a step out, with what is in it.
///
/// # Errors
/// No such step.
pub fn remove(text: &str, pointer: &str) -> Result<Changed> {
    let mut editing = Editing::of(text)?;
    let edited = edit::remove(&editing.definition, pointer).map_err(refused)?;
    editing.take(edited)?;
    let near = place(pointer).map(|(list, index)| {
        let items = editing.definition.value().pointer(list).map(|value| tasks::task_list(value, list)).unwrap_or_default();
        items.get(index).or_else(|| items.last()).map(|t| t.pointer.clone()).unwrap_or_default()
    });
    Ok(editing.done(near.unwrap_or_default()))
}

/// The list and position of a step's pointer.
fn place(pointer: &str) -> Option<(&str, usize)> {
    let (item, _) = split_last(pointer)?;
    let (list, index) = split_last(item)?;
    Some((list, index.parse().ok()?))
}

fn free_name(definition: &Definition, wanted: &str) -> String {
    let mut taken = std::collections::HashSet::new();
    tasks::walk(definition.value(), &mut |task, _| {
        taken.insert(task.name.to_owned());
    });
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    (2..).map(|n| format!("{wanted}{n}")).find(|name| !taken.contains(name)).unwrap_or_else(|| wanted.to_owned())
}
