//! What is done to a backup only after the admin gave the password again: going back to it, and letting go of it.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::super::session::hashing;
use crate::app::backup::preview::{Preview, preview};
use crate::app::backup::{look, remove as removal, restore as cases};
use crate::app::{self, Error, password, session};
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::store::backups::Backup;
use crate::store::people::{self, User};
use crate::web::components::dialog::Dialog;
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::refused::Refused;
use crate::web::restoring::Order;
use crate::web::views::backup::{asked, removed};
use crate::web::visitor::Visitor;

/// `GET /backups/{backup}/restore`: what it would bring, and what it would take.
///
/// # Errors
/// Not an admin of the instance; not found; the file is not there or cannot be restored.
pub async fn ask_restore(visitor: Visitor, id: Path<String>) -> Answer {
    restore_dialog(&visitor, &id, Refused::nothing()).await
}

async fn restore_dialog(visitor: &Visitor, id: &str, refused: Refused) -> Answer {
    let (id, backups) = (id.to_owned(), std::sync::Arc::clone(&visitor.state.backups));
    let (layout, (backup, shown)) = visitor
        .plain_page(Place::Backups, move |conn, ctx| {
            let backup = look::find(conn, ctx, &id)?;
            let path = file(&backups.depot, &backup)?;
            let shown = preview(&backups.depot, Some(conn), &path)?;
            Ok((backup, shown))
        })
        .await?;
    let dialog = asked(&backup, &shown, &layout.csrf, &refused, visitor.state.now().0);
    show(visitor, layout, ("Restore", "Restore a backup"), dialog, &refused)
}

fn show(visitor: &Visitor, layout: Layout, (crumb, title): (&str, &str), dialog: Dialog, refused: &Refused) -> Answer {
    let page = DialogPage {
        crumbs: Crumbs::here(crumb).below("/backups", "Backups"),
        heading: Rich::from("Backups"),
        layout: Layout { title: title.into(), ..layout },
        dialog,
    };
    htmx::reply(visitor.hx, refused.status, &page, &page.as_dialog())
}

/// The file of a backup in the instance's own folder; others are restored by command.
fn file(depot: &app::backup::Depot, backup: &Backup) -> app::Result<std::path::PathBuf> {
    if backup.folder == depot.folder.display().to_string() {
        return depot.file(&backup.file);
    }
    let text = "Its file lies outside of the instance's own folder. Stop the server and restore it with signalbox backup restore FILE.";
    Err(Error::refused("elsewhere", text))
}

/// The admin who gave the password again; otherwise what the dialog says to it.
async fn confirmed(visitor: &Visitor, typed: String, act: &'static str) -> Result<Result<User, Refused>, PageError> {
    // Counted before the password is judged, as at the door; who may not do this is told so first.
    let counted = visitor.write(move |conn, ctx| {
        ctx.allow(Permission::Administer, None)?;
        let id = ctx.user_id().unwrap_or_default();
        let user = people::get(conn, &id)?.ok_or_else(|| Error::not_found("person", &id))?;
        session::begin(conn, ctx, &user.email, act)?;
        Ok(user)
    });
    let user = match counted.await {
        Ok(user) => user,
        Err(Error::Refused(refusal)) => return Ok(Err(Refused::field("password", refusal.message))),
        Err(other) => return Err(visitor.refused(other)),
    };
    let stored = user.password_hash.clone();
    if !hashing(move || password::verify(&typed, Some(&stored))).await? {
        return Ok(Err(Refused::field("password", "This is not your password.")));
    }
    Ok(Ok(user))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmed {
    #[serde(rename = "csrf")]
    _csrf: String,
    confirm: String,
    password: String,
}

/// `POST /backups/{backup}/restore`: with the admin's password again, and the word typed. The server drains, restores, and
/// comes back by itself.
///
/// # Errors
/// Not an admin of the instance; not found.
pub async fn restore(visitor: Visitor, id: Path<String>, body: Bytes) -> Answer {
    let form: Confirmed = form::parse(&body)?;
    if form.confirm.trim() != "restore" {
        return restore_dialog(&visitor, &id, Refused::field("confirm", "Type restore to confirm.")).await;
    }
    let user = match confirmed(&visitor, form.password, "restore").await? {
        Ok(user) => user,
        Err(refused) => return restore_dialog(&visitor, &id, refused).await,
    };
    let (wanted, backups) = (id.to_string(), std::sync::Arc::clone(&visitor.state.backups));
    let ordered = visitor.write(move |conn, ctx| {
        session::confirmed(conn, &user)?;
        let backup = look::find(conn, ctx, &wanted)?;
        let path = file(&backups.depot, &backup)?;
        let shown: Preview = preview(&backups.depot, None, &path)?;
        cases::allow(conn, ctx, &backup)?;
        Ok(Order { path, made_at: Micros(shown.header.made_at), ctx: ctx.clone() })
    });
    match ordered.await {
        Ok(order) => {
            visitor.state.backups.order(order);
            Ok(htmx::see_other(visitor.hx, "/backups"))
        }
        Err(error @ (Error::Refused(_) | Error::Stale { .. })) => {
            let refused = Refused::of(&visitor, error, "/backups")?;
            restore_dialog(&visitor, &id, refused).await
        }
        Err(other) => Err::<_, PageError>(visitor.refused(other)),
    }
}

/// `GET /backups/{backup}/deletion`: what is lost with it, and what stays to go back to.
///
/// # Errors
/// Not an admin of the instance; not found.
pub async fn ask_removal(visitor: Visitor, id: Path<String>) -> Answer {
    removal_dialog(&visitor, &id, "", Refused::nothing()).await
}

async fn removal_dialog(visitor: &Visitor, id: &str, reason: &str, refused: Refused) -> Answer {
    let (id, backups) = (id.to_owned(), std::sync::Arc::clone(&visitor.state.backups));
    let (layout, (backup, stands)) = visitor
        .plain_page(Place::Backups, move |conn, ctx| {
            let backup = look::find(conn, ctx, &id)?;
            let stands = removal::stands(conn, &backups.depot, &backup)?;
            Ok((backup, stands))
        })
        .await?;
    let dialog = removed(&backup, &stands, &layout.csrf, (reason, &refused), visitor.state.now().0);
    show(visitor, layout, ("Delete", "Delete a backup"), dialog, &refused)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    #[serde(rename = "csrf")]
    _csrf: String,
    reason: String,
    password: String,
}

/// `POST /backups/{backup}/deletion`: with the admin's password again.
///
/// # Errors
/// Not an admin of the instance; not found.
pub async fn remove(visitor: Visitor, id: Path<String>, body: Bytes) -> Answer {
    let form: Removal = form::parse(&body)?;
    let user = match confirmed(&visitor, form.password, "backup-deletion").await? {
        Ok(user) => user,
        Err(refused) => return removal_dialog(&visitor, &id, &form.reason, refused).await,
    };
    let (wanted, reason, backups) = (id.to_string(), form.reason.clone(), std::sync::Arc::clone(&visitor.state.backups));
    let done = visitor.write(move |conn, ctx| {
        session::confirmed(conn, &user)?;
        removal::remove(conn, ctx, &backups.depot, &wanted, &reason)
    });
    match done.await {
        Ok(gone) => Ok(visitor.go("/backups", &Flash::done(format!("{} was deleted.", gone.file)))),
        Err(error @ (Error::Refused(_) | Error::Stale { .. } | Error::Invalid(_))) => {
            let refused = Refused::of(&visitor, error, "/backups")?;
            removal_dialog(&visitor, &id, &form.reason, refused).await
        }
        Err(other) => Err(visitor.refused(other)),
    }
}
