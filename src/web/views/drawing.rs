//! Definitions as graphs of a page.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::definition::graph::{self, EdgeKind, Graph, Layout, NodeKind as Kind};
use crate::definition::tasks::{self, TaskKind};
use crate::web::components::change::Diff;
use crate::web::components::graph::{EdgeView, FrameView, GraphView, NodeKind, NodeView, StepLine};

/// Layouts kept; a definition's is some kilobytes.
const KEPT: usize = 256;

static LAYOUTS: Mutex<Option<HashMap<String, Arc<(Graph, Layout)>>>> = Mutex::new(None);

/// What is marked in a drawing; by pointer.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Steps with problems.
    pub errors: HashSet<String>,
    /// The step that is edited.
    pub selected: Option<String>,
    /// How steps differ from another version.
    pub diffs: HashMap<String, Diff>,
}

/// The graph of a definition. Its layout is kept by content hash (DECISIONS 22).
pub fn drawing(id: &str, title: &str, definition: &Value, content_hash: &str, marks: &Marks) -> GraphView {
    let placed = placed(definition, content_hash);
    let (graph, layout) = (&placed.0, &placed.1);
    let node = |p: &graph::PlacedNode| {
        let node = graph.nodes.get(p.node)?;
        let (small, label) = words(&node.kind, &node.title, &node.subtitle);
        Some(NodeView {
            x: p.x,
            y: p.y,
            w: p.w,
            h: p.h,
            kind: node_kind(node.kind),
            label,
            small,
            diff: marks.diffs.get(&node.id).copied().unwrap_or(Diff::Same),
            error: marks.errors.contains(&node.id),
            selected: marks.selected.as_deref() == Some(node.id.as_str()),
        })
    };
    let edge = |p: &graph::PlacedEdge| {
        let edge = graph.edges.get(p.edge)?;
        let label = edge.label.clone().unwrap_or_default();
        Some(EdgeView { points: p.points.clone(), label, label_place: p.label, dashed: edge.kind == EdgeKind::Catch, diff: Diff::Same })
    };
    let frame = |p: &graph::PlacedCluster| {
        let title = graph.clusters.get(p.cluster)?.title.clone();
        Some(FrameView { x: p.x, y: p.y, w: p.w, h: p.h, title })
    };
    GraphView {
        id: id.to_owned(),
        title: title.to_owned(),
        description: description(graph),
        origin: (0.0, 0.0),
        size: (layout.width, layout.height),
        frames: layout.clusters.iter().filter_map(frame).collect(),
        nodes: layout.nodes.iter().filter_map(node).collect(),
        edges: layout.edges.iter().filter_map(edge).collect(),
        steps: lines(definition),
        instead: None,
    }
}

/// Said in place of a drawing.
pub fn instead(id: &str, title: &str, why: impl Into<String>) -> GraphView {
    GraphView {
        id: id.to_owned(),
        title: title.to_owned(),
        description: String::new(),
        origin: (0.0, 0.0),
        size: (0.0, 0.0),
        frames: Vec::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
        steps: Vec::new(),
        instead: Some(why.into()),
    }
}

fn placed(definition: &Value, content_hash: &str) -> Arc<(Graph, Layout)> {
    let lock = || LAYOUTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().as_ref().and_then(|all| all.get(content_hash)).cloned() {
        return found;
    }
    let graph = graph::graph(definition);
    let layout = graph::layout(&graph, graph::Direction::Down);
    let made = Arc::new((graph, layout));
    let mut all = lock();
    let all = all.get_or_insert_default();
    if all.len() >= KEPT {
        all.clear();
    }
    all.insert(content_hash.to_owned(), Arc::clone(&made));
    made
}

fn description(graph: &Graph) -> String {
    let steps = graph.nodes.iter().filter(|n| !matches!(n.kind, Kind::Start | Kind::End)).count();
    let steps = crate::web::numbers::plural(u64::try_from(steps).unwrap_or(0), "step", "steps");
    format!("{steps} from start to end. The list below says the same in words.")
}

/// The small line of a node and its name.
fn words(kind: &Kind, title: &str, subtitle: &str) -> (String, String) {
    match kind {
        Kind::Start | Kind::End => (title.to_owned(), String::new()),
        Kind::Collapsed(task, inside) => (format!("{}, {inside} inside", kind_words(*task)), title.to_owned()),
        Kind::Task(task) if subtitle.is_empty() => (kind_words(*task).to_owned(), title.to_owned()),
        Kind::Task(_) => (subtitle.to_owned(), title.to_owned()),
    }
}

fn node_kind(kind: Kind) -> NodeKind {
    match kind {
        Kind::Start => NodeKind::Start,
        Kind::End => NodeKind::End,
        Kind::Task(task) | Kind::Collapsed(task, _) => task_kind(task),
    }
}

/// How a kind of step is drawn.
pub fn task_kind(kind: TaskKind) -> NodeKind {
    match kind {
        TaskKind::Set => NodeKind::Set,
        TaskKind::Switch => NodeKind::Switch,
        TaskKind::For => NodeKind::For,
        TaskKind::Raise => NodeKind::Raise,
        TaskKind::Try => NodeKind::Try,
        TaskKind::Wait => NodeKind::Wait,
        TaskKind::Run(_) => NodeKind::Run,
        TaskKind::Call(_) | TaskKind::Emit | TaskKind::Listen => NodeKind::Call,
        TaskKind::Do | TaskKind::Fork | TaskKind::Unknown => NodeKind::Step,
    }
}

/// The kind of a step as people read it.
pub fn kind_words(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Do => "Group of steps",
        TaskKind::Set => "Set data",
        TaskKind::Switch => "Switch",
        TaskKind::For => "For each",
        TaskKind::Raise => "Raise an error",
        TaskKind::Try => "Try and catch",
        TaskKind::Wait => "Wait",
        TaskKind::Run(tasks::RunKind::Workflow) => "Run another flow",
        TaskKind::Call(tasks::CallKind::Http) => "HTTP call",
        TaskKind::Fork => "Branches side by side",
        TaskKind::Emit => "Send an event",
        TaskKind::Listen => "Wait for events",
        TaskKind::Unknown => "Unknown kind",
        other => other.label(),
    }
}

/// The icon of a step whose kind is known by its word alone, as journals keep it: `set`, `call http`.
pub fn icon_of(word: &str) -> &'static str {
    let kind = match word.split(' ').next().unwrap_or_default() {
        "set" => NodeKind::Set,
        "switch" => NodeKind::Switch,
        "for" => NodeKind::For,
        "raise" => NodeKind::Raise,
        "try" => NodeKind::Try,
        "wait" => NodeKind::Wait,
        "run" => NodeKind::Run,
        "call" | "emit" | "listen" => NodeKind::Call,
        _ => NodeKind::Step,
    };
    kind.icon()
}

fn lines(definition: &Value) -> Vec<StepLine> {
    let mut all = Vec::new();
    tasks::walk(definition, &mut |task, depth| {
        all.push(StepLine { depth: u8::try_from(depth).unwrap_or(u8::MAX), name: task.name.to_owned(), says: kind_words(task.kind).to_lowercase() });
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_are_drawn_and_told() {
        let definition = json!({"do": [{"greet": {"set": {"a": 1}}}, {"rest": {"wait": "PT1S"}}]});
        let marks = Marks { errors: HashSet::from(["/do/1/rest".to_owned()]), selected: Some("/do/0/greet".into()), ..Marks::default() };
        let view = drawing("g", "A flow", &definition, "hash-of-a-flow", &marks);
        assert_eq!(view.nodes.iter().filter(|n| n.error).map(|n| n.label.as_str()).collect::<Vec<_>>(), ["rest"]);
        assert_eq!(view.nodes.iter().filter(|n| n.selected).map(|n| n.label.as_str()).collect::<Vec<_>>(), ["greet"]);
        assert_eq!(view.steps.iter().map(|s| s.says.as_str()).collect::<Vec<_>>(), ["set data", "wait"]);
        assert!(view.description.starts_with("2 steps"));
    }
}
