//! People: who may do what. The use cases let admins in only.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use super::session::hashing;
use crate::app::people::{self as cases, NewUser, Person};
use crate::app::{Ctx, Error, Result as Done, password};
use crate::domain::access::Role;
use crate::store::conn::Conn;
use crate::web::components::dialog::Dialog;
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::people::{self as pages, PeoplePage, PersonRow};
use crate::web::time::TimeView;
use crate::web::visitor::{Visitor, role_name};

/// Addresses under `/people`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("", get().to(list))
        .route("", post().to(create))
        .route("/new", get().to(show_new))
        .route("/{user}/role", post().to(set_role))
        .route("/{user}/disable", get().to(show_disable))
        .route("/{user}/disable", post().to(disable))
        .route("/{user}/enable", post().to(enable))
        .route("/{user}/sign-out", post().to(sign_out))
        .route("/{user}/password", get().to(show_password))
        .route("/{user}/password", post().to(reset_password));
}

fn roles() -> Vec<(String, String)> {
    Role::ALL.iter().map(|r| (r.as_str().to_owned(), role_name(*r).to_owned())).collect()
}

/// `GET /people`
///
/// # Errors
/// Not an admin.
pub async fn list(visitor: Visitor) -> Result<HttpResponse, PageError> {
    let (layout, people) = visitor.plain_page(Place::People, cases::list).await?;
    let now = visitor.state.now().0;
    let you = visitor.user.clone();
    let page = PeoplePage {
        people: people.into_iter().map(|p| row(p, &you, now)).collect(),
        roles: roles(),
        layout: Layout { title: "People".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

fn row(person: Person, you: &str, now: i64) -> PersonRow {
    let everywhere = person.grants.iter().find(|g| g.workspace.is_none()).map(|g| g.role);
    let highest = everywhere.or_else(|| person.grants.iter().map(|g| g.role).max());
    let active = person.user.disabled_at.is_none();
    let words = match (everywhere, highest) {
        (Some(role), _) => role_name(role).to_owned(),
        (None, Some(role)) => format!("{} in some workspaces", role_name(role)),
        (None, None) => "No role".to_owned(),
    };
    PersonRow {
        you: person.user.id == you,
        id: person.user.id,
        name: person.user.name,
        email: person.user.email,
        role: everywhere.map_or_else(String::new, |r| r.as_str().to_owned()),
        role_words: words,
        seen: person.seen.map(|at| TimeView::near(at, now)),
        status: if active { StatusView::active() } else { StatusView::disabled() },
        active,
    }
}

/// The dialog alone over the list, or as a page of its own.
fn dialog(visitor: &Visitor, status: StatusCode, layout: Layout, dialog: Dialog) -> Result<HttpResponse, PageError> {
    let page = DialogPage {
        crumbs: Crumbs::here("People").below(layout.home(), "Dashboard"),
        heading: Rich::from("People"),
        layout: Layout { title: "People".into(), ..layout },
        dialog,
    };
    htmx::reply(visitor.hx, status, &page, &page.as_dialog())
}

/// `GET /people/new`
///
/// # Errors
/// Not an admin.
pub async fn show_new(visitor: Visitor) -> Result<HttpResponse, PageError> {
    let new = New {
        name: String::new(),
        email: String::new(),
        role: Role::Viewer.as_str().to_owned(),
        password: String::new(),
        _csrf: String::new(),
    };
    new_dialog(&visitor, StatusCode::OK, &new, &FieldErrors::new()).await
}

async fn new_dialog(visitor: &Visitor, status: StatusCode, new: &New, errors: &FieldErrors) -> Result<HttpResponse, PageError> {
    let (layout, _) = visitor.plain_page(Place::People, cases::list).await?;
    let asked = pages::add(&new.name, &new.email, &new.role, roles(), &layout.csrf, errors);
    dialog(visitor, status, layout, asked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    email: String,
    role: String,
    password: String,
}

/// `POST /people`
///
/// # Errors
/// Not an admin.
pub async fn create(visitor: Visitor, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: New = form::parse(&body)?;
    // Who may not add people must not learn how long a hash takes either.
    visitor.read(|conn, ctx| cases::list(conn, ctx).map(|_| ())).await?;
    let (email, name, typed) = (form.email.clone(), form.name.clone(), form.password.clone());
    let made = match hashing(move || NewUser::check(&email, &name, &typed)).await? {
        Err(refused) => Err(refused),
        Ok(new) => {
            let role = form.role.clone();
            visitor.write(move |conn, ctx| cases::add(conn, ctx, &new, parse_role(&role)?).map(|_| new.name)).await
        }
    };
    match made {
        Ok(name) => Ok(visitor.go("/people", &Flash::done(format!("{name} can sign in now.")))),
        Err(refused @ Error::Invalid(_)) => new_dialog(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &form, &refused.into_fields()?).await,
        Err(other) => Err(visitor.refused(other)),
    }
}

fn parse_role(word: &str) -> Done<Role> {
    word.parse::<Role>().map_err(|e| Error::invalid("role", e.to_string()))
}

/// Carries out a change of a person and goes back to the list, also when a rule says no.
async fn change(
    visitor: &Visitor,
    done: impl FnOnce(&str) -> String,
    id: &str,
    work: impl FnOnce(&mut Conn, &Ctx, &str) -> Done<()> + Send + 'static,
) -> Result<HttpResponse, PageError> {
    let person = id.to_owned();
    let changed = visitor
        .write(move |conn, ctx| {
            let found = cases::find(conn, ctx, &person)?;
            work(conn, ctx, &person)?;
            Ok(found.user.name)
        })
        .await;
    match changed {
        Ok(name) => Ok(visitor.go("/people", &Flash::done(done(&name)))),
        Err(error @ (Error::Refused(_) | Error::Invalid(_))) => {
            Ok(visitor.go("/people", &Flash::refused("Nothing was changed.", error.to_string())))
        }
        Err(other) => Err(visitor.refused(other)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRole {
    #[serde(rename = "csrf")]
    _csrf: String,
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `POST /people/{user}/role`
///
/// # Errors
/// Not an admin; not found.
pub async fn set_role(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: NewRole = form::parse(&body)?;
    let words = form.role.parse::<Role>().map_or(form.role.clone(), |r| role_name(r).to_lowercase());
    let done = move |name: &str| format!("{name} is {words} now.");
    change(&visitor, done, &id, move |conn, ctx, id| cases::set_role(conn, ctx, id, None, Some(parse_role(&form.role)?))).await
}

/// `GET /people/{user}/disable`
///
/// # Errors
/// Not an admin; not found.
pub async fn show_disable(visitor: Visitor, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (layout, person) = visitor.plain_page(Place::People, move |conn, ctx| cases::find(conn, ctx, &id)).await?;
    let count = |n: usize| u64::try_from(n).unwrap_or(0);
    let asked = pages::disable(&person.user.id, &person.user.name, count(person.sessions), count(person.tokens), &layout.csrf);
    dialog(&visitor, StatusCode::OK, layout, asked)
}

/// `POST /people/{user}/disable`
///
/// # Errors
/// Not an admin; not found.
pub async fn disable(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    let done = |name: &str| format!("{name} can no longer sign in, and every session has ended.");
    change(&visitor, done, &id, |conn, ctx, id| cases::set_disabled(conn, ctx, id, true)).await
}

/// `POST /people/{user}/enable`
///
/// # Errors
/// Not an admin; not found.
pub async fn enable(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    change(&visitor, |name| format!("{name} can sign in again."), &id, |conn, ctx, id| cases::set_disabled(conn, ctx, id, false)).await
}

/// `POST /people/{user}/sign-out`
///
/// # Errors
/// Not an admin; not found.
pub async fn sign_out(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    let done = |name: &str| format!("{name} is signed out everywhere.");
    change(&visitor, done, &id, |conn, ctx, id| cases::sign_out(conn, ctx, id).map(|_| ())).await
}

/// `GET /people/{user}/password`
///
/// # Errors
/// Not an admin; not found.
pub async fn show_password(visitor: Visitor, id: Path<String>) -> Result<HttpResponse, PageError> {
    password_dialog(&visitor, StatusCode::OK, &id, &FieldErrors::new()).await
}

async fn password_dialog(visitor: &Visitor, status: StatusCode, id: &str, errors: &FieldErrors) -> Result<HttpResponse, PageError> {
    let id = id.to_owned();
    let (layout, person) = visitor.plain_page(Place::People, move |conn, ctx| cases::find(conn, ctx, &id)).await?;
    let asked = pages::password(&person.user.id, &person.user.name, &layout.csrf, errors);
    dialog(visitor, status, layout, asked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[serde(rename = "csrf")]
    _csrf: String,
    password: String,
}

/// `POST /people/{user}/password`: ends every session of the person.
///
/// # Errors
/// Not an admin; not found.
pub async fn reset_password(visitor: Visitor, id: Path<String>, body: Bytes) -> Result<HttpResponse, PageError> {
    let form: NewPassword = form::parse(&body)?;
    let wanted = id.to_string();
    let person = visitor.read(move |conn, ctx| cases::find(conn, ctx, &wanted)).await?;
    let hashed = hashing(move || match password::judge(&form.password, &[&person.user.email, &person.user.name]) {
        Ok(()) => password::hash(&form.password),
        Err(why) => Err(Error::invalid("password", why)),
    })
    .await?;
    match hashed {
        Ok(hash) => {
            let done = |name: &str| format!("{name} has a new password, and every session has ended.");
            change(&visitor, done, &id, move |conn, ctx, id| cases::reset_password(conn, ctx, id, &hash)).await
        }
        Err(refused) => password_dialog(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &id, &refused.into_fields()?).await,
    }
}
