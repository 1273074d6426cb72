//! `…/hotfix`: properties and settings of a live version change, its steps do not (PRODUCT §3.6).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;
use serde_json::Value;

use super::super::names::{Answer, VersionAt};
use crate::app::version::hotfix::{Hotfix, hotfix, open, reach};
use crate::app::version::table;
use crate::app::{self, version};
use crate::store::environments::Environment;
use crate::web::components::field::{Control, Field};
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::editor::TextView;
use crate::web::pages::version::HotfixPage;
use crate::web::refused::Refused;
use crate::web::views::version::Found;
use crate::web::views::{head, plate};
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Lock version of what the page showed.
    expect: String,
    text: String,
    settings: String,
    note: String,
}

/// `GET …/hotfix`
///
/// # Errors
/// No such version; it is not live; the person may not change what runs there.
pub async fn show(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    page(&visitor, &at, None, &Refused::nothing(), Vec::new()).await
}

/// The page; `lines` are those of the text that have problems.
async fn page(visitor: &Visitor, at: &VersionAt, typed: Option<Form>, refused: &Refused, lines: Vec<u32>) -> Answer {
    let wanted = at.clone();
    let (layout, (head, row, environments, (barred, rolling), document)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            let environments = reach(conn, ctx, &flow, &version)?;
            let barred = match open(ctx.now, &environments) {
                Ok(()) => None,
                Err(app::Error::Refused(refusal)) => Some(refusal.message),
                Err(other) => return Err(other),
            };
            let document = version::document(conn, &version.id)?;
            let (row, _, routing) = table::row(conn, ctx, &flow, version)?;
            let rolled = |e: &&Environment| routing.iter().any(|r| r.environment_id == e.id && r.candidate_version.is_some());
            let rolling: Vec<Environment> = environments.iter().filter(rolled).cloned().collect();
            Ok((head(workspace, &flow), row, environments, (barred, rolling), document))
        })
        .await?;
    let version = &row.version;
    let form = typed.unwrap_or_else(|| Form {
        _csrf: String::new(),
        expect: version.lock_version.to_string(),
        text: document.text,
        settings: serde_json::to_string_pretty(&document.settings).unwrap_or_default(),
        note: String::new(),
    });
    let base = format!("{}/versions/{}", head.base, version.number);
    let page = HotfixPage {
        crumbs: head.crumbs(&layout, "Hot-fix").below(base.as_str(), format!("Version {}", version.number)),
        plate: plate(version, row.sync).large(),
        next: format!("v{}.{}", version.number, version.revision + 1),
        places: listed(&environments),
        rolling: listed(&rolling),
        barred,
        text: TextView { text: form.text, lines },
        settings: Field::line("settings", "Settings as JSON")
            .control(Control::CodeText)
            .lines(4)
            .value(form.settings)
            .hint("Left as they are, they stay.")
            .check_in(&refused.errors),
        note: Field::text("note", "Why it changes")
            .value(form.note)
            .required()
            .hint("Stands beside the revision and in the history.")
            .check_in(&refused.errors),
        expect: form.expect,
        summary: refused.summary("Nothing was put in place", "text"),
        layout: Layout { title: format!("Hot-fix v{} · {}", version.number, head.name), ..layout },
        flow: head,
        base,
    };
    htmx::page(refused.status, &page)
}

/// "Development, Staging and Production"
fn listed(environments: &[Environment]) -> String {
    let names: Vec<&str> = environments.iter().map(|e| e.name.as_str()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// `POST …/hotfix`
///
/// # Errors
/// No such version; the person may not change what runs there.
pub async fn create(visitor: Visitor, at: Path<VersionAt>, body: Bytes) -> Answer {
    let sent: Form = form::parse(&body)?;
    // Browsers send line ends of their own.
    let typed = Form { text: sent.text.replace("\r\n", "\n"), settings: sent.settings.replace("\r\n", "\n"), ..sent };
    let (wanted, form) = (at.clone(), typed.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            let environments = reach(conn, ctx, &flow, &version)?;
            let fix = Hotfix {
                text: Some(form.text),
                settings: Some(settings(&form.settings)?),
                note: form.note,
                // A form without what it is based on is one that nobody was shown.
                based_on: Some(form.expect.parse().unwrap_or(-1)),
            };
            let (fixed, _) = hotfix(conn, ctx, &flow, &version, &fix)?;
            Ok((fixed, listed(&environments)))
        })
        .await;
    match done {
        Ok((fixed, places)) => {
            let flash = Flash::done(format!("Version {}.{} is in place.", fixed.number, fixed.revision));
            Ok(visitor.go(&at.base(), &flash.text(format!("New runs in {places} take it; running ones keep theirs."))))
        }
        Err(error) => {
            let (refused, lines) = why(&visitor, error, &at.base())?;
            page(&visitor, &at, Some(typed), &refused, lines).await
        }
    }
}

fn settings(text: &str) -> app::Result<Value> {
    serde_json::from_str(text.trim())
        .map_err(|error| app::Error::invalid("settings", format!("This is not JSON ({error}). Without any setting it is {{}}.")))
}

/// Why the form comes back, and the lines of its text that have problems.
fn why(visitor: &Visitor, error: app::Error, base: &str) -> Result<(Refused, Vec<u32>), PageError> {
    if let app::Error::Refused(refusal) = &error
        && refusal.detail["problems"].is_array()
    {
        let found: Vec<Found> = serde_json::from_value(refusal.detail["problems"].clone()).unwrap_or_default();
        let blocking: Vec<&Found> = found.iter().filter(|p| p.blocks()).collect();
        let lines = blocking.iter().map(|p| (field_of(p).to_owned(), said(p))).collect();
        let refused = Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors: FieldErrors::new(), lines };
        return Ok((refused, blocking.iter().filter_map(|p| p.line).collect()));
    }
    let stale = matches!(error, app::Error::Stale { .. });
    let mut refused = Refused::of(visitor, error, base)?;
    if stale {
        refused.lines.iter_mut().for_each(|(to, _)| *to = format!("{base}/definition"));
        refused.lines.push((format!("{base}/hotfix"), "Start again from what stands there now".to_owned()));
    }
    Ok((refused, Vec::new()))
}

fn field_of(problem: &Found) -> &'static str {
    if problem.pointer.starts_with("/settings") { "#settings" } else { "#text" }
}

fn said(problem: &Found) -> String {
    match problem.line {
        Some(line) => format!("Line {line}, {}: {}", problem.place(), problem.message),
        None => format!("{}: {}", problem.place(), problem.message),
    }
}
