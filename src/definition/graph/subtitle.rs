//! The one detail of a task that is worth seeing in a drawing.

use serde_json::Value;

use crate::definition::tasks::{CallKind, RunKind, TaskKind, TaskRef};

/// The longest subtitle, in characters.
const LONGEST: usize = 36;

/// Method and host of a call, duration of a wait, name of a flow, ...
pub(super) fn subtitle(task: &TaskRef<'_>) -> String {
    let at = |pointer: &str| task.value.pointer(pointer);
    let text = |pointer: &str| at(pointer).and_then(Value::as_str).unwrap_or_default();
    let long = match task.kind {
        TaskKind::Call(CallKind::Http) => {
            let uri = at("/with/endpoint/uri").or_else(|| at("/with/endpoint")).and_then(Value::as_str);
            format!("{} {}", text("/with/method").to_uppercase(), host(uri.unwrap_or_default()))
        }
        TaskKind::Call(CallKind::OpenApi) => text("/with/operationId").to_owned(),
        TaskKind::Call(CallKind::Function) => text("/call").to_owned(),
        TaskKind::Call(_) => text("/with/method").to_owned(),
        TaskKind::Run(RunKind::Workflow) => format!("{} {}", text("/run/workflow/name"), text("/run/workflow/version")),
        TaskKind::Run(RunKind::Shell) => text("/run/shell/command").to_owned(),
        TaskKind::Run(RunKind::Container) => text("/run/container/image").to_owned(),
        TaskKind::Run(RunKind::Script) => text("/run/script/language").to_owned(),
        TaskKind::Wait => duration(task.value.get("wait")),
        TaskKind::For => format!("each {}", at("/for/each").and_then(Value::as_str).unwrap_or("item")),
        TaskKind::Set => match task.value.get("set") {
            Some(Value::Object(map)) => map.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        },
        TaskKind::Raise => match at("/raise/error") {
            Some(Value::String(name)) => name.clone(),
            _ => at("/raise/error/status").map(|s| format!("status {s}")).unwrap_or_default(),
        },
        TaskKind::Emit => text("/emit/event/with/type").to_owned(),
        TaskKind::Try if at("/catch/retry").is_some() => "with retries".to_owned(),
        TaskKind::Fork if at("/fork/compete").and_then(Value::as_bool) == Some(true) => "first one wins".to_owned(),
        _ => String::new(),
    };
    shorten(long.trim())
}

fn host(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let end = if rest.trim_start().starts_with("${") { rest.len() } else { rest.find(['/', '?', '#']).unwrap_or(rest.len()) };
    rest[..end].rsplit('@').next().unwrap_or_default()
}

fn duration(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(units)) => {
            let parts: Vec<String> = units.iter().map(|(unit, n)| format!("{n} {unit}")).collect();
            parts.join(" ")
        }
        _ => String::new(),
    }
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}
