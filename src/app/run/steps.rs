//! The steps of a run as people see them: journal rows, tries of one step together.

use serde_json::Value;

use super::super::error::Result;
use crate::domain::sealed;
use crate::store::conn::Conn;
use crate::store::journal::{self, Step};
use crate::store::runs::Run;

/// Steps a page shows at once.
pub const SHOWN: i64 = 500;

/// One try of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: usize,
    /// See `domain::run::StepState`.
    pub state: String,
    /// Microseconds UTC.
    pub started_at: i64,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
    /// What went wrong.
    pub error: Option<Value>,
}

/// A step with its tries.
#[derive(Debug, Clone, PartialEq)]
pub struct StepView {
    /// Order of entering.
    pub position: i64,
    /// Unique within the run.
    pub key: String,
    /// The task's address in the definition.
    pub pointer: String,
    /// The task's name.
    pub name: String,
    /// The task's kind.
    pub kind: String,
    /// Which round of a loop, from 0.
    pub iteration: Option<i64>,
    /// How deep the task is nested, for indentation.
    pub depth: usize,
    /// See `domain::run::StepState`, of the last try.
    pub state: String,
    /// Of the last try.
    pub input: Option<Value>,
    /// Of the last try.
    pub output: Option<Value>,
    /// Of the last try.
    pub error: Option<Value>,
    /// Of the first try.
    pub started_at: i64,
    /// Of the last try.
    pub ended_at: Option<i64>,
    /// What it waits for.
    pub wake_at: Option<i64>,
    /// The run of the flow it called.
    pub child_run_id: Option<String>,
    /// Every try, in order.
    pub attempts: Vec<Attempt>,
}

/// Steps of a run after a position, and whether more follow.
///
/// # Errors
/// The database.
pub fn steps(conn: &mut Conn, run: &Run, after: i64) -> Result<(Vec<StepView>, bool)> {
    let mut rows = journal::steps_after(conn, &run.id, after, SHOWN + 1)?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > SHOWN;
    rows.truncate(usize::try_from(SHOWN).unwrap_or(rows.len()));
    Ok((fold(rows), more))
}

/// Puts the tries of one step together: a retry enters its steps under keys that differ by a mark (`try~2`).
pub fn fold(rows: Vec<Step>) -> Vec<StepView> {
    let mut steps: Vec<StepView> = Vec::new();
    let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for row in rows.into_iter().filter(|r| r.kind != DELAY) {
        let stable = stable(&row.key);
        let attempt = Attempt {
            number: 1,
            state: row.state.clone(),
            started_at: row.started_at,
            ended_at: row.ended_at,
            error: parse(row.error.as_deref()),
        };
        match places.get(&stable).and_then(|i| steps.get_mut(*i)) {
            Some(step) => {
                let number = step.attempts.len() + 1;
                step.attempts.push(Attempt { number, ..attempt });
                step.state = row.state;
                step.input = parse(Some(&row.input));
                step.output = parse(row.output.as_deref());
                step.error = parse(row.error.as_deref());
                step.ended_at = row.ended_at;
                step.wake_at = row.wake_at;
                step.child_run_id = row.child_run_id;
            }
            None => {
                places.insert(stable, steps.len());
                steps.push(StepView {
                    position: row.position,
                    depth: row.pointer.matches("/do/").count()
                        + row.pointer.matches("/try/").count()
                        + row.pointer.matches("/catch/").count(),
                    key: row.key,
                    pointer: row.pointer,
                    name: row.name,
                    kind: row.kind,
                    iteration: row.iteration,
                    state: row.state,
                    input: parse(Some(&row.input)),
                    output: parse(row.output.as_deref()),
                    error: parse(row.error.as_deref()),
                    started_at: row.started_at,
                    ended_at: row.ended_at,
                    wake_at: row.wake_at,
                    child_run_id: row.child_run_id,
                    attempts: vec![attempt],
                });
            }
        }
    }
    // Depth counts lists a task stands in; the outermost list is none.
    steps.iter_mut().for_each(|s| s.depth = s.depth.saturating_sub(1));
    steps
}

/// The kind of journal row that holds the pause before a retry; it is no step of the definition.
pub const DELAY: &str = "delay";

/// The key without retry marks.
pub fn stable(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut rest = key;
    while let Some(at) = rest.find('~') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        // `~0` and `~1` before a letter are escapes of JSON pointers; a mark ends at `/` or at the end.
        let ends = after[digits..].is_empty() || after[digits..].starts_with('/');
        if digits == 0 || !ends {
            out.push('~');
            rest = after;
        } else {
            rest = &after[digits..];
        }
    }
    out.push_str(rest);
    out
}

fn parse(text: Option<&str>) -> Option<Value> {
    serde_json::from_str(sealed::shown(text?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(position: i64, key: &str, state: &str) -> Step {
        Step {
            run_id: "r".into(),
            position,
            key: key.into(),
            pointer: stable(key),
            name: "call".into(),
            kind: "call".into(),
            iteration: None,
            state: state.into(),
            attempts: "[]".into(),
            input: "{}".into(),
            output: None,
            error: (state == "faulted").then(|| "{\"status\":503}".into()),
            context: None,
            directive: None,
            started_at: position * 10,
            ended_at: Some(position * 10 + 5),
            wake_at: None,
            child_run_id: None,
        }
    }

    #[test]
    fn tries_of_one_step_stand_together_and_the_last_one_counts() {
        let rows = vec![row(0, "/do/0/t/try/0/call", "faulted"), row(1, "/do/0/t/try~2/0/call", "completed")];
        let folded = fold(rows);
        assert_eq!(folded.len(), 1);
        assert_eq!((folded[0].attempts.len(), folded[0].state.as_str()), (2, "completed"));
        assert!(folded[0].attempts[0].error.is_some() && folded[0].error.is_none());
        assert_eq!((folded[0].started_at, folded[0].ended_at), (0, Some(15)));
    }

    #[test]
    fn only_marks_are_taken_off_a_key() {
        assert_eq!(stable("/do/0/t/try~12/0/call"), "/do/0/t/try/0/call");
        assert_eq!(stable("/do/0/a~1b/try~2"), "/do/0/a~1b/try");
    }
}
