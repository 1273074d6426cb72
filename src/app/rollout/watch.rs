//! What a worker looks after in every round: rollouts that advance by themselves.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::deployment::Place;
use super::super::environment::gate;
use super::super::error::Result;
use super::advance::lead;
use super::under_way;
use crate::domain::clock::Micros;
use crate::domain::deployment::Switch;
use crate::domain::event::ObjectKind;
use crate::domain::guard::{Judgement, Outcome, judge};
use crate::domain::rollout::{Side, State};
use crate::store::conn::Conn;
use crate::store::rollouts::{self, Rollout};
use crate::store::tallies;
use crate::store::{environments, flows};

/// What is to be done with a rollout now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Due {
    Advance,
    /// Its time is over, but too few runs ended to judge.
    Ask(String),
}

/// The ids of rollouts for which [`step`] has something to do.
///
/// # Errors
/// The database.
pub fn due(conn: &mut Conn, now: Micros) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for rollout in rollouts::running(conn)? {
        match what(conn, &rollout, now)? {
            Some(Due::Ask(_)) if rollout.outcome()? == Outcome::Inconclusive => {}
            Some(_) => found.push(rollout.id),
            None => {}
        }
    }
    Ok(found)
}

/// Leads one rollout on, or notes that somebody has to decide. `false`: there was nothing to do after all.
///
/// # Errors
/// The database, or somebody changed the place in the same moment.
pub fn step(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<bool> {
    let Some(rollout) = rollouts::get(conn, id)? else { return Ok(false) };
    let (Some(flow), Some(environment)) = (flows::get(conn, &rollout.flow_id)?, environments::get(conn, &rollout.environment_id)?) else {
        return Ok(false);
    };
    let place = Place::hold(conn, &flow, &environment)?;
    // Read again under the lock: it may have been halted or ended in between.
    let Ok(rollout) = under_way(conn, &place) else { return Ok(false) };
    if rollout.id != id || rollout.state()? != State::Running || place.routing.switch != Switch::On {
        return Ok(false);
    }
    match what(conn, &rollout, ctx.now)? {
        Some(Due::Advance) if gate::thawed(ctx.now, &environment).is_err() => Ok(false),
        Some(Due::Advance) => {
            lead(conn, ctx, &place, &rollout, None, Some("The stage's minimums are met."))?;
            Ok(true)
        }
        Some(Due::Ask(missing)) => {
            let text = format!("Inconclusive: {missing}.");
            if !rollouts::judge(conn, &rollout, Outcome::Inconclusive, &text)? {
                return Ok(false);
            }
            ctx.record(
                conn,
                Event {
                    action: "rollout.inconclusive",
                    workspace: Some(&rollout.workspace_id),
                    flow: Some(&rollout.flow_id),
                    environment: Some(&rollout.environment_id),
                    object: Some((ObjectKind::Rollout, &rollout.id, &format!("{} in {}", flow.name, environment.name))),
                    after: Some(json!({"version": rollout.version_number, "outcome": "inconclusive"})),
                    reason: Some(&text),
                    ..Event::default()
                },
            )?;
            Ok(true)
        }
        None => Ok(false),
    }
}

fn what(conn: &mut Conn, rollout: &Rollout, now: Micros) -> Result<Option<Due>> {
    let stages = rollout.stages()?;
    let Some(stage) = stages.get(rollout.stage).filter(|s| s.leaves_by_itself()) else { return Ok(None) };
    if stage.minutes_left(rollout.step_since, now) > 0 {
        return Ok(None);
    }
    let candidate = tallies::of_step(conn, &rollout.id, rollout.step, Side::Candidate)?;
    if stage.min_runs.is_some_and(|least| candidate.judged() < least) {
        return Ok(None);
    }
    let Some(guard) = rollout.guard()? else { return Ok(Some(Due::Advance)) };
    let primary = tallies::of_step(conn, &rollout.id, rollout.step, Side::Primary)?;
    Ok(match judge(&guard, &candidate, &primary) {
        Judgement::Pass => Some(Due::Advance),
        Judgement::TooFew(missing) => Some(Due::Ask(missing)),
        // Crossed by what the primary did since: the candidate's next run decides.
        Judgement::Fail(_) => None,
    })
}
