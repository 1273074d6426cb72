//! `GET /w/{ws}/search?q=`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig, get};
use serde::Deserialize;

use crate::app::search;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::search::SearchPage;
use crate::web::time::TimeView;
use crate::web::views::head_at as head;
use crate::web::visitor::Visitor;

/// Letters of what is looked for.
const LONGEST: usize = 200;

/// The address of the search.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/search", get().to(show));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
/// What is looked for.
pub struct Asked {
    q: String,
}

/// What was found.
///
/// # Errors
/// No such workspace.
pub async fn show(visitor: Visitor, workspace: Path<String>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let text: String = asked.q.trim().chars().take(LONGEST).collect();
    let wanted = text.clone();
    let (layout, found) =
        visitor.page(&workspace, Place::Elsewhere, move |conn, ctx, workspace| search::search(conn, ctx, workspace, &wanted)).await?;
    let (ws, now) = (layout.workspace.clone(), visitor.state.now().0);
    let flows = found.flows.iter().map(|flow| {
        let head = head(&ws, flow);
        let note = if flow.archived_at.is_some() { " · archived" } else { "" };
        Rich::new().link(&head.base, &head.name).dim(&format!(" {}{note}", head.slug))
    });
    let versions = found.versions.iter().map(|(version, flow)| {
        let head = head(&ws, flow);
        let label = version.label.as_ref().map(|l| format!(" · {l}")).unwrap_or_default();
        let reference = version.reference.as_ref().map(|r| format!(" · {r}")).unwrap_or_default();
        Rich::new()
            .link(&format!("{}/versions/{}", head.base, version.number), &format!("{} v{}", head.name, version.number))
            .dim(&format!("{label}{reference}"))
            .text(&if version.note.is_empty() { String::new() } else { format!(" “{}”", version.note) })
    });
    let runs = found.runs.iter().map(|(run, flow)| {
        let status = StatusView::run(&run.state);
        Rich::new()
            .link(&format!("/w/{ws}/runs/{}", run.id), &run.id)
            .dim(&format!(" {} v{} · {} · ", flow.name, run.version_number, status.words))
            .time(TimeView::near(run.created_at, now))
    });
    let page = SearchPage {
        groups: vec![("Flows", flows.collect()), ("Versions", versions.collect()), ("Runs", runs.collect())],
        layout: Layout { title: "Search".into(), query: text, ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}
