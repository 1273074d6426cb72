use serde_json::json;

use super::*;

fn problems(text: &str) -> Vec<(Option<u32>, String)> {
    parse(text).expect_err(text).into_iter().map(|p| (p.line, p.message)).collect()
}

#[test]
fn keeps_order_text_and_lines() {
    let text = "# head\ndocument:\n  name: a # why\n\n  dsl: '1.0.0'\ndo:\n- first:\n    set: { z: 1, a: [2, 3] }\n";
    let parsed = parse(text).unwrap();
    assert_eq!(parsed.value, json!({"document": {"name": "a", "dsl": "1.0.0"}, "do": [{"first": {"set": {"z": 1, "a": [2, 3]}}}]}));
    let keys: Vec<_> = parsed.value["do"][0]["first"]["set"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["z", "a"]);
    let line = |pointer: &str| parsed.root.find(&parsed.value, pointer).map(|n| n.line);
    assert_eq!(line("/document/dsl"), Some(5));
    assert_eq!(line("/do/0/first"), Some(7));
    assert_eq!(line("/do/0/first/set/a/1"), Some(8));
    let node = parsed.root.find(&parsed.value, "/document/name").unwrap();
    assert_eq!(&text[node.span.clone()], "a");
    assert_eq!(&text[node.key.clone().unwrap()], "name");
    let node = parsed.root.find(&parsed.value, "/do/0/first/set").unwrap();
    assert_eq!(&text[node.span.clone()], "{ z: 1, a: [2, 3] }");
}

#[test]
fn spans_survive_wide_characters_crlf_and_a_mark() {
    let text = "\u{feff}ü: \"é\"\r\nb: '日本'\r\nc: |\r\n  zwölf\r\n  x\r\n\r\nd: 1\r\n";
    let parsed = parse(text).unwrap();
    let span = |p: &str| &text[parsed.root.find(&parsed.value, p).unwrap().span.clone()];
    assert_eq!(span("/ü"), "\"é\"");
    assert_eq!(span("/b"), "'日本'");
    assert_eq!(span("/d"), "1");
    assert_eq!(parsed.value["c"], json!("zwölf\nx\n"));
    assert!(span("/c").ends_with('x'), "{:?}", span("/c"));
}

#[test]
fn duplicate_keys_are_refused_in_both_notations() {
    for text in ["a: 1\nb: {c: 1,\n c: 2}\n", "{\"a\": 1, \"b\": {\"c\": 1,\n\"c\": 2}}"] {
        let found = parse(text).expect_err(text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].pointer, "/b/c");
        assert_eq!(found[0].line, Some(if text.starts_with('a') { 3 } else { 2 }));
        assert!(found[0].message.contains("second time"), "{}", found[0].message);
    }
}

#[test]
fn yaml_1_2_words_stay_text() {
    let value = value("a: yes\nb: no\non: off\nc: true\n").unwrap();
    assert_eq!(value, json!({"a": "yes", "b": "no", "on": "off", "c": true}));
}

#[test]
fn bounded_in_length_depth_and_aliases() {
    assert!(problems(&"#".repeat(MAX_TEXT + 1))[0].1.contains("KiB"));
    assert!(problems(&format!("a: {}1{}", "[".repeat(200), "]".repeat(200)))[0].1.contains("deeper"));
    assert!(problems(&format!("{{\"a\": {}1{}}}", "[".repeat(200), "]".repeat(200)))[0].1.contains("deeper"));
    let deep = parse(&format!("{{\"a\": {}1{}}}", "[".repeat(100), "]".repeat(100))).unwrap();
    assert_eq!(deep.format, Format::Json);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")));
    }
    assert!(problems(&bomb)[0].1.contains("Aliases expand"));
    assert!(problems("a: &a [*a]\n")[0].1.contains("inside the value"));
    assert!(problems(&format!("? {}\n: 1\n", "k".repeat(MAX_KEY + 1)))[0].1.contains("key longer"));
    assert!(problems(&"[".repeat(500_000)).len() == 1);
}

#[test]
fn aliases_and_core_tags_are_read() {
    let value = value("a: &x {b: 1}\nc: *x\nd: !!str 1\ne: !!int '3'\n").unwrap();
    assert_eq!(value, json!({"a": {"b": 1}, "c": {"b": 1}, "d": "1", "e": 3}));
}

#[test]
fn syntax_errors_say_where_and_how() {
    for (text, line, hint) in [
        ("a: b: c\n", 1, "quotes"),
        ("a:\n\t- b\n", 2, "spaces, not tabs"),
        ("a: [1, 2\n", 2, "valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: !secret x\n", 1, "Remove the tag"),
        ("<<: 1\n", 1, "Merge keys"),
        ("? [a]\n: 1\n", 1, "cannot be a key"),
        ("a: .inf\n", 1, "quotes"),
        ("a: 99999999999999999999\n", 1, "64-bit"),
        ("{\"a\": 99999999999999999999}", 1, "64-bit"),
        ("{\"a\": 1,}", 1, "valid JSON"),
        ("{\"a\": 1\n \"b\": 2}", 2, "valid JSON"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("- a\n- b\n", 1, "is an object"),
        ("just text", 1, "is an object"),
        ("a: *nothing\n", 1, "valid YAML"),
    ] {
        let found = problems(text);
        assert!(found[0].1.contains(hint), "{text:?}: {found:?}");
        assert_eq!(found[0].0, Some(line), "{text:?}: {found:?}");
    }
}

#[test]
fn json_is_json_even_with_escapes_yaml_does_not_know() {
    let parsed = parse("{\"a\":\t\"\\ud83d\\ude00 \\/\", \"b\": []}").unwrap();
    assert_eq!(parsed.format, Format::Json);
    assert_eq!(parsed.value, json!({"a": "😀 /", "b": []}));
    assert_eq!(parse("{a: 1, b: [x, y]}").unwrap().format, Format::Yaml);
    assert_eq!(parse("{}").unwrap().format, Format::Json);
}

#[test]
fn big_documents_are_read_quickly() {
    let mut text = String::from("do:\n");
    while text.len() < MAX_TEXT - 100 {
        text.push_str(&format!("- t{}:\n    set: {{ a: 'ü', b: [1, 2, 3] }}\n", text.len()));
    }
    let started = std::time::Instant::now();
    parse(&text).unwrap();
    assert!(started.elapsed().as_secs() < 90, "{:?}", started.elapsed());
    eprintln!("1 MiB of YAML: {:?}", started.elapsed());
}

#[test]
fn wild_input_never_panics() {
    use proptest::prelude::*;
    proptest!(ProptestConfig { cases: 2000, ..ProptestConfig::default() }, |(text in "[-a-c:\\[\\]{}&*!|>'\"%@`#,? \\t\\r\\n0-9.~<ü\\\\]{0,60}")| {
        let _ = parse(&text);
    });
}

/// Another reader of YAML agrees with ours about the values.
#[test]
fn serde_saphyr_reads_the_same_values() {
    for text in [
        "a: yes\nb: [1, 2.5, ~, 'x', \"y\\n\", true]\nc: |\n  one\n  two\nd: >-\n  folded\n  text\n\n  more\n",
        "on:\n  - name: x\n    v: 1.0.0\n  - {k: v, l: [a, b]}\nempty: {}\nlist: []\n? complex\n: value\n",
        "a: &x {k: 1}\nb: *x\nc: 0x1F\nd: -3\ne: 1e3\nf: '0123'\ng: 12:30:45\n",
        "# comment\n---\nwhen: .color == \"red\"\nset: ${ .a + \"#\" }\nmulti: \"a\n  b\"\n",
    ] {
        let options = serde_saphyr::options! { strict_booleans: true };
        let theirs: Value = serde_saphyr::from_str_with_options(text, options).unwrap();
        assert_eq!(value(text).unwrap(), theirs, "{text}");
    }
}
