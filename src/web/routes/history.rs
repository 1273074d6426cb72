//! Histories: of a workspace and of a flow, with filters, read page by page.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig, get};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::app::history;
use crate::app::{flow, people};
use crate::domain::clock::Micros;
use crate::store::environments;
use crate::store::events::{Event, Filter};
use crate::store::flows::{self, Flow};
use crate::store::page::{DEFAULT_LIMIT, Direction, Page};
use crate::web::components::event::by_day;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::Pager;
use crate::web::error::PageError;
use crate::web::form::FieldErrors;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers;
use crate::web::pages::history::HistoryPage;
use crate::web::views::event::{Names, event};
use crate::web::views::head_at as head;
use crate::web::visitor::Visitor;

/// Addresses of histories.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/history", get().to(of_workspace)).route("/flows/{flow}/history", get().to(of_flow));
}

/// What stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    who: String,
    what: String,
    from: String,
    to: String,
    before: Option<i64>,
    after: Option<i64>,
}

/// What events can be about.
const WHAT: [(&str, &str); 9] = [
    ("", "Everything"),
    ("flow.", "Flows"),
    ("version.", "Versions"),
    ("deployment.", "Deployments"),
    ("proposal.", "Approvals"),
    ("environment.", "Environments"),
    ("configuration.", "Configurations"),
    ("run.", "Runs"),
    ("plan.", "Plans"),
];

impl Asked {
    fn query(&self) -> String {
        let all = [("who", &self.who), ("what", &self.what), ("from", &self.from), ("to", &self.to)];
        serde_html_form::to_string(all.into_iter().filter(|(_, v)| !v.is_empty()).collect::<Vec<_>>()).unwrap_or_default()
    }

    fn direction(&self) -> Direction<i64> {
        match (self.before, self.after) {
            (_, Some(seq)) => Direction::After(seq),
            (Some(seq), None) => Direction::Before(seq),
            (None, None) => Direction::Newest,
        }
    }

    /// The filter, and what is wrong with the days that were typed.
    fn filter(&self) -> (Filter, FieldErrors) {
        let mut errors = FieldErrors::new();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut day = |field: &str, text: &str, later: i64| match text.parse::<NaiveDate>() {
            _ if text.is_empty() => None,
            Ok(day) => Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros() + later),
            Err(_) => {
                errors.add(field, "Write the day as year, month, day: 2026-11-19.");
                None
            }
        };
        let (from, to) = (day("from", &self.from, 0), day("to", &self.to, Micros::DAY));
        (Filter { actor: some(&self.who), action: some(&self.what), from, to, ..Filter::default() }, errors)
    }

    fn fields(&self, people: Vec<(String, String)>, errors: &FieldErrors) -> Vec<Field> {
        let mut who = vec![(String::new(), "Everybody".to_owned())];
        who.extend(people);
        let mut what: Vec<(String, String)> = WHAT.map(|(v, w)| (v.to_owned(), w.to_owned())).to_vec();
        for (all, value) in [(&mut who, &self.who), (&mut what, &self.what)] {
            if !all.iter().any(|(v, _)| v == value) {
                all.push((value.clone(), value.clone()));
            }
        }
        let date =
            |name: &str, label: &str, value: &str| Field::line(name, label).control(Control::Line("date")).value(value).check_in(errors);
        vec![
            Field::choice("who", "Who", who).value(self.who.as_str()),
            Field::choice("what", "What", what).value(self.what.as_str()),
            date("from", "From", &self.from),
            date("to", "To", &self.to),
        ]
    }
}

struct Loaded {
    flow: Option<Flow>,
    page: Page<Event>,
    people: Vec<(String, String)>,
    names: Names,
}

/// `GET /w/{ws}/history`
///
/// # Errors
/// No such workspace.
pub async fn of_workspace(visitor: Visitor, workspace: Path<String>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    page(&visitor, &workspace, None, asked.into_inner()).await
}

/// `GET /w/{ws}/flows/{flow}/history`
///
/// # Errors
/// No such flow.
pub async fn of_flow(visitor: Visitor, path: Path<(String, String)>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (workspace, flow) = path.into_inner();
    page(&visitor, &workspace, Some(flow), asked.into_inner()).await
}

async fn page(visitor: &Visitor, workspace: &str, flow_name: Option<String>, asked: Asked) -> Result<HttpResponse, PageError> {
    let (filter, errors) = asked.filter();
    let direction = asked.direction();
    let place = if flow_name.is_some() { Place::Dashboard } else { Place::History };
    let (layout, loaded) = visitor
        .page(workspace, place, move |conn, ctx, workspace| {
            let flow = flow_name.map(|name| flow::find(conn, workspace, &name)).transpose()?;
            let filter = Filter { flow: flow.as_ref().map(|f| f.id.clone()), ..filter };
            let page = history::list(conn, ctx, workspace, &filter, &direction, DEFAULT_LIMIT)?;
            let mut ids: Vec<&str> = page.items.iter().filter_map(|e| e.flow_id.as_deref()).collect();
            ids.sort_unstable();
            ids.dedup();
            let flows = flows::get_many(conn, &ids)?.into_iter().map(|f| (f.id.clone(), (f.slug, f.name))).collect();
            let environments = environments::list(conn, &workspace.id)?.into_iter().map(|e| (e.id, e.name)).collect::<HashMap<_, _>>();
            let names = Names {
                home: format!("/w/{}", workspace.slug),
                flows,
                environments,
                colours: history::colours(conn, workspace, &page.items)?,
                of_flow: flow.is_some(),
                of_rollout: false,
            };
            Ok(Loaded { page, people: people::names(conn)?, names, flow })
        })
        .await?;
    let now = visitor.state.now().0;
    let head = loaded.flow.as_ref().map(|f| head(&layout.workspace, f));
    let base = head.as_ref().map_or_else(|| layout.home(), |h| h.base.clone()) + "/history";
    let heading = head.as_ref().map_or_else(|| "History".to_owned(), |h| h.name.clone());
    let shown = HistoryPage {
        crumbs: head.as_ref().map(|h| h.crumbs(&layout, "History")),
        tabs: head.as_ref().map(|h| h.tabs(&layout, "history")),
        filters: asked.fields(loaded.people, &errors),
        filtered: !asked.query().is_empty(),
        pager: pager(&base, &asked.query(), &loaded.page),
        days: by_day(loaded.page.items.iter().map(|e| event(e, &loaded.names)).collect(), now),
        layout: Layout { title: if head.is_some() { format!("History of {heading}") } else { heading.clone() }, ..layout },
        heading,
        base,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    htmx::reply(visitor.hx, status, &shown, &shown.as_events())
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
