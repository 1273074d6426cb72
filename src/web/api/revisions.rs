//! Revisions of a version: the hot-fixes of a live one (PRODUCT §3.6).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{Change, IfMatch, JsonBody, WITH_DEFINITION};
use super::caller::Caller;
use super::change::Answer;
use super::path::WsFlowVersion;
use super::problem::Result;
use super::query::List;
use super::shape::at;
use super::shape::deployment::Record;
use super::shape::version::Version;
use super::strict::Strict;
use super::{errors, headers};
use crate::app::Ctx;
use crate::app::version::hotfix::{Hotfix, hotfix};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::contents;

/// What a hot-fix changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"settings": {"key": ".order.id"}, "note": "Sticky by order"}))]
pub struct NewRevision {
    /// The whole new definition, as text or JSON; its steps and their wiring must be the same.
    #[schema(value_type = Option<Value>)]
    definition: Option<Strict>,
    /// The whole new settings.
    #[schema(value_type = Option<Object>)]
    settings: Option<Strict>,
    /// Why; always needed.
    #[serde(default)]
    note: String,
}

impl JsonBody for NewRevision {
    const LIMIT: usize = WITH_DEFINITION;
}

/// A revision of a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revision {
    /// 0 at publication.
    pub revision: i64,
    /// Hash of definition and settings.
    pub hash: String,
    /// Why.
    pub note: String,
    /// Who.
    pub by: String,
    /// RFC 3339.
    pub at: String,
}

/// A version after a hot-fix, and where it took effect.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hotfixed {
    /// The version with its newest revision.
    pub version: Version,
    /// The change of each place where it is live.
    pub records: Vec<Record>,
}

/// List the revisions of a version, newest first.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/versions/{v}/revisions", tag = "versions", params(WsFlowVersion), responses(
    (status = 200, description = "Revisions, newest first", body = List<Revision>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<WsFlowVersion>) -> Result<HttpResponse> {
    let list = caller.read(move |conn, ctx| {
        let (flow, row) = path.find(conn, ctx)?;
        ctx.allow(Permission::Read, Some(&flow.workspace()))?;
        let rows = contents::revisions(conn, &row.id)?;
        let one = |r: contents::Revision| Revision {
            revision: r.revision,
            hash: r.content_hash,
            note: r.note,
            by: r.created_by,
            at: at(r.created_at),
        };
        Ok(List { items: rows.into_iter().map(one).collect(), next: None })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Hot-fix a live version: properties and settings change, steps do not. New runs take the new revision at once.
#[utoipa::path(post, path = "/{ws}/flows/{flow}/versions/{v}/revisions", tag = "versions", params(WsFlowVersion, headers::Guarded), request_body = NewRevision, responses(
    (status = 201, description = "In place", body = Hotfixed),
    errors::Changing,
))]
pub async fn create(
    caller: Caller,
    path: web::Path<WsFlowVersion>,
    if_match: IfMatch,
    change: Change<NewRevision>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let text = body.definition.map(|definition| match definition.0 {
        Value::String(text) => text,
        other => other.to_string(),
    });
    let fix = Hotfix { text, settings: body.settings.map(|s| s.0), note: body.note, based_on: if_match.optional() };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, row) = path.find(conn, ctx)?;
        let (fixed, records) = hotfix(conn, ctx, &flow, &row, &fix)?;
        let version = Version::reload(conn, ctx, &flow, &fixed.id)?;
        let lock = version.summary.lock_version;
        let records = records.into_iter().map(Record::from).collect();
        Ok((Answer::ok(&Hotfixed { version, records })?.status(StatusCode::CREATED).tagged(lock), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}
