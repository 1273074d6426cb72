//! Two definitions in one graph: what is new, gone, changed.

mod fold;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::graph::{Marks, draw, fitting, steps, told};
use crate::definition::diff::{Area, Change, ChangeKind};
use crate::definition::graph::{END, Edge, Graph, Node, START, both};
use crate::web::components::change::Diff;
use crate::web::components::graph::GraphView;

/// The graph of the newer definition with what is gone drawn into it, dashed. `key` names both contents. Long stretches
/// without a difference are one node each; where even that is too much, the page says so instead (DECISIONS 22).
pub fn view(title: &str, key: &str, old: &Value, new: &Value, changes: &[Change]) -> GraphView {
    let (before, after) = both(old, new);
    let (before, after) = (told(before), told(after));
    let pairs = pairs(&before, &after, changes);
    let (merged, mut marks) = merge(&before, after, &pairs);
    let ids: HashSet<&str> = merged.nodes.iter().map(|n| n.id.as_str()).collect();
    for change in changes.iter().filter(|c| c.area == Area::Steps && !matches!(c.kind, ChangeKind::Added | ChangeKind::Removed)) {
        if let Some(id) = around(&ids, &change.pointer) {
            marks.nodes.entry(id.to_owned()).or_insert(Diff::Changed);
        }
    }
    // What came or went inside a scope that is drawn as one node changes that node.
    for change in changes.iter().filter(|c| c.area == Area::Steps && c.kind == ChangeKind::Added) {
        if !ids.contains(change.pointer.as_str())
            && let Some(id) = around(&ids, &change.pointer)
        {
            marks.nodes.entry(id.to_owned()).or_insert(Diff::Changed);
        }
    }
    let list = steps(new, &merged);
    let Some((merged, marks)) = fold::fold(merged, marks) else {
        return GraphView { steps: list, ..too_many(title) };
    };
    let placed = fitting(key, || merged.clone());
    GraphView { steps: list, ..draw("graph", title, &placed, &marks) }
}

fn too_many(title: &str) -> GraphView {
    GraphView {
        id: "graph".to_owned(),
        title: title.to_owned(),
        description: String::new(),
        origin: (0.0, 0.0),
        size: (0.0, 0.0),
        frames: Vec::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
        steps: Vec::new(),
        instead: Some("More steps differ than a picture can show. The list of changes below has them all.".to_owned()),
    }
}

/// The innermost node around a pointer.
fn around<'p>(ids: &HashSet<&str>, pointer: &'p str) -> Option<&'p str> {
    let mut at = pointer;
    loop {
        if ids.contains(at) {
            return Some(at);
        }
        at = &at[..at.rfind('/')?];
    }
}

/// The place of a step by names alone: positions shift when another step is put before it.
fn names(id: &str) -> String {
    id.split('/').filter(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit())).collect::<Vec<_>>().join("/")
}

/// For each node of the older graph its node in the newer one.
fn pairs(before: &Graph, after: &Graph, changes: &[Change]) -> HashMap<String, String> {
    let by_name: HashMap<String, &str> = after.nodes.iter().map(|n| (names(&n.id), n.id.as_str())).collect();
    let ids: HashSet<&str> = after.nodes.iter().map(|n| n.id.as_str()).collect();
    let mut pairs: HashMap<String, String> = changes
        .iter()
        .filter_map(|c| Some((c.old_pointer.clone()?, c.pointer.clone())))
        .filter(|(_, new)| ids.contains(new.as_str()))
        .collect();
    let taken: HashSet<String> = pairs.values().cloned().collect();
    for node in &before.nodes {
        if let Some(new) = by_name.get(&names(&node.id)).filter(|new| !taken.contains(**new)) {
            pairs.entry(node.id.clone()).or_insert_with(|| (*new).to_owned());
        }
    }
    pairs.insert(START.to_owned(), START.to_owned());
    pairs.insert(END.to_owned(), END.to_owned());
    pairs
}

fn merge(before: &Graph, after: Graph, pairs: &HashMap<String, String>) -> (Graph, Marks) {
    let mut marks = Marks::default();
    let mut merged = after;
    let kept: HashSet<&str> = pairs.values().map(String::as_str).collect();
    for node in &merged.nodes {
        if !kept.contains(node.id.as_str()) {
            marks.nodes.insert(node.id.clone(), Diff::Added);
        }
    }
    let now = |id: &str| pairs.get(id).cloned().unwrap_or_else(|| gone(id));
    let old_edges: HashSet<(String, String)> = before.edges.iter().map(|e| (now(&e.from), now(&e.to))).collect();
    for (i, edge) in merged.edges.iter().enumerate() {
        if !old_edges.contains(&(edge.from.clone(), edge.to.clone())) {
            marks.edges.insert(i, Diff::Added);
        }
    }
    let frames: HashMap<String, String> = merged.clusters.iter().map(|c| (names(&c.id), c.id.clone())).collect();
    // What is gone stands where it stood, after the node that was before it: what is folded around it stays in two.
    let mut last = START.to_owned();
    let mut after: HashMap<String, Vec<Node>> = HashMap::new();
    for node in &before.nodes {
        if let Some(now) = pairs.get(&node.id) {
            last.clone_from(now);
            continue;
        }
        marks.nodes.insert(gone(&node.id), Diff::Removed);
        let cluster = node.cluster.as_ref().and_then(|c| frames.get(&names(c)).cloned());
        after.entry(last.clone()).or_default().push(Node { id: gone(&node.id), cluster, ..node.clone() });
    }
    let follow = |node: Node| {
        let gone = after.remove(&node.id).unwrap_or_default();
        std::iter::once(node).chain(gone)
    };
    merged.nodes = std::mem::take(&mut merged.nodes).into_iter().flat_map(follow).collect();
    let new_edges: HashSet<(String, String)> = merged.edges.iter().map(|e| (e.from.clone(), e.to.clone())).collect();
    for edge in &before.edges {
        let (from, to) = (now(&edge.from), now(&edge.to));
        if !new_edges.contains(&(from.clone(), to.clone())) {
            marks.edges.insert(merged.edges.len(), Diff::Removed);
            merged.edges.push(Edge { from, to, ..edge.clone() });
        }
    }
    (merged, marks)
}

/// The id of a node that stands only in the older graph: no pointer begins so.
fn gone(id: &str) -> String {
    format!("gone:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;
    use crate::definition::diff::{Content, diff};

    fn parsed(steps: &str) -> Definition {
        Definition::parse(&format!("document: {{dsl: '1.0.1', namespace: t, name: n, version: '1.0.0'}}\ndo:\n{steps}")).unwrap()
    }

    #[test]
    fn what_is_new_gone_and_changed_is_marked_once() {
        let old = parsed("  - a: {set: {x: 1}}\n  - b: {wait: PT1S}\n  - c: {set: {y: 1}}\n");
        let new = parsed("  - n: {set: {z: 1}}\n  - a: {set: {x: 2}}\n  - c: {set: {y: 1}}\n");
        let none = serde_json::json!({});
        let changes = diff(Content { definition: old.value(), settings: &none }, Content { definition: new.value(), settings: &none });
        let view = view("Test", "merged test", old.value(), new.value(), &changes);
        let of = |label: &str| view.nodes.iter().filter(|n| n.label == label).map(|n| n.diff).collect::<Vec<_>>();
        assert_eq!((of("n"), of("a"), of("b"), of("c")), (vec![Diff::Added], vec![Diff::Changed], vec![Diff::Removed], vec![Diff::Same]));
        assert!(view.edges.iter().any(|e| e.diff == Diff::Removed) && view.edges.iter().any(|e| e.diff == Diff::Added));
    }

    #[test]
    fn what_is_gone_stays_between_what_was_around_it() {
        let flow = |left_out: usize| {
            parsed(&(0..24).filter(|i| *i != left_out).map(|i| format!("  - s{i}: {{set: {{x: {i}}}}}\n")).collect::<String>())
        };
        let none = serde_json::json!({});
        let (old, new) = (flow(99), flow(10));
        let changes = diff(Content { definition: old.value(), settings: &none }, Content { definition: new.value(), settings: &none });
        let drawn = view("Test", "gone between", old.value(), new.value(), &changes);
        let says: Vec<&str> = drawn.nodes.iter().map(|n| n.label.as_str()).collect();
        assert_eq!(says, ["Start", "10 steps", "s10", "13 steps", "End"]);
        let alone = view("Test", "all the same", old.value(), old.value(), &[]);
        assert_eq!(alone.nodes.len(), 26, "with nothing to point at, every step is drawn");
    }

    #[test]
    fn a_long_flow_is_drawn_with_what_is_the_same_folded() {
        let flow = |changed: &[usize]| {
            let steps =
                (0..3_000).map(|i| format!("  - s{i}: {{set: {{x: {}}}}}\n", if changed.contains(&i) { 9 } else { i })).collect::<String>();
            parsed(&steps)
        };
        let none = serde_json::json!({});
        let compared = |old: &Definition, new: &Definition| {
            let changes = diff(Content { definition: old.value(), settings: &none }, Content { definition: new.value(), settings: &none });
            view("Test", &format!("folded {}", changes.len()), old.value(), new.value(), &changes)
        };
        let few = compared(&flow(&[]), &flow(&[10, 1_500]));
        let says: Vec<&str> = few.nodes.iter().map(|n| n.label.as_str()).collect();
        assert_eq!(says, ["Start", "10 steps", "s10", "1489 steps", "s1500", "1499 steps", "End"]);
        assert_eq!(few.nodes.iter().filter(|n| n.diff == Diff::Changed).count(), 2);
        let many = compared(&flow(&[]), &flow(&(0..3_000).step_by(3).collect::<Vec<_>>()));
        assert!(many.instead.is_some_and(|says| says.contains("More steps differ")));
    }
}
