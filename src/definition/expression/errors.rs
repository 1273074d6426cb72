//! What can be wrong with an expression, in words that say how to fix it.

/// At which point an expression failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It cannot be compiled, or uses something that is refused.
    Invalid,
    /// It was evaluated and raised an error.
    Evaluation,
    /// A value going in or coming out is larger or deeper than allowed.
    TooLarge,
    /// It is heavy and was to run in process.
    Heavy,
}

/// An expression that could not be compiled or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// At which point.
    pub kind: ErrorKind,
    /// What is wrong and what to do.
    pub message: String,
}

/// The longest piece of data quoted in a message, in characters.
const QUOTED: usize = 200;

pub(super) fn invalid(message: impl Into<String>) -> ExpressionError {
    ExpressionError { kind: ErrorKind::Invalid, message: message.into() }
}

pub(super) fn too_large(message: impl Into<String>) -> ExpressionError {
    ExpressionError { kind: ErrorKind::TooLarge, message: message.into() }
}

/// A plain expression that asks for more work than one evaluation may do.
pub(super) fn too_much() -> ExpressionError {
    too_large("The expression does too much work for one step. Make the data smaller first (input.from), or split it over several steps.")
}

pub(super) fn evaluation(message: &str) -> ExpressionError {
    let mut short: String = message.chars().take(QUOTED).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    ExpressionError { kind: ErrorKind::Evaluation, message: format!("The expression failed: {short}") }
}

pub(super) fn out_of_scope(name: &str, in_scope: &[&str]) -> ExpressionError {
    if name == "ENV" {
        return invalid("$ENV is refused: an expression cannot read the server's environment. Pass the value as input.");
    }
    let mut known: Vec<String> = in_scope.iter().map(|n| format!("${n}")).collect();
    known.sort();
    let known = if known.is_empty() { "no variable is".to_owned() } else { format!("known are {}", known.join(", ")) };
    invalid(format!("${name} is not known here; {known}."))
}

/// Why a function is not there, for those that people know from jq.
pub(super) fn refused(function: &str) -> Option<ExpressionError> {
    let why = match function {
        "halt" | "halt_error" => "it would end the server. Use error(\"...\") or a raise task",
        "env" => "it reads the server's environment. Pass the value as input",
        "input" | "inputs" | "input_filename" | "input_line_number" => "an expression has one input, `.`",
        "debug" | "stderr" => "it writes to the server's log. Look at the step's input and output instead",
        "get_search_list" | "modulemeta" => "there are no modules",
        "import" | "include" | "module" => "there are no modules; write the expression out",
        _ => return None,
    };
    Some(invalid(format!("`{function}` is refused: {why}.")))
}
