//! The drawing of a definition: nodes, edges and frames, and where they go. No HTML, no SVG.
//!
//! Every task is a node whose id is its pointer. A task that holds other tasks is a node at the
//! head of a frame (cluster) around them. Above about 200 nodes, inner scopes are drawn as one node
//! each (DECISIONS 22); [`inside`] draws such a scope on its own.

mod build;
mod layout;
mod subtitle;

use serde::Serialize;
use serde_json::Value;

use super::tasks::{self, TaskKind};

pub use layout::{Direction, Layout, PlacedCluster, PlacedEdge, PlacedNode, layout};

/// Graphs with more nodes than this are drawn with scopes collapsed.
pub const MAX_NODES: usize = 200;

/// The id of the node where a flow begins.
pub const START: &str = "start";
/// The id of the node where a flow ends.
pub const END: &str = "end";

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Where the flow begins.
    Start,
    /// Where the flow ends.
    End,
    /// A task.
    Task(TaskKind),
    /// A task whose inner tasks are not drawn, with their number.
    Collapsed(TaskKind, usize),
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// [`START`], [`END`] or the task's pointer.
    pub id: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// The task's name.
    pub title: String,
    /// The detail worth seeing: a call's method and host, a wait's duration; may be empty.
    pub subtitle: String,
    /// Whether the task has an `if` and may be skipped.
    pub conditional: bool,
    /// The frame it stands in.
    pub cluster: Option<String>,
}

/// How an edge is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// The normal way on.
    Flow,
    /// A case of a switch, or a `then` that jumps.
    Case,
    /// Back to a loop's head.
    Back,
    /// An error that is caught; dashed.
    Catch,
}

/// An edge between two nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Id of the node it leaves.
    pub from: String,
    /// Id of the node it reaches.
    pub to: String,
    /// A case's name, "each", "done", "error".
    pub label: Option<String>,
    /// How it is drawn.
    pub kind: EdgeKind,
}

/// A frame around the tasks of a scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The pointer of the task, or of its `catch`.
    pub id: String,
    /// The task's name, or "catch".
    pub title: String,
    /// The frame around this one.
    pub parent: Option<String>,
}

/// Nodes, edges and frames, in document order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The edges.
    pub edges: Vec<Edge>,
    /// The frames, outer before inner.
    pub clusters: Vec<Cluster>,
}

/// The graph of a definition, with inner scopes collapsed where it would be too large.
pub fn graph(definition: &Value) -> Graph {
    build::whole(tasks::root(definition), open_depth(definition))
}

/// The graphs of two definitions, opened equally deep, so that the same steps are nodes in both.
pub fn both(a: &Value, b: &Value) -> (Graph, Graph) {
    let open = open_depth(a).min(open_depth(b));
    (build::whole(tasks::root(a), open), build::whole(tasks::root(b), open))
}

/// The graph of one scope: the task at `pointer` and what it holds; none if there is no such task.
pub fn inside(definition: &Value, pointer: &str) -> Option<Graph> {
    let mut found = None;
    tasks::walk(definition, &mut |task, depth| {
        if task.pointer == pointer {
            found = Some((task.clone(), depth));
        }
    });
    let (task, depth) = found?;
    let mut counts = Vec::new();
    tasks::walk(definition, &mut |inner, at| {
        if super::pointer::is_within(&inner.pointer, pointer) {
            count(&mut counts, at - depth);
        }
    });
    Some(build::whole(vec![task], deepest_that_fits(&counts).max(1)))
}

/// The depth of lists down to which tasks are drawn: as deep as fits.
fn open_depth(definition: &Value) -> usize {
    let mut counts = Vec::new();
    tasks::walk(definition, &mut |_, depth| count(&mut counts, depth));
    deepest_that_fits(&counts)
}

fn count(counts: &mut Vec<usize>, depth: usize) {
    if counts.len() <= depth {
        counts.resize(depth + 1, 0);
    }
    counts[depth] += 1;
}

fn deepest_that_fits(counts: &[usize]) -> usize {
    let mut sum = 0;
    counts
        .iter()
        .take_while(|n| {
            sum += **n;
            sum <= MAX_NODES
        })
        .count()
        .saturating_sub(1)
}

#[cfg(test)]
mod tests;
