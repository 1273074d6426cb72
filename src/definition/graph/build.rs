//! From tasks to nodes and edges: where each way out of a task leads.

use std::collections::HashMap;

use super::subtitle::subtitle;
use super::{Cluster, END, Edge, EdgeKind, Graph, Node, NodeKind, START};
use crate::definition::pointer::join;
use crate::definition::tasks::{self, Flow, ListRole, TaskKind, TaskRef};

/// A way out of a node that does not yet know where it leads.
#[derive(Clone)]
struct Way {
    from: String,
    label: Option<String>,
    kind: EdgeKind,
}

impl Way {
    fn of(from: &str) -> Way {
        Way { from: from.to_owned(), label: None, kind: EdgeKind::Flow }
    }

    fn labelled(from: &str, label: &str, kind: EdgeKind) -> Way {
        Way { from: from.to_owned(), label: Some(label.to_owned()), kind }
    }
}

/// The graph of a list, tasks deeper than `open` collapsed.
pub(super) fn whole(list: Vec<TaskRef<'_>>, open: usize) -> Graph {
    let mut builder = Builder { graph: Graph::default(), open };
    builder.graph.nodes.push(terminal(START, NodeKind::Start));
    let out = builder.list(list, vec![Way::of(START)], None, 0);
    builder.lead(out, END);
    builder.graph.nodes.push(terminal(END, NodeKind::End));
    builder.graph
}

fn terminal(id: &str, kind: NodeKind) -> Node {
    let title = if kind == NodeKind::Start { "Start" } else { "End" };
    Node { id: id.to_owned(), kind, title: title.to_owned(), subtitle: String::new(), conditional: false, cluster: None }
}

struct Builder {
    graph: Graph,
    open: usize,
}

impl Builder {
    /// Draws edges for all ways to one node.
    fn lead(&mut self, ways: Vec<Way>, to: &str) {
        for way in ways {
            let edge = Edge { from: way.from, to: to.to_owned(), label: way.label, kind: way.kind };
            // Two cases to one place with one name, say: drawn once.
            if !self.graph.edges.iter().rev().take(8).any(|e| *e == edge) {
                self.graph.edges.push(edge);
            }
        }
    }

    /// Tasks in order; returns the ways out of the list.
    fn list(&mut self, list: Vec<TaskRef<'_>>, entry: Vec<Way>, cluster: Option<&str>, depth: usize) -> Vec<Way> {
        let targets: HashMap<&str, String> = list.iter().map(|t| (t.name, t.pointer.clone())).collect();
        let mut pending = entry;
        let mut leaving = Vec::new();
        for task in &list {
            self.lead(std::mem::take(&mut pending), &task.pointer);
            let mut ways = Ways { next: &mut pending, leaving: &mut leaving, targets: &targets };
            self.task(task, cluster, depth, &mut ways);
        }
        pending.append(&mut leaving);
        pending
    }

    fn task(&mut self, task: &TaskRef<'_>, cluster: Option<&str>, depth: usize, ways: &mut Ways<'_>) {
        let lists = tasks::child_lists(task);
        let open = !lists.is_empty() && depth < self.open;
        let inner = lists.iter().map(|l| count(&tasks::task_list(l.value, &l.pointer))).sum();
        let kind = if lists.is_empty() || open { NodeKind::Task(task.kind) } else { NodeKind::Collapsed(task.kind, inner) };
        let own = open.then(|| task.pointer.clone());
        if open {
            let parent = cluster.map(str::to_owned);
            self.graph.clusters.push(Cluster { id: task.pointer.clone(), title: task.name.to_owned(), parent });
        }
        self.graph.nodes.push(Node {
            id: task.pointer.clone(),
            kind,
            title: task.name.to_owned(),
            subtitle: subtitle(task),
            conditional: task.value.get("if").is_some(),
            cluster: own.clone().or_else(|| cluster.map(str::to_owned)),
        });
        let then = Flow::then(task.value);
        if task.kind == TaskKind::Switch {
            self.switch(task, then, ways);
            return;
        }
        let done = if open { self.scope(task, lists, depth, ways) } else { self.outcome(task) };
        self.route(done, then, ways);
    }

    /// The way out of a task whose inside is not drawn; none after an error raised on purpose.
    fn outcome(&self, task: &TaskRef<'_>) -> Vec<Way> {
        if task.kind == TaskKind::Raise { Vec::new() } else { vec![Way::of(&task.pointer)] }
    }

    fn switch(&mut self, task: &TaskRef<'_>, then: Flow<'_>, ways: &mut Ways<'_>) {
        let cases = tasks::cases(task);
        for case in &cases {
            self.route(vec![Way::labelled(&task.pointer, case.name, EdgeKind::Case)], case.then, ways);
        }
        if cases.iter().all(|case| case.when.is_some()) {
            self.route(vec![Way::labelled(&task.pointer, "otherwise", EdgeKind::Case)], then, ways);
        }
    }

    /// The lists inside a task; returns the ways on from the task as a whole.
    fn scope(&mut self, task: &TaskRef<'_>, lists: Vec<tasks::ChildList<'_>>, depth: usize, ways: &mut Ways<'_>) -> Vec<Way> {
        let head = task.pointer.as_str();
        let mut done = Vec::new();
        let mut caught = task.kind == TaskKind::Try;
        for list in lists {
            let inner = tasks::task_list(list.value, &list.pointer);
            match list.role {
                ListRole::Do | ListRole::Try => {
                    done.append(&mut self.list(inner, vec![Way::of(head)], Some(head), depth + 1));
                }
                ListRole::For | ListRole::Foreach => {
                    let entry = vec![Way::labelled(head, "each", EdgeKind::Flow)];
                    let mut back = self.list(inner, entry, Some(head), depth + 1);
                    for way in &mut back {
                        way.kind = if way.from == head { EdgeKind::Flow } else { EdgeKind::Back };
                    }
                    back.retain(|way| way.from != head);
                    self.lead(back, head);
                    done.push(Way::labelled(head, "done", EdgeKind::Flow));
                }
                ListRole::Branches => {
                    for branch in inner {
                        done.append(&mut self.list(vec![branch], vec![Way::of(head)], Some(head), depth + 1));
                    }
                }
                ListRole::Catch => {
                    caught = false;
                    let frame = join(head, "catch");
                    let parent = Some(head.to_owned());
                    self.graph.clusters.push(Cluster { id: frame.clone(), title: "catch".to_owned(), parent });
                    let entry = vec![Way::labelled(head, "error", EdgeKind::Catch)];
                    let out = self.list(inner, entry, Some(&frame), depth + 1);
                    self.after_catch(task, out, &mut done, ways);
                }
            }
        }
        if caught {
            self.after_catch(task, vec![Way::labelled(head, "error", EdgeKind::Catch)], &mut done, ways);
        }
        done
    }

    /// `catch.then` overrides the task's own `then`.
    fn after_catch(&mut self, task: &TaskRef<'_>, out: Vec<Way>, done: &mut Vec<Way>, ways: &mut Ways<'_>) {
        match task.value.get("catch").filter(|c| c.get("then").is_some()) {
            Some(catch) => self.route(out, Flow::then(catch), ways),
            None => done.extend(out),
        }
    }

    fn route(&mut self, from: Vec<Way>, then: Flow<'_>, ways: &mut Ways<'_>) {
        match then {
            Flow::Continue => ways.next.extend(from),
            Flow::Exit => ways.leaving.extend(from),
            Flow::End => self.lead(from, END),
            Flow::Task(name) => {
                if let Some(target) = ways.targets.get(name).cloned() {
                    self.lead(from, &target);
                }
            }
        }
    }
}

/// Where the ways out of a task may lead in its list.
struct Ways<'a> {
    next: &'a mut Vec<Way>,
    leaving: &'a mut Vec<Way>,
    targets: &'a HashMap<&'a str, String>,
}

fn count(list: &[TaskRef<'_>]) -> usize {
    list.iter()
        .map(|task| {
            let inner = tasks::child_lists(task);
            1 + inner.iter().map(|l| count(&tasks::task_list(l.value, &l.pointer))).sum::<usize>()
        })
        .sum()
}
