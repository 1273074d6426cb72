use super::*;
use crate::definition::Severity;
use serde_json::json;

const TEXT: &str = "# an order
document:
  dsl: '1.0.3'
  namespace: t
  name: n
  version: '0.1.0'
do:
  - first: # the first
      set:
        a: 1
  - second:
      call: http
      with:
        method: get
        endpoint: https://example.com/
";

fn value(text: &str) -> Value {
    Definition::parse(text).unwrap().value().clone()
}

#[test]
fn values_are_set_with_what_is_missing_around_them_and_removed_with_what_is_left_empty() {
    let set =
        change(TEXT, "/do/0/first", &[("/input/from".into(), Some(json!("${ .x }"))), ("/timeout/after".into(), Some(json!("PT5S")))])
            .unwrap();
    assert_eq!(value(&set.text)["do"][0]["first"], json!({"set": {"a": 1}, "input": {"from": "${ .x }"}, "timeout": {"after": "PT5S"}}));
    assert!(set.text.contains("# the first") && !set.comments_lost);
    let back = change(&set.text, "/do/0/first", &[("/input/from".into(), None), ("/timeout/after".into(), None)]).unwrap();
    assert_eq!(value(&back.text), value(TEXT));
}

#[test]
fn what_makes_a_step_its_kind_stays() {
    let emptied = change(TEXT, "/do/1/second", &[("/with/method".into(), None), ("/with/endpoint".into(), None)]).unwrap();
    assert_eq!(value(&emptied.text)["do"][1]["second"], json!({"call": "http", "with": {}}));
}

#[test]
fn steps_are_renamed_moved_and_removed_and_the_person_stays_at_them() {
    let renamed = rename(TEXT, "/do/1/second", "ask/now").unwrap();
    assert_eq!(renamed.pointer, "/do/1/ask~1now");
    assert!(value(&renamed.text).pointer(&renamed.pointer).is_some());
    assert!(matches!(rename(TEXT, "/do/1/second", "first"), Err(Error::Invalid(_))));
    let moved = shift(TEXT, "/do/1/second", Direction::Up).unwrap();
    assert_eq!(moved.pointer, "/do/0/second");
    let removed = remove(TEXT, "/do/1/second").unwrap();
    assert_eq!(removed.pointer, "/do/0/first");
    assert_eq!(remove(&removed.text, "/do/0/first").unwrap().pointer, "");
}

#[test]
fn every_kind_of_new_step_is_valid_but_for_the_flow_it_would_run() {
    let mut text = TEXT.to_owned();
    for (kind, _) in KINDS {
        let added = add(&text, "/do/0/first", kind).unwrap();
        assert!(value(&added.text).pointer(&added.pointer).is_some(), "{kind}: {}", added.pointer);
        text = add(&added.text, "", kind).unwrap().text;
    }
    let definition = Definition::parse(&text).unwrap();
    let errors: Vec<_> = crate::definition::validate(&definition).into_iter().filter(|p| p.severity == Severity::Error).collect();
    assert_eq!(errors, []);
    assert!(text.starts_with("# an order"));
    assert!(add(TEXT, "", "nothing").is_err());
}

#[test]
fn an_unreadable_text_is_left_alone() {
    assert!(matches!(remove("do: [", "/do/0/x"), Err(Error::Refused(_))));
}
