//! `GET` and `POST /w/{ws}/import/{import}`: what a file would do; then the word to go on.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{ImportAt, Picked, crumbs, view};
use crate::app::import::{self, Choice, Report, Waiting};
use crate::app::{self, Error, workspace};
use crate::web::components::field::ErrorSummary;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::import::{ImportDonePage, ImportReportPage};
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::visitor::Visitor;

/// The form below the report.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: String,
    go: String,
    #[serde(default)]
    key: Vec<String>,
    #[serde(default)]
    take: Vec<String>,
    #[serde(default)]
    way: Vec<String>,
    #[serde(default)]
    slug: Vec<String>,
}

/// `GET /w/{ws}/import/{import}`: the report under what is chosen, or what was made.
///
/// # Errors
/// The file is not here any more.
pub async fn show(visitor: Visitor, at: Path<ImportAt>) -> Answer {
    let picked: Picked = form::parse(visitor.query().as_bytes())?;
    page(&visitor, &at, &picked, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &ImportAt, picked: &Picked, refused: &Refused) -> Answer {
    let (id, choices) = (at.import.clone(), picked.choices());
    let (mut layout, (waiting, report)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let waiting = import::waiting(conn, ctx, workspace, &id)?;
            if waiting.done.is_some() {
                return Ok((waiting, None));
            }
            let source = import::read(ctx, &waiting.name, &waiting.text)?;
            let report = import::report(conn, ctx, workspace, &source, &choices)?;
            Ok((waiting, Some(report)))
        })
        .await?;
    let now = visitor.state.now();
    match report {
        Some(report) => {
            layout.title = format!("Import {}", waiting.name);
            let summary = refused.summary("Nothing was imported", "import").or_else(|| clashes(&report));
            let page = report_page(layout, at, &waiting, report, picked, summary, TimeView::near(waiting.until, now.0));
            htmx::page(refused.status, &page)
        }
        None => {
            layout.title = format!("Imported {}", waiting.name);
            let done = waiting.done.clone().unwrap_or_default();
            let page = ImportDonePage {
                crumbs: crumbs(&layout, &waiting.name),
                rows: view::made(&layout.home(), &done),
                rest: view::rest(&done),
                by: waiting.by.clone(),
                at: TimeView::near(waiting.at, now.0),
                file: waiting.name,
                layout,
            };
            htmx::page(refused.status, &page)
        }
    }
}

fn report_page(
    layout: crate::web::layout::Layout,
    at: &ImportAt,
    waiting: &Waiting,
    report: Report,
    picked: &Picked,
    summary: Option<ErrorSummary>,
    until: TimeView,
) -> ImportReportPage {
    let (conversion, carried) = view::conversion(&report);
    ImportReportPage {
        crumbs: crumbs(&layout, &waiting.name),
        base: at.base(),
        file: waiting.name.clone(),
        kind: view::kind(report.kind),
        until,
        whole: report.whole,
        rows: view::rows(&report, picked),
        checks: view::checks(&report),
        conversion,
        carried,
        button: view::button(&report),
        digest: report.digest,
        summary,
        layout,
    }
}

/// Names that are taken are said on top, each with a link to its row.
fn clashes(report: &Report) -> Option<ErrorSummary> {
    let lines: Vec<(String, String)> = report
        .items
        .iter()
        .enumerate()
        .filter(|(_, i)| i.outcome == "clash")
        .map(|(n, i)| (format!("#slug-{}", n + 1), format!("{}: {}", i.name, i.says)))
        .collect();
    (!lines.is_empty()).then(|| ErrorSummary { title: "A name is taken".into(), lines })
}

/// `POST /w/{ws}/import/{import}`: looks again under other choices, or brings the file in.
///
/// # Errors
/// The file is not here any more; the database.
pub async fn act(visitor: Visitor, at: Path<ImportAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let picked = Picked { key: form.key, take: form.take, way: form.way, slug: form.slug };
    if form.go != "apply" {
        return Ok(htmx::see_other(visitor.hx, &format!("{}?{}", at.base(), picked.query())));
    }
    let (here, choices, expect) = (at.clone(), picked.choices(), form.expect.clone());
    let done = bring(&visitor, here, choices, expect).await;
    match done {
        Ok(done) => {
            let flash = match done.made.len() {
                0 => Flash::done("Nothing was new.").text("All of the file is here already."),
                1 => Flash::done("Imported 1 item.").text("Nothing of it is live."),
                many => Flash::done(format!("Imported {many} items.")).text("Nothing of it is live."),
            };
            Ok(visitor.go(&at.base(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?;
            page(&visitor, &at, &picked, &refused).await
        }
    }
}

async fn bring(visitor: &Visitor, at: ImportAt, choices: Vec<Choice>, expect: String) -> app::Result<import::Done> {
    let (ws, id) = (at.ws.clone(), at.import.clone());
    // Read before the transaction: a large file must not keep other writers waiting.
    let found = visitor.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &ws)?;
        let waiting = import::waiting(conn, ctx, &workspace, &id)?;
        if waiting.done.is_some() {
            return Ok(Err(Error::refused("already", "This file was imported already. Look at what was made, or choose it again.")));
        }
        Ok(import::read(ctx, &waiting.name, &waiting.text))
    });
    let source =
        found.await.map_err(|_| Error::NotFound("This file is not here any more: it waits for an hour. Choose it again.".into()))??;
    visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &at.ws)?;
            let done = import::apply(conn, ctx, &workspace, &source, &choices, Some(&expect))?;
            import::note_applied(conn, ctx, &at.import, &done)?;
            Ok(done)
        })
        .await
}
