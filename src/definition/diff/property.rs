//! For random pairs of documents, applying the reported changes to one gives the other.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use super::{Content, apply, diff};
use crate::definition::canonical;

/// How often each property is tried.
fn cases() -> u32 {
    if std::env::var_os("SIGNALBOX_FULL").is_some() { 20_000 } else { 256 }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[a-h]", 1 => Just("x/y~z".to_owned()), 1 => Just("do".to_owned()), 1 => Just("0".to_owned())]
}

fn small() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (-2..3i32).prop_map(Value::from),
        "[a-c]".prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(-0.0)),
        Just(json!(0.0)),
        Just(json!({})),
        Just(json!([])),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn switch() -> impl Strategy<Value = Value> {
    let case = (name(), prop::option::of("[.][a-c]"), prop::option::of(prop_oneof![name(), Just("end".to_owned())]));
    prop::collection::vec(case, 1..5).prop_map(|cases| {
        let item = |(name, when, then): (String, Option<String>, Option<String>)| {
            let mut case = Map::new();
            when.map(|when| case.insert("when".into(), when.into()));
            then.map(|then| case.insert("then".into(), then.into()));
            json!({name: case})
        };
        json!({"switch": cases.into_iter().map(item).collect::<Vec<_>>()})
    })
}

fn task() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        small().prop_map(|x| json!({"set": {"x": x}})),
        (0..3u8).prop_map(|n| json!({"wait": format!("PT{n}S")})),
        switch(),
        (small(), small()).prop_map(|(a, b)| json!({"call": "http", "with": {"method": "get", "body": a, "headers": b}})),
        prop::collection::vec("[a-c]", 0..4).prop_map(|items| json!({"call": "http", "with": {"list": items}})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let list = || prop::collection::vec((name(), inner.clone()), 0..4).prop_map(list);
        prop_oneof![
            list().prop_map(|l| json!({"do": l})),
            list().prop_map(|l| json!({"for": {"in": ".x"}, "do": l})),
            (list(), prop::option::of(list()), prop::option::of(small())).prop_map(|(l, handler, errors)| {
                let mut catch = Map::new();
                errors.map(|e| catch.insert("errors".into(), e));
                handler.map(|h| catch.insert("do".into(), h));
                json!({"try": l, "catch": catch})
            }),
            list().prop_map(|l| json!({"fork": {"branches": l}})),
            (list(), small()).prop_map(|(l, to)| json!({"listen": {"to": to}, "foreach": {"do": l}})),
        ]
    })
}

fn list(entries: Vec<(String, Value)>) -> Value {
    entries.into_iter().map(|(name, task)| json!({name: task})).collect()
}

fn document() -> impl Strategy<Value = Value> {
    let steps = prop::collection::vec((name(), task()), 0..7).prop_map(list);
    (steps, prop::option::of(small()), prop::option::of(small()), "[a-b]").prop_map(|(steps, input, extra, title)| {
        let mut document = json!({"document": {"dsl": "1.0.3", "title": title}, "do": steps});
        if let Some(input) = input {
            document["input"] = json!({"schema": {"document": input}});
        }
        if let Some(extra) = extra {
            document["use"] = json!({"secrets": extra});
        }
        document
    })
}

/// What somebody does to a document.
#[derive(Debug, Clone)]
enum Edit {
    Add(Index, Index, String, Value),
    Remove(Index),
    Move(Index, Index, Index),
    Rename(Index, String),
    Become(Index, Value),
    Wrap(Index, String, u8),
    Unwrap(Index),
    Put(Index, &'static str, Value),
    Drop(Index, Index),
    Around(&'static str, Option<Value>),
    Junk(Index, Index, Value),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), at(), name(), task()).prop_map(|(l, i, n, t)| Edit::Add(l, i, n, t)),
        at().prop_map(Edit::Remove),
        (at(), at(), at()).prop_map(|(s, l, i)| Edit::Move(s, l, i)),
        (at(), name()).prop_map(|(s, n)| Edit::Rename(s, n)),
        (at(), task()).prop_map(|(s, t)| Edit::Become(s, t)),
        (at(), name(), 0..4u8).prop_map(|(s, n, k)| Edit::Wrap(s, n, k)),
        at().prop_map(Edit::Unwrap),
        (at(), prop::sample::select(vec!["if", "then", "input", "metadata", "catch", "do", "set"]), small())
            .prop_map(|(s, k, v)| Edit::Put(s, k, v)),
        (at(), at()).prop_map(|(s, k)| Edit::Drop(s, k)),
        (prop::sample::select(vec!["input", "use", "schedule", "settings", "x-mine", "do"]), prop::option::of(small()))
            .prop_map(|(k, v)| Edit::Around(k, v)),
        (at(), at(), small()).prop_map(|(l, i, v)| Edit::Junk(l, i, v)),
    ]
}

/// Pointers of all lists of steps, and of all their items.
fn places(document: &Value) -> (Vec<String>, Vec<String>) {
    fn look(list: &Value, pointer: String, lists: &mut Vec<String>, items: &mut Vec<String>) {
        lists.push(pointer.clone());
        for task in crate::definition::tasks::task_list(list, &pointer) {
            items.push(format!("{pointer}/{}", task.index));
            for inside in crate::definition::tasks::child_lists(&task) {
                look(inside.value, inside.pointer, lists, items);
            }
        }
    }
    let (mut lists, mut items) = (Vec::new(), Vec::new());
    if let Some(list) = document.get("do").filter(|list| list.is_array()) {
        look(list, "/do".to_owned(), &mut lists, &mut items);
    }
    (lists, items)
}

fn take(document: &mut Value, item: &str) -> Option<Value> {
    let (list, index) = item.rsplit_once('/')?;
    let items = document.pointer_mut(list)?.as_array_mut()?;
    let index: usize = index.parse().ok()?;
    (index < items.len()).then(|| items.remove(index))
}

fn put(document: &mut Value, list: &str, at: &Index, item: Value) {
    if let Some(items) = document.pointer_mut(list).and_then(Value::as_array_mut) {
        items.insert(at.index(items.len() + 1), item);
    }
}

fn one<'a>(of: &'a [String], index: &Index) -> Option<&'a String> {
    (!of.is_empty()).then(|| &of[index.index(of.len())])
}

fn carry_out(document: &mut Value, edit: &Edit) -> Option<()> {
    let (lists, items) = places(document);
    match edit {
        Edit::Add(list, at, name, task) => put(document, one(&lists, list)?, at, json!({name: task})),
        Edit::Junk(list, at, value) => put(document, one(&lists, list)?, at, value.clone()),
        Edit::Remove(item) => drop(take(document, one(&items, item)?)),
        Edit::Move(item, list, at) => {
            let item = take(document, one(&items, item)?)?;
            let (lists, _) = places(document);
            put(document, one(&lists, list)?, at, item);
        }
        Edit::Rename(item, name) => {
            let item = document.pointer_mut(one(&items, item)?)?;
            let task = item.as_object()?.values().next()?.clone();
            *item = json!({name: task});
        }
        Edit::Become(item, task) => *document.pointer_mut(one(&items, item)?)?.as_object_mut()?.values_mut().next()? = task.clone(),
        Edit::Wrap(item, name, how) => {
            let item = document.pointer_mut(one(&items, item)?)?;
            let inner = item.take();
            *item = json!({name: match how {
                0 => json!({"do": [inner]}),
                1 => json!({"for": {"in": ".x"}, "do": [inner]}),
                2 => json!({"try": [inner], "catch": {}}),
                _ => json!({"try": [], "catch": {"do": [inner]}}),
            }});
        }
        Edit::Unwrap(item) => {
            let item = one(&items, item)?.clone();
            let (inside, _) = places(document);
            let inside = inside.into_iter().find(|list| list.starts_with(&format!("{item}/")))?;
            let inner = document.pointer(&inside)?.as_array()?.clone();
            let (list, index) = item.rsplit_once('/')?;
            let index: usize = index.parse().ok()?;
            document.pointer_mut(list)?.as_array_mut()?.splice(index..=index, inner);
        }
        Edit::Put(item, key, value) => {
            let task = document.pointer_mut(one(&items, item)?)?.as_object_mut()?.values_mut().next()?.as_object_mut()?;
            task.insert((*key).to_owned(), value.clone());
        }
        Edit::Drop(item, key) => {
            let task = document.pointer_mut(one(&items, item)?)?.as_object_mut()?.values_mut().next()?.as_object_mut()?;
            let keys: Vec<String> = task.keys().cloned().collect();
            task.shift_remove(one(&keys, key)?);
        }
        Edit::Around(key, Some(value)) => document[*key] = value.clone(),
        Edit::Around(key, None) => drop(document.as_object_mut()?.shift_remove(*key)),
    }
    Some(())
}

fn edited() -> impl Strategy<Value = (Value, Value)> {
    (document(), prop::collection::vec(edit(), 0..7)).prop_map(|(old, edits)| {
        let mut new = old.clone();
        for edit in &edits {
            carry_out(&mut new, edit);
        }
        (old, new)
    })
}

/// The changes between two documents make one of the other.
fn holds(old: &Value, new: &Value, before: &Value, after: &Value) -> Result<(), TestCaseError> {
    let (old, new) = (Content { definition: old, settings: before }, Content { definition: new, settings: after });
    let changes = diff(old, new);
    let same = canonical(old.definition) == canonical(new.definition) && canonical(before) == canonical(after);
    prop_assert_eq!(changes.is_empty(), same, "{:?}", changes);
    let said = || changes.iter().map(|c| format!("{:?} {:?} {} {:?}", c.kind, c.subject, c.pointer, c.old_pointer)).collect::<Vec<_>>();
    let (definition, settings) = apply(old, &changes).map_err(|e| TestCaseError::fail(format!("{e} {:?}", said())))?;
    prop_assert_eq!(canonical(&definition), canonical(new.definition), "{:?}", said());
    prop_assert_eq!(canonical(&settings), canonical(after), "{:?}", said());
    prop_assert!(diff(new, new).is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_the_changes_to_an_edited_document_gives_the_edited_one((old, new) in edited()) {
        holds(&old, &new, &json!({}), &json!({}))?;
        holds(&new, &old, &json!({}), &json!({}))?;
    }

    #[test]
    fn applying_the_changes_between_unrelated_documents_gives_the_other(old in document(), new in document(), a in small(), b in small()) {
        holds(&old, &new, &json!({"schedules": a}), &json!({"schedules": b}))?;
        holds(&a, &new, &a, &b)?;
    }

    /// A step that is taken from one list to another is one change.
    #[test]
    fn a_move_across_lists_is_recognised(old in document(), from in any::<Index>(), to in any::<Index>(), at in any::<Index>()) {
        let mut old = old;
        put(&mut old, "/do", &from, json!({"only one": {"set": {"unlike": "any other"}}}));
        put(&mut old, "/do", &to, json!({"scope": {"do": [{"inner": {"wait": "PT9S"}}]}}));
        let mut new = old.clone();
        let (_, items) = places(&new);
        let item = items.iter().find(|i| new.pointer(i).is_some_and(|v| v.get("only one").is_some())).expect("it was put in");
        let step = take(&mut new, &item.clone()).expect("it is there");
        let (lists, _) = places(&new);
        let inner: Vec<String> = lists.into_iter().filter(|list| list != "/do").collect();
        put(&mut new, one(&inner, &to).expect("the scope"), &at, step);
        let none = json!({});
        let changes = diff(Content { definition: &old, settings: &none }, Content { definition: &new, settings: &none });
        let told: Vec<&str> = changes.iter().map(|c| c.what.as_str()).collect();
        prop_assert_eq!(told.len(), 1, "{:?}", told);
        prop_assert!(told[0].starts_with("Step \"only one\" moved"), "{:?}", told);
    }
}
