//! The list of steps beside the form, and finding a step by its pointer. Pure.

use std::collections::HashMap;

use serde_json::Value;

use super::problems::Places;
use crate::definition::graph::graph;
use crate::definition::pointer::is_within;
use crate::definition::tasks::{self, ListRole, TaskKind, TaskRef};
use crate::web::pages::editor::{Block, BlockRow};
use crate::web::views::step::{icon, kind_words};

/// A step with the names of the list it stands in.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its pointer.
    pub pointer: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: TaskKind,
    /// Itself.
    pub value: Value,
    /// Names of the steps of its list, its own left out.
    pub list: Vec<String>,
}

/// The innermost step at or around a pointer. A step that was renamed is found by its place in the list.
pub fn find(definition: &Value, pointer: &str) -> Option<Step> {
    let mut found: Option<Step> = None;
    visit(tasks::root(definition), &mut |task, list| {
        let item = task.pointer.rfind('/').map_or("", |at| &task.pointer[..at]);
        let renamed = is_within(pointer, item) && found.as_ref().is_none_or(|f| is_within(item, &f.pointer));
        if is_within(pointer, &task.pointer) || renamed {
            found = Some(Step {
                pointer: task.pointer.clone(),
                name: task.name.to_owned(),
                kind: task.kind,
                value: task.value.clone(),
                list: list.iter().filter(|n| **n != task.name).map(|n| (*n).to_owned()).collect(),
            });
        }
    });
    found
}

/// The first step of the flow.
pub fn first(definition: &Value) -> Option<String> {
    tasks::root(definition).into_iter().next().map(|t| t.pointer)
}

fn visit<'a>(list: Vec<TaskRef<'a>>, seen: &mut dyn FnMut(&TaskRef<'a>, &[&'a str])) {
    let names: Vec<&str> = list.iter().map(|t| t.name).collect();
    for task in &list {
        seen(task, &names);
        for child in tasks::child_lists(task) {
            visit(tasks::task_list(child.value, &child.pointer), seen);
        }
    }
}

/// All steps of a definition as rows.
pub fn rows(definition: &Value, selected: &str, places: &Places) -> Vec<BlockRow> {
    let drawn = graph(definition);
    let details: HashMap<&str, &str> = drawn.nodes.iter().map(|n| (n.id.as_str(), n.subtitle.as_str())).collect();
    let mut rows = Vec::new();
    Walk { selected, places, details: &details, rows: &mut rows }.list(tasks::root(definition), 0);
    rows
}

struct Walk<'a> {
    selected: &'a str,
    places: &'a Places,
    details: &'a HashMap<&'a str, &'a str>,
    rows: &'a mut Vec<BlockRow>,
}

impl Walk<'_> {
    fn list(&mut self, list: Vec<TaskRef<'_>>, depth: u8) {
        let last = list.len().saturating_sub(1);
        for (index, task) in list.iter().enumerate() {
            let detail = self.details.get(task.pointer.as_str()).copied().unwrap_or_default();
            self.rows.push(BlockRow::Step(Block {
                id: format!("b-{}", self.rows.len()),
                depth,
                icon: icon(task.kind),
                name: task.name.to_owned(),
                says: if detail.is_empty() { kind_words(task.kind).to_owned() } else { detail.to_owned() },
                error: self.places.of_step(&task.pointer),
                here: task.pointer == self.selected,
                up: index > 0,
                down: index < last,
                pointer: task.pointer.clone(),
            }));
            for child in tasks::child_lists(task) {
                self.rows.push(BlockRow::Branch { depth: depth.saturating_add(1), words: heading(child.role).to_owned() });
                self.list(tasks::task_list(child.value, &child.pointer), depth.saturating_add(1));
            }
        }
    }
}

fn heading(role: ListRole) -> &'static str {
    match role {
        ListRole::Do => "Steps inside",
        ListRole::For => "For each one",
        ListRole::Try => "Try",
        ListRole::Catch => "If it fails",
        ListRole::Branches => "Side by side",
        ListRole::Foreach => "For each event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn definition() -> Value {
        json!({"do": [{"a": {"set": {"x": 1}}}, {"guard": {"try": [{"b": {"wait": "PT1S"}}], "catch": {"do": [{"c": {"set": {}}}]}}}]})
    }

    #[test]
    fn steps_stand_in_order_under_the_headings_of_their_lists() {
        let all = rows(&definition(), "/do/1/guard/try/0/b", &Places::default());
        let said: Vec<String> = all
            .iter()
            .map(|row| match row {
                BlockRow::Branch { depth, words } => format!("{depth} {words}"),
                BlockRow::Step(b) => format!(
                    "{} {}{}{}{}",
                    b.depth,
                    b.name,
                    if b.here { "*" } else { "" },
                    if b.up { "^" } else { "" },
                    if b.down { "v" } else { "" }
                ),
            })
            .collect();
        assert_eq!(said, ["0 av", "0 guard^", "1 Try", "1 b*", "1 If it fails", "1 c"]);
    }

    #[test]
    fn a_step_is_found_by_what_is_in_it_and_after_it_was_renamed() {
        let at = |pointer: &str| find(&definition(), pointer).map(|s| s.pointer);
        assert_eq!(at("/do/0/a/set/x").as_deref(), Some("/do/0/a"));
        assert_eq!(at("/do/1/guard/try/0/b").as_deref(), Some("/do/1/guard/try/0/b"));
        assert_eq!(at("/do/1/guard/try/0/old").as_deref(), Some("/do/1/guard/try/0/b"));
        assert_eq!(at("/do/0/old").as_deref(), Some("/do/0/a"));
        assert_eq!(at("/do/7/old"), None);
        assert_eq!(at(""), None);
        assert_eq!(find(&definition(), "/do/0/a").unwrap().list, ["guard"]);
    }
}
