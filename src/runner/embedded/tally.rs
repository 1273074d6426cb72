//! What the engine counts of itself, for figures that somebody watches. The record of runs is the database.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::run::State;
use crate::store::runs::Run;

/// Counts since the engine was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs taken up for the first time.
    pub started: u64,
    /// Runs that this engine carried to their end, by state.
    pub ended: Vec<(State, u64)>,
}

const FINAL: [State; 3] = [State::Completed, State::Faulted, State::Cancelled];

/// The counters behind a [`Tally`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    started: AtomicU64,
    ended: [AtomicU64; 3],
}

impl Counters {
    /// A run was taken up; later claims of the same run do not count.
    pub(super) fn taken_up(&self, run: &Run) {
        if run.fence == 1 {
            self.started.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A run rests in this state.
    pub(super) fn rested(&self, state: State) {
        if let Some(at) = FINAL.iter().position(|s| *s == state) {
            self.ended[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> Tally {
        let ended = FINAL.iter().zip(&self.ended).map(|(state, count)| (*state, count.load(Ordering::Relaxed)));
        Tally { started: self.started.load(Ordering::Relaxed), ended: ended.collect() }
    }
}
