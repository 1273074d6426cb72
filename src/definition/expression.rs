//! Runtime expressions (jq).
use serde_json::Value;
/// Plain expressions run in process; heavy ones in the guarded worker process (DEFINITION §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight { /// in process
    Plain, /// worker
    Heavy }
/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind { /// not an expression, or not allowed
    Invalid, /// raised while evaluating
    Evaluation, /// a cap was exceeded
    TooLarge, /// heavy, and asked to run in process
    Heavy }
/// An expression that could not be compiled or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError { /// kind
    pub kind: ErrorKind, /// message
    pub message: String }
/// A compiled expression; cheap to clone, shareable between threads.
#[derive(Clone)]
pub struct Compiled { inner: std::sync::Arc<()> }
impl Compiled {
    /// The text inside `${ }`.
    pub fn text(&self) -> &str { let _ = &self.inner; unimplemented!() }
    /// Plain or heavy.
    pub fn weight(&self) -> Weight { unimplemented!() }
    /// Variables mentioned, without `$`.
    pub fn variables(&self) -> &[String] { unimplemented!() }
}
/// The text inside, when the whole of `text` is `${ ... }`.
pub fn wrapped(_text: &str) -> Option<&str> { unimplemented!() }
/// The expression of an expression-typed field (`if`, `when`, `while`, `in`, `from`, `as`): bare or wrapped.
pub fn field(_text: &str) -> &str { unimplemented!() }
/// Compiles (cached). `in_scope`: names without `$` the expression may mention.
pub fn compile(_text: &str, _in_scope: &[&str]) -> Result<Compiled, ExpressionError> { unimplemented!() }
/// Evaluates a plain expression in process: first output, no output = null. `now_micros`: the instant of jq's `now`, microseconds UTC.
/// Only variables mentioned need be given (`vars`: names without `$`).
pub fn evaluate_plain(_c: &Compiled, _input: &Value, _vars: &[(&str, &Value)], _now_micros: i64) -> Result<Value, ExpressionError> { unimplemented!() }
/// Evaluates anything WITHOUT limits of time, memory or stack: may hang, or abort the process. Only for the guarded worker process.
pub fn evaluate_unguarded(_c: &Compiled, _input: &Value, _vars: &[(&str, &Value)], _now_micros: i64) -> Result<Value, ExpressionError> { unimplemented!() }
/// The whole-string `${ }` of a data template: (pointer, text inside).
pub fn expressions_in(_template: &Value) -> Vec<(String, String)> { unimplemented!() }
/// The template with the values in the order of `expressions_in`.
pub fn fill(_template: &Value, _values: Vec<Value>) -> Value { unimplemented!() }
/// Synchronous twin of `expressions_in` + `fill`.
pub fn evaluate_deep<E>(_template: &Value, _eval: &mut dyn FnMut(&str) -> Result<Value, E>) -> Result<Value, E> { unimplemented!() }
