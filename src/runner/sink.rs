//! What an engine writes down, and through what: the side of the seam that all engines share (CODE, "The seam of the
//! runner").
//!
//! The console's database is the only record, and pages read only it. Everything is written under the run's fence: a
//! worker that was taken for dead finds that another one holds the run, and nothing of its is kept. The same steps
//! written twice are the same as once.

use serde_json::json;

use crate::app::run::cancel;
use crate::domain::clock::Micros;
use crate::domain::run::State;
use crate::store::Store;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::journal::{self, PutDown, Step};
use crate::store::runs::{self, Run};

/// A run that waits for another one looks by itself from time to time, should a wake-up go astray between two machines.
const LOOK_AGAIN: i64 = Micros::MINUTE;

/// How a run rests.
#[derive(Debug, Clone)]
pub struct Rest {
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
    /// In a state, without more to say.
    pub const fn new(state: State) -> Self {
        Self { state, output: None, error: None, wake_at: None, child: None }
    }

    /// Waiting for a person, and why.
    pub fn attention(why: &str) -> Self {
        let error = json!({"type": "https://signalbox.invalid/needs-attention", "title": "Needs attention", "status": 500, "detail": why});
        Self { error: Some(error.to_string()), ..Self::new(State::NeedsAttention) }
    }
}

/// Where engines write what a run did.
#[derive(Clone)]
pub struct RunSink {
    store: Store,
}

impl RunSink {
    /// Into this database.
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Adds or replaces steps of a run that goes on; `got_on`: it did something since it was taken over, so it is not what
    /// kills workers. `false`: another worker holds the run, and nothing was written.
    ///
    /// # Errors
    /// The database.
    pub async fn append(&self, run: &Run, steps: Vec<Step>, got_on: bool) -> Result<bool, StoreError> {
        let (id, worker, fence) = (run.id.clone(), holder(run), run.fence);
        let write = move |conn: &mut Conn| {
            let held = journal::holds(conn, &id, &worker, fence)?;
            if held {
                journal::put(conn, &steps)?;
                if got_on {
                    journal::got_on(conn, &id)?;
                }
            }
            Ok(held)
        };
        self.store.append(write).await
    }

    /// Puts a run down, in one transaction: its last steps, its state, its count, its parent's wake-up. `false`: another
    /// worker holds it, and nothing was written.
    ///
    /// # Errors
    /// The database.
    pub async fn put_down(&self, run: &Run, steps: Vec<Step>, rest: Rest, now: Micros) -> Result<bool, StoreError> {
        let run = run.clone();
        // A run of a rollout may end it: that takes locks which a shared commit must not hold while others come in.
        if run.rollout.is_some() && rest.state.is_final() {
            return self.store.write(move |conn| put_down(conn, &run, steps, &rest, now)).await;
        }
        self.store.append(move |conn| put_down(conn, &run, steps, &rest, now)).await
    }
}

/// Under whose name the run is held.
fn holder(run: &Run) -> String {
    run.worker.clone().unwrap_or_default()
}

fn put_down(conn: &mut Conn, run: &Run, steps: Vec<Step>, rest: &Rest, now: Micros) -> Result<bool, StoreError> {
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
    if !journal::put_down(conn, &run.id, &holder(run), run.fence, &change)? {
        return Ok(false);
    }
    journal::put(conn, &steps)?;
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

/// For use cases that fail only by the database here.
pub(super) fn store_error(error: crate::app::Error) -> StoreError {
    match error {
        crate::app::Error::Store(error) => error,
        other => StoreError::Refused(other.to_string()),
    }
}
