//! Histories: of a workspace, a flow, an environment and a person, with filters, read page by page.

mod asked;
mod export;
mod instance;

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig, get};

use crate::app;
use crate::app::history;
use crate::app::{flow, people, workspace as workspaces};
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::events::{Event, Filter};
use crate::store::flows::{self, Flow};
use crate::store::page::{DEFAULT_LIMIT, Direction, MAX_LIMIT, Page};
use crate::store::sightings::Sighting;
use crate::store::workspaces::Workspace;
use crate::web::components::event::by_day;
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers;
use crate::web::pages::history::{AsOfForm, HistoryPage};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::event::{Names, folded};
use crate::web::views::{head_at as head, may};
use crate::web::visitor::Visitor;
use asked::{Asked, Choices};
pub use instance::of_instance;

/// Addresses of histories.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/history", get().to(of_workspace))
        .route("/history/export.{format}", get().to(export::of_workspace))
        .route("/flows/{flow}/history", get().to(of_flow))
        .route("/flows/{flow}/history/export.{format}", get().to(export::of_flow))
        .route("/environments/{env}/history", get().to(of_environment))
        .route("/environments/{env}/history/export.{format}", get().to(export::of_environment))
        .route("/people/{person}/history", get().to(of_person))
        .route("/people/{person}/history/export.{format}", get().to(export::of_person));
}

/// Whose history it is.
#[derive(Debug, Clone)]
enum Whose {
    Workspace,
    Flow(String),
    Environment(String),
    Person(String),
}

/// The same, found.
enum Found {
    Workspace,
    Flow(Box<Flow>),
    Environment(Box<Environment>),
    /// Id and name.
    Person(String, String),
}

impl Whose {
    fn find(&self, conn: &mut Conn, workspace: &Workspace) -> app::Result<Found> {
        Ok(match self {
            Self::Workspace => Found::Workspace,
            Self::Flow(name) => Found::Flow(Box::new(flow::find_any(conn, workspace, name)?)),
            Self::Environment(name) => Found::Environment(Box::new(workspaces::environment(conn, workspace, name)?)),
            Self::Person(id) => {
                let known = people::names(conn)?.into_iter().find(|(known, _)| known == id);
                let (id, name) = known.ok_or_else(|| app::Error::NotFound("There is no such person.".into()))?;
                Found::Person(id, name)
            }
        })
    }
}

impl Found {
    /// The filter, cut down to what this history is of.
    fn narrow(&self, conn: &mut Conn, workspace: &Workspace, flow_name: &str, filter: Filter) -> app::Result<Filter> {
        let chosen = if flow_name.is_empty() { None } else { Some(flow::find_any(conn, workspace, flow_name)?.id) };
        Ok(match self {
            Self::Workspace => Filter { flow: chosen, ..filter },
            Self::Flow(flow) => Filter { flow: Some(flow.id.clone()), ..filter },
            Self::Environment(environment) => Filter { environment: Some(environment.id.clone()), flow: chosen, ..filter },
            Self::Person(id, _) => Filter { actor: Some(id.clone()), flow: chosen, outside: true, ..filter },
        })
    }
}

struct Loaded {
    found: Found,
    page: Page<Event>,
    choices: Choices,
    names: Names,
    seen: Vec<Sighting>,
}

/// `GET /w/{ws}/history`
///
/// # Errors
/// No such workspace.
pub async fn of_workspace(visitor: Visitor, workspace: Path<String>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    page(&visitor, &workspace, Whose::Workspace, asked.into_inner()).await
}

/// `GET /w/{ws}/flows/{flow}/history`
///
/// # Errors
/// No such flow.
pub async fn of_flow(visitor: Visitor, path: Path<(String, String)>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (workspace, flow) = path.into_inner();
    page(&visitor, &workspace, Whose::Flow(flow), asked.into_inner()).await
}

/// `GET /w/{ws}/environments/{env}/history`
///
/// # Errors
/// No such environment.
pub async fn of_environment(visitor: Visitor, path: Path<(String, String)>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (workspace, environment) = path.into_inner();
    page(&visitor, &workspace, Whose::Environment(environment), asked.into_inner()).await
}

/// `GET /w/{ws}/people/{person}/history`
///
/// # Errors
/// No such person.
pub async fn of_person(visitor: Visitor, path: Path<(String, String)>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (workspace, person) = path.into_inner();
    page(&visitor, &workspace, Whose::Person(person), asked.into_inner()).await
}

async fn page(visitor: &Visitor, workspace: &str, whose: Whose, asked: Asked) -> Result<HttpResponse, PageError> {
    let (filter, errors) = asked.filter();
    let (direction, flow_name, object) = (asked.direction(), asked.flow.clone(), asked.object.clone());
    let place = match whose {
        Whose::Flow(_) => Place::Dashboard,
        Whose::Environment(_) => Place::Environments,
        Whose::Workspace | Whose::Person(_) => Place::History,
    };
    let (layout, loaded) = visitor
        .page(workspace, place, move |conn, ctx, workspace| {
            let found = whose.find(conn, workspace)?;
            let filter = found.narrow(conn, workspace, &flow_name, filter)?;
            let page = history::list(conn, ctx, workspace, &filter, &direction, DEFAULT_LIMIT)?;
            let mut ids: Vec<&str> = page.items.iter().filter_map(|e| e.flow_id.as_deref()).collect();
            ids.sort_unstable();
            ids.dedup();
            let flows = flows::get_many(conn, &ids)?.into_iter().map(|f| (f.id.clone(), (f.slug, f.name))).collect();
            let places = environments::list(conn, &workspace.id)?;
            let may = may(ctx, workspace, &places);
            let names = Names {
                home: format!("/w/{}", workspace.slug),
                flows,
                colours: history::colours(conn, workspace, &page.items)?,
                of_flow: matches!(found, Found::Flow(_)),
                of_rollout: false,
                slugs: places.iter().map(|e| (e.id.clone(), e.slug.clone())).collect(),
                environments: places.into_iter().map(|e| (e.id, e.name)).collect::<HashMap<_, _>>(),
                standing: history::standing(conn, workspace, &page.items)?,
                may_operate: may.operate,
                may_edit: may.edit,
                as_of: true,
            };
            let choices = Choices {
                flows: if names.of_flow { None } else { Some(all_flows(conn, workspace)?) },
                people: if matches!(found, Found::Person(..)) { None } else { Some(people::names(conn)?) },
                instance: false,
            };
            let looked_at = if let Found::Environment(environment) = &found { environment.id.clone() } else { object };
            let seen = if looked_at.is_empty() { Vec::new() } else { history::seen::who(conn, ctx, workspace, &looked_at)? };
            Ok(Loaded { page, choices, names, found, seen })
        })
        .await?;
    let now = visitor.state.now().0;
    let home = layout.home();
    let (of, tabs, crumbs, heading) = match &loaded.found {
        Found::Workspace => (home.clone(), None, None, "History".to_owned()),
        // Its other pages are gone, and its slug may be another flow's by now.
        Found::Flow(flow) if flow.deleted_at.is_some() => {
            let crumbs = Crumbs::here(flow.name.as_str()).below(format!("{home}/bin"), "Bin");
            (format!("{home}/flows/{}", flow.id), None, Some(crumbs), flow.name.clone())
        }
        Found::Flow(flow) => {
            let head = head(&layout.workspace, flow);
            (head.base.clone(), Some(head.tabs(&layout, "history")), Some(head.crumbs(&layout, "History")), head.name)
        }
        Found::Environment(environment) => {
            let base = format!("{home}/environments/{}", environment.slug);
            let crumbs = Crumbs::here("History")
                .below(format!("{home}/environments"), "Environments")
                .below(base.as_str(), environment.name.as_str());
            (base, None, Some(crumbs), environment.name.clone())
        }
        Found::Person(id, name) => {
            let crumbs = Crumbs::here(name.as_str()).below(format!("{home}/history"), "History");
            (format!("{home}/people/{id}"), None, Some(crumbs), name.clone())
        }
    };
    let base = format!("{of}/history");
    let query = asked.query();
    let export = |format: &str| format!("{base}/export.{format}{}{query}", if query.is_empty() { "" } else { "?" });
    let past = if matches!(loaded.found, Found::Person(..)) { home } else { of };
    let whole = matches!(loaded.found, Found::Workspace);
    let shown = HistoryPage {
        crumbs,
        tabs,
        exports: vec![("Export CSV".to_owned(), export("csv")), ("Export JSON".to_owned(), export("json"))],
        seen: loaded.seen.iter().map(|s| (s.user_name.clone(), TimeView::styled(s.hour, now, TimeStyle::Full))).collect(),
        as_of: Some(AsOfForm { action: past, value: minute(now) }),
        filters: asked.fields(loaded.choices, &errors),
        filtered: !query.is_empty(),
        pager: pager(&base, &query, &loaded.page),
        days: by_day(folded(&loaded.page.items, &loaded.names), now),
        layout: Layout { title: if whole { heading.clone() } else { format!("History of {heading}") }, ..layout },
        heading,
        base,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    htmx::reply(visitor.hx, status, &shown, &shown.as_events())
}

/// The flows to choose from: slug and name.
fn all_flows(conn: &mut Conn, workspace: &Workspace) -> app::Result<Vec<(String, String)>> {
    let filter = flows::Filter { text: None, archived: false };
    let page = flows::list(conn, &workspace.id, &filter, &Direction::Newest, MAX_LIMIT)?;
    Ok(page.items.into_iter().map(|flow| (flow.slug, flow.name)).collect())
}

/// The minute, as the browser's field for instants takes it.
fn minute(now: i64) -> String {
    Micros(now - now.rem_euclid(Micros::MINUTE)).rfc3339().chars().take(16).collect()
}

fn pager(base: &str, query: &str, page: &Page<Event>) -> Pager {
    let link = |key: &str, seq: i64| format!("{base}?{query}{}{key}={seq}", if query.is_empty() { "" } else { "&" });
    let (first, last) = (page.items.first(), page.items.last());
    Pager {
        summary: numbers::plural(u64::try_from(page.items.len()).unwrap_or(0), "event", "events") + " on this page.",
        newer: first.filter(|_| page.newer).map(|e| ("Newer events".to_owned(), link("after", e.seq))),
        older: last.filter(|_| page.more).map(|e| ("Older events".to_owned(), link("before", e.seq))),
    }
}
