use proptest::prelude::*;
use serde_json::json;

use super::*;

const TEXT: &str = "\
# Pets, by the shop.
document: # who
  dsl: '1.0.3'
  namespace: shop
  name: pets # short
  version: '1.0.0'

# What happens.
do:
  # First look.
  - look:
      call: http
      with:
        method: get # safe
        endpoint: https://pets.example/{id}
      then: decide

  # Then choose.
  - decide:
      switch:
        - red: { when: .color == \"red\", then: paint } # hot
        - other:
            then: look
  - paint:
      set:
        text: |
          several
          lines
        # kept
        n: 1
";

fn d() -> Definition {
    Definition::parse(TEXT).unwrap()
}

/// The text read back equals the value with the edit made in memory; unchanged lines stay.
fn applied(edited: &Edited) -> Value {
    Definition::parse(&edited.text).unwrap_or_else(|e| panic!("{e:?}\n{}", edited.text)).value().clone()
}

fn changed_lines(edited: &Edited) -> Vec<String> {
    let old: Vec<&str> = TEXT.lines().collect();
    edited.text.lines().filter(|l| !old.contains(l)).map(str::to_owned).collect()
}

#[test]
fn a_scalar_is_replaced_in_its_line() {
    let edited = set(&d(), "/document/name", json!("yes")).unwrap();
    assert_eq!(changed_lines(&edited), ["  name: yes # short"]);
    assert!(!edited.comments_lost);
    let edited = set(&d(), "/document/name", json!("on: it")).unwrap();
    assert_eq!(changed_lines(&edited), ["  name: 'on: it' # short"]);
    let edited = set(&d(), "/do/1/decide/switch/0/red/then", json!("end")).unwrap();
    assert_eq!(changed_lines(&edited), ["        - red: { when: .color == \"red\", then: end } # hot"]);
    assert!(!edited.comments_lost);
    let edited = set(&d(), "/document/version", json!("2.0.0")).unwrap();
    assert_eq!(changed_lines(&edited), ["  version: 2.0.0"]);
}

#[test]
fn a_task_is_merged_key_by_key() {
    let task = json!({"call": "http", "with": {"method": "post", "endpoint": "https://pets.example/{id}", "body": {"a": [1, "${ .x }"]}}, "then": "decide"});
    let edited = set(&d(), "/do/0/look", task.clone()).unwrap();
    assert_eq!(applied(&edited)["do"][0]["look"], task);
    assert_eq!(
        changed_lines(&edited),
        ["        method: post # safe", "        body:", "          a:", "            - 1", "            - ${ .x }"]
    );
    assert!(!edited.comments_lost);
}

#[test]
fn keys_are_added_and_removed() {
    let edited = set(&d(), "/do/2/paint/if", json!(".ready")).unwrap();
    assert_eq!(changed_lines(&edited), ["      if: .ready"]);
    assert!(!edited.comments_lost);
    let edited = set(&d(), "/timeout", json!({"after": "PT1H"})).unwrap();
    assert!(edited.text.ends_with("        n: 1\ntimeout:\n  after: PT1H\n"), "{}", edited.text);
    let edited = remove(&d(), "/do/0/look/then").unwrap();
    assert_eq!(edited.text, TEXT.replace("      then: decide\n", ""));
    let edited = remove(&d(), "/do/2/paint/set/n").unwrap();
    assert!(edited.comments_lost);
    assert_eq!(applied(&edited)["do"][2]["paint"]["set"], json!({"text": "several\nlines\n"}));
    let edited = set(&d(), "/do/2/paint/set/text", json!("one\ntwo")).unwrap();
    assert!(edited.text.contains("text: |-\n          one\n          two\n        # kept"), "{}", edited.text);
}

#[test]
fn tasks_are_inserted_removed_renamed_and_moved() {
    let task = json!({"wait": {"seconds": 5}});
    for index in 0..=3 {
        let edited = insert_task(&d(), "/do", index, "pause", task.clone()).unwrap();
        assert_eq!(changed_lines(&edited), ["  - pause:", "      wait:", "        seconds: 5"], "{}", edited.text);
        assert!(!edited.comments_lost);
        assert_eq!(applied(&edited)["do"][index]["pause"], task);
    }
    let edited = remove(&d(), "/do/1/decide").unwrap();
    assert!(edited.comments_lost);
    assert!(!edited.text.contains("Then choose") && edited.text.contains("First look"), "{}", edited.text);
    let edited = remove(&d(), "/do/2/paint").unwrap();
    assert!(edited.comments_lost);
    let edited = rename_task(&d(), "/do/0/look", "see").unwrap();
    assert_eq!(edited.text, TEXT.replace("- look:", "- see:").replace("then: look", "then: see"));
    let edited = rename_task(&d(), "/do/2/paint", "the brush").unwrap();
    assert_eq!(edited.text, TEXT.replace("- paint:", "- the brush:").replace("then: paint", "then: the brush"));
    let edited = move_task(&d(), "/do/1/decide", Direction::Up).unwrap();
    assert!(!edited.comments_lost);
    let names: Vec<String> = tasks::root(&applied(&edited)).iter().map(|t| t.name.to_owned()).collect();
    assert_eq!(names, ["decide", "look", "paint"]);
    assert!(edited.text.contains("  # Then choose.\n  - decide:"), "{}", edited.text);
    assert_eq!(move_task(&Definition::parse(&edited.text).unwrap(), "/do/0/decide", Direction::Down).unwrap().text, TEXT);
}

#[test]
fn what_cannot_be_done_is_said() {
    assert!(set(&d(), "/do/9/x", json!(1)).is_err());
    assert!(remove(&d(), "").is_err());
    assert!(remove(&d(), "/nope").is_err());
    assert!(insert_task(&d(), "/do", 9, "a", json!({})).is_err());
    assert!(insert_task(&d(), "/document", 0, "a", json!({})).is_err());
    assert!(insert_task(&d(), "/do", 0, "look", json!({})).is_err());
    assert!(rename_task(&d(), "/do/0/look", "paint").is_err());
    assert!(rename_task(&d(), "/do/0/look", "exit").is_err());
    assert!(rename_task(&d(), "/do/0/nope", "x").is_err());
    assert!(move_task(&d(), "/do/0/look", Direction::Up).is_err());
    assert!(move_task(&d(), "/do/2/paint", Direction::Down).is_err());
}

#[test]
fn json_stays_json() {
    let text = "{\"do\": [{\"a\": {\"set\": {\"x\": 1}}}]}";
    let d = Definition::parse(text).unwrap();
    let edited = set(&d, "/do/0/a/set/x", json!(2)).unwrap();
    assert_eq!(Definition::parse(&edited.text).unwrap().format(), Format::Json);
    assert_eq!(
        edited.text,
        "{\n  \"do\": [\n    {\n      \"a\": {\n        \"set\": {\n          \"x\": 2\n        }\n      }\n    }\n  ]\n}\n"
    );
}

#[test]
fn anchors_and_flow_documents_are_edited_rightly() {
    let text = "a: &x { k: 1 } # c\nb: *x\ndo: [ { s: { set: { y: 1 } } }, { t: { wait: PT1S } } ]\n";
    let d = Definition::parse(text).unwrap();
    for (pointer, value) in
        [("/b/k", json!(2)), ("/b", json!(3)), ("/a", json!([1])), ("/a/k", json!("z")), ("/do/0/s/set/z", json!({"q": []}))]
    {
        let mut expected = d.value().clone();
        memory::set(&mut expected, pointer, value.clone()).unwrap();
        assert_eq!(applied(&set(&d, pointer, value).unwrap()), expected, "{pointer}");
    }
    assert_eq!(tasks::root(&applied(&move_task(&d, "/do/0/s", Direction::Down).unwrap()))[0].name, "t");
    assert_eq!(tasks::root(&applied(&rename_task(&d, "/do/0/s", "a, b").unwrap()))[0].name, "a, b");
    assert_eq!(applied(&insert_task(&d, "/do", 1, "n", json!({"set": {}})).unwrap())["do"][1], json!({"n": {"set": {}}}));
}

#[test]
fn awkward_layouts_are_edited_rightly() {
    for text in [
        "do:\n- a: {set: {x: 1}}\n- b:\n    set:\n      y: 1", // no line end at the end
        "do:\r\n- a:\r\n    set: {x: 1} # c\r\n- b:\r\n    wait: PT1S\r\n",
        "do:\n-\n  a:\n    set: {x: 1}\n-   b:\n        wait: PT1S\n",
        "do:\n- ? a\n  : set: {x: 1}\n- b: {wait: PT1S}\n",
        "\"do\" : \n- 'a' :\n    set:\n      x: >-\n        folded\n        text\n\n- b: {wait: PT1S}\n",
        "--- # start\ndo:\n- a:\n    set:\n      x:\n# odd\n- b: {wait: PT1S}\n...\n",
        "\u{feff}do:\n- a:\n    set: {x: ü}\n- b:\n    set: |+\n      keep\n\n",
    ] {
        let d = Definition::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e:?}"));
        let same = |edited: Result<Edited, EditError>, expected: &dyn Fn(&mut Value)| {
            let mut value = d.value().clone();
            expected(&mut value);
            let edited = edited.unwrap();
            assert_eq!(applied(&edited), value, "{text:?}\n{}", edited.text);
        };
        same(set(&d, "/do/0/a/set", json!({"x": {"deep": [1]}, "z": "a\nb\n"})), &|v| {
            v["do"][0]["a"]["set"] = json!({"x": {"deep": [1]}, "z": "a\nb\n"})
        });
        same(set(&d, "/do/0/a/then", json!("b")), &|v| v["do"][0]["a"]["then"] = json!("b"));
        same(set(&d, "/do/1/b", json!({"wait": "PT9S"})), &|v| v["do"][1]["b"] = json!({"wait": "PT9S"}));
        same(insert_task(&d, "/do", 2, "c", json!({"set": {"k": "v"}})), &|v| {
            v["do"].as_array_mut().unwrap().push(json!({"c": {"set": {"k": "v"}}}))
        });
        same(insert_task(&d, "/do", 0, "c", json!({"set": {"k": "v"}})), &|v| {
            v["do"].as_array_mut().unwrap().insert(0, json!({"c": {"set": {"k": "v"}}}))
        });
        same(remove(&d, "/do/0/a"), &|v| drop(v["do"].as_array_mut().unwrap().remove(0)));
        same(remove(&d, "/do/1/b"), &|v| drop(v["do"].as_array_mut().unwrap().remove(1)));
        same(move_task(&d, "/do/0/a", Direction::Down), &|v| v["do"].as_array_mut().unwrap().swap(0, 1));
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        "[ -~]{0,12}",
        "[a-z#:\\- \n\t'\"{}\\[\\],&*!|>%@`é🙂\u{2028}\r]{0,10}",
        Just("yes".to_owned()),
        Just("1.0".to_owned()),
        Just("null".to_owned()),
        Just("- x".to_owned()),
        Just("a: b".to_owned()),
        Just("${ .a }".to_owned()),
        Just("line\nline\n".to_owned()),
        Just("<<".to_owned()),
        Just("---".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1000.0..1000.0).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4).prop_map(|e| Value::Object(e.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// After an edit, the text says what the edit in memory says, and comments elsewhere stay or are reported.
    #[test]
    fn an_edit_of_the_text_equals_the_edit_in_memory(choice in 0usize..200, new in value(), name in text()) {
        let d = d();
        let mut pointers = Vec::new();
        all(d.value(), String::new(), &mut pointers);
        let at = &pointers[choice % pointers.len()];
        let mut expected = d.value().clone();
        let whole = at.is_empty();
        if !whole {
            memory::set(&mut expected, at, new.clone()).unwrap();
            let edited = set(&d, at, new.clone()).unwrap();
            prop_assert_eq!(applied(&edited), expected);
            prop_assert!(edited.comments_lost || edited.text.contains("# Pets, by the shop."));
        }
        let key = join(at, &name);
        let mut expected = d.value().clone();
        if d.value().pointer(at).is_some_and(Value::is_object) {
            memory::set(&mut expected, &key, new.clone()).unwrap();
            prop_assert_eq!(applied(&set(&d, &key, new.clone()).unwrap()), expected);
        }
        let mut expected = d.value().clone();
        if !whole && memory::remove(&mut expected, at).is_ok() {
            prop_assert_eq!(applied(&remove(&d, at).unwrap()), expected);
        }
        if let Ok(edited) = insert_task(&d, "/do", choice % 4, &name, new.clone()) {
            prop_assert_eq!(&applied(&edited)["do"][choice % 4][&name], &new);
        }
        if let Ok(edited) = rename_task(&d, "/do/0/look", &name) {
            prop_assert!(applied(&edited)["do"][0].get(&name).is_some());
            prop_assert!(!edited.comments_lost);
        }
    }

    /// Whatever is written is read back as it was.
    #[test]
    fn what_is_written_is_read_back(new in value()) {
        let value = json!({"k": new});
        prop_assert_eq!(parse::value(&emit::document(&value)).unwrap(), value.clone());
        prop_assert_eq!(parse::value(&format!("x: {}\n", emit::flow(&value))).unwrap(), json!({"x": value}));
    }
}

fn all(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| all(v, join(&at, k), out)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| all(v, join(&at, i), out)),
        _ => {}
    }
    out.push(at);
}
