//! Requests that change something come from our own pages (TRUST §4.3): the browser says so itself, *and* the form
//! carries the token of its session. Both must hold; the check stands before every handler and fails closed.

use actix_session::SessionExt;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{error, multipart};

/// Name of the hidden field in each form.
pub const FIELD: &str = "csrf";
/// Header that scripts of our own may use instead.
pub const HEADER: &str = "x-csrf-token";
/// Session key that holds the token.
pub const SESSION_KEY: &str = "csrf";
/// Cookie before sign-in, over TLS and (second) without.
pub const FORM_COOKIES: [&str; 2] = ["__Host-console_form", "console_form"];
/// Largest body that a page takes, in bytes: a definition of 1 MiB with every byte percent-encoded, and some fields.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Largest body of a form with a file, in bytes: the largest file, and some fields.
pub const FILE_LIMIT: usize = crate::domain::portable::LARGEST + 64 * 1024;

/// Addresses whose POST changes nothing of ours and that no form sends.
const WITHOUT_TOKEN: [&str; 1] = ["/reports/csp"];

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The browser says that another site sent it.
    #[error("the request was sent by another site")]
    OtherSite,
    /// Neither the browser's own word nor an origin.
    #[error("the request does not say where it comes from")]
    NoOrigin,
    /// No token, an old one, or one of another session.
    #[error("the form's token is missing or out of date")]
    Token,
    /// More than a page ever sends.
    #[error("the form is larger than {BODY_LIMIT} bytes")]
    TooLarge,
    /// Not a form.
    #[error("only forms are taken here")]
    ContentType,
}

/// The addresses under which people reach this server, such as `https://signalbox.example`.
#[derive(Debug, Clone)]
pub struct PublicOrigins(pub Vec<String>);

/// A fresh token: 256 bits of the operating system.
///
/// # Errors
/// The operating system gave no randomness.
pub fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The token of a form that is filled before sign-in, made from the value of its cookie.
pub fn form_token(cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(b"signalbox form token\0").chain_update(cookie).finalize())
}

/// Whether a method may change something.
pub fn unsafe_method(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Where the request comes from, by the browser's own word.
///
/// # Errors
/// Another site, or no word at all.
pub fn check_origin(headers: &HeaderMap, origins: &PublicOrigins) -> Result<(), Refusal> {
    let text = |name: header::HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin") => Ok(()),
        Some(_) => Err(Refusal::OtherSite),
        None => match text(header::ORIGIN) {
            Some(origin) if origins.0.iter().any(|o| o == origin) => Ok(()),
            Some(_) => Err(Refusal::OtherSite),
            None => Err(Refusal::NoOrigin),
        },
    }
}

/// Compares in constant time. An empty token never matches.
///
/// # Errors
/// The tokens differ or one is missing.
pub fn check_token(expected: Option<&str>, given: Option<&str>) -> Result<(), Refusal> {
    match (expected, given) {
        (Some(e), Some(g)) if !e.is_empty() && bool::from(e.as_bytes().ct_eq(g.as_bytes())) => Ok(()),
        _ => Err(Refusal::Token),
    }
}

#[derive(Deserialize)]
struct TokenField {
    csrf: Option<String>,
}

/// The token that this request's page was made with: of the session, or of the form cookie before sign-in.
fn expected(request: &ServiceRequest) -> Option<String> {
    let session = request.get_session().get::<String>(SESSION_KEY).ok().flatten();
    session.or_else(|| FORM_COOKIES.iter().find_map(|name| request.cookie(name)).map(|c| form_token(c.value())))
}

async fn refusal(request: &mut ServiceRequest, origins: &PublicOrigins) -> Result<(), Refusal> {
    check_origin(request.headers(), origins)?;
    if WITHOUT_TOKEN.contains(&request.path()) {
        return Ok(());
    }
    let given = match request.headers().get(HEADER).and_then(|v| v.to_str().ok()) {
        Some(token) => Some(token.to_owned()),
        // Only for somebody who has a session: a stranger's file is not read.
        None if multipart::is_form(request.content_type()) && takes_files(request.path()) => {
            let expected = expected(request);
            check_token(expected.as_deref(), expected.as_deref())?;
            file_token(request).await?
        }
        None => {
            if request.content_type() != "application/x-www-form-urlencoded" {
                return Err(Refusal::ContentType);
            }
            let body = request.extract::<web::Bytes>().await.map_err(|_| Refusal::TooLarge)?;
            let field = serde_html_form::from_bytes::<TokenField>(&body).ok().and_then(|f| f.csrf);
            request.set_payload(Payload::from(body));
            field
        }
    };
    check_token(expected(request).as_deref(), given.as_deref())
}

/// Whether a form of that address may carry a file.
fn takes_files(path: &str) -> bool {
    path.starts_with("/w/") && path.ends_with("/import") && path.matches('/').count() == 3
}

/// The token of a form with a file; the body is read whole, up to its limit, and put back for the handler.
async fn file_token(request: &mut ServiceRequest) -> Result<Option<String>, Refusal> {
    let header = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let mut payload = request.take_payload();
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::TooLarge)?;
        if body.len() + chunk.len() > FILE_LIMIT {
            return Err(Refusal::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let body = body.freeze();
    let parts = multipart::parts(&header, &body).unwrap_or_default();
    let token = parts.iter().find(|p| p.name == FIELD).and_then(|p| std::str::from_utf8(&p.bytes).ok()).map(str::to_owned);
    request.set_payload(Payload::from(body));
    Ok(token)
}

/// The middleware for everything but the API, which takes no cookies. Inside of the session's middleware.
///
/// # Errors
/// Those of the handlers; a refusal is an answer (403), not an error.
pub async fn middleware(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    if unsafe_method(request.method()) && !request.path().starts_with("/api/") {
        let origins = request.app_data::<web::Data<PublicOrigins>>().cloned();
        let none = PublicOrigins(Vec::new());
        if let Err(why) = refusal(&mut request, origins.as_ref().map_or(&none, |o| o.get_ref())).await {
            tracing::warn!(path = request.path(), %why, "refused");
            let answer = error::forged(why, &super::htmx::request_id(request.request()));
            return Ok(request.into_response(answer).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

#[cfg(test)]
mod tests;
