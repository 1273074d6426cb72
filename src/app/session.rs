//! Signing in and out, and what is counted against guessing (TRUST §4.1, §4.2).

use super::ctx::{Ctx, Event};
use super::error::{Error, Result};
use crate::domain::access::{Actor, Channel};
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::people::{self, Failures, User};
use crate::store::sessions;

/// Failures of one account before it has to wait.
const ACCOUNT_FAILURES: i64 = 5;
/// Failures from one address before it has to wait.
const ADDRESS_FAILURES: i64 = 30;
/// Failures older than this do not count, in microseconds.
const WINDOW: i64 = 5 * Micros::MINUTE;
/// The longest wait, in microseconds: never for ever, so that nobody can be locked out for good.
const LONGEST_WAIT: i64 = 15 * Micros::MINUTE;
/// Sessions of one person at the most.
const MOST_SESSIONS: usize = 5;

/// Before a password is judged: counts the attempt against account and address, and refuses when either has to wait.
/// Counting first means that killing the process never gives a free guess.
///
/// # Errors
/// `throttled`, with how long to wait.
pub fn begin(conn: &mut Conn, ctx: &Ctx, email: &str, address: &str) -> Result<Option<User>> {
    for (subject, most) in [(format!("account:{email}"), ACCOUNT_FAILURES), (format!("address:{address}"), ADDRESS_FAILURES)] {
        let now = ctx.now.0;
        let mut row = people::failures(conn, &subject)?
            .filter(|f| ctx.now.since(Micros(f.since)) < WINDOW || f.blocked_until > now)
            .unwrap_or(Failures { subject: subject.clone(), failures: 0, since: now, blocked_until: 0 });
        if row.blocked_until > now {
            let seconds = (row.blocked_until - now + Micros::SECOND - 1) / Micros::SECOND;
            return Err(Error::refused("throttled", format!("Too many attempts. Wait {seconds} s, then try again.")));
        }
        row.failures += 1;
        row.since = now;
        if row.failures > most {
            let doublings = u32::try_from((row.failures - most).min(12)).unwrap_or(12);
            row.blocked_until = now + (Micros::SECOND << doublings).min(LONGEST_WAIT);
        }
        people::put_failures(conn, &row)?;
    }
    Ok(people::by_email(conn, email)?.filter(|u| u.disabled_at.is_none()))
}

/// After a right password: forgets the account's failures, ends the oldest sessions beyond five, notes the sign-in.
///
/// # Errors
/// The database.
pub fn signed_in(conn: &mut Conn, ctx: &Ctx, user: &User) -> Result<()> {
    people::clear_failures(conn, &format!("account:{}", user.email))?;
    people::signed_in(conn, &user.id, ctx.now.0)?;
    for old in sessions::of_user(conn, &user.id, ctx.now.0)?.iter().skip(MOST_SESSIONS - 1) {
        sessions::delete(conn, &old.id_hash)?;
    }
    let ctx = Ctx { actor: actor(conn, user)?, ..ctx.clone() };
    ctx.record(conn, Event { action: "session.signed_in", object: Some((ObjectKind::User, &user.id, &user.name)), ..Event::default() })?;
    Ok(())
}

/// After a wrong one: the history says so.
///
/// # Errors
/// The database.
pub fn failed(conn: &mut Conn, ctx: &Ctx, email: &str) -> Result<()> {
    ctx.record(conn, Event { action: "session.refused", object: Some((ObjectKind::Session, "sign-in", email)), ..Event::default() })?;
    Ok(())
}

/// Notes a sign-out; the session itself is deleted by its owner, the cookie's store.
///
/// # Errors
/// The database.
pub fn signed_out(conn: &mut Conn, ctx: &Ctx) -> Result<()> {
    let id = ctx.user_id().unwrap_or_default();
    ctx.record(conn, Event { action: "session.signed_out", object: Some((ObjectKind::User, &id, ctx.name())), ..Event::default() })?;
    Ok(())
}

/// Who a person is to the use cases, with the roles they have right now.
///
/// # Errors
/// The database.
pub fn actor(conn: &mut Conn, user: &User) -> Result<Actor> {
    Ok(Actor { user: Some(user.id()), name: user.name.clone(), channel: Channel::Session, grants: people::grants_of(conn, &user.id)? })
}

/// Ends one of the actor's own sessions.
///
/// # Errors
/// Not one of theirs.
pub fn end_own(conn: &mut Conn, ctx: &Ctx, id_hash: &str) -> Result<()> {
    let id = ctx.user_id().unwrap_or_default();
    if !sessions::of_user(conn, &id, ctx.now.0)?.iter().any(|s| s.id_hash == id_hash) {
        return Err(Error::not_found("session", id_hash.get(..8).unwrap_or(id_hash)));
    }
    sessions::delete(conn, id_hash)?;
    ctx.record(conn, Event { action: "session.ended", object: Some((ObjectKind::User, &id, ctx.name())), ..Event::default() })?;
    Ok(())
}

/// Ends the actor's sessions but for the one they are in.
///
/// # Errors
/// The database.
pub fn end_others(conn: &mut Conn, ctx: &Ctx, this_session: Option<&str>) -> Result<()> {
    let id = ctx.user_id().unwrap_or_default();
    sessions::delete_of_user(conn, &id, this_session)?;
    ctx.record(conn, Event { action: "session.ended", object: Some((ObjectKind::User, &id, ctx.name())), ..Event::default() })?;
    Ok(())
}

/// After a person gave their password again for something grave: their failures are forgotten. Count the try with [`begin`]
/// before the password is judged.
///
/// # Errors
/// The database.
pub fn confirmed(conn: &mut Conn, user: &User) -> Result<()> {
    Ok(people::clear_failures(conn, &format!("account:{}", user.email))?)
}
