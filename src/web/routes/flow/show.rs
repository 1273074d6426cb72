//! `GET /w/{ws}/flows/{flow}`: the version table and what the environments run.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::{Answer, FlowAt};
use super::super::past;
use super::{offers, production};
use crate::app::flow;
use crate::app::version::table::{self, Table};
use crate::store::page::{DEFAULT_LIMIT, Direction};
use crate::store::versions::{self, Shown};
use crate::web::address;
use crate::web::components::banner::{Banner, BannerAction, Kind};
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::components::rich::Rich;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::{count, plural};
use crate::web::pages::flow::{FlowPage, May, Production, VersionRow};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::{colour, figures, head, may, version, whole};
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Query {
    show: Option<String>,
    before: Option<i64>,
    after: Option<i64>,
    part: Option<String>,
    /// The past: an instant.
    at: Option<String>,
}

/// Versions that somebody ticked to compare, and what is wrong with the choice.
#[derive(Debug, Clone, Default)]
pub struct Picked {
    /// Their numbers.
    pub numbers: Vec<u64>,
    /// "Select two versions to compare."
    pub refused: Option<String>,
}

/// `GET /w/{ws}/flows/{flow}`. Parts: `production` and `versions`.
///
/// # Errors
/// No such flow; the database.
pub async fn show(visitor: Visitor, names: Path<FlowAt>) -> Answer {
    let query: Query = address::query(&visitor)?;
    match query.at.as_deref().filter(|at| !at.is_empty()) {
        Some(at) => past::flow(&visitor, &names, at).await,
        None => picked(&visitor, &names, Picked::default()).await,
    }
}

const FILTERS: [(&str, &str, Shown); 4] = [
    ("", "All", Shown::All),
    ("drafts", "Drafts", Shown::Drafts),
    ("published", "Published", Shown::Published),
    ("archived", "Archived", Shown::Archived),
];

/// The page with versions ticked, when a choice to compare came back.
///
/// # Errors
/// No such flow; the database.
pub async fn picked(visitor: &Visitor, names: &FlowAt, picked: Picked) -> Answer {
    let query: Query = address::query(visitor)?;
    let wanted = query.show.as_deref().unwrap_or_default();
    let filter = FILTERS.iter().find(|(word, ..)| *word == wanted).copied();
    let Some((word, _, shown)) = filter else {
        return Err(PageError::Address(format!("“{wanted}” is none of drafts, published and archived")));
    };
    let from = address::direction(query.before, query.after)?;
    let begins = from.clone();
    let at = names.clone();
    let (mut layout, found) = visitor
        .page(&names.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &at.flow)?;
            let table = table::table(conn, ctx, &flow, shown, &begins, DEFAULT_LIMIT)?;
            let places = production::read(conn, ctx, &flow, &table.environments, &table.routing)?;
            let offers = offers::read(conn, ctx, &flow, &table)?;
            let may = may(ctx, workspace, &table.environments);
            let draft = match &flow.working_draft {
                Some(id) => versions::get(conn, id)?,
                None => None,
            };
            Ok((head(workspace, &flow), flow, table, places, offers, may, draft))
        })
        .await?;
    let (head, flow, table, places, offers, may, draft) = found;
    layout.title = head.name.clone();
    if flow.archived_at.is_some() {
        let says = Banner::new(
            Kind::Warn,
            "This flow is archived.",
            "What is deployed goes on running; nothing can be changed before it is brought back.",
        );
        let back = BannerAction::post("Bring it back", format!("{}/unarchive", head.base));
        layout.notices.push(if may.edit { says.action(back) } else { says });
    }
    let now = visitor.state.now().0;
    let in_production = places.iter().find(|p| p.is_production());
    let page = FlowPage {
        crumbs: head.own_crumbs(&layout),
        tabs: head.tabs(&layout, "versions"),
        // An archived flow is read only until it is brought back.
        may: if flow.archived_at.is_some() { May::default() } else { may },
        draft: draft.map(|d| whole(d.number)),
        production: in_production.map_or_else(nowhere, |p| production::production(p, &head.base, &layout.home(), now)),
        places: places.iter().filter(|p| !p.is_production()).map(|p| production::place(p, &head.base, &layout.home(), now)).collect(),
        offers: offers.iter().map(|o| offers::row(o, &head.base)).collect(),
        filters: filters(&head.base, word),
        versions: rows(&table, &head.base, may, now),
        selected: picked.numbers,
        compare_refused: picked.refused.clone(),
        none: none(word, &from),
        pager: pager(&table, &head.base, word),
        flow: head,
        layout,
    };
    let status = if picked.refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match query.part.as_deref().filter(|_| visitor.hx.fragment) {
        Some("production") => htmx::page(status, &page.as_production()),
        Some("versions") => htmx::page(status, &page.as_versions()),
        _ => htmx::page(status, &page),
    }
}

/// A workspace without a production environment.
fn nowhere() -> Production {
    Production {
        name: "Production".to_owned(),
        slug: String::new(),
        a_day: String::new(),
        tracks: Vec::new(),
        switch: None,
        switch_says: Rich::new(),
        stats: Vec::new(),
        back_to: None,
        rollout: None,
        levers: crate::web::pages::flow::Levers::default(),
    }
}

fn filters(base: &str, here: &str) -> Segments {
    let choices = FILTERS.iter().map(|(word, words, _)| Choice::new(address::with(base, &[("show", word)]), *words, *word == here));
    Segments { label: "Filter versions".to_owned(), choices: choices.collect() }
}

fn none(word: &str, from: &Direction<i64>) -> String {
    if *from != Direction::Newest {
        return "There are no versions on this side of the list.".to_owned();
    }
    match word {
        "drafts" => "No draft is being written. Every version of this flow is published.".to_owned(),
        "published" => "No version is published yet. Publish a draft that is ready, then deploy it.".to_owned(),
        "archived" => "No version is archived.".to_owned(),
        _ => "Every version is archived or in the bin.".to_owned(),
    }
}

fn rows(table: &Table, base: &str, may: May, now: i64) -> Vec<VersionRow> {
    let items = &table.page.items;
    let row = |(i, row): (usize, &table::VersionRow)| {
        let v = &row.version;
        let address = format!("{base}/versions/{}", v.number);
        let older = items.get(i + 1).map(|next| next.version.number).or(v.from_number);
        let runs = row.outcomes.total() + row.open_runs;
        VersionRow {
            number: whole(v.number),
            sync: colour(row.sync),
            status: version::status(row, &table.environments, &address, now),
            note: v.note.clone(),
            sub: version::sub(row, &table.environments),
            production: version::in_production(row, &table.environments),
            author: v.author_name.clone(),
            created: TimeView::styled(v.created_at, now, TimeStyle::Day),
            synced: v.synced_at.map(|at| TimeView::styled(at, now, TimeStyle::Day)),
            runs: count(whole(runs)),
            success: figures::success(&row.outcomes),
            p95: figures::quantile(&row.outcomes, 0.95).map(|words| (words, false)),
            before: older.map(whole),
            acts: version::acts(row, may),
        }
    };
    items.iter().enumerate().map(row).collect()
}

fn pager(table: &Table, base: &str, word: &str) -> Pager {
    let items = &table.page.items;
    let to = |key: &str, row: &table::VersionRow| address::with(base, &[("show", word), (key, &row.version.number.to_string())]);
    let shown = plural(items.len() as u64, "version", "versions");
    Pager {
        summary: format!("{shown}. Runs, success and p95 count every run pinned to that version. Times are in UTC."),
        newer: items.first().filter(|_| table.page.newer).map(|row| ("Newer versions".to_owned(), to("after", row))),
        older: items.last().filter(|_| table.page.more).map(|row| ("Older versions".to_owned(), to("before", row))),
    }
}
