use serde_json::json;

use super::*;

fn eval(text: &str, input: Value) -> Result<Value, ExpressionError> {
    evaluate_plain(&compile(text, &[])?, &input, &[], 1_700_000_000_500_000)
}

fn weight(text: &str) -> Weight {
    compile(text, &["x"]).unwrap_or_else(|e| panic!("{text}: {e}")).weight()
}

#[test]
fn wrapped_is_the_whole_text_or_nothing() {
    assert_eq!(wrapped("${ .a }"), Some(".a"));
    assert_eq!(wrapped("  ${.a}\n"), Some(".a"));
    assert_eq!(wrapped("Hello ${ .a }"), None);
    assert_eq!(wrapped("${}"), None);
    assert_eq!(field(" .a == 1 "), ".a == 1");
    assert_eq!(field("${ .a == 1 }"), ".a == 1");
}

#[test]
fn evaluates_paths_operators_and_variables() {
    assert_eq!(eval(".a.b + 1", json!({"a": {"b": 2}})), Ok(json!(3)));
    assert_eq!(eval("\"Hello \\(.user.first)!\"", json!({"user": {"first": "Ann"}})), Ok(json!("Hello Ann!")));
    assert_eq!(eval("empty", json!(1)), Ok(json!(null)));
    assert_eq!(eval(".[]", json!([7, 8])), Ok(json!(7)));
    assert_eq!(eval("{b: .x, a: [.x]}", json!({"x": true})).map(|v| v.to_string()), Ok("{\"b\":true,\"a\":[true]}".into()));
    let compiled = compile("$x + $item.n + (.y as $y | $y)", &["x", "item", "unused"]).unwrap();
    assert_eq!(compiled.variables(), ["x", "item"]);
    let (x, item) = (json!(1), json!({"n": 2}));
    assert_eq!(evaluate_plain(&compiled, &json!({"y": 3}), &[("x", &x), ("item", &item)], 0), Ok(json!(6)));
}

#[test]
fn numbers_keep_their_exactness() {
    assert_eq!(eval(".", json!(9007199254740993_i64)), Ok(json!(9007199254740993_i64)));
    assert_eq!(eval(".", json!(u64::MAX)), Ok(json!(u64::MAX)));
    assert_eq!(eval("nan", json!(0)), Ok(json!(null)));
    assert_eq!(eval("infinite", json!(0)), Ok(json!(f64::MAX)));
    assert_eq!(eval("\"12\" | tonumber", json!(0)), Ok(json!(12)));
    assert_eq!(eval("\"1.5\" | tonumber", json!(0)), Ok(json!(1.5)));
}

#[test]
fn now_is_the_callers_instant_and_time_zones_are_utc() {
    assert_eq!(eval("now", json!(0)), Ok(json!(1_700_000_000.5)));
    assert_eq!(eval("now | floor | todate", json!(0)), Ok(json!("2023-11-14T22:13:20Z")));
    assert_eq!(eval("0 | strflocaltime(\"%H\")", json!(0)), Ok(json!("00")));
    assert_eq!(eval("0 | localtime | mktime", json!(0)), Ok(json!(0)));
}

#[test]
fn what_reaches_the_server_is_refused() {
    for text in [
        "halt",
        "halt_error",
        "1 | halt_error(3)",
        "env",
        "env.HOME",
        "$ENV",
        "$ENV.PATH",
        "input",
        "[inputs]",
        "debug",
        "debug(.a)",
        "stderr",
        "input_filename",
        "import \"a\" as a; .",
        "include \"a\"; .",
        "$__loc__",
        "$__prog_args",
        "get_search_list",
        "def f: env; f",
        "try halt catch 1",
        "map(env)",
    ] {
        let error = compile(text, &["context"]).expect_err(text);
        assert_eq!(error.kind, ErrorKind::Invalid, "{text}: {error}");
    }
    assert!(compile("env.HOME", &[]).unwrap_err().message.contains("environment"));
    assert!(compile("$foo", &["input"]).unwrap_err().message.contains("known are $input"));
}

#[test]
fn plain_and_heavy_are_told_apart() {
    for plain in [
        ".a",
        ".a.b[0].c?",
        ".items | map(select(.n > 3)) | length",
        "keys",
        ".a // \"none\"",
        "[.[] | .x]",
        ".s | test(\"^a\")",
        ".s | split(\",\") | join(\"-\")",
        "if .a then 1 else 2 end",
        "to_entries",
        ". * 2",
        "..",
        "[paths]",
        "any(.[]; . == 1)",
        ".a |= . + 1",
        ".[2:4]",
        "tonumber",
        "fromjson",
        "@base64",
        "@csv",
        "add",
        "now",
        "try error(\"x\") catch .",
        "sort_by(.n) | group_by(.k)",
        ". as {a: $q} | $q",
        "with_entries(.value += 1)",
        "$x",
    ] {
        assert_eq!(weight(plain), Weight::Plain, "{plain}");
    }
    for heavy in [
        "def f: 1+f; f",
        "reduce .[] as $i (0; . + $i)",
        "foreach .[] as $i (0; . + $i)",
        "[range(10)]",
        "repeat(1)",
        "recurse(.a)",
        "while(true; .)",
        "until(true; .)",
        "limit(3; .[])",
        "walk(.)",
        "combinations",
        "transpose",
        ".. |= [.]",
        "[.[] | range(.)]",
        "INDEX(.id)",
        "\"\\(range(9))\"",
    ] {
        assert_eq!(weight(heavy), Weight::Heavy, "{heavy}");
    }
    let heavy = compile("[range(3)]", &[]).unwrap();
    assert_eq!(evaluate_plain(&heavy, &json!(0), &[], 0).unwrap_err().kind, ErrorKind::Heavy);
    assert_eq!(evaluate_unguarded(&heavy, &json!(0), &[], 0), Ok(json!([0, 1, 2])));
}

#[test]
fn functions_people_know_from_jq_are_there() {
    for (text, input, output) in [
        ("null | add", json!(0), json!(null)),
        ("add", json!([1, 2]), json!(3)),
        ("add(.[])", json!([1, 2]), json!(3)),
        ("toarray", json!(1), json!([1])),
        ("trimstr(\"x\")", json!("xax"), json!("a")),
        ("IN(1, 2)", json!(2), json!(true)),
        ("@csv", json!([1, "a\"b", null, true]), json!("1,\"a\"\"b\",,true")),
        ("@tsv", json!(["a\tb", 1]), json!("a\\tb\t1")),
        ("toboolean", json!("true"), json!(true)),
        ("fromjson", json!("{\"a\":[1]}"), json!({"a": [1]})),
        ("[leaf_paths]", json!({"a": {"b": 1}}), json!([["a", "b"]])),
        ("isvalid(error)", json!(1), json!(false)),
        ("ascii", json!(65), json!("A")),
        ("gsub(\"a\"; \"b\")", json!("banana"), json!("bbnbnb")),
        ("flatten", json!([1, [2, [3]]]), json!([1, 2, 3])),
        ("splits(\",\")", json!("a,b"), json!("a")),
        ("ltrimstr(\"a\")", json!("ab"), json!("b")),
        ("\"x\" | ascii_upcase", json!(0), json!("X")),
        ("[.[] | tostring] | join(\",\")", json!([1, "b"]), json!("1,b")),
        ("to_entries | from_entries", json!({"a": 1}), json!({"a": 1})),
        ("min_by(.n), max_by(.n)", json!([{"n": 2}, {"n": 1}]), json!({"n": 1})),
        ("any, all", json!([true, false]), json!(true)),
        ("pick(.a)", json!({"a": 1, "b": 2}), json!({"a": 1})),
    ] {
        assert_eq!(eval(text, input), Ok(output), "{text}");
    }
}

#[test]
fn errors_say_what_and_how() {
    for (text, hint) in [
        ("", "empty"),
        (".a +", "expected"),
        (".a }  and ${ .b", "Only a text that is"),
        ("selct(.a)", "Did you mean select?"),
        ("map", "number of arguments"),
        ("\"abc", "closing quote"),
    ] {
        let error = compile(text, &[]).expect_err(text);
        assert!(error.message.contains(hint), "{text}: {error}");
    }
    let error = eval(".a.b", json!({"a": "text"})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Evaluation);
    let long = eval("error(.)", json!("x".repeat(10_000))).unwrap_err();
    assert!(long.message.len() < 300, "{}", long.message.len());
}

#[test]
fn the_cache_is_bounded() {
    for n in 0..cache::CAPACITY + 100 {
        compile(&format!(".a + {n}"), &[]).unwrap();
    }
    assert!(cache::len() <= cache::CAPACITY);
}

#[test]
fn templates_evaluate_whole_strings_only_and_never_data() {
    let template = json!({"a": "${ .x }", "b": ["lit ${ .x }", "${ .y }"], "c": 3, "${ .x }": "key"});
    let found = expressions_in(&template);
    assert_eq!(found, [("/a".to_owned(), ".x".to_owned()), ("/b/1".to_owned(), ".y".to_owned())]);
    // A value that looks like an expression is data and stays.
    let filled = fill(&template, vec![json!("${ env }"), json!(2)]);
    assert_eq!(filled, json!({"a": "${ env }", "b": ["lit ${ .x }", 2], "c": 3, "${ .x }": "key"}));
    let input = json!({"x": 1, "y": 2});
    let filled = evaluate_deep(&template, &mut |text| eval(text, input.clone())).unwrap();
    assert_eq!(filled["b"], json!(["lit ${ .x }", 2]));
}

#[test]
fn compiling_is_cheap() {
    let started = std::time::Instant::now();
    for n in 0..100 {
        engine::compile(&format!(".a{n} | map(select(.x > {n})) | join(\",\")")).unwrap();
    }
    eprintln!("100 compilations: {:?}", started.elapsed());
}
