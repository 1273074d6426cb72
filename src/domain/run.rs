//! Runs: their states and what may be done to them (PRODUCT §7).

crate::text_enum! {
    /// Where a run stands (DSL 1.0 §status phases, and *needs attention* of PRODUCT §7.2).
    pub enum State ("run state") {
        /// Accepted and stored, not yet taken up.
        Pending = "pending",
        /// A worker holds it.
        Running = "running",
        /// It waits for an instant or for a flow it called.
        Waiting = "waiting",
        /// A person suspended it.
        Suspended = "suspended",
        /// A person or a stop ended it.
        Cancelled = "cancelled",
        /// It ended with an error.
        Faulted = "faulted",
        /// It ended as it should.
        Completed = "completed",
        /// It cannot go on without a person.
        NeedsAttention = "needs_attention",
    }
}

impl State {
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Faulted | Self::Completed)
    }

    /// The word on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Suspended => "Suspended",
            Self::Cancelled => "Cancelled",
            Self::Faulted => "Failed",
            Self::Completed => "Succeeded",
            Self::NeedsAttention => "Needs attention",
        }
    }
}

crate::text_enum! {
    /// What started a run (PRODUCT §7.6).
    pub enum Trigger ("trigger") {
        /// A person in the browser.
        Manual = "manual",
        /// A program.
        Api = "api",
        /// A schedule.
        Schedule = "schedule",
        /// A webhook.
        Webhook = "webhook",
        /// A CloudEvent.
        Event = "event",
        /// Another flow.
        Subflow = "subflow",
        /// A retry of an earlier run.
        Retry = "retry",
    }
}

crate::text_enum! {
    /// Which configuration of its environment a start takes (PRODUCT §4.4).
    #[derive(Default)]
    pub enum Configured ("choice of configuration") {
        /// The deployed one.
        #[default]
        Deployed = "deployed",
        /// The draft as it is at that moment; for marked test runs only.
        Draft = "draft",
    }
}

crate::text_enum! {
    /// What was asked of a run that a worker may hold at the moment; the worker obeys at its next step.
    pub enum Control ("control") {
        /// End it.
        Cancel = "cancel",
        /// Put it down until resumed.
        Suspend = "suspend",
    }
}

crate::text_enum! {
    /// Where a step of a run stands.
    pub enum StepState ("step state") {
        /// Entered, not yet left.
        Running = "running",
        /// Waits for an instant or a called flow.
        Waiting = "waiting",
        /// Done.
        Completed = "completed",
        /// Ended with an error.
        Faulted = "faulted",
        /// Its `if` was false.
        Skipped = "skipped",
        /// The run was cancelled inside it.
        Cancelled = "cancelled",
    }
}

/// What a person's request means for a run that stands in some state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Nobody holds it: it changes at once.
    Now(State),
    /// A worker holds it: leave word, the worker obeys.
    Ask(Control),
}

/// A request that makes no sense in the state the run is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("This run is {state}, so it cannot be {wanted}.")]
pub struct InvalidMove {
    /// Where the run stands.
    pub state: State,
    /// The participle of what was asked.
    pub wanted: &'static str,
}

/// Cancel: at once when nobody holds the run.
///
/// # Errors
/// The run has ended.
pub fn cancel(state: State) -> Result<Move, InvalidMove> {
    match state {
        State::Running => Ok(Move::Ask(Control::Cancel)),
        State::Pending | State::Waiting | State::Suspended | State::NeedsAttention => Ok(Move::Now(State::Cancelled)),
        State::Cancelled | State::Faulted | State::Completed => Err(InvalidMove { state, wanted: "cancelled" }),
    }
}

/// Suspend: put it down at the next step edge.
///
/// # Errors
/// The run has ended, is suspended, or waits for a person.
pub fn suspend(state: State) -> Result<Move, InvalidMove> {
    match state {
        State::Running => Ok(Move::Ask(Control::Suspend)),
        State::Pending | State::Waiting => Ok(Move::Now(State::Suspended)),
        _ => Err(InvalidMove { state, wanted: "suspended" }),
    }
}

/// Resume a suspended run, or one that needs attention.
///
/// # Errors
/// The run is in any other state.
pub fn resume(state: State) -> Result<Move, InvalidMove> {
    match state {
        State::Suspended | State::NeedsAttention => Ok(Move::Now(State::Pending)),
        _ => Err(InvalidMove { state, wanted: "resumed" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_run_takes_no_orders() {
        for state in State::ALL.iter().filter(|s| s.is_final()) {
            assert!(cancel(*state).is_err() && suspend(*state).is_err() && resume(*state).is_err(), "{state}");
        }
    }

    #[test]
    fn a_held_run_is_asked_and_a_lying_one_moves_at_once() {
        assert_eq!(cancel(State::Running), Ok(Move::Ask(Control::Cancel)));
        assert_eq!(cancel(State::Waiting), Ok(Move::Now(State::Cancelled)));
        assert_eq!(resume(State::NeedsAttention), Ok(Move::Now(State::Pending)));
        assert_eq!(suspend(State::Running), Ok(Move::Ask(Control::Suspend)));
    }
}
