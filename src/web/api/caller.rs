//! Who calls: a program with a bearer token (TRUST §4.1). Cookies are never looked at here, so nothing can be forged.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};

use super::problem::{ApiError, Result};
use super::rate::RateLimit;
use crate::app::{self, Ctx, token};
use crate::domain::access::{Actor, Channel};
use crate::store::conn::Conn;
use crate::store::people;
use crate::web::htmx::request_id;
use crate::web::state::State;

/// The program behind a request, with what its use cases need.
#[derive(Clone)]
pub struct Caller {
    /// Who, when, in which request.
    pub ctx: Ctx,
    /// The token's id.
    pub token: String,
    /// The process's parts.
    pub state: State,
}

impl Caller {
    /// Reads off the event loop, all queries of one use case on one connection.
    ///
    /// # Errors
    /// The use case's refusal.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T> + Send + 'static) -> Result<T> {
        let ctx = self.ctx.clone();
        Ok(self.state.store.read(move |conn| work(conn, &ctx)).await?)
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| ApiError::fault(&"a handler stands outside of the authentication")))
    }
}

/// The middleware: nothing behind it is reached without a good token.
///
/// # Errors
/// 401 with `WWW-Authenticate`, 429, or that the database cannot be asked.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, Error> {
    let caller = authenticate(request.request()).await?;
    request.extensions_mut().insert(caller);
    next.call(request).await
}

async fn authenticate(request: &HttpRequest) -> Result<Caller> {
    let parts = (request.app_data::<web::Data<State>>(), request.app_data::<web::Data<RateLimit>>());
    let (Some(state), Some(limit)) = parts else { return Err(ApiError::fault(&"the API's parts were not given to the server")) };
    let (state, limit, id) = (State::clone(state), limit.clone(), request_id(request));
    let secret = bearer(request.headers())?.to_owned();
    let now = state.now();
    let found = state.store.read(move |conn| token::authenticate(conn, now, &secret)).await?;
    let Some((actor, note)) = found else {
        return Err(unauthenticated(
            "This token is unknown, has expired or was revoked. Make a new one.",
            "Bearer realm=\"signalbox\", error=\"invalid_token\"",
        ));
    };
    let token = token_of(&actor);
    if !limit.take(&token, now) {
        let detail = "This token asks faster than it may. Spread the requests out, then try again.";
        let refusal = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "throttled", detail);
        return Err(refusal.with(header::RETRY_AFTER, HeaderValue::from_static("1")));
    }
    if note && limit.note(&token, now) {
        note_use(&state, token.clone(), now.0);
    }
    Ok(Caller { ctx: Ctx { actor, now, request_id: id }, token, state })
}

/// Notes the token's use beside the request, which does not wait for it.
fn note_use(state: &State, token: String, at: i64) {
    let store = state.store.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = store.append(move |conn| people::token_used(conn, &token, at)).await {
            tracing::warn!(%error, "the use of a token was not noted");
        }
    });
}

fn token_of(actor: &Actor) -> String {
    match &actor.channel {
        Channel::Token(id) => id.to_string(),
        _ => String::new(),
    }
}

/// The secret of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Result<&str> {
    let challenge = "Bearer realm=\"signalbox\"";
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let detail = if headers.contains_key(header::COOKIE) {
            "The API takes no cookies. Send Authorization: Bearer with a token from your account page."
        } else {
            "Send Authorization: Bearer with a token from your account page, or from signalbox token create."
        };
        return Err(unauthenticated(detail, challenge));
    };
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") && !secret.trim().is_empty() => Ok(secret.trim()),
        _ => Err(unauthenticated("The Authorization header is not of the form: Bearer TOKEN.", challenge)),
    }
}

fn unauthenticated(detail: &str, challenge: &'static str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail).with(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}
