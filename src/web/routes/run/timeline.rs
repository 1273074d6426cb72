//! The steps of a run on one axis of time.

use super::show::pretty;
use super::{error_words, millis};
use crate::app::run::look::Looked;
use crate::app::run::steps::{Attempt, StepView};
use crate::web::components::status::StatusView;
use crate::web::numbers;
use crate::web::pages::run::StepRow;
use crate::web::time::{TimeStyle, words};
use crate::web::views::step::icon_of;

/// Rows, and the five marks of the axis above them.
pub struct Timeline {
    /// From the start to the end.
    pub axis: Vec<String>,
    /// One a step.
    pub rows: Vec<StepRow>,
}

/// Bars narrower than this cannot be seen.
const NARROWEST: f64 = 0.6;

impl Timeline {
    /// Puts the steps of a run on an axis that ends with the run, or now.
    pub fn new(looked: &Looked, home: &str, now: i64) -> Timeline {
        let run = &looked.run;
        let begin = run.started_at.unwrap_or(run.created_at);
        let end = run.finished_at.unwrap_or(now).max(begin + 1000);
        let last_bad = looked.steps.iter().rposition(|s| s.state == "faulted");
        let rows = looked
            .steps
            .iter()
            .enumerate()
            .map(|(i, step)| row(step, i, last_bad == Some(i) && run.error.is_some(), (begin, end), home))
            .collect();
        let axis = (0..5).map(|i| numbers::duration(millis(begin, begin + (end - begin) / 4 * i))).collect();
        Timeline { axis, rows }
    }
}

fn row(step: &StepView, index: usize, open: bool, (begin, end): (i64, i64), home: &str) -> StepRow {
    let whole = (end - begin) as f64;
    let bar = |from: i64, to: i64, state: &'static str| {
        let x = ((from - begin) as f64 / whole * 100.0).clamp(0.0, 100.0 - NARROWEST);
        let width = ((to - from) as f64 / whole * 100.0).min(100.0 - x).max(NARROWEST);
        ((x * 100.0).round() / 100.0, (width * 100.0).round() / 100.0, state)
    };
    let mut bars = Vec::new();
    let mut before: Option<i64> = None;
    for attempt in &step.attempts {
        if let Some(left) = before.filter(|left| *left < attempt.started_at) {
            bars.push(bar(left, attempt.started_at, "wait"));
        }
        let to = attempt.ended_at.unwrap_or(end);
        bars.push(bar(attempt.started_at, to, bar_state(&attempt.state)));
        before = Some(to);
    }
    if step.state == "skipped" {
        bars.clear();
    }
    let ended = step.ended_at.unwrap_or(end);
    let took = if step.state == "skipped" { String::new() } else { numbers::duration(millis(step.started_at, ended)) };
    let name = step.iteration.map_or_else(|| step.name.clone(), |round| format!("{}, round {}", step.name, round + 1));
    StepRow {
        id: format!("s-{index}"),
        depth: u8::try_from(step.depth).unwrap_or(u8::MAX).min(6),
        icon: icon_of(&step.kind),
        says: says(step, begin, &took),
        name,
        status: StatusView::run(&step.state),
        bars,
        took,
        open,
        error: step.error.as_ref().map(|e| error_words(&e.to_string())),
        attempts: attempts(step),
        child: step.child_run_id.as_ref().map(|id| (format!("{home}/runs/{id}"), super::short(id).to_owned())),
        input: step.input.as_ref().map(pretty),
        output: step.output.as_ref().map(pretty),
    }
}

fn bar_state(state: &str) -> &'static str {
    match state {
        "faulted" | "cancelled" => "failed",
        "waiting" => "wait",
        _ => "ok",
    }
}

fn says(step: &StepView, begin: i64, took: &str) -> String {
    if step.state == "skipped" {
        return "Skipped".to_owned();
    }
    let tries = match step.attempts.len() {
        0 | 1 => String::new(),
        n => format!(", in {n} attempts"),
    };
    format!("Begins after {}, takes {took}{tries}", numbers::duration(millis(begin, step.started_at)))
}

/// The tries, when there is more than one.
fn attempts(step: &StepView) -> Vec<[String; 4]> {
    if step.attempts.len() < 2 {
        return Vec::new();
    }
    let result =
        |a: &Attempt| a.error.as_ref().map_or_else(|| StatusView::run(&a.state).words.into_owned(), |e| error_words(&e.to_string()));
    let one = |a: &Attempt| {
        let took = a.ended_at.map(|end| numbers::duration(millis(a.started_at, end))).unwrap_or_default();
        [a.number.to_string(), words(a.started_at, a.started_at, TimeStyle::Exact), took, result(a)]
    };
    step.attempts.iter().map(one).collect()
}
