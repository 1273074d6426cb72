use serde_json::{Value, json};

use super::*;

fn edges(graph: &Graph) -> Vec<String> {
    let name = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    graph
        .edges
        .iter()
        .map(|e| {
            let label = e.label.as_ref().map(|l| format!(" [{l}]")).unwrap_or_default();
            format!("{} -> {}{label} {:?}", name(&e.from), name(&e.to), e.kind)
        })
        .collect()
}

fn tidy(graph: &Graph, layout: &Layout) {
    assert_eq!(layout.nodes.len(), graph.nodes.len());
    assert_eq!(layout.edges.len(), graph.edges.len());
    assert_eq!(layout.clusters.len(), graph.clusters.len());
    for n in &layout.nodes {
        assert!(n.x >= 0.0 && n.y >= 0.0 && n.x + n.w <= layout.width && n.y + n.h <= layout.height, "{n:?}");
    }
    assert!(layout.edges.iter().all(|e| e.points.len() >= 2));
}

#[test]
fn a_list_is_a_chain() {
    let graph = graph(&json!({"do": [{"a": {"set": {"x": 1}}}, {"b": {"wait": "PT5S", "if": ".x"}}]}));
    assert_eq!(edges(&graph), ["start -> a Flow", "a -> b Flow", "b -> end Flow"]);
    assert_eq!(graph.nodes[2].subtitle, "PT5S");
    assert!(graph.nodes[2].conditional);
    assert_eq!(graph.nodes[1].id, "/do/0/a");
}

#[test]
fn switch_cases_and_jumps_are_labelled() {
    let graph = graph(&json!({"do": [
        {"s": {"switch": [{"red": {"when": ".r", "then": "a"}}, {"blue": {"when": ".b", "then": "end"}}]}},
        {"a": {"set": {"x": 1}, "then": "c"}}, {"b": {"set": {"x": 1}, "then": "end"}}, {"c": {"raise": {"error": "e"}}}
    ]}));
    assert_eq!(
        edges(&graph),
        ["start -> s Flow", "s -> a [red] Case", "s -> end [blue] Case", "s -> a [otherwise] Case", "a -> c Flow", "b -> end Flow"]
    );
}

#[test]
fn scopes_are_frames_with_loops_and_catches() {
    let graph = graph(&json!({"do": [
        {"loop": {"for": {"each": "pet", "in": ".pets"}, "do": [{"one": {"set": {"x": 1}}}, {"two": {"set": {"x": 1}, "then": "exit"}}]}},
        {"safe": {"try": [{"get": {"call": "http", "with": {"method": "get", "endpoint": {"uri": "https://pets.example/v2/{id}"}}}}],
                  "catch": {"do": [{"fix": {"set": {"x": 1}}}], "then": "end"}}},
        {"split": {"fork": {"branches": [{"l": {"set": {"x": 1}}}, {"r": {"set": {"x": 1}}}]}}}
    ]}));
    assert_eq!(
        edges(&graph),
        [
            "start -> loop Flow",
            "loop -> one [each] Flow",
            "one -> two Flow",
            "two -> loop Back",
            "loop -> safe [done] Flow",
            "safe -> get Flow",
            "safe -> fix [error] Catch",
            "fix -> end Flow",
            "get -> split Flow",
            "split -> l Flow",
            "split -> r Flow",
            "l -> end Flow",
            "r -> end Flow"
        ]
    );
    let ids: Vec<&str> = graph.clusters.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["/do/0/loop", "/do/1/safe", "/do/1/safe/catch", "/do/2/split"]);
    let get = graph.nodes.iter().find(|n| n.title == "get").unwrap();
    assert_eq!((get.subtitle.as_str(), get.cluster.as_deref()), ("GET pets.example", Some("/do/1/safe")));
    for direction in [Direction::Down, Direction::Right] {
        let placed = layout(&graph, direction);
        tidy(&graph, &placed);
        assert_eq!(placed, layout(&graph, direction));
        // A frame holds its nodes.
        for (cluster, place) in graph.clusters.iter().zip(&placed.clusters) {
            for (node, at) in graph.nodes.iter().zip(&placed.nodes).filter(|(n, _)| n.cluster.as_ref() == Some(&cluster.id)) {
                let inside = at.x >= place.x && at.y >= place.y && at.x + at.w <= place.x + place.w && at.y + at.h <= place.y + place.h;
                assert!(inside, "{} in {}: {at:?} {place:?}", node.id, cluster.id);
            }
        }
    }
}

#[test]
fn an_empty_flow_leads_from_start_to_end() {
    for empty in [json!({}), json!({"do": []})] {
        let graph = graph(&empty);
        assert_eq!(edges(&graph), ["start -> end Flow"]);
        tidy(&graph, &layout(&graph, Direction::Down));
    }
}

fn many(lists: usize, each: usize) -> Value {
    let list = (0..lists).map(|i| {
        let inner: Vec<Value> = (0..each).map(|j| json!({format!("t{j}"): {"set": {"x": j}}})).collect();
        json!({format!("s{i}"): {"do": inner}})
    });
    json!({"do": list.collect::<Vec<_>>()})
}

#[test]
fn sixty_nodes_lay_out() {
    let graph = graph(&many(10, 5));
    assert_eq!(graph.nodes.len(), 62);
    let started = std::time::Instant::now();
    tidy(&graph, &layout(&graph, Direction::Down));
    eprintln!("60 nodes: {:?}", started.elapsed());
}

#[test]
fn large_definitions_collapse_and_stay_fast() {
    let definition = many(100, 49);
    let started = std::time::Instant::now();
    let graph = graph(&definition);
    assert_eq!(graph.nodes.len(), 102);
    assert_eq!(graph.nodes[1].kind, NodeKind::Collapsed(TaskKind::Do, 49));
    tidy(&graph, &layout(&graph, Direction::Down));
    eprintln!("5,000 tasks collapsed: {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 90);
    let scope = inside(&definition, "/do/7/s7").unwrap();
    assert_eq!(scope.nodes.len(), 52);
    assert!(inside(&definition, "/do/7/nope").is_none());

    let flat: Vec<Value> = (0..5_000).map(|i| json!({format!("t{i}"): {"set": {"x": 1}}})).collect();
    let started = std::time::Instant::now();
    let graph = super::graph(&json!({"do": flat}));
    let placed = layout(&graph, Direction::Down);
    tidy(&graph, &placed);
    eprintln!("5,000 tasks in one list: {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 90);
}

#[test]
fn the_largest_layered_graph_is_bearable() {
    let graph = graph(&many(28, 6));
    assert_eq!(graph.nodes.len(), 198);
    let started = std::time::Instant::now();
    tidy(&graph, &layout(&graph, Direction::Right));
    eprintln!("198 nodes: {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 90);
}
