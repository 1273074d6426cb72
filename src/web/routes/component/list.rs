//! `GET /w/{ws}/components`

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::Deserialize;

use super::super::names::Answer;
use super::{head, may};
use crate::app::component::table::{self, Row};
use crate::domain::component::{Content, Kind};
use crate::store::page::Direction;
use crate::store::workspaces::Workspace;
use crate::web::components::nav::{Choice, Pager, Tabs};
use crate::web::components::rich::Rich;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::{count, duration, plural};
use crate::web::pages::component::{ComponentRow, ComponentsPage, KindView, kinds_words};
use crate::web::time::TimeView;
use crate::web::visitor::Visitor;

/// Rows on a page.
const SHOWN: i64 = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Only of this kind.
    kind: String,
    /// After this place of the alphabet: `kind.name`.
    before: String,
    /// Before this place.
    after: String,
}

fn place(text: &str) -> Option<(String, String)> {
    text.split_once('.').map(|(kind, name)| (name.to_owned(), kind.to_owned()))
}

/// `GET …/components`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, ws: Path<String>, filter: Query<Filter>) -> Answer {
    let kind: Option<Kind> = filter.kind.parse().ok();
    let from = match (place(&filter.before), place(&filter.after)) {
        (Some(at), _) => Direction::Before(at),
        (None, Some(at)) => Direction::After(at),
        (None, None) => Direction::Newest,
    };
    let now = visitor.state.now().0;
    let (layout, (page, counts, new)) = visitor
        .page(&ws, Place::Components, move |conn, ctx, workspace| {
            let page = table::table(conn, ctx, workspace, kind, &from, SHOWN)?;
            let edges = (page.more, page.newer);
            let mut rows = Vec::with_capacity(page.items.len());
            for item in page.items {
                let (_, content) = crate::app::component::revision(conn, &item.component, None)?;
                rows.push(row(workspace, item, &content, now)?);
            }
            let new: Vec<Kind> =
                Kind::ALL.iter().copied().filter(|k| kind.is_none_or(|only| only == *k) && may(ctx, workspace, *k)).collect();
            Ok(((rows, edges), table::counts(conn, workspace)?, new))
        })
        .await?;
    let (rows, (more, newer)) = page;
    let base = format!("{}/components", layout.home());
    let shown = kind.map_or_else(|| counts.values().sum(), |kind| counts.get(&kind).copied().unwrap_or(0));
    let mut tabs = vec![Choice::new(base.as_str(), "All", kind.is_none()).count(counts.values().sum::<usize>().to_string())];
    tabs.extend(Kind::ALL.iter().map(|k| {
        let n = counts.get(k).copied().unwrap_or(0);
        Choice::new(format!("{base}?kind={k}"), kinds_words(*k), kind == Some(*k)).count(n.to_string())
    }));
    let page = ComponentsPage {
        tabs: Tabs { label: "Kinds of components".into(), tabs },
        pager: pager(&rows, &base, kind, more, newer, shown as u64),
        kind: kind.map(KindView::from),
        new: new.into_iter().map(KindView::from).collect(),
        rows,
        layout: Layout { title: kind.map_or("Components", kinds_words).into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

fn pager(rows: &[ComponentRow], base: &str, kind: Option<Kind>, more: bool, newer: bool, total: u64) -> Pager {
    let key = |row: &ComponentRow| format!("{}.{}", row.head.kind, row.head.name);
    let only = kind.map(|k| format!("kind={k}&")).unwrap_or_default();
    let link = |row: Option<&ComponentRow>, word: &str| row.map(|row| format!("{base}?{only}{word}={}", key(row)));
    Pager {
        summary: format!("{}, by name.", plural(total, "component", "components")),
        newer: link(rows.first(), "after").filter(|_| newer).map(|to| ("Earlier in the alphabet".to_owned(), to)),
        older: link(rows.last(), "before").filter(|_| more).map(|to| ("Further in the alphabet".to_owned(), to)),
    }
}

fn row(workspace: &Workspace, item: Row, content: &Content, now: i64) -> crate::app::Result<ComponentRow> {
    let used = item.uses.count();
    Ok(ComponentRow {
        head: head(workspace, &item.component)?,
        short: match (content, &item.set) {
            (Content::Secret, Some(set)) => Rich::new().text("A value set ").time(TimeView::near(set.at, now)),
            (Content::Secret, None) => Rich::new().dim("No value yet"),
            _ => short(content),
        },
        used,
        used_words: plural(used as u64, "place", "places"),
        revision: item.component.revision,
        changed: TimeView::near(item.component.updated_at, now),
        by: item.component.updated_by,
    })
}

/// What a component holds, in a few words.
fn short(content: &Content) -> Rich {
    match content {
        Content::Connection(connection) => Rich::new().code(&cut(&connection.base)),
        Content::Script(script) => Rich::new().code(&cut(script.source.lines().next().unwrap_or_default())),
        Content::Cache(cache) => format!("Values stay {}", lasts(cache.expiry_seconds)).into(),
        Content::Lookup(lookup) => {
            let rows = plural(lookup.rows.len() as u64, "row", "rows");
            format!("{rows}, {} columns", count(lookup.columns.len() as u64)).into()
        }
        Content::Variable(variable) => Rich::new().code(&cut(&variable.value.to_string())),
        Content::Secret => Rich::new(),
    }
}

/// Seconds as people read them.
pub(super) fn lasts(seconds: i64) -> String {
    duration(seconds.unsigned_abs().saturating_mul(1_000))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
