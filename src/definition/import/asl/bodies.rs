//! What the types of states do: pass, wait, fail, decide, branch, go round.

use serde_json::{Map, Value, json};

use super::machine::{Names, Scope, Work};
use super::state::{Body, Here, Tasks, assign, input_path, output};
use super::template::{self, Language, expression, wrap};
use super::{choice, errors, join};

pub(super) fn set(value: Option<String>) -> Body {
    let mut body = Body::default();
    body.task.insert("set".into(), wrap(value.as_deref().unwrap_or(".")));
    body
}

/// What a Pass makes of its input.
pub(super) fn pass(work: &mut Work<'_>, state: &Value, here: &Here<'_>) -> Option<String> {
    if here.language == Language::Jsonata {
        return None;
    }
    if let Some(result) = state.get("Result") {
        return Some(result.to_string());
    }
    let parameters = state.get("Parameters")?;
    Some(template::jq(parameters, Language::JsonPath, &join(here.place, "Parameters"), work.report))
}

pub(super) fn wait(work: &mut Work<'_>, state: &Value, here: &Here<'_>) -> Body {
    let mut body = Body::default();
    let until = |jq: &str| {
        // To the second: the engine wakes a little late, never early.
        format!(
            "{{\"seconds\": ([(({jq} | sub(\"\\\\.[0-9]+\"; \"\") | sub(\"\\\\+00:00$\"; \"Z\") | fromdateiso8601) - now), 0] | max | ceil)}}"
        )
    };
    let text = |key: &str| state.get(key).and_then(Value::as_str);
    let length = if let Some(path) = text("SecondsPath") {
        let jq = expression(path, &join(here.place, "SecondsPath"), work.report);
        wrap(&format!("{{\"seconds\": {jq}}}"))
    } else if let Some(path) = text("TimestampPath") {
        let jq = expression(path, &join(here.place, "TimestampPath"), work.report);
        wrap(&until(&jq))
    } else if let Some(instant) = text("Timestamp") {
        wrap(&until(&template::jq(&Value::from(instant), here.language, &join(here.place, "Timestamp"), work.report)))
    } else {
        match state.get("Seconds") {
            Some(Value::Number(seconds)) => json!({"seconds": seconds}),
            Some(value) => {
                wrap(&format!("{{\"seconds\": {}}}", template::jq(value, here.language, &join(here.place, "Seconds"), work.report)))
            }
            None => {
                work.report.dropped(here.place, "the wait has no length");
                wrap(&super::unknown("Wait"))
            }
        }
    };
    body.task.insert("wait".into(), length);
    body
}

pub(super) fn fail(work: &mut Work<'_>, names: &mut Names<'_>, state: &Value, here: &Here<'_>) -> Tasks {
    let error = errors::raise(state, here.language, here.place, work.report);
    vec![(names.of(here.name), json!({"raise": {"error": error}}))]
}

pub(super) fn decide(work: &mut Work<'_>, names: &mut Names<'_>, state: &Value, here: &Here<'_>) -> Tasks {
    let place = join(here.place, "Choices");
    let mut cases = Vec::new();
    for (n, rule) in state.get("Choices").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let at = join(&place, n);
        let condition = choice::condition(rule, here.language, &at, work.report);
        for key in ["Assign", "Output"].iter().filter(|key| rule.get(**key).is_some()) {
            work.report.dropped(&join(&at, key), "a rule sets nothing here; let the state it leads to do it");
        }
        let target = rule.get("Next").and_then(Value::as_str).map_or_else(|| here.scope.end().to_owned(), |next| names.of(next));
        cases.push(json!({ format!("rule {}", n + 1): {"when": wrap(&condition), "then": target} }));
    }
    let mut extra = Vec::new();
    match state.get("Default").and_then(Value::as_str) {
        Some(default) => cases.push(json!({"default": {"then": names.of(default)}})),
        None => {
            let none = names.beside(here.name, "no rule applies");
            cases.push(json!({"default": {"then": none.clone()}}));
            extra.push((none, json!({"raise": {"error": {"type": "urn:asl:error", "status": 500, "title": "States.NoChoiceMatched"}}})));
        }
    }
    let mut task = Map::new();
    task.insert("switch".into(), cases.into());
    if let Some(from) = input_path(work, state, here) {
        task.insert("input".into(), json!({"from": wrap(&from)}));
    }
    if let Some(output) = output(work, state, here, None) {
        task.insert("output".into(), json!({"as": wrap(&output)}));
    }
    assign(work, state, here, &mut task);
    let mut tasks = vec![(names.of(here.name), Value::Object(task))];
    tasks.extend(extra);
    tasks
}

/// `InputPath`, then `Parameters` (JSONata: `Arguments`).
fn given(work: &mut Work<'_>, state: &Value, here: &Here<'_>) -> Option<String> {
    let path = input_path(work, state, here);
    let key = if here.language == Language::Jsonata { "Arguments" } else { "Parameters" };
    let Some(template) = state.get(key) else { return path };
    let made = template::jq(template, here.language, &join(here.place, key), work.report);
    Some(path.map_or_else(|| made.clone(), |path| format!("({path} | {made})")))
}

pub(super) fn parallel(work: &mut Work<'_>, state: &Value, here: &Here<'_>) -> Result<Body, String> {
    let mut branches = Vec::new();
    for (n, branch) in state.get("Branches").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let at = join(&join(here.place, "Branches"), n);
        let list = work.list(branch, here.language, &at, Scope::Inner)?;
        branches.push(json!({ format!("branch {}", n + 1): {"do": list} }));
    }
    work.report.approximated(
        &join(here.place, "Branches"),
        "as a fork: its branches go at the same time and the results stand in their order. Validation says whether this build executes it",
    );
    let mut body = Body { from: given(work, state, here), ..Body::default() };
    body.task.insert("fork".into(), json!({"compete": false, "branches": branches}));
    Ok(body)
}

/// Rounds one after the other that collect what they came to.
pub(super) fn map(work: &mut Work<'_>, state: &Value, here: &Here<'_>) -> Result<Body, String> {
    let processor = if state.get("ItemProcessor").is_some() { "ItemProcessor" } else { "Iterator" };
    let at = join(here.place, processor);
    let list = work.list(state.get(processor).unwrap_or(&Value::Null), here.language, &at, Scope::Inner)?;
    let path = input_path(work, state, here).unwrap_or_else(|| ".".into());
    let items = match (here.language, state.get("ItemsPath"), state.get("Items")) {
        (Language::JsonPath, Some(Value::String(text)), _) => expression(text, &join(here.place, "ItemsPath"), work.report),
        (Language::Jsonata, _, Some(items)) => template::jq(items, Language::Jsonata, &join(here.place, "Items"), work.report),
        _ => ".".to_owned(),
    };
    let selector = ["ItemSelector", "Parameters"].iter().find_map(|key| state.get(*key).map(|t| (*key, t)));
    let item = match selector {
        Some((key, template)) => {
            let made = template::jq(template, here.language, &join(here.place, key), work.report);
            format!("(.input | {made})")
        }
        None => "$item".to_owned(),
    };
    work.report.approximated(&at, "rounds go one after the other, not at the same time; the results stand in the order of the items");
    for key in ["MaxConcurrency", "MaxConcurrencyPath"].iter().filter(|key| state.get(**key).is_some()) {
        work.report.dropped(&join(here.place, key), "rounds go one after the other");
    }
    let round = json!({"one": {
        "input": {"from": wrap(&item)},
        "do": list,
        "output": {"as": wrap(". as $result | $task.input | {items, input, results: (.results + [$result])}")},
    }});
    let from = format!("({path} | {{items: {items}, input: ., results: []}})");
    let mut body = Body { from: Some(from), result: Some(".results".into()), ..Body::default() };
    body.task.insert("for".into(), json!({"each": "item", "at": "index", "in": "${ .items }"}));
    body.task.insert("do".into(), json!([round]));
    Ok(body)
}
