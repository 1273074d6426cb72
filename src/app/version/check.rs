//! Validation of a draft, with what only the application knows: other flows and the flow's own name (PRODUCT §3.3).

use serde_json::Value;

use super::super::component;
use super::super::error::Result;
use super::super::settings;
use crate::definition::{self, Definition, Problem, Severity};
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::versions;

/// A text and settings, judged.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The definition, when the text can be read.
    pub definition: Option<Definition>,
    /// Everything found, worst first.
    pub problems: Vec<Problem>,
    /// Of definition and settings in canonical form; of the bare text while it cannot be read.
    pub content_hash: String,
}

impl Checked {
    /// Whether it may be published, deployed and started.
    pub fn ready(&self) -> bool {
        self.blocking() == 0
    }

    /// How many problems stand in the way: errors, and what this build cannot execute.
    pub fn blocking(&self) -> i64 {
        i64::try_from(self.problems.iter().filter(|p| p.severity != Severity::Warning).count()).unwrap_or(i64::MAX)
    }

    /// The problems as stored and published.
    pub fn problems_json(&self) -> String {
        serde_json::to_string(&self.problems).unwrap_or_else(|_| "[]".to_owned())
    }
}

/// Judges a text and settings for a flow.
///
/// # Errors
/// The database.
pub fn check(conn: &mut Conn, flow: &Flow, text: &str, settings: &Value) -> Result<Checked> {
    let mut problems = settings::check(settings);
    let definition = match Definition::parse(text) {
        Ok(definition) => definition,
        Err(found) => {
            problems.splice(0..0, found);
            let content_hash = definition::content_hash(&Value::String(text.to_owned()), settings);
            return Ok(Checked { definition: None, problems, content_hash });
        }
    };
    problems.extend(definition::validate(&definition));
    problems.extend(own_name(conn, flow, &definition)?);
    for reference in definition::references(&definition) {
        if flows::by_document(conn, &flow.workspace_id, &reference.namespace, &reference.name)?.is_none() {
            let message = format!(
                "There is no flow {}/{} in this workspace. Create it first, or correct the name.",
                reference.namespace, reference.name
            );
            problems.push(Problem::error(&reference.pointer, message).at(definition.nearest_line(&reference.pointer)));
        }
    }
    problems.extend(component::check::check(conn, &flow.workspace_id, &definition)?);
    problems.sort_by_key(|p| (std::cmp::Reverse(p.severity), p.line));
    let content_hash = definition::content_hash(definition.value(), settings);
    Ok(Checked { definition: Some(definition), problems, content_hash })
}

/// `document.namespace` and `name` are how other flows call this one, so they stay once a version is published
/// and never clash (DECISIONS 4).
fn own_name(conn: &mut Conn, flow: &Flow, definition: &Definition) -> Result<Option<Problem>> {
    let (namespace, name) = (definition.namespace(), definition.name());
    if (namespace, name) == (flow.namespace.as_str(), flow.document_name.as_str()) || namespace.is_empty() || name.is_empty() {
        return Ok(None);
    }
    let problem = |message: String| Some(Problem::error("/document/name", message).at(definition.nearest_line("/document/name")));
    if versions::latest(conn, &flow.id)?.is_some() {
        return Ok(problem(format!(
            "Other flows call this one {}/{}. Keep that name here; *Duplicate as new flow* makes a flow of another name.",
            flow.namespace, flow.document_name
        )));
    }
    let clash = flows::by_document(conn, &flow.workspace_id, namespace, name)?;
    Ok(clash.and_then(|other| problem(format!("The flow {} is called {namespace}/{name} already. Choose another name.", other.name))))
}
