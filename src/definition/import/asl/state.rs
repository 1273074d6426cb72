//! One state as one task, or as a few where one does not do.

use serde_json::{Map, Value, json};

use super::bodies::{decide, fail, map, parallel, pass, set, wait};
use super::machine::{Names, Scope, Work};
use super::template::{self, Language, expression, wrap};
use super::{errors, join, merge, path, task};

/// Where a state stands.
pub(super) struct Here<'s> {
    pub name: &'s str,
    pub place: &'s str,
    pub scope: Scope,
    pub language: Language,
    /// The state that comes after it in the list.
    pub next: Option<&'s str>,
}

/// What surrounds the body of a task.
#[derive(Default)]
pub(super) struct Body {
    /// Members that say what the task does.
    pub task: Map<String, Value>,
    /// What the body is given, over the state's input.
    pub from: Option<String>,
    /// The result of the body as the state machine knows it, over what comes out.
    pub result: Option<String>,
}

pub(super) type Tasks = Vec<(String, Value)>;

/// Fields that every state may have, besides those of its type.
const COMMON: &[&str] = &["Type", "Comment", "Next", "End", "QueryLanguage"];

pub(super) fn convert(work: &mut Work<'_>, names: &mut Names<'_>, state: &Value, here: &Here<'_>) -> Result<Tasks, String> {
    let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
    let mut tasks = match kind {
        "Choice" => decide(work, names, state, here),
        "Fail" => fail(work, names, state, here),
        "Succeed" => plain(work, names, state, here, set(None)),
        "Pass" => {
            let body = set(pass(work, state, here));
            plain(work, names, state, here, body)
        }
        "Wait" => {
            let body = wait(work, state, here);
            plain(work, names, state, here, body)
        }
        "Task" => {
            let body = task::body(work.report, state, here);
            plain(work, names, state, here, body)
        }
        "Parallel" => {
            let body = parallel(work, state, here)?;
            plain(work, names, state, here, body)
        }
        "Map" => {
            let body = map(work, state, here)?;
            plain(work, names, state, here, body)
        }
        other => {
            work.report.dropped(&join(here.place, "Type"), format!("the type “{other}” is not known; choose what the step does"));
            let mut body = Body::default();
            body.task.insert("call".into(), format!("{}@default", task::script_name("state", other)).into());
            plain(work, names, state, here, body)
        }
    };
    if let Some(Value::String(comment)) = state.get("Comment")
        && let Some((_, Value::Object(task))) = tasks.first_mut()
    {
        task.insert("metadata".into(), json!({"comment": comment}));
        work.report.carried(&join(here.place, "Comment"), "as metadata");
    }
    shapes(work, state, kind, here);
    account(work, state, kind, here);
    Ok(tasks)
}

/// Says which fields that every state may have are not of the shape they need, and which state leads nowhere.
fn shapes(work: &mut Work<'_>, state: &Value, kind: &str, here: &Here<'_>) {
    for (key, without) in [("Retry", "nothing is tried again"), ("Catch", "no error is caught")] {
        if state.get(key).is_some_and(|value| !value.is_array()) {
            work.report.dropped(&join(here.place, key), format!("is no list, so {without}; write a list"));
        }
    }
    let (next, end) = (state.get("Next"), state.get("End"));
    if next.is_some_and(|value| !value.is_string()) {
        work.report.dropped(&join(here.place, "Next"), "is no name of a state; write one");
    }
    if end.is_some_and(|value| !value.is_boolean()) {
        work.report.dropped(&join(here.place, "End"), "is neither true nor false; write true, or a Next");
    }
    let ends = end == Some(&Value::Bool(true));
    if matches!(kind, "Choice" | "Succeed" | "Fail") {
        return;
    }
    match next {
        None if !ends => {
            work.report.dropped(here.place, "the state has neither Next nor End, so everything ends there; say where it leads")
        }
        Some(_) if ends => work.report.dropped(&join(here.place, "End"), "stands beside Next, which counts; leave one of them out"),
        _ => {}
    }
}

/// Says of every field that nothing was said of yet what became of it.
fn account(work: &mut Work<'_>, state: &Value, kind: &str, here: &Here<'_>) {
    let known: &[&str] = match kind {
        "Task" => &[
            "Resource",
            "InputPath",
            "OutputPath",
            "ResultPath",
            "Parameters",
            "ResultSelector",
            "Retry",
            "Catch",
            "TimeoutSeconds",
            "TimeoutSecondsPath",
            "Arguments",
            "Output",
            "Assign",
        ],
        "Pass" => &["Result", "InputPath", "OutputPath", "ResultPath", "Parameters", "Output", "Assign"],
        "Choice" => &["Choices", "Default", "InputPath", "OutputPath", "Output", "Assign"],
        "Wait" => &["Seconds", "SecondsPath", "Timestamp", "TimestampPath", "InputPath", "OutputPath", "Output", "Assign"],
        "Succeed" => &["InputPath", "OutputPath", "Output"],
        "Fail" => &["Error", "Cause", "ErrorPath", "CausePath"],
        "Parallel" => &[
            "Branches",
            "InputPath",
            "OutputPath",
            "ResultPath",
            "Parameters",
            "ResultSelector",
            "Retry",
            "Catch",
            "Arguments",
            "Output",
            "Assign",
        ],
        "Map" => &[
            "Iterator",
            "ItemProcessor",
            "ItemsPath",
            "Items",
            "ItemSelector",
            "Parameters",
            "InputPath",
            "OutputPath",
            "ResultPath",
            "ResultSelector",
            "Retry",
            "Catch",
            "Output",
            "Assign",
        ],
        _ => &[],
    };
    for key in state.as_object().into_iter().flatten().map(|(key, _)| key) {
        let at = join(here.place, key);
        if work.report.knows(&at) {
            continue;
        }
        if COMMON.contains(&key.as_str()) || known.contains(&key.as_str()) {
            work.report.carried(&at, "");
        } else {
            let kind = if kind.is_empty() { "a state without a type" } else { kind };
            work.report.dropped(&at, format!("has no counterpart in {kind}"));
        }
    }
}

/// The state's own way on.
fn onward(names: &Names<'_>, state: &Value, here: &Here<'_>, last: bool) -> Option<String> {
    match state.get("Next").and_then(Value::as_str) {
        Some(next) if last && here.next == Some(next) => None,
        Some(next) => Some(names.of(next)),
        None => Some(here.scope.end().to_owned()),
    }
}

pub(super) fn input_path(work: &mut Work<'_>, state: &Value, here: &Here<'_>) -> Option<String> {
    if here.language == Language::Jsonata {
        return None;
    }
    match state.get("InputPath") {
        Some(Value::Null) => Some("{}".into()),
        Some(Value::String(text)) if text != "$" => Some(expression(text, &join(here.place, "InputPath"), work.report)),
        _ => None,
    }
}

/// A state that does one thing and goes on, with its data flow, retries and catchers around it.
fn plain(work: &mut Work<'_>, names: &mut Names<'_>, state: &Value, here: &Here<'_>, body: Body) -> Tasks {
    let mut task = body.task;
    if let Some(from) = body.from {
        task.insert("input".into(), json!({"from": wrap(&from)}));
    }
    let from = input_path(work, state, here);
    if let Some(from) = from
        && !task.contains_key("input")
    {
        task.insert("input".into(), json!({"from": wrap(&from)}));
    }
    if let Some(output) = output(work, state, here, body.result) {
        task.insert("output".into(), json!({"as": wrap(&output)}));
    }
    assign(work, state, here, &mut task);
    let retriers = state.get("Retry").and_then(Value::as_array).cloned().unwrap_or_default();
    let catchers = state.get("Catch").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut tasks: Tasks = Vec::new();
    let mut value = Value::Object(task);
    let name = names.of(here.name);
    for (n, retrier) in retriers.iter().enumerate() {
        let at = join(&join(here.place, "Retry"), n);
        let policy = errors::policy(retrier, &at, work.report);
        value = json!({"try": [{ name.clone(): value }], "catch": {"retry": policy}});
    }
    if !retriers.is_empty() {
        let says = if retriers.len() > 1 {
            "as retries in each other; the inner ones begin anew when an outer one tries again"
        } else {
            "as a retry"
        };
        if retriers.len() > 1 {
            work.report.approximated(&join(here.place, "Retry"), says);
        } else {
            work.report.carried(&join(here.place, "Retry"), says);
        }
    }
    let mut extra: Tasks = Vec::new();
    if !catchers.is_empty() {
        value = catching(work, names, here, value, &catchers, &mut extra);
    }
    let last = extra.is_empty();
    if let (Some(then), Some(map)) = (onward(names, state, here, last), value.as_object_mut()) {
        map.insert("then".into(), then.into());
    }
    tasks.push((name, value));
    tasks.extend(extra);
    tasks
}

/// A `try` around a task for its catchers; with several ways out, a switch beside it that finds the right one.
fn catching(work: &mut Work<'_>, names: &mut Names<'_>, here: &Here<'_>, value: Value, catchers: &[Value], extra: &mut Tasks) -> Value {
    let place = join(here.place, "Catch");
    let name = names.of(here.name);
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut targets: Vec<String> = Vec::new();
    for (n, catcher) in catchers.iter().enumerate() {
        let at = join(&place, n);
        conditions.push(errors::matches(catcher.get("ErrorEquals").unwrap_or(&Value::Null), &join(&at, "ErrorEquals"), work.report));
        values.push(errors::caught(catcher, here.language, &at, work.report));
        targets.push(catcher.get("Next").and_then(Value::as_str).map_or_else(|| here.scope.end().to_owned(), |next| names.of(next)));
        if catcher.get("Assign").is_some() {
            work.report.dropped(&join(&at, "Assign"), "a catcher sets no variables here");
        }
    }
    let mut catch = Map::new();
    if conditions.iter().all(Option::is_some) {
        let any: Vec<String> = conditions.iter().flatten().map(|c| format!("({c})")).collect();
        catch.insert("when".into(), wrap(&any.join(" or ")));
    }
    let first = |pick: &dyn Fn(usize) -> String| {
        let mut out = pick(catchers.len() - 1);
        for n in (0..catchers.len() - 1).rev() {
            let condition = conditions[n].clone().unwrap_or_else(|| "true".into());
            out = format!("(if {condition} then {} else {out} end)", pick(n));
        }
        out
    };
    let one_way = targets.iter().all(|t| *t == targets[0]);
    let handler = names.beside(here.name, "handle the error");
    if one_way {
        let value = first(&|n| values[n].clone());
        catch.insert("do".into(), json!([{ handler: {"set": wrap(&value)} }]));
        catch.insert("then".into(), targets[0].clone().into());
    } else {
        let value = first(&|n| format!("{{\"caught\": {n}, \"value\": {}}}", values[n]));
        catch.insert("do".into(), json!([{ handler: {"set": wrap(&value)} }]));
        let router = names.beside(here.name, "caught");
        catch.insert("then".into(), router.clone().into());
        let ways: Vec<String> = (0..targets.len()).map(|n| names.beside(here.name, &format!("caught {}", n + 1))).collect();
        let cases: Vec<Value> = ways
            .iter()
            .enumerate()
            .map(|(n, way)| {
                if n + 1 == ways.len() {
                    json!({ format!("catcher {}", n + 1): {"then": way} })
                } else {
                    json!({ format!("catcher {}", n + 1): {"when": format!(".caught == {n}"), "then": way} })
                }
            })
            .collect();
        extra.push((router, json!({"switch": cases})));
        for (way, target) in ways.into_iter().zip(&targets) {
            extra.push((way, json!({"set": "${ .value }", "then": target})));
        }
    }
    work.report.carried(&place, "");
    json!({"try": [{ name: value }], "catch": Value::Object(catch)})
}

/// What the state hands on, over what its body came to.
pub(super) fn output(work: &mut Work<'_>, state: &Value, here: &Here<'_>, result: Option<String>) -> Option<String> {
    if here.language == Language::Jsonata {
        let at = join(here.place, "Output");
        return match state.get("Output") {
            Some(template) => {
                work.report.approximated(&at, "$states.input and $states.result both stand for what the step came to");
                Some(template::jq(template, Language::Jsonata, &at, work.report))
            }
            None => result,
        };
    }
    let mut out = result;
    if let Some(selector) = state.get("ResultSelector") {
        let selected = template::jq(selector, Language::JsonPath, &join(here.place, "ResultSelector"), work.report);
        out = Some(out.map_or_else(|| selected.clone(), |before| format!("({before} | {selected})")));
    }
    match state.get("ResultPath") {
        Some(Value::Null) => out = Some("$task.input".into()),
        Some(Value::String(text)) if text != "$" => {
            let at = join(here.place, "ResultPath");
            match path::keys(text) {
                Ok(keys) => out = Some(merge("$task.input", &keys, out.as_deref().unwrap_or("."))),
                Err(why) => work.report.dropped(&at, format!("{why}; the result stands alone")),
            }
        }
        _ => {}
    }
    match state.get("OutputPath") {
        Some(Value::Null) => out = Some("{}".into()),
        Some(Value::String(text)) if text != "$" => {
            let picked = expression(text, &join(here.place, "OutputPath"), work.report);
            out = Some(out.map_or_else(|| picked.clone(), |before| format!("({before} | {picked})")));
        }
        _ => {}
    }
    out
}

/// Variables become members of the flow's context.
pub(super) fn assign(work: &mut Work<'_>, state: &Value, here: &Here<'_>, task: &mut Map<String, Value>) {
    let Some(assigned) = state.get("Assign") else { return };
    let at = join(here.place, "Assign");
    let values = template::jq(assigned, here.language, &at, work.report);
    task.insert("export".into(), json!({"as": wrap(&format!("(($context // {{}}) + {values})"))}));
    work.report.approximated(&at, "variables are kept in $context, and are computed from what the step hands on");
}
