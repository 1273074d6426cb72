//! `GET /history`: what was done to the instance itself, which belongs to no workspace.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::asked::{Asked, Choices};
use super::pager;
use crate::app::{history, people};
use crate::store::page::DEFAULT_LIMIT;
use crate::web::components::event::by_day;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::history::HistoryPage;
use crate::web::views::event::{Names, folded};
use crate::web::visitor::Visitor;

/// Its address.
const BASE: &str = "/history";

/// `GET /history`
///
/// # Errors
/// Not an admin of the instance.
pub async fn of_instance(visitor: Visitor, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked = asked.into_inner();
    let (filter, errors) = asked.filter();
    let direction = asked.direction();
    let (layout, (page, people)) = visitor
        .plain_page(Place::Elsewhere, move |conn, ctx| {
            let page = history::of_instance(conn, ctx, &filter, &direction, DEFAULT_LIMIT)?;
            Ok((page, people::names(conn)?))
        })
        .await?;
    let names = Names { home: layout.home(), ..Names::default() };
    let query = asked.query();
    let shown = HistoryPage {
        crumbs: None,
        tabs: None,
        exports: Vec::new(),
        seen: Vec::new(),
        as_of: None,
        filters: asked.fields(Choices { flows: None, people: Some(people), instance: true }, &errors),
        filtered: !query.is_empty(),
        pager: pager(BASE, &query, &page),
        days: by_day(folded(&page.items, &names), visitor.state.now().0),
        layout: Layout { title: "History of the instance".into(), ..layout },
        heading: "History of the instance".to_owned(),
        base: BASE.to_owned(),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    htmx::reply(visitor.hx, status, &shown, &shown.as_events())
}
