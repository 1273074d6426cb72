//! The history.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::errors;
use super::path::Ws;
use super::problem::Result;
use super::query::{List, Query, Wanted, instant};
use super::shape::{at, json};
use crate::app::{self, Ctx, flow, history, workspace};
use crate::store::conn::Conn;
use crate::store::events::{Event as Row, Filter};
use crate::store::workspaces::Workspace;

/// Which events are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Events earlier in the chain than this `seq`.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Events later in the chain than this `seq`.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
    /// About this thing, by id. A flow's id also finds its versions, deployments and runs; an environment's what was done in it.
    object: Option<String>,
    /// About this flow and all of it, by slug or id.
    flow: Option<String>,
    /// In this environment, by slug or id.
    environment: Option<String>,
    /// By this person, by id.
    actor: Option<String>,
    /// Of this kind: an action such as `version.published`, or its beginning.
    action: Option<String>,
    /// From this instant on, RFC 3339.
    from: Option<String>,
    /// Before this instant, RFC 3339.
    to: Option<String>,
}

/// One line of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Place in the chain, without gaps.
    pub seq: i64,
    /// `evt_…`
    pub id: String,
    /// RFC 3339.
    pub at: String,
    /// Who.
    pub actor: Actor,
    /// session, a token's id, command line, or system.
    pub channel: String,
    /// What was done.
    pub action: String,
    /// The same as people say it, in the past tense.
    pub verb: String,
    /// To what.
    pub object: Object,
    /// The id of the flow it is about.
    pub flow: Option<String>,
    /// The id of the environment it is about.
    pub environment: Option<String>,
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Ticket or commit.
    pub reference: Option<String>,
    /// The request that did it.
    pub request_id: String,
    /// SHA-256 over the event before and this one.
    pub hash: String,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventActor)]
pub struct Actor {
    /// The person's id; null for the command line and Signalbox itself.
    pub id: Option<String>,
    /// The name as it was then.
    pub name: String,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventObject)]
pub struct Object {
    /// flow, version, deployment, run, …
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name as it was then.
    pub name: String,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Self {
            verb: history::verb(&row.action).to_owned(),
            seq: row.seq,
            id: row.id,
            at: at(row.at),
            actor: Actor { id: row.actor_id, name: row.actor_name },
            channel: row.channel,
            action: row.action,
            object: Object { kind: row.object_kind, id: row.object_id, name: row.object_name },
            flow: row.flow_id,
            environment: row.environment_id,
            before: row.before.as_deref().map(json),
            after: row.after.as_deref().map(json),
            reason: row.reason,
            reference: row.reference,
            request_id: row.request_id,
            hash: row.hash,
        }
    }
}

/// List the events of a workspace, newest first.
#[utoipa::path(get, path = "/{ws}/events", tag = "history", params(Ws, EventsQuery), responses(
    (status = 200, description = "Events, newest first", body = List<Event>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<EventsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| text.parse::<i64>().ok())?;
    let (from, to) = (instant("from", query.from.as_deref())?, instant("to", query.to.as_deref())?);
    let list = caller.read(move |conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let filter = Filter { from: from.map(|at| at.0), to: to.map(|at| at.0), ..about(conn, &workspace, query)? };
        let page = history::list(conn, ctx, &workspace, &filter, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |row| row.seq.to_string()).map(Event::from))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// The filters that name things.
fn about(conn: &mut Conn, workspace: &Workspace, query: EventsQuery) -> app::Result<Filter> {
    let mut filter = Filter { actor: query.actor, action: query.action, ..Filter::default() };
    match query.object {
        Some(id) if id.starts_with("wfl_") => filter.flow = Some(id),
        Some(id) if id.starts_with("env_") => filter.environment = Some(id),
        other => filter.object = other,
    }
    if let Some(name) = query.flow {
        filter.flow = Some(flow::find(conn, workspace, &name)?.id);
    }
    if let Some(name) = query.environment {
        filter.environment = Some(workspace::environment(conn, workspace, &name)?.id);
    }
    Ok(filter)
}
