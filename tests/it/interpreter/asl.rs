//! State machines that were carried over, executed: the output is the one that the language itself would give.

use serde_json::{Value, json};
use signalbox::definition::import::asl::convert;
use signalbox::definition::{Definition, Severity, validate};

use super::support::{Ran, facts, local, run_in};

async fn run(machine: &Value, input: Value) -> Ran {
    let done = convert(machine, "machine").expect("carried over");
    let definition = Definition::from_value(done.definition);
    let problems: Vec<_> = validate(&definition).into_iter().filter(|p| p.severity != Severity::Warning).collect();
    assert_eq!(problems, [], "{}", definition.text());
    run_in(&local(), &definition, &facts(), input).await
}

fn one(state: Value) -> Value {
    let mut state = state;
    state["End"] = json!(true);
    json!({"StartAt": "One", "States": {"One": state}})
}

#[tokio::test]
async fn data_flows_as_in_the_language() {
    let input = json!({"a": {"b": 2, "list": [1, 2, 3]}, "name": "Ada", "s": "x,y,,z"});
    let pass = |fields: Value| {
        let mut state = fields;
        state["Type"] = json!("Pass");
        one(state)
    };
    let cases = [
        (pass(json!({})), input.clone()),
        (pass(json!({"Result": {"x": "${ y }"}})), json!({"x": "${ y }"})),
        (
            pass(json!({"Result": 5, "ResultPath": "$.a.c.d"})),
            json!({"a": {"b": 2, "list": [1, 2, 3], "c": {"d": 5}}, "name": "Ada", "s": "x,y,,z"}),
        ),
        (pass(json!({"Result": 5, "ResultPath": null})), input.clone()),
        (pass(json!({"InputPath": "$.a.b"})), json!(2)),
        (pass(json!({"InputPath": null})), json!({})),
        (pass(json!({"OutputPath": "$.a.list[1]"})), json!(2)),
        (pass(json!({"OutputPath": null})), json!({})),
        (
            pass(
                json!({"InputPath": "$.a", "Parameters": {"n.$": "$.b", "k": "v", "all.$": "$"}, "ResultPath": "$.r", "OutputPath": "$.r"}),
            ),
            json!({"n": 2, "k": "v", "all": {"b": 2, "list": [1, 2, 3]}}),
        ),
        (
            pass(json!({"Parameters": {
                "hi.$": "States.Format('Hi {}, {} {}', $.name, $.a.b, $.a.list)",
                "json.$": "States.JsonToString($.a.list)",
                "back.$": "States.StringToJson('[1,2]')",
                "array.$": "States.Array($.name, 1, null, true)",
                "parts.$": "States.ArrayPartition($.a.list, 2)",
                "has.$": "States.ArrayContains($.a.list, 3)",
                "range.$": "States.ArrayRange(1, 9, 4)",
                "item.$": "States.ArrayGetItem($.a.list, 2)",
                "length.$": "States.ArrayLength($.a.list)",
                "unique.$": "States.ArrayUnique(States.Array(2, 1, 2))",
                "b64.$": "States.Base64Encode('Ada')",
                "plain.$": "States.Base64Decode('QWRh')",
                "merge.$": "States.JsonMerge($.a, States.StringToJson('{\"b\":3}'), false)",
                "sum.$": "States.MathAdd($.a.b, -5)",
                "split.$": "States.StringSplit($.s, ',')",
                "set.$": "States.StringSplit('a.b+c', '.+')",
                "every.$": "$.a.list[*]",
                "some.$": "$.a.list[?(@ > 1)]",
                "deep.$": "$..b",
            }})),
            json!({
                "hi": "Hi Ada, 2 [1,2,3]", "json": "[1,2,3]", "back": [1, 2], "array": ["Ada", 1, null, true], "parts": [[1, 2], [3]], "has": true,
                "range": [1, 5, 9], "item": 3, "length": 3, "unique": [1, 2], "b64": "QWRh", "plain": "Ada", "merge": {"b": 3, "list": [1, 2, 3]},
                "sum": -3, "split": ["x", "y", "z"], "set": ["a", "b", "c"], "every": [1, 2, 3], "some": [2, 3], "deep": [2],
            }),
        ),
    ];
    for (machine, output) in cases {
        assert_eq!(run(&machine, input.clone()).await.output(), &output, "{machine:#}");
    }
}

#[tokio::test]
async fn choices_decide_as_in_the_language() {
    let at = "2026-01-02T03:04:05Z";
    let input = json!({"n": 5, "s": "log-7.txt", "t": true, "z": null, "at": "2026-01-02T04:04:05.5+01:00", "o": {"k": null}});
    let cases = [
        (json!({"Variable": "$.n", "NumericEquals": 5}), true),
        (json!({"Variable": "$.n", "NumericLessThan": 5}), false),
        (json!({"Variable": "$.n", "NumericGreaterThanEquals": 5}), true),
        (json!({"Variable": "$.s", "NumericEquals": 5}), false),
        (json!({"Variable": "$.n", "NumericEqualsPath": "$.n"}), true),
        (json!({"Variable": "$.s", "StringMatches": "log-*.txt"}), true),
        (json!({"Variable": "$.s", "StringMatches": "log-?.txt"}), false),
        (json!({"Variable": "$.s", "StringLessThan": "m"}), true),
        (json!({"Variable": "$.n", "StringEquals": "5"}), false),
        (json!({"Variable": "$.t", "BooleanEquals": true}), true),
        (json!({"Variable": "$.z", "IsNull": true}), true),
        (json!({"Variable": "$.n", "IsNull": false}), true),
        (json!({"Variable": "$.o.k", "IsPresent": true}), true),
        (json!({"Variable": "$.o.x", "IsPresent": true}), false),
        (json!({"Variable": "$.n.x.y", "IsPresent": false}), true),
        (json!({"Variable": "$.n", "IsNumeric": true}), true),
        (json!({"Variable": "$.at", "IsTimestamp": true}), true),
        (json!({"Variable": "$.s", "IsTimestamp": false}), true),
        (json!({"Variable": "$.at", "TimestampGreaterThan": at}), true),
        (json!({"Variable": "$.at", "TimestampLessThanEquals": at}), false),
        (json!({"And": [{"Variable": "$.n", "NumericEquals": 5}, {"Not": {"Variable": "$.t", "BooleanEquals": false}}]}), true),
        (json!({"Or": [{"Variable": "$.n", "NumericEquals": 6}, {"Variable": "$.s", "IsNumeric": true}]}), false),
    ];
    for (rule, expected) in cases {
        let mut rule = rule;
        rule["Next"] = json!("Yes");
        let machine = json!({"StartAt": "Which", "States": {
            "Which": {"Type": "Choice", "Choices": [rule], "Default": "No"},
            "Yes": {"Type": "Pass", "Result": true, "End": true},
            "No": {"Type": "Pass", "Result": false, "End": true},
        }});
        assert_eq!(run(&machine, input.clone()).await.output(), &json!(expected), "{rule}");
    }
    let none = json!({"StartAt": "Which", "States": {"Which": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 6, "Next": "Which"}]}}});
    assert_eq!(run(&none, input).await.error()["title"], json!("States.NoChoiceMatched"));
}

#[tokio::test]
async fn rounds_and_waits_come_to_the_same() {
    let processor = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.item, $.plus)", "at.$": "$.at"}, "End": true}}});
    let map = one(json!({
        "Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "ResultPath": "$.out",
        "ItemSelector": {"item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "plus.$": "$.plus"},
    }));
    let output = run(&map, json!({"items": [1, 2], "plus": 10})).await;
    assert_eq!(output.output(), &json!({"items": [1, 2], "plus": 10, "out": [{"n": 11, "at": 0}, {"n": 12, "at": 1}]}));
    assert_eq!(run(&map, json!({"items": [], "plus": 1})).await.output()["out"], json!([]));
    let wait = one(json!({"Type": "Wait", "SecondsPath": "$.s"}));
    let waited = run(&wait, json!({"s": 90})).await;
    assert_eq!((waited.output(), waited.sleeps[0].1 / 1_000_000), (&json!({"s": 90}), 90));
    // The clock stands at 2026-01-02T03:04:05Z.
    let until = one(json!({"Type": "Wait", "Timestamp": "2026-01-02T03:05:05Z"}));
    assert!((59..=61).contains(&(run(&until, json!({})).await.sleeps[0].1 / 1_000_000)));
}

#[tokio::test]
async fn errors_are_raised_caught_and_retried() {
    let fail = json!({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Bad", "CausePath": "$.why"}}});
    let failed = run(&fail, json!({"why": "so"})).await.error();
    assert_eq!((&failed["title"], &failed["detail"]), (&json!("Bad"), &json!("so")));
    let inner = |error: &str| json!({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": error, "Cause": "c"}}});
    let machine = |error: &str| {
        json!({"StartAt": "Try", "States": {
            "Try": {"Type": "Map", "ItemsPath": "$.items", "Iterator": inner(error), "Retry": [{"ErrorEquals": ["Bad"], "IntervalSeconds": 2, "MaxAttempts": 2}], "Catch": [
                {"ErrorEquals": ["Worse"], "Next": "Worse"},
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "All"},
            ], "End": true},
            "Worse": {"Type": "Pass", "Parameters": {"worse.$": "$.Cause"}, "End": true},
            "All": {"Type": "Succeed"},
        }})
    };
    let worse = run(&machine("Worse"), json!({"items": [1]})).await;
    assert_eq!((worse.output(), worse.sleeps.len()), (&json!({"worse": "c"}), 0));
    let bad = run(&machine("Bad"), json!({"items": [1]})).await;
    assert_eq!(bad.output(), &json!({"items": [1], "error": {"Error": "Bad", "Cause": "c"}}));
    let waits: Vec<i64> = bad.sleeps.iter().map(|(_, micros)| micros / 1_000_000).collect();
    assert_eq!(waits, [2, 4], "twice again, each time after twice as long");
}
