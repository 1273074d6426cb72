//! `…/compare` and `…/compare/{a}...{b}`: what differs between two versions (PRODUCT §3.10).

use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig, get};
use serde::Deserialize;

use super::flow::{Picked, picked};
use super::names::{Answer, FlowAt};
use crate::app::version::compare::{self, Comparison};
use crate::app::version::{self, table};
use crate::app::{self, flow};
use crate::definition::Definition;
use crate::definition::diff::{Change, Impact};
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::store::versions::{self, Shown, Version};
use crate::web::address;
use crate::web::components::graph::GraphView;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::version::ComparePage;
use crate::web::time::{TimeStyle, words};
use crate::web::views::change::{AREAS, change};
use crate::web::views::graph::{self, Marks};
use crate::web::views::{colour, head, merged, plate, text, whole};
use crate::web::visitor::Visitor;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/flows/{flow}/compare", get().to(choose)).route("/flows/{flow}/compare/{a}...{b}", get().to(show));
}

#[derive(Debug, Default, Deserialize)]
struct Choice {
    /// Ticked in the version table, in any order.
    #[serde(default)]
    v: Vec<u64>,
    from: Option<String>,
    to: Option<String>,
}

/// `GET …/compare?v=16&v=17` or `?from=17&to=16`: goes to the comparison; the older one first when nothing else is said.
///
/// # Errors
/// No such flow.
pub async fn choose(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    let mut choice: Choice = address::query(&visitor)?;
    if let (Some(from), Some(to)) = (&choice.from, &choice.to) {
        return Ok(htmx::see_other(visitor.hx, &format!("{}/compare/{from}...{to}", at.base())));
    }
    choice.v.sort_unstable();
    choice.v.dedup();
    match choice.v[..] {
        [older, newer] => Ok(htmx::see_other(visitor.hx, &format!("{}/compare/{older}...{newer}", at.base()))),
        _ => {
            let says = if choice.v.len() > 2 { "Select only two versions to compare." } else { "Select two versions to compare." };
            picked(&visitor, &at, Picked { refused: Some(says.to_owned()), numbers: choice.v }).await
        }
    }
}

/// `/w/{ws}/flows/{flow}/compare/{a}...{b}`.
#[derive(Debug, Clone, Deserialize)]
pub struct Both {
    ws: String,
    flow: String,
    a: String,
    b: String,
}

/// `GET …/compare/{a}...{b}`. Part: `diff`.
///
/// # Errors
/// No such flow or version.
pub async fn show(visitor: Visitor, at: Path<Both>) -> Answer {
    let wanted = at.clone();
    let (mut layout, read) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let (a, b) = (version::find(conn, &flow, &wanted.a)?, version::find(conn, &flow, &wanted.b)?);
            let comparison = compare::compare(conn, &a, &b)?;
            let graph = drawn(&flow.name, &a, &b, &comparison);
            let environments = environments::list(conn, &workspace.id)?;
            let routing = deployments::of_flow(conn, &flow.id)?;
            let mut choices = versions::list(conn, &flow.id, Shown::All, &Direction::Newest, DEFAULT_LIMIT)?.items;
            for one in [&a, &b] {
                if !choices.iter().any(|v| v.id == one.id) {
                    choices.push(one.clone());
                }
            }
            ctx.allow(crate::domain::access::Permission::Read, Some(&workspace.id()))?;
            Ok::<_, app::Error>((head(workspace, &flow), a, b, comparison, graph, environments, routing, choices))
        })
        .await?;
    let (head, a, b, comparison, graph, environments, routing, choices) = read;
    layout.title = format!("Compare v{} and v{} · {}", a.number, b.number, head.name);
    let now = visitor.state.now().0;
    let link = |v: &Version| plate(v, table::sync(v, &environments, &routing)).link(format!("{}/versions/{}", head.base, v.number));
    let page = ComparePage {
        crumbs: head.crumbs(&layout, &format!("Compare v{} and v{}", a.number, b.number)),
        choices: choices.iter().map(|v| (whole(v.number), choice_words(v, &environments, &routing, now))).collect(),
        from: link(&a),
        to: link(&b),
        says: says(&comparison.changes),
        graph,
        groups: AREAS
            .iter()
            .map(|(area, words)| (*words, comparison.changes.iter().filter(|c| c.area == *area).map(change).collect()))
            .collect(),
        text: text::compare(&comparison.before, &comparison.after),
        flow: head,
        layout,
    };
    htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_diff())
}

fn drawn(name: &str, a: &Version, b: &Version, comparison: &Comparison) -> GraphView {
    let title = format!("{name}, version {} and version {}", a.number, b.number);
    match (Definition::parse(&comparison.before), Definition::parse(&comparison.after)) {
        (Ok(old), Ok(new)) => {
            let key = format!("{}...{}", a.content_hash, b.content_hash);
            merged::view(&title, &key, old.value(), new.value(), &comparison.changes)
        }
        _ => graph::view("graph", &title, None, "", None, &Marks::default()),
    }
}

fn choice_words(version: &Version, environments: &[Environment], routing: &[Row], now: i64) -> String {
    let state = if version.is_draft() { "draft" } else { colour(table::sync(version, environments, routing)).words() };
    format!("v{}, {state}, {}", version.number, words(version.created_at, now, TimeStyle::Day))
}

/// "there are 4 differences. 1 would break runs that wait in an old step." after "From v16 to v17 ".
fn says(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "only the text differs: comments, layout or order of keys.".to_owned();
    }
    let of = |impact: Impact| changes.iter().filter(|c| c.impact == impact).count();
    let says =
        format!("there {} {}", if changes.len() == 1 { "is" } else { "are" }, plural(changes.len() as u64, "difference", "differences"));
    match (of(Impact::BreaksWaitingRuns), of(Impact::ChangesOutcome)) {
        (0, 0) => says + ". None of them changes what runs do.",
        (0, n) => format!("{says}. {n} may change how runs end."),
        (n, _) => format!("{says}. {n} would break runs that wait in an old step."),
    }
}
