//! Editing a draft: definition and settings, each against the version that was read; and its publication.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Change, IfMatch, JsonBody, Text};
use super::caller::Caller;
use super::change::{Answer, Once};
use super::path::WsFlowVersion;
use super::problem::Result;
use super::shape::version::Version;
use super::strict::Strict;
use super::{errors, headers};
use crate::app::Ctx;
use crate::app::version::publish::{Publication, publish};
use crate::app::version::save::{Edit, save};
use crate::store::conn::Conn;

/// A version's settings, whole: what is absent is not set any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({"key": ".order.id"}))]
pub struct Settings(Strict);

impl JsonBody for Settings {}

/// What goes with a publication.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "Cheaper carrier for small parcels", "reference": "SHOP-1204", "label": "autumn"}))]
pub struct NewPublication {
    /// What changed and why.
    note: Option<String>,
    /// Ticket or commit.
    reference: Option<String>,
    /// Unique in the flow; usable wherever a version is named.
    label: Option<String>,
}

impl JsonBody for NewPublication {}

/// Save a draft's definition: YAML or JSON, as its author writes it. Problems never stop a save.
#[utoipa::path(put, path = "/{ws}/flows/{flow}/versions/{v}/definition", tag = "versions", params(WsFlowVersion, headers::Edits),
    request_body(content((String = "application/yaml"), (Object = "application/json"))), responses(
    (status = 200, description = "Saved", body = Version, headers(("ETag" = String, description = "To edit against next time"))),
    errors::Editing,
))]
pub async fn definition(caller: Caller, path: web::Path<WsFlowVersion>, if_match: IfMatch, change: Change<Text>) -> Result<HttpResponse> {
    let edit = Edit { text: Some(change.body.0), ..Edit::default() };
    write(&caller, path.into_inner(), if_match.required()?, edit, change.once).await
}

/// Save a draft's settings.
#[utoipa::path(put, path = "/{ws}/flows/{flow}/versions/{v}/settings", tag = "versions", params(WsFlowVersion, headers::Edits), request_body = Settings, responses(
    (status = 200, description = "Saved", body = Version, headers(("ETag" = String, description = "To edit against next time"))),
    errors::Editing,
))]
pub async fn settings(caller: Caller, path: web::Path<WsFlowVersion>, if_match: IfMatch, change: Change<Settings>) -> Result<HttpResponse> {
    let edit = Edit { settings: Some(change.body.0.0), ..Edit::default() };
    write(&caller, path.into_inner(), if_match.required()?, edit, change.once).await
}

async fn write(caller: &Caller, path: WsFlowVersion, based_on: Option<i64>, edit: Edit, once: Option<Once>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, row) = path.find(conn, ctx)?;
        let (saved, _) = save(conn, ctx, &flow, &row, &edit, based_on)?;
        let saved = Version::reload(conn, ctx, &flow, &saved.id)?;
        Ok((Answer::ok(&saved)?.tagged(saved.summary.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Publish a draft: it is frozen under the hash of its content.
#[utoipa::path(post, path = "/{ws}/flows/{flow}/versions/{v}/publication", tag = "versions", params(WsFlowVersion, headers::Guarded), request_body = NewPublication, responses(
    (status = 200, description = "Published", body = Version),
    errors::Changing,
))]
pub async fn publication(
    caller: Caller,
    path: web::Path<WsFlowVersion>,
    if_match: IfMatch,
    change: Change<NewPublication>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let publication = Publication {
        note: body.note.unwrap_or_default(),
        reference: body.reference.unwrap_or_default(),
        label: body.label.unwrap_or_default(),
        based_on: if_match.optional(),
    };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, row) = path.find(conn, ctx)?;
        let published = publish(conn, ctx, &flow, &row, &publication)?;
        let published = Version::reload(conn, ctx, &flow, &published.id)?;
        Ok((Answer::ok(&published)?.tagged(published.summary.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}
