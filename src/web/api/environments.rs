//! Environments and the versions of their configuration.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::path::{Ws, WsEnv};
use super::problem::Result;
use super::query::{List, Part, Query, Wanted};
use super::shape::flow::Environment;
use super::shape::{at, at_opt, json};
use super::{errors, words};
use crate::store::environments;
use crate::store::page::Direction;

/// Which entries of a short list are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NumbersQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Entries with smaller numbers than this.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Entries with greater numbers than this.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
}

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

/// One iteration of an environment's configuration.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentVersion {
    /// `envv_…`
    pub id: String,
    /// From 1.
    pub number: i64,
    /// draft, deployed or inactive.
    #[schema(value_type = words::ConfigurationState)]
    pub state: String,
    /// Its component replacements.
    #[schema(value_type = Object)]
    pub configuration: Value,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339.
    pub created_at: String,
    /// When it was deployed last, RFC 3339.
    pub deployed_at: Option<String>,
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
            items.push(Environment::load(conn, row)?);
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
        Environment::load(conn, row)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// List the versions of an environment's configuration, newest first.
#[utoipa::path(get, path = "/{ws}/environments/{env}/versions", tag = "environments", params(WsEnv, NumbersQuery), responses(
    (status = 200, description = "Configuration versions, newest first", body = List<EnvironmentVersion>),
    errors::Reading,
))]
pub async fn versions(caller: Caller, path: web::Path<WsEnv>, query: Query<NumbersQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| text.parse::<i64>().ok())?;
    let list = caller.read(move |conn, ctx| {
        let (_, environment) = path.find(conn, ctx)?;
        let rows = List::short(environments::versions(conn, &environment.id)?, &part, |row| row.number);
        Ok(rows.map(|row| EnvironmentVersion {
            id: row.id,
            number: row.number,
            state: row.state,
            configuration: json(&row.configuration),
            created_by: row.created_by,
            created_at: at(row.created_at),
            deployed_at: at_opt(row.deployed_at),
        }))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}
