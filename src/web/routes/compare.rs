//! `…/compare` and `…/compare/{a}...{b}`: what differs between two contents of flows (PRODUCT §3.10).
//!
//! The whole state of the page is in its address: both sides, which changes are shown, which lines are opened.

mod filter;

use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig, get};
use serde::Deserialize;

use self::filter::{Asked, View};
use super::flow::{Picked, picked};
use super::names::{Answer, FlowAt};
use crate::app::version::compare::{self, Comparison};
use crate::app::version::meaning::{Fact, meaning};
use crate::app::version::sides::{self, Side, Which};
use crate::app::version::table;
use crate::app::{self, flow};
use crate::definition::diff::{Change, ChangeKind, Impact};
use crate::domain::access::Permission;
use crate::domain::side::SideName;
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::store::versions::{self, Shown, Version};
use crate::web::address;
use crate::web::components::change::{CheckView, Diff};
use crate::web::components::graph::GraphView;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::compare::{ComparePage, SideView};
use crate::web::time::{TimeStyle, words};
use crate::web::views::graph::{self, Marks};
use crate::web::views::version::problems_say;
use crate::web::views::{colour, head, may_operate, merged, plate, text};
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
    /// Written by hand, in place of `from`; may be empty.
    #[serde(default)]
    from_named: String,
    #[serde(default)]
    to_named: String,
}

/// `GET …/compare?v=16&v=17` or `?from=17&to=16`: goes to the comparison; the older one first when nothing else is said.
///
/// # Errors
/// No such flow.
pub async fn choose(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    let mut choice: Choice = address::query(&visitor)?;
    if let (Some(from), Some(to)) = (&choice.from, &choice.to) {
        let side = |picked: &str, named: &str| {
            let text = if named.trim().is_empty() { picked } else { named };
            let unknown = || {
                PageError::Address(format!("“{text}” names nothing that can be compared; write a version number, 17.1 or live:production"))
            };
            SideName::parse(text).ok_or_else(unknown)
        };
        let (from, to) = (side(from, &choice.from_named)?, side(to, &choice.to_named)?);
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

/// What the database says for the page.
struct Read {
    flow: Flow,
    head: crate::web::pages::flow::FlowHead,
    a: Side,
    b: Side,
    comparison: Comparison,
    graph: GraphView,
    facts: Vec<Fact>,
    environments: Vec<Environment>,
    routing: Vec<Row>,
    choices: Vec<Version>,
    may_deploy: bool,
}

/// `GET …/compare/{a}...{b}?area=&impact=&page=&open=&lines=`. Part: `diff`.
///
/// # Errors
/// No such flow, version or place.
pub async fn show(visitor: Visitor, at: Path<Both>) -> Answer {
    let asked: Asked = address::query(&visitor)?;
    let wanted = at.clone();
    let (mut layout, read) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Read, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let (a, b) = (sides::find(conn, workspace, &flow, &wanted.a)?, sides::find(conn, workspace, &flow, &wanted.b)?);
            let comparison = compare::sides(&a, &b);
            let environments = environments::list(conn, &workspace.id)?;
            Ok::<_, app::Error>(Read {
                head: head(workspace, &flow),
                graph: drawn(&flow, &a, &b, &comparison),
                facts: meaning(conn, &environments, &a, &b, &comparison)?,
                routing: deployments::of_flow(conn, &flow.id)?,
                choices: versions::list(conn, &flow.id, Shown::All, &Direction::Newest, DEFAULT_LIMIT)?.items,
                may_deploy: environments.iter().any(|e| may_operate(ctx, e)),
                flow,
                a,
                b,
                comparison,
                environments,
            })
        })
        .await?;
    let now = visitor.state.now().0;
    let (from, to) = (side(&read, &read.a, now), side(&read, &read.b, now));
    let here = format!("Compare {} and {}", from.title, to.title);
    layout.title = format!("{here} · {}", read.head.name);
    let base = format!("{}/compare/{}...{}", read.head.base, from.name, to.name);
    let view = View::new(&base, &asked, &read.comparison.changes);
    let lines = text::part(&read.comparison.before, &read.comparison.after, view.lines(), &asked.open, &|line| view.opening(line));
    let deployable = read.may_deploy && read.b.is_deployable() && read.b.flow.id == read.flow.id;
    let page = ComparePage {
        crumbs: read.head.crumbs(&layout, &here),
        choices: choices(&read, [&from, &to], now),
        says: says(&read.comparison.changes),
        counts: counts(&read.comparison.changes),
        filters: view.filters(),
        all: view.is_cut().then(|| base.clone()),
        groups: view.groups(),
        pager: view.pager(),
        facts: not_ready(&read.b)
            .into_iter()
            .chain(read.facts.iter().map(|f| if f.look { CheckView::warn(f.says.as_str()) } else { CheckView::ok(f.says.as_str()) }))
            .collect(),
        deploy: deployable.then(|| {
            let number = read.b.version.number;
            (format!("{}/deploy?version={number}", read.head.base), format!("Deploy v{number}…"))
        }),
        text_says: format!("{} added, {} removed", plural(lines.added as u64, "line", "lines"), lines.removed),
        text_pager: view.text_pager(lines.parts),
        text: lines.lines,
        graph: read.graph,
        flow: read.head,
        from,
        to,
        layout,
    };
    htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_diff())
}

fn side(read: &Read, side: &Side, now: i64) -> SideView {
    let time = |at: i64| words(at, now, TimeStyle::Near);
    let words = match &side.which {
        Which::Now => String::new(),
        Which::Revision(revision) => format!(", revision {revision},"),
        Which::Saved(at, by) => format!(" as {by} saved it {},", time(*at)),
        Which::Unsaved(at, by) => format!(" with changes that {by} had not saved {},", time(*at)),
        Which::Live(environment, 0) => format!(", live in {},", environment.name),
        Which::Live(environment, revision) => format!(", revision {revision}, live in {},", environment.name),
        Which::Candidate(environment, _) => format!(", candidate in {},", environment.name),
    };
    let own = side.flow.id == read.flow.id;
    let href = match own {
        true => format!("{}/versions/{}", read.head.base, side.version.number),
        false => format!(
            "{}/versions/{}",
            read.head.base.replace(&format!("/flows/{}", read.flow.slug), &format!("/flows/{}", side.flow.slug)),
            side.version.number
        ),
    };
    SideView {
        name: side.name.clone(),
        plate: plate(&side.version, table::sync(&side.version, &read.environments, if own { &read.routing } else { &[] })).link(href),
        title: side.title(&read.flow),
        words: if own { words } else { format!(" of {}{words}", side.flow.name) },
    }
}

/// Said first: without it the other facts read as if the newer side could go live.
fn not_ready(newer: &Side) -> Option<CheckView> {
    let stands = matches!(newer.which, Which::Now) && newer.version.problem_count > 0;
    stands.then(|| CheckView::bad(problems_say(&newer.version)))
}

/// So many of all, as the subject of a sentence.
fn of_them(n: usize, all: usize) -> String {
    match (n, all) {
        (1, 1) => "It".to_owned(),
        (2, 2) => "Both".to_owned(),
        (n, all) if n == all => "All of them".to_owned(),
        (n, _) => format!("{n} of them"),
    }
}

/// What can be picked: the newest versions, what is live where, and both sides of this page.
fn choices(read: &Read, sides: [&SideView; 2], now: i64) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = read
        .choices
        .iter()
        .map(|v| {
            let state = if v.is_draft() { "draft" } else { colour(table::sync(v, &read.environments, &read.routing)).words() };
            (v.number.to_string(), format!("v{}, {state}, {}", v.number, words(v.created_at, now, TimeStyle::Day)))
        })
        .collect();
    for environment in &read.environments {
        let row = read.routing.iter().find(|row| row.environment_id == environment.id);
        if let Some(number) = row.and_then(|row| row.primary_number) {
            all.push((format!("live:{}", environment.slug), format!("Live in {}, v{number}", environment.name)));
        }
        if let Some(number) = row.and_then(|row| row.candidate_number) {
            all.push((format!("candidate:{}", environment.slug), format!("Candidate in {}, v{number}", environment.name)));
        }
    }
    for side in sides {
        if !all.iter().any(|(name, _)| *name == side.name) {
            all.push((side.name.clone(), side.title.clone()));
        }
    }
    all
}

fn drawn(flow: &Flow, a: &Side, b: &Side, comparison: &Comparison) -> GraphView {
    let title = format!("{}, {} and {}", flow.name, a.title(flow), b.title(flow));
    if comparison.old.is_null() || comparison.new.is_null() {
        return graph::view("graph", &title, None, "", None, &Marks::default());
    }
    let key = format!("{}...{}", a.hash(&comparison.old), b.hash(&comparison.new));
    merged::view(&title, &key, &comparison.old, &comparison.new, &comparison.changes)
}

fn counts(changes: &[Change]) -> Vec<(Diff, usize)> {
    let of = |kinds: &[ChangeKind]| changes.iter().filter(|c| kinds.contains(&c.kind)).count();
    vec![
        (Diff::Added, of(&[ChangeKind::Added])),
        (Diff::Removed, of(&[ChangeKind::Removed])),
        (Diff::Changed, of(&[ChangeKind::Changed, ChangeKind::Moved, ChangeKind::Renamed])),
    ]
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
        (0, n) => format!("{says}. {} may change how runs end.", of_them(n, changes.len())),
        (n, _) => format!("{says}. {} would break runs that wait in an old step.", of_them(n, changes.len())),
    }
}
