//! The own account: name, password, sessions, tokens.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use super::session::hashing;
use crate::app::{self, Error, password, people as cases, session as sign, token};
use crate::domain::access::Role;
use crate::store::people::{self, Token, User};
use crate::store::sessions::{self, Session};
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::status::StatusView;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::account::{AccountPage, SessionItem, TokenItem, password_fields, token_fields};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::visitor::{Visitor, role_name};

/// Addresses under `/account`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("", get().to(show))
        .route("/name", post().to(rename))
        .route("/password", post().to(change_password))
        .route("/sessions/end-others", post().to(end_others))
        .route("/sessions/{session}/end", post().to(end_session))
        .route("/tokens", post().to(create_token))
        .route("/tokens/{token}/revoke", post().to(revoke_token));
}

/// What a refused form brings back, or a token that was just made.
#[derive(Default)]
struct Back {
    title: &'static str,
    errors: FieldErrors,
    name: Option<String>,
    token_name: String,
    secret: Option<(String, String)>,
}

struct Mine {
    user: User,
    sessions: Vec<Session>,
    tokens: Vec<Token>,
    role: Option<Role>,
}

/// `GET /account`
///
/// # Errors
/// Nobody is signed in.
pub async fn show(visitor: Visitor) -> Result<HttpResponse, PageError> {
    page(&visitor, StatusCode::OK, Back::default()).await
}

async fn page(visitor: &Visitor, status: StatusCode, back: Back) -> Result<HttpResponse, PageError> {
    let (layout, mine) = visitor
        .plain_page(Place::Elsewhere, |conn, ctx| {
            let id = ctx.user_id().unwrap_or_default();
            let user = people::get(conn, &id)?.ok_or_else(|| Error::not_found("person", &id))?;
            let role = ctx.actor.grants.iter().map(|g| g.role).max();
            Ok(Mine { sessions: sessions::of_user(conn, &id, ctx.now.0)?, tokens: people::tokens_of(conn, &id)?, user, role })
        })
        .await?;
    let now = visitor.state.now().0;
    let here = visitor.session_id();
    let mut open: Vec<_> = mine.sessions.into_iter().map(|s| session_item(s, here.as_deref(), now)).collect();
    open.sort_by_key(|s| !s.here);
    let highest = mine.role;
    let roles = Role::ALL
        .iter()
        .rev()
        .filter(|r| highest.is_some_and(|h| **r <= h))
        .map(|r| (r.as_str().to_owned(), role_name(*r).to_owned()))
        .collect();
    let name = back.name.unwrap_or_else(|| mine.user.name.clone());
    let page = AccountPage {
        email: mine.user.email,
        role_says: highest.map_or("You have no role yet. Ask an admin for one.", Role::sentence),
        name: vec![Field::line("own_name", "Your name").value(name).required().autocomplete("name").check_in(&back.errors)],
        password: password_fields(&back.errors),
        summary: ErrorSummary::of(back.title, &back.errors),
        sessions: open,
        tokens: mine.tokens.into_iter().map(|t| token_item(t, now)).collect(),
        new_token: if highest.is_some() { token_fields(&back.token_name, roles, &back.errors) } else { Vec::new() },
        secret: back.secret,
        layout: Layout { title: "Your account".into(), ..layout },
    };
    htmx::page(status, &page)
}

fn session_item(row: Session, here: Option<&str>, now: i64) -> SessionItem {
    SessionItem {
        here: here == Some(row.id_hash.as_str()),
        agent: browser(&row.agent),
        address: row.address,
        since: TimeView::near(row.created_at, now),
        seen: TimeView::near(row.last_seen_at, now),
        id: row.id_hash,
    }
}

/// "Firefox on Linux", out of what browsers say about themselves.
fn browser(agent: &str) -> String {
    let first = |all: &[(&str, &'static str)]| all.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, words)| *words);
    let name = first(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}

fn token_item(row: Token, now: i64) -> TokenItem {
    let (status, live) = match (row.revoked_at, row.expires_at) {
        (Some(_), _) => (StatusView::disabled().saying("Revoked"), false),
        (None, end) if end <= now => (StatusView::inactive().saying("Expired"), false),
        _ => (StatusView::active(), true),
    };
    TokenItem {
        // The secret itself is kept nowhere; the end of the id tells two tokens of one name apart.
        hint: format!("tok_…{}", row.id.get(row.id.len().saturating_sub(6)..).unwrap_or_default()),
        id: row.id,
        name: row.name,
        role: row.role.parse::<Role>().map_or(row.role, |r| role_name(r).to_owned()),
        used: row.last_used_at.map(|at| TimeView::near(at, now)),
        expires: Some(TimeView::styled(row.expires_at, now, TimeStyle::Day)),
        status,
        live,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(rename = "token-name")]
    name: String,
    #[serde(rename = "token-role")]
    role: String,
    #[serde(rename = "token-days")]
    days: i64,
}

/// `POST /account/tokens`: answers with the page itself, the only one that ever shows the secret.
///
/// # Errors
/// Nobody is signed in.
pub async fn create_token(visitor: Visitor, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: NewToken = form::parse(&body)?;
    let name = form.name.clone();
    let made = visitor
        .write(move |conn, ctx| {
            let role = form.role.parse::<Role>().map_err(|e| Error::invalid("role", e.to_string()))?;
            let id = ctx.user_id().unwrap_or_default();
            let user = people::get(conn, &id)?.ok_or_else(|| Error::not_found("person", &id))?;
            token::create(conn, ctx, &user, &form.name, Some(role), form.days)
        })
        .await;
    match made {
        Ok((_, secret)) => page(&visitor, StatusCode::OK, Back { secret: Some((name, secret)), ..Back::default() }).await,
        Err(app::Error::Invalid(fields)) => {
            let mut errors = FieldErrors::new();
            fields.into_iter().for_each(|f| {
                errors.add(
                    if f.field == "expires" {
                        "token-days"
                    } else if f.field == "role" {
                        "token-role"
                    } else {
                        "token-name"
                    },
                    f.message,
                )
            });
            let back = Back { title: "No token was made", errors, token_name: name, ..Back::default() };
            page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, back).await
        }
        Err(other) => Err(visitor.refused(other)),
    }
}

/// `POST /account/tokens/{token}/revoke`
///
/// # Errors
/// Not one of the person's, or ended already.
pub async fn revoke_token(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    visitor.write(move |conn, ctx| token::revoke(conn, ctx, &id)).await.map_err(|e| visitor.refused(e))?;
    Ok(visitor.go("/account", &Flash::done("The token is revoked: programs that use it are refused from now on.")))
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_named() {
        assert_eq!(browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox on Linux");
        assert_eq!(
            browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"),
            "Edge on Windows"
        );
        assert_eq!(browser("curl/8"), "curl/8");
    }
}
