//! `GET …/versions/{v}` and `…/definition`.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde_json::Value;

use super::super::flow::used_line;
use super::super::names::{Answer, VersionAt};
use crate::app::flow::used::{self, Use};
use crate::app::version::table::{self, Presence, VersionRow};
use crate::app::version::{self, Document};
use crate::app::{self, Ctx, flow};
use crate::definition::tasks::{self, CallKind, TaskKind};
use crate::definition::{Definition, Format, references};
use crate::domain::vocabulary::Vocabulary;
use crate::store::conn::Conn;
use crate::store::contents::{self, Revision};
use crate::store::environments::Environment;
use crate::store::flows::{self, Flow};
use crate::store::page::Direction;
use crate::store::versions::{self, Shown, Version};
use crate::web::components::graph::GraphView;
use crate::web::components::nav::{Choice, Tabs};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::highlight::Listing;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::{count, plural};
use crate::web::pages::flow::{FlowHead, May, Stat};
use crate::web::pages::version::{Overview, RevisionLine, VersionPage, VersionView};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::graph::{self, Marks};
use crate::web::views::version as shown;
use crate::web::views::{colour, figures, head, may, may_operate, whole};
use crate::web::visitor::Visitor;

/// Characters of a content hash that pages show.
const HASH_SHOWN: usize = 12;

struct Read {
    head: FlowHead,
    flow: Flow,
    row: VersionRow,
    environments: Vec<Environment>,
    may: May,
    hotfix: bool,
    /// There is a working draft besides it, to copy it into.
    into_draft: bool,
    revisions: Vec<Revision>,
    before: Option<i64>,
    document: Document,
    graph: Option<GraphView>,
    calls: Vec<(String, Option<Flow>)>,
    uses: Vec<Use>,
}

/// `GET …/versions/{v}`
///
/// # Errors
/// No such version.
pub async fn overview(visitor: Visitor, names: Path<VersionAt>) -> Answer {
    let (read, layout) = load(&visitor, &names, true).await?;
    visitor.saw(&layout.workspace, &read.row.version.id);
    let view = VersionView::Overview(Box::new(overview_of(&read, &layout.home(), layout.words, visitor.state.now().0)));
    answer(read, layout, "overview", view, visitor.state.now().0)
}

/// `GET …/versions/{v}/definition`
///
/// # Errors
/// No such version.
pub async fn definition(visitor: Visitor, names: Path<VersionAt>) -> Answer {
    let (read, layout) = load(&visitor, &names, false).await?;
    let lines: Vec<(u32, String)> = shown::problems(&read.row.version).into_iter().filter_map(|p| Some((p.line?, p.message))).collect();
    let format = Definition::parse(&read.document.text).map_or_else(|_| guess(&read.document.text), |d| d.format());
    let words = if format == Format::Json { "JSON" } else { "YAML" };
    let label = format!("Definition of version {}", read.row.version.number);
    let view = VersionView::Definition(Listing::new(label, &read.document.text, &lines), words);
    answer(read, layout, "definition", view, visitor.state.now().0)
}

fn guess(text: &str) -> Format {
    if text.trim_start().starts_with('{') { Format::Json } else { Format::Yaml }
}

async fn load(
    visitor: &Visitor,
    names: &VersionAt,
    whole_page: bool,
) -> Result<(Read, crate::web::layout::Layout), crate::web::error::PageError> {
    let at = names.clone();
    let (mut layout, read) = visitor
        .page(&names.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &at.flow)?;
            let version = version::find(conn, &flow, &at.v)?;
            let (row, environments, _) = table::row(conn, ctx, &flow, version)?;
            let document = version::document(conn, &row.version.id)?;
            let definition = Definition::parse(&document.text).ok();
            let value = definition.as_ref().map(Definition::value);
            Ok(Read {
                head: head(workspace, &flow),
                may: if flow.archived_at.is_some() { May::default() } else { may(ctx, workspace, &environments) },
                into_draft: flow.working_draft.as_ref().is_some_and(|draft| *draft != row.version.id),
                hotfix: flow.archived_at.is_none() && fixable(ctx, &row, &environments),
                revisions: if whole_page { contents::revisions(conn, &row.version.id)? } else { Vec::new() },
                before: before(conn, &flow, &row.version)?,
                graph: whole_page.then(|| drawn(&flow, &row.version, value)),
                calls: if whole_page { definition.as_ref().map_or_else(|| Ok(Vec::new()), |d| calls(conn, &flow, d))? } else { Vec::new() },
                uses: if whole_page { used::used_by(conn, &flow)? } else { Vec::new() },
                row,
                environments,
                document,
                flow,
            })
        })
        .await?;
    layout.title = format!("{} v{}", read.head.name, read.row.version.number);
    Ok((read, layout))
}

/// Whether the person may hot-fix it: it is live, and they may change what runs at each of the places.
fn fixable(ctx: &Ctx, row: &VersionRow, environments: &[Environment]) -> bool {
    let may = |place: &usize| environments.get(*place).is_some_and(|e| may_operate(ctx, e));
    !row.presence.is_empty() && row.presence.iter().all(|(place, _)| may(place))
}

/// The version that people compare with: what it was made from, or the one below it.
fn before(conn: &mut Conn, flow: &Flow, version: &Version) -> app::Result<Option<i64>> {
    if let Some(from) = &version.from_version_id
        && let Some(from) = versions::get(conn, from)?
    {
        return Ok(Some(from.number));
    }
    let older = versions::list(conn, &flow.id, Shown::All, &Direction::Before(version.number), 1)?;
    Ok(older.items.first().map(|v| v.number))
}

fn drawn(flow: &Flow, version: &Version, value: Option<&Value>) -> GraphView {
    let problems = shown::problems(version).into_iter().filter(shown::Found::blocks).map(|p| p.pointer).collect();
    let title = format!("{} version {}", flow.name, version.number);
    graph::view("graph", &title, value, &version.content_hash, None, &Marks { problems, ..Marks::default() })
}

/// The flows it calls, as it names them, with the flow of that name if there is one.
fn calls(conn: &mut Conn, flow: &Flow, definition: &Definition) -> app::Result<Vec<(String, Option<Flow>)>> {
    let named: BTreeSet<(String, String)> = references(definition).into_iter().map(|r| (r.namespace, r.name)).collect();
    let mut found: Vec<(String, Option<Flow>)> = Vec::new();
    for (namespace, name) in named {
        let called = flows::by_document(conn, &flow.workspace_id, &namespace, &name)?;
        found.push((format!("{namespace}/{name}"), called));
    }
    Ok(found)
}

fn answer(read: Read, layout: crate::web::layout::Layout, here: &str, view: VersionView, now: i64) -> Answer {
    let Read { head, row, environments, may, hotfix, into_draft, before, .. } = read;
    let version = &row.version;
    let base = format!("{}/versions/{}", head.base, version.number);
    let runs = format!("{}/runs?flow={}&version={}", layout.home(), head.slug, version.number);
    let page = VersionPage {
        crumbs: head.crumbs(&layout, &format!("Version {}", version.number)),
        plate: Plate::new(whole(version.number), colour(row.sync)).large(),
        status: shown::status(&row, &environments, &base, now),
        held: row.held.iter().map(|q| shown::quarantined(q, &environments, &base, now)).collect(),
        note: version.note.clone(),
        before: before.map(whole),
        tabs: Tabs {
            label: format!("Version {}", version.number),
            tabs: vec![
                Choice::new(base.as_str(), "Overview", here == "overview"),
                Choice::new(runs, "Runs", false).count(count(whole(row.outcomes.total() + row.open_runs))),
                Choice::new(format!("{base}/definition"), "Definition", here == "definition"),
                Choice::new(format!("{}/history?object={}", layout.home(), version.id), "History", false),
            ],
        },
        acts: shown::acts(&row, may),
        hotfix,
        into_draft,
        problems: if version.ready { Vec::new() } else { shown::problem_lines(version, &base) },
        may,
        view,
        flow: head,
        base,
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}

fn overview_of(read: &Read, home: &str, said: Vocabulary, now: i64) -> Overview {
    let version = &read.row.version;
    let hosts = Definition::parse(&read.document.text).map(|d| hosts(d.value())).unwrap_or_default();
    let flows = read.calls.iter().map(|(name, called)| match called {
        Some(flow) => Rich::new().text("Flow ").link(&format!("{home}/flows/{}", flow.slug), &flow.name),
        None => Rich::new().text("Flow ").code(name).text(", which does not exist here"),
    });
    Overview {
        graph: read.graph.clone().unwrap_or_else(|| drawn(&read.flow, version, None)),
        figures_of: format!("Only runs pinned to version {}, tests left out", version.number),
        figures: figures_of(&read.row),
        revisions: revisions(read, now),
        facts: facts(read, said, now),
        uses: hosts.into_iter().map(|host| Rich::new().text("Calls ").code(&host)).chain(flows).collect(),
        used_by: read.uses.iter().map(|u| used_line(u, home)).collect(),
    }
}

/// Its revisions, once there is more than the one it was published with.
fn revisions(read: &Read, now: i64) -> Vec<RevisionLine> {
    let version = &read.row.version;
    let line = |r: &Revision| RevisionLine {
        name: format!("v{}.{}", version.number, r.revision),
        latest: r.revision == version.revision,
        note: r.note.clone(),
        by: r.created_by.clone(),
        at: TimeView::near(r.created_at, now),
    };
    if version.revision == 0 { Vec::new() } else { read.revisions.iter().map(line).collect() }
}

/// The hosts that HTTP calls name.
fn hosts(definition: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    tasks::walk(definition, &mut |task, _| {
        if task.kind == TaskKind::Call(CallKind::Http) {
            let endpoint = task.value.pointer("/with/endpoint/uri").or_else(|| task.value.pointer("/with/endpoint"));
            let Some(uri) = endpoint.and_then(Value::as_str) else { return };
            let host = uri.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
            let host = host.rsplit('@').next().unwrap_or_default();
            if uri.contains("${") {
                // Known only in a run.
                found.insert("an address made in the run".to_owned());
            } else if !host.is_empty() {
                found.insert(host.to_owned());
            }
        }
    });
    found
}

fn figures_of(row: &VersionRow) -> Vec<Stat> {
    let (outcomes, total) = (&row.outcomes, row.outcomes.total());
    if total + row.open_runs == 0 {
        return Vec::new();
    }
    let stat = |label: &str, value: String, sub: String| Stat { label: label.to_owned(), value, sub: sub.into(), spark: None };
    let none = || "None".to_owned();
    let open = if row.open_runs > 0 { format!("{} in progress", count(whole(row.open_runs))) } else { "all ended".to_owned() };
    vec![
        stat("Runs", count(whole(total + row.open_runs)), open),
        stat(
            "Succeeded",
            figures::success(outcomes).map_or_else(none, |(words, _)| words),
            format!("{} failed, {} cancelled", count(whole(outcomes.faulted)), count(whole(outcomes.cancelled))),
        ),
        stat("p50 duration", figures::quantile(outcomes, 0.5).unwrap_or_else(none), "half took no longer".to_owned()),
        stat("p95 duration", figures::quantile(outcomes, 0.95).unwrap_or_else(none), "19 of 20 took no longer".to_owned()),
    ]
}

fn facts(read: &Read, said: Vocabulary, now: i64) -> Vec<(String, Rich)> {
    let version = &read.row.version;
    let when = |at: i64, by: &str| Rich::new().time(TimeView::styled(at, now, TimeStyle::Full)).text(&format!(" by {by}"));
    let mut facts: Vec<(String, Rich)> =
        read.environments.iter().enumerate().map(|(i, e)| (e.name.clone(), presence(read, i, said))).collect();
    let mut add = |name: &str, value: Rich| facts.push((name.to_owned(), value));
    add("Made", when(version.created_at, &version.author_name));
    if let Some(from) = version.from_number {
        add("Made from", Rich::new().link(&format!("{}/versions/{from}", read.head.base), &format!("version {from}")));
    }
    match (version.published_at, &version.published_by) {
        (Some(at), Some(by)) => add("Published", when(at, by)),
        _ => add("Last saved", when(version.updated_at, &version.updated_by)),
    }
    if let Some(at) = version.synced_at {
        add("Synced to production", Rich::new().time(TimeView::styled(at, now, TimeStyle::Full)));
    }
    if let Some(label) = &version.label {
        add("Label", Rich::new().code(label));
    }
    if let Some(reference) = &version.reference {
        add("Reference", reference.as_str().into());
    }
    add("Content", Rich::new().code(version.content_hash.get(..HASH_SHOWN).unwrap_or(&version.content_hash)));
    if read.row.presence.is_empty() && read.row.open_runs > 0 {
        add("Still finishing", plural(whole(read.row.open_runs), "run", "runs").into());
    }
    facts
}

fn presence(read: &Read, environment: usize, said: Vocabulary) -> Rich {
    let here = read.row.presence.iter().find(|(i, _)| *i == environment).map(|(_, p)| p);
    match here {
        Some(Presence::Live(switch, 10_000..)) => Rich::new().text(&shown::switched(*switch).said_in(&said).words).text(", all new runs"),
        Some(Presence::Live(switch, points)) => {
            Rich::new().text(&format!("{}, {}% of new runs", shown::switched(*switch).said_in(&said).words, shown::percent(*points)))
        }
        Some(Presence::RollingOut(points)) => Rich::new().text(&format!("Rolling out, {}% of new runs", shown::percent(*points))),
        None => Rich::new().dim("Not there now"),
    }
}
