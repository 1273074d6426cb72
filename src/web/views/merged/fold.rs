//! Stretches of steps without a difference, each as one node, so that a large graph can be drawn.

use std::collections::{HashMap, HashSet};

use super::super::graph::Marks;
use crate::definition::graph::{END, Edge, Graph, MAX_NODES, Node, NodeKind, START};
use crate::definition::tasks::TaskKind;
use crate::web::components::change::Diff;
use crate::web::components::graph::FOLDED;

/// Nodes that are looked over at one glance. A larger picture hides its few differences between what is the same.
const GLANCE: usize = 18;
/// Nodes that are worth folding: one box for two says less and saves nothing.
const STRETCH: usize = 3;

/// The graph with its long equal stretches folded if it is large; none when it is too large even so.
pub(super) fn fold(graph: Graph, marks: Marks) -> Option<(Graph, Marks)> {
    let differs = !marks.edges.is_empty() || marks.nodes.values().any(|d| *d != Diff::Same);
    if graph.nodes.len() <= if differs { GLANCE } else { MAX_NODES + 2 } {
        return Some((graph, marks));
    }
    let heads: HashSet<&str> = graph.clusters.iter().map(|c| c.id.as_str()).collect();
    let stays = |node: &Node| {
        let differs = marks.nodes.get(&node.id).is_some_and(|d| *d != Diff::Same);
        differs || node.id == START || node.id == END || heads.contains(node.id.as_str())
    };
    // For each node the one that stands for it.
    let mut into: HashMap<String, String> = HashMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut stretch: Vec<&Node> = Vec::new();
    let mut close = |stretch: &mut Vec<&Node>, nodes: &mut Vec<Node>| {
        if stretch.len() < STRETCH {
            for node in stretch.iter() {
                into.insert(node.id.clone(), node.id.clone());
                nodes.push((*node).clone());
            }
        } else if let Some(first) = stretch.first() {
            let id = format!("same:{}", first.id);
            for node in stretch.iter() {
                into.insert(node.id.clone(), id.clone());
            }
            nodes.push(Node {
                id,
                kind: NodeKind::Collapsed(TaskKind::Do, stretch.len()),
                title: format!("{} steps", stretch.len()),
                subtitle: FOLDED.to_owned(),
                conditional: false,
                cluster: first.cluster.clone(),
            });
        }
        stretch.clear();
    };
    for node in &graph.nodes {
        if stays(node) {
            close(&mut stretch, &mut nodes);
            stretch.push(node);
            close(&mut stretch, &mut nodes);
        } else {
            if stretch.first().is_some_and(|first| first.cluster != node.cluster) {
                close(&mut stretch, &mut nodes);
            }
            stretch.push(node);
        }
    }
    close(&mut stretch, &mut nodes);
    if nodes.len() > MAX_NODES + 2 {
        return None;
    }
    let mut edges: Vec<Edge> = Vec::new();
    let mut folded = Marks { nodes: marks.nodes, ..Marks::default() };
    let mut seen: HashSet<(String, String, Option<String>)> = HashSet::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        let (Some(from), Some(to)) = (into.get(&edge.from), into.get(&edge.to)) else { continue };
        if from == to || !seen.insert((from.clone(), to.clone(), edge.label.clone())) {
            continue;
        }
        if let Some(mark) = marks.edges.get(&index) {
            folded.edges.insert(edges.len(), *mark);
        }
        edges.push(Edge { from: from.clone(), to: to.clone(), ..edge.clone() });
    }
    Some((Graph { nodes, edges, clusters: graph.clusters }, folded))
}
