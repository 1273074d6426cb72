//! `…/compare/{a}...{b}`: two configurations of an environment side by side; `…/compare?from=&to=` leads there.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::Answer;
use super::EnvironmentAt;
use crate::app::environment::{self, Stand};
use crate::app::workspace;
use crate::domain::environment::Part;
use crate::store::environments::EnvironmentVersion;
use crate::web::address;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::environment::CompareConfigurationsPage;
use crate::web::time::{TimeStyle, words};
use crate::web::views::environment as views;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

#[derive(Debug, Deserialize)]
struct Query {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// `GET …/compare?from=&to=`
///
/// # Errors
/// The query makes no sense.
pub async fn pick(visitor: Visitor, at: Path<EnvironmentAt>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let safe = |text: &str, other: &str| {
        let text: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if text.is_empty() { other.to_owned() } else { text }
    };
    let (from, to) = (safe(&query.from, "deployed"), safe(&query.to, "draft"));
    Ok(htmx::see_other(visitor.hx, &format!("{}/compare/{from}...{to}", at.base())))
}

/// `/w/{ws}/environments/{env}/compare/{a}...{b}`.
#[derive(Debug, Clone, Deserialize)]
pub struct Both {
    ws: String,
    env: String,
    a: String,
    b: String,
}

/// `GET …/compare/{a}...{b}`
///
/// # Errors
/// No such environment or version.
pub async fn show(visitor: Visitor, at: Path<Both>) -> Answer {
    let wanted = at.clone();
    let (mut layout, (head, rows, a, b, found)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            let (a, b) = (environment::version(conn, &environment, &wanted.a)?, environment::version(conn, &environment, &wanted.b)?);
            let found = environment::compare(ctx, &environment, &a, &b)?;
            let mut rows = Stand::load(conn, &environment)?.rows;
            for one in [&a, &b] {
                if !rows.iter().any(|row| row.id == one.id) {
                    rows.push(one.clone());
                }
            }
            Ok((views::head(workspace, &environment), rows, a, b, found))
        })
        .await?;
    let here = format!("Compare #{} and #{}", a.number, b.number);
    layout.title = format!("{here} · {}", head.name);
    let now = visitor.state.now().0;
    let choice = |row: &EnvironmentVersion| {
        let status = views::status(row).words.to_lowercase();
        (whole(row.number), format!("#{}, {status}, {}", row.number, words(row.updated_at, now, TimeStyle::Day)))
    };
    let of = |part: &Part| -> Vec<_> { found.iter().filter(|d| d.part == *part).map(views::change).collect() };
    let page = CompareConfigurationsPage {
        crumbs: head.crumbs(&layout, &here),
        choices: rows.iter().map(choice).collect(),
        from: views::tag(&a),
        to: views::tag(&b),
        groups: Part::ALL.iter().map(|part| (heading(*part).to_owned(), of(part))).filter(|(_, all)| !all.is_empty()).collect(),
        says: plural(found.len() as u64, "difference", "differences"),
        environment: head,
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}

const fn heading(part: Part) -> &'static str {
    match part {
        Part::Connections => "Connections",
        Part::Scripts => "Scripts",
        Part::Caches => "Caches",
        Part::Lookups => "Lookups",
        Part::Variables => "Variables",
        Part::Secrets => "Secrets",
        Part::Priority => "Queue priority",
    }
}
