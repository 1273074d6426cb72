//! People: added, given roles, disabled; their own name and password.

use serde_json::json;

use super::ctx::{Ctx, Event};
use super::error::{Error, Fields, Result};
use super::password;
use crate::clock::Generate;
use crate::domain::access::{Grant, Permission, Role};
use crate::domain::event::ObjectKind;
use crate::domain::ids::{UserId, WorkspaceId};
use crate::domain::names::{parse_email, parse_title};
use crate::store::conn::Conn;
use crate::store::people::{self as rows, User};
use crate::store::sessions;

/// A person to be added. The password is hashed before the transaction, because that takes long.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Lower-case.
    pub email: String,
    /// For people.
    pub name: String,
    /// Argon2id.
    pub password_hash: String,
}

impl NewUser {
    /// Checks what was typed and hashes the password: call it off the event loop.
    ///
    /// # Errors
    /// Everything that is wrong with the three fields.
    pub fn check(email: &str, name: &str, password: &str) -> Result<Self> {
        let mut fields = Fields::default();
        let email = fields.take("email", parse_email(email));
        let name = fields.take("name", parse_title("a name", name, 80));
        if let Err(why) = password::judge(password, &[email.as_deref().unwrap_or_default(), name.as_deref().unwrap_or_default()]) {
            fields.add("password", why);
        }
        let (Some(email), Some(name)) = (email, name) else { return Err(fields.into_error()) };
        fields.done()?;
        Ok(Self { email, name, password_hash: password::hash(password)? })
    }
}

/// A person with their roles, for the list.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user: User,
    /// What they may do where.
    pub grants: Vec<Grant>,
    /// Their last request of a session that has not ended, else their last sign-in.
    pub seen: Option<i64>,
    /// Sessions that have not ended.
    pub sessions: usize,
    /// Tokens that are good.
    pub tokens: usize,
}

/// Everybody with their roles.
///
/// # Errors
/// Not an admin.
pub fn list(conn: &mut Conn, ctx: &Ctx) -> Result<Vec<Person>> {
    ctx.allow(Permission::Administer, None)?;
    let users = rows::list(conn)?;
    users.into_iter().map(|user| person(conn, ctx, user)).collect()
}

/// One person with their roles.
///
/// # Errors
/// Not an admin; not found.
pub fn find(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<Person> {
    ctx.allow(Permission::Administer, None)?;
    let user = get(conn, id)?;
    person(conn, ctx, user)
}

fn person(conn: &mut Conn, ctx: &Ctx, user: User) -> Result<Person> {
    let open = sessions::of_user(conn, &user.id, ctx.now.0)?;
    let tokens = rows::tokens_of(conn, &user.id)?;
    Ok(Person {
        grants: rows::grants_of(conn, &user.id)?,
        seen: open.iter().map(|s| s.last_seen_at).chain(user.last_sign_in_at).max(),
        sessions: open.len(),
        tokens: tokens.iter().filter(|t| t.revoked_at.is_none() && t.expires_at > ctx.now.0).count(),
        user,
    })
}

/// Ids and names of everybody whom the history may quote, for its filter.
///
/// # Errors
/// The database.
pub fn names(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    Ok(rows::list(conn)?.into_iter().map(|u| (u.id, u.name)).collect())
}

/// Adds a person with a role in the whole instance.
///
/// # Errors
/// Not an admin; the address is taken.
pub fn add(conn: &mut Conn, ctx: &Ctx, new: &NewUser, role: Role) -> Result<UserId> {
    ctx.allow(Permission::Administer, None)?;
    let id = insert(conn, ctx, new, role)?;
    ctx.record(
        conn,
        Event {
            action: "user.added",
            object: Some((ObjectKind::User, id.as_str(), &new.name)),
            after: Some(json!({"email": new.email, "role": role})),
            ..Event::default()
        },
    )?;
    Ok(id)
}

pub(super) fn insert(conn: &mut Conn, ctx: &Ctx, new: &NewUser, role: Role) -> Result<UserId> {
    if rows::by_email(conn, &new.email)?.is_some() {
        return Err(Error::invalid("email", format!("{} has an account already.", new.email)));
    }
    let id = UserId::generate();
    rows::insert(
        conn,
        &User {
            id: id.to_string(),
            email: new.email.clone(),
            name: new.name.clone(),
            password_hash: new.password_hash.clone(),
            disabled_at: None,
            created_at: ctx.now.0,
            last_sign_in_at: None,
        },
    )?;
    rows::set_grant(conn, id.as_str(), None, Some(role))?;
    Ok(id)
}

fn get(conn: &mut Conn, id: &str) -> Result<User> {
    rows::get(conn, id)?.ok_or_else(|| Error::not_found("person", id))
}

/// Refuses to take the last admin away: nobody could bring one back from the browser. Where there was none, none is taken.
fn keep_an_admin(conn: &mut Conn, there_was_one: bool) -> Result<()> {
    if !there_was_one || rows::has_admin(conn)? {
        Ok(())
    } else {
        Err(Error::refused("last_admin", "This is the last admin. Make somebody else an admin first."))
    }
}

/// Sets a person's role, in the instance or in one workspace; `None` takes it away. Their sessions end when it shrinks.
///
/// # Errors
/// Not an admin; the last admin.
pub fn set_role(conn: &mut Conn, ctx: &Ctx, id: &str, workspace: Option<&WorkspaceId>, role: Option<Role>) -> Result<()> {
    ctx.allow(Permission::Administer, None)?;
    let user = get(conn, id)?;
    let before = rows::grants_of(conn, id)?.into_iter().find(|g| g.workspace.as_ref() == workspace).map(|g| g.role);
    let there_was_one = rows::has_admin(conn)?;
    rows::set_grant(conn, id, workspace, role)?;
    keep_an_admin(conn, there_was_one)?;
    if role < before {
        sessions::delete_of_user(conn, id, None)?;
    }
    ctx.record(
        conn,
        Event {
            action: "user.role_changed",
            workspace: workspace.map(WorkspaceId::as_str),
            object: Some((ObjectKind::User, id, &user.name)),
            before: Some(json!({"role": before})),
            after: Some(json!({"role": role})),
            ..Event::default()
        },
    )?;
    Ok(())
}

/// Disables a person and ends their sessions at once, or enables them again.
///
/// # Errors
/// Not an admin; the last admin.
pub fn set_disabled(conn: &mut Conn, ctx: &Ctx, id: &str, disabled: bool) -> Result<()> {
    ctx.allow(Permission::Administer, None)?;
    let user = get(conn, id)?;
    let there_was_one = rows::has_admin(conn)?;
    rows::set_disabled(conn, id, disabled.then_some(ctx.now.0))?;
    if disabled {
        keep_an_admin(conn, there_was_one)?;
        sessions::delete_of_user(conn, id, None)?;
    }
    let action = if disabled { "user.disabled" } else { "user.enabled" };
    ctx.record(conn, Event { action, object: Some((ObjectKind::User, id, &user.name)), ..Event::default() })?;
    Ok(())
}

/// Gives a person a new password without knowing the old one (by an admin, or on the command line); ends their sessions.
///
/// # Errors
/// Not an admin.
pub fn reset_password(conn: &mut Conn, ctx: &Ctx, id: &str, password_hash: &str) -> Result<()> {
    ctx.allow(Permission::Administer, None)?;
    let user = get(conn, id)?;
    rows::set_password(conn, id, password_hash)?;
    sessions::delete_of_user(conn, id, None)?;
    ctx.record(conn, Event { action: "user.password_reset", object: Some((ObjectKind::User, id, &user.name)), ..Event::default() })?;
    Ok(())
}

/// Ends every session of a person.
///
/// # Errors
/// Not an admin.
pub fn sign_out(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<usize> {
    ctx.allow(Permission::Administer, None)?;
    let user = get(conn, id)?;
    let ended = sessions::delete_of_user(conn, id, None)?;
    ctx.record(
        conn,
        Event {
            action: "user.signed_out",
            object: Some((ObjectKind::User, id, &user.name)),
            after: Some(json!({"sessions": ended})),
            ..Event::default()
        },
    )?;
    Ok(ended)
}

/// Changes the actor's own password; the old one has been verified by the caller, off the event loop.
/// Ends their other sessions when that is wished.
///
/// # Errors
/// Nobody is signed in.
pub fn change_password(conn: &mut Conn, ctx: &Ctx, password_hash: &str, this_session: Option<&str>, end_others: bool) -> Result<()> {
    let id = ctx.user_id().ok_or_else(|| Error::not_found("person", "you"))?;
    rows::set_password(conn, &id, password_hash)?;
    if end_others {
        sessions::delete_of_user(conn, &id, this_session)?;
    }
    ctx.record(conn, Event { action: "user.password_changed", object: Some((ObjectKind::User, &id, ctx.name())), ..Event::default() })?;
    Ok(())
}

/// Changes the actor's own name.
///
/// # Errors
/// A bad name.
pub fn rename(conn: &mut Conn, ctx: &Ctx, name: &str) -> Result<()> {
    let id = ctx.user_id().ok_or_else(|| Error::not_found("person", "you"))?;
    let name = parse_title("your name", name, 80).map_err(|e| Error::invalid("name", e.to_string()))?;
    rows::set_name(conn, &id, &name)?;
    ctx.record(
        conn,
        Event {
            action: "user.renamed",
            object: Some((ObjectKind::User, &id, &name)),
            before: Some(json!({"name": ctx.name()})),
            after: Some(json!({"name": name})),
            ..Event::default()
        },
    )?;
    Ok(())
}
