use super::*;
use serde_json::json;

/// What a browser sends for a form: every field as it stands.
fn sent(form: &StepForm) -> Vec<(String, String)> {
    let mut all = vec![("name".to_owned(), form.name.value.clone())];
    for part in form.parts.iter().chain(&form.common) {
        match part {
            Part::Field(f) => all.push((f.name.clone(), f.value.clone())),
            Part::Rows(r) => {
                r.rows.iter().for_each(|row| row.iter().enumerate().for_each(|(n, v)| all.push((format!("{}|{n}", r.at), v.clone()))))
            }
        }
    }
    all
}

fn form(kind: &str, step: &Value) -> StepForm {
    StepForm::new(
        StepSource { pointer: "/do/0/x", name: "x", kind, words: kind, icon: "box", step, list: &["y".to_owned()] },
        &FieldErrors::new(),
    )
}

#[test]
fn a_form_sent_back_untouched_changes_nothing() {
    for (kind, step) in [
        (
            "call",
            json!({"call": "http", "with": {"method": "GET", "endpoint": {"uri": "http://a.example"}, "headers": {"n": 1, "t": "2", "u": "v"}}, "if": "${ .a }"}),
        ),
        (
            "call",
            json!({"call": "http", "with": {"method": "post", "endpoint": "http://a.example", "headers": "${ .h }", "body": {"a": [1, true, null]}}}),
        ),
        ("set", json!({"set": {"a": 1, "b": "true", "c": "${ .x }", "d": {"e": []}, "f": null}})),
        ("set", json!({"set": "${ .x }"})),
        ("switch", json!({"switch": [{"first": {"when": ".a > 1", "then": "y"}}, {"rest": {"then": "end"}}]})),
        ("for", json!({"for": {"each": "o", "in": ".orders"}, "do": [{"z": {"set": {"a": 1}}}]})),
        ("raise", json!({"raise": {"error": {"type": "https://e.example", "status": 404}}})),
        ("raise", json!({"raise": {"error": "named"}})),
        ("try", json!({"try": [], "catch": {"retry": {"delay": {"seconds": 2}, "limit": {"attempt": {"count": 3}}}}})),
        ("wait", json!({"wait": {"seconds": 5}})),
        ("wait", json!({"wait": "PT5S", "then": "nowhere"})),
        ("run", json!({"run": {"workflow": {"namespace": "a", "name": "b", "version": "1.0.0", "input": {"x": 1}}}})),
        ("listen", json!({"listen": {"to": {}}})),
    ] {
        assert_eq!(edits(kind, &step, &sent(&form(kind, &step))).unwrap(), vec![], "{step}");
    }
}

#[test]
fn what_was_changed_comes_back_as_an_edit_at_its_place() {
    let step = json!({"call": "http", "with": {"method": "GET", "endpoint": "http://a.example"}});
    let mut fields = sent(&form("call", &step));
    for (name, value) in &mut fields {
        match name.as_str() {
            "/with/method" => *value = "POST".into(),
            "/with/body" => *value = "{\"a\": 1}".into(),
            "/timeout/after" => *value = "PT5S".into(),
            _ => {}
        }
    }
    let header = fields.iter().position(|(n, _)| n == "/with/headers|0").unwrap();
    fields[header].1 = "accept".into();
    fields[header + 1].1 = "text/plain".into();
    let mut found = edits("call", &step, &fields).unwrap();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        found,
        vec![
            ("/timeout/after".to_owned(), Some(json!("PT5S"))),
            ("/with/body".to_owned(), Some(json!({"a": 1}))),
            ("/with/headers".to_owned(), Some(json!({"accept": "text/plain"}))),
            ("/with/method".to_owned(), Some(json!("POST"))),
        ]
    );
}

#[test]
fn emptied_fields_are_removed_and_a_set_keeps_its_key() {
    let step = json!({"set": {"a": 1}, "if": "${ .x }"});
    let fields: Vec<_> =
        sent(&form("set", &step)).into_iter().map(|(n, v)| if n == "name" { (n, v) } else { (n, String::new()) }).collect();
    let found = edits("set", &step, &fields).unwrap();
    assert_eq!(found, vec![("/set".to_owned(), Some(json!({}))), ("/if".to_owned(), None)]);
}

#[test]
fn unknown_fields_and_doubled_rows_are_refused() {
    let step = json!({"set": {}});
    assert!(edits("set", &step, &[("/with/method".into(), "GET".into())]).is_err());
    let twice = [("/set|0", "a"), ("/set|1", "1"), ("/set|0", "a"), ("/set|1", "2")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert!(edits("set", &step, &twice).unwrap_err().of("/set").is_some());
    let nameless = [("/set|0", ""), ("/set|1", "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert!(edits("set", &step, &nameless).unwrap_err().of("/set").unwrap().contains("row 1"));
}

#[test]
fn texts_that_look_like_something_else_survive_an_untouched_form() {
    for (kind, step) in [
        ("call", json!({"call": "http", "with": {"method": "get", "endpoint": "http://a.example", "body": "5"}})),
        ("set", json!({"set": {"a": "first\nsecond\n", "b": "null", "c": ""}, "if": "${ .a\n  | not }\n"})),
        ("switch", json!({"switch": [{"x": {"when": "${ .a\n  > 1 }\n", "then": "end"}}]})),
        ("for", json!({"for": {"each": "", "in": "${ .x }"}, "do": []})),
    ] {
        assert_eq!(edits(kind, &step, &sent(&form(kind, &step))).unwrap(), vec![], "{step}");
    }
}

#[test]
fn a_refused_form_comes_back_as_it_was_typed() {
    let step = json!({"set": {"a": 1}});
    let typed = [("name", "other"), ("/set|0", "a"), ("/set|1", "2"), ("/set|0", "a"), ("/set|1", "3"), ("/if", "${ .x }")]
        .map(|(n, v)| (n.to_owned(), v.to_owned()));
    let errors = edits("set", &step, &typed).unwrap_err();
    let back = form("set", &step).filled(&typed, &errors);
    assert_eq!(sent(&back).iter().filter(|(_, v)| !v.is_empty()).cloned().collect::<Vec<_>>(), typed);
    assert!(matches!(&back.parts[0], Part::Rows(rows) if rows.error.is_some()));
}
