//! `GET /w/{ws}/rollouts`.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::Answer;
use crate::app::rollout::look;
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::web::address;
use crate::web::components::nav::Pager;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::rollout::RolloutListPage;
use crate::web::routes::planned;
use crate::web::views::rollout;
use crate::web::visitor::Visitor;

/// Rollouts under way that are shown at the most.
const MOST_OPEN: i64 = 100;

#[derive(Debug, Default, Deserialize)]
struct Query {
    before: Option<String>,
    after: Option<String>,
    part: Option<String>,
}

/// Those under way, then those that ended.
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let from = address::direction(query.before, query.after)?;
    let further = from != Direction::Newest;
    let begins = from.clone();
    let live = visitor.hx.fragment && query.part.as_deref() == Some("open");
    let (layout, (open, ended, colours)) = visitor
        .page(&workspace, Place::Rollouts, move |conn, ctx, workspace| {
            let open = if further { Vec::new() } else { look::open(conn, ctx, workspace, MOST_OPEN)? };
            // The part that is live shows none that ended.
            let ended = look::ended(conn, ctx, workspace, &begins, if live { 0 } else { DEFAULT_LIMIT })?;
            let all: Vec<_> = open.iter().map(|l| &l.rollout).chain(ended.items.iter().map(|e| &e.rollout)).collect();
            let colours = look::colours(conn, workspace, &all)?;
            Ok((open, ended, colours))
        })
        .await?;
    let (home, now) = (layout.home(), visitor.state.now().0);
    let to = |key: &str, id: &str| address::with(&format!("{home}/rollouts"), &[(key, id)]);
    let (first, last) = (ended.items.first(), ended.items.last());
    let page = RolloutListPage {
        tabs: planned::tabs(&home, "rollouts"),
        open: open.iter().map(|l| rollout::row(l, &colours, &home, now)).collect(),
        pager: Pager {
            summary: plural(ended.items.len() as u64, "rollout", "rollouts") + " on this page.",
            newer: first.filter(|_| ended.newer).map(|e| ("Newer rollouts".to_owned(), to("after", &e.rollout.id))),
            older: last.filter(|_| ended.more).map(|e| ("Older rollouts".to_owned(), to("before", &e.rollout.id))),
        },
        ended: ended.items.iter().map(|e| rollout::ended(e, &colours, &home, now)).collect(),
        further,
        layout: Layout { title: "Rollouts".into(), ..layout },
    };
    if live { htmx::page(StatusCode::OK, &page.as_open()) } else { htmx::page(StatusCode::OK, &page) }
}
