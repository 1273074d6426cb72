//! Who the caller is, and what it may do.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::problem::Result;
use super::shape::at;
use super::{errors, words};
use crate::app::{self, workspace};
use crate::store::people;

/// The person behind a token, and what the token may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "user": {"id": "usr_06c3k2j8v1fqz7r0m5x9t4hn2b", "name": "Ada", "email": "ada@example.org"},
    "token": {"id": "tok_06c3k2j8v1fqz7r0m5x9t4hn2b", "name": "ci", "role": "operator", "expires_at": "2027-02-19T03:18:00.000000Z"},
    "workspaces": [{"slug": "main", "name": "Main", "roles": ["operator"]}]
}))]
pub struct Me {
    /// Whose token it is.
    pub user: Person,
    /// The token.
    pub token: TokenShape,
    /// The workspaces it sees, and as what.
    pub workspaces: Vec<Seen>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// `usr_…`
    pub id: String,
    /// For people.
    pub name: String,
    /// For signing in.
    pub email: String,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenShape {
    /// `tok_…`
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The most it may do.
    #[schema(value_type = words::Role)]
    pub role: String,
    /// RFC 3339.
    pub expires_at: String,
}

/// A workspace the token sees.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SeenWorkspace)]
pub struct Seen {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// As what.
    #[schema(value_type = Vec<words::Role>)]
    pub roles: Vec<&'static str>,
}

/// Say who the caller is, and what it may do.
#[utoipa::path(get, path = "/me", tag = "people", responses(
    (status = 200, description = "The caller", body = Me),
    errors::Reading,
))]
pub async fn show(caller: Caller) -> Result<HttpResponse> {
    let token = caller.token.clone();
    let found = caller.read(move |conn, ctx| {
        let id = ctx.user_id().unwrap_or_default();
        let user = people::get(conn, &id)?.ok_or_else(|| app::Error::not_found("person", &id))?;
        let token =
            people::tokens_of(conn, &id)?.into_iter().find(|t| t.id == token).ok_or_else(|| app::Error::not_found("token", &token))?;
        let workspaces = workspace::list(conn, ctx)?.into_iter().map(|workspace| {
            let here =
                |grant: &&crate::domain::access::Grant| grant.workspace.is_none() || grant.workspace.as_ref() == Some(&workspace.id());
            let roles = ctx.actor.grants.iter().filter(here).map(|grant| grant.role.as_str()).collect();
            Seen { roles, slug: workspace.slug, name: workspace.name }
        });
        Ok(Me {
            workspaces: workspaces.collect(),
            user: Person { id: user.id, name: user.name, email: user.email },
            token: TokenShape { id: token.id, name: token.name, role: token.role, expires_at: at(token.expires_at) },
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
