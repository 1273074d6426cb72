//! The editor of a draft: one document behind a list of steps with forms and a text (PRODUCT §3.2).
//!
//! Every form carries `expect`, the lock version of what its page showed. A save on top of something else changes
//! nothing and answers with the conflict (`routes::conflict`).

mod blocks;
pub mod open;
mod problems;
mod save;
mod steps;
mod view;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::web::address;
use crate::web::flash::Flash;
use crate::web::htmx;
use crate::web::routes::names::{Answer, VersionAt};
use crate::web::visitor::Visitor;
use view::Show;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    const EDIT: &str = "/flows/{flow}/versions/{v}/edit";
    cfg.route(EDIT, get().to(show))
        .route(&format!("{EDIT}/text"), post().to(save::text))
        .route(&format!("{EDIT}/step"), post().to(save::step))
        .route(&format!("{EDIT}/document"), post().to(save::document))
        .route(&format!("{EDIT}/add"), post().to(steps::add))
        .route(&format!("{EDIT}/move"), post().to(steps::shift))
        .route(&format!("{EDIT}/remove"), post().to(steps::remove));
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Pointer of the step to edit, or of something in it; empty for the document as a whole.
    step: Option<String>,
    /// `text`, or nothing for the steps.
    view: String,
    /// Which part of the page is wanted.
    part: String,
}

/// `GET …/versions/{v}/edit`: the page, or one part of it for htmx.
///
/// # Errors
/// Not found; the role does not allow it.
pub async fn show(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    let asked: Asked = address::query(&visitor)?;
    let names = at.into_inner();
    let (layout, opened) = open::open(&visitor, &names).await?;
    if !opened.version.is_draft() {
        let to = format!("{}/versions/{}", opened.head.base, opened.version.number);
        let why = format!("Version {} is published and never changes.", opened.version.number);
        return Ok(visitor.go(&to, &Flash::refused(why, "Make a new version from it, and edit that one.")));
    }
    let show = if asked.view == "text" { Show::text(&opened.document.text) } else { Show::at(&opened, asked.step.as_deref()) };
    let page = view::page(layout, &opened, show, visitor.state.now().0);
    match asked.part.as_str() {
        "problems" => htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_problems()),
        "blocks" => htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_blocks()),
        "preview" => htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_preview()),
        _ => htmx::page(StatusCode::OK, &page),
    }
}

/// Whether the editor's script saves by itself: it asks for JSON and keeps its page.
fn by_itself(request: &HttpRequest) -> bool {
    request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|a| a.contains("application/json"))
}

/// The answer to a save by itself that did not save.
fn told(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(serde_json::json!({"message": message}))
}
