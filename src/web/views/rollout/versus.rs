//! Old against new: what the runs of both versions did since a rollout began, and whether the guard's limits hold.

use crate::app::rollout::look::{Looked, SideView};
use crate::domain::guard::{Guard, Judgement, Limit, OnFail, judge};
use crate::domain::rollout::{State, WHOLE, percent};
use crate::web::address;
use crate::web::components::plate::Plate;
use crate::web::components::status::StatusView;
use crate::web::numbers::{self, count, plural};
use crate::web::pages::rollout::{Figure, Versus, VersusRow};
use crate::web::views::whole;

/// Share of a limit from which on it is close.
const CLOSE: f64 = 0.8;

/// The table of both versions.
pub fn versus(looked: &Looked, (old, new): (Plate, Plate), home: &str) -> Versus {
    let number = looked.rollout.version_number;
    let limits = looked.guard.as_ref().map_or_else(String::new, |guard| match guard.on_fail {
        OnFail::RollBack => format!("Rolls back if v{number}"),
        OnFail::Halt => format!("Halts if v{number}"),
    });
    let (p, c) = (&looked.primary, &looked.candidate);
    let runs = |version: i64, state: &str| {
        let place = [("environment", looked.environment.slug.as_str()), ("state", state)];
        let of = [("flow", looked.flow.slug.as_str()), ("version", &version.to_string())];
        // What is counted are the runs whose version this rollout decided, and no others of the same version.
        let rollout = ("rollout", looked.rollout.id.as_str());
        address::with(&format!("{home}/runs"), &[of[0], of[1], place[0], place[1], rollout])
    };
    let figure = |value: String| Figure { value, ..Figure::default() };
    let linked = |n: i64, version: i64, state: &str| Figure {
        href: (n > 0).then(|| runs(version, state)),
        ..figure(if n >= 1_000 && state == "running" { "1,000+".to_owned() } else { count(whole(n)) })
    };
    let row = |name: &'static str, old: Figure, new: Figure| VersusRow { name, old, new, limit: None };
    let primary = looked.rollout.primary_number;
    let mut rows = Vec::new();
    if looked.state.is_open() {
        rows.push(row("Share of new runs", figure(percent(WHOLE - looked.basis_points)), figure(percent(looked.basis_points))));
    } else if looked.state != State::Completed {
        rows.push(row("Last share of new runs", figure(percent(WHOLE - looked.basis_points)), figure(percent(looked.basis_points))));
    }
    rows.push(row("Started", linked(p.started(), primary, ""), linked(c.started(), number, "")));
    rows.push(row("In progress", linked(p.open, primary, "running"), linked(c.open, number, "running")));
    rows.push(row("Failed", linked(p.total.faulted, primary, "faulted"), linked(c.total.faulted, number, "faulted")));
    rows.push(VersusRow { limit: failures(looked), ..row("Succeeded", figure(success(p)), succeeded(p, c)) });
    rows.push(VersusRow { limit: durations(looked), ..row("p95 duration", figure(p95(p)), slower(p, c)) });
    if let Some(guard) = &looked.guard {
        let judged = figure(count(whole(c.step.judged())));
        rows.push(VersusRow { limit: Some(sample(guard, c)), ..row("Ended at this share", figure(count(whole(p.step.judged()))), judged) });
    }
    Versus { old: Some(old), new: Some(new), limits, rows }
}

fn success(side: &SideView) -> String {
    numbers::share(whole(side.total.completed), whole(side.total.judged())).unwrap_or_else(|| "None ended".to_owned())
}

fn succeeded(p: &SideView, c: &SideView) -> Figure {
    let mut figure = Figure { value: success(c), ..Figure::default() };
    if let (Some(old), Some(new)) = (p.total.failure_rate(), c.total.failure_rate()) {
        let lower = (new - old) * 100.0;
        figure.worse = lower >= 0.05;
        figure.sub = match lower {
            l if l >= 0.05 => format!("{l:.1} points lower"),
            l if l <= -0.05 => format!("{:.1} points higher", -l),
            _ => "the same".to_owned(),
        };
    }
    figure
}

fn seconds(ms: f64) -> String {
    numbers::duration(ms.max(0.0).round() as u64)
}

fn p95(side: &SideView) -> String {
    side.total.p95_ms().map_or_else(|| "None ended".to_owned(), seconds)
}

fn slower(p: &SideView, c: &SideView) -> Figure {
    let mut figure = Figure { value: p95(c), ..Figure::default() };
    if let (Some(old), Some(new)) = (p.total.p95_ms(), c.total.p95_ms()) {
        let by = new - old;
        // Durations are counted in buckets a fifth wide: less than that says nothing.
        figure.worse = by > old * 0.2;
        figure.sub = match by {
            b if b >= 1.0 => format!("{} slower", seconds(b)),
            b if b <= -1.0 => format!("{} faster", seconds(-b)),
            _ => "the same".to_owned(),
        };
    }
    figure
}

/// How a guard of this one limit judges what ended at the present share.
fn judged(looked: &Looked, only: Guard, words: String, now: String, close: bool) -> (StatusView, String) {
    match judge(&only, &looked.candidate.step, &looked.primary.step) {
        Judgement::Pass if close => (StatusView::limit("close", words), now),
        Judgement::Pass => (StatusView::limit("holds", words), now),
        Judgement::Fail(why) => (StatusView::limit("crossed", words), why),
        Judgement::TooFew(_) => (StatusView::limit("unknown", words), "not judged yet".to_owned()),
    }
}

fn failures(looked: &Looked) -> Option<(StatusView, String)> {
    let guard = looked.guard.as_ref()?;
    let limit = guard.failure_rate?;
    let rate = looked.candidate.step.failure_rate().unwrap_or(0.0);
    let words = match limit {
        Limit::Max(most) => format!("over {} fail", points(most)),
        Limit::OverPrimary(most) => format!("fails {} points more often", points(most).trim_end_matches('%')),
    };
    let close = matches!(limit, Limit::Max(most) if rate > most * CLOSE && rate > 0.0);
    let now = format!("{} fail at this share", points(rate));
    Some(judged(looked, Guard { p95_ms: None, ..guard.clone() }, words, now, close))
}

fn durations(looked: &Looked) -> Option<(StatusView, String)> {
    let guard = looked.guard.as_ref()?;
    let limit = guard.p95_ms?;
    let words = match limit {
        Limit::Max(most) => format!("over {}", seconds(most).replace(".0 s", " s")),
        Limit::OverPrimary(most) => format!("{} slower", seconds(most).replace(".0 s", " s")),
    };
    let mine = looked.candidate.step.p95_ms();
    let close = matches!((limit, mine), (Limit::Max(most), Some(ms)) if ms > most * CLOSE);
    let now = mine.map_or_else(String::new, |ms| format!("{} at this share", seconds(ms)));
    Some(judged(looked, Guard { failure_rate: None, ..guard.clone() }, words, now, close))
}

fn sample(guard: &Guard, c: &SideView) -> (StatusView, String) {
    let enough = c.step.judged() >= guard.min_runs;
    let words = format!("judged from {}", plural(whole(guard.min_runs), "run", "runs"));
    let missing = guard.min_runs - c.step.judged();
    let says = if enough { "enough to judge".to_owned() } else { format!("{} missing", count(whole(missing))) };
    (StatusView::limit(if enough { "holds" } else { "unknown" }, words), says)
}

/// `5%`, `0.5%`.
pub fn points(rate: f64) -> String {
    let text = format!("{:.1}", rate * 100.0);
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}
