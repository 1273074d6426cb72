//! Packages: kept, looked at, deployed and taken back as a set.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::path::{Ws, WsPackage};
use super::problem::Result;
use super::query::{List, Query, Wanted};
use super::rolling::{Asked, RollWish};
use super::shape::package::{Package, PackageChange, PackageDeployment, PackagePreview, PackageReturned};
use super::shape::rollout::{Guard, Stage};
use super::versions::Nothing;
use super::words::{self, VersionName};
use super::{errors, headers};
use crate::app::package::edit::{self, Draft, DraftItem};
use crate::app::package::go::{Go, go};
use crate::app::package::{back, compare, look};
use crate::app::{self, Ctx, workspace};
use crate::domain::ids::PackageId;
use crate::domain::rollout::Advance;
use crate::store::conn::Conn;
use crate::store::packages;
use crate::store::workspaces::Workspace;

/// A package as it is to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Spring prices", "items": [{"flow": "order-intake", "version": 4, "priority": 10}, {"flow": "invoices", "version": "latest"}]}))]
pub struct NewPackage {
    /// Unique in the workspace.
    name: String,
    /// What it is for.
    #[serde(default)]
    note: String,
    /// At most one version of any flow.
    items: Vec<NewItem>,
}

/// A flow version that is to be in a package.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// The flow, by slug or id.
    flow: String,
    /// Its version.
    version: VersionName,
    /// Its queue priority, −1,000 to 1,000; 0 when absent.
    #[serde(default)]
    priority: i64,
}

impl JsonBody for NewPackage {}

impl From<NewPackage> for Draft {
    fn from(body: NewPackage) -> Self {
        let item = |i: NewItem| DraftItem { flow: i.flow, version: i.version.to_string(), priority: i.priority };
        Self { name: body.name, note: body.note, items: body.items.into_iter().map(item).collect() }
    }
}

/// Which packages are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PackagesQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Packages older than this id.
    before: Option<String>,
    /// Packages newer than this id.
    after: Option<String>,
}

/// List packages, newest first.
#[utoipa::path(get, path = "/{ws}/packages", tag = "deployments", params(Ws, PackagesQuery), responses(
    (status = 200, description = "Packages, newest first", body = List<Package>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<PackagesQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| PackageId::parse(text).map(String::from))?;
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let page = look::list(conn, ctx, &workspace, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |found| found.package.id.clone()).map(Package::from))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Make a package.
#[utoipa::path(post, path = "/{ws}/packages", tag = "deployments", params(Ws, headers::Changes), request_body = NewPackage, responses(
    (status = 201, description = "Made", body = Package, headers(("ETag" = String, description = "Its revision"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<Ws>, change: Change<NewPackage>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let draft = Draft::from(body);
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let made = edit::create(conn, ctx, &workspace, &draft)?;
        Ok((shown(conn, made)?.status(StatusCode::CREATED), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Read a package with its deployments.
#[utoipa::path(get, path = "/{ws}/packages/{pkg}", tag = "deployments", params(WsPackage), responses(
    (status = 200, description = "The package", body = Package, headers(("ETag" = String, description = "Its revision"))),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsPackage>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, package) = find(conn, ctx, &path)?;
        look::whole(conn, package)
    });
    let found = Package::from(found.await?);
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.revision))).json(found))
}

/// Change a package. Flows can be taken out only while it was never deployed; what went out stays as it is.
#[utoipa::path(put, path = "/{ws}/packages/{pkg}", tag = "deployments", params(WsPackage, headers::Guarded), request_body = NewPackage, responses(
    (status = 200, description = "Changed", body = Package, headers(("ETag" = String, description = "Its revision"))),
    errors::Changing,
))]
pub async fn update(caller: Caller, path: web::Path<WsPackage>, if_match: IfMatch, change: Change<NewPackage>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let (draft, expect) = (Draft::from(body), if_match.optional());
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, before) = find(conn, ctx, &path)?;
        let changed = edit::edit(conn, ctx, &workspace, &before, expect.unwrap_or(before.lock_version), &draft)?;
        Ok((shown(conn, changed)?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Take a package away that was never deployed.
#[utoipa::path(delete, path = "/{ws}/packages/{pkg}", tag = "deployments", params(WsPackage, headers::Changes), responses(
    (status = 204, description = "Gone"),
    errors::Changing,
))]
pub async fn delete(caller: Caller, path: web::Path<WsPackage>, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, found) = find(conn, ctx, &path)?;
        edit::delete(conn, ctx, &workspace, &found)?;
        Ok((Answer::none(), ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}

/// Where a package would go.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// The environment, by slug or id.
    environment: String,
}

/// Compare what stands in an environment with what a package would put there.
#[utoipa::path(get, path = "/{ws}/packages/{pkg}/preview", tag = "deployments", params(WsPackage, PreviewQuery), responses(
    (status = 200, description = "What would change, flow by flow", body = PackagePreview),
    errors::Reading,
))]
pub async fn preview(caller: Caller, path: web::Path<WsPackage>, query: Query<PreviewQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let found = caller.read(move |conn, ctx| {
        let (workspace, package) = find(conn, ctx, &path)?;
        let environment = workspace::environment(conn, &workspace, &query.environment)?;
        let compared = compare::compare(conn, ctx, &package, &environment)?;
        Ok(PackagePreview {
            environment: environment.slug,
            items: compared.iter().map(PackageChange::from).collect(),
            deployable: compared.iter().all(|c| c.refused.is_none()) && compared.iter().any(|c| !c.same),
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Where a package goes, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"environment": "production", "comment": "SHOP-1204, as agreed", "expect": {"order-intake": 8}}))]
pub struct NewPackageDeployment {
    /// The environment, by slug or id.
    environment: String,
    /// Why; needed for production.
    #[serde(default)]
    comment: String,
    /// The share of new runs that each flow's version takes: all at once when absent or 100.
    percent: Option<f64>,
    /// Stages of every flow's rollout.
    stages: Option<Vec<Stage>>,
    /// A plan of the workspace instead of percent and stages.
    plan: Option<String>,
    /// What starts the next stage.
    #[schema(value_type = Option<words::Advance>)]
    advance: Option<Advance>,
    /// Guard of every flow's rollout.
    #[schema(value_type = Option<Guard>)]
    guard: Option<Value>,
    /// The routing revisions this is based on, by flow slug; another one by now refuses all.
    #[serde(default)]
    expect: BTreeMap<String, i64>,
}

impl JsonBody for NewPackageDeployment {}

/// Deploy every flow of a package in one go; one refusal refuses all.
#[utoipa::path(post, path = "/{ws}/packages/{pkg}/deployments", tag = "deployments", params(WsPackage, headers::Guarded), request_body = NewPackageDeployment, responses(
    (status = 200, description = "Deployed", body = PackageDeployment),
    errors::Changing,
))]
pub async fn deploy(
    caller: Caller,
    path: web::Path<WsPackage>,
    if_match: IfMatch,
    change: Change<NewPackageDeployment>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let asked = Asked {
        percent: body.percent,
        stages: body.stages.as_deref(),
        plan: body.plan.as_deref(),
        advance: body.advance,
        guard: body.guard.as_ref(),
    };
    let (wish, based_on) = (RollWish::read(&asked)?, if_match.optional());
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, package) = find(conn, ctx, &path)?;
        let environment = workspace::environment(conn, &workspace, &body.environment)?;
        let rolling = wish.resolve(conn, &workspace.id)?;
        let ask = Go { comment: body.comment, typed_name: None, rolling, based_on, expect: body.expect };
        let done = go(conn, ctx, &package, &environment, &ask)?;
        let whole = look::whole(conn, package)?;
        let made = whole.deployments.into_iter().find(|d| d.row.id == done.id);
        let made = made.ok_or_else(|| app::Error::not_found("deployment", &done.id))?;
        Ok((Answer::ok(&PackageDeployment::from(made))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Why a package comes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"environment": "production", "reason": "Totals are wrong"}))]
pub struct Returning {
    /// The environment, by slug or id.
    environment: String,
    /// Why; always needed.
    #[serde(default)]
    reason: String,
    /// Leave flows as they are where something else was deployed since, instead of refusing all.
    #[serde(default)]
    leave_changed: bool,
}

impl JsonBody for Returning {}

/// Take a package's last deployment back: each flow returns to what stood before.
#[utoipa::path(post, path = "/{ws}/packages/{pkg}/rollback", tag = "deployments", params(WsPackage, headers::Changes), request_body = Returning, responses(
    (status = 200, description = "Went back", body = PackageReturned),
    errors::Changing,
))]
pub async fn rollback(caller: Caller, path: web::Path<WsPackage>, change: Change<Returning>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, package) = find(conn, ctx, &path)?;
        let environment = workspace::environment(conn, &workspace, &body.environment)?;
        let done = back::back(conn, ctx, &package, &environment, &body.reason, body.leave_changed)?;
        Ok((Answer::ok(&PackageReturned::from(done))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

fn find(conn: &mut Conn, ctx: &Ctx, path: &WsPackage) -> app::Result<(Workspace, packages::Package)> {
    let workspace = workspace::find(conn, ctx, &path.ws)?;
    let package = look::find(conn, &workspace, &path.pkg)?;
    Ok((workspace, package))
}

fn shown(conn: &mut Conn, package: packages::Package) -> app::Result<Answer> {
    let revision = package.lock_version;
    Ok(Answer::ok(&Package::from(look::whole(conn, package)?))?.tagged(revision))
}
