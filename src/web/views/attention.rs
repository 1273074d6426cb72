//! What needs attention, in words: the fact, the number, the limit, where to look (DESIGN §8).

use crate::app::approval::look::Looked;
use crate::app::dashboard::Attention as Found;
use crate::app::rollout::attention::{Notable, What};
use crate::app::version::table::Outcomes;
use crate::domain::approval::Standing;
use crate::domain::deployment::Switch;
use crate::domain::rollout::percent;
use crate::store::deployments::Row;
use crate::store::rollouts::Rollout;
use crate::web::address;
use crate::web::components::rich::Rich;
use crate::web::numbers::{count, plural};
use crate::web::pages::dashboard::Attention;
use crate::web::time::TimeView;

use super::{figures, planned, whole};

/// One entry of the list.
pub fn attention(found: &Found, home: &str, now: i64) -> Attention {
    match found {
        Found::Rollout(notable) => rollout(notable, home, now),
        Found::StuckRun { run, flow } => Attention {
            kind: "bad",
            icon: "alert",
            title: format!("A run of {} cannot go on without you.", flow.name),
            text: Rich::new()
                .text("Version ")
                .text(&run.version_number.to_string())
                .text(", since ")
                .time(TimeView::near(run.started_at.unwrap_or(run.created_at), now))
                .text("."),
            link: (format!("{home}/runs/{}", run.id), "Open run".to_owned()),
        },
        Found::Failing { flow, environment, outcomes } => Attention {
            kind: "bad",
            icon: "x-circle",
            title: format!("{} fails more than it should in {}.", flow.name, environment.name),
            text: failing(outcomes),
            link: (
                address::with(&format!("{home}/runs"), &[("flow", &flow.slug), ("environment", &environment.slug), ("state", "faulted")]),
                "See failed runs".to_owned(),
            ),
        },
        Found::SwitchedOff { flow, environment, switch, row } => Attention {
            kind: if *switch == Switch::Stopped { "warn" } else { "" },
            icon: match switch {
                Switch::Stopped => "stop",
                Switch::Disabled => "ban",
                Switch::Paused | Switch::On => "pause",
            },
            title: format!("{} is {switch} in {}.", flow.name, environment.name),
            text: switched(row, *switch, now),
            link: (format!("{home}/flows/{}", flow.slug), "Open flow".to_owned()),
        },
        Found::Proposed(found) => proposed(found, home, now),
        Found::Suspended(found) => Attention {
            kind: "warn",
            icon: "clock",
            title: format!("{} in {} waits for you.", planned::words(found), found.environment.name),
            text: Rich::new().text(&planned::moved(found)).text(&format!(" {} planned it.", found.row.planned_by)),
            link: (format!("{home}/planned"), "Decide".to_owned()),
        },
        Found::NotReady { flow, draft } => Attention {
            kind: "warn",
            icon: "pencil",
            title: format!("Draft v{} of {} is not ready.", draft.number, flow.name),
            text: Rich::new()
                .text(&format!(
                    "{} to solve. {} saved it last, ",
                    plural(whole(draft.problem_count), "problem", "problems"),
                    draft.updated_by
                ))
                .time(TimeView::near(draft.updated_at, now))
                .text("."),
            link: (format!("{home}/flows/{}/versions/{}/edit", flow.slug, draft.number), "Edit draft".to_owned()),
        },
    }
}

/// A proposal: who looks next, and at what.
fn proposed(found: &Looked, home: &str, now: i64) -> Attention {
    let (what, place) = (found.subject.words(), &found.environment.name);
    let approved = found.standing == Standing::Approved;
    let has = format!("{} of {}. ", found.approvals(), plural(whole(found.proposal.needed), "approval", "approvals"));
    let by = format!("{} proposed it ", found.proposal.proposer_name);
    Attention {
        kind: if approved { "" } else { "warn" },
        icon: if approved { "check-circle" } else { "clock" },
        title: if approved {
            format!("{what} is approved for {place} and waits to be carried out.")
        } else {
            format!("{what} waits for approval in {place}.")
        },
        text: Rich::new()
            .text(&has)
            .text(&by)
            .time(TimeView::near(found.proposal.created_at, now))
            .text(&format!(": “{}”", found.proposal.comment)),
        link: (format!("{home}/approvals/{}", found.proposal.id), if approved { "Carry it out" } else { "Look at it" }.to_owned()),
    }
}

fn rollout(notable: &Notable, home: &str, now: i64) -> Attention {
    let (flow, place) = (&notable.flow, &notable.environment);
    let held = |number: i64| format!("{home}/flows/{}/environments/{}/quarantine/{number}", flow.slug, place.slug);
    let entry = |kind, icon, title: String, text: Rich, to: String, words: &str| Attention {
        kind,
        icon,
        title,
        text,
        link: (to, words.to_owned()),
    };
    let watch = |r: &Rollout| format!("{home}/rollouts/{}", r.id);
    match &notable.what {
        What::SentBack(r) => entry(
            "bad",
            "undo",
            format!("The guard rolled back {} v{} in {}.", flow.name, r.version_number, place.name),
            Rich::new().text(&r.outcome_text).text(" ").time(TimeView::near(r.ended_at.unwrap_or(r.started_at), now)).text("."),
            held(r.version_number),
            "See its runs",
        ),
        What::HaltedByGuard(r) => entry(
            "bad",
            "octagon",
            format!("The guard halted {} v{} in {}.", flow.name, r.version_number, place.name),
            r.outcome_text.as_str().into(),
            watch(r),
            "Decide",
        ),
        What::Undecided(r) => entry(
            "warn",
            "alert",
            format!("{} v{} in {} needs your decision.", flow.name, r.version_number, place.name),
            r.outcome_text.as_str().into(),
            watch(r),
            "Decide",
        ),
        What::Halted(r) => entry(
            "",
            "octagon",
            format!("The rollout of {} v{} in {} is halted.", flow.name, r.version_number, place.name),
            "Its share stays until somebody continues.".into(),
            watch(r),
            "Open rollout",
        ),
        What::UnderWay(r, share) => entry(
            "",
            "rollout",
            format!("{} v{} is rolling out to {}.", flow.name, r.version_number, place.name),
            Rich::new()
                .text(&format!("{} of new runs, begun ", percent(*share)))
                .time(TimeView::near(r.started_at, now))
                .text(&format!(" by {}.", r.started_by)),
            watch(r),
            "Open rollout",
        ),
        What::Held(q) => entry(
            "warn",
            "octagon",
            format!("{} v{} is quarantined in {}.", flow.name, q.version_number, place.name),
            Rich::new()
                .text(&format!("{} rolled back from it ", q.by_name))
                .time(TimeView::near(q.since, now))
                .text(&format!(": “{}”", q.reason)),
            held(q.version_number),
            "See its runs",
        ),
    }
}

fn failing(outcomes: &Outcomes) -> Rich {
    let judged = outcomes.completed + outcomes.faulted;
    let share = figures::success(outcomes).map_or_else(String::new, |(words, _)| words);
    let text = format!(
        "{} of {} failed within 24 hours, {share} succeeded; 95% should.",
        count(whole(outcomes.faulted)),
        plural(whole(judged), "run", "runs")
    );
    Rich::new().text(&text)
}

/// "Dele Okafor paused it, 18 Nov 18:40: “Supplier feed sends zero prices.”"
pub fn switched(row: &Row, switch: Switch, now: i64) -> Rich {
    let who = row.switch_by.as_deref().unwrap_or("Somebody");
    let mut says = Rich::new().text(&format!("{who} {switch} it"));
    if let Some(at) = row.switch_at {
        says = says.text(", ").time(TimeView::near(at, now));
    }
    match &row.switch_reason {
        Some(reason) => says.text(&format!(": “{reason}”")),
        None => says.text(". No reason was given."),
    }
}
