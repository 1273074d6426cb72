//! Runtime expressions: jq, evaluated by jaq (DEFINITION §5).
//!
//! An author must not be able to harm the server, so expressions are sorted when they are
//! compiled. *Plain* ones (paths, literals, operators, construction, the library functions whose
//! work is bounded by their input) run in process, with caps on what goes in and comes out.
//! *Heavy* ones (definitions, folds, generators and the like) may run for ever or exhaust the
//! stack, which nothing in the process can stop: they are for the guarded worker process alone.
//! Plain ones, too, have a number of steps after which they are broken off, and a largest value.
//! Functions that reach the server itself (`env`, `halt`, `input`, `debug`) do not exist here, and
//! `now` is an instant given by the caller, so that a replayed run sees the same one.
//!
//! `${ }` counts in definitions only: expression syntax in a run's data is never looked at.

mod analyse;
mod cache;
mod convert;
mod engine;
mod errors;
mod guard;
mod plain;
mod template;

use std::sync::Arc;

use serde_json::Value;

pub use errors::{ErrorKind, ExpressionError};
pub use template::{evaluate_deep, expressions_in, fill};

/// The longest expression taken, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;
/// The largest value taken in or given out, in bytes of JSON, roughly: 4 MiB.
pub const MAX_VALUE: usize = 4 << 20;
/// The deepest value taken in or given out.
pub const MAX_DEPTH: usize = 128;

/// Where an expression may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// In process: [`evaluate_plain`].
    Plain,
    /// Only in the guarded worker process: [`evaluate_unguarded`].
    Heavy,
}

/// A compiled expression; cheap to clone, shared between threads.
#[derive(Clone)]
pub struct Compiled {
    inner: Arc<Inner>,
}

struct Inner {
    text: String,
    weight: Weight,
    variables: Vec<String>,
    /// Deep expressions run on a thread with a stack of their own.
    roomy: bool,
    filter: engine::Filter,
}

impl Compiled {
    /// The expression itself, without `${ }`.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// Where it may run.
    pub fn weight(&self) -> Weight {
        self.inner.weight
    }

    /// The variables it mentions, without `$`, each once: bind only these.
    pub fn variables(&self) -> &[String] {
        &self.inner.variables
    }
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compiled({:?}, {:?})", self.inner.text, self.inner.weight)
    }
}

/// The text inside, when the whole of `text` is `${ ... }`. Mixed text is not an expression.
pub fn wrapped(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("${")?.strip_suffix('}')?;
    if inner.is_empty() { None } else { Some(inner.trim()) }
}

/// The expression of a field that is one by its nature (`if`, `when`, `while`, `in`, `from`,
/// `as`, ...): bare or wrapped (DEFINITION §1, trap 2).
pub fn field(text: &str) -> &str {
    wrapped(text).unwrap_or_else(|| text.trim())
}

/// Compiles the text inside `${ }`, or takes it from the cache. `in_scope` names the variables,
/// without `$`, that exist where the expression stands.
///
/// # Errors
/// The text is no jq, uses something that is refused, or mentions a variable out of scope.
pub fn compile(text: &str, in_scope: &[&str]) -> Result<Compiled, ExpressionError> {
    let compiled = cache::get_or(text, engine::compile)?;
    match compiled.variables().iter().find(|name| !in_scope.contains(&name.as_str())) {
        Some(name) => Err(errors::out_of_scope(name, in_scope)),
        None => Ok(compiled),
    }
}

/// Evaluates a plain expression in process. The first output counts; none is null. `vars` (names
/// without `$`) needs only what [`Compiled::variables`] lists; `now_micros` is the instant of
/// `now`, microseconds UTC.
///
/// # Errors
/// The expression is heavy, raises an error, or a value is too large.
pub fn evaluate_plain(expression: &Compiled, input: &Value, vars: &[(&str, &Value)], now_micros: i64) -> Result<Value, ExpressionError> {
    match expression.weight() {
        Weight::Plain => engine::run(&expression.inner, input, vars, now_micros, Some(guard::PLAIN_STEPS)),
        Weight::Heavy => Err(ExpressionError {
            kind: ErrorKind::Heavy,
            message: "This expression can run without bound; only the guarded worker process evaluates it.".to_owned(),
        }),
    }
}

/// Evaluates any expression **without limits of time, memory or stack**: it may never return, or
/// abort the process. Only the guarded worker process, which is killed at its deadline, may call it.
///
/// # Errors
/// The expression raises an error, or a value is too large.
pub fn evaluate_unguarded(
    expression: &Compiled,
    input: &Value,
    vars: &[(&str, &Value)],
    now_micros: i64,
) -> Result<Value, ExpressionError> {
    engine::run(&expression.inner, input, vars, now_micros, None)
}

#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod tests;
