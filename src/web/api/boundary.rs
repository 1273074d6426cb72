//! Around every request of the API: the last catch for panics, and problems for what has no words of its own.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError};
use futures_util::FutureExt;

use super::problem::{ApiError, MEDIA_TYPE};
use crate::web::htmx::request_id;

/// The middleware; it stands outermost in the API's scope.
///
/// # Errors
/// Only for a handler that panicked: an answer 500 as well.
pub async fn middleware(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(request.request());
    let Ok(answered) = AssertUnwindSafe(next.call(request)).catch_unwind().await else {
        // The panic hook has logged where.
        return Err(ApiError::fault(&"a handler panicked").of_request(&id).into());
    };
    let answer = match answered {
        Ok(answer) => answer,
        Err(error) => return Err(worded(&error, error.as_response_error().status_code()).of_request(&id).into()),
    };
    let refusal = refusal(answer.response());
    Ok(match refusal {
        None => answer.map_into_boxed_body(),
        Some(refusal) => {
            let (request, old) = answer.into_parts();
            let mut new = refusal.of_request(&id).error_response();
            for (name, value) in old.headers() {
                if !new.headers().contains_key(name) && *name != header::CONTENT_LENGTH {
                    new.headers_mut().append(name.clone(), value.clone());
                }
            }
            ServiceResponse::new(request, new)
        }
    })
}

/// The refusal behind an answer that says no; `None` for answers that say yes.
fn refusal<B>(answer: &HttpResponse<B>) -> Option<ApiError> {
    let status = answer.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    match answer.error() {
        Some(error) => Some(worded(error, status)),
        None => {
            let ours = answer.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == MEDIA_TYPE);
            (!ours).then(|| unworded(status))
        }
    }
}

fn worded(error: &Error, status: StatusCode) -> ApiError {
    match error.as_error::<ApiError>() {
        Some(refusal) => refusal.clone(),
        None if status.is_server_error() => ApiError::fault(error),
        None => unworded(status),
    }
}

/// Words for what the framework refuses by itself.
fn unworded(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(status, "too_large", "The body is larger than this address takes."),
        _ if status.is_server_error() => ApiError::fault(&format!("answered {status} without words")),
        _ => ApiError::new(status, "bad_request", "The request cannot be read. Compare it with /api/v1/openapi.json."),
    }
}

/// No route has this address.
pub fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "The API has no such address. /api/v1/openapi.json lists all of them.")
}

/// The route exists, but not for this method.
pub fn not_that_way(allowed: &'static str) -> ApiError {
    let detail = format!("This address takes {allowed}. /api/v1/openapi.json says what each of them does.");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).with(header::ALLOW, HeaderValue::from_static(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json, try_call_service};
    use actix_web::{App, HttpMessage, error, web};
    use serde_json::{Value, json};

    use crate::web::htmx::RequestId;

    async fn panics() -> HttpResponse {
        if true {
            panic!("out of cheese")
        }
        HttpResponse::Ok().finish()
    }

    #[actix_web::test]
    async fn whatever_goes_wrong_is_a_problem_with_the_requests_id() {
        let app = init_service(
            App::new().service(
                web::scope("/api")
                    .wrap(from_fn(middleware))
                    .route("/bare", web::get().to(|| async { HttpResponse::NotFound().finish() }))
                    .route("/fault", web::get().to(|| async { Err::<HttpResponse, _>(error::ErrorInternalServerError("hunter2")) }))
                    .route("/refused", web::get().to(|| async { Err::<HttpResponse, _>(ApiError::invalid("a", "Use b.")) })),
            ),
        )
        .await;
        for (path, status, code) in [
            ("/api/bare", 404, "not_found"),
            ("/api/fault", 500, "internal"),
            ("/api/refused", 422, "invalid"),
            ("/api/x", 404, "not_found"),
        ] {
            let request = TestRequest::get().uri(path).to_request();
            request.extensions_mut().insert(RequestId("mine-1".into()));
            let answer = call_service(&app, request).await;
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers().get("content-type").unwrap(), MEDIA_TYPE, "{path}");
            let body: Value = read_body_json(answer).await;
            assert_eq!((&body["code"], &body["instance"]), (&json!(code), &json!("urn:signalbox:request:mine-1")));
        }
    }

    #[actix_web::test]
    async fn a_panic_is_an_answer() {
        let app =
            init_service(App::new().service(web::scope("/api").wrap(from_fn(middleware)).route("/panic", web::get().to(panics)))).await;
        let fault = try_call_service(&app, TestRequest::get().uri("/api/panic").to_request()).await.err().unwrap();
        let answer = fault.error_response();
        assert_eq!((answer.status().as_u16(), answer.headers().get("content-type").unwrap()), (500, &HeaderValue::from_static(MEDIA_TYPE)));
    }
}
