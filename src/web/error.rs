//! Faults and refusals as pages: what happened, what to do, a reference for the log (CODE, habit 6).

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::csrf::Refusal;
use super::filters;
use super::layout::{Bare, Theme};

/// What a page handler may fail with. Mapped once, here, to a status and words.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such thing, or not for this person.
    #[error("{0}")]
    NotFound(String),
    /// The person's role does not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// Not signed in; where to go afterwards.
    #[error("sign in first")]
    SignIn {
        /// Local path.
        next: String,
        /// The answer goes into a page that stands already.
        fragment: bool,
    },
    /// The form is not one of ours.
    #[error(transparent)]
    Unreadable(#[from] super::form::Unreadable),
    /// The query of the address makes no sense.
    #[error("{0}")]
    Address(String),
    /// The address holds the character U+0000.
    #[error("the address holds U+0000")]
    Zero,
    /// A rule forbids it as things stand.
    #[error("{0}")]
    Conflict(String),
    /// Too much at once, or the database cannot be reached for the moment.
    #[error("{0}")]
    Unavailable(String),
    /// More often in a minute than is allowed; the seconds to wait.
    #[error("asked too often")]
    TooOften(i64),
    /// A template failed.
    #[error("template: {0}")]
    Template(#[from] askama::Error),
    /// Everything else: a fault of ours. The words go to the log, never to the page.
    #[error("{0}")]
    Fault(String),
}

/// What an error page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorView {
    /// HTTP status.
    pub status: u16,
    /// The fact.
    pub title: String,
    /// What it means.
    pub text: String,
    /// Ways on: address and words, the first is the main one.
    pub ways: Vec<(String, String)>,
    /// Reference in the log.
    pub reference: String,
}

/// A fault outside of everything: no sidebar, because nothing may be known about the person.
#[derive(Template)]
#[template(path = "pages/error/show.html")]
pub struct ErrorPage {
    /// Around the page.
    pub layout: Bare,
    /// What it says.
    pub error: ErrorView,
}

impl ErrorView {
    fn of(error: &PageError) -> ErrorView {
        let home = || ("/".to_owned(), "Dashboard".to_owned());
        let (title, text, ways) = match error {
            PageError::NotFound(what) => ("There is nothing here".to_owned(), what.clone(), vec![home()]),
            PageError::Forbidden(why) => {
                ("You may not do this".to_owned(), why.clone(), vec![home(), ("/account".to_owned(), "Your account and role".to_owned())])
            }
            PageError::SignIn { next, .. } => (
                "Sign in first".to_owned(),
                "Your session has ended, or you have not signed in yet.".to_owned(),
                vec![(sign_in(next), "Sign in".to_owned())],
            ),
            PageError::Unreadable(why) => ("The form could not be read".to_owned(), why.to_string(), vec![home()]),
            PageError::Address(why) => (
                "This address cannot be read".to_owned(),
                format!("Part of what follows the question mark makes no sense here: {why}. Take it away, or start from the dashboard."),
                vec![home()],
            ),
            PageError::Zero => (
                "This address cannot be read".to_owned(),
                "It holds the character U+0000 (%00), which no name and no text here has. Take it out, or start from the dashboard."
                    .to_owned(),
                vec![home()],
            ),
            PageError::Conflict(why) => ("Nothing was changed".to_owned(), why.clone(), vec![home()]),
            PageError::Unavailable(why) => {
                ("The server is busy".to_owned(), why.clone(), vec![(String::new(), "Try again".to_owned()), home()])
            }
            PageError::TooOften(_) => (
                "Too many exports at once".to_owned(),
                super::costly::SAYS.to_owned(),
                vec![(String::new(), "Try again".to_owned()), home()],
            ),
            PageError::Template(_) | PageError::Fault(_) => (
                "Something broke on the server".to_owned(),
                "Your last action may not have been carried out. Look at what stands now before you repeat it.".to_owned(),
                vec![(String::new(), "Try again".to_owned()), home()],
            ),
        };
        ErrorView { status: error.status_code().as_u16(), title, text, ways, reference: String::new() }
    }
}

fn sign_in(next: &str) -> String {
    let query = serde_html_form::to_string([("next", next)]).unwrap_or_default();
    format!("/sign-in?{query}")
}

fn render(view: ErrorView) -> HttpResponse {
    let status = StatusCode::from_u16(view.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = ErrorPage { layout: Bare::new(view.title.clone(), Theme::System), error: view };
    let mut answer = HttpResponse::build(status);
    answer.content_type("text/html; charset=utf-8");
    match page.render() {
        Ok(body) => answer.body(body),
        Err(_) => answer.content_type("text/plain; charset=utf-8").body("The page could not be made."),
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            PageError::NotFound(_) => StatusCode::NOT_FOUND,
            PageError::Forbidden(_) => StatusCode::FORBIDDEN,
            PageError::SignIn { fragment: true, .. } => StatusCode::UNAUTHORIZED,
            PageError::SignIn { .. } => StatusCode::SEE_OTHER,
            PageError::Unreadable(_) | PageError::Address(_) | PageError::Zero => StatusCode::BAD_REQUEST,
            PageError::Conflict(_) => StatusCode::CONFLICT,
            PageError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            PageError::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            PageError::Template(_) | PageError::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            PageError::SignIn { next, fragment: true } => {
                HttpResponse::Unauthorized().insert_header(("hx-redirect", sign_in(next))).finish()
            }
            PageError::SignIn { next, .. } => HttpResponse::SeeOther().insert_header(("location", sign_in(next))).finish(),
            other => {
                let mut answer = render(ErrorView::of(other));
                let seconds = match other {
                    PageError::Unavailable(_) => Some(5),
                    PageError::TooOften(seconds) => Some(*seconds),
                    _ => None,
                };
                if let Some(seconds) = seconds {
                    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                answer
            }
        }
    }
}

/// The page for an error, with the reference under which the log has it.
pub fn page(error: &PageError, request_id: &str) -> HttpResponse {
    match error {
        PageError::SignIn { .. } => error.error_response(),
        other => render(ErrorView { reference: request_id.to_owned(), ..ErrorView::of(other) }),
    }
}

/// The page for an address that no route has.
pub fn missing(request_id: &str) -> HttpResponse {
    page(
        &PageError::NotFound(
            "No page has this address. It may have been moved or deleted; look for it from the dashboard, or in the bin.".to_owned(),
        ),
        request_id,
    )
}

/// The page for a form that did not come from ours.
pub fn forged(why: Refusal, request_id: &str) -> HttpResponse {
    let text = match why {
        Refusal::Token => {
            "The page you sent was out of date: you signed in or out since it was opened. Go back, reload it and send it again."
        }
        Refusal::OtherSite | Refusal::NoOrigin => {
            "Your browser did not say that this was sent from one of our pages. Open the console at its own address and try again."
        }
        Refusal::TooLarge => "The form is larger than what is taken here. A definition may have one megabyte, a file to import 20.",
        Refusal::ContentType => "Only forms of our own pages are taken here. Programs use the API with a token.",
    };
    render(ErrorView {
        status: if why == Refusal::TooLarge { 413 } else { 403 },
        title: "Nothing was changed".to_owned(),
        text: text.to_owned(),
        ways: vec![("/".to_owned(), "Dashboard".to_owned())],
        reference: request_id.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(answer: HttpResponse) -> String {
        String::from_utf8(actix_web::body::to_bytes(answer.into_body()).await.unwrap().to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn faults_keep_their_words_to_themselves_and_show_the_reference() {
        let answer = page(&PageError::Fault("password of the database is hunter2".into()), "req_1");
        assert_eq!(answer.status(), 500);
        let text = body(answer).await;
        assert!(text.contains("req_1") && !text.contains("hunter2"));
    }

    #[actix_web::test]
    async fn each_kind_has_its_status_and_a_way_on() {
        for (error, status) in [
            (PageError::NotFound("Flow x does not exist.".into()), 404),
            (PageError::Forbidden("Viewers read.".into()), 403),
            (PageError::Conflict("It is live.".into()), 409),
            (PageError::Unavailable("Queue full.".into()), 503),
        ] {
            let answer = page(&error, "req_2");
            assert_eq!(answer.status().as_u16(), status);
            let text = body(answer).await;
            assert!(text.contains("href=\"/\"") && text.contains("<h1>") && text.contains(&error.to_string()), "{status}");
        }
    }

    #[test]
    fn an_ended_session_leads_to_the_sign_in_and_back() {
        let plain = PageError::SignIn { next: "/w/main?a=1".into(), fragment: false }.error_response();
        assert_eq!(plain.headers().get("location").unwrap(), "/sign-in?next=%2Fw%2Fmain%3Fa%3D1");
        let part = PageError::SignIn { next: "/w/main".into(), fragment: true }.error_response();
        assert_eq!(part.status(), 401);
        assert_eq!(part.headers().get("hx-redirect").unwrap(), "/sign-in?next=%2Fw%2Fmain");
    }
}
