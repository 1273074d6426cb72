//! `/w/{ws}/compare/{a}...{b}`: releases, what is live, what stands in the editors, any with any; `?from=&to=` leads there.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::Answer;
use super::crumbs;
use crate::app::release::{compare, look};
use crate::app::{self, Ctx};
use crate::domain::release::side::Side;
use crate::store::conn::Conn;
use crate::store::environments;
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::store::releases::Filter;
use crate::store::workspaces::Workspace;
use crate::web::address;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::release::CompareSidesPage;
use crate::web::views::release as views;
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Query {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// What can be compared: side and words. `also` are sides that are looked at and may be older than the list goes.
pub(super) fn choices(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, also: &[&Side]) -> app::Result<Vec<(String, String)>> {
    let mut found = vec![(Side::Now.to_string(), "Now: drafts and draft configurations".to_owned())];
    for environment in environments::list(conn, &workspace.id)? {
        found.push((Side::Environment(environment.slug).to_string(), format!("Live in {}", environment.name)));
    }
    for row in look::list(conn, ctx, workspace, &Filter::default(), &Direction::Newest, DEFAULT_LIMIT)?.items {
        let comment: String = row.release.comment.chars().take(48).collect();
        let words = format!("Version {}{}{comment}", row.release.number, if comment.is_empty() { "" } else { ": " });
        found.push((Side::Release(row.release.number).to_string(), words));
    }
    for side in also {
        let spelt = side.to_string();
        if !found.iter().any(|(known, _)| *known == spelt) {
            found.push((spelt.clone(), spelt));
        }
    }
    Ok(found)
}

/// `GET /w/{ws}/compare?from=&to=`: what is live in production against the editors, when nothing else is said.
///
/// # Errors
/// No such workspace.
pub async fn pick(visitor: Visitor, workspace: Path<String>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let name = workspace.clone();
    let (slug, production) = visitor
        .read(move |conn, ctx| {
            let workspace = app::workspace::find(conn, ctx, &name)?;
            let all = environments::list(conn, &workspace.id)?;
            let production = all.into_iter().find(|e| e.is_production).map(|e| Side::Environment(e.slug));
            Ok((workspace.slug, production.unwrap_or(Side::Now)))
        })
        .await?;
    let from = Side::parse(&query.from).unwrap_or(production);
    let to = Side::parse(&query.to).unwrap_or(Side::Now);
    Ok(htmx::see_other(visitor.hx, &format!("/w/{slug}/compare/{from}...{to}")))
}

/// `/w/{ws}/compare/{a}...{b}`.
#[derive(Debug, Clone, Deserialize)]
pub struct Both {
    ws: String,
    a: String,
    b: String,
}

/// `GET /w/{ws}/compare/{a}...{b}`
///
/// # Errors
/// No such release or environment; a side spelt in no known way.
pub async fn show(visitor: Visitor, at: Path<Both>) -> Answer {
    let names = at.clone();
    let (layout, (found, choices)) = visitor
        .page(&at.ws, Place::Versions, move |conn, ctx, workspace| {
            let (a, b) = compare::read(&names.a, &names.b)?;
            let found = compare::sides(conn, ctx, workspace, &a, &b)?;
            Ok((found, choices(conn, ctx, workspace, &[&a, &b])?))
        })
        .await?;
    let home = layout.home();
    let words = |side: &Side| {
        let spelt = side.to_string();
        let known = choices.iter().find(|(one, _)| *one == spelt).map(|(_, words)| words.clone());
        (spelt.clone(), known.unwrap_or(spelt))
    };
    let page = CompareSidesPage {
        crumbs: crumbs(&home, "Compare"),
        base: format!("{home}/compare"),
        from: words(&found.from.side),
        to: words(&found.to.side),
        says: plural(found.differences.len() as u64, "difference", "differences"),
        differences: views::differences("df", &home, &found.differences),
        choices,
        layout: Layout { title: "Compare the workspace".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}
