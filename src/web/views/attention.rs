//! What needs attention, in words: the fact, the number, the limit, where to look (DESIGN §8).

use crate::app::dashboard::Attention as Found;
use crate::app::version::table::Outcomes;
use crate::domain::deployment::Switch;
use crate::store::deployments::Row;
use crate::web::address;
use crate::web::components::rich::Rich;
use crate::web::numbers::{count, plural};
use crate::web::pages::dashboard::Attention;
use crate::web::time::TimeView;

use super::{figures, planned, whole};

/// One entry of the list.
pub fn attention(found: &Found, home: &str, now: i64) -> Attention {
    match found {
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
