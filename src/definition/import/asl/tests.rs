//! Whole machines: what comes out validates, and the report names every field.

use serde_json::{Value, json};

use super::super::Line;
use super::{Converted, convert, is_machine};
use crate::definition::{Definition, Problem, Severity, validate};

fn machine(states: Value) -> Value {
    let start = states.as_object().and_then(|map| map.keys().next().cloned()).unwrap_or_default();
    json!({"StartAt": start, "States": states})
}

fn done(states: Value) -> Converted {
    convert(&machine(states), "Order Flow").expect("carried over")
}

fn problems(converted: &Converted) -> Vec<Problem> {
    let mut found = validate(&Definition::from_value(converted.definition.clone()));
    // A fork is valid and only not executed by this build, which validation says by itself.
    found.retain(|p| p.severity == Severity::Error);
    found
}

#[track_caller]
fn line<'c>(converted: &'c Converted, place: &str) -> &'c Line {
    converted.lines.iter().find(|l| l.place == place).unwrap_or_else(|| panic!("nothing of {place}: {:#?}", converted.lines))
}

#[test]
fn every_type_of_state_becomes_something_that_validates() {
    let end = |mut state: Value| {
        state["End"] = json!(true);
        json!({ "One": state })
    };
    let branch = json!({"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": true}}});
    let machines = [
        end(json!({"Type": "Pass"})),
        end(json!({"Type": "Pass", "Result": {"a": [1, "${x}"]}, "ResultPath": "$.made.here", "Comment": "c"})),
        end(
            json!({"Type": "Pass", "Parameters": {"a.$": "$.b", "c": {"d.$": "States.Format('{}!', $.e)"}}, "InputPath": "$.in", "OutputPath": "$.a"}),
        ),
        end(json!({"Type": "Wait", "Seconds": 3})),
        end(json!({"Type": "Wait", "SecondsPath": "$.wait"})),
        end(json!({"Type": "Wait", "Timestamp": "2026-01-02T03:04:05Z"})),
        end(json!({"Type": "Wait", "TimestampPath": "$.at"})),
        json!({"One": {"Type": "Succeed"}}),
        json!({"One": {"Type": "Fail", "Error": "Bad", "Cause": "it is"}}),
        json!({"One": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"}}),
        end(json!({"Type": "Parallel", "Branches": [branch, branch], "ResultPath": "$.both"})),
        end(json!({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": branch, "ItemSelector": {"i.$": "$$.Map.Item.Value"}})),
        end(json!({"Type": "Map", "Iterator": branch})),
        end(
            json!({"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": {"ApiEndpoint": "https://api.example/x", "Method": "POST", "RequestBody": {"id.$": "$.id"}, "QueryParameters": {"q": "1"}, "Headers": {"X": "y"}}, "ResultSelector": {"code.$": "$.StatusCode"}, "TimeoutSeconds": 5}),
        ),
    ];
    for states in machines {
        let converted = done(states.clone());
        assert_eq!(problems(&converted), [], "{states:#}\n{:#}", converted.definition);
        let dropped: Vec<&Line> = converted.lines.iter().filter(|l| l.fate == "dropped").collect();
        assert!(dropped.is_empty(), "{states:#} {dropped:?}");
    }
}

#[test]
fn choices_of_every_operator_validate() {
    let operators = [
        ("StringEquals", json!("a")),
        ("StringEqualsPath", json!("$.b")),
        ("StringLessThan", json!("a")),
        ("StringLessThanPath", json!("$.b")),
        ("StringGreaterThan", json!("a")),
        ("StringGreaterThanPath", json!("$.b")),
        ("StringLessThanEquals", json!("a")),
        ("StringLessThanEqualsPath", json!("$.b")),
        ("StringGreaterThanEquals", json!("a")),
        ("StringGreaterThanEqualsPath", json!("$.b")),
        ("StringMatches", json!("log-*.txt")),
        ("NumericEquals", json!(1)),
        ("NumericEqualsPath", json!("$.b")),
        ("NumericLessThan", json!(1)),
        ("NumericLessThanPath", json!("$.b")),
        ("NumericGreaterThan", json!(1)),
        ("NumericGreaterThanPath", json!("$.b")),
        ("NumericLessThanEquals", json!(1)),
        ("NumericLessThanEqualsPath", json!("$.b")),
        ("NumericGreaterThanEquals", json!(1)),
        ("NumericGreaterThanEqualsPath", json!("$.b")),
        ("BooleanEquals", json!(true)),
        ("BooleanEqualsPath", json!("$.b")),
        ("TimestampEquals", json!("2026-01-02T03:04:05Z")),
        ("TimestampEqualsPath", json!("$.b")),
        ("TimestampLessThan", json!("2026-01-02T03:04:05Z")),
        ("TimestampLessThanPath", json!("$.b")),
        ("TimestampGreaterThan", json!("2026-01-02T03:04:05Z")),
        ("TimestampGreaterThanPath", json!("$.b")),
        ("TimestampLessThanEquals", json!("2026-01-02T03:04:05Z")),
        ("TimestampLessThanEqualsPath", json!("$.b")),
        ("TimestampGreaterThanEquals", json!("2026-01-02T03:04:05Z")),
        ("TimestampGreaterThanEqualsPath", json!("$.b")),
        ("IsNull", json!(true)),
        ("IsPresent", json!(false)),
        ("IsNumeric", json!(true)),
        ("IsString", json!(true)),
        ("IsBoolean", json!(true)),
        ("IsTimestamp", json!(true)),
    ];
    for (operator, wanted) in operators {
        let states = json!({
            "Which": {"Type": "Choice", "Choices": [{"Not": {"And": [{"Variable": "$.a", operator: wanted}, {"Or": [{"Variable": "$.c.d", operator: wanted}]}]}, "Next": "Done"}], "Default": "Done"},
            "Done": {"Type": "Succeed"},
        });
        let converted = done(states);
        assert_eq!(problems(&converted), [], "{operator}\n{:#}", converted.definition);
        assert!(!converted.lines.iter().any(|l| l.fate == "dropped"), "{operator}: {:?}", converted.lines);
    }
    let odd = done(json!({"Which": {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringSounds": "x", "Next": "Which"}]}}));
    assert_eq!(line(&odd, "/States/Which/Choices/0/StringSounds").fate, "dropped");
    assert!(problems(&odd).iter().any(|p| p.message.contains("no_counterpart_for_StringSounds")), "{:?}", problems(&odd));
}

#[test]
fn what_a_task_calls_is_named_and_has_to_be_chosen() {
    for (resource, parameters, call) in [
        ("arn:aws:lambda:eu-west-1:1:function:Price", Value::Null, "lambda-Price@default"),
        (
            "arn:aws:states:::lambda:invoke",
            json!({"FunctionName": "arn:aws:lambda:eu:1:function:Book:2", "Payload.$": "$"}),
            "lambda-Book@default",
        ),
        ("arn:aws:states:::sqs:sendMessage", json!({"QueueUrl": "x", "MessageBody.$": "$.m"}), "aws-sqs-sendMessage@default"),
        ("arn:aws:states:eu:1:activity:pick-it", Value::Null, "activity-pick-it@default"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", json!({"T.$": "$$.Task.Token"}), "aws-sqs-sendMessage@default"),
        ("", Value::Null, "aws-task@default"),
    ] {
        let mut state = json!({"Type": "Task", "Resource": resource, "End": true, "HeartbeatSeconds": 3});
        if !parameters.is_null() {
            state["Parameters"] = parameters;
        }
        let converted = done(json!({ "One": state }));
        assert_eq!(converted.definition["do"][0]["One"]["call"], json!(call));
        assert_eq!(line(&converted, "/States/One/Resource").fate, "dropped");
        assert_eq!(line(&converted, "/States/One/HeartbeatSeconds").fate, "dropped");
    }
    let sub = done(
        json!({"One": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn": "arn:aws:states:eu:1:stateMachine:Big_Order", "Input": {"a.$": "$.b"}}, "End": true}}),
    );
    assert_eq!(sub.definition["do"][0]["One"]["run"]["workflow"]["name"], json!("big-order"));
    assert_eq!(problems(&sub), []);
}

#[test]
fn every_field_of_every_state_is_in_the_report() {
    let states = json!({
        "A": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": {"ApiEndpoint": "https://a.example"}, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 9}],
              "Catch": [{"ErrorEquals": ["Bad"], "Next": "B", "ResultPath": "$.e"}, {"ErrorEquals": ["States.ALL"], "Next": "C"}], "Nonsense": 1, "Next": "B", "Assign": {"x.$": "$.y"}},
        "B": {"Type": "Pass", "Result": 1, "Next": "C"},
        "C": {"Type": "Succeed", "OutputPath": "$.x"},
    });
    let converted = done(states.clone());
    assert_eq!(problems(&converted), [], "{:#}", converted.definition);
    for (name, state) in states.as_object().expect("states") {
        for key in state.as_object().expect("a state").keys() {
            let place = format!("/States/{name}/{key}");
            let there = converted.lines.iter().any(|l| l.place == place || l.place.starts_with(&format!("{place}/")));
            assert!(there, "{place}");
        }
    }
    assert_eq!(line(&converted, "/States/A/Nonsense").fate, "dropped");
    assert_eq!(line(&converted, "/States/A/Retry/0/MaxDelaySeconds").fate, "dropped");
    assert_eq!(line(&converted, "/States/A/Assign").fate, "approximated");
}

#[test]
fn fields_of_another_shape_and_states_that_lead_nowhere_are_named() {
    let converted = done(json!({
        "A": {"Type": "Pass", "Retry": "x", "Catch": {}, "Next": "B"},
        "B": {"Type": "Pass", "End": "yes"},
        "C": {"Type": "Pass", "Next": "D", "End": true},
        "D": {"Type": "Wait", "Seconds": 1},
        "E": {"Type": "Pass", "Next": 1},
        "F": {"Type": "Pass", "Next": "G", "End": false},
        "G": {"Type": "Succeed"},
    }));
    for (place, says) in [
        ("/States/A/Retry", "no list"),
        ("/States/A/Catch", "no list"),
        ("/States/B/End", "neither true nor false"),
        ("/States/B", "neither Next nor End"),
        ("/States/C/End", "beside Next"),
        ("/States/D", "neither Next nor End"),
        ("/States/E/Next", "no name of a state"),
    ] {
        let line = line(&converted, place);
        assert!(line.fate == "dropped" && line.says.contains(says), "{line:?}");
    }
    assert!(!converted.lines.iter().any(|l| l.fate == "dropped" && (l.place.starts_with("/States/F") || l.place.starts_with("/States/G"))));
}

#[test]
fn jsonata_is_carried_as_far_as_it_is_a_path() {
    let machine = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Output": {"id": "{% $states.input.order.id %}", "sum": "{% $sum($states.input.prices) %}"}, "End": true},
    }});
    let converted = convert(&machine, "x").expect("carried over");
    assert_eq!(line(&converted, "/States/A/Output/sum").fate, "dropped");
    assert!(line(&converted, "/States/A/Output/sum").says.contains("$sum("));
    assert!(problems(&converted).iter().any(|p| p.message.contains("no_counterpart_for_sum")), "{:?}", problems(&converted));
}

#[test]
fn what_is_no_machine_is_refused_and_hostile_ones_do_no_harm() {
    assert!(is_machine(&json!({"StartAt": "A", "States": {}})) && !is_machine(&json!({"do": []})));
    for bad in [
        json!({"StartAt": "A", "States": {}}),
        json!({"StartAt": 1, "States": {"A": {}}}),
        json!({"StartAt": "A", "States": []}),
        json!({}),
    ] {
        assert!(convert(&bad, "x").is_err(), "{bad}");
    }
    // Wrong types everywhere: a report, no panic, and nothing that is ready.
    for state in [
        json!(1),
        json!(null),
        json!([]),
        json!({}),
        json!({"Type": 1}),
        json!({"Type": "Task", "Resource": 1, "Parameters": 1, "Retry": 1, "Catch": {"a": 1}}),
        json!({"Type": "Choice", "Choices": [1, {}, {"Variable": 1}, {"Variable": "$.a"}, {"And": []}]}),
        json!({"Type": "Map", "ItemProcessor": {"StartAt": "x", "States": {"x": {"Type": "Pass", "ResultPath": 1}}}, "ItemsPath": 1}),
        json!({"Type": "Wait"}),
        json!({"Type": "Parallel", "Branches": 1}),
        json!({"Type": "Pass", "Parameters": {"a.$": 1, "b.$": "$.["}}),
        json!({"Type": "Task", "Catch": [{}], "Retry": [{}, 1]}),
    ] {
        let machine = json!({"StartAt": "end", "States": {"end": state}});
        if let Ok(converted) = convert(&machine, "") {
            assert_eq!(converted.definition["do"][0].as_object().and_then(|m| m.keys().next().cloned()).as_deref(), Some("end state"));
            let _ = problems(&converted);
        }
    }
    let many: serde_json::Map<String, Value> = (0..3_000).map(|n| (n.to_string(), json!({"Type": "Succeed"}))).collect();
    assert!(convert(&json!({"StartAt": "0", "States": many}), "x").is_err());
    let mut deep = json!({"Variable": "$.a", "IsNull": true});
    for _ in 0..100 {
        deep = json!({ "Not": deep });
    }
    let converted = done(json!({"A": {"Type": "Choice", "Choices": [{"Not": deep, "Next": "A"}]}}));
    assert!(converted.lines.iter().any(|l| l.says.contains("too deep")));
}
