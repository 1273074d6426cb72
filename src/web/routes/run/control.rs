//! Cancel, suspend, resume, and run again.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::short;
use crate::app::run::look::{self, Looked};
use crate::app::run::{cancel as ends, control, find, retry as again};
use crate::app::workspace;
use crate::app::{self, Ctx};
use crate::store::conn::Conn;
use crate::store::runs::Run;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::run as pages;
use crate::web::visitor::Visitor;

type Path = web::Path<(String, String)>;

/// Workspace and run of an address.
struct Named {
    workspace: String,
    id: String,
}

impl Named {
    fn of(path: Path) -> Self {
        let (workspace, id) = path.into_inner();
        Self { workspace, id }
    }
    fn base(&self) -> String {
        format!("/w/{}/runs/{}", self.workspace, self.id)
    }
}

async fn looked(visitor: &Visitor, named: &Named) -> Result<(Layout, Looked), PageError> {
    let id = named.id.clone();
    visitor.page(&named.workspace, Place::Runs, move |conn, ctx, workspace| look::look(conn, ctx, workspace, &id, -1)).await
}

/// The dialog alone over the page that stands, or as a page of its own.
fn dialog(visitor: &Visitor, status: StatusCode, layout: Layout, looked: &Looked, dialog: Dialog) -> Result<HttpResponse, PageError> {
    let home = layout.home();
    let words = short(&looked.run.id);
    let page = DialogPage {
        crumbs: Crumbs::here(words).below(format!("{home}/runs"), "Runs"),
        heading: Rich::new().text("Run ").text(words).text(" of ").text(&looked.flow.name),
        layout: Layout { title: format!("Run {words}"), ..layout },
        dialog,
    };
    htmx::reply(visitor.hx, status, &page, &page.as_dialog())
}

/// `GET …/cancel`
///
/// # Errors
/// Not found.
pub async fn show_cancel(visitor: Visitor, path: Path) -> Result<HttpResponse, PageError> {
    let named = Named::of(path);
    let (layout, looked) = looked(&visitor, &named).await?;
    let asked = pages::cancel(&named.base(), short(&named.id), &layout.csrf);
    dialog(&visitor, StatusCode::OK, layout, &looked, asked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    reason: String,
}

type Verb = fn(&mut Conn, &Ctx, &Run, Option<&str>) -> app::Result<()>;

async fn act(visitor: Visitor, path: Path, body: &[u8], verb: Verb, done: &str) -> Result<HttpResponse, PageError> {
    let form: Reason = form::parse(body)?;
    let named = Named::of(path);
    let (workspace, id) = (named.workspace.clone(), named.id.clone());
    let acted = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &workspace)?;
            let run = find(conn, ctx, &workspace, &id)?;
            verb(conn, ctx, &run, Some(form.reason.trim()).filter(|r| !r.is_empty()))
        })
        .await;
    let words = short(&named.id);
    match acted {
        Ok(()) => {
            visitor.state.engine.control(&named.id);
            Ok(visitor.go(&named.base(), &Flash::done(format!("Run {words} {done}"))))
        }
        // The run went on meanwhile: its page says how it stands now.
        Err(error @ (app::Error::Refused(_) | app::Error::Stale { .. })) => {
            Ok(visitor.go(&named.base(), &Flash::refused(format!("Nothing was changed in run {words}."), error.to_string())))
        }
        Err(error) => Err(visitor.refused(error)),
    }
}

/// `POST …/cancel`
///
/// # Errors
/// Not allowed, not found.
pub async fn cancel(visitor: Visitor, path: Path, body: web::Bytes) -> Result<HttpResponse, PageError> {
    act(visitor, path, &body, ends::cancel, "is cancelled: it ends at its next step.").await
}

/// `POST …/suspend`
///
/// # Errors
/// Not allowed, not found.
pub async fn suspend(visitor: Visitor, path: Path, body: web::Bytes) -> Result<HttpResponse, PageError> {
    act(visitor, path, &body, control::suspend, "is put down at its next step, until somebody resumes it.").await
}

/// `POST …/resume`
///
/// # Errors
/// Not allowed, not found.
pub async fn resume(visitor: Visitor, path: Path, body: web::Bytes) -> Result<HttpResponse, PageError> {
    act(visitor, path, &body, control::resume, "goes on.").await
}

/// `GET …/retry`
///
/// # Errors
/// Not found.
pub async fn show_retry(visitor: Visitor, path: Path) -> Result<HttpResponse, PageError> {
    retry_dialog(&visitor, &Named::of(path), StatusCode::OK, &FieldErrors::new()).await
}

async fn retry_dialog(visitor: &Visitor, named: &Named, status: StatusCode, errors: &FieldErrors) -> Result<HttpResponse, PageError> {
    let id = named.id.clone();
    let (layout, (looked, choices)) = visitor
        .page(&named.workspace, Place::Runs, move |conn, ctx, workspace| {
            let looked = look::look(conn, ctx, workspace, &id, -1)?;
            let choices = again::choices(conn, &looked.run, &looked.flow, &looked.environment)?;
            Ok((looked, choices))
        })
        .await?;
    let versions = choices.iter().map(|c| (c.number.to_string(), format!("v{}, {}", c.number, c.words))).collect();
    let mut checks = Vec::new();
    if looked.steps.iter().any(|s| s.kind.starts_with("call") && s.state == "completed") {
        checks.push(CheckView::warn("It makes its calls again, also those that went well."));
    }
    let asked = pages::retry(&named.base(), short(&named.id), versions, checks, &layout.csrf, errors);
    dialog(visitor, status, layout, &looked, asked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    #[serde(rename = "csrf")]
    _csrf: String,
    version: String,
}

/// `POST …/retry`: a new run with the same input.
///
/// # Errors
/// Not allowed, not found.
pub async fn retry(visitor: Visitor, path: Path, body: web::Bytes) -> Result<HttpResponse, PageError> {
    let form: Retry = form::parse(&body)?;
    let named = Named::of(path);
    let (workspace, id) = (named.workspace.clone(), named.id.clone());
    let worker = visitor.state.engine.reserve();
    let claimed = worker.clone();
    let made = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &workspace)?;
            let run = find(conn, ctx, &workspace, &id)?;
            again::retry(conn, ctx, &run, Some(form.version.as_str()).filter(|v| !v.is_empty()), claimed)
        })
        .await;
    match made {
        Ok(run) => {
            let (to, words) = (format!("/w/{}/runs/{}", named.workspace, run.id), short(&run.id).to_owned());
            visitor.state.engine.start(run);
            Ok(visitor.go(&to, &Flash::done(format!("Run {words} repeats run {}.", short(&named.id)))))
        }
        Err(error) => {
            if worker.is_some() {
                visitor.state.engine.release();
            }
            match error {
                app::Error::Refused(refusal) => {
                    retry_dialog(&visitor, &named, StatusCode::UNPROCESSABLE_ENTITY, &FieldErrors::one("version", refusal.message)).await
                }
                other => Err(visitor.refused(other)),
            }
        }
    }
}
