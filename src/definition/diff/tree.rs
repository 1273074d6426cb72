//! All steps of a definition in one list, in document order, with what is needed to match them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::definition::pointer::join;
use crate::definition::tasks::{self, ListRole, TaskKind, TaskRef};

/// One item of a list of steps.
pub(super) struct Node<'v> {
    /// The step. An item that is none (the definition is not valid then) has no name and the item as its value.
    pub task: TaskRef<'v>,
    /// Whether the item is a step: an object with one key.
    pub is_step: bool,
    /// The list it stands in.
    pub list: usize,
    /// The first node after those inside this one: `index + 1 .. end` are inside.
    pub end: usize,
    /// Equal for equal contents; different contents nearly always differ.
    pub print: u64,
    /// The lists inside it.
    pub lists: Vec<usize>,
}

/// A list of steps.
pub(super) struct List {
    /// The step that holds it; none for the definition's own.
    pub owner: Option<usize>,
    /// Why the step holds it.
    pub role: ListRole,
    /// Its place.
    pub pointer: String,
    /// Its items.
    pub items: Vec<usize>,
}

/// A definition's steps.
pub(super) struct Tree<'v> {
    pub nodes: Vec<Node<'v>>,
    pub lists: Vec<List>,
}

impl<'v> Tree<'v> {
    /// Reads all steps, those at any depth.
    pub fn of(definition: &'v Value) -> Self {
        let mut tree = Self { nodes: Vec::new(), lists: Vec::new() };
        if let Some(list @ Value::Array(_)) = definition.get("do") {
            tree.list(list, "/do".to_owned(), None, ListRole::Do);
        }
        tree
    }

    /// The definition's own list; none when it has no `do`.
    pub fn root(&self) -> Option<usize> {
        (!self.lists.is_empty()).then_some(0)
    }

    /// The number of the list.
    fn list(&mut self, value: &'v Value, pointer: String, owner: Option<usize>, role: ListRole) -> usize {
        let number = self.lists.len();
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        self.lists.push(List { owner, role, pointer: pointer.clone(), items: Vec::with_capacity(items.len()) });
        for (index, item) in items.iter().enumerate() {
            let node = self.node(item, index, &pointer, number);
            self.lists[number].items.push(node);
        }
        number
    }

    fn node(&mut self, item: &'v Value, index: usize, list_pointer: &str, list: usize) -> usize {
        let at = join(list_pointer, index);
        let named = item.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
        let task = match named {
            Some((name, value)) => TaskRef { index, name, pointer: join(&at, name), kind: TaskKind::of(value), value },
            None => TaskRef { index, name: "", pointer: at, kind: TaskKind::Unknown, value: item },
        };
        let number = self.nodes.len();
        let inside = if named.is_some() { tasks::child_lists(&task) } else { Vec::new() };
        self.nodes.push(Node { task, is_step: named.is_some(), list, end: number + 1, print: 0, lists: Vec::new() });
        let mut prints: HashMap<*const Value, u64> = HashMap::new();
        let mut lists = Vec::with_capacity(inside.len());
        for child in inside {
            let made = self.list(child.value, child.pointer, Some(number), child.role);
            let mut all = DefaultHasher::new();
            for item in &self.lists[made].items {
                let node = &self.nodes[*item];
                (node.task.name, node.print).hash(&mut all);
            }
            prints.insert(std::ptr::from_ref(child.value), all.finish());
            lists.push(made);
        }
        let end = self.nodes.len();
        let print = print(self.nodes[number].task.value, &prints);
        let node = &mut self.nodes[number];
        (node.end, node.print, node.lists) = (end, print, lists);
        number
    }
}

/// A hash of a value, in which the order of keys plays no part; `known` has those of the lists of steps in it.
fn print(value: &Value, known: &HashMap<*const Value, u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| {
                let mut entry = DefaultHasher::new();
                (key, print(value, known)).hash(&mut entry);
                entry.finish()
            });
            (0u8, entries.fold(0, u64::wrapping_add)).hash(&mut hasher);
        }
        Value::Array(items) => match known.get(&std::ptr::from_ref(value)) {
            Some(done) => return *done,
            None => items.iter().for_each(|item| print(item, known).hash(&mut hasher)),
        },
        Value::String(text) => text.hash(&mut hasher),
        Value::Number(number) => (1u8, number.as_u64(), number.as_i64(), number.as_f64().map(f64::to_bits)).hash(&mut hasher),
        Value::Bool(truth) => (2u8, truth).hash(&mut hasher),
        Value::Null => 3u8.hash(&mut hasher),
    }
    hasher.finish()
}
