//! Name, password and sessions of the own account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::{Back, Only, page};
use crate::app::{Error, password, people as cases, session as sign};
use crate::store::people;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::routes::session::hashing;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    #[serde(rename = "csrf")]
    _csrf: String,
    own_name: String,
}

/// `POST /account/name`
///
/// # Errors
/// Nobody is signed in.
pub async fn rename(visitor: Visitor, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: Rename = form::parse(&body)?;
    let name = form.own_name.clone();
    match visitor.write(move |conn, ctx| cases::rename(conn, ctx, &name)).await {
        Ok(()) => Ok(visitor.go("/account", &Flash::done("Your name is changed."))),
        Err(Error::Invalid(fields)) => {
            let mut errors = FieldErrors::new();
            fields.into_iter().for_each(|f| errors.add("own_name", f.message));
            let back = Back { title: "Your name was not changed", errors, name: Some(form.own_name), ..Back::default() };
            page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, back).await
        }
        Err(other) => Err(visitor.refused(other)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    #[serde(rename = "csrf")]
    _csrf: String,
    current: String,
    password: String,
    #[serde(default)]
    end_others: String,
}

/// `POST /account/password`: the current one is verified first; the session gets a new id (TRUST 7.2.4).
///
/// # Errors
/// Nobody is signed in.
pub async fn change_password(visitor: Visitor, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: Passwords = form::parse(&body)?;
    let user = visitor
        .read(|conn, ctx| {
            let id = ctx.user_id().unwrap_or_default();
            people::get(conn, &id)?.ok_or_else(|| Error::not_found("person", &id))
        })
        .await?;
    let checked = hashing(move || {
        let mut errors = FieldErrors::new();
        if !password::verify(&form.current, Some(&user.password_hash)) {
            errors.add("current", "This is not your current password.");
        }
        if let Err(why) = password::judge(&form.password, &[&user.email, &user.name]) {
            errors.add("password", why);
        } else if form.password == form.current {
            errors.add("password", "Choose another password than the current one.");
        }
        let hash = if errors.is_empty() { Some(password::hash(&form.password)) } else { None };
        (errors, hash)
    })
    .await?;
    let (errors, hash) = checked;
    let Some(hash) = hash else {
        let back = Back { title: "Your password was not changed", errors, ..Back::default() };
        return page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, back).await;
    };
    let hash = hash?;
    let (here, end_others) = (visitor.session_id(), !form.end_others.is_empty());
    visitor
        .write(move |conn, ctx| cases::change_password(conn, ctx, &hash, here.as_deref(), end_others))
        .await
        .map_err(|e| visitor.refused(e))?;
    let fault = |e: String| PageError::Fault(e);
    let token = csrf::token().map_err(|e| fault(e.to_string()))?;
    visitor.session.insert(csrf::SESSION_KEY, token).map_err(|e| fault(e.to_string()))?;
    visitor.session.renew();
    let ended = if end_others { "Your other sessions have ended." } else { "Your other sessions go on." };
    Ok(visitor.go("/account", &Flash { text: ended.to_owned(), ..Flash::done("Your password is changed.") }))
}

/// `POST /account/sessions/end-others`
///
/// # Errors
/// Nobody is signed in.
pub async fn end_others(visitor: Visitor, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    let here = visitor.session_id();
    visitor.write(move |conn, ctx| sign::end_others(conn, ctx, here.as_deref())).await.map_err(|e| visitor.refused(e))?;
    Ok(visitor.go("/account", &Flash::done("Your other sessions have ended.")))
}

/// `POST /account/sessions/{session}/end`
///
/// # Errors
/// Not one of the person's.
pub async fn end_session(visitor: Visitor, session: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    visitor.write(move |conn, ctx| sign::end_own(conn, ctx, &session)).await.map_err(|e| visitor.refused(e))?;
    Ok(visitor.go("/account", &Flash::done("That session has ended.")))
}
