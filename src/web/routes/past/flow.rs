//! A flow's page as of an instant.

use actix_web::http::StatusCode;

use super::super::names::{Answer, FlowAt};
use super::{Around, at_then, cells, instant};
use crate::app::as_of::look::{FlowThen, Moment};
use crate::app::error::Error;
use crate::app::version::table;
use crate::app::{self, flow as flows};
use crate::domain::version::Lifecycle;
use crate::store::conn::Conn;
use crate::store::workspaces::Workspace;
use crate::store::{deployments, environments, states};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::Plate;
use crate::web::components::status::StatusView;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::past::{PastCell, PastPage, PastRow, PastSection};
use crate::web::views::{colour, whole};
use crate::web::visitor::Visitor;

/// A flow by the name it has today, or by its id when it is gone.
fn id_of(conn: &mut Conn, workspace: &Workspace, name: &str) -> app::Result<String> {
    match flows::find(conn, workspace, name) {
        Ok(flow) => Ok(flow.id),
        Err(Error::NotFound(_)) if name.starts_with("wfl_") => Ok(name.to_owned()),
        Err(error) => Err(error),
    }
}

/// `GET /w/{ws}/flows/{flow}?at=…`
///
/// # Errors
/// No such flow then; the instant is none, or has not come yet.
pub async fn flow(visitor: &Visitor, names: &FlowAt, at: &str) -> Answer {
    let at = instant(at, visitor.state.now())?;
    let name = names.flow.clone();
    let (mut layout, (places, then, routing, present, around)) = visitor
        .page(&names.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let moment = Moment::find(conn, ctx, workspace, at)?;
            let id = id_of(conn, workspace, &name)?;
            let then = moment.flow(conn, &id)?.ok_or_else(|| Error::NotFound("This flow was not there yet at that instant.".into()))?;
            let routing = deployments::of_flow(conn, &id)?;
            let all = environments::list(conn, &workspace.id)?;
            let present: Vec<_> = states::versions_now(conn, &id)?
                .into_iter()
                .map(|v| (v.number, v.lifecycle.clone(), v.deleted_at.is_some(), table::sync(&v, &all, &routing)))
                .collect();
            Ok((moment.environments(conn)?, then, routing, present, Around::find(conn, &moment)?))
        })
        .await?;
    let (home, now) = (layout.home(), visitor.state.now().0);
    let base = format!("{home}/flows/{}", names.flow);
    let live = places.iter().map(|environment| {
        let row = routing.iter().find(|row| row.environment_id == environment.id);
        let place = then.places.iter().find(|place| place.environment == environment.id);
        PastRow {
            name: environment.state.name.clone(),
            href: at_then(&format!("{home}/environments/{}", environment.state.slug), at),
            sub: environment.configuration.map_or_else(String::new, |n| format!("configuration #{n}")),
            plate: None,
            cells: vec![cells::cell(place, row, environment.state.is_production, at.0)],
        }
    });
    let versions = rows(&then, |number| present.iter().find(|(n, ..)| *n == number).map(|(_, word, gone, _)| (word.clone(), *gone)));
    let count = plural(versions.len() as u64, "version", "versions");
    layout.title = format!("{} as of then", then.state.name);
    let put_away = match (then.state.deleted, then.state.archived) {
        (true, _) => "It was in the bin",
        (false, true) => "It was archived",
        _ => "",
    };
    let mut meta = vec![count.clone(), plural(whole(then.state.drafts), "draft", "drafts")];
    meta.extend((!put_away.is_empty()).then(|| put_away.to_owned()));
    let page = PastPage {
        banner: around.banner(at, &base, now),
        crumbs: Some(Crumbs::here(then.state.name.as_str()).below(at_then(&home, at), "Dashboard")),
        heading: then.state.name.clone(),
        meta,
        sections: vec![
            PastSection {
                id: "live",
                title: "What was live".to_owned(),
                plates: true,
                first: "Environment".to_owned(),
                columns: vec!["Live".to_owned()],
                rows: live.collect(),
                empty: "There were no environments yet.".to_owned(),
            },
            PastSection {
                id: "versions",
                title: "Versions".to_owned(),
                plates: false,
                first: "Version".to_owned(),
                columns: vec!["State".to_owned(), "Label".to_owned()],
                rows: versions,
                empty: "There were no versions.".to_owned(),
            },
        ],
        pager: Pager { summary: format!("{count}. Times are in UTC."), newer: None, older: None },
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}

/// Versions outside the bin; `now` says what became of a number.
fn rows(then: &FlowThen, now: impl Fn(i64) -> Option<(String, bool)>) -> Vec<PastRow> {
    let shown = then.versions.iter().filter(|version| !version.state.deleted);
    shown
        .map(|version| {
            let state = &version.state;
            let was = match now(state.number) {
                None => Some("now purged".to_owned()),
                Some((_, true)) => Some("now in the bin".to_owned()),
                Some((word, false)) => (word != state.lifecycle).then(|| format!("now {word}")),
            };
            let status = match state.lifecycle.parse() {
                Ok(Lifecycle::Draft) => Some(StatusView::draft()),
                _ => None,
            };
            let words = match (status.is_some(), state.lifecycle.as_str()) {
                (true, _) => " ".to_owned(),
                (false, "archived") => "Archived".to_owned(),
                (false, _) if state.revision > 0 => format!("Published, hot-fixed to revision {}", state.revision),
                (false, _) => "Published".to_owned(),
            };
            let label = state.label.clone().unwrap_or_else(|| "–".to_owned());
            PastRow {
                plate: Some(Plate::new(whole(state.number), colour(version.sync)).elsewhere()),
                cells: vec![PastCell { status, words, was, ..PastCell::default() }, PastCell { words: label, ..PastCell::default() }],
                ..PastRow::default()
            }
        })
        .collect()
}
