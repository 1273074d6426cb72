//! Steps: matched by name in their list, then by content, then by likeness.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::moves::moved;
use super::values::compare;
use super::{Area, Change, ChangeKind, Impact, words};
use crate::definition::canonical::canonical;
use crate::definition::tasks::{self, ChildList, Flow, ListRole, TaskRef};

/// How alike two steps must be to count as one that was renamed and changed.
const ALIKE: f64 = 0.6;
/// Likeness is looked for among so many pairs of one list at most.
const MAX_PAIRS: usize = 10_000;

/// All changes of steps.
pub(super) fn steps(old: &Value, new: &Value, out: &mut Vec<Change>) {
    let mut pass = Pass { out, gone: Vec::new(), fresh: Vec::new() };
    pass.lists(tasks::root(old), tasks::root(new), "");
    pass.across_lists();
}

struct Pass<'a, 'v> {
    out: &'a mut Vec<Change>,
    /// Steps without a partner in their own list, with the words for that list.
    gone: Vec<(TaskRef<'v>, String)>,
    fresh: Vec<(TaskRef<'v>, String)>,
}

impl<'v> Pass<'_, 'v> {
    /// Two lists that stand for each other; `within` names the list in sentences.
    fn lists(&mut self, old: Vec<TaskRef<'v>>, new: Vec<TaskRef<'v>>, within: &str) {
        let pairs = pair(&old, &new);
        let partners: HashSet<usize> = pairs.iter().flatten().copied().collect();
        let kept: Vec<usize> = pairs.iter().flatten().copied().collect();
        let mut has_moved = moved(&kept).into_iter();
        for (step, partner) in new.iter().zip(&pairs) {
            match partner {
                Some(index) => {
                    let moved = has_moved.next().unwrap_or(false);
                    self.pair(&old[*index], step, moved);
                }
                None => self.fresh.push((step.clone(), within.to_owned())),
            }
        }
        let gone = old.iter().enumerate().filter(|(index, _)| !partners.contains(index));
        self.gone.extend(gone.map(|(_, step)| (step.clone(), within.to_owned())));
    }

    fn pair(&mut self, old: &TaskRef<'v>, new: &TaskRef<'v>, moved: bool) {
        if old.name != new.name {
            let what = format!("Step \"{}\" renamed to \"{}\".", old.name, new.name);
            self.step(ChangeKind::Renamed, Impact::BreaksWaitingRuns, new, Some(old), what);
        }
        if moved {
            let what = format!("Step \"{}\" moved from position {} to {}.", new.name, old.index + 1, new.index + 1);
            self.step(ChangeKind::Moved, Impact::ChangesOutcome, new, Some(old), what);
        }
        if old.kind != new.kind {
            let what = format!("Step \"{}\" does something else: {} instead of {}.", new.name, new.kind.label(), old.kind.label());
            self.step(ChangeKind::Changed, Impact::BreaksWaitingRuns, new, Some(old), what);
        }
        self.body(old, new);
        self.children(old, new);
    }

    /// What a step says, apart from the steps in it.
    fn body(&mut self, old: &TaskRef<'v>, new: &TaskRef<'v>) {
        let (a, b) = (own(old), own(new));
        let same_kind = old.kind == new.kind;
        let mut found = Vec::new();
        compare(Some(&a), Some(&b), &new.pointer, &mut |leaf| found.push(leaf));
        for leaf in found {
            let below = leaf.pointer.strip_prefix(&new.pointer).unwrap_or_default().trim_start_matches('/').to_owned();
            let key = below.split('/').next().unwrap_or_default();
            // Another kind of task is told in one sentence; its common keys are still compared.
            if !same_kind && !["if", "input", "output", "export", "timeout", "then", "metadata"].contains(&key) {
                continue;
            }
            let impact = impact_inside(&below);
            self.out.push(words::step_change(leaf, new, impact));
        }
    }

    fn children(&mut self, old: &TaskRef<'v>, new: &TaskRef<'v>) {
        let (before, after) = (tasks::child_lists(old), tasks::child_lists(new));
        let roles: Vec<ListRole> = after.iter().chain(&before).map(|list| list.role).collect();
        let mut seen = HashSet::new();
        for role in roles.into_iter().filter(|role| seen.insert(*role)) {
            let list = |lists: &[ChildList<'v>]| {
                let found = lists.iter().find(|list| list.role == role);
                found.map(|list| tasks::task_list(list.value, &list.pointer)).unwrap_or_default()
            };
            let within = match role {
                ListRole::Catch => format!(" in the error handler of \"{}\"", new.name),
                ListRole::Branches => format!(" as a branch of \"{}\"", new.name),
                _ => format!(" in \"{}\"", new.name),
            };
            self.lists(list(&before), list(&after), &within);
        }
    }

    /// Steps left over: the same step in another list has moved there, the rest came or went.
    fn across_lists(&mut self) {
        let mut by_content: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for (index, (step, _)) in self.gone.iter().enumerate() {
            by_content.entry((step.name.to_owned(), canonical(step.value))).or_default().push(index);
        }
        let mut matched = HashSet::new();
        for (step, within) in std::mem::take(&mut self.fresh) {
            let partner = by_content.get_mut(&(step.name.to_owned(), canonical(step.value))).and_then(Vec::pop);
            match partner {
                Some(index) => {
                    matched.insert(index);
                    let old = self.gone[index].0.clone();
                    let place = if within.is_empty() { " to the flow's own list" } else { within.as_str() };
                    let what = format!("Step \"{}\" moved{place}.", step.name);
                    self.step(ChangeKind::Moved, Impact::BreaksWaitingRuns, &step, Some(&old), what);
                }
                None => {
                    let what = format!("Step \"{}\" ({}) added{within}.", step.name, step.kind.label());
                    self.step(ChangeKind::Added, Impact::ChangesOutcome, &step, None, what);
                }
            }
        }
        for (index, (step, within)) in std::mem::take(&mut self.gone).into_iter().enumerate() {
            if !matched.contains(&index) {
                let what = format!("Step \"{}\" ({}) removed{within}.", step.name, step.kind.label());
                self.out.push(Change {
                    kind: ChangeKind::Removed,
                    area: Area::Steps,
                    impact: Impact::BreaksWaitingRuns,
                    pointer: step.pointer,
                    old_pointer: None,
                    what,
                    from: Some(step.value.clone()),
                    to: None,
                });
            }
        }
    }

    fn step(&mut self, kind: ChangeKind, impact: Impact, new: &TaskRef<'v>, old: Option<&TaskRef<'v>>, what: String) {
        self.out.push(Change {
            kind,
            area: Area::Steps,
            impact,
            pointer: new.pointer.clone(),
            old_pointer: old.map(|step| step.pointer.clone()),
            what,
            from: old.map(|step| step.value.clone()),
            to: Some(new.value.clone()),
        });
    }
}

/// For each new step the index of its partner in the old list.
fn pair(old: &[TaskRef<'_>], new: &[TaskRef<'_>]) -> Vec<Option<usize>> {
    let mut free: Vec<bool> = vec![true; old.len()];
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for (index, step) in old.iter().enumerate() {
        by_name.entry(step.name).or_insert(index);
    }
    let mut pairs: Vec<Option<usize>> =
        new.iter().map(|step| by_name.get(step.name).copied().filter(|index| std::mem::replace(&mut free[*index], false))).collect();
    let mut by_content: HashMap<String, Vec<usize>> = HashMap::new();
    for index in (0..old.len()).rev().filter(|index| free[*index]) {
        by_content.entry(canonical(old[index].value)).or_default().push(index);
    }
    for (step, partner) in new.iter().zip(&mut pairs).filter(|(_, partner)| partner.is_none()) {
        *partner = by_content.get_mut(&canonical(step.value)).and_then(Vec::pop);
        if let Some(index) = partner {
            free[*index] = false;
        }
    }
    let fresh = pairs.iter().filter(|partner| partner.is_none()).count();
    if fresh * free.iter().filter(|f| **f).count() <= MAX_PAIRS {
        for (step, partner) in new.iter().zip(&mut pairs).filter(|(_, partner)| partner.is_none()) {
            let candidates = old.iter().enumerate().filter(|(index, o)| free[*index] && o.kind == step.kind);
            let best =
                candidates.map(|(index, o)| (likeness(o.value, step.value), index)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            if let Some((score, index)) = best
                && score >= ALIKE
            {
                *partner = Some(index);
                free[index] = false;
            }
        }
    }
    pairs
}

/// The share of leaves that two values have in common.
fn likeness(a: &Value, b: &Value) -> f64 {
    fn leaves(value: &Value, path: String, out: &mut HashSet<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| leaves(value, format!("{path}/{key}"), out));
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(index, value)| leaves(value, format!("{path}/{index}"), out));
            }
            leaf => {
                out.insert(format!("{path}={leaf}"));
            }
        }
    }
    let (mut x, mut y) = (HashSet::new(), HashSet::new());
    leaves(a, String::new(), &mut x);
    leaves(b, String::new(), &mut y);
    let common = x.intersection(&y).count() as f64;
    2.0 * common / (x.len() + y.len()).max(1) as f64
}

/// The step without the lists of steps in it; a written `then: continue` says nothing.
fn own(task: &TaskRef<'_>) -> Value {
    let mut value = task.value.clone();
    for list in tasks::child_lists(task) {
        let below = list.pointer.strip_prefix(&task.pointer).unwrap_or_default();
        if let Some((parent, key)) = crate::definition::pointer::split_last(below)
            && let Some(Value::Object(map)) = value.pointer_mut(parent)
        {
            map.shift_remove(&key);
        }
    }
    match value {
        Value::Object(map) => Value::Object(map.into_iter().filter(|(key, v)| !is_continue(key, v)).collect::<Map<_, _>>()),
        other => other,
    }
}

fn is_continue(key: &str, value: &Value) -> bool {
    key == "then" && value.as_str().is_some_and(|text| Flow::of(text) == Flow::Continue)
}

fn impact_inside(below: &str) -> Impact {
    let metadata = below.split('/').next() == Some("metadata");
    if metadata && !below.starts_with("metadata/signalbox") { Impact::Cosmetic } else { Impact::ChangesOutcome }
}
