//! What a definition refers to: other flows. Shared components stand in [`super::components`].

use serde::Serialize;
use serde_json::Value;

use super::document::Definition;
use super::pointer::join;
use super::tasks::{self, RunKind, TaskKind};

/// A `run.workflow` in a definition. Whether the flow exists is for the application to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowReference {
    /// `document.namespace` of the flow called.
    pub namespace: String,
    /// `document.name` of the flow called.
    pub name: String,
    /// The version asked for: semver or `latest`.
    pub version: String,
    /// JSON pointer of the `workflow` object, for messages.
    pub pointer: String,
}

/// Every flow that the definition runs, in document order.
pub fn references(d: &Definition) -> Vec<FlowReference> {
    let mut found = Vec::new();
    tasks::walk(d.value(), &mut |task, _| {
        if task.kind == TaskKind::Run(RunKind::Workflow) {
            let flow = &task.value["run"]["workflow"];
            let text = |key: &str| flow.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push(FlowReference {
                namespace: text("namespace"),
                name: text("name"),
                version: text("version"),
                pointer: join(&join(&task.pointer, "run"), "workflow"),
            });
        }
    });
    found
}
