use serde_json::json;

use super::*;
use crate::domain::environment::Configuration;
use crate::domain::release::{PackageEntry, PlanEntry};

fn flow_entry(id: &str, number: i64, hash: &str) -> FlowEntry {
    FlowEntry {
        id: id.into(),
        slug: id.into(),
        name: id.to_uppercase(),
        version: format!("{id}{number}"),
        number,
        revision: 0,
        hash: hash.into(),
        archived: false,
    }
}

fn environment_entry(variables: Value) -> EnvironmentEntry {
    EnvironmentEntry {
        id: "env".into(),
        slug: "production".into(),
        name: "Production".into(),
        kind: "production".into(),
        number: Some(1),
        configuration: serde_json::from_value::<Configuration>(json!({ "variables": variables })).unwrap(),
        approvals: 0,
        promotes_from: None,
        freezes: json!([]),
    }
}

fn said(found: &[Difference]) -> Vec<&str> {
    found.iter().map(|d| d.what.as_str()).collect()
}

#[test]
fn flows_come_go_and_change_with_the_sentences_of_their_own_comparison() {
    let step = |note: &str| (json!({"do": [{"a": {"set": {"note": note}}}]}), json!({}));
    let contents: Contents = [("one".to_owned(), step("x")), ("two".to_owned(), step("y"))].into_iter().collect();
    let from =
        Manifest { flows: vec![flow_entry("a", 1, "one"), flow_entry("b", 1, "one"), flow_entry("d", 4, "one")], ..Manifest::default() };
    let again = FlowEntry { revision: 1, ..flow_entry("d", 4, "one") };
    let to = Manifest { flows: vec![flow_entry("a", 2, "two"), flow_entry("c", 1, "one"), again], ..Manifest::default() };
    let found = compare(&from, &to, &contents);
    assert_eq!(
        said(&found),
        [
            "A goes from version 1 to 2.",
            "C is new, with version 1.",
            "D goes from version 4 to 4.1, with the same content.",
            "B is not there any more; it was version 1.",
        ]
    );
    assert_eq!((found[0].changes.len(), found[0].changes[0].kind), (1, ChangeKind::Changed));
    assert!(compare(&from, &from, &contents).is_empty());
}

#[test]
fn everything_else_is_said_too() {
    let component = |name: &str, revision: i64, hash: &str| ComponentEntry {
        id: "c".into(),
        kind: "lookup".into(),
        name: name.into(),
        revision,
        hash: hash.into(),
    };
    let package = |number: i64| PackageEntry { id: "p".into(), name: "Spring".into(), items: [("a".to_owned(), number)].into() };
    let plan = PlanEntry { id: "pl".into(), name: "Careful".into(), body: json!({}) };
    let from = Manifest {
        environments: vec![environment_entry(json!({"region": "eu"}))],
        components: vec![component("rates", 1, "x")],
        packages: vec![package(1)],
        ..Manifest::default()
    };
    let to = Manifest {
        environments: vec![EnvironmentEntry { approvals: 2, ..environment_entry(json!({"region": "us"})) }],
        components: vec![component("rates", 2, "y")],
        packages: vec![package(2)],
        plans: vec![plan],
        ..Manifest::default()
    };
    let found = compare(&from, &to, &Contents::new());
    assert_eq!(
        said(&found),
        [
            "The configuration of Production changed.",
            "The lookup rates goes from revision 1 to 2.",
            "Package “Spring” changed.",
            "Plan “Careful” is new.",
        ]
    );
    assert_eq!(found[0].replacements[0].sentence(), "Variable region is “us” instead of “eu”.");
    assert_eq!(found[0].more, ["It asks for 2 approvals instead of 0."]);
    let renamed = Manifest { components: vec![component("prices", 1, "x")], ..Manifest::default() };
    let before = Manifest { components: vec![component("rates", 1, "x")], ..Manifest::default() };
    assert_eq!(said(&compare(&before, &renamed, &Contents::new())), ["The lookup rates is called prices now."]);
}
