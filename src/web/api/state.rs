//! A workspace as of an instant.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::errors;
use super::path::Ws;
use super::problem::{ApiError, Result};
use super::query::{Query, Wanted, instant};
use super::shape::at;
use super::words;
use crate::app::as_of::look::{EnvironmentThen, FlowThen, Moment, PlaceThen};
use crate::domain::version::Sync;
use crate::store::page::Direction;

/// Which instant, and which flows of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StateQuery {
    /// The instant, RFC 3339; it may not lie in the future.
    #[param(required = true)]
    at: Option<String>,
    /// Flows at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Flows that were made after this one, by id: `next` of the answer before.
    after: Option<String>,
}

/// What a workspace was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StateThen)]
pub struct State {
    /// The instant that was asked for, RFC 3339.
    pub at: String,
    /// The last event by then, by its place in the chain; 0 before the first.
    pub event: i64,
    /// Environments that were not archived, in their order.
    pub environments: Vec<Environment>,
    /// Flows that were there and not in the bin, in the order of their making.
    pub flows: Vec<Flow>,
    /// Give this back as `after` for the flows that follow; null at the end.
    pub next: Option<String>,
}

/// An environment of then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnvironmentThen)]
pub struct Environment {
    /// `env_…`
    pub id: String,
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// development, staging, test, production.
    pub kind: String,
    /// The configuration that runs used.
    pub configuration: Option<i64>,
    /// The draft of the configuration.
    pub draft: Option<i64>,
}

/// A flow of then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowThen)]
pub struct Flow {
    /// `wfl_…`
    pub id: String,
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// Whether it was put away.
    pub archived: bool,
    /// How many drafts it had.
    pub drafts: i64,
    /// Its versions outside the bin, newest first.
    pub versions: Vec<Version>,
    /// What was routed, where anything ever was.
    pub deployments: Vec<Place>,
}

/// A version of then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionThen)]
pub struct Version {
    /// Its number.
    pub number: i64,
    /// draft, published, archived.
    pub lifecycle: String,
    /// Its hot-fix revision; 0 at publication.
    pub revision: i64,
    /// Its label.
    pub label: Option<String>,
    /// The colour its plate had.
    #[schema(value_type = words::Sync)]
    pub sync: Sync,
}

/// What was routed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceThen)]
pub struct Place {
    /// The environment's slug then, or its id when it was archived.
    pub environment: String,
    /// The version that was live.
    pub primary: Option<i64>,
    /// The version that was being rolled out.
    pub candidate: Option<i64>,
    /// The candidate's share in percent.
    pub percent: Option<f64>,
    /// on, paused, disabled, stopped.
    pub switch: String,
    /// Why the switch stood there.
    pub reason: Option<String>,
    /// Versions that might not come back there, the highest first.
    pub quarantined: Vec<i64>,
    /// The routing revision.
    pub routing_revision: i64,
    /// The change that made it so, by its event's place in the chain.
    pub event: i64,
    /// When that was.
    pub since: String,
    /// Who did it.
    pub by: String,
}

impl From<&EnvironmentThen> for Environment {
    fn from(then: &EnvironmentThen) -> Self {
        Self {
            id: then.id.clone(),
            slug: then.state.slug.clone(),
            name: then.state.name.clone(),
            kind: then.state.kind.clone(),
            configuration: then.configuration,
            draft: then.draft,
        }
    }
}

fn place(then: &PlaceThen, environments: &[EnvironmentThen]) -> Place {
    let environment = environments.iter().find(|e| e.id == then.environment);
    let routing = &then.routing;
    Place {
        environment: environment.map_or_else(|| then.environment.clone(), |e| e.state.slug.clone()),
        primary: routing.primary.as_ref().map(|pin| pin.number),
        candidate: routing.candidate.as_ref().map(|candidate| candidate.pin.number),
        percent: routing.candidate.as_ref().map(|candidate| candidate.basis_points as f64 / 100.0),
        switch: routing.switch.as_str().to_owned(),
        reason: routing.switch_reason.clone(),
        quarantined: then.quarantined.clone(),
        routing_revision: routing.revision,
        event: then.record.event_seq,
        since: at(then.record.at),
        by: then.record.actor_name.clone(),
    }
}

fn flow(then: FlowThen, environments: &[EnvironmentThen]) -> Flow {
    let shown = then.versions.into_iter().filter(|version| !version.state.deleted);
    Flow {
        deployments: then.places.iter().map(|one| place(one, environments)).collect(),
        id: then.id,
        slug: then.state.slug,
        name: then.state.name,
        archived: then.state.archived,
        drafts: then.state.drafts,
        versions: shown
            .map(|version| Version {
                number: version.state.number,
                lifecycle: version.state.lifecycle,
                revision: version.state.revision,
                label: version.state.label,
                sync: version.sync,
            })
            .collect(),
    }
}

/// Show a workspace as it was at an instant: flows, what was routed, configurations, versions and their colours.
#[utoipa::path(get, path = "/{ws}/state", tag = "history", params(Ws, StateQuery), responses(
    (status = 200, description = "As of then", body = State),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<Ws>, query: Query<StateQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let wanted = Wanted { limit: query.limit.as_deref(), before: None, after: query.after.as_deref() };
    let part = wanted.read(|text| text.starts_with("wfl_").then(|| text.to_owned()))?;
    let Some(instant) = instant("at", query.at.as_deref())? else {
        return Err(ApiError::invalid("at", "Say which instant, like at=2026-11-21T03:18:00Z."));
    };
    let state = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let moment = Moment::find(conn, ctx, &workspace, instant)?;
        let environments = moment.environments(conn)?;
        let after = if let Direction::After(id) = &part.from { Some(id.as_str()) } else { None };
        let (flows, next) = moment.flows(conn, after, part.limit)?;
        Ok(State {
            at: instant.rfc3339(),
            event: moment.seq,
            flows: flows.into_iter().map(|one| flow(one, &environments)).collect(),
            environments: environments.iter().map(Environment::from).collect(),
            next,
        })
    });
    Ok(HttpResponse::Ok().json(state.await?))
}
