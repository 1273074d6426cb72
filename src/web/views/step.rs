//! Kinds of steps in words and icons.

use super::graph::picture;
use crate::definition::tasks::{CallKind, RunKind, TaskKind};
use crate::web::components::graph::NodeKind;

/// The kind of a step as people read it.
pub fn kind_words(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Do => "Group of steps",
        TaskKind::Set => "Set data",
        TaskKind::Switch => "Switch",
        TaskKind::For => "For each",
        TaskKind::Raise => "Raise an error",
        TaskKind::Try => "Try and catch",
        TaskKind::Wait => "Wait",
        TaskKind::Run(RunKind::Workflow) => "Run another flow",
        TaskKind::Call(CallKind::Http) => "HTTP call",
        TaskKind::Fork => "Branches side by side",
        TaskKind::Emit => "Send an event",
        TaskKind::Listen => "Wait for events",
        TaskKind::Unknown => "Unknown kind",
        TaskKind::Run(_) | TaskKind::Call(_) => kind.label(),
    }
}

/// The icon of a kind of step.
pub fn icon(kind: TaskKind) -> &'static str {
    picture(kind).icon()
}

/// The icon of a step whose kind is known by its word alone, as journals keep it: `set`, `call`.
pub fn icon_of(word: &str) -> &'static str {
    let kind = match word.split(' ').next().unwrap_or_default() {
        "set" => NodeKind::Set,
        "switch" => NodeKind::Switch,
        "for" => NodeKind::For,
        "raise" => NodeKind::Raise,
        "try" => NodeKind::Try,
        "wait" => NodeKind::Wait,
        "run" => NodeKind::Run,
        "call" => NodeKind::Call,
        _ => NodeKind::Step,
    };
    kind.icon()
}
