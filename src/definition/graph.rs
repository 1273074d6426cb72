//! The drawing of a definition: nodes, edges and their places. No HTML.
use serde_json::Value;
use super::tasks::TaskKind;
/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind { /// start
    Start, /// end
    End, /// a task
    Task(TaskKind), /// a scope drawn as one node, with the number of tasks inside
    Collapsed(TaskKind, usize) }
/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node { /// "start", "end" or the task's pointer
    pub id: String, /// what
    pub kind: NodeKind, /// task name
    pub title: String, /// host of a call, duration...
    pub subtitle: String, /// id of the cluster it stands in
    pub cluster: Option<String> }
/// How an edge is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind { /// normal flow
    Flow, /// a switch case
    Case, /// back to the loop's head
    Back, /// an error caught; dashed
    Catch }
/// An edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge { /// node id
    pub from: String, /// node id
    pub to: String, /// label
    pub label: Option<String>, /// kind
    pub kind: EdgeKind }
/// A scope drawn as a frame around its nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster { /// pointer of the task (or list)
    pub id: String, /// title
    pub title: String, /// cluster around
    pub parent: Option<String> }
/// Nodes, edges and scopes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph { /// nodes
    pub nodes: Vec<Node>, /// edges
    pub edges: Vec<Edge>, /// scopes
    pub clusters: Vec<Cluster> }
/// Which way the flow runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction { /// down
    Down, /// right
    Right }
/// A placed node; x,y is the top left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedNode { /// index into Graph::nodes
    pub node: usize, /// left
    pub x: f64, /// top
    pub y: f64, /// width
    pub w: f64, /// height
    pub h: f64 }
/// A placed edge.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedEdge { /// index into Graph::edges
    pub edge: usize, /// polyline
    pub points: Vec<(f64, f64)>, /// centre of the label
    pub label: Option<(f64, f64)> }
/// A placed cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedCluster { /// index into Graph::clusters
    pub cluster: usize, /// left
    pub x: f64, /// top
    pub y: f64, /// width
    pub w: f64, /// height
    pub h: f64 }
/// Positions, in pixels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout { /// width
    pub width: f64, /// height
    pub height: f64, /// nodes
    pub nodes: Vec<PlacedNode>, /// edges
    pub edges: Vec<PlacedEdge>, /// clusters
    pub clusters: Vec<PlacedCluster> }
/// The graph of a definition; scopes are collapsed when it has more than 200 nodes (DECISIONS 22).
pub fn graph(_definition: &Value) -> Graph { unimplemented!() }
/// Places nodes and edges.
pub fn layout(_graph: &Graph, _direction: Direction) -> Layout { unimplemented!() }
