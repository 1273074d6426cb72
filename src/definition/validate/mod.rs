//! Whether a definition is valid, and whether this build can execute it (PRODUCT §3.3).
//!
//! The checks are our own, written per construct, because a general schema validator can only say
//! that nothing fits. Shape errors, broken references and expressions that do not compile are
//! [`Severity::Error`]; what the format allows and this build cannot run is
//! [`Severity::NotExecutable`]; what is allowed and hardly meant is a [`Severity::Warning`].

mod calls;
mod data;
mod document;
mod events;
mod functions;
mod policies;
mod runs;
mod scope;
mod shape;
mod tasks;

use super::document::Definition;
use super::problem::{Problem, Severity};

pub use scope::Place;

/// No more than this many findings are listed.
pub const MAX_PROBLEMS: usize = 500;

/// Everything that can be said without knowing other flows, in document order.
pub fn validate(d: &Definition) -> Vec<Problem> {
    let mut check = Check { d, found: Vec::new(), locals: Vec::new() };
    if too_deep(d.value(), 0) {
        check.error("", "Nested too deeply. Move the inner part into a flow of its own.");
    } else {
        check.definition();
    }
    let mut found = check.found;
    found.sort_by_key(|p| (p.line.unwrap_or(0), std::cmp::Reverse(p.severity)));
    found
}

/// Whether nothing stops publishing: no errors, and nothing that cannot be executed.
pub fn is_ready(problems: &[Problem]) -> bool {
    problems.iter().all(|p| p.severity == Severity::Warning)
}

fn too_deep(value: &serde_json::Value, depth: usize) -> bool {
    use serde_json::Value::{Array, Object};
    match value {
        Array(items) => depth >= super::parse::MAX_DEPTH || items.iter().any(|v| too_deep(v, depth + 1)),
        Object(map) => depth >= super::parse::MAX_DEPTH || map.values().any(|v| too_deep(v, depth + 1)),
        _ => false,
    }
}

/// The walk over one definition.
struct Check<'d> {
    d: &'d Definition,
    found: Vec<Problem>,
    /// Variables that loops and catches add where the walk stands.
    locals: Vec<String>,
}

impl Check<'_> {
    fn report(&mut self, severity: Severity, pointer: &str, message: impl Into<String>) {
        if self.found.len() < MAX_PROBLEMS {
            let line = self.d.nearest_line(pointer);
            self.found.push(Problem::of(severity, pointer, message).at(line));
        }
    }

    fn error(&mut self, pointer: &str, message: impl Into<String>) {
        self.report(Severity::Error, pointer, message);
    }

    fn warn(&mut self, pointer: &str, message: impl Into<String>) {
        self.report(Severity::Warning, pointer, message);
    }

    /// Valid, but not by this build.
    fn cannot_run(&mut self, pointer: &str, what: &str) {
        self.report(Severity::NotExecutable, pointer, format!("{what} cannot be executed by this build yet."));
    }
}

/// Whether one name is likely a misspelling of the other: a letter or two apart.
pub(super) fn near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let allowed = if a.len().max(b.len()) <= 4 { 1 } else { 2 };
    if a.len().abs_diff(b.len()) > allowed || a.len().max(b.len()) > 64 {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()] <= allowed
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
