//! Around every page: a panic becomes the page of a fault, faults are logged with their words, and error pages carry
//! the reference under which the log has them (TRUST §4.10).

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use askama::Template;
use futures_util::FutureExt;

use super::components::banner::{Banner, Kind};
use super::error::{self, PageError};
use super::htmx::{Hx, request_id};

/// The middleware; it stands innermost, so that the headers of the others come on top of what it answers.
///
/// # Errors
/// A handler panicked: the page of a fault, as an error, because the request is gone with it.
pub async fn middleware(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(request.request());
    let hx = Hx::of(request.request());
    let Ok(answered) = AssertUnwindSafe(next.call(request)).catch_unwind().await else {
        // The panic hook has logged where.
        let fault = PageError::Fault("a handler panicked".into());
        let page = error::page(&fault, &id);
        return Err(InternalError::from_response(fault, page).into());
    };
    let answer = answered?;
    let Some(refusal) = answer.response().error().and_then(|e| e.as_error::<PageError>()) else {
        return Ok(answer.map_into_boxed_body());
    };
    if let PageError::Fault(_) | PageError::Template(_) = refusal {
        tracing::error!(request_id = id, error = %refusal, "a page could not be made");
    }
    let page = match refusal {
        PageError::SignIn { .. } => return Ok(answer.map_into_boxed_body()),
        // The one error that htmx puts into the page: as a message, not as a page within the page.
        PageError::Conflict(why) if hx.fragment => flash(why),
        other => error::page(other, &id),
    };
    let page = retried(page, answer.headers().get("retry-after"));
    let (request, _) = answer.into_parts();
    Ok(ServiceResponse::new(request, page))
}

fn retried(mut page: HttpResponse, after: Option<&HeaderValue>) -> HttpResponse {
    if let Some(after) = after {
        page.headers_mut().insert(HeaderName::from_static("retry-after"), after.clone());
    }
    page
}

fn flash(why: &str) -> HttpResponse {
    let banner = Banner::new(Kind::Bad, "Nothing was changed.", why);
    let body = banner.render().unwrap_or_default();
    HttpResponse::Conflict()
        .content_type("text/html; charset=utf-8")
        .insert_header(("hx-retarget", "#flash"))
        .insert_header(("hx-reswap", "innerHTML"))
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
    use actix_web::{App, web};

    async fn panics() -> HttpResponse {
        panic!("a part of the page is broken")
    }

    async fn conflicts() -> Result<HttpResponse, PageError> {
        Err(PageError::Conflict("It is live <b>.".into()))
    }

    #[actix_web::test]
    async fn panics_become_a_page_and_conflicts_a_message_for_htmx() {
        let app = App::new().route("/panic", web::get().to(panics)).route("/conflict", web::get().to(conflicts)).wrap(from_fn(middleware));
        let app = init_service(app).await;
        let panic = try_call_service(&app, TestRequest::get().uri("/panic").to_request()).await.err().unwrap();
        assert_eq!(panic.error_response().status(), 500);
        let page = call_service(&app, TestRequest::get().uri("/conflict").to_request()).await;
        assert_eq!((page.status().as_u16(), page.headers().contains_key("hx-retarget")), (409, false));
        let part = call_service(&app, TestRequest::get().uri("/conflict").insert_header(("hx-request", "true")).to_request()).await;
        assert_eq!(part.headers().get("hx-retarget").unwrap(), "#flash");
        let body = actix_web::body::to_bytes(part.into_body()).await.ok().unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("Nothing was changed.") && !body.contains("<b>.") && !body.contains("<html"), "{body}");
    }
}
