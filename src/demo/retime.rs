//! Lays a recorded run at another time: calls take as long as services do, everything between them next to nothing.

use serde_json::Value;

use super::random::Random;
use super::record::Take;
use crate::app::run::steps::DELAY;
use crate::domain::clock::Micros;
use crate::domain::ids::{Id, RunId};
use crate::store::journal::Step;
use crate::store::runs::Run;

/// Between two steps, in microseconds.
const BETWEEN: i64 = 1_900;
/// Until a worker takes a run up, in microseconds.
const TAKEN_UP: i64 = 6_000;

/// A run at its new time, with the runs it called, which begin and end within it.
#[derive(Debug, Clone)]
pub(super) struct Laid {
    pub run: Run,
    pub steps: Vec<Step>,
    pub called: Vec<Laid>,
}

impl Laid {
    /// When it ended.
    pub(super) fn end(&self) -> i64 {
        self.run.finished_at.unwrap_or(self.run.created_at)
    }
}

/// Lays a take so that it begins then. `slow` stretches every call.
pub(super) fn lay(take: &Take, begin: Micros, slow: f64, random: &mut Random) -> Laid {
    let id = run_id(begin, random);
    let mut warp = Warp(vec![(take.run.created_at, begin.0), (take.run.started_at.unwrap_or(take.run.created_at), begin.0 + TAKEN_UP)]);
    let mut called = Vec::new();
    let mut children = std::collections::HashMap::new();
    for step in &take.steps {
        let (from, to) = (step.started_at, step.ended_at.unwrap_or(step.started_at));
        if let Some(child) = take.called.iter().find(|c| Some(&c.run.id) == step.child_run_id.as_ref()) {
            let mut laid = lay(child, Micros(warp.reach(from)).plus(BETWEEN), slow, random);
            laid.run.parent_run_id = Some(id.clone());
            children.insert(child.run.id.clone(), laid.run.id.clone());
            let took = laid.end() + BETWEEN - warp.at(from);
            warp.span(from, to, took);
            called.push(laid);
        } else if step.kind == DELAY || step.kind == "wait" {
            warp.span(from, to, to - from);
        } else if step.attempts != "[]" {
            warp.span(from, to, (usual(&step.name) * slow * random.stretch()) as i64);
        }
    }
    let mut steps = take.steps.clone();
    for step in &mut steps {
        step.run_id.clone_from(&id);
        step.child_run_id = step.child_run_id.as_ref().and_then(|child| children.get(child)).cloned();
        step.attempts = attempts(&step.attempts, &mut warp);
        step.started_at = warp.at(step.started_at);
        step.ended_at = step.ended_at.map(|at| warp.at(at));
        step.wake_at = step.wake_at.map(|at| warp.at(at));
    }
    let end = warp.reach(take.run.finished_at.unwrap_or(i64::MAX));
    let run = Run {
        id,
        created_at: begin.0,
        started_at: Some(begin.0 + TAKEN_UP),
        finished_at: Some(end),
        worker: None,
        wake_at: None,
        control: None,
        ..take.run.clone()
    };
    Laid { run, steps, called }
}

/// From instants of the recording to instants of the demo: pairs in order, and between them no more than a moment.
struct Warp(Vec<(i64, i64)>);

impl Warp {
    /// Where an instant lies; what lies before the last pair lies between its neighbours.
    fn at(&mut self, instant: i64) -> i64 {
        let after = self.0.partition_point(|(from, _)| *from <= instant);
        match (self.0.get(after.saturating_sub(1)), self.0.get(after)) {
            (Some((from, to)), Some((next_from, next_to))) if next_from > from => {
                let share = (instant - from).max(0) as f64 / (next_from - from) as f64;
                to + ((next_to - to) as f64 * share) as i64
            }
            _ => self.reach(instant),
        }
    }

    /// The instant itself when it is the last one so far, a moment after the last pair otherwise.
    fn reach(&mut self, instant: i64) -> i64 {
        let (from, to) = self.0.last().copied().unwrap_or_default();
        if instant <= from {
            return to;
        }
        let then = to + (instant - from).min(BETWEEN);
        self.0.push((instant, then));
        then
    }

    /// Makes what lay between two instants take so long.
    fn span(&mut self, from: i64, to: i64, took: i64) {
        let begin = self.reach(from);
        if to > from {
            self.0.push((to, begin + took.max(0)));
        }
    }
}

/// A call's usual time in microseconds: another one for each step, and always the same.
fn usual(name: &str) -> f64 {
    let hash = name.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    (70_000 + hash % 340_000) as f64
}

fn attempts(text: &str, warp: &mut Warp) -> String {
    let Ok(Value::Array(mut list)) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    for one in &mut list {
        for field in ["at", "ended"] {
            if let Some(at) = one.get(field).and_then(Value::as_i64) {
                one[field] = warp.at(at).into();
            }
        }
    }
    Value::Array(list).to_string()
}

/// An id as if made at an instant.
pub(super) fn run_id(at: Micros, random: &mut Random) -> String {
    let millis = u128::try_from(at.0 / 1000).unwrap_or(0);
    let bits = (millis << 80) | (7 << 76) | (u128::from(random.bits() & 0xfff) << 64) | (2 << 62) | u128::from(random.bits() >> 2);
    RunId::from_bits(bits).into()
}
