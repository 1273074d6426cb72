//! `GET /w/{ws}/rollouts/{rollout}`. With `part=live` both live parts at once, for a page that stands.

use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::names::Answer;
use super::RolloutAt;
use crate::app::history;
use crate::app::rollout::look::{self, Looked};
use crate::domain::guard::Outcome;
use crate::domain::rollout::{State, WHOLE, percent};
use crate::store::events::{Event, Filter};
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::store::tallies::Minute;
use crate::web::address;
use crate::web::components::event::by_day;
use crate::web::components::field::Field;
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::rollout::{Levers, RolloutPage};
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, TimeView, words};
use crate::web::views::event::{Names, event};
use crate::web::views::rollout::{self, chart, hour, stages, versus};
use crate::web::views::whole;
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Query {
    part: Option<String>,
    /// The routing revision whose levers the page shows.
    seen: Option<i64>,
    /// The routing revision that was told aloud.
    told: Option<i64>,
}

/// What was typed into the levers.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// A share of one's choice.
    pub percent: String,
    /// Why.
    pub reason: String,
}

struct Read {
    looked: Looked,
    minutes: Vec<Minute>,
    events: Vec<Event>,
    colours: rollout::Colours,
    names: Names,
}

/// The page of a rollout.
///
/// # Errors
/// No such rollout.
pub async fn show(visitor: Visitor, at: Path<RolloutAt>) -> Answer {
    page(&visitor, &at, Typed::default(), &Refused::nothing()).await
}

/// The page, with what was typed and why it was refused.
///
/// # Errors
/// No such rollout.
pub async fn page(visitor: &Visitor, at: &RolloutAt, typed: Typed, refused: &Refused) -> Answer {
    let query: Query = address::query(visitor)?;
    let live = visitor.hx.fragment && query.part.as_deref() == Some("live");
    let (id, now) = (at.rollout.clone(), visitor.state.now().0);
    let (mut layout, read) = visitor
        .page(&at.ws, Place::Rollouts, move |conn, ctx, workspace| {
            let looked = look::look(conn, ctx, workspace, &id)?;
            let minutes = look::minutes(conn, &looked.rollout, now)?;
            let filter = Filter {
                flow: Some(looked.flow.id.clone()),
                environment: Some(looked.environment.id.clone()),
                from: Some(looked.rollout.started_at),
                to: looked.rollout.ended_at.map(|at| at + 1),
                ..Filter::default()
            };
            // The parts that are live show no events.
            let events =
                if live { Vec::new() } else { history::list(conn, ctx, workspace, &filter, &Direction::Newest, DEFAULT_LIMIT)?.items };
            let colours = look::colours(conn, workspace, &[&looked.rollout])?;
            let names = Names {
                home: format!("/w/{}", workspace.slug),
                flows: [(looked.flow.id.clone(), (looked.flow.slug.clone(), looked.flow.name.clone()))].into(),
                environments: [(looked.environment.id.clone(), looked.environment.name.clone())].into(),
                colours: history::colours(conn, workspace, &events)?,
                of_flow: true,
                of_rollout: true,
                ..Names::default()
            };
            Ok(Read { looked, minutes, events, colours, names })
        })
        .await?;
    let Read { looked, minutes, events, colours, names } = read;
    let (home, number) = (layout.home(), looked.rollout.version_number);
    let (from, to) = rollout::plates(&looked.rollout, &colours);
    let revision = looked.routing.as_ref().map_or(0, |row| row.revision);
    let seen = query.seen.filter(|_| live).unwrap_or(revision);
    let open = looked.state.is_open();
    let base = format!("{home}/rollouts/{}", looked.rollout.id);
    let flow = format!("{home}/flows/{}", looked.flow.slug);
    layout.title = format!("{} v{number} to {}", looked.flow.name, looked.environment.name);
    let line = stages::stages(&looked, now);
    let shown = RolloutPage {
        crumbs: Crumbs::here(layout.title.as_str()).below(format!("{home}/rollouts"), "Rollouts"),
        started: Rich::new()
            .text(&format!("Begun by {}, ", looked.rollout.started_by))
            .time(TimeView::near(looked.rollout.started_at, now)),
        comment: looked.rollout.comment.clone().unwrap_or_default(),
        status: rollout::status(&looked.rollout, &looked.environment.name),
        summary: refused.summary("Nothing was changed", "lv-t"),
        outcome: rollout::outcome(&looked, &home, now),
        announce: if query.told.is_some_and(|told| told != revision) { told(&looked) } else { String::new() },
        poll: open.then(|| format!("{base}?part=live&seen={seen}&told={revision}&poll=1")),
        moved: live && (seen != revision || !open),
        beside: live,
        since: hour(looked.rollout.started_at, now),
        updated: words(now, now, TimeStyle::Clock),
        versus: versus::versus(&looked, (from.clone(), to.clone()), &home),
        chart: chart::chart(&looked, &minutes, now),
        levers: (open && looked.may_act).then(|| levers(&looked, &line, &flow, revision, typed, refused)),
        no_levers: if open && !looked.may_act {
            format!("Operators and administrators lead rollouts in {}.", looked.environment.name)
        } else {
            String::new()
        },
        happened: by_day(events.iter().map(|e| event(e, &names)).collect(), now),
        history: format!("{flow}/history"),
        flow: (flow.clone(), looked.flow.name.clone()),
        from: from.large(),
        to: to.large(),
        stages: line,
        base,
        layout,
    };
    if live {
        return Ok(htmx::parts(refused.status, &[shown.as_stages().render()?, shown.as_counts().render()?]));
    }
    htmx::page(refused.status, &shown)
}

/// What a stage change sounds like.
fn told(looked: &Looked) -> String {
    let number = looked.rollout.version_number;
    match looked.state {
        State::Running => format!("Version {number} takes {} of new runs now.", percent(looked.basis_points)),
        State::Halted => format!("The rollout of version {number} is halted."),
        State::Completed => format!("Version {number} is live now."),
        State::Stopped | State::RolledBack | State::Replaced => format!("The rollout of version {number} has ended."),
    }
}

fn levers(
    looked: &Looked,
    line: &[crate::web::pages::rollout::StageView],
    flow: &str,
    revision: i64,
    typed: Typed,
    refused: &Refused,
) -> Levers {
    let (number, primary) = (looked.rollout.version_number, looked.rollout.primary_number);
    let at = percent(looked.basis_points);
    // After a share of one's choice the plan's next stage may lie below it.
    let next = looked.next.filter(|next| *next > looked.basis_points).unwrap_or(WHOLE);
    let waits = line.iter().find(|s| s.state == "now").and_then(|s| s.says.strip_prefix("Now, "));
    let protected = looked.environment.approvals > 0;
    let skips = match waits.filter(|w| w.ends_with("left")) {
        Some(left) if protected => format!(" Refused before the {left} are over, as it was approved."),
        Some(left) => format!(" Skips the {left}."),
        None => String::new(),
    };
    let next = if next == WHOLE {
        (
            format!("Make v{number} current now"),
            format!("All new runs use version {number}; you can roll back to version {primary} at any moment.{skips}"),
        )
    } else {
        (format!("Go to {} now", percent(next)), format!("Version {number} takes {} of new runs.{skips}", percent(next)))
    };
    let halted = looked.state == State::Halted;
    let failed = looked.rollout.outcome().is_ok_and(|o| o == Outcome::Fail);
    let hold = match (halted, failed) {
        (true, true) => format!("Stays at {at} and goes on from there; the guard counts anew, so that it is not judged by the same runs."),
        (true, false) => format!("Stays at {at} and goes on from there."),
        (false, _) => format!("Stays at {at}. No further stage starts until somebody continues."),
    };
    let running = match looked.candidate.open {
        0 => format!("No run is in progress on version {number}."),
        n => format!("{} in progress on version {number} finish there.", plural(whole(n), "run", "runs")),
    };
    Levers {
        expect: whole(revision),
        next,
        halted,
        hold,
        stop: format!("All new runs go back to version {primary}. Version {number} is not judged: it may be rolled out again."),
        back: (
            format!("{flow}/environments/{}/rollback", looked.environment.slug),
            format!("Roll back to v{primary}…"),
            format!("All new runs use version {primary}, and version {number} is quarantined. {running}"),
        ),
        share: (!protected).then(|| Field::line("percent", "Another share, percent").value(typed.percent).check_in(&refused.errors)),
        share_says: if protected {
            let place = &looked.environment.name;
            format!(
                "{place} is protected: the stages follow as they were approved. To go further at once, propose version {number} for all new runs."
            )
        } else {
            format!("More than {at}, up to 100. The stages above it follow as planned.")
        },
        reason: Field::text("reason", "Reason, if there is one to keep").value(typed.reason).lines(2).check_in(&refused.errors),
    }
}
