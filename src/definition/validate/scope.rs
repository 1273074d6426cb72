//! Which variables exist where an expression stands.

use super::Check;

/// Where an expression stands. Loops add their item and index, catches their error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// `input.from` of the definition, over the raw input.
    FlowInput,
    /// `output.as` of the definition, over the last task's output.
    FlowOutput,
    /// `if` and `input.from` of a task, over its raw input; `$input` is that raw input.
    TaskInput,
    /// The task itself; `.` and `$input` are its transformed input.
    Task,
    /// `output.as` and `export.as` of a task; `$output` is its output.
    TaskOutput,
}

impl Place {
    /// The variables that a runner gives here, without `$`, apart from those of loops and catches.
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Place::FlowInput => &["workflow", "runtime", "secrets", "environment"],
            Place::FlowOutput => &["context", "input", "output", "workflow", "runtime", "secrets", "environment"],
            Place::TaskInput | Place::Task => &["context", "input", "task", "workflow", "runtime", "secrets", "environment"],
            Place::TaskOutput => &["context", "input", "output", "task", "workflow", "runtime", "secrets", "environment"],
        }
    }
}

/// Variables of the format that this build does not fill everywhere yet.
pub(super) const NOT_YET: &[&str] = &["authorization"];

impl Check<'_> {
    /// Runs a part of the walk with more variables.
    pub(super) fn with_locals(&mut self, names: &[&str], part: impl FnOnce(&mut Self)) {
        let before = self.locals.len();
        self.locals.extend(names.iter().map(|n| (*n).to_owned()));
        part(self);
        self.locals.truncate(before);
    }

    /// A name under which a loop or a catch makes a value known.
    pub(super) fn variable_name(&mut self, name: &str, at: &str) {
        let mut chars = name.chars();
        let valid =
            chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid {
            self.error(at, format!("\"{name}\" cannot be a variable's name. Use letters, digits and _ without `$`, for example `item`."));
        } else if Place::TaskOutput.variables().contains(&name) || NOT_YET.contains(&name) {
            self.warn(at, format!("${name} hides the format's own ${name} in here. Choose another name."));
        }
    }
}
