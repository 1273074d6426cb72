//! Graphs of definitions, ready to be drawn. Layouts are kept by content, because content never changes (DECISIONS 22).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;

use crate::definition::graph::{Direction, EdgeKind, Graph, Layout, NodeKind as Kind, graph, layout};
use crate::definition::tasks::{self, TaskKind};
use crate::web::components::change::Diff;
use crate::web::components::graph::{EdgeView, FrameView, GraphView, NodeKind, NodeView, StepLine};
use crate::web::numbers::plural;

/// Layouts kept at the most; the one that was made first goes first.
const KEPT: usize = 256;
/// Steps that the list below a graph names; the text of the definition has them all.
const LISTED: usize = 300;
/// Width that fits a page at its usual size, in pixels.
const WIDEST: f64 = 1200.0;

/// A graph with the places of its parts.
#[derive(Debug)]
pub struct Placed {
    /// Nodes, edges and frames.
    pub graph: Graph,
    /// Where they stand.
    pub layout: Layout,
}

#[derive(Default)]
struct Kept {
    by_key: HashMap<String, Arc<Placed>>,
    order: VecDeque<String>,
}

static PLACED: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

/// The layout under a key, or a new one, which is kept. The key names the content and everything else that `make`
/// depends on. Takes milliseconds for a large graph: call it off the event loop.
pub fn placed(key: &str, direction: Direction, make: impl FnOnce() -> Graph) -> Arc<Placed> {
    let key = format!("{key} {direction:?}");
    // A poisoned lock only means that a layout failed elsewhere; the map is whole.
    let lock = || PLACED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = lock().by_key.get(&key) {
        return Arc::clone(found);
    }
    let graph = make();
    let layout = layout(&graph, direction);
    let made = Arc::new(Placed { graph, layout });
    let mut kept = lock();
    if kept.by_key.insert(key.clone(), Arc::clone(&made)).is_none() {
        kept.order.push_back(key);
    }
    while kept.order.len() > KEPT {
        let oldest = kept.order.pop_front();
        oldest.and_then(|key| kept.by_key.remove(&key));
    }
    made
}

/// As [`placed`], to the right where that fits a page, else downward.
pub fn fitting(key: &str, make: impl Fn() -> Graph) -> Arc<Placed> {
    let right = placed(key, Direction::Right, &make);
    if right.layout.width <= WIDEST { right } else { placed(key, Direction::Down, make) }
}

/// What is marked in a graph.
#[derive(Debug, Default)]
pub struct Marks {
    /// Pointers of problems; the innermost step around each is marked.
    pub problems: Vec<String>,
    /// The step that is edited.
    pub selected: Option<String>,
    /// How nodes differ, by their id.
    pub nodes: HashMap<String, Diff>,
    /// How edges differ, by their index.
    pub edges: HashMap<usize, Diff>,
}

/// The graph of a definition as it stands. `hash` names its content; no direction: whichever fits.
pub fn view(id: &str, title: &str, definition: Option<&Value>, hash: &str, direction: Option<Direction>, marks: &Marks) -> GraphView {
    let Some(definition) = definition else { return unreadable(id, title) };
    let make = || told(graph(definition));
    let placed = direction.map_or_else(|| fitting(hash, make), |direction| placed(hash, direction, make));
    GraphView { steps: steps(definition, &placed.graph), ..draw(id, title, &placed, marks) }
}

/// With a second line in every step: what kind it is, where there is nothing more to say.
pub fn told(mut graph: Graph) -> Graph {
    for node in &mut graph.nodes {
        if let (Kind::Task(task), true) = (node.kind, node.subtitle.is_empty()) {
            task.label().clone_into(&mut node.subtitle);
        }
        if let Kind::Collapsed(_, inside) = node.kind {
            node.subtitle = plural(inside as u64, "step inside", "steps inside");
        }
    }
    graph
}

/// Said where there is nothing to draw.
fn unreadable(id: &str, title: &str) -> GraphView {
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
        instead: Some("The text cannot be read as a definition, so there is nothing to draw. The problems say where to begin.".to_owned()),
    }
}

/// The id of the innermost node around a pointer.
pub fn around<'a>(graph: &'a Graph, pointer: &str) -> Option<&'a str> {
    let within = |id: &str| pointer == id || pointer.strip_prefix(id).is_some_and(|rest| rest.starts_with('/'));
    graph.nodes.iter().map(|n| n.id.as_str()).filter(|id| within(id)).max_by_key(|id| id.len())
}

/// A placed graph as it is drawn, without the list of its steps.
pub fn draw(id: &str, title: &str, placed: &Placed, marks: &Marks) -> GraphView {
    let (graph, layout) = (&placed.graph, &placed.layout);
    let wrong: Vec<&str> = marks.problems.iter().filter_map(|p| around(graph, p)).collect();
    let nodes = layout.nodes.iter().filter_map(|place| {
        let node = graph.nodes.get(place.node)?;
        let (kind, label) = match node.kind {
            Kind::Start => (NodeKind::Start, "Start"),
            Kind::End => (NodeKind::End, "End"),
            Kind::Task(task) | Kind::Collapsed(task, _) => (picture(task), node.title.as_str()),
        };
        Some(NodeView {
            x: place.x,
            y: place.y,
            w: place.w,
            h: place.h,
            kind,
            label: if node.conditional { format!("{label}?") } else { label.to_owned() },
            small: node.subtitle.clone(),
            diff: marks.nodes.get(&node.id).copied().unwrap_or(Diff::Same),
            error: wrong.contains(&node.id.as_str()),
            selected: marks.selected.as_deref() == Some(&node.id),
        })
    });
    let edges = layout.edges.iter().filter_map(|place| {
        let edge = graph.edges.get(place.edge)?;
        Some(EdgeView {
            points: place.points.clone(),
            label: edge.label.clone().unwrap_or_default(),
            label_place: place.label,
            dashed: edge.kind == EdgeKind::Catch,
            diff: marks.edges.get(&place.edge).copied().unwrap_or(Diff::Same),
        })
    });
    let frames = layout.clusters.iter().filter_map(|place| {
        let title = graph.clusters.get(place.cluster)?.title.clone();
        Some(FrameView { x: place.x, y: place.y, w: place.w, h: place.h, title })
    });
    GraphView {
        id: id.to_owned(),
        title: title.to_owned(),
        description: description(graph),
        origin: (0.0, 0.0),
        size: (layout.width, layout.height),
        frames: frames.collect(),
        nodes: nodes.collect(),
        edges: edges.collect(),
        steps: Vec::new(),
        instead: None,
    }
}

/// "5 steps: receive, fetchPrice, total. 2 ways lead on from decide."
fn description(graph: &Graph) -> String {
    let names: Vec<&str> = graph.nodes.iter().filter(|n| !matches!(n.kind, Kind::Start | Kind::End)).map(|n| n.title.as_str()).collect();
    match names.len() {
        0 => "No steps.".to_owned(),
        n @ 1..=12 => format!("{}: {}.", plural(n as u64, "step", "steps"), names.join(", ")),
        n => format!("{}, from {} to {}. They are listed below the picture.", plural(n as u64, "step", "steps"), names[0], names[n - 1]),
    }
}

/// The picture of a kind of task.
pub const fn picture(kind: TaskKind) -> NodeKind {
    match kind {
        TaskKind::Call(_) => NodeKind::Call,
        TaskKind::Set => NodeKind::Set,
        TaskKind::Switch => NodeKind::Switch,
        TaskKind::For => NodeKind::For,
        TaskKind::Wait => NodeKind::Wait,
        TaskKind::Raise => NodeKind::Raise,
        TaskKind::Try => NodeKind::Try,
        TaskKind::Run(_) => NodeKind::Run,
        TaskKind::Do | TaskKind::Fork | TaskKind::Emit | TaskKind::Listen | TaskKind::Unknown => NodeKind::Step,
    }
}

/// The steps as text, for readers who do not see the picture.
pub fn steps(definition: &Value, graph: &Graph) -> Vec<StepLine> {
    let details: HashMap<&str, &str> = graph.nodes.iter().map(|n| (n.id.as_str(), n.subtitle.as_str())).collect();
    let mut lines = Vec::new();
    let mut left_out = 0u64;
    tasks::walk(definition, &mut |task, depth| {
        if lines.len() == LISTED {
            left_out += 1;
            return;
        }
        let detail = details.get(task.pointer.as_str()).copied().filter(|d| *d != task.kind.label()).unwrap_or_default();
        lines.push(StepLine { depth: u8::try_from(depth).unwrap_or(u8::MAX), name: task.name.to_owned(), says: says(task, detail) });
    });
    if left_out > 0 {
        lines.push(StepLine {
            depth: 0,
            name: format!("{} more", plural(left_out, "step", "steps")),
            says: "the definition has them all".to_owned(),
        });
    }
    lines
}

fn says(task: &tasks::TaskRef<'_>, detail: &str) -> String {
    match task.kind {
        TaskKind::Call(_) => format!("calls {detail}"),
        TaskKind::Set => format!("sets {detail}"),
        TaskKind::Switch => {
            let ways: Vec<String> = tasks::cases(task).iter().map(|case| case.name.to_owned()).collect();
            format!("goes one of {}: {}", plural(ways.len() as u64, "way", "ways"), ways.join(", "))
        }
        TaskKind::For => format!("for {detail}, runs the steps below it"),
        TaskKind::Wait => format!("waits {detail}"),
        TaskKind::Raise => format!("fails on purpose with {detail}"),
        TaskKind::Try => "runs the steps below it and catches what fails".to_owned(),
        TaskKind::Run(_) => format!("runs {detail}"),
        TaskKind::Do => "runs the steps below it".to_owned(),
        TaskKind::Fork => "runs the steps below it side by side".to_owned(),
        TaskKind::Emit => format!("sends the event {detail}"),
        TaskKind::Listen => "waits for events".to_owned(),
        TaskKind::Unknown => "does nothing that is known here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    const TEXT: &str = "document: {dsl: '1.0.1', namespace: t, name: n, version: '1.0.0'}\ndo:\n  - first:\n      set: {a: 1}\n  - guard:\n      try:\n        - inner:\n            wait: PT1S\n      catch: {}\n";

    #[test]
    fn a_graph_is_drawn_with_its_problems_and_listed() {
        let definition = Definition::parse(TEXT).unwrap();
        let marks = Marks { problems: vec!["/do/1/guard/try/0/inner/wait".into()], ..Marks::default() };
        let view = view("g", "Test", Some(definition.value()), "hash-of-test", Some(Direction::Right), &marks);
        let wrong: Vec<_> = view.nodes.iter().filter(|n| n.error).map(|n| n.label.as_str()).collect();
        assert_eq!(wrong, ["inner"]);
        assert_eq!(view.steps.iter().map(|s| (s.depth, s.name.as_str())).collect::<Vec<_>>(), [(0, "first"), (0, "guard"), (1, "inner")]);
        assert!(view.size.0 > 100.0 && view.instead.is_none());
        assert!(view.nodes.iter().all(|n| n.x >= 0.0 && n.y >= 0.0));
    }

    #[test]
    fn layouts_are_kept_and_bounded() {
        let made = std::cell::Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            Graph::default()
        };
        let first = placed("kept", Direction::Right, make);
        assert!(Arc::ptr_eq(&first, &placed("kept", Direction::Right, make)));
        assert_eq!(made.get(), 1);
        (0..KEPT * 2).for_each(|i| drop(placed(&format!("fill {i}"), Direction::Down, Graph::default)));
        assert!(PLACED.lock().unwrap().by_key.len() <= KEPT);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(view("g", "Test", None, "x", None, &Marks::default()).instead.is_some());
    }
}
