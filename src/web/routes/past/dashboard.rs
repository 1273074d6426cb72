//! The dashboard as of an instant.

use actix_web::http::StatusCode;

use super::super::names::Answer;
use super::{Around, at_then, cells, instant};
use crate::app::as_of::look::Moment;
use crate::store::deployments;
use crate::store::flows;
use crate::store::page::MAX_LIMIT;
use crate::web::address;
use crate::web::components::nav::Pager;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::past::{PastPage, PastRow, PastSection};
use crate::web::visitor::Visitor;

/// `GET /w/{ws}?at=…`
///
/// # Errors
/// No such workspace; the instant is none, or has not come yet.
pub async fn dashboard(visitor: &Visitor, workspace: &str, at: &str, after: Option<String>) -> Answer {
    let at = instant(at, visitor.state.now())?;
    let (mut layout, (environments, found, next, present, slugs, around)) = visitor
        .page(workspace, Place::Dashboard, move |conn, ctx, workspace| {
            let moment = Moment::find(conn, ctx, workspace, at)?;
            let environments = moment.environments(conn)?;
            let (mut found, next) = moment.flows(conn, after.as_deref(), MAX_LIMIT)?;
            found.retain(|flow| !flow.state.archived);
            found.sort_by(|a, b| a.state.slug.cmp(&b.state.slug));
            let ids: Vec<String> = found.iter().map(|flow| flow.id.clone()).collect();
            let present = deployments::of_flows(conn, &ids)?;
            let named: Vec<&str> = ids.iter().map(String::as_str).collect();
            let there = flows::get_many(conn, &named)?.into_iter().filter(|flow| flow.deleted_at.is_none());
            let slugs: Vec<(String, String)> = there.map(|flow| (flow.id, flow.slug)).collect();
            Ok((environments, found, next, present, slugs, Around::find(conn, &moment)?))
        })
        .await?;
    let (home, now) = (layout.home(), visitor.state.now().0);
    let mut differing = 0u64;
    let rows = found.iter().map(|flow| {
        // Under the name it has today; by its id when it is gone.
        let name = slugs.iter().find(|(id, _)| *id == flow.id).map_or(flow.id.as_str(), |(_, slug)| slug.as_str());
        let cells = environments.iter().map(|environment| {
            let then = flow.places.iter().find(|place| place.environment == environment.id);
            let row = present.iter().find(|row| row.flow_id == flow.id && row.environment_id == environment.id);
            let cell = cells::cell(then, row, environment.state.is_production, at.0);
            differing += u64::from(cell.was.is_some());
            cell
        });
        PastRow {
            name: flow.state.name.clone(),
            href: at_then(&format!("{home}/flows/{name}"), at),
            sub: flow.state.slug.clone(),
            plate: None,
            cells: cells.collect(),
        }
    });
    let rows: Vec<PastRow> = rows.collect();
    let count = plural(rows.len() as u64, "flow", "flows");
    layout.title = "Dashboard as of then".to_owned();
    let page = PastPage {
        banner: around.banner(at, &home, now),
        crumbs: None,
        heading: "Dashboard".to_owned(),
        meta: vec![
            format!("{count} in {}", plural(environments.len() as u64, "environment", "environments")),
            plural(differing, "cell differs from now", "cells differ from now"),
        ],
        sections: vec![PastSection {
            id: "flows",
            title: "Flows".to_owned(),
            plates: true,
            first: "Flow".to_owned(),
            columns: environments.iter().map(|environment| environment.state.name.clone()).collect(),
            rows,
            empty: "There were no flows yet.".to_owned(),
        }],
        pager: Pager {
            summary: format!("{count}. Times are in UTC."),
            newer: None,
            older: next.map(|id| ("More flows".to_owned(), address::with(&home, &[("at", &at.rfc3339()), ("after", &id)]))),
        },
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}
