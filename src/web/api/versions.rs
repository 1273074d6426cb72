//! Versions: made, listed, read, deleted.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody, WITH_DEFINITION};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::flows::text_of;
use super::path::{WsFlow, WsFlowVersion};
use super::problem::Result;
use super::query::{List, Query, Wanted, word};
use super::shape::version::{Version, VersionSummary, summaries};
use super::strict::Strict;
use super::words::{self, VersionName};
use super::{errors, headers};
use crate::app::version::create::{OtherDraft, from_text, from_version};
use crate::app::version::save::{Edit, save};
use crate::app::version::{self, Document, table};
use crate::app::{self, Ctx};
use crate::domain::version::Lifecycle;
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::flows::Flow;
use crate::store::versions::{Shown, Version as Row};

/// A draft to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "latest", "note": "cheaper carrier"}))]
pub struct NewVersion {
    /// The version it is made from: text, settings and lineage. When absent, the newest published version, or else the working draft.
    from: Option<VersionName>,
    /// Another definition than that of `from`: JSON, or a text in YAML or JSON.
    #[schema(value_type = Option<Value>)]
    definition: Option<Strict>,
    /// What is about to change and why.
    note: Option<String>,
    /// In a flow that keeps a single draft: what to do about another one. Refused with `draft_exists` when absent.
    other_draft: Option<OtherDraftChoice>,
}

/// What to do about another draft.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherDraftChoice {
    /// Refuse.
    Ask,
    /// Put the new text over it.
    Overwrite,
    /// Keep it as an extra draft.
    Keep,
}

impl JsonBody for NewVersion {
    const LIMIT: usize = WITH_DEFINITION;
}

/// Which versions are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Versions with smaller numbers than this.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Versions with greater numbers than this.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
    /// Only these; all but archived ones when absent.
    #[param(value_type = Option<words::Lifecycle>)]
    lifecycle: Option<String>,
}

/// Make a draft.
#[utoipa::path(post, path = "/{ws}/flows/{flow}/versions", tag = "versions", params(WsFlow, headers::Changes), request_body = NewVersion, responses(
    (status = 201, description = "Made", body = Version, headers(("Location" = String, description = "The version"), ("ETag" = String, description = "To edit against"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<WsFlow>, change: Change<NewVersion>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, flow) = path.find(conn, ctx)?;
        let made = make(conn, ctx, &flow, body)?;
        let made = Version::reload(conn, ctx, &flow, &made.id)?;
        let location = format!("/api/v1/{}/flows/{}/versions/{}", workspace.slug, flow.slug, made.summary.number);
        Ok((Answer::ok(&made)?.created(location).tagged(made.summary.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

fn make(conn: &mut Conn, ctx: &Ctx, flow: &Flow, body: NewVersion) -> app::Result<Row> {
    let other = match body.other_draft {
        None | Some(OtherDraftChoice::Ask) => OtherDraft::Ask,
        Some(OtherDraftChoice::Overwrite) => OtherDraft::Overwrite,
        Some(OtherDraftChoice::Keep) => OtherDraft::Keep,
    };
    let from = match &body.from {
        Some(name) => Some(version::find(conn, flow, &name.to_string())?),
        None => [version::find(conn, flow, "latest"), version::find(conn, flow, "draft")].into_iter().find_map(app::Result::ok),
    };
    let made = match (body.definition, &from) {
        (Some(definition), from) => {
            let settings = match from {
                Some(from) => version::document(conn, &from.id)?.settings,
                None => json!({}),
            };
            let text = text_of(definition);
            if text.len() > version::save::LONGEST {
                return Err(app::Error::invalid(
                    "definition",
                    "A definition may have at most 1 MiB. Move parts of it into flows of their own.",
                ));
            }
            from_text(conn, ctx, flow, Document { text, settings }, from.as_ref(), other)?
        }
        (None, Some(from)) => from_version(conn, ctx, flow, from, other)?,
        (None, None) => return Err(app::Error::invalid("definition", "This flow has no version to start from. Send a definition.")),
    };
    match body.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        None => Ok(made),
        Some(note) => {
            let note = crate::domain::names::parse_note(note).map_err(|error| app::Error::invalid("note", error.to_string()))?;
            Ok(save(conn, ctx, flow, &made, &Edit { note, ..Edit::default() }, None)?.0)
        }
    }
}

/// List a flow's versions, newest first.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/versions", tag = "versions", params(WsFlow, VersionsQuery), responses(
    (status = 200, description = "Versions, newest first", body = List<VersionSummary>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<WsFlow>, query: Query<VersionsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let part = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() }
        .read(|text| text.parse::<i64>().ok())?;
    let shown = match word::<Lifecycle>("lifecycle", query.lifecycle.as_deref())? {
        None => Shown::All,
        Some(Lifecycle::Draft) => Shown::Drafts,
        Some(Lifecycle::Published) => Shown::Published,
        Some(Lifecycle::Archived) => Shown::Archived,
    };
    let list = caller.read(move |conn, ctx| {
        let (_, flow) = path.find(conn, ctx)?;
        let table = table::table(conn, ctx, &flow, shown, &part.from, part.limit)?;
        let rows = List::of(table.page, &part.from, |row| row.version.number.to_string());
        let ids: Vec<String> = rows.items.iter().map(|row| row.version.id.clone()).collect();
        let was_live = deployments::environments_of_versions(conn, &ids)?;
        Ok(List { items: summaries(rows.items, &table.environments, &was_live), next: rows.next })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Read a version.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/versions/{v}", tag = "versions", params(WsFlowVersion), responses(
    (status = 200, description = "The version", body = Version, headers(("ETag" = String, description = "To edit against"))),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsFlowVersion>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (flow, row) = path.find(conn, ctx)?;
        Version::load(conn, ctx, &flow, row)
    });
    let found = found.await?;
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.summary.lock_version))).json(found))
}

/// Move a version to the bin.
#[utoipa::path(delete, path = "/{ws}/flows/{flow}/versions/{v}", tag = "versions", params(WsFlowVersion, headers::Guarded), responses(
    (status = 204, description = "In the bin for 30 days"),
    errors::Changing,
))]
pub async fn delete(caller: Caller, path: web::Path<WsFlowVersion>, if_match: IfMatch, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, row) = path.find(conn, ctx)?;
        unmoved(&row, if_match)?;
        version::bin::delete(conn, ctx, &flow, &row)?;
        Ok((Answer::none(), ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}

/// Refuses when the version is another than the one the caller looked at.
fn unmoved(row: &Row, if_match: IfMatch) -> app::Result<()> {
    match if_match.optional() {
        Some(seen) if seen != row.lock_version => Err(app::Error::Stale {
            message: format!("{} saved version {} in the meantime. Look at it again.", row.updated_by, row.number),
            current: json!({"number": row.number, "etag": row.lock_version, "saved_by": row.updated_by}),
        }),
        _ => Ok(()),
    }
}

/// A body that holds nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl JsonBody for Nothing {}
