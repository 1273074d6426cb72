//! The own account: name, password, sessions, tokens.

mod own;
mod tokens;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, get, post};
use serde::Deserialize;

use crate::app::Error;
use crate::domain::access::Role;
use crate::store::people::{self, Token, User};
use crate::store::sessions::{self, Session};
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::status::StatusView;
use crate::web::error::PageError;
use crate::web::form::FieldErrors;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::account::{AccountPage, SessionItem, TokenItem, password_fields, token_fields};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::visitor::{Visitor, role_name};

/// Addresses under `/account`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("", get().to(show))
        .route("/name", post().to(own::rename))
        .route("/password", post().to(own::change_password))
        .route("/sessions/end-others", post().to(own::end_others))
        .route("/sessions/{session}/end", post().to(own::end_session))
        .route("/tokens", post().to(tokens::create))
        .route("/tokens/{token}/revoke", post().to(tokens::revoke));
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
