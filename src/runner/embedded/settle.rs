//! Writing down how a run rests, in one transaction: its last steps, its state, its count, its parent's wake-up.

use std::sync::atomic::Ordering;

use super::{ENDS, Embedded};
use crate::app::run::cancel;
use crate::domain::clock::Micros;
use crate::domain::run::State;
use crate::store::error::Error as StoreError;
use crate::store::journal::{self, PutDown, Step};
use crate::store::runs::{self, Run};

/// A run that waits for another one looks by itself from time to time, should a wake-up go astray between two machines.
const LOOK_AGAIN: i64 = Micros::MINUTE;

/// How a run rests.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    /// The state it is left in.
    pub state: State,
    /// As JSON.
    pub output: Option<String>,
    /// As JSON.
    pub error: Option<String>,
    /// When it goes on, if it waits for an instant.
    pub wake_at: Option<Micros>,
    /// The run it waits for.
    pub child: Option<String>,
}

impl Rest {
    pub(super) const fn new(state: State) -> Self {
        Self { state, output: None, error: None, wake_at: None, child: None }
    }
}

impl Embedded {
    pub(super) async fn settle(&self, run: &Run, unwritten: Vec<Step>, rest: Rest) -> Result<(), StoreError> {
        let (run_row, worker, now) = (run.clone(), run.worker.clone().unwrap_or_default(), self.shared.clock.now());
        let state = rest.state;
        let store = &self.shared.store;
        // A run of a rollout may end it: that takes locks which a shared commit must not hold while others come in.
        let held = if run.rollout.is_some() && state.is_final() {
            store.write(move |conn| write(conn, &run_row, &worker, unwritten, &rest, now)).await?
        } else {
            store.append(move |conn| write(conn, &run_row, &worker, unwritten, &rest, now)).await?
        };
        if !held {
            tracing::info!(run = run.id, "another worker holds this run now; nothing was written");
        } else if let Some(n) = ENDS.iter().position(|s| *s == state) {
            self.shared.ended[n].fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn write(
    conn: &mut crate::store::conn::Conn,
    run: &Run,
    worker: &str,
    unwritten: Vec<Step>,
    rest: &Rest,
    now: Micros,
) -> Result<bool, StoreError> {
    let mut wake_at = rest.wake_at;
    if let Some(child) = &rest.child {
        // The child may have ended while this run was being put down: then nobody would wake it.
        let ended = runs::get(conn, child)?.is_none_or(|c| c.finished_at.is_some());
        let later = wake_at.unwrap_or(now.plus(LOOK_AGAIN)).min(now.plus(LOOK_AGAIN));
        wake_at = Some(if ended { now } else { later });
    }
    let change = PutDown {
        state: rest.state.as_str().to_owned(),
        output: rest.output.clone(),
        error: rest.error.clone(),
        finished_at: rest.state.is_final().then_some(now.0),
        wake_at: wake_at.map(|at| at.0),
        worker: None,
        control: None,
    };
    if !journal::put_down(conn, &run.id, worker, run.fence, &change)? {
        return Ok(false);
    }
    journal::put(conn, &unwritten)?;
    if rest.state.is_final() {
        if rest.state == State::Cancelled {
            journal::cancel_open_steps(conn, &run.id, now.0)?;
            cancel::children(conn, run, now).map_err(store_error)?;
        }
        cancel::count(conn, run, rest.state, now).map_err(store_error)?;
        if let Some(parent) = &run.parent_run_id {
            journal::wake(conn, parent, now.0)?;
        }
    }
    Ok(true)
}

/// These use cases fail only by the database here.
fn store_error(error: crate::app::Error) -> StoreError {
    match error {
        crate::app::Error::Store(error) => error,
        other => StoreError::Refused(other.to_string()),
    }
}
