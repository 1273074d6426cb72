//! After going back: the runs that the bad version touched, and starting them again, once each (PRODUCT §5.5).

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::super::run::start::{Source, Start, start};
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::run::Trigger;
use crate::store::attempt;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::reruns::{self, Which};
use crate::store::runs::Run;
use crate::store::versions::Version;

/// Runs started again in one go; the rest waits for the next.
pub const AT_ONCE: i64 = 200;

/// What was started again.
#[derive(Debug, Clone, Default)]
pub struct Rerun {
    /// The new runs.
    pub started: Vec<String>,
    /// Runs that a rule keeps from being started again, and which.
    pub refused: Vec<(String, String)>,
    /// Runs that still wait, counted no further than one go and one more.
    pub left: i64,
}

/// Runs of a version in an environment that ended and were not started again, oldest first.
///
/// # Errors
/// The database.
pub fn touched(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version, which: Which) -> Result<Vec<Run>> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    Ok(reruns::waiting(conn, &version.id, &environment.id, which, "", AT_ONCE + 1)?)
}

/// Starts them again on `target`, or on whatever a start would use now. Each run is started again at most once. One that
/// a rule refuses, such as an input that does not fit the target, is named and keeps none of the others back.
///
/// # Errors
/// No run could be started: what kept the first one.
pub fn rerun(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    bad: &Version,
    target: Option<&Version>,
    which: Which,
) -> Result<Rerun> {
    ctx.allow(Permission::Start(environment.kind()?), Some(&flow.workspace()))?;
    if target.is_some_and(|t| t.id == bad.id) {
        return Err(Error::invalid("version", "Choose another version than the one that was found bad."));
    }
    let mut done = Rerun::default();
    let (mut after, mut first) = (String::new(), None);
    loop {
        let waiting = reruns::waiting(conn, &bad.id, &environment.id, which, &after, AT_ONCE + 1)?;
        for run in &waiting {
            if full(&done) {
                done.left = 1;
                break;
            }
            let new = attempt(conn, |conn| again(conn, ctx, (flow, environment), target, run));
            match new {
                Ok(new) => done.started.push(new),
                Err(error @ (Error::Store(_) | Error::Stale { .. })) => return Err(error),
                Err(error) => {
                    done.refused.push((run.id.clone(), error.to_string()));
                    first = first.or(Some(error));
                }
            }
        }
        match waiting.last() {
            Some(last) if !full(&done) => after.clone_from(&last.id),
            _ => break,
        }
    }
    if let Some(error) = first.filter(|_| done.started.is_empty()) {
        return Err(error);
    }
    if !done.started.is_empty() {
        ctx.record(
            conn,
            Event {
                action: "run.rerun",
                workspace: Some(&flow.workspace_id),
                flow: Some(&flow.id),
                environment: Some(&environment.id),
                object: Some((ObjectKind::Version, &bad.id, &format!("{} v{} in {}", flow.name, bad.number, environment.name))),
                before: Some(json!({"version": bad.number})),
                after: Some(json!({"runs": done.started.len(), "version": target.map(|t| t.number), "refused": done.refused.len()})),
                ..Event::default()
            },
        )?;
    }
    Ok(done)
}

/// Enough for one go.
fn full(done: &Rerun) -> bool {
    i64::try_from(done.started.len().max(done.refused.len())).is_ok_and(|n| n >= AT_ONCE)
}

/// Starts one run again; the new run's id.
fn again(conn: &mut Conn, ctx: &Ctx, (flow, environment): (&Flow, &Environment), target: Option<&Version>, run: &Run) -> Result<String> {
    let ask = Start {
        input: serde_json::from_str::<Value>(&run.input).map_err(StoreError::corrupt)?,
        version: target.cloned(),
        key: run.key.clone(),
        ..Start::default()
    };
    let source = Source { retry_of: Some(run.id.clone()), ..Source::new(Trigger::Api) };
    let new = start(conn, ctx, flow, environment, &ask, &source)?;
    // Somebody did the same a moment ago: the whole of this one is undone.
    if !reruns::note(conn, &run.id, &new.id, ctx.now.0, ctx.name())? {
        return Err(Error::Stale {
            message: "Some of these runs were started again a moment ago. Look again; nothing was started twice.".into(),
            current: json!({"run": run.id}),
        });
    }
    Ok(new.id)
}
