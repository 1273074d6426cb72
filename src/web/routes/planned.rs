//! `/w/{ws}/planned`: changes set for a time; planned from a flow or version, confirmed, cancelled (PRODUCT §5.9).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use super::names::Answer;
use super::{later, later_moves};
use crate::app::planned::look::{self, Looked};
use crate::app::planned::plan;
use crate::app::{self, workspace};
use crate::domain::ids::PlannedId;
use crate::domain::planned::{Kind, State};
use crate::store::page::DEFAULT_LIMIT;
use crate::store::planned::Filter;
use crate::web::address;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::Field;
use crate::web::components::nav::{Choice, Crumbs, Pager, Tabs};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::planned::{PlannedPage, PlannedRow};
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::views::may_operate;
use crate::web::views::planned::{moved, words};
use crate::web::visitor::Visitor;

/// Changes that are listed as upcoming or suspended.
const OPEN: i64 = 100;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/planned", get().to(list))
        .route("/planned/{planned}/confirm", get().to(ask_confirm))
        .route("/planned/{planned}/confirm", post().to(confirm))
        .route("/planned/{planned}/cancel", get().to(ask_cancel))
        .route("/planned/{planned}/cancel", post().to(cancel))
        .route("/flows/{flow}/later", get().to(later::show))
        .route("/flows/{flow}/later", post().to(later::create))
        .route("/flows/{flow}/later/{what}", get().to(later_moves::show))
        .route("/flows/{flow}/later/{what}", post().to(later_moves::create));
}

/// The tabs of everything that goes out.
pub fn tabs(home: &str, here: &str) -> Tabs {
    let tab = |path: &str, words: &str| Choice::new(format!("{home}/{path}"), words, here == path);
    Tabs {
        label: "What goes out".to_owned(),
        tabs: vec![tab("rollouts", "Rollouts"), tab("planned", "Planned"), tab("packages", "Packages")],
    }
}

#[derive(Debug, Default, Deserialize)]
struct From {
    before: Option<String>,
    after: Option<String>,
}

/// `GET /w/{ws}/planned`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Answer {
    let query: From = address::query(&visitor)?;
    let known = |text: Option<String>| text.filter(|t| PlannedId::parse(t).is_some());
    let from = address::direction(known(query.before), known(query.after))?;
    let (layout, (open, ended, may)) = visitor
        .page(&workspace, Place::Rollouts, move |conn, ctx, workspace| {
            let open = look::open(conn, ctx, workspace, OPEN)?;
            let ended = look::list(conn, ctx, workspace, &Filter::default(), &from, DEFAULT_LIMIT)?;
            let may: Vec<bool> = open.iter().map(|found| may_operate(ctx, &found.environment)).collect();
            Ok((open, ended, may))
        })
        .await?;
    let now = visitor.state.now().0;
    let home = layout.home();
    let (mut suspended, mut upcoming) = (Vec::new(), Vec::new());
    for (found, may) in open.iter().zip(may) {
        let row = row(found, &home, now, may);
        if found.row.state == State::Suspended.as_str() { suspended.push(row) } else { upcoming.push(row) }
    }
    let edge = |found: Option<&Looked>, word: &str| found.map(|f| format!("{home}/planned?{word}={}", f.row.id));
    let pager = Pager {
        summary: String::new(),
        newer: edge(ended.items.first().filter(|_| ended.newer), "after").map(|to| ("Newer".to_owned(), to)),
        older: edge(ended.items.last().filter(|_| ended.more), "before").map(|to| ("Older".to_owned(), to)),
    };
    let over = ended.items.iter().filter(|f| f.row.ended_at.is_some());
    let page = PlannedPage {
        tabs: tabs(&home, "planned"),
        ended: over.map(|found| row(found, &home, now, false)).collect(),
        suspended,
        upcoming,
        pager,
        layout: Layout { title: "Planned changes".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

fn row(found: &Looked, home: &str, now: i64, may: bool) -> PlannedRow {
    let flow = &found.flow;
    let words = words(found);
    let to = format!("{home}/flows/{}", flow.slug);
    let (before, after) = words.split_once(flow.name.as_str()).unwrap_or((words.as_str(), ""));
    let (state, look) = match found.row.state().unwrap_or(State::Failed) {
        State::Done => ("Done", ("ready", "check-circle")),
        State::Cancelled => ("Cancelled", ("inactive", "ban")),
        State::Failed => ("Refused", ("notready", "x-circle")),
        State::Suspended => ("Suspended", ("paused", "pause")),
        State::Planned => ("Planned", ("draft", "clock")),
    };
    let moved = moved(found);
    PlannedRow {
        id: found.row.id.clone(),
        what: Rich::new().text(before).link(&to, &flow.name).text(after),
        environment: found.environment.name.clone(),
        due: TimeView::near(found.row.due_at, now),
        why: found.wish.why().to_owned(),
        says: if moved.is_empty() { found.row.outcome.clone() } else { moved },
        state,
        look,
        by: found.row.planned_by.clone(),
        ended: found.row.ended_at.map(|at| TimeView::near(at, now)),
        may,
        words,
    }
}

/// `/w/{ws}/planned/{planned}`.
#[derive(Debug, Clone, Deserialize)]
pub struct PlannedAt {
    ws: String,
    planned: String,
}

impl PlannedAt {
    fn list(&self) -> String {
        format!("/w/{}/planned", self.ws)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Routing revision that was seen.
    expect: Option<i64>,
    /// What happens to a rollout that is under way.
    #[serde(default)]
    during: String,
    #[serde(default)]
    reason: String,
}

/// `GET …/confirm`
///
/// # Errors
/// No such change; the person may not deploy there.
pub async fn ask_confirm(visitor: Visitor, at: Path<PlannedAt>) -> Answer {
    dialog(&visitor, &at, Form::default(), true, &Refused::nothing()).await
}

/// `GET …/cancel`
///
/// # Errors
/// No such change; the person may not deploy there.
pub async fn ask_cancel(visitor: Visitor, at: Path<PlannedAt>) -> Answer {
    dialog(&visitor, &at, Form::default(), false, &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &PlannedAt, form: Form, confirms: bool, refused: &Refused) -> Answer {
    let id = at.planned.clone();
    let (layout, found) = visitor
        .page(&at.ws, Place::Rollouts, move |conn, ctx, workspace| {
            let found = look::find(conn, ctx, workspace, &id)?;
            ctx.allow(crate::domain::access::Permission::Operate(found.environment.kind()?), Some(&workspace.id()))?;
            Ok(found)
        })
        .await?;
    let (words, now) = (words(&found), visitor.state.now());
    let keep = (at.list(), if confirms { "Leave it suspended" } else { "Keep it planned" });
    let mut dialog = if confirms {
        confirming(&layout, at, &found, keep, now.0, refused)
    } else {
        cancelling(&layout, at, &found, keep, &form, refused)
    };
    dialog.summary = refused.summary(if confirms { "It was not confirmed" } else { "It was not cancelled" }, dialog.id);
    let here = if confirms { "Confirm" } else { "Cancel" };
    let page = DialogPage {
        crumbs: Crumbs::here(here).below(at.list(), "Planned changes"),
        heading: format!("{words} in {}", found.environment.name).as_str().into(),
        dialog,
        layout: Layout { title: format!("{here} · Planned changes"), ..layout },
    };
    htmx::reply(visitor.hx, refused.status, &page, &page.as_dialog())
}

fn confirming(layout: &Layout, at: &PlannedAt, found: &Looked, keep: (String, &str), now: i64, refused: &Refused) -> Dialog {
    let place = &found.environment.name;
    let title = format!("{} in {place} all the same?", words(found));
    let mut dialog =
        Dialog::new("confirm-planned", &layout.csrf, title, format!("{}/{}/confirm", at.list(), at.planned), keep, "Confirm change");
    let when = if found.row.due_at <= now { "at once, because its time has passed" } else { "at its time" };
    let moved = moved(found);
    let says = match (moved.as_str(), found.row.outcome.as_str()) {
        ("", "") => "Nothing has moved since it was planned.".to_owned(),
        ("", why) => why.to_owned(),
        (moved, _) => moved.to_owned(),
    };
    dialog.checks = vec![
        CheckView::warn(says),
        CheckView::ok(format!("It is carried out {when}, in the name of {}, and checked again before.", found.row.planned_by)),
    ];
    dialog.hidden = vec![("expect", found.routing.revision.to_string())];
    if let (Kind::Deploy, Some(candidate)) = (found.wish.kind(), &found.routing.candidate) {
        let label = format!("The rollout of version {} that is under way", candidate.pin.number);
        let choices = [("", "Choose what happens to it"), ("cancel", "End it"), ("replace", "Put the new version in its place")];
        let choices = choices.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
        dialog.fields = vec![Field::choice("during", label, choices).check_in(&refused.errors)];
    }
    if found.row.state != State::Suspended.as_str() {
        dialog.checks = vec![CheckView::ok("It is not suspended, so there is nothing to confirm.")];
        dialog.act = None;
    }
    dialog
}

fn cancelling(layout: &Layout, at: &PlannedAt, found: &Looked, keep: (String, &str), form: &Form, refused: &Refused) -> Dialog {
    let title = format!("Cancel “{}”?", words(found));
    let mut dialog =
        Dialog::new("cancel-planned", &layout.csrf, title, format!("{}/{}/cancel", at.list(), at.planned), keep, "Cancel change");
    dialog.checks = vec![CheckView::ok(format!("Nothing changes in {}; it can be planned again.", found.environment.name))];
    dialog.fields = vec![
        Field::text("reason", "Reason").value(form.reason.as_str()).hint("Kept in the history; it may be empty.").check_in(&refused.errors),
    ];
    dialog.danger = true;
    if !found.row.state().is_ok_and(State::is_open) {
        dialog.checks = vec![CheckView::ok("It has ended already, so there is nothing to cancel.")];
        (dialog.act, dialog.fields) = (None, Vec::new());
    }
    dialog
}

/// `POST …/confirm`
///
/// # Errors
/// No such change; the person may not deploy there.
pub async fn confirm(visitor: Visitor, at: Path<PlannedAt>, body: Bytes) -> Answer {
    act(visitor, at.into_inner(), &body, true).await
}

/// `POST …/cancel`
///
/// # Errors
/// No such change; the person may not deploy there.
pub async fn cancel(visitor: Visitor, at: Path<PlannedAt>, body: Bytes) -> Answer {
    act(visitor, at.into_inner(), &body, false).await
}

async fn act(visitor: Visitor, at: PlannedAt, body: &[u8], confirms: bool) -> Answer {
    let form: Form = form::parse(body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done: app::Result<Looked> = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &wanted.ws)?;
            let found = look::find(conn, ctx, &workspace, &wanted.planned)?;
            if confirms {
                let during = match typed.during.as_str() {
                    "" => None,
                    word => Some(word.parse().map_err(|_| app::Error::invalid("during", "Choose to end it or to replace it."))?),
                };
                plan::confirm(conn, ctx, &found.row.id, during, typed.expect)?;
            } else {
                plan::cancel(conn, ctx, &found.row.id, &typed.reason)?;
            }
            Ok(found)
        })
        .await;
    match done {
        Ok(found) => {
            let (words, place) = (words(&found), &found.environment.name);
            let flash = if confirms {
                Flash::done(format!("Confirmed: {words} in {place}.")).text("It goes on from what stands there now.")
            } else {
                Flash::done(format!("Cancelled: {words} in {place}.")).text("Nothing was changed there.")
            };
            Ok(visitor.go(&at.list(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?;
            dialog(&visitor, &at, form, confirms, &refused).await
        }
    }
}
