//! Sign-in, sign-out, set-up (TRUST §4.1).

use actix_session::Session;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::app::people::NewUser;
use crate::app::{self, Ctx, Error, instance, password, session as sign};
use crate::domain::access::{Actor, Role};
use crate::domain::names::parse_email;
use crate::store::people::{self, User};
use crate::web::components::banner::{Banner, Kind};
use crate::web::csrf::{self, FORM_COOKIES};
use crate::web::error::PageError;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx::{self, Hx};
use crate::web::layout::{THEME_COOKIE, Theme};
use crate::web::pages::session::{SetUpPage, SignInPage};
use crate::web::session::{IDLE_SECONDS, IDLE_SECONDS_ADMIN, keys};
use crate::web::state::State;
use crate::web::visitor::{Visitor, bare};

/// Passwords hashed at the same time: each takes 19 MiB (TRUST 11.4.2).
static HASHES: Semaphore = Semaphore::const_new(2);

/// Hashes or verifies off the event loop, two at a time.
pub async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PageError> {
    let busy = |_| PageError::Unavailable("Too many people sign in at this moment. Try again in a few seconds.".into());
    let _place = HASHES.acquire().await.map_err(busy)?;
    web::block(work).await.map_err(|e| PageError::Fault(e.to_string()))
}

fn nobody(state: &State, request: &HttpRequest) -> Ctx {
    let actor = Actor { name: "Somebody".into(), grants: Vec::new(), ..Actor::command_line() };
    let actor = Actor { channel: crate::domain::access::Channel::Session, ..actor };
    Ctx { actor, now: state.now(), request_id: htmx::request_id(request) }
}

/// The cookie that a visitor's form is guarded by: the one they have, or a new one.
fn form_cookie(request: &HttpRequest, secure: bool) -> Result<(String, Cookie<'static>), PageError> {
    let name = FORM_COOKIES[usize::from(!secure)];
    let value = match request.cookie(name) {
        Some(cookie) => cookie.value().to_owned(),
        None => csrf::token().map_err(|e| PageError::Fault(e.to_string()))?,
    };
    let cookie = Cookie::build(name, value.clone()).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).finish();
    Ok((value, cookie))
}

#[derive(Debug, Deserialize)]
/// Where to go after signing in.
pub struct Next {
    next: Option<String>,
}

/// `GET /sign-in`
///
/// # Errors
/// The page cannot be made.
pub async fn show(
    request: HttpRequest,
    state: web::Data<State>,
    query: web::Query<Next>,
    session: Session,
) -> Result<HttpResponse, PageError> {
    if session.get::<String>(keys::USER).ok().flatten().is_some() {
        return Ok(htmx::see_other(Hx::of(&request), htmx::local_path(query.next.as_deref())));
    }
    let notice = if state.store.read(people::has_admin).await.map_err(Error::Store)? {
        None
    } else {
        Some(Banner::new(
            Kind::Warn,
            "Nobody has an account yet",
            "Open the set-up link that Signalbox printed when it started. It is good for an hour; start it again for a new one.",
        ))
    };
    sign_in_page(&request, &state, StatusCode::OK, "", query.next.as_deref(), None, notice)
}

fn sign_in_page(
    request: &HttpRequest,
    state: &State,
    status: StatusCode,
    email: &str,
    next: Option<&str>,
    refused: Option<String>,
    notice: Option<Banner>,
) -> Result<HttpResponse, PageError> {
    let (value, cookie) = form_cookie(request, !state.insecure_http)?;
    let page = SignInPage {
        layout: bare(request, "Sign in", &value),
        host: request.connection_info().host().to_owned(),
        email: email.to_owned(),
        next: htmx::local_path(next).to_owned(),
        refused,
        notice,
        version: env!("CARGO_PKG_VERSION"),
    };
    let mut answer = htmx::page(status, &page)?;
    answer.add_cookie(&cookie).map_err(|e| PageError::Fault(e.to_string()))?;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[serde(rename = "csrf")]
    _csrf: String,
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: counts the attempt before the password is judged.
///
/// # Errors
/// The page cannot be made.
pub async fn create(request: HttpRequest, state: web::Data<State>, session: Session, body: web::Bytes) -> Result<HttpResponse, PageError> {
    let form: SignIn = form::parse(&body)?;
    let wrong = |status, text: &str| sign_in_page(&request, &state, status, &form.email, Some(&form.next), Some(text.to_owned()), None);
    let ctx = nobody(&state, &request);
    let email = parse_email(&form.email).unwrap_or_else(|_| form.email.trim().to_lowercase());
    let address = request.peer_addr().map_or_else(String::new, |a| a.ip().to_string());
    let begun = {
        let (ctx, email, address) = (ctx.clone(), email.clone(), address.clone());
        state.store.write(move |conn| sign::begin(conn, &ctx, &email, &address)).await
    };
    let user = match begun {
        Ok(user) => user,
        Err(Error::Refused(refusal)) => return wrong(StatusCode::TOO_MANY_REQUESTS, &refusal.message),
        Err(other) => return Err(other.into()),
    };
    let (given, stored) = (form.password.clone(), user.as_ref().map(|u| u.password_hash.clone()));
    let right = hashing(move || password::verify(&given, stored.as_deref())).await?;
    let Some(user) = user.filter(|_| right) else {
        state.store.write(move |conn| sign::failed(conn, &ctx, &email)).await?;
        return wrong(
            StatusCode::UNPROCESSABLE_ENTITY,
            "E-mail and password do not match. Check both; passwords tell capitals from small letters.",
        );
    };
    begin_session(&state, &request, &session, &ctx, user).await?;
    Ok(htmx::see_other(Hx::of(&request), htmx::local_path(Some(&form.next))))
}

/// A session with a new id and a new form token (TRUST 7.2.4).
async fn begin_session(state: &State, request: &HttpRequest, session: &Session, ctx: &Ctx, user: User) -> Result<(), PageError> {
    let fault = |e: String| PageError::Fault(e);
    let (ctx, row) = (ctx.clone(), user.clone());
    let admin = state
        .store
        .write(move |conn| {
            sign::signed_in(conn, &ctx, &row)?;
            Ok::<_, Error>(people::grants_of(conn, &row.id)?.iter().any(|g| g.role == Role::Admin))
        })
        .await?;
    session.clear();
    let idle = if admin { IDLE_SECONDS_ADMIN } else { IDLE_SECONDS };
    let agent =
        request.headers().get("user-agent").and_then(|v| v.to_str().ok()).unwrap_or("unknown").chars().take(200).collect::<String>();
    let address = request.peer_addr().map_or_else(String::new, |a| a.ip().to_string());
    let token = csrf::token().map_err(|e| fault(e.to_string()))?;
    let put = |key: &str, value: &str| session.insert(key, value).map_err(|e| fault(e.to_string()));
    put(keys::USER, &user.id)?;
    put(keys::ADDRESS, &address)?;
    put(keys::AGENT, &agent)?;
    put(csrf::SESSION_KEY, &token)?;
    session.insert(keys::IDLE, idle).map_err(|e| fault(e.to_string()))?;
    session.renew();
    Ok(())
}

/// `POST /sign-out`: ends the session here and in the database.
///
/// # Errors
/// The database.
pub async fn delete(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.write(sign::signed_out).await.map_err(|e| visitor.refused(e))?;
    visitor.session.purge();
    let mut answer = htmx::see_other(visitor.hx, "/sign-in");
    answer.headers_mut().insert(
        actix_web::http::header::HeaderName::from_static("clear-site-data"),
        actix_web::http::header::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(answer)
}

/// `GET /set-up/{token}`
///
/// # Errors
/// The link is no good.
pub async fn show_set_up(request: HttpRequest, state: web::Data<State>, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (ctx, secret) = (nobody(&state, &request), token.clone());
    if !state.store.read(move |conn| instance::setup_is_open(conn, &ctx, &secret)).await? {
        return Err(PageError::NotFound("This set-up link has been used or is older than an hour. If nobody can sign in yet, start Signalbox again: it prints a new one.".into()));
    }
    set_up_page(&request, &state, StatusCode::OK, &token, "", "", &FieldErrors::new())
}

fn set_up_page(
    request: &HttpRequest,
    state: &State,
    status: StatusCode,
    token: &str,
    name: &str,
    email: &str,
    errors: &FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (value, cookie) = form_cookie(request, !state.insecure_http)?;
    let page = SetUpPage::new(bare(request, "Set up Signalbox", &value), token.to_owned(), name, email, errors);
    let mut answer = htmx::page(status, &page)?;
    answer.add_cookie(&cookie).map_err(|e| PageError::Fault(e.to_string()))?;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetUp {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    email: String,
    password: String,
}

/// `POST /set-up/{token}`: makes the first admin and signs them in.
///
/// # Errors
/// The link is no good.
pub async fn create_set_up(
    request: HttpRequest,
    state: web::Data<State>,
    session: Session,
    token: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let form: SetUp = form::parse(&body)?;
    let (email, name, given) = (form.email.clone(), form.name.clone(), form.password.clone());
    let checked = hashing(move || NewUser::check(&email, &name, &given)).await?;
    let new = match checked {
        Ok(new) => new,
        Err(error) => {
            return set_up_page(&request, &state, StatusCode::UNPROCESSABLE_ENTITY, &token, &form.name, &form.email, &error.into_fields()?);
        }
    };
    let (ctx, secret) = (nobody(&state, &request), token.clone());
    let as_first = Ctx { actor: Actor { name: new.name.clone(), ..ctx.actor.clone() }, ..ctx.clone() };
    let user = state
        .store
        .write(move |conn| {
            let id = instance::set_up(conn, &as_first, &secret, &new)?;
            people::get(conn, id.as_str())?.ok_or_else(|| Error::not_found("person", id.as_str()))
        })
        .await?;
    begin_session(&state, &request, &session, &ctx, user).await?;
    Ok(htmx::see_other(Hx::of(&request), "/"))
}

impl app::Error {
    /// The field errors of an invalid input, for the form to come back with; anything else is an error page.
    ///
    /// # Errors
    /// It is not about fields.
    pub fn into_fields(self) -> Result<FieldErrors, PageError> {
        match self {
            Self::Invalid(fields) => {
                let mut errors = FieldErrors::new();
                fields.iter().for_each(|f| errors.add(&f.field, f.message.clone()));
                Ok(errors)
            }
            other => Err(other.into()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeForm {
    #[serde(rename = "csrf")]
    _csrf: String,
    theme: String,
    #[serde(default)]
    next: String,
}

/// `POST /theme`: keeps the choice in a cookie and goes back.
///
/// # Errors
/// The form cannot be read.
pub async fn theme(request: HttpRequest, state: web::Data<State>, body: web::Bytes) -> Result<HttpResponse, PageError> {
    let form: ThemeForm = form::parse(&body)?;
    let from = request.headers().get("referer").and_then(|v| v.to_str().ok()).and_then(|r| url::Url::parse(r).ok());
    let back = from.map(|u| u.query().map_or_else(|| u.path().to_owned(), |q| format!("{}?{q}", u.path())));
    let next = if form.next.is_empty() { back.unwrap_or_else(|| "/".into()) } else { form.next };
    let cookie = Cookie::build(THEME_COOKIE, Theme::of(&form.theme).word())
        .path("/")
        .http_only(true)
        .secure(!state.insecure_http)
        .same_site(SameSite::Lax)
        .permanent()
        .finish();
    let mut answer = htmx::see_other(Hx::of(&request), htmx::local_path(Some(&next)));
    answer.add_cookie(&cookie).map_err(|e| PageError::Fault(e.to_string()))?;
    Ok(answer)
}

/// `GET /`: the dashboard of the first workspace the person sees.
///
/// # Errors
/// Nobody is signed in.
pub async fn home(visitor: Visitor) -> Result<HttpResponse, PageError> {
    let (layout, ()) = visitor.plain_page(crate::web::layout::Place::Dashboard, |_, _| Ok(())).await?;
    if let Some(flash) = &layout.flash {
        // The message was for a page, not for this detour.
        tracing::debug!(title = flash.title, "a message passes through");
    }
    Ok(htmx::see_other(visitor.hx, &layout.home()))
}
