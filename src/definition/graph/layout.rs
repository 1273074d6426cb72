//! Places for nodes, edges and frames: layered by dagre, or simply one below the other when there
//! are too many for it.

use std::collections::HashMap;

use dagre::graph::{Graph as Layered, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

use super::{Graph, Node, NodeKind};

/// Which way the flow runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Top to bottom.
    Down,
    /// Left to right.
    Right,
}

/// A placed node; `x` and `y` are its top left corner. Pixels throughout.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedNode {
    /// Index into [`Graph::nodes`].
    pub node: usize,
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A placed edge.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedEdge {
    /// Index into [`Graph::edges`].
    pub edge: usize,
    /// The line's points, from the border of one node to that of the other.
    pub points: Vec<(f64, f64)>,
    /// The centre of the label, when there is one.
    pub label: Option<(f64, f64)>,
}

/// A placed frame.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedCluster {
    /// Index into [`Graph::clusters`].
    pub cluster: usize,
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// Where everything goes; nothing lies outside `width` and `height`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// Width of the whole.
    pub width: f64,
    /// Height of the whole.
    pub height: f64,
    /// Places of the nodes, in the graph's order.
    pub nodes: Vec<PlacedNode>,
    /// Places of the edges, in the graph's order.
    pub edges: Vec<PlacedEdge>,
    /// Places of the frames, outer before inner.
    pub clusters: Vec<PlacedCluster>,
}

const MARGIN: f64 = 16.0;
/// Beyond this the layered layout takes too long for a page.
const MAX_LAYERED: usize = 260;

/// Places nodes, edges and frames. The same graph always gets the same places.
pub fn layout(graph: &Graph, direction: Direction) -> Layout {
    if graph.nodes.len() > MAX_LAYERED {
        return stacked(graph, direction);
    }
    // The layout crate is not ours: a panic in it must not take the page along.
    std::panic::catch_unwind(|| layered(graph, direction)).unwrap_or_else(|_| stacked(graph, direction))
}

/// Width and height of a node by its text.
fn size(node: &Node) -> (f64, f64) {
    if matches!(node.kind, NodeKind::Start | NodeKind::End) {
        return (104.0, 56.0);
    }
    let widest = (node.title.chars().count() as f64 * 8.0).max(node.subtitle.chars().count() as f64 * 6.8);
    ((widest + 48.0).clamp(128.0, 216.0), 56.0)
}

fn layered(graph: &Graph, direction: Direction) -> Layout {
    let mut layered: Layered<NodeLabel, EdgeLabel> =
        Layered::with_options(GraphOptions { directed: true, multigraph: true, compound: true });
    let clusters: HashMap<&str, String> = graph.clusters.iter().enumerate().map(|(i, c)| (c.id.as_str(), format!("c{i}"))).collect();
    let nodes: HashMap<&str, String> = graph.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), format!("n{i}"))).collect();
    for cluster in &graph.clusters {
        layered.set_node(clusters[cluster.id.as_str()].as_str(), Some(NodeLabel::default()));
    }
    for node in &graph.nodes {
        let (width, height) = size(node);
        layered.set_node(nodes[node.id.as_str()].as_str(), Some(NodeLabel { width, height, ..NodeLabel::default() }));
    }
    for cluster in &graph.clusters {
        let parent = cluster.parent.as_deref().and_then(|p| clusters.get(p));
        layered.set_parent(&clusters[cluster.id.as_str()], parent.map(String::as_str));
    }
    for node in &graph.nodes {
        let parent = node.cluster.as_deref().and_then(|p| clusters.get(p));
        layered.set_parent(&nodes[node.id.as_str()], parent.map(String::as_str));
    }
    for (index, edge) in graph.edges.iter().enumerate() {
        let (Some(from), Some(to)) = (nodes.get(edge.from.as_str()), nodes.get(edge.to.as_str())) else { continue };
        let mut label = EdgeLabel::default();
        if let Some(text) = &edge.label {
            label.width = text.chars().count() as f64 * 7.0 + 8.0;
            label.height = 16.0;
        }
        layered.set_edge(from.as_str(), to.as_str(), Some(label), Some(&format!("e{index}")));
    }
    let options = LayoutOptions {
        rankdir: if direction == Direction::Down { RankDir::TB } else { RankDir::LR },
        nodesep: 32.0,
        edgesep: 16.0,
        ranksep: 40.0,
        marginx: MARGIN,
        marginy: MARGIN,
        ..LayoutOptions::default()
    };
    dagre::layout(&mut layered, Some(options));
    let place = |label: Option<&NodeLabel>| {
        let label = label.cloned().unwrap_or_default();
        let (x, y) = (label.x.unwrap_or(0.0), label.y.unwrap_or(0.0));
        (x - label.width / 2.0, y - label.height / 2.0, label.width, label.height)
    };
    let mut out = Layout::default();
    for (node, n) in graph.nodes.iter().enumerate() {
        let (x, y, w, h) = place(layered.node(&nodes[n.id.as_str()]));
        out.nodes.push(PlacedNode { node, x, y, w, h });
    }
    for (cluster, c) in graph.clusters.iter().enumerate() {
        let (x, y, w, h) = place(layered.node(&clusters[c.id.as_str()]));
        out.clusters.push(PlacedCluster { cluster, x, y, w, h });
    }
    for (edge, e) in graph.edges.iter().enumerate() {
        let (Some(from), Some(to)) = (nodes.get(e.from.as_str()), nodes.get(e.to.as_str())) else { continue };
        let Some(label) = layered.edge(from, to, Some(&format!("e{edge}"))) else { continue };
        let points = label.points.iter().map(|p| (p.x, p.y)).collect();
        let centre = e.label.as_ref().and(label.x.zip(label.y));
        out.edges.push(PlacedEdge { edge, points, label: centre });
    }
    fit(out)
}

/// One node below (or beside) the other, in document order; edges between neighbours are straight,
/// the others run along the side. Linear in nodes and edges.
fn stacked(graph: &Graph, direction: Direction) -> Layout {
    const GAP: f64 = 32.0;
    const LANE: f64 = 24.0;
    let mut out = Layout::default();
    let down = direction == Direction::Down;
    let mut at = MARGIN;
    for (node, n) in graph.nodes.iter().enumerate() {
        let (w, h) = size(n);
        let (x, y) = if down { (MARGIN, at) } else { (at, MARGIN) };
        at += GAP + if down { h } else { w };
        out.nodes.push(PlacedNode { node, x, y, w, h });
    }
    let index: HashMap<&str, usize> = graph.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect();
    for (edge, e) in graph.edges.iter().enumerate() {
        let (Some(from), Some(to)) = (index.get(e.from.as_str()), index.get(e.to.as_str())) else { continue };
        let (a, b) = (&out.nodes[*from], &out.nodes[*to]);
        let points = match (down, *to == from + 1) {
            (true, true) => vec![(a.x + 64.0, a.y + a.h), (b.x + 64.0, b.y)],
            (false, true) => vec![(a.x + a.w, a.y + 22.0), (b.x, b.y + 22.0)],
            (true, false) => {
                let side = MARGIN + 296.0 + LANE + (edge % 5) as f64 * 8.0;
                vec![(a.x + a.w, a.y + a.h / 2.0), (side, a.y + a.h / 2.0), (side, b.y + b.h / 2.0), (b.x + b.w, b.y + b.h / 2.0)]
            }
            (false, false) => {
                let side = MARGIN + 56.0 + LANE + (edge % 5) as f64 * 8.0;
                vec![(a.x + a.w / 2.0, a.y + a.h), (a.x + a.w / 2.0, side), (b.x + b.w / 2.0, side), (b.x + b.w / 2.0, b.y + b.h)]
            }
        };
        let middle = points[points.len() / 2 - 1];
        let next = points[points.len() / 2];
        let label = e.label.as_ref().map(|_| ((middle.0 + next.0) / 2.0, (middle.1 + next.1) / 2.0));
        out.edges.push(PlacedEdge { edge, points, label });
    }
    for (cluster, c) in graph.clusters.iter().enumerate() {
        let members = graph.nodes.iter().zip(&out.nodes).filter(|(n, _)| crate::definition::pointer::is_within(&n.id, &c.id));
        let bounds = members.fold(None::<(f64, f64, f64, f64)>, |bounds, (_, p)| {
            let (l, t, r, b) = bounds.unwrap_or((p.x, p.y, p.x + p.w, p.y + p.h));
            Some((l.min(p.x), t.min(p.y), r.max(p.x + p.w), b.max(p.y + p.h)))
        });
        if let Some((l, t, r, b)) = bounds {
            out.clusters.push(PlacedCluster { cluster, x: l - 8.0, y: t - 8.0, w: r - l + 16.0, h: b - t + 16.0 });
        }
    }
    fit(out)
}

/// Width and height that hold everything.
fn fit(mut out: Layout) -> Layout {
    let mut grow = |x: f64, y: f64| {
        out.width = out.width.max(x + MARGIN);
        out.height = out.height.max(y + MARGIN);
    };
    out.nodes.iter().for_each(|n| grow(n.x + n.w, n.y + n.h));
    out.clusters.iter().for_each(|c| grow(c.x + c.w, c.y + c.h));
    out.edges.iter().flat_map(|e| &e.points).for_each(|(x, y)| grow(*x, *y));
    out
}
