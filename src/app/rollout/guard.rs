//! The guard at work: an ended run is counted and judged in the transaction that ends it (PRODUCT §5.4).

use super::super::ctx::Ctx;
use super::super::deployment::{Change, Place, quarantine};
use super::super::error::Result;
use super::stop::close;
use crate::domain::clock::Micros;
use crate::domain::deployment::{InFlight, Verb, hold, withdraw};
use crate::domain::guard::{Judgement, OnFail, Outcome, judge};
use crate::domain::rollout::{Side, State as RolloutState};
use crate::domain::run::State;
use crate::store::conn::Conn;
use crate::store::rollouts::{self, Rollout};
use crate::store::runs::Run;
use crate::store::tallies;
use crate::store::{environments, flows};

/// Counts a run that ended, and acts when it crossed a line.
///
/// # Errors
/// The database, or somebody changed the place in the same moment.
pub fn ended(conn: &mut Conn, run: &Run, state: State, at: Micros, took: i64) -> Result<()> {
    let Some(id) = &run.rollout else { return Ok(()) };
    let Some(rollout) = rollouts::get(conn, id)? else { return Ok(()) };
    let side = if run.version_id == rollout.version_id { Side::Candidate } else { Side::Primary };
    let guard = rollout.guard()?;
    let slow = guard.as_ref().and_then(|g| g.slow_over()).is_some_and(|limit| took > limit);
    let row = tallies::add(conn, &tallies::Ended { rollout: id, step: rollout.step, side, state, at, took, slow })?;
    let Some(guard) = guard else { return Ok(()) };
    let to_be_judged = side == Side::Candidate && state != State::Cancelled && rollout.state()?.is_open();
    // What crossed a line once stays judged until the share changes.
    if !to_be_judged || rollout.outcome()? == Outcome::Fail {
        return Ok(());
    }
    let primary = tallies::of_step(conn, id, rollout.step, Side::Primary)?;
    match judge(&guard, &row.tally(), &primary) {
        Judgement::Pass => {
            rollouts::judge(conn, &rollout, Outcome::Pass, "Every limit holds.")?;
        }
        Judgement::Fail(why) => cross(conn, &rollout, &run.id, guard.on_fail, &why, at)?,
        Judgement::TooFew(_) => {}
    }
    Ok(())
}

/// What a crossed limit does, as part of the transaction that ends the run which crossed it.
///
/// # Errors
/// The database, or somebody changed the place in the same moment.
pub fn cross(conn: &mut Conn, rollout: &Rollout, run: &str, consequence: OnFail, why: &str, at: Micros) -> Result<()> {
    let (Some(flow), Some(environment)) = (flows::get(conn, &rollout.flow_id)?, environments::get(conn, &rollout.environment_id)?) else {
        return Ok(());
    };
    let ctx = Ctx::system(at, "guard");
    let place = Place::hold(conn, &flow, &environment)?;
    // Somebody ended it a moment ago: then there is nothing to come back from.
    if place.routing.candidate.as_ref().is_none_or(|c| c.rollout != rollout.id) {
        return Ok(());
    }
    let reason = format!("The guard of the rollout: {why}. Run {run} crossed the line.");
    rollouts::judge(conn, rollout, Outcome::Fail, &format!("{why}. Run {run} crossed the line."))?;
    let failed = Rollout { outcome: Outcome::Fail.as_str().to_owned(), ..rollout.clone() };
    let change = |verb| Change { reason: Some(&reason), reference: Some(run), ..Change::of(verb, InFlight::Drain) };
    match consequence {
        OnFail::RollBack => {
            let next = withdraw(&place.routing)?;
            close(conn, &ctx, &place, &failed, RolloutState::RolledBack, Some(&reason))?;
            let record = place.change(conn, &ctx, &next, &change(Verb::Rollback))?;
            quarantine::hold(conn, &ctx, &place, (&rollout.version_id, rollout.version_number), &reason, record.event_seq)?;
        }
        OnFail::Halt => {
            // A person may have halted it before; then only the judgement is new.
            if rollouts::set_state(conn, &rollout.id, RolloutState::Running, RolloutState::Halted)? {
                place.change(conn, &ctx, &hold(&place.routing)?, &change(Verb::Halt))?;
            }
        }
    }
    Ok(())
}
