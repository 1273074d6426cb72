//! Evaluates runtime expressions where they can do no harm (DEFINITION §5): plain ones here, heavy ones in a worker process
//! with a bound on time, memory and stack, which is killed when it oversteps one of them.
mod pool;
mod protocol;
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use self::pool::Pool;
pub use self::worker::serve;
use crate::definition::expression::{Compiled, ErrorKind, ExpressionError, Weight, evaluate_plain};

/// The name of the hidden subcommand that is the worker's side.
pub const WORKER: &str = "expression-worker";

/// How the worker processes are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program; it is started with [`WORKER`] as its only argument.
    pub program: PathBuf,
    /// The longest evaluation.
    pub deadline: Duration,
    /// Workers at a time; further evaluations wait for one.
    pub workers: usize,
}

impl Settings {
    /// This very program, two seconds, two workers.
    ///
    /// # Errors
    /// When the operating system does not say where this program is.
    pub fn this_program() -> Result<Settings, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
        Ok(Settings::of(program))
    }

    /// The same with another program that knows the subcommand.
    pub fn of(program: impl Into<PathBuf>) -> Settings {
        Settings { program: program.into(), deadline: Duration::from_secs(2), workers: 2 }
    }
}

/// Evaluates expressions. Shared by all runs.
pub struct Evaluator {
    pool: Pool,
}

impl Evaluator {
    /// No worker is started before it is needed.
    pub fn new(settings: Settings) -> Self {
        Evaluator { pool: Pool::new(settings) }
    }

    /// Evaluates an expression compiled with the names `in_scope`; `values` are those of the variables it mentions. The
    /// first result counts, none is null. `now` is what jq's `now` gives, in microseconds.
    ///
    /// # Errors
    /// What went wrong, or which bound was overstepped.
    pub async fn evaluate(
        &self,
        compiled: &Compiled,
        in_scope: &[&str],
        input: &Value,
        values: &[(&str, &Value)],
        now: i64,
    ) -> Result<Value, ExpressionError> {
        if compiled.weight() == Weight::Plain {
            match evaluate_plain(compiled, input, values, now) {
                Err(error) if error.kind == ErrorKind::Heavy => {}
                done => return done,
            }
        }
        let request = protocol::Request { text: compiled.text(), in_scope, input, values, now };
        // The rare path, and a large future: boxed, so that the usual one stays small.
        Box::pin(self.pool.evaluate(&request)).await
    }
}
