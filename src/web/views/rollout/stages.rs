//! The line of stages: what was, what is, and what comes when.

use super::hour;
use crate::app::rollout::look::Looked;
use crate::domain::clock::Micros;
use crate::domain::guard::Outcome;
use crate::domain::rollout::{Advance, Stage, State, WHOLE, percent};
use crate::store::rollouts::Step;
use crate::web::numbers::{self, count, plural};
use crate::web::pages::rollout::StageView;
use crate::web::views::whole;

/// How much of a stage counts as over when nothing says how long it lasts.
const SOME: u8 = 5;

/// The stages of a rollout.
pub fn stages(looked: &Looked, now: i64) -> Vec<StageView> {
    let mut line = Vec::new();
    let steps = merged(&looked.steps);
    let open = looked.state.is_open();
    for (n, step) in steps.iter().enumerate() {
        let last = n + 1 == steps.len();
        line.push(match last {
            true if open => present(looked, step, now),
            true => final_one(looked, step, now),
            false => done(step, now),
        });
    }
    if open {
        line.extend(coming(looked, now));
    }
    line
}

/// A share that was entered twice in a row (after a crossed limit) is one stage.
fn merged(steps: &[Step]) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::new();
    for step in steps {
        match all.last_mut() {
            Some(before) if before.basis_points == step.basis_points => {
                before.left_at = step.left_at;
                before.outcome.clone_from(&step.outcome);
            }
            _ => all.push(step.clone()),
        }
    }
    all
}

fn between(step: &Step, until: Option<i64>, now: i64) -> String {
    let from = hour(step.entered_at, now);
    until.map_or_else(|| format!("since {from}"), |to| format!("{from} to {}", hour(to, now)))
}

fn done(step: &Step, now: i64) -> StageView {
    StageView {
        state: "done",
        icon: "check-circle",
        share: percent(step.basis_points),
        says: "Done".to_owned(),
        when: between(step, step.left_at, now),
        part: 10,
    }
}

fn final_one(looked: &Looked, step: &Step, now: i64) -> StageView {
    let ended = looked.rollout.ended_at;
    let number = looked.rollout.version_number;
    let (state, icon, says) = match looked.state {
        State::Completed => ("done", "check-circle", format!("v{number} became current")),
        State::RolledBack => ("bad", "undo", "Rolled back here".to_owned()),
        State::Replaced => ("bad", "swap", "Replaced here".to_owned()),
        State::Stopped | State::Running | State::Halted => ("bad", "stop", "Stopped here".to_owned()),
    };
    let when = if looked.state == State::Completed { hour(step.entered_at, now) } else { between(step, ended, now) };
    StageView { state, icon, share: percent(step.basis_points), says, when, part: 10 }
}

/// When the present stage may be left at the earliest, if a clock alone decides.
fn due(looked: &Looked) -> Option<i64> {
    let stage = leaves(looked)?;
    (stage.min_runs.is_none()).then_some(looked.rollout.step_since + stage.min_minutes? * Micros::MINUTE)
}

/// The present stage, if it is left without a person.
fn leaves(looked: &Looked) -> Option<&Stage> {
    let by_itself = looked.state == State::Running && looked.advance == Advance::Auto;
    looked.stages.get(looked.rollout.stage).filter(|s| by_itself && s.leaves_by_itself())
}

fn present(looked: &Looked, step: &Step, now: i64) -> StageView {
    let (says, part) = waits_for(looked, now);
    StageView {
        state: "now",
        icon: if looked.state == State::Halted { "octagon" } else { "clock" },
        share: percent(step.basis_points),
        says,
        when: between(step, due(looked).filter(|at| *at > now), now),
        part,
    }
}

/// What the present stage waits for, and how much of it is over in tenths.
fn waits_for(looked: &Looked, now: i64) -> (String, u8) {
    if looked.state == State::Halted {
        return ("Halted".to_owned(), SOME);
    }
    if looked.rollout.outcome().is_ok_and(|o| o == Outcome::Inconclusive) {
        return ("Now, needs your decision".to_owned(), 10);
    }
    let Some(stage) = leaves(looked) else { return ("Now, waits for you".to_owned(), SOME) };
    let mut waits = Vec::new();
    let mut part = 10;
    if let Some(minutes) = stage.min_minutes.filter(|m| *m > 0) {
        let (all, over) = (minutes * Micros::MINUTE, now - looked.rollout.step_since);
        if over < all {
            waits.push(format!("{} left", left(all - over)));
            part = part.min(tenths(over, all));
        }
    }
    let judged = looked.candidate.step.judged();
    if let Some(least) = stage.min_runs.filter(|least| judged < *least) {
        waits.push(format!("{} of {} ended", count(whole(judged)), plural(whole(least), "run", "runs")));
        part = part.min(tenths(judged, least));
    }
    if waits.is_empty() { ("Now, about to go on".to_owned(), 10) } else { (format!("Now, {}", waits.join(", ")), part) }
}

fn tenths(part: i64, of: i64) -> u8 {
    u8::try_from((part * 10 / of.max(1)).clamp(0, 10)).unwrap_or(SOME)
}

/// "12 minutes", rounded up.
pub fn left(micros: i64) -> String {
    let minutes = whole((micros + Micros::MINUTE - 1) / Micros::MINUTE);
    if minutes <= 90 { plural(minutes, "minute", "minutes") } else { numbers::duration(minutes * 60_000) }
}

/// What comes: the stages of the plan that are still above the present share, and all new runs.
fn coming(looked: &Looked, now: i64) -> Vec<StageView> {
    let (number, guarded) = (looked.rollout.version_number, looked.guard.is_some());
    let at = usize::try_from(looked.rollout.stage).unwrap_or(0) + 1;
    let ahead = looked.stages.list().iter().skip(at).filter(|s| s.basis_points > looked.basis_points);
    let mut when = due(looked);
    let mut line = Vec::new();
    for stage in ahead.chain(std::iter::once(&Stage::of(WHOLE))) {
        let (first, all) = (line.is_empty(), stage.basis_points == WHOLE);
        let becomes = format!("v{number} becomes current");
        let at = when.map(|at| hour(at.max(now), now));
        let time = match at {
            Some(at) if first && guarded => format!("{at} if limits hold"),
            Some(at) if first => at,
            Some(at) => format!("about {at}"),
            None if looked.advance == Advance::Manual => "when you say so".to_owned(),
            None => String::new(),
        };
        line.push(StageView {
            state: "next",
            icon: "ring",
            share: percent(stage.basis_points),
            says: match (first, all) {
                (_, true) => becomes,
                (true, false) => "Next".to_owned(),
                (false, false) => String::new(),
            },
            when: time,
            part: 0,
        });
        when = when.and_then(|at| stage.min_minutes.filter(|_| stage.min_runs.is_none()).map(|m| at.max(now) + m * Micros::MINUTE));
    }
    line
}
