//! What is wrong with a definition, and how to put it right.

use serde::Serialize;

/// How much a [`Problem`] stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look; stops nothing.
    Warning,
    /// Valid in the format, stored and shown, but this build cannot execute it: publishing to an
    /// environment is refused with the list of these (DEFINITION §9).
    NotExecutable,
    /// Not valid: publish, deploy and start are refused (PRODUCT §3.3).
    Error,
}

/// One finding about a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// JSON pointer of the place; empty for the document as a whole.
    pub pointer: String,
    /// Line in the author's text, 1-based, when known.
    pub line: Option<u32>,
    /// What is wrong and how to fix it, in one or two sentences.
    pub message: String,
    /// How much it stops.
    pub severity: Severity,
}

impl Problem {
    /// An error without a line.
    pub fn error(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::of(Severity::Error, pointer, message)
    }

    /// A finding of the given severity without a line.
    pub fn of(severity: Severity, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { pointer: pointer.into(), line: None, message: message.into(), severity }
    }

    /// The same finding, at a line.
    #[must_use]
    pub fn at(mut self, line: Option<u32>) -> Self {
        self.line = line;
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}
