//! `GET /w/{ws}/runs`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::filters::{Asked, Offers};
use super::{error_words, millis, short, trigger_words};
use crate::app::run::table::{self, COUNTED, Listed};
use crate::domain::run::State;
use crate::store::page::{DEFAULT_LIMIT, Page};
use crate::web::components::nav::Pager;
use crate::web::components::status::StatusView;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers;
use crate::web::pages::run::{RunListPage, RunRow};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::colour;
use crate::web::visitor::Visitor;

/// The list, its table alone for htmx, or the line that offers newer runs.
///
/// # Errors
/// A filter names something that does not exist.
pub async fn list(visitor: Visitor, workspace: web::Path<String>, asked: web::Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked = asked.into_inner();
    if asked.part == "newer" {
        return newer(&visitor, &workspace, asked).await;
    }
    let wish = asked.clone();
    let (layout, (page, offers)) = visitor
        .page(&workspace, Place::Runs, move |conn, ctx, workspace| {
            let filter = wish.filter(conn, workspace)?;
            let table = table::table(conn, ctx, workspace, &filter, &wish.direction(), DEFAULT_LIMIT)?;
            Ok((table.page, Offers::load(conn, ctx, workspace)?))
        })
        .await?;
    let now = visitor.state.now().0;
    let page = RunListPage {
        filters: asked.fields(&offers),
        filtered: !asked.query().is_empty(),
        query: asked.query(),
        newest: page.items.first().map(|l| l.run.id.clone()).unwrap_or_default(),
        newer: None,
        one_environment: offers.one_environment() && page.items.iter().all(|l| l.environment == page.items[0].environment),
        pager: pager(&layout, &asked.query(), &page),
        runs: page.items.into_iter().map(|listed| row(listed, now)).collect(),
        layout: Layout { title: "Runs".into(), ..layout },
    };
    htmx::reply(visitor.hx, StatusCode::OK, &page, &page.as_list())
}

/// How many runs came since the newest that is shown: offered, never put in (DESIGN §1).
async fn newer(visitor: &Visitor, workspace: &str, asked: Asked) -> Result<HttpResponse, PageError> {
    let wish = asked.clone();
    let (layout, count) = visitor
        .page(workspace, Place::Runs, move |conn, ctx, workspace| {
            let filter = wish.filter(conn, workspace)?;
            table::newer(conn, ctx, workspace, &filter, &wish.newest)
        })
        .await?;
    let most = u64::try_from(COUNTED).unwrap_or(u64::MAX);
    let words = format!("{} newer {}", numbers::count_up_to(count, most), if count == 1 { "run" } else { "runs" });
    let page = RunListPage {
        filters: Vec::new(),
        filtered: false,
        query: asked.query(),
        newest: asked.newest,
        newer: (count > 0).then_some(words),
        one_environment: false,
        runs: Vec::new(),
        pager: Pager::default(),
        layout: Layout { title: "Runs".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page.as_newer())
}

fn pager(layout: &Layout, query: &str, page: &Page<Listed>) -> Pager {
    let link = |key: &str, id: &str| {
        let sep = if query.is_empty() { "" } else { "&" };
        format!("{}/runs?{query}{sep}{key}={id}", layout.home())
    };
    let (first, last) = (page.items.first(), page.items.last());
    Pager {
        summary: numbers::plural(u64::try_from(page.items.len()).unwrap_or(0), "run", "runs") + " on this page.",
        newer: first.filter(|_| page.newer).map(|l| ("Newer runs".to_owned(), link("after", &l.run.id))),
        older: last.filter(|_| page.more).map(|l| ("Older runs".to_owned(), link("before", &l.run.id))),
    }
}

fn row(listed: Listed, now: i64) -> RunRow {
    let Listed { run, flow, environment, sync } = listed;
    let bad = matches!(run.state(), Ok(State::Faulted | State::NeedsAttention));
    let begun = run.started_at.unwrap_or(run.created_at);
    let says = match (&run.error, run.wake_at) {
        (Some(error), _) => error_words(error),
        (None, Some(at)) if run.state == State::Waiting.as_str() => {
            format!("until {}", TimeView::styled(at, now, TimeStyle::Clock).words())
        }
        _ => String::new(),
    };
    RunRow {
        short: short(&run.id).to_owned(),
        status: StatusView::run(&run.state),
        bad,
        says,
        flow,
        version: run.version_number.unsigned_abs(),
        sync: colour(sync),
        environment,
        started: TimeView::styled(begun, now, TimeStyle::Clock),
        took: if run.started_at.is_some() || run.finished_at.is_some() {
            numbers::duration(millis(begun, run.finished_at.unwrap_or(now)))
        } else {
            String::new()
        },
        trigger: trigger_words(&run.trigger_).to_owned(),
        test: run.test,
        id: run.id,
    }
}
