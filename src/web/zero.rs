//! The character U+0000: PostgreSQL keeps no text that holds it, so it is taken nowhere, whatever the database.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};

use super::api::problem::ApiError;
use super::error::{self, PageError};
use super::htmx::request_id;

/// What is said of a body that holds one.
pub const SAYS: &str = "A text holds the character U+0000, which cannot be stored. Take it out and send the rest again";

/// The middleware: an address with such a character names nothing, and no handler has to know.
///
/// # Errors
/// What the handlers inside fail with.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let holds = request.uri().path_and_query().is_some_and(|whole| in_form(whole.as_str().as_bytes()));
    if !holds {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let id = request_id(request.request());
    let answer = if request.path().starts_with("/api/") {
        let detail = "The address holds the character U+0000 (%00), which no name and no text here has. Take it out.";
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", detail).of_request(&id).error_response()
    } else {
        error::page(&PageError::Zero, &id)
    };
    Ok(request.into_response(answer).map_into_right_body())
}

/// Whether something percent-encoded, an address or a form, holds one.
pub fn in_form(encoded: &[u8]) -> bool {
    encoded.contains(&0) || encoded.windows(3).any(|three| three == b"%00")
}

/// Whether a text of a JSON document holds one, escaped as JSON wants it.
pub fn in_json(document: &[u8]) -> bool {
    let mut rest = document;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at..].starts_with(b"\\u0000") {
            return true;
        }
        // What a backslash stands before is no beginning of another escape.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_character_itself_is_found() {
        assert!(in_form(b"/w/main?text=a%00b") && in_form(b"a\0"));
        assert!(!in_form(b"/w/main?text=a%2500b") && !in_form(b"text=%0A0"));
        assert!(in_json(br#"{"a": "b\u0000"}"#) && in_json(br#"{"a": "\\\u0000"}"#));
        assert!(!in_json(br#"{"a": "b\\u0000", "c": "\u0001"}"#) && !in_json(br#""\"#));
    }
}
