//! Sentences about steps, in document order; what is gone comes last.

use serde_json::{Map, Value};

use super::matching::{Matching, matching};
use super::moves::moved;
use super::tree::{List, Node, Tree};
use super::values::{Place, compare};
use super::{Area, Change, ChangeKind, Impact, Subject, words};

/// What steps of different kinds still have in common.
const COMMON_KEYS: [&str; 7] = ["if", "input", "output", "export", "timeout", "then", "metadata"];

/// All changes of steps.
pub(super) fn steps(old: &Value, new: &Value, out: &mut Vec<Change>) {
    let (before, after) = (Tree::of(old), Tree::of(new));
    let found = matching(&before, &after);
    let mut tell = Tell { old: &before, new: &after, found: &found, out };
    tell.own_list(old, new);
    if let Some(root) = after.root() {
        tell.list(root, false);
    }
    tell.gone();
}

struct Tell<'a, 'v> {
    old: &'a Tree<'v>,
    new: &'a Tree<'v>,
    found: &'a Matching,
    out: &'a mut Vec<Change>,
}

impl<'v> Tell<'_, 'v> {
    /// The list of the definition itself, when only one has it or one has something else in its place.
    fn own_list(&mut self, old: &Value, new: &Value) {
        let empty = || Value::Array(Vec::new());
        let before = old.get("do").map(|list| if list.is_array() { empty() } else { list.clone() });
        let after = match new.get("do") {
            Some(Value::Array(items)) => (before.is_some() || items.is_empty()).then(empty),
            other => other.cloned(),
        };
        compare(before.as_ref(), after.as_ref(), &Place::new("/do", "/do"), &mut |leaf| {
            self.out.push(words::flow_change(leaf, Area::Steps, Impact::ChangesOutcome));
        });
    }

    /// A list of the new definition. `told`: it came with a step that was told as a whole.
    fn list(&mut self, list: usize, told: bool) {
        let items = &self.new.lists[list].items;
        let stays = |item: &usize| {
            let partner = self.found.old_of[*item]?;
            (Some(self.old.nodes[partner].list) == self.found.old_list_of[list]).then_some(self.old.nodes[partner].task.index)
        };
        let kept: Vec<usize> = items.iter().filter_map(stays).collect();
        let mut has_moved = moved(&kept).into_iter();
        for item in items {
            let stays = stays(item).is_some();
            let node = &self.new.nodes[*item];
            match self.found.old_of[*item] {
                Some(partner) => {
                    let moved = !stays || has_moved.next().unwrap_or(false);
                    self.pair(&self.old.nodes[partner], node, moved, stays);
                    node.lists.iter().for_each(|list| self.list(*list, false));
                }
                None => {
                    if !told {
                        self.added(node, list);
                    }
                    node.lists.iter().for_each(|list| self.list(*list, true));
                }
            }
        }
    }

    fn added(&mut self, node: &Node<'v>, list: usize) {
        let place = self.new_list(&self.new.lists[list], " in");
        let what = match node.is_step {
            true => format!("Step \"{}\" ({}) added{place}.", node.task.name, node.task.kind.label()),
            false => format!("Something that is no step added{place}."),
        };
        self.step(ChangeKind::Added, Impact::ChangesOutcome, node, None, what);
    }

    fn pair(&mut self, old: &Node<'v>, new: &Node<'v>, moved: bool, stays: bool) {
        let name = new.task.name;
        if old.task.name != name {
            let what = format!("Step \"{}\" renamed to \"{name}\".", old.task.name);
            self.step(ChangeKind::Renamed, Impact::BreaksWaitingRuns, new, Some(old), what);
        }
        if moved {
            let subject = if new.is_step { format!("Step \"{name}\"") } else { "Something that is no step".to_owned() };
            let (what, impact) = match stays {
                true => (format!("from position {} to {}", old.task.index + 1, new.task.index + 1), Impact::ChangesOutcome),
                false => (self.new_list(&self.new.lists[new.list], "into").trim_start().to_owned(), Impact::BreaksWaitingRuns),
            };
            self.step(ChangeKind::Moved, impact, new, Some(old), format!("{subject} moved {what}."));
        }
        if old.task.kind != new.task.kind {
            let what = format!("Step \"{name}\" does something else: {} instead of {}.", new.task.kind.label(), old.task.kind.label());
            self.step(ChangeKind::Changed, Impact::BreaksWaitingRuns, new, Some(old), what);
        }
        if old.print != new.print {
            self.body(old, new);
        }
    }

    /// What a step says, apart from the steps in it.
    fn body(&mut self, old: &Node<'v>, new: &Node<'v>) {
        let below = |pointer: &str| old.task.value.pointer(pointer).is_some();
        let (a, b) = (own(self.old, old, &|_, _| true), own(self.new, new, &|pointer, list| list.items.is_empty() || below(pointer)));
        let same_kind = old.task.kind == new.task.kind;
        let place = Place::new(&old.task.pointer, &new.task.pointer);
        compare(Some(&a), Some(&b), &place, &mut |leaf| {
            let below = leaf.pointer.strip_prefix(&new.task.pointer).unwrap_or_default().trim_start_matches('/');
            // Another kind of step is told in one sentence; what all kinds have is still compared.
            if same_kind || COMMON_KEYS.contains(&below.split('/').next().unwrap_or_default()) {
                let impact = impact_inside(below);
                self.out.push(words::step_change(leaf, &new.task, impact));
            }
        });
    }

    /// Steps without a partner; what was in them went with them.
    fn gone(&mut self) {
        for (index, node) in self.old.nodes.iter().enumerate() {
            let list = &self.old.lists[node.list];
            if self.found.new_of[index].is_some() || list.owner.is_some_and(|owner| self.found.new_of[owner].is_none()) {
                continue;
            }
            let owner = list.owner.and_then(|owner| self.found.new_of[owner]).map(|owner| self.new.nodes[owner].task.name);
            let place = owner.map(|owner| words::inside(list.role, owner, " in")).unwrap_or_default();
            let what = match node.is_step {
                true => format!("Step \"{}\" ({}) removed{place}.", node.task.name, node.task.kind.label()),
                false => format!("Something that is no step removed{place}."),
            };
            self.out.push(Change {
                kind: ChangeKind::Removed,
                subject: if node.is_step { Subject::Step } else { Subject::Item },
                area: Area::Steps,
                impact: Impact::BreaksWaitingRuns,
                pointer: node.task.pointer.clone(),
                old_pointer: None,
                what,
                from: Some(node.task.value.clone()),
                to: None,
            });
        }
    }

    /// Words for a list of the new definition; nothing for the definition's own, into which only something can move.
    fn new_list(&self, list: &List, preposition: &str) -> String {
        match list.owner {
            Some(owner) => words::inside(list.role, self.new.nodes[owner].task.name, preposition),
            None if preposition == "into" => "to the flow's own list".to_owned(),
            None => String::new(),
        }
    }

    fn step(&mut self, kind: ChangeKind, impact: Impact, new: &Node<'v>, old: Option<&Node<'v>>, what: String) {
        let (from, to) = match kind {
            ChangeKind::Renamed => (old.map(|step| step.task.name.into()), Some(new.task.name.into())),
            ChangeKind::Moved => (None, None),
            _ => (old.map(|step| step.task.value.clone()), Some(new.task.value.clone())),
        };
        self.out.push(Change {
            kind,
            subject: if new.is_step { Subject::Step } else { Subject::Item },
            area: Area::Steps,
            impact,
            pointer: new.task.pointer.clone(),
            old_pointer: old.map(|step| step.task.pointer.clone()),
            what,
            from,
            to,
        });
    }
}

/// The step without the steps in it. An empty list stays in the place of those lists that `shown` holds for: all others
/// come into being with their first step.
fn own(tree: &Tree<'_>, node: &Node<'_>, shown: &dyn Fn(&str, &List) -> bool) -> Value {
    fn without(value: &Value, at: &str, lists: &[(&str, bool)]) -> Value {
        let Value::Object(map) = value else { return value.clone() };
        if !lists.iter().any(|(list, _)| list.starts_with(at)) {
            return value.clone();
        }
        let entries = map.iter().filter_map(|(key, value)| {
            let below = format!("{at}/{key}");
            match lists.iter().find(|(list, _)| *list == below) {
                Some((_, shown)) => shown.then(|| (key.clone(), Value::Array(Vec::new()))),
                None => Some((key.clone(), without(value, &below, lists))),
            }
        });
        Value::Object(entries.collect::<Map<_, _>>())
    }
    // The keys above lists of steps hold neither `/` nor `~`.
    let lists: Vec<(&str, bool)> = node
        .lists
        .iter()
        .filter_map(|list| {
            let list = &tree.lists[*list];
            let pointer = list.pointer.strip_prefix(node.task.pointer.as_str())?;
            Some((pointer, shown(pointer, list)))
        })
        .collect();
    without(node.task.value, "", &lists)
}

fn impact_inside(below: &str) -> Impact {
    let metadata = below.split('/').next() == Some("metadata");
    if metadata && !below.starts_with("metadata/signalbox") { Impact::Cosmetic } else { Impact::ChangesOutcome }
}
