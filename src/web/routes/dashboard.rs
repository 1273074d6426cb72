//! `/w/{ws}`: the dashboard.

use actix_web::http::StatusCode;
use actix_web::web;
use actix_web::web::{ServiceConfig, get};
use serde::Deserialize;

use super::names::Answer;
use super::past;
use crate::app::dashboard::{self, Cell as Stored, FlowRow as StoredRow};
use crate::domain::environment::Kind;
use crate::domain::version::Sync as Colour;
use crate::store::environments::Environment;
use crate::store::flows::Filter;
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::store::versions::Version;
use crate::web::address;
use crate::web::components::meter::Share;
use crate::web::components::plate::Plate;
use crate::web::components::status::StatusView;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::{count, plural};
use crate::web::pages::dashboard::{Cell, DashboardPage, FlowRow};
use crate::web::time::{TimeStyle, TimeView, words};
use crate::web::views::{attention, colour, figures, may, version, whole};
use crate::web::visitor::Visitor;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("", get().to(show));
}

#[derive(Debug, Default, Deserialize)]
struct Query {
    #[serde(default)]
    find: String,
    #[serde(default)]
    drift: String,
    /// Further down the alphabet than this slug.
    before: Option<String>,
    part: Option<String>,
    /// The past: an instant.
    at: Option<String>,
    /// In the past: flows made after this one.
    after: Option<String>,
}

/// `GET /w/{ws}`. Parts: `attention` and `matrix`.
///
/// # Errors
/// No such workspace; the database.
pub async fn show(visitor: Visitor, names: web::Path<String>) -> Answer {
    let query: Query = address::query(&visitor)?;
    if let Some(at) = query.at.as_deref().filter(|at| !at.is_empty()) {
        return past::dashboard(&visitor, &names, at, query.after).await;
    }
    let find = query.find.trim().to_owned();
    let filter = Filter { text: (!find.is_empty()).then(|| find.clone()), archived: false };
    let drift = query.drift == "1";
    let from = query.before.map_or(Direction::Newest, Direction::Before);
    let (mut layout, (found, may)) = visitor
        .page(&names, Place::Dashboard, move |conn, ctx, workspace| {
            let found = dashboard::dashboard(conn, ctx, workspace, &filter, drift, &from, DEFAULT_LIMIT)?;
            let may = may(ctx, workspace, &found.environments);
            Ok((found, may))
        })
        .await?;
    layout.title = "Dashboard".to_owned();
    let (home, now) = (layout.home(), visitor.state.now().0);
    let next = found
        .rows
        .items
        .last()
        .filter(|_| found.rows.more)
        .map(|row| address::with(&home, &[("before", &row.flow.slug), ("find", &find), ("drift", if drift { "1" } else { "" })]));
    let flows: Vec<FlowRow> = found.rows.items.iter().map(|row| flow_row(row, &found.environments, &home, now)).collect();
    let shown = flows.len() as u64;
    let some = if next.is_some() { "More than " } else { "" };
    let page = DashboardPage {
        summary: match found.environments.len() as u64 {
            // With one there is nothing to tell apart (PRODUCT §4.1).
            1 => format!("{some}{}", plural(shown, "flow", "flows")),
            n => format!("{some}{} in {}", plural(shown, "flow", "flows"), plural(n, "environment", "environments")),
        },
        may_edit: may.edit,
        attention: found.attention.iter().map(|a| attention::attention(a, &home, now)).collect(),
        environments: found.environments.iter().map(|e| (e.name.clone(), e.slug.clone())).collect(),
        flows,
        count: if next.is_some() {
            format!("{} flows, there are more.", count(shown))
        } else {
            format!("{}.", plural(shown, "flow", "flows"))
        },
        find,
        drift,
        next,
        updated: words(now, now, TimeStyle::Clock),
        layout,
    };
    match query.part.as_deref().filter(|_| visitor.hx.fragment) {
        Some("attention") => htmx::page(StatusCode::OK, &page.as_attention()),
        Some("matrix") => htmx::page(StatusCode::OK, &page.as_matrix()),
        _ => htmx::page(StatusCode::OK, &page),
    }
}

fn flow_row(row: &StoredRow, environments: &[Environment], home: &str, now: i64) -> FlowRow {
    let base = format!("{home}/flows/{}", row.flow.slug);
    let cells = environments.iter().zip(&row.cells).map(|(environment, stored)| {
        let plate = |version: &Version, sync: Colour| {
            let plate = Plate::new(whole(version.number), colour(sync)).link(format!("{base}/versions/{}", version.number));
            let plate = plate.id(format!("p-{}-{}", row.flow.slug, environment.slug));
            if environment.is_production { plate } else { plate.elsewhere() }
        };
        match row.draft.as_ref().filter(|draft| shows_draft(draft, stored, environment)) {
            Some(draft) => {
                let status = if draft.ready { StatusView::draft() } else { StatusView::not_ready(None) };
                let note = stored.primary.as_ref().map_or_else(String::new, |(v, _)| format!("v{} deployed", v.number));
                let since = Some(TimeView::styled(draft.updated_at, now, TimeStyle::Day));
                Cell { plate: Some(plate(draft, Colour::Never)), since, status: Some(status), note, ..health(stored, environment) }
            }
            None => Cell {
                plate: stored.primary.as_ref().map(|(v, sync)| plate(v, *sync)),
                since: stored.since.map(|at| TimeView::styled(at, now, TimeStyle::Day)),
                candidate: stored.candidate.as_ref().map(|(v, sync)| rolling(v, *sync, stored, environment)),
                note: draft_note(row, environment),
                status: (stored.switch != crate::domain::deployment::Switch::On).then(|| version::switched(stored.switch)),
                ..health(stored, environment)
            },
        }
    });
    FlowRow { slug: row.flow.slug.clone(), name: row.flow.name.clone(), cells: cells.collect() }
}

/// In development a start takes the newest ready draft (PRODUCT §5.8); one that is not ready is shown where nothing
/// else runs.
fn shows_draft(draft: &Version, stored: &Stored, environment: &Environment) -> bool {
    environment.kind == Kind::Development.as_str() && (stored.primary.is_none() || draft.ready)
}

/// Beside what development runs: that a newer draft is not ready.
fn draft_note(row: &StoredRow, environment: &Environment) -> String {
    let draft = row.draft.as_ref().filter(|d| environment.kind == Kind::Development.as_str() && !d.ready);
    draft.map_or_else(String::new, |d| format!("Draft v{} is not ready", d.number))
}

fn rolling(candidate: &Version, sync: Colour, stored: &Stored, environment: &Environment) -> (Plate, Share) {
    let (sync, percent) = (colour(sync), version::percent(stored.basis_points));
    let label = format!("{percent}% of new runs in {}", environment.name);
    (Plate::new(whole(candidate.number), sync), Share { sync, percent, label })
}

fn health(stored: &Stored, environment: &Environment) -> Cell {
    let failed = stored.outcomes.faulted;
    let success = figures::success(&stored.outcomes);
    Cell {
        failed_bad: success.as_ref().is_some_and(|(_, bad)| *bad),
        health: success.map(|(share, bad)| StatusView::succeeded(share, !bad)),
        failed: if failed > 0 { format!("{} failed", count(whole(failed))) } else { String::new() },
        spark: figures::spark(&stored.failed_by_hour, &environment.name),
        ..Cell::default()
    }
}
