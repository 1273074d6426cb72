//! One address, two answers: a page, or the part of it that htmx asked for (DESIGN §6).

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::error::PageError;

/// Request header of htmx.
pub const HX_REQUEST: &str = "hx-request";

/// Whether htmx asks, and for which part. It chooses a template and never permits anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hx {
    /// The answer is put into a page that stands already.
    pub fragment: bool,
}

impl Hx {
    /// Reads the headers. A history restore wants the whole page.
    pub fn of(request: &HttpRequest) -> Hx {
        let said = |name: &str| request.headers().get(name).is_some_and(|v| v == "true");
        Hx { fragment: said(HX_REQUEST) && !said("hx-history-restore-request") }
    }
}

impl FromRequest for Hx {
    type Error = Infallible;
    type Future = Ready<Result<Hx, Infallible>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Hx::of(request)))
    }
}

/// The id that the outermost middleware gave this request; logs and error pages show it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The request's id, or an empty text where no middleware gave one.
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|r| r.0.clone()).unwrap_or_default()
}

fn html(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.content_type("text/html; charset=utf-8").insert_header((header::VARY, "HX-Request"));
    answer
}

/// A rendered template as an answer.
///
/// # Errors
/// The template failed, which is a fault of ours.
pub fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
    Ok(html(status).body(template.render()?))
}

/// The page, or one block of it when htmx asks: `reply(hx, OK, &page, &page.as_dialog())`.
///
/// # Errors
/// The template failed, which is a fault of ours.
pub fn reply(hx: Hx, status: StatusCode, whole: &impl Template, part: &impl Template) -> Result<HttpResponse, PageError> {
    Ok(html(status).body(if hx.fragment { part.render()? } else { whole.render()? }))
}

/// Several rendered parts in one answer: the first where it was asked for, the others beside it by their ids.
pub fn parts(status: StatusCode, parts: &[String]) -> HttpResponse {
    html(status).body(parts.concat())
}

/// After a form: 303 for a browser, a full navigation for htmx (so that tokens in the page are fresh).
pub fn see_other(hx: Hx, to: &str) -> HttpResponse {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    if hx.fragment {
        return HttpResponse::NoContent().insert_header((HeaderName::from_static("hx-redirect"), to)).finish();
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

/// Tells the other parts of the page what has changed: `signalbox:version-changed`, `signalbox:draft-saved`, …
pub fn with_event(mut answer: HttpResponse, event: &'static str) -> HttpResponse {
    answer.headers_mut().insert(HeaderName::from_static("hx-trigger"), HeaderValue::from_static(event));
    answer
}

/// A local path to go to after sign-in, or `/` when it leads anywhere else (TRUST §4.3).
pub fn local_path(next: Option<&str>) -> &str {
    match next {
        Some(p) if p.starts_with('/') && !p.starts_with("//") && !p.contains('\\') && !p.chars().any(char::is_control) => p,
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[derive(Template)]
    #[template(source = "<p>page {% block part %}<b>part</b>{% endblock %}</p>", ext = "html", blocks = ["part"])]
    struct Sample;

    #[actix_web::test]
    async fn one_address_two_answers() {
        for (headers, body) in [
            (vec![], "<p>page <b>part</b></p>"),
            (vec![("hx-request", "true")], "<b>part</b>"),
            (vec![("hx-request", "true"), ("hx-history-restore-request", "true")], "<p>page <b>part</b></p>"),
        ] {
            let mut request = TestRequest::default();
            for h in headers {
                request = request.insert_header(h);
            }
            let answer = reply(Hx::of(&request.to_http_request()), StatusCode::OK, &Sample, &Sample.as_part()).unwrap();
            assert_eq!(answer.headers().get("vary").unwrap(), "HX-Request");
            assert_eq!(actix_web::body::to_bytes(answer.into_body()).await.unwrap(), body);
        }
    }

    #[test]
    fn forms_answer_with_a_navigation() {
        let plain = see_other(Hx { fragment: false }, "/w/main");
        assert_eq!((plain.status().as_u16(), plain.headers().get("location").unwrap().to_str().unwrap()), (303, "/w/main"));
        let htmx = see_other(Hx { fragment: true }, "/w/main");
        assert_eq!((htmx.status().as_u16(), htmx.headers().get("hx-redirect").unwrap().to_str().unwrap()), (204, "/w/main"));
    }

    #[test]
    fn next_stays_here() {
        assert_eq!(local_path(Some("/w/main?x=1")), "/w/main?x=1");
        for bad in [None, Some(""), Some("//evil.example"), Some("https://evil.example"), Some("/\\evil.example"), Some("/a\nb")] {
            assert_eq!(local_path(bad), "/");
        }
    }
}
