//! Releases: pushed, looked at, synced, restored, compared.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, JsonBody};
use super::caller::Caller;
use super::change::Answer;
use super::path::{TwoSides, Ws, WsRelease};
use super::problem::Result;
use super::query::{List, Query, Wanted};
use super::shape::release::{Release, WholeRelease};
use super::shape::release_acts::{PushAnswer, ReleaseChange, ReleaseChanges, RestoreAnswer, SyncAnswer};
use super::{errors, headers};
use crate::app::release::push::Push;
use crate::app::release::restore::preview::preview;
use crate::app::release::restore::{self, restore as bring_back};
use crate::app::release::sync::{Ask, sync as carry};
use crate::app::release::{self, look};
use crate::app::{self, Ctx, workspace};
use crate::store::conn::Conn;
use crate::store::releases::{self, Filter};
use crate::store::workspaces::Workspace;
use crate::web::costly::Costly;

/// Which releases are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReleasesQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Releases older than this number.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Releases newer than this number.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
    /// Only those that can be restored.
    restorable: Option<bool>,
    /// Only those that were in production (true), or never (false).
    synced: Option<bool>,
}

/// List releases, newest first.
#[utoipa::path(get, path = "/{ws}/releases", tag = "releases", params(Ws, ReleasesQuery), responses(
    (status = 200, description = "Releases, newest first", body = List<Release>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<ReleasesQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| text.parse::<i64>().ok())?;
    let filter = Filter { restorable: query.restorable.unwrap_or(false), synced: query.synced, ..Filter::default() };
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let page = look::list(conn, ctx, &workspace, &filter, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |row| row.release.number.to_string()).map(|row| Release::from(&row)))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// What is pushed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"comment": "Pre-orders", "backup": true}))]
pub struct NewRelease {
    /// What changed and why.
    #[serde(default)]
    comment: String,
    /// *Backup version*: whether the release can be restored.
    #[serde(default)]
    backup: bool,
    /// Flows whose drafts go out, by slug or id; all that are ready when absent.
    flows: Option<Vec<String>>,
}

impl JsonBody for NewRelease {}

/// Push: publish the ready drafts, deploy them to development, keep a numbered release.
#[utoipa::path(post, path = "/{ws}/releases", tag = "releases", params(Ws, headers::Changes), request_body = NewRelease, responses(
    (status = 201, description = "Pushed", body = PushAnswer),
    errors::Changing,
))]
pub async fn push(caller: Caller, path: web::Path<Ws>, change: Change<NewRelease>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let ask = Push { comment: body.comment, backup: body.backup, flows: body.flows, seen: None };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let done = release::push::push(conn, ctx, &workspace, &ask)?;
        let row = look::whole(conn, ctx, &workspace, done.release.clone())?.row;
        Ok((Answer::ok(&PushAnswer::of(&done, &row))?.status(StatusCode::CREATED), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

fn find(conn: &mut Conn, ctx: &Ctx, path: &WsRelease) -> app::Result<(Workspace, releases::Release)> {
    let workspace = workspace::find(conn, ctx, &path.ws)?;
    let found = release::find(conn, &workspace, &path.n)?;
    Ok((workspace, found))
}

/// Read a release with what it holds and where it went.
#[utoipa::path(get, path = "/{ws}/releases/{n}", tag = "releases", params(WsRelease), responses(
    (status = 200, description = "The release", body = WholeRelease),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsRelease>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (workspace, found) = find(conn, ctx, &path)?;
        look::whole(conn, ctx, &workspace, found)
    });
    Ok(HttpResponse::Ok().json(WholeRelease::from(&found.await?)))
}

/// What a release changed against the one before it.
#[utoipa::path(get, path = "/{ws}/releases/{n}/changes", tag = "releases", params(WsRelease), responses(
    (status = 200, description = "What changed", body = ReleaseChanges),
    errors::Reading,
))]
pub async fn changes(caller: Caller, path: web::Path<WsRelease>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (workspace, found) = find(conn, ctx, &path)?;
        let (before, changes) = release::compare::changes(conn, ctx, &workspace, &found)?;
        Ok(ReleaseChanges {
            from: before.map(|number| format!("release:{number}")),
            to: format!("release:{}", found.number),
            changes: changes.into_iter().map(ReleaseChange::from).collect(),
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// A release as one file: its manifest with the contents of its versions. The same release gives the same bytes. It is to
/// read and to keep: an import takes exports of flows and of the workspace.
#[utoipa::path(get, path = "/{ws}/releases/{n}/export", tag = "releases", params(WsRelease), responses(
    (status = 200, description = "The file", body = Object),
    errors::Exporting,
))]
pub async fn export(caller: Caller, path: web::Path<WsRelease>, costly: web::Data<Costly>) -> Result<HttpResponse> {
    Costly::call(&costly, &caller)?;
    let vault = caller.state.vault.clone();
    let found = caller.read(move |conn, ctx| {
        let (workspace, found) = find(conn, ctx, &path)?;
        release::export::export(conn, ctx, &vault, &workspace, &found)
    });
    Ok(HttpResponse::Ok().content_type("application/json").body(found.await?))
}

/// Where a release goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"environment": "production"}))]
pub struct NewSync {
    /// The environment, by slug or id.
    environment: String,
    /// Why; the release's own comment when absent.
    #[serde(default)]
    comment: String,
    /// Flows that go, by slug or id; all when absent. Refused when nothing would go and nothing of it stands there.
    flows: Option<Vec<String>>,
    /// Whether configuration values travel too; values managed there are always kept.
    #[serde(default = "yes")]
    configuration: bool,
    /// In a protected environment: make a proposal for each flow. The release is synced once they are carried out;
    /// configuration values stay behind.
    #[serde(default)]
    propose: bool,
}

const fn yes() -> bool {
    true
}

impl JsonBody for NewSync {}

/// Sync a release to an environment in one go; one refusal refuses all.
#[utoipa::path(post, path = "/{ws}/releases/{n}/sync", tag = "releases", params(WsRelease, headers::Changes), request_body = NewSync, responses(
    (status = 200, description = "Synced, or proposed", body = SyncAnswer),
    errors::Changing,
))]
pub async fn sync(caller: Caller, path: web::Path<WsRelease>, change: Change<NewSync>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let ask = Ask {
        comment: body.comment,
        flows: body.flows,
        without_configuration: !body.configuration,
        propose: body.propose,
        ..Ask::default()
    };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, found) = find(conn, ctx, &path)?;
        let environment = workspace::environment(conn, &workspace, &body.environment)?;
        let done = carry(conn, ctx, &workspace, &found, &environment, &ask)?;
        let row = look::whole(conn, ctx, &workspace, done.release.clone())?.row;
        Ok((Answer::ok(&SyncAnswer::of(&done, &row))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// How a release is restored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"preview": true}))]
pub struct NewRestore {
    /// Only says what would come back.
    #[serde(default)]
    preview: bool,
    /// Why.
    #[serde(default)]
    comment: String,
    /// The preview this is based on; another one by now is refused as stale.
    seen: Option<String>,
}

impl JsonBody for NewRestore {}

/// Restore a release into working drafts and draft configurations. Nothing that is live changes.
#[utoipa::path(post, path = "/{ws}/releases/{n}/restore", tag = "releases", params(WsRelease, headers::Changes), request_body = NewRestore, responses(
    (status = 200, description = "Restored, or what would be", body = RestoreAnswer),
    errors::Changing,
))]
pub async fn restore(caller: Caller, path: web::Path<WsRelease>, change: Change<NewRestore>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, found) = find(conn, ctx, &path)?;
        if body.preview {
            ctx.allow(crate::domain::access::Permission::Edit, Some(&workspace.id()))?;
            let would = preview(conn, ctx, &workspace, &found)?;
            return Ok((Answer::ok(&RestoreAnswer::preview(found.number, &would))?, ()));
        }
        let ask = restore::Ask { comment: body.comment, seen: body.seen };
        let done = bring_back(conn, ctx, &workspace, &found, &ask)?;
        Ok((Answer::ok(&RestoreAnswer::done(found.number, &done))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Compare releases with each other, with what is live, or with what stands in the editors.
#[utoipa::path(get, path = "/{ws}/compare/{a}/{b}", tag = "releases", params(TwoSides), responses(
    (status = 200, description = "What differs", body = ReleaseChanges),
    errors::Reading,
))]
pub async fn compare(caller: Caller, path: web::Path<TwoSides>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let (a, b) = release::compare::read(&path.a, &path.b)?;
        let found = release::compare::sides(conn, ctx, &workspace, &a, &b)?;
        let changes = found.differences.into_iter().map(ReleaseChange::from).collect();
        Ok(ReleaseChanges { from: Some(a.to_string()), to: b.to_string(), changes })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
