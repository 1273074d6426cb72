//! Rollouts in words and pictures: their state, their stages, both versions side by side, a chart.

pub mod chart;
pub mod stages;
pub mod versus;

use std::collections::HashMap;

use super::{colour, whole};
use crate::app::rollout::look::{Ended, Looked};
use crate::domain::guard::{Guard, OnFail, Outcome};
use crate::domain::rollout::{Advance, Stage, State, percent};
use crate::domain::version::Sync;
use crate::store::plans::Plan;
use crate::store::rollouts::Rollout;
use crate::web::components::meter::Share;
use crate::web::components::plate::Plate;
use crate::web::components::status::StatusView;
use crate::web::numbers::plural;
use crate::web::pages::rollout::{OutcomeView, PlanRow, RolloutRow};
use crate::web::time::{TimeStyle, TimeView, clock, words};

const DAY_US: i64 = 86_400_000_000;

/// The colours of versions, by version id.
pub type Colours = HashMap<String, Sync>;

/// The primary's plate and the candidate's.
pub fn plates(rollout: &Rollout, colours: &Colours) -> (Plate, Plate) {
    let plate = |id: &str, number: i64| Plate::new(whole(number), colour(colours.get(id).copied().unwrap_or(Sync::Never)));
    (plate(&rollout.primary_id, rollout.primary_number), plate(&rollout.version_id, rollout.version_number))
}

/// Where a rollout stands.
pub fn status(rollout: &Rollout, environment: &str) -> StatusView {
    let (state, outcome) = (rollout.state().unwrap_or(State::Stopped), rollout.outcome().unwrap_or(Outcome::Pending));
    let by_guard = outcome == Outcome::Fail;
    match state {
        State::Running if outcome == Outcome::Inconclusive => StatusView::undecided(),
        State::Running => StatusView::rolling(0).saying(format!("Rolling out to {environment}")),
        State::Halted if by_guard => StatusView::halted().saying("Halted by its guard"),
        State::Halted => StatusView::halted(),
        State::Completed => StatusView::run("completed").saying(format!("Live in {environment}")),
        State::Stopped => StatusView::stopped(),
        State::RolledBack if by_guard => StatusView::run("faulted").saying("Rolled back by its guard"),
        State::RolledBack => StatusView::run("faulted").saying("Rolled back"),
        State::Replaced => StatusView::run("skipped").saying("Replaced"),
    }
}

/// A bar of the candidate's share.
pub fn share(sync: crate::web::components::plate::Sync, basis_points: i64, environment: &str) -> Share {
    let shown = super::version::percent(basis_points);
    Share { sync, percent: shown, label: format!("{shown}% of new runs in {environment}") }
}

/// A rollout under way, in the list.
pub fn row(looked: &Looked, colours: &Colours, home: &str, now: i64) -> RolloutRow {
    let (from, to) = plates(&looked.rollout, colours);
    let line = stages::stages(looked, now);
    let at = line.iter().position(|s| s.state == "now").map_or(line.len(), |i| i + 1);
    let says = line.iter().find(|s| s.state == "now").map(|s| s.says.clone()).unwrap_or_default();
    RolloutRow {
        id: looked.rollout.id.clone(),
        flow: (Some(format!("{home}/flows/{}", looked.flow.slug)), looked.flow.name.clone()),
        environment: looked.environment.name.clone(),
        share: share(to.sync, looked.basis_points, &looked.environment.name),
        from,
        to,
        status: status(&looked.rollout, &looked.environment.name),
        stage: format!("Stage {at} of {}", line.len()),
        says,
        at: TimeView::near(looked.rollout.started_at, now),
        by: looked.rollout.started_by.clone(),
    }
}

/// A rollout that has ended, in the list.
pub fn ended(ended: &Ended, colours: &Colours, home: &str, now: i64) -> RolloutRow {
    let rollout = &ended.rollout;
    let (from, to) = plates(rollout, colours);
    let flow = ended.flow.as_ref().map(|f| (Some(format!("{home}/flows/{}", f.slug)), f.name.clone()));
    RolloutRow {
        id: rollout.id.clone(),
        flow: flow.unwrap_or_else(|| (None, "A flow that is gone".to_owned())),
        environment: ended.environment.clone(),
        share: share(to.sync, 0, &ended.environment),
        from,
        to,
        status: status(rollout, &ended.environment),
        stage: String::new(),
        says: rollout.end_reason.clone().unwrap_or_default(),
        at: TimeView::near(rollout.ended_at.unwrap_or(rollout.started_at), now),
        by: rollout.ended_by.clone().unwrap_or_default(),
    }
}

/// The id of a run that a text names.
pub fn run_in(text: &str) -> Option<&str> {
    let start = text.find("wfr_")?;
    let rest = &text[start..];
    Some(&rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())])
}

/// How a rollout comes out, when that needs words.
pub fn outcome(looked: &Looked, home: &str, now: i64) -> Option<OutcomeView> {
    let rollout = &looked.rollout;
    let (number, primary, place) = (rollout.version_number, rollout.primary_number, &looked.environment.name);
    let failed = rollout.outcome().ok()? == Outcome::Fail;
    let when = |at: Option<i64>| at.map_or_else(String::new, |at| words(at, now, TimeStyle::Near));
    let by = rollout.ended_by.as_deref().unwrap_or("Somebody");
    let reason = rollout.end_reason.as_ref().map_or_else(String::new, |r| format!(" “{r}”"));
    let flow = format!("{home}/flows/{}", looked.flow.slug);
    let touched =
        || (format!("{flow}/environments/{}/quarantine/{number}", looked.environment.slug), format!("Runs that v{number} touched"));
    let view = |kind, icon, title: String, text: String| OutcomeView { kind, icon, title, text, links: Vec::new() };
    let mut shown = match looked.state {
        State::Running if rollout.outcome().ok()? == Outcome::Inconclusive => view(
            "warn",
            "alert",
            format!("It cannot be said yet how version {number} does."),
            format!(
                "{} It stays at {} until you decide: go on, wait for more runs, or go back.",
                rollout.outcome_text,
                percent(looked.basis_points)
            ),
        ),
        State::Halted if failed => view(
            "bad",
            "x-circle",
            format!("Halted by its guard at {}.", percent(looked.basis_points)),
            format!("{} No further stage starts until somebody continues; then its counts begin anew.", rollout.outcome_text),
        ),
        State::RolledBack if failed => {
            let mut shown = view(
                "bad",
                "x-circle",
                format!("Rolled back by its guard {}.", when(rollout.ended_at)),
                format!("{} All new runs use version {primary}; version {number} is quarantined in {place}.", rollout.outcome_text),
            );
            shown.links.push(touched());
            shown
        }
        State::RolledBack => {
            let mut shown = view(
                "bad",
                "undo",
                format!("{by} rolled back {}.", when(rollout.ended_at)),
                format!("Version {number} is quarantined in {place}.{reason}"),
            );
            shown.links.push(touched());
            shown
        }
        State::Completed => {
            let title = format!("Version {number} is live in {place} since {}.", when(rollout.ended_at));
            view("ok", "check-circle", title, format!("All new runs use it.{reason}"))
        }
        State::Stopped => view(
            "",
            "stop",
            format!("{by} stopped the rollout {}.", when(rollout.ended_at)),
            format!("All new runs went back to version {primary}. Version {number} was not judged and may be rolled out again.{reason}"),
        ),
        State::Replaced => view("", "swap", format!("Another version took its place {}.", when(rollout.ended_at)), reason),
        State::Running | State::Halted => return None,
    };
    if failed && let Some(run) = run_in(&rollout.outcome_text) {
        shown.links.insert(0, (format!("{home}/runs/{run}"), "The run that crossed the line".to_owned()));
    }
    Some(shown)
}

/// "13:02", or with the day when that is another one.
pub fn hour(at: i64, now: i64) -> String {
    if at.div_euclid(DAY_US) == now.div_euclid(DAY_US) { clock(at) } else { words(at, now, TimeStyle::Clock) }
}

/// Stages in one line: "5%, 25%, 50%, then all".
pub fn in_line(stages: &[Stage]) -> String {
    let shares: Vec<String> = stages.iter().map(|s| percent(s.basis_points)).collect();
    format!("{}, then all", shares.join(", "))
}

/// What leads from stage to stage: "Continues by itself, 30 minutes each".
pub fn leads(stages: &[Stage], advance: Advance) -> String {
    let Some(first) = stages.first().filter(|_| advance == Advance::Auto) else { return "Waits for a person at every stage".to_owned() };
    let same = stages.iter().all(|s| (s.min_minutes, s.min_runs) == (first.min_minutes, first.min_runs));
    if stages.iter().all(|s| !s.leaves_by_itself()) {
        return "Waits for a person: no stage says how long it lasts".to_owned();
    }
    if !same {
        return "Continues by itself as each stage is done".to_owned();
    }
    let minutes = first.min_minutes.map(|m| plural(whole(m), "minute", "minutes"));
    let runs = first.min_runs.map(|r| plural(whole(r), "run", "runs"));
    format!("Continues by itself, {} each", minutes.into_iter().chain(runs).collect::<Vec<_>>().join(" and "))
}

/// A guard in one sentence: "Rolls back if more than 5% of its runs fail, judged from 50 runs".
pub fn guard(guard: &Guard) -> String {
    let does = if guard.on_fail == OnFail::RollBack { "Rolls back" } else { "Halts" };
    format!("{does} if {}; judged from {}", guard.sentences().join(" or "), plural(whole(guard.min_runs), "ended run", "ended runs"))
}

/// A plan in the list.
pub fn plan(plan: &Plan, now: i64) -> crate::store::error::Result<PlanRow> {
    let stages = plan.stages()?;
    let advance = plan.advance.parse().unwrap_or(Advance::Manual);
    Ok(PlanRow {
        id: plan.id.clone(),
        name: plan.name.clone(),
        stages: in_line(stages.list()),
        advance: leads(stages.list(), advance),
        guard: plan.guard()?.as_ref().map(guard).unwrap_or_default(),
        changed: (TimeView::near(plan.updated_at, now), plan.updated_by.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_as_a_sentence() {
        let stage = |points, min_minutes| Stage { min_minutes, ..Stage::of(points) };
        let even = [stage(500, Some(30)), stage(2_550, Some(30))];
        assert_eq!(in_line(&even), "5%, 25.5%, then all");
        assert_eq!(leads(&even, Advance::Auto), "Continues by itself, 30 minutes each");
        assert_eq!(leads(&even, Advance::Manual), "Waits for a person at every stage");
        assert!(leads(&[stage(500, None)], Advance::Auto).starts_with("Waits for a person"));
        assert_eq!(leads(&[stage(500, Some(1)), stage(600, Some(2))], Advance::Auto), "Continues by itself as each stage is done");
    }

    #[test]
    fn a_run_is_found_in_a_sentence() {
        assert_eq!(run_in("3 of 20 failed. Run wfr_0abc crossed the line."), Some("wfr_0abc"));
        assert_eq!(run_in("Nothing here."), None);
    }
}
