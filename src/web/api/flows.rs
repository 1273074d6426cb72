//! Flows.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, JsonBody, WITH_DEFINITION};
use super::caller::Caller;
use super::change::Answer;
use super::path::{Ws, WsFlow};
use super::problem::Result;
use super::query::{List, Query, Wanted};
use super::shape::flow::Flow;
use super::shape::version::Version;
use super::strict::Strict;
use super::{errors, headers};
use crate::app::{self, flow};
use crate::definition::Definition;
use crate::store::flows::Filter;

/// A flow to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slug": "order-intake", "name": "Order intake",
    "definition": "document:\n  dsl: '1.0.3'\n  namespace: default\n  name: order-intake\n  version: '0.1.0'\ndo:\n  - greet:\n      set:\n        message: hello\n"
}))]
pub struct NewFlow {
    /// As in addresses: lower-case letters, digits and hyphens. Made from the name when absent.
    slug: Option<String>,
    /// For people.
    name: String,
    /// What it does.
    description: Option<String>,
    /// The definition of its first draft: JSON, or a text in YAML or JSON. A first step to begin with when absent.
    #[schema(value_type = Option<Value>)]
    definition: Option<Strict>,
}

impl JsonBody for NewFlow {
    const LIMIT: usize = WITH_DEFINITION;
}

/// A flow that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedFlow {
    /// The flow.
    #[serde(flatten)]
    pub flow: Flow,
    /// Its first draft.
    pub draft: Version,
}

/// Which flows are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FlowsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Flows after this slug in the alphabet.
    before: Option<String>,
    /// Flows before this slug in the alphabet.
    after: Option<String>,
    /// Part of the name or slug.
    text: Option<String>,
    /// Archived ones instead.
    #[serde(default)]
    archived: bool,
}

/// A definition out of a JSON body, as the author's text.
pub fn text_of(definition: Strict) -> String {
    match definition.0 {
        Value::String(text) => text,
        value => Definition::from_value(value).text().to_owned(),
    }
}

/// Make a flow and its first draft.
#[utoipa::path(post, path = "/{ws}/flows", tag = "flows", params(Ws, headers::Changes), request_body = NewFlow, responses(
    (status = 201, description = "Made", body = CreatedFlow, headers(("Location" = String, description = "The flow"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<Ws>, change: Change<NewFlow>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let path = path.into_inner();
    let new = flow::create::NewFlow {
        slug: body.slug.unwrap_or_default(),
        name: body.name,
        description: body.description.unwrap_or_default(),
        definition: body.definition.map(text_of),
    };
    let work = move |conn: &mut _, ctx: &app::Ctx| {
        let workspace = path.find(conn, ctx)?;
        let (row, draft) = flow::create::create(conn, ctx, &workspace, &new)?;
        let draft = Version::load(conn, ctx, &row, draft)?;
        let location = format!("/api/v1/{}/flows/{}", workspace.slug, row.slug);
        let made = Flow::load(conn, vec![row], &workspace.id)?.pop();
        let flow = made.ok_or_else(|| app::Error::not_found("flow", &new.slug))?;
        Ok((Answer::ok(&CreatedFlow { flow, draft })?.created(location), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// List flows, by slug.
#[utoipa::path(get, path = "/{ws}/flows", tag = "flows", params(Ws, FlowsQuery), responses(
    (status = 200, description = "Flows, by slug", body = List<Flow>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<FlowsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let part = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() }
        .read(|slug| Some(slug.to_owned()))?;
    let filter = Filter { text: query.text.filter(|text| !text.is_empty()), archived: query.archived };
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let page = flow::list(conn, ctx, &workspace, &filter, &part.from, part.limit)?;
        let rows = List::of(page, &part.from, |row| row.slug.clone());
        Ok(List { items: Flow::load(conn, rows.items, &workspace.id)?, next: rows.next })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Read a flow, with what is routed in each environment.
#[utoipa::path(get, path = "/{ws}/flows/{flow}", tag = "flows", params(WsFlow), responses(
    (status = 200, description = "The flow", body = Flow),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsFlow>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (workspace, row) = path.find(conn, ctx)?;
        let slug = row.slug.clone();
        Flow::load(conn, vec![row], &workspace.id)?.pop().ok_or_else(|| app::Error::not_found("flow", &slug))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
