//! A history as a file: what the filters leave, read and sent a page at a time.

use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, ContentType, DispositionParam, DispositionType};
use actix_web::web::{Bytes, Data, Path, Query};
use futures_util::stream;

use super::asked::Asked;
use super::{Direction, Whose};
use crate::app::history::export::{self, Format};
use crate::app::{history, workspace as workspaces};
use crate::store::events::Filter;
use crate::web::costly::Costly;
use crate::web::error::PageError;
use crate::web::visitor::Visitor;

/// Events that are read and sent at once.
const BATCH: i64 = 500;

/// `GET /w/{ws}/history/export.{csv|json}`
///
/// # Errors
/// No such workspace or format; a day that cannot be read; asked too often.
pub async fn of_workspace(
    visitor: Visitor,
    path: Path<(String, String)>,
    asked: Query<Asked>,
    costly: Data<Costly>,
) -> Result<HttpResponse, PageError> {
    Costly::page(&costly, &visitor)?;
    let (workspace, format) = path.into_inner();
    file(visitor, workspace, Whose::Workspace, &format, &asked).await
}

/// `GET /w/{ws}/flows/{flow}/history/export.{csv|json}`
///
/// # Errors
/// As [`of_workspace`]; no such flow.
pub async fn of_flow(
    visitor: Visitor,
    path: Path<(String, String, String)>,
    asked: Query<Asked>,
    costly: Data<Costly>,
) -> Result<HttpResponse, PageError> {
    Costly::page(&costly, &visitor)?;
    let (workspace, flow, format) = path.into_inner();
    file(visitor, workspace, Whose::Flow(flow), &format, &asked).await
}

/// `GET /w/{ws}/environments/{env}/history/export.{csv|json}`
///
/// # Errors
/// As [`of_workspace`]; no such environment.
pub async fn of_environment(
    visitor: Visitor,
    path: Path<(String, String, String)>,
    asked: Query<Asked>,
    costly: Data<Costly>,
) -> Result<HttpResponse, PageError> {
    Costly::page(&costly, &visitor)?;
    let (workspace, environment, format) = path.into_inner();
    file(visitor, workspace, Whose::Environment(environment), &format, &asked).await
}

/// `GET /w/{ws}/people/{person}/history/export.{csv|json}`
///
/// # Errors
/// As [`of_workspace`]; no such person.
pub async fn of_person(
    visitor: Visitor,
    path: Path<(String, String, String)>,
    asked: Query<Asked>,
    costly: Data<Costly>,
) -> Result<HttpResponse, PageError> {
    Costly::page(&costly, &visitor)?;
    let (workspace, person, format) = path.into_inner();
    file(visitor, workspace, Whose::Person(person), &format, &asked).await
}

/// Where the export stands between two pages.
struct Going {
    visitor: Visitor,
    workspace: String,
    filter: Filter,
    format: Format,
    from: Direction<i64>,
    first: bool,
    done: bool,
}

async fn file(visitor: Visitor, workspace: String, whose: Whose, format: &str, asked: &Asked) -> Result<HttpResponse, PageError> {
    let format: Format = format.parse().map_err(|e| PageError::Address(format!("{e}")))?;
    let (filter, errors) = asked.filter();
    if !errors.is_empty() {
        return Err(PageError::Address("write days as year, month, day: 2026-11-19".into()));
    }
    let (named, flow_name) = (workspace.clone(), asked.flow.clone());
    let filter = visitor.read(move |conn, ctx| {
        let workspace = workspaces::find(conn, ctx, &named)?;
        whose.find(conn, &workspace)?.narrow(conn, &workspace, &flow_name, filter)
    });
    let going = Going { filter: filter.await?, visitor, workspace, format, from: Direction::Newest, first: true, done: false };
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("history.{format}"))],
    };
    let kind = match format {
        Format::Csv => ContentType("text/csv; charset=utf-8".parse().map_err(|_| PageError::Fault("a content type".into()))?),
        Format::Json => ContentType::json(),
    };
    Ok(HttpResponse::Ok().insert_header(kind).insert_header(disposition).streaming(stream::unfold(going, next)))
}

/// The next piece of the file; a reader that stops reading stops the queries.
async fn next(mut going: Going) -> Option<(Result<Bytes, PageError>, Going)> {
    if going.done {
        return None;
    }
    let (workspace, filter, from) = (going.workspace.clone(), going.filter.clone(), going.from.clone());
    let read = going.visitor.read(move |conn, ctx| {
        let workspace = workspaces::find(conn, ctx, &workspace)?;
        history::list(conn, ctx, &workspace, &filter, &from, BATCH)
    });
    let page = match read.await {
        Ok(page) => page,
        Err(error) => {
            going.done = true;
            return Some((Err(error), going));
        }
    };
    let mut text = if going.first { export::begin(going.format) } else { String::new() };
    for (index, event) in page.items.iter().enumerate() {
        text.push_str(&export::entry(going.format, event, going.first && index == 0));
    }
    if let Some(last) = page.items.last() {
        going.from = Direction::Before(last.seq);
    }
    (going.first, going.done) = (false, !page.more);
    if going.done {
        text.push_str(export::end(going.format));
    }
    Some((Ok(Bytes::from(text)), going))
}
