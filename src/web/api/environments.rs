//! Environments: made, read, changed, put away; what their configuration covers.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::Answer;
use super::deployments::expected;
use super::path::{Ws, WsEnv};
use super::problem::Result;
use super::query::{List, Part, Query, Wanted};
use super::shape::environment::Environment;
use super::strict::Strict;
use super::{errors, headers, words};
use crate::app::Ctx;
use crate::app::environment::change::Changes;
use crate::app::environment::{self, Stand, archive, change, coverage, create};
use crate::domain::environment::Configuration;
use crate::store::conn::Conn;
use crate::store::environments;
use crate::store::page::Direction;

/// Which environments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EnvironmentsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Environments after this slug in the workspace's order.
    before: Option<String>,
    /// Environments before this slug in the workspace's order.
    after: Option<String>,
}

/// An environment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"slug": "staging", "name": "Staging", "kind": "staging"}))]
pub struct NewEnvironment {
    /// As in addresses; made from the name when absent.
    #[serde(default)]
    slug: String,
    /// For people.
    name: String,
    /// What it is for.
    #[schema(value_type = words::EnvironmentKind)]
    kind: String,
    /// What it is for, in words.
    #[serde(default)]
    description: String,
}

impl JsonBody for NewEnvironment {}

/// What of an environment is to change; what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"promotes_from": "development", "freezes": [
    {"from": "2026-12-20T18:00:00Z", "to": "2027-01-04T06:00:00Z", "reason": "holidays"},
    {"days": ["friday"], "from_time": "16:00", "to_time": "24:00", "zone": "Europe/Berlin", "reason": "no Friday deployments"}
]}))]
pub struct EnvironmentChanges {
    /// For people.
    name: Option<String>,
    /// What it is for, in words.
    description: Option<String>,
    /// What it is for; fixed once a flow was deployed there.
    #[schema(value_type = Option<words::EnvironmentKind>)]
    kind: Option<String>,
    /// Windows in which nothing moves forward, whole: `{from, to, reason}` or `{days, from_time, to_time, zone, reason}`.
    #[schema(value_type = Option<Vec<Object>>)]
    freezes: Option<Strict>,
    /// The environment whose live versions alone may go on to here, by slug or id; null takes the path away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    promotes_from: Option<Option<String>>,
    /// Configuration versions that are kept, 3 to 50.
    keeps: Option<i64>,
    /// Approvals by others than the proposer before anything moves forward, up to 10; 0 takes the protection away.
    approvals: Option<i64>,
    /// The environment's `revision` this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for EnvironmentChanges {}

/// Nothing to say.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl JsonBody for Nothing {}

/// A member that is there, be it null.
fn given<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// What a flow that runs here refers to.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowCoverage {
    /// The flow's slug.
    pub flow: String,
    /// The number of its live version.
    pub version: Option<i64>,
    /// What that version refers to.
    pub components: Vec<ComponentCoverage>,
}

/// A component that a flow refers to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentCoverage {
    /// connections, scripts, variables or secrets.
    pub part: String,
    /// Its name.
    pub name: String,
    /// What stands in for it in the deployed configuration; null: the flow's own is used.
    pub replacement: Option<String>,
    /// What should stand in for it and does not exist, so that it is not covered; null otherwise.
    pub missing: Option<String>,
}

/// List the environments of a workspace, in their order.
#[utoipa::path(get, path = "/{ws}/environments", tag = "environments", params(Ws, EnvironmentsQuery), responses(
    (status = 200, description = "Environments, in the workspace's order", body = List<Environment>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<EnvironmentsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|slug| Some(slug.to_owned()))?;
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        // A workspace has a handful of them, in an order of its own: their places are counted from the end.
        let rows = environments::list(conn, &workspace.id)?;
        let places: Vec<(i64, environments::Environment)> =
            (1..).zip(rows.into_iter().rev()).collect::<Vec<_>>().into_iter().rev().collect();
        let place = |slug: &str| places.iter().find(|(_, row)| row.slug == slug).map_or(0, |(place, _)| *place);
        let from = match &part.from {
            Direction::Newest => Direction::Newest,
            Direction::Before(slug) => Direction::Before(place(slug)),
            Direction::After(slug) => Direction::After(place(slug)),
        };
        let slug_at = |at: &str| places.iter().find(|(place, _)| place.to_string() == at).map(|(_, row)| row.slug.clone());
        let list = List::short(places.clone(), &Part { limit: part.limit, from }, |(place, _)| *place);
        let next = list.next.as_deref().and_then(slug_at);
        let mut items = Vec::with_capacity(list.items.len());
        for (_, row) in list.items {
            items.push(Environment::load(conn, ctx, row)?);
        }
        Ok(List { items, next })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Read an environment.
#[utoipa::path(get, path = "/{ws}/environments/{env}", tag = "environments", params(WsEnv), responses(
    (status = 200, description = "The environment", body = Environment),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsEnv>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, row) = path.find(conn, ctx)?;
        Environment::load(conn, ctx, row)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Make an environment. It has draft #1 of its configuration; flows can be deployed there once that is deployed.
#[utoipa::path(post, path = "/{ws}/environments", tag = "environments", params(Ws, headers::Changes), request_body = NewEnvironment, responses(
    (status = 201, description = "Made", body = Environment, headers(("Location" = String, description = "Its address"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<Ws>, change: Change<NewEnvironment>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let new = create::NewEnvironment { slug: body.slug, name: body.name, kind: body.kind, description: body.description };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let made = create::create(conn, ctx, &workspace, &new)?;
        let location = format!("{}/{}/environments/{}", super::ROOT, workspace.slug, made.slug);
        let made = Environment::load(conn, ctx, made)?;
        Ok((Answer::ok(&made)?.created(location), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Change an environment's settings.
#[utoipa::path(patch, path = "/{ws}/environments/{env}", tag = "environments", params(WsEnv, headers::Guarded), request_body = EnvironmentChanges, responses(
    (status = 200, description = "Changed", body = Environment),
    errors::Changing,
))]
pub async fn change(caller: Caller, path: web::Path<WsEnv>, if_match: IfMatch, change: Change<EnvironmentChanges>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let changes = Changes {
        name: body.name,
        description: body.description,
        kind: body.kind,
        freezes: body.freezes.map(|Strict(value)| value),
        promotes_from: body.promotes_from,
        keeps: body.keeps,
        approvals: body.approvals,
    };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (_, environment) = path.find(conn, ctx)?;
        let changed = change::change(conn, ctx, &environment, &changes, expect)?;
        let changed = Environment::load(conn, ctx, changed)?;
        Ok((Answer::ok(&changed)?.tagged(changed.revision), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Put an environment away: refused with the list of flows that are live there.
#[utoipa::path(post, path = "/{ws}/environments/{env}/archive", tag = "environments", params(WsEnv, headers::Changes), request_body = Nothing, responses(
    (status = 200, description = "Archived", body = Environment),
    errors::Changing,
))]
pub async fn archive(caller: Caller, path: web::Path<WsEnv>, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (workspace, environment) = path.find(conn, ctx)?;
        archive::archive(conn, ctx, &environment, None)?;
        let row = environment::find_any(conn, &workspace, &environment.id)?;
        Ok((Answer::ok(&Environment::load(conn, ctx, row)?)?, ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}

/// Bring an archived environment back, as it was.
#[utoipa::path(post, path = "/{ws}/environments/{env}/unarchive", tag = "environments", params(WsEnv, headers::Changes), request_body = Nothing, responses(
    (status = 200, description = "Brought back", body = Environment),
    errors::Changing,
))]
pub async fn unarchive(caller: Caller, path: web::Path<WsEnv>, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = Ws { ws: path.ws.clone() }.find(conn, ctx)?;
        let environment = environment::find_any(conn, &workspace, &path.env)?;
        archive::bring_back(conn, ctx, &environment)?;
        let row = environment::find_any(conn, &workspace, &environment.id)?;
        Ok((Answer::ok(&Environment::load(conn, ctx, row)?)?, ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}

/// List what the flows that run here refer to, and what the deployed configuration puts in its place.
#[utoipa::path(get, path = "/{ws}/environments/{env}/coverage", tag = "environments", params(WsEnv), responses(
    (status = 200, description = "One entry for each flow that has a live version here", body = List<FlowCoverage>),
    errors::Reading,
))]
pub async fn coverage(caller: Caller, path: web::Path<WsEnv>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, environment) = path.find(conn, ctx)?;
        let deployed = match Stand::load(conn, &environment)?.deployed() {
            Some(row) => row.content()?,
            None => Configuration::default(),
        };
        let known = coverage::Known::of(conn, &environment.workspace_id)?;
        let component = |line: coverage::Covered| ComponentCoverage {
            part: line.part.to_string(),
            name: line.name,
            replacement: line.replacement,
            missing: line.missing,
        };
        let flow = |resident: &coverage::Resident| FlowCoverage {
            flow: resident.flow.slug.clone(),
            version: resident.row.primary_number,
            components: resident.covered(&deployed, &known).into_iter().map(component).collect(),
        };
        let items = coverage::residents(conn, ctx, &environment)?.iter().map(flow).collect();
        Ok(List { items, next: None })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
