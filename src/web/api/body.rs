//! Bodies of requests that change something: read up to a limit, told apart by what is wrong with them, and hashed for
//! the program's `Idempotency-Key`.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::change::Once;
use super::problem::{ApiError, Result, unfit};
use crate::domain::event::hex;
use crate::web::zero;

/// Bytes a body may have where it holds no definition and no input.
const SMALL: usize = 64 * 1024;
/// Bytes a body with a definition may have: 1 MiB of text, escaped as JSON.
pub const WITH_DEFINITION: usize = 4 * 1024 * 1024;
/// Bytes a body with a run's input may have.
pub const WITH_INPUT: usize = crate::app::run::start::LARGEST_INPUT + SMALL;
/// Header under which a program repeats a request safely.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a body is read into.
pub trait Accepts: Sized {
    /// Bytes the body may have.
    const LIMIT: usize = SMALL;

    /// Reads the bytes.
    ///
    /// # Errors
    /// What is wrong with them.
    fn accept(content_type: &str, bytes: &[u8]) -> Result<Self>;
}

/// A request that changes something: its body, and its key when the program sent one.
pub struct Change<T> {
    /// What is asked for.
    pub body: T,
    /// Under which key the answer is kept.
    pub once: Option<Once>,
}

impl<T: Accepts + 'static> FromRequest for Change<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let key = key_of(&request)?;
            let bytes = read(payload, T::LIMIT).await?;
            let once = key.map(|key| Once { key, request_hash: hash(&request, &bytes) });
            Ok(Self { body: T::accept(request.content_type(), &bytes)?, once })
        })
    }
}

async fn read(mut payload: Payload, limit: usize) -> Result<web::BytesMut> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "bad_body", "The body broke off. Send the request again."))?;
        if bytes.len() + chunk.len() > limit {
            let detail = format!("The body may have at most {} KiB here.", limit / 1024);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn key_of(request: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().ok().filter(|t| (1..=255).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_graphic()));
    match text {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(ApiError::invalid("Idempotency-Key", "Use 1 to 255 visible ASCII characters without spaces, such as a UUID.")),
    }
}

/// Over method, path and body; the query only says how to wait for the answer.
fn hash(request: &HttpRequest, bytes: &[u8]) -> String {
    let head = format!("{} {}\n", request.method(), request.path());
    hex(&Sha256::new().chain_update(head).chain_update(bytes).finalize())
}

/// Bodies in JSON. No body at all is an empty object.
pub trait JsonBody: DeserializeOwned {
    /// Bytes the body may have.
    const LIMIT: usize = SMALL;
    /// Whether its texts may hold U+0000: where they are kept as JSON, or judged one by one.
    const TAKES_ZERO: bool = false;
}

impl<T: JsonBody> Accepts for T {
    const LIMIT: usize = <T as JsonBody>::LIMIT;

    fn accept(content_type: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return serde_json::from_str("{}").map_err(|error| unfit(&error));
        }
        if !(content_type.is_empty() || content_type == "application/json" || content_type.ends_with("+json")) {
            let detail = format!("Send JSON with Content-Type: application/json, not {content_type}.");
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        if !Self::TAKES_ZERO && zero::in_json(bytes) {
            return Err(ApiError::invalid("body", format!("{}.", zero::SAYS)));
        }
        serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => unfit(&error),
            _ => ApiError::new(StatusCode::BAD_REQUEST, "bad_json", format!("The body is not JSON: {error}.")),
        })
    }
}

/// A definition in its author's own notation.
pub struct Text(pub String);

impl Accepts for Text {
    const LIMIT: usize = 2 * crate::app::version::save::LONGEST;

    fn accept(_: &str, bytes: &[u8]) -> Result<Self> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.trim().is_empty() => {
                Err(ApiError::invalid("definition", "The body is empty. Send the definition as YAML or JSON."))
            }
            Ok(text) if text.contains('\0') => Err(ApiError::invalid("definition", format!("{}.", zero::SAYS))),
            Ok(text) => Ok(Self(text.to_owned())),
            Err(error) => {
                let detail = format!("The definition is not UTF-8 from byte {} on. Save it as UTF-8.", error.valid_up_to());
                Err(ApiError::new(StatusCode::BAD_REQUEST, "bad_encoding", detail))
            }
        }
    }
}

/// The version an edit is based on, by `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// The header is missing.
    Absent,
    /// Whatever stands there.
    Any,
    /// Only that one.
    Version(i64),
}

impl IfMatch {
    /// Reads the header. A tag that this server never gave out matches nothing.
    pub fn of(request: &HttpRequest) -> Self {
        let Some(value) = request.headers().get(header::IF_MATCH) else { return Self::Absent };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Self::Any;
        }
        let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        Self::Version(tag.parse().unwrap_or(-1))
    }

    /// What a use case compares; an absent header does not matter.
    pub const fn optional(self) -> Option<i64> {
        match self {
            Self::Version(version) => Some(version),
            Self::Absent | Self::Any => None,
        }
    }

    /// The same where the header is asked for.
    ///
    /// # Errors
    /// 428 `precondition_required`.
    pub fn required(self) -> Result<Option<i64>> {
        if self == Self::Absent {
            let detail =
                "Send If-Match with the ETag of the version you edited, so that nobody's work is lost; * overwrites whatever stands there.";
            return Err(ApiError::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required", detail));
        }
        Ok(self.optional())
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}
