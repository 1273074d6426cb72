//! Edits by pointer on the author's text.
use serde_json::Value;
use super::document::Definition;
/// The outcome of an edit. Nothing is changed in place, so calling it is also the dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited { /// The new text
    pub text: String, /// Whether comments of the author were lost
    pub comments_lost: bool }
/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EditError(pub String);
/// Which way a task moves in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction { /// earlier
    Up, /// later
    Down }
/// Sets the value at a pointer; the parent must exist, the key need not.
pub fn set(_d: &Definition, _pointer: &str, _value: Value) -> Result<Edited, EditError> { unimplemented!() }
/// Removes the node at a pointer (a task's pointer removes its list item).
pub fn remove(_d: &Definition, _pointer: &str) -> Result<Edited, EditError> { unimplemented!() }
/// Inserts a task into a list.
pub fn insert_task(_d: &Definition, _list: &str, _index: usize, _name: &str, _task: Value) -> Result<Edited, EditError> { unimplemented!() }
/// Renames a task and the `then`s of its scope that lead to it.
pub fn rename_task(_d: &Definition, _pointer: &str, _name: &str) -> Result<Edited, EditError> { unimplemented!() }
/// Swaps a task with its neighbour.
pub fn move_task(_d: &Definition, _pointer: &str, _direction: Direction) -> Result<Edited, EditError> { unimplemented!() }
