//! The Versions list (PRODUCT §6.2).

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::Answer;
use super::{may_edit, may_push};
use crate::app::release::look::{self, Row};
use crate::app::release::waiting;
use crate::domain::version::Sync;
use crate::store::page::DEFAULT_LIMIT;
use crate::store::releases::Filter;
use crate::web::address;
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::release::{ReleaseListPage, ReleaseRow};
use crate::web::time::TimeView;
use crate::web::views::release as views;
use crate::web::visitor::Visitor;

/// Filters: the word in the address, and what the link says.
const SHOWN: [(&str, &str); 4] =
    [("", "All"), ("restorable", "Restorable"), ("production", "Were in production"), ("never", "Never synced")];

#[derive(Debug, Default, Deserialize)]
struct Query {
    #[serde(default)]
    show: String,
    #[serde(default)]
    text: String,
    before: Option<i64>,
    after: Option<i64>,
}

impl Query {
    fn filter(&self) -> Filter {
        let text = self.text.trim();
        Filter {
            restorable: self.show == "restorable",
            synced: match self.show.as_str() {
                "production" => Some(true),
                "never" => Some(false),
                _ => None,
            },
            origin: None,
            text: (!text.is_empty()).then(|| text.to_owned()),
        }
    }
}

/// `GET /w/{ws}/versions?show=&text=`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let from = address::direction(query.before, query.after)?;
    let filter = query.filter();
    let (layout, (page, drafts, push, edit)) = visitor
        .page(&workspace, Place::Versions, move |conn, ctx, workspace| {
            let page = look::list(conn, ctx, workspace, &filter, &from, DEFAULT_LIMIT)?;
            let drafts = waiting::drafts_in_work(conn, workspace)?;
            Ok((page, drafts, may_push(ctx, workspace), may_edit(ctx, workspace)))
        })
        .await?;
    let (now, home) = (visitor.state.now().0, layout.home());
    let base = format!("{home}/versions");
    let address = |more: &[(&str, &str)]| {
        let pairs: Vec<(&str, &str)> = more.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        let text = serde_html_form::to_string(&pairs).unwrap_or_default();
        if text.is_empty() { base.clone() } else { format!("{base}?{text}") }
    };
    let kept = [("show", query.show.as_str()), ("text", query.text.as_str())];
    let edge = |row: Option<&Row>, word: &str| {
        row.map(|row| {
            let number = row.release.number.to_string();
            address(&[kept[0], kept[1], (word, &number)])
        })
    };
    let choice = |(word, words): (&str, &str)| Choice::new(address(&[("show", word), kept[1]]), words, query.show == word);
    let page = ReleaseListPage {
        filter: Segments { label: "Filter versions".into(), choices: SHOWN.into_iter().map(choice).collect() },
        filtered: !query.show.is_empty() || !query.text.is_empty(),
        pager: Pager {
            summary: plural(page.items.len() as u64, "version", "versions") + " on this page.",
            newer: edge(page.items.first().filter(|_| page.newer), "after").map(|to| ("Newer".to_owned(), to)),
            older: edge(page.items.last().filter(|_| page.more), "before").map(|to| ("Older".to_owned(), to)),
        },
        releases: page.items.iter().map(|found| row(&home, found, now)).collect(),
        show: query.show,
        query: query.text,
        drafts,
        may_push: push,
        may_restore: edit,
        base,
        layout: Layout { title: "Versions".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

fn row(home: &str, found: &Row, now: i64) -> ReleaseRow {
    let release = &found.release;
    ReleaseRow {
        plate: views::plate(home, found),
        number: release.number,
        comment: release.comment.clone(),
        origin: views::origin(found.origin),
        author: release.author_name.clone(),
        at: TimeView::near(release.at, now),
        synced: release.synced_at.map(|at| TimeView::near(at, now)),
        current: found.sync == Sync::Current,
        restorable: release.restorable,
        changes: format!("{home}/versions/{}#changes", release.number),
    }
}
