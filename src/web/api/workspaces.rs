//! Workspaces: each has its own flows, components and environments.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::path::Ws;
use super::problem::Result;
use super::query::List;
use super::shape::at;
use super::{errors, headers, words};
use crate::app::{Ctx, workspace};
use crate::store::conn::Conn;
use crate::store::workspaces;

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workspace {
    /// `ws_…`
    pub id: String,
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Whose words its pages use for states; the API keeps its own.
    #[schema(value_type = words::Vocabulary)]
    pub words: String,
    /// RFC 3339.
    pub created_at: String,
    /// Counts changes; for `If-Match`.
    pub revision: i64,
}

impl From<&workspaces::Workspace> for Workspace {
    fn from(row: &workspaces::Workspace) -> Self {
        Self {
            id: row.id.clone(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            words: row.words.clone(),
            created_at: at(row.created_at),
            revision: row.lock_version,
        }
    }
}

/// A workspace to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"slug": "logistics", "name": "Logistics", "words": "signalbox"}))]
pub struct NewWorkspace {
    /// As in addresses; made from the name when absent. It stays for good.
    #[serde(default)]
    slug: String,
    /// For people.
    name: String,
    /// Whose words its pages use for states; our own when absent.
    #[serde(default)]
    #[schema(value_type = Option<words::Vocabulary>)]
    words: String,
}

impl JsonBody for NewWorkspace {}

/// What is to change of a workspace; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"words": "patchworks"}))]
pub struct WorkspaceChange {
    /// For people.
    name: Option<String>,
    /// Whose words its pages use for states.
    #[schema(value_type = Option<words::Vocabulary>)]
    words: Option<String>,
}

impl JsonBody for WorkspaceChange {}

/// List the workspaces that the caller sees, oldest first.
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", responses(
    (status = 200, description = "Workspaces, oldest first", body = List<Workspace>),
    errors::Reading,
))]
pub async fn list(caller: Caller) -> Result<HttpResponse> {
    let found = caller.read(|conn, ctx| Ok(workspace::list(conn, ctx)?.iter().map(Workspace::from).collect()));
    Ok(HttpResponse::Ok().json(List { items: found.await?, next: None }))
}

/// Make a workspace with development and production, ready for deployments.
#[utoipa::path(post, path = "/workspaces", tag = "workspaces", params(headers::Changes), request_body = NewWorkspace, responses(
    (status = 201, description = "Made", body = Workspace),
    errors::Changing,
))]
pub async fn create(caller: Caller, change: Change<NewWorkspace>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let new = workspace::New { slug: body.slug, name: body.name, words: body.words };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let made = workspace::create(conn, ctx, &new)?;
        Ok((Answer::ok(&Workspace::from(&made))?.status(StatusCode::CREATED).tagged(made.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Read a workspace.
#[utoipa::path(get, path = "/workspaces/{ws}", tag = "workspaces", params(Ws), responses(
    (status = 200, description = "The workspace", body = Workspace),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<Ws>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| workspace::find(conn, ctx, &path.ws)).await?;
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.lock_version))).json(Workspace::from(&found)))
}

/// Change a workspace's name or words.
#[utoipa::path(patch, path = "/workspaces/{ws}", tag = "workspaces", params(Ws, headers::Guarded), request_body = WorkspaceChange, responses(
    (status = 200, description = "Changed", body = Workspace),
    errors::Changing,
))]
pub async fn change(caller: Caller, path: web::Path<Ws>, if_match: IfMatch, change: Change<WorkspaceChange>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let (changes, expect) = (workspace::Changes { name: body.name, words: body.words }, if_match.optional());
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let row = workspace::find(conn, ctx, &path.ws)?;
        let changed = workspace::change(conn, ctx, &row, &changes, expect)?;
        Ok((Answer::ok(&Workspace::from(&changed))?.tagged(changed.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}
