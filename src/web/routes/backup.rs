//! `/backups`: made, verified, gone back to and let go of (PRODUCT §10). The use cases let admins of the instance in only.

mod confirmed;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use super::names::Answer;
use crate::app::backup::{ask, hold, look, schedule};
use crate::app::{self, Error};
use crate::domain::backup::Schedule;
use crate::domain::clock::Micros;
use crate::domain::ids::BackupId;
use crate::store::backups::Backup;
use crate::store::page::{DEFAULT_LIMIT, Direction, Page};
use crate::web::address;
use crate::web::components::banner::{Banner, Kind};
use crate::web::components::change::CheckView;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::backup::{BackupPage, BackupsPage};
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::backup::{facts, row};
use crate::web::visitor::Visitor;

/// Addresses under `/backups`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("", get().to(list))
        .route("", post().to(create))
        .route("/schedule", post().to(change_schedule))
        .route("/release", post().to(release))
        .route("/{backup}", get().to(show))
        .route("/{backup}/verification", post().to(verify))
        .route("/{backup}/restore", get().to(confirmed::ask_restore))
        .route("/{backup}/restore", post().to(confirmed::restore))
        .route("/{backup}/deletion", get().to(confirmed::ask_removal))
        .route("/{backup}/deletion", post().to(confirmed::remove));
}

#[derive(Debug, Default, Deserialize)]
struct From {
    before: Option<String>,
    after: Option<String>,
    part: Option<String>,
}

/// `GET /backups`. With `part=kept` the list alone, for a page that stands.
///
/// # Errors
/// Not an admin of the instance.
pub async fn list(visitor: Visitor) -> Answer {
    if let Some(leaving) = visitor.state.backups.leaving() {
        return Ok(leaving);
    }
    listed(&visitor, Refused::nothing(), None).await
}

async fn listed(visitor: &Visitor, refused: Refused, typed: Option<[String; 3]>) -> Answer {
    let query: From = address::query(visitor)?;
    let known = |text: Option<String>| text.filter(|t| BackupId::parse(t).is_some());
    let from: Direction<String> = address::direction(known(query.before), known(query.after))?;
    let (layout, (page, settings, next, failed, verified)) = visitor
        .plain_page(Place::Backups, move |conn, ctx| {
            let page = look::list(conn, ctx, &from, DEFAULT_LIMIT)?;
            let facts = (schedule::settings(conn)?, schedule::next(conn)?);
            Ok((page, facts.0, facts.1, look::failed_restore(conn, ctx)?, look::last_verified(conn)?))
        })
        .await?;
    let now = visitor.state.now();
    let typed = typed.unwrap_or_else(|| [settings.every_hours, settings.keep, settings.max_days].map(|n| n.to_string()));
    let shown = BackupsPage {
        banners: banners(failed, verified, settings, now),
        next: next.map(|at| TimeView::near(at.0.max(now.0), now.0)),
        folder: visitor.state.backups.depot.folder.display().to_string(),
        live: page.items.iter().any(Backup::is_busy),
        pager: pager(&page),
        backups: page.items.iter().map(|backup| row(backup, now.0)).collect(),
        summary: refused.summary("The schedule was not changed", "schedule"),
        schedule: fields(&typed, &refused.errors),
        seen: seen(settings),
        layout: Layout { title: "Backups".into(), ..layout },
    };
    if visitor.hx.fragment && query.part.as_deref() == Some("kept") {
        return htmx::page(StatusCode::OK, &shown.as_kept());
    }
    htmx::page(refused.status, &shown)
}

fn banners(failed: Option<(i64, String)>, verified: Option<i64>, settings: Schedule, now: Micros) -> Vec<Banner> {
    let failed = failed.map(|(at, why)| {
        let when = TimeView::near(at, now.0).words();
        Banner::new(
            Kind::Bad,
            format!("Going back to a backup did not work, {when}."),
            format!("{why} What stood before stands unchanged."),
        )
    });
    let late = 2 * settings.every_hours * Micros::HOUR;
    let old = verified.filter(|at| settings.every_hours > 0 && now.since(Micros(*at)) > late).map(|at| {
        let when = TimeView::near(at, now.0).words();
        Banner::new(Kind::Warn, format!("The last verified backup is from {when}."), "Look below why no newer one could be made.")
    });
    failed.into_iter().chain(old).collect()
}

fn pager(page: &Page<Backup>) -> Pager {
    let edge = |found: Option<&Backup>, word: &str| found.map(|b| format!("/backups?{word}={}", b.id));
    Pager {
        summary: String::new(),
        newer: edge(page.items.first().filter(|_| page.newer), "after").map(|to| ("Newer".to_owned(), to)),
        older: edge(page.items.last().filter(|_| page.more), "before").map(|to| ("Older".to_owned(), to)),
    }
}

fn fields(typed: &[String; 3], errors: &FieldErrors) -> Vec<Field> {
    let number = |name: &str, label: &str, value: &str, hint: &str, bounds: (u32, u32)| {
        let field = Field::line(name, label).control(Control::Line("number")).value(value).hint(hint).required();
        field.bounds(bounds.0, bounds.1).check_in(errors)
    };
    let [every, keep, days] = typed;
    vec![
        number("every_hours", "Every so many hours", every, "0 makes none. One that was missed is made soon after the start.", (0, 8_760)),
        number("keep", "Keep at most", keep, "The newest ones stay.", (1, 1_000)),
        number("max_days", "Keep for days", days, "0 keeps them whatever their age. The newest verified one always stays.", (0, 3_650)),
    ]
}

/// A schedule as the form carries what it was filled with.
fn seen(schedule: Schedule) -> String {
    format!("{}-{}-{}", schedule.every_hours, schedule.keep, schedule.max_days)
}

fn unseen(text: &str) -> Option<Schedule> {
    let numbers: Vec<i64> = text.split('-').filter_map(|n| n.parse().ok()).collect();
    let [every_hours, keep, max_days] = numbers[..] else { return None };
    Some(Schedule { every_hours, keep, max_days })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `POST /backups`
///
/// # Errors
/// Not an admin of the instance.
pub async fn create(visitor: Visitor, body: Bytes) -> Answer {
    let _: Only = form::parse(&body)?;
    let backups = std::sync::Arc::clone(&visitor.state.backups);
    let made = visitor.write(move |conn, ctx| ask::create(conn, ctx, &backups.depot)).await;
    made.map_err(|e| visitor.refused(e))?;
    let flash = Flash::done("A backup is being made.").text("It goes on without this page, and is listed below.");
    Ok(visitor.go("/backups", &flash))
}

/// `POST /backups/{backup}/verification`
///
/// # Errors
/// Not an admin of the instance; not found.
pub async fn verify(visitor: Visitor, id: Path<String>, body: Bytes) -> Answer {
    let _: Only = form::parse(&body)?;
    let flash = match visitor.write(move |conn, ctx| ask::verify(conn, ctx, &id)).await {
        Ok(backup) => {
            Flash::done(format!("{} is being verified.", backup.file)).text("It is restored into a scratch database and compared.")
        }
        Err(Error::Refused(refusal)) => Flash::refused("Nothing was changed.", refusal.message),
        Err(other) => return Err(visitor.refused(other)),
    };
    Ok(visitor.go("/backups", &flash))
}

/// `POST /backups/release`
///
/// # Errors
/// Not an admin of the instance.
pub async fn release(visitor: Visitor, body: Bytes) -> Answer {
    let _: Only = form::parse(&body)?;
    let flash = match visitor.write(hold::release).await {
        Ok(_) => Flash::done("Runs, rollouts and planned changes go on."),
        Err(Error::Refused(refusal)) => Flash::refused("Nothing was changed.", refusal.message),
        Err(other) => return Err(visitor.refused(other)),
    };
    Ok(visitor.go("/backups", &flash))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSchedule {
    #[serde(rename = "csrf")]
    _csrf: String,
    seen: String,
    every_hours: String,
    keep: String,
    max_days: String,
}

/// `POST /backups/schedule`
///
/// # Errors
/// Not an admin of the instance.
pub async fn change_schedule(visitor: Visitor, body: Bytes) -> Answer {
    let form: NewSchedule = form::parse(&body)?;
    let typed = [form.every_hours, form.keep, form.max_days];
    let mut errors = FieldErrors::new();
    let mut number = |field: &str, text: &str| {
        text.trim().parse::<i64>().unwrap_or_else(|_| {
            errors.add(field, "Give a whole number.");
            0
        })
    };
    let new = Schedule {
        every_hours: number("every_hours", &typed[0]),
        keep: number("keep", &typed[1]),
        max_days: number("max_days", &typed[2]),
    };
    if !errors.is_empty() {
        let refused = Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors, lines: Vec::new() };
        return listed(&visitor, refused, Some(typed)).await;
    }
    let seen = unseen(&form.seen);
    match visitor.write(move |conn, ctx| schedule::change(conn, ctx, new, seen)).await {
        Ok(_) => Ok(visitor.go("/backups", &Flash::done("The schedule is changed."))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, "/backups")?;
            listed(&visitor, refused, Some(typed)).await
        }
    }
}

/// `GET /backups/{backup}`
///
/// # Errors
/// Not an admin of the instance; not found.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let (layout, backup) = visitor.plain_page(Place::Backups, move |conn, ctx| look::find(conn, ctx, &id)).await?;
    let now = visitor.state.now().0;
    let shown = row(&backup, now);
    let at = backup.made_at.unwrap_or(backup.asked_at);
    let title = format!("Backup of {}", TimeView::styled(at, now, TimeStyle::Full).words());
    let check = |check: app::backup::compare::Check| {
        let says = Rich::new().strong(name(&check.name)).text(": ").text(&check.text);
        if check.notice { CheckView::warn(says) } else { CheckView::ok(says) }
    };
    let counts = look::header(&backup).map(|h| h.facts.counts).unwrap_or_default();
    let page = BackupPage {
        crumbs: Crumbs::here(title.clone()).below("/backups", "Backups"),
        facts: facts(&backup),
        compared: look::compared(&backup).into_iter().map(check).collect(),
        counts: counts.into_iter().map(|(table, rows)| (table, rows.unsigned_abs())).filter(|(_, rows)| *rows > 0).collect(),
        backup: shown,
        layout: Layout { title, ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

/// What was compared, for people.
fn name(name: &str) -> &str {
    match name {
        "file" => "File",
        "objects" => "Tables",
        "integrity" => "Integrity",
        "references" => "References",
        "schema" => "Schema",
        "rows" => "Rows",
        "history" => "History",
        "secrets" => "Secrets",
        other => other,
    }
}
