//! The first start: workspace, environments, set-up link, first admin (PRODUCT §11, TRUST 6.3.2).

use super::ctx::{Ctx, Event};
use super::error::{Error, Result};
use super::{people, workspace};
use crate::domain::access::Role;
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::domain::ids::UserId;
use crate::store::conn::Conn;
use crate::store::{self, workspaces};

/// How long a set-up link is good, in microseconds.
const LINK_LIVES: i64 = 60 * Micros::MINUTE;

/// Makes workspace `main` unless there is a workspace already.
///
/// # Errors
/// The database.
pub fn prepare(conn: &mut Conn, ctx: &Ctx) -> Result<()> {
    if workspaces::list(conn)?.is_empty() {
        workspace::create(conn, ctx, &workspace::New { slug: "main".into(), name: "Main".into(), ..workspace::New::default() })?;
    }
    Ok(())
}

/// Stores a new set-up link if nobody can sign in as admin yet; returns the secret of the link, to be printed once.
///
/// # Errors
/// The database.
pub fn open_setup(conn: &mut Conn, ctx: &Ctx) -> Result<Option<String>> {
    if store::people::has_admin(conn)? {
        return Ok(None);
    }
    let secret = super::token::random_secret()?;
    store::people::put_setup_link(conn, &super::token::hash(&secret), ctx.now.0, ctx.now.plus(LINK_LIVES).0)?;
    Ok(Some(secret))
}

/// Whether a set-up link is good.
///
/// # Errors
/// The database.
pub fn setup_is_open(conn: &mut Conn, ctx: &Ctx, secret: &str) -> Result<bool> {
    Ok(store::people::setup_link_is_good(conn, &super::token::hash(secret), ctx.now.0)? && !store::people::has_admin(conn)?)
}

/// Uses the set-up link up and makes the first admin.
///
/// # Errors
/// The link is used, too old or unknown; the input is bad.
pub fn set_up(conn: &mut Conn, ctx: &Ctx, secret: &str, new: &people::NewUser) -> Result<UserId> {
    if !setup_is_open(conn, ctx, secret)? || !store::people::use_setup_link(conn, &super::token::hash(secret), ctx.now.0)? {
        return Err(Error::refused(
            "setup_closed",
            "This set-up link has been used or is older than an hour. Start Signalbox again for a new one.",
        ));
    }
    let id = people::insert(conn, ctx, new, Role::Admin)?;
    ctx.record(conn, Event { action: "instance.set_up", object: Some((ObjectKind::User, id.as_str(), &new.name)), ..Event::default() })?;
    Ok(id)
}
