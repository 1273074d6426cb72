//! Components: connections, scripts, caches, lookups, variables, secrets.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::{Accepts, Change, IfMatch, JsonBody, WITH_DEFINITION};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::path::{Ws, WsComponent};
use super::problem::{ApiError, Result};
use super::query::{List, Query, Wanted, word};
use super::shape::component::{Component, ComponentRevision, ComponentSummary, Usage};
use super::strict::Strict;
use super::versions::Nothing;
use super::{errors, headers, words};
use crate::app::component::create::New;
use crate::app::component::edit::Edit;
use crate::app::component::{self, table};
use crate::app::{self, Ctx};
use crate::domain::component::{Content, Kind, Lookup, read_csv, write_csv};
use crate::store::components;
use crate::store::conn::Conn;
use crate::web::zero;

/// A component to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "connection", "name": "order-service", "content": {
        "base": "https://orders.example/v2", "authentication": {"kind": "bearer", "secret": "order-token"}, "timeout_seconds": 10
    }
}))]
pub struct NewComponent {
    /// What it is.
    #[schema(value_type = words::ComponentKind)]
    kind: Kind,
    /// How flows refer to it: letters, digits, hyphens and underscores.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// What it holds: a connection `{base, authentication?, headers?, timeout_seconds?, origins?}`, a script
    /// `{language, source}`, a cache `{expiry_seconds}`, a lookup `{columns, rows}`, a variable `{value}`; nothing for a secret.
    #[schema(value_type = Option<Object>)]
    content: Option<Strict>,
    /// Why.
    note: Option<String>,
}

impl JsonBody for NewComponent {
    const LIMIT: usize = WITH_DEFINITION;
}

/// What is to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"content": {"expiry_seconds": 600}, "note": "Prices change more often now"}))]
pub struct ComponentChange {
    /// Another name; refused while anything refers to the old one.
    name: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// What it holds; another content is a new revision.
    #[schema(value_type = Option<Object>)]
    content: Option<Strict>,
    /// Why.
    note: Option<String>,
}

impl JsonBody for ComponentChange {
    const LIMIT: usize = WITH_DEFINITION;
}

/// The value of a secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "s3cr3t"}))]
pub struct NewSecretValue {
    /// A text, or an object such as {"username": …, "password": …}.
    #[schema(value_type = Value)]
    value: Strict,
}

impl JsonBody for NewSecretValue {}

/// Which components are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ComponentsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Components after this place in the alphabet, as `next` said.
    before: Option<String>,
    /// Components before this place in the alphabet.
    after: Option<String>,
    /// Only of this kind.
    #[param(value_type = Option<words::ComponentKind>)]
    kind: Option<String>,
}

/// Which revisions are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RevisionsQuery {
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

/// List components, by name.
#[utoipa::path(get, path = "/{ws}/components", tag = "components", params(Ws, ComponentsQuery), responses(
    (status = 200, description = "Components, by name", body = List<ComponentSummary>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<ComponentsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let kind = word::<Kind>("kind", query.kind.as_deref())?;
    let part = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() }
        .read(|text| text.split_once('.').map(|(kind, name)| (name.to_owned(), kind.to_owned())))?;
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let page = table::list(conn, ctx, &workspace, kind, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |row| format!("{}.{}", row.0.kind, row.0.name)).map(|(row, set)| ComponentSummary::new(row, set)))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Make a component.
#[utoipa::path(post, path = "/{ws}/components", tag = "components", params(Ws, headers::Changes), request_body = NewComponent, responses(
    (status = 201, description = "Made", body = Component, headers(("Location" = String, description = "The component"), ("ETag" = String, description = "To edit against"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<Ws>, change: Change<NewComponent>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let new = New {
        kind: body.kind,
        name: body.name,
        description: body.description.unwrap_or_default(),
        content: body.content.map_or_else(|| serde_json::json!({}), |content| content.0),
        note: body.note.unwrap_or_default(),
    };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let row = component::create::create(conn, ctx, &workspace, &new)?;
        let location = format!("/api/v1/{}/components/{}/{}", workspace.slug, row.kind, row.name);
        let lock = row.lock_version;
        Ok((Answer::ok(&Component::load(conn, row)?)?.created(location).tagged(lock), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Read a component.
#[utoipa::path(get, path = "/{ws}/components/{kind}/{name}", tag = "components", params(WsComponent), responses(
    (status = 200, description = "The component", body = Component, headers(("ETag" = String, description = "To edit against"))),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsComponent>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, row) = path.find(conn, ctx)?;
        Component::load(conn, row)
    });
    let found = found.await?;
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.summary.lock_version))).json(found))
}

/// Change a component. Another content is a new revision; old ones stay readable.
#[utoipa::path(put, path = "/{ws}/components/{kind}/{name}", tag = "components", params(WsComponent, headers::Guarded), request_body = ComponentChange, responses(
    (status = 200, description = "Changed", body = Component, headers(("ETag" = String, description = "To edit against next time"))),
    errors::Changing,
))]
pub async fn update(
    caller: Caller,
    path: web::Path<WsComponent>,
    if_match: IfMatch,
    change: Change<ComponentChange>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let edit = Edit {
        name: body.name,
        description: body.description,
        content: body.content.map(|content| content.0),
        note: body.note.unwrap_or_default(),
    };
    write(&caller, path.into_inner(), if_match, edit, once).await
}

async fn write(
    caller: &Caller,
    path: WsComponent,
    if_match: IfMatch,
    edit: Edit,
    once: Option<super::change::Once>,
) -> Result<HttpResponse> {
    let vault = caller.state.vault.clone();
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (_, row) = path.find(conn, ctx)?;
        let row = component::edit::edit(conn, ctx, &vault, &row, &edit, if_match.optional())?;
        let lock = row.lock_version;
        Ok((Answer::ok(&Component::load(conn, row)?)?.tagged(lock), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Move a component to the bin, if nothing refers to it.
#[utoipa::path(delete, path = "/{ws}/components/{kind}/{name}", tag = "components", params(WsComponent, headers::Guarded), responses(
    (status = 204, description = "In the bin"),
    errors::Changing,
))]
pub async fn delete(caller: Caller, path: web::Path<WsComponent>, if_match: IfMatch, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (_, row) = path.find(conn, ctx)?;
        component::bin::delete(conn, ctx, &row, if_match.optional())?;
        Ok((Answer::none(), ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}

/// List the revisions of a component, newest first.
#[utoipa::path(get, path = "/{ws}/components/{kind}/{name}/revisions", tag = "components", params(WsComponent, RevisionsQuery), responses(
    (status = 200, description = "Revisions, newest first", body = List<ComponentRevision>),
    errors::Reading,
))]
pub async fn revisions(caller: Caller, path: web::Path<WsComponent>, query: Query<RevisionsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let part = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() }
        .read(|text| text.parse::<i64>().ok())?;
    let list = caller.read(move |conn, ctx| {
        let (_, row) = path.find(conn, ctx)?;
        let kind = row.kind()?;
        let page = components::revisions(conn, &row.id, &part.from, part.limit)?;
        let list = List::of(page, &part.from, |revision| revision.revision.to_string());
        let items = list.items.into_iter().map(|revision| ComponentRevision::of(kind, revision)).collect::<app::Result<Vec<_>>>()?;
        Ok(List { items, next: list.next })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Read where a component is used.
#[utoipa::path(get, path = "/{ws}/components/{kind}/{name}/usage", tag = "components", params(WsComponent), responses(
    (status = 200, description = "What refers to it and may still run", body = Usage),
    errors::Reading,
))]
pub async fn usage(caller: Caller, path: web::Path<WsComponent>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, row) = path.find(conn, ctx)?;
        Ok(Usage::from(component::used::used_by(conn, &row)?))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// Set the value of a secret. It is encrypted at rest and never given out again.
#[utoipa::path(put, path = "/{ws}/components/{kind}/{name}/secret", tag = "components", params(WsComponent, headers::Changes), request_body = NewSecretValue, responses(
    (status = 200, description = "Set", body = Component),
    errors::Changing,
))]
pub async fn secret(caller: Caller, path: web::Path<WsComponent>, change: Change<NewSecretValue>) -> Result<HttpResponse> {
    let (vault, value) = (caller.state.vault.clone(), change.body.value.0);
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (_, row) = path.find(conn, ctx)?;
        let row = component::secret::set(conn, ctx, &vault, &row, &value)?;
        Ok((Answer::ok(&Component::load(conn, row)?)?, ()))
    };
    // No record of the request is kept under its key: not even a hash of the value. Setting it again changes nothing.
    Ok(caller.change(None, work, |_, _| ()).await?.respond())
}

/// A table as CSV.
pub struct CsvText(String);

impl Accepts for CsvText {
    const LIMIT: usize = 4 * 1024 * 1024;

    fn accept(content_type: &str, bytes: &[u8]) -> Result<Self> {
        if !matches!(content_type, "" | "text/csv" | "text/plain") {
            let detail = format!("Send the table with Content-Type: text/csv, not {content_type}.");
            return Err(ApiError::new(actix_web::http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains('\0') => Err(ApiError::invalid("csv", format!("{}.", zero::SAYS))),
            Ok(text) => Ok(Self(text.to_owned())),
            Err(error) => {
                let detail = format!("The table is not UTF-8 from byte {} on. Save it as UTF-8.", error.valid_up_to());
                Err(ApiError::new(actix_web::http::StatusCode::BAD_REQUEST, "bad_encoding", detail))
            }
        }
    }
}

/// Read a lookup as CSV.
#[utoipa::path(get, path = "/{ws}/components/{kind}/{name}/csv", tag = "components", params(WsComponent), responses(
    (status = 200, description = "The table; the first line names the columns", body = String, content_type = "text/csv"),
    errors::Reading,
))]
pub async fn csv(caller: Caller, path: web::Path<WsComponent>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, row) = path.find(conn, ctx)?;
        let table = lookup(conn, &row)?;
        Ok((row.name, write_csv(&table)))
    });
    let (name, text) = found.await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}.csv\"")))
        .body(text))
}

fn lookup(conn: &mut Conn, row: &components::Component) -> app::Result<Lookup> {
    match component::revision(conn, row, None)? {
        (_, Content::Lookup(table)) => Ok(table),
        _ => Err(app::Error::NotFound(format!("{} is a {}. Only lookups are tables.", row.name, row.kind))),
    }
}

/// Replace the rows of a lookup by those of a CSV text.
#[utoipa::path(put, path = "/{ws}/components/{kind}/{name}/csv", tag = "components", params(WsComponent, headers::Guarded),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, description = "Changed", body = Component, headers(("ETag" = String, description = "To edit against next time"))),
    errors::Changing,
))]
pub async fn load_csv(caller: Caller, path: web::Path<WsComponent>, if_match: IfMatch, change: Change<CsvText>) -> Result<HttpResponse> {
    let table = read_csv(&change.body.0).map_err(|message| ApiError::invalid("csv", message))?;
    let path = path.into_inner();
    if path.kind != Kind::Lookup.as_str() {
        return Err(app::Error::NotFound(format!("{} is a {}. Only lookups are tables.", path.name, path.kind)).into());
    }
    let edit = Edit { content: Some(Content::Lookup(table).to_value()), note: "From CSV".into(), ..Edit::default() };
    write(&caller, path, if_match, edit, change.once).await
}
