//! Errors as the specification has them (RFC 7807 problem details), and the kinds it fixes.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::durable::StepKey;

/// Host and path under which the standard kinds stand.
const BASE: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/";

/// The standard kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The definition or its environment is not usable as it stands (400).
    Configuration,
    /// Data does not fit its schema (400).
    Validation,
    /// An expression cannot be evaluated (400).
    Expression,
    /// Not authenticated (401).
    Authentication,
    /// Not allowed (403).
    Authorization,
    /// Took too long (408).
    Timeout,
    /// A service did not answer as wanted (500, or its own status).
    Communication,
    /// Anything else (500).
    Runtime,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Configuration,
        Kind::Validation,
        Kind::Expression,
        Kind::Authentication,
        Kind::Authorization,
        Kind::Timeout,
        Kind::Communication,
        Kind::Runtime,
    ];

    /// The last part of its type.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Configuration => "configuration",
            Kind::Validation => "validation",
            Kind::Expression => "expression",
            Kind::Authentication => "authentication",
            Kind::Authorization => "authorization",
            Kind::Timeout => "timeout",
            Kind::Communication => "communication",
            Kind::Runtime => "runtime",
        }
    }

    /// The status the specification gives it.
    pub fn status(self) -> u16 {
        match self {
            Kind::Configuration | Kind::Validation | Kind::Expression => 400,
            Kind::Authentication => 401,
            Kind::Authorization => 403,
            Kind::Timeout => 408,
            Kind::Communication | Kind::Runtime => 500,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Configuration => "Configuration error",
            Kind::Validation => "Validation error",
            Kind::Expression => "Expression error",
            Kind::Authentication => "Authentication error",
            Kind::Authorization => "Authorization error",
            Kind::Timeout => "Timeout",
            Kind::Communication => "Communication error",
            Kind::Runtime => "Runtime error",
        }
    }

    /// The normative type.
    pub fn uri(self) -> String {
        format!("{BASE}{}", self.name())
    }

    /// The standard kind a type names, in any of the spellings in circulation: both hosts, both paths (DEFINITION §1, trap 1).
    pub fn of_type(uri: &str) -> Option<Kind> {
        let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
        let rest = rest.strip_prefix("www.").unwrap_or(rest);
        let path = ["open-workflow-specification.org", "serverlessworkflow.io"].iter().find_map(|host| rest.strip_prefix(host))?;
        let name = ["/spec/1.0.0/errors/", "/dsl/errors/types/"].iter().find_map(|base| path.strip_prefix(base))?;
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An error a task or a run faulted with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskError {
    /// A URI that says what kind of error it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// As in HTTP.
    pub status: u16,
    /// Short and the same for all errors of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The pointer of the task that faulted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The enclosing step whose time ran out, while the error is on its way there: only that step turns it into its own
    /// timeout, and no `catch` in between sees it. Only in journals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<StepKey>,
}

impl TaskError {
    /// A standard error at a task's pointer.
    pub fn standard(kind: Kind, detail: impl Into<String>, pointer: &str) -> Self {
        TaskError {
            kind: kind.uri(),
            status: kind.status(),
            title: Some(kind.title().to_owned()),
            detail: Some(detail.into()),
            instance: Some(pointer.to_owned()),
            deadline: None,
        }
    }

    /// The same with another status (a communication error carries the service's own).
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The error as authors and callers see it: exactly the fields that are set.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("type".into(), self.kind.clone().into());
        map.insert("status".into(), self.status.into());
        for (name, field) in [("title", &self.title), ("detail", &self.detail), ("instance", &self.instance)] {
            if let Some(text) = field {
                map.insert(name.into(), text.clone().into());
            }
        }
        Value::Object(map)
    }
}
