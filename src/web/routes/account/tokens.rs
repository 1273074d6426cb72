//! The own tokens.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::{Back, Only, page};
use crate::app::{Error, token};
use crate::domain::access::Role;
use crate::store::people;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(rename = "token-name")]
    name: String,
    #[serde(rename = "token-role")]
    role: String,
    #[serde(rename = "token-days")]
    days: i64,
}

/// `POST /account/tokens`: answers with the page itself, the only one that ever shows the secret.
///
/// # Errors
/// Nobody is signed in.
pub async fn create(visitor: Visitor, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: NewToken = form::parse(&body)?;
    let name = form.name.clone();
    let made = visitor
        .write(move |conn, ctx| {
            let role = form.role.parse::<Role>().map_err(|e| Error::invalid("role", e.to_string()))?;
            let id = ctx.user_id().unwrap_or_default();
            let user = people::get(conn, &id)?.ok_or_else(|| Error::not_found("person", &id))?;
            token::create(conn, ctx, &user, &form.name, Some(role), form.days)
        })
        .await;
    match made {
        Ok((_, secret)) => page(&visitor, StatusCode::OK, Back { secret: Some((name, secret)), ..Back::default() }).await,
        Err(Error::Invalid(fields)) => {
            let mut errors = FieldErrors::new();
            fields.into_iter().for_each(|f| {
                errors.add(
                    if f.field == "expires" {
                        "token-days"
                    } else if f.field == "role" {
                        "token-role"
                    } else {
                        "token-name"
                    },
                    f.message,
                )
            });
            let back = Back { title: "No token was made", errors, token_name: name, ..Back::default() };
            page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, back).await
        }
        Err(other) => Err(visitor.refused(other)),
    }
}

/// `POST /account/tokens/{token}/revoke`
///
/// # Errors
/// Not one of the person's, or ended already.
pub async fn revoke(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    visitor.write(move |conn, ctx| token::revoke(conn, ctx, &id)).await.map_err(|e| visitor.refused(e))?;
    Ok(visitor.go("/account", &Flash::done("The token is revoked: programs that use it are refused from now on.")))
}
