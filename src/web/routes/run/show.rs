//! `GET /w/{ws}/runs/{run}`: a run with its steps, replaced every two seconds while it has not ended.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::timeline::Timeline;
use super::{error_words, millis, short, trigger_words};
use crate::app::run::look::{self, Looked};
use crate::domain::resolver::Reason;
use crate::domain::run::State;
use crate::domain::sealed;
use crate::web::components::banner::{Banner, Kind};
use crate::web::components::nav::Crumbs;
use crate::web::components::plate::{Plate, Tag};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers;
use crate::web::pages::run::{RunActs, RunPage};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views;
use crate::web::visitor::Visitor;

/// What stands in the address.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// Steps after this position.
    after: Option<i64>,
}

/// The run, or its live part for htmx.
///
/// # Errors
/// Not found.
pub async fn show(visitor: Visitor, path: web::Path<(String, String)>, asked: web::Query<Asked>) -> Result<HttpResponse, PageError> {
    let (workspace, id) = path.into_inner();
    let after = asked.after.unwrap_or(-1);
    let (layout, looked) =
        visitor.page(&workspace, Place::Runs, move |conn, ctx, workspace| look::look(conn, ctx, workspace, &id, after)).await?;
    visitor.saw(&layout.workspace, &looked.run.id);
    let page = page(layout, looked, visitor.state.now().0);
    htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_live())
}

fn page(layout: Layout, looked: Looked, now: i64) -> RunPage {
    let (run, home) = (&looked.run, layout.home());
    let head = views::head_at(&layout.workspace, &looked.flow);
    let state = run.state().ok();
    let live = !state.is_some_and(State::is_final);
    let begun = run.started_at.unwrap_or(run.created_at);
    let base = format!("{home}/runs/{}", run.id);
    let timeline = Timeline::new(&looked, &home, now);
    let open = |state: Option<State>| matches!(state, Some(State::Suspended | State::NeedsAttention));
    RunPage {
        crumbs: Crumbs::here(short(&run.id)).below(format!("{home}/runs"), "Runs"),
        short: short(&run.id).to_owned(),
        status: StatusView::run(&run.state),
        live,
        flow: (head.base.clone(), head.name.clone()),
        plate: Plate::new(views::whole(run.version_number), views::colour(looked.sync))
            .link(format!("{}/versions/{}", head.base, run.version_number))
            .id("to-version"),
        environment_href: format!("/w/{}/environments/{}/versions/{}", layout.workspace, looked.environment.slug, run.environment_version),
        environment: (
            looked.environment.name.clone(),
            Tag { number: run.environment_version.unsigned_abs(), state: if looked.on_draft { "draft" } else { "deployed" } },
        ),
        on_draft: looked.on_draft,
        started: run.started_at.map(|at| TimeView::styled(at, now, TimeStyle::Clock)),
        took: run.started_at.map(|_| numbers::duration(millis(begun, run.finished_at.unwrap_or(now)))).unwrap_or_default(),
        banner: banner(&looked, now),
        acts: RunActs {
            cancel: live && looked.may_act,
            suspend: looked.may_act && matches!(state, Some(State::Pending | State::Running | State::Waiting)) && run.control.is_none(),
            resume: looked.may_act && open(state),
            retry: !live && looked.may_act,
        },
        axis: timeline.axis,
        steps: timeline.rows,
        more: looked.more.then(|| format!("{base}?after={}", looked.steps.last().map_or(-1, |s| s.position))),
        data: data(&looked),
        facts: facts(&looked, &home, now),
        base,
        layout: Layout { title: format!("Run {} of {}", short(&run.id), looked.flow.name), ..layout },
    }
}

fn banner(looked: &Looked, now: i64) -> Option<Banner> {
    let run = &looked.run;
    let error = run.error.as_deref().map(error_words);
    match run.state().ok()? {
        State::Faulted => Some(Banner::new(
            Kind::Bad,
            error.unwrap_or_else(|| "It failed.".into()),
            "Steps before it are done; running it again repeats them.",
        )),
        State::NeedsAttention => Some(Banner::new(
            Kind::Warn,
            error.unwrap_or_else(|| "This run cannot go on without you.".into()),
            "Resume lets it go on: a step whose outcome is not known runs again. Cancel ends it.",
        )),
        State::Suspended => {
            Some(Banner::new(Kind::Warn, "This run was put down.", "It stays where it is until somebody resumes or cancels it."))
        }
        State::Waiting => run
            .wake_at
            .filter(|at| *at > now && looked.steps.iter().all(|s| s.child_run_id.is_none() || s.state != "waiting"))
            .map(|at| Banner::new(Kind::Ok, format!("It waits until {}.", TimeView::styled(at, now, TimeStyle::Clock).words()), "")),
        State::Running if run.control.is_some() => {
            let what = if run.control.as_deref() == Some("cancel") { "cancelled" } else { "put down" };
            Some(Banner::new(Kind::Warn, format!("It is {what} at its next step."), ""))
        }
        State::Pending | State::Running | State::Cancelled | State::Completed => None,
    }
}

/// JSON as it is shown: in lines, and as text only.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn data(looked: &Looked) -> Vec<(&'static str, String)> {
    let run = &looked.run;
    let shown =
        |text: &str| serde_json::from_str::<Value>(sealed::shown(text)).map_or_else(|_| sealed::shown(text).to_owned(), |v| pretty(&v));
    let mut all = Vec::new();
    if let Some(error) = &run.error {
        all.push(("Error", shown(error)));
    }
    if let Some(output) = &run.output {
        all.push(("Output", shown(output)));
    }
    all.push(("Input", shown(&run.input)));
    all
}

fn facts(looked: &Looked, home: &str, now: i64) -> Vec<(String, Rich)> {
    let run = &looked.run;
    let to_run = |id: &str| Rich::new().link(&format!("{home}/runs/{id}"), short(id));
    let mut facts: Vec<(String, Rich)> = Vec::new();
    let mut fact = |name: &str, value: Rich| facts.push((name.to_owned(), value));
    let why = run.reason.parse::<Reason>().map_or(run.reason.as_str(), |r| r.sentence());
    fact("Why this version", Rich::new().text(&format!("Because {why}.")));
    fact("Started by", Rich::new().text(&run.actor_name).dim(&format!(" · {}", trigger_words(&run.trigger_))));
    fact("Created", Rich::new().time(TimeView::styled(run.created_at, now, TimeStyle::Full)));
    fact("History", Rich::new().link(&format!("{home}/history?object={}", run.id), "Who changed it"));
    if let Some(at) = run.finished_at {
        fact("Ended", Rich::new().time(TimeView::styled(at, now, TimeStyle::Full)));
    }
    if let Some(key) = &run.key {
        fact("Key", Rich::new().code(key));
    }
    if run.test {
        fact("Test run", Rich::new().text("Left out of every figure"));
    }
    if let Some(parent) = &run.parent_run_id {
        fact("Called by", to_run(parent));
    }
    if let Some(old) = &run.retry_of {
        fact("Repeats", to_run(old));
    }
    let children: Vec<&str> = looked.steps.iter().filter_map(|s| s.child_run_id.as_deref()).collect();
    if !children.is_empty() {
        fact("Called", children.iter().take(20).fold(Rich::new(), |all, id| all.join(&to_run(id)).text(" ")));
    }
    if !looked.retries.is_empty() {
        fact("Repeated by", looked.retries.iter().fold(Rich::new(), |all, id| all.join(&to_run(id)).text(" ")));
    }
    fact("Routing revision", Rich::new().text(&run.routing_revision.to_string()));
    fact("Content", Rich::new().code(run.content_hash.get(..12).unwrap_or(&run.content_hash)));
    fact("Run id", Rich::new().code(&run.id));
    facts
}
