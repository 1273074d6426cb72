//! API tokens: shown once, stored as a hash, never more than their owner may (TRUST §4.1).

use serde_json::json;
use sha2::{Digest, Sha256};

use super::ctx::{Ctx, Event};
use super::error::{Error, Fields, Result};
use crate::clock::Generate;
use crate::domain::access::{Actor, Channel, Grant, Role};
use crate::domain::clock::Micros;
use crate::domain::event::{ObjectKind, hex};
use crate::domain::ids::{TokenId, UserId};
use crate::domain::names::parse_title;
use crate::store::conn::Conn;
use crate::store::people::{self, Token, User};

/// What every token begins with, so that scanners and people recognise one.
const PREFIX: &str = "sbx_";
/// Days a token lives unless said otherwise.
pub const DEFAULT_DAYS: i64 = 90;
/// Days a token lives at the most.
pub const MOST_DAYS: i64 = 366;

/// 256 bits from the operating system, in hex.
///
/// # Errors
/// The operating system gives no randomness.
pub fn random_secret() -> Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::Store(crate::store::error::Error::Unavailable(e.to_string())))?;
    Ok(hex(&bytes))
}

/// SHA-256 in hex: what is stored of a secret that is random enough by itself.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Makes a token for a person; returns its id and the secret, which is nowhere else.
///
/// # Errors
/// A bad name or life, or a role beyond the owner's.
pub fn create(conn: &mut Conn, ctx: &Ctx, user: &User, name: &str, role: Option<Role>, days: i64) -> Result<(TokenId, String)> {
    let mut fields = Fields::default();
    let name = fields.take("name", parse_title("the token a name, such as the program that uses it", name, 80));
    if !(1..=MOST_DAYS).contains(&days) {
        fields.add("expires", format!("Let it live 1 to {MOST_DAYS} days."));
    }
    let highest = people::grants_of(conn, &user.id)?.iter().map(|g| g.role).max();
    let role = match (role, highest) {
        (_, None) => {
            fields.add("role", "This person has no role, so a token could do nothing. Give them a role first.");
            Role::Viewer
        }
        (Some(role), Some(highest)) if role > highest => {
            fields.add("role", format!("A token may do at most what its owner may: {highest}."));
            role
        }
        (Some(role), _) => role,
        (None, Some(highest)) => highest,
    };
    let Some(name) = name else { return Err(fields.into_error()) };
    fields.done()?;
    let secret = format!("{PREFIX}{}", random_secret()?);
    let id = TokenId::generate();
    people::insert_token(
        conn,
        &Token {
            id: id.to_string(),
            user_id: user.id.clone(),
            name: name.clone(),
            role: role.as_str().to_owned(),
            secret_hash: hash(&secret),
            created_at: ctx.now.0,
            expires_at: ctx.now.plus(days * Micros::DAY).0,
            last_used_at: None,
            revoked_at: None,
        },
    )?;
    ctx.record(
        conn,
        Event {
            action: "token.created",
            object: Some((ObjectKind::Token, id.as_str(), &name)),
            after: Some(json!({"user": user.email, "role": role, "days": days})),
            ..Event::default()
        },
    )?;
    Ok((id, secret))
}

/// Ends a token of the actor's own.
///
/// # Errors
/// Not found, or ended already.
pub fn revoke(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<()> {
    let user = ctx.user_id().unwrap_or_default();
    if !people::revoke_token(conn, &user, id, ctx.now.0)? {
        return Err(Error::not_found("token", id));
    }
    ctx.record(conn, Event { action: "token.revoked", object: Some((ObjectKind::Token, id, id)), ..Event::default() })?;
    Ok(())
}

/// Who a token speaks for, and what it may: the owner's present roles, cut to the token's.
/// Says also whether its last use should be noted (at most once a minute).
///
/// # Errors
/// The database. A token that is no good is `None`.
pub fn authenticate(conn: &mut Conn, now: Micros, secret: &str) -> Result<Option<(Actor, bool)>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let Some(token) = people::token_by_secret(conn, &hash(secret))? else { return Ok(None) };
    if token.revoked_at.is_some() || token.expires_at <= now.0 {
        return Ok(None);
    }
    let Some(user) = people::get(conn, &token.user_id)?.filter(|u| u.disabled_at.is_none()) else { return Ok(None) };
    let most: Role = token.role.parse().map_err(crate::store::error::Error::corrupt)?;
    let grants = people::grants_of(conn, &user.id)?;
    let grants = grants.into_iter().map(|g| Grant { role: cut(g.role, most), ..g }).collect();
    let stale = token.last_used_at.is_none_or(|at| now.since(Micros(at)) > Micros::MINUTE);
    let actor = Actor { user: Some(UserId::stored(user.id)), name: user.name, channel: Channel::Token(TokenId::stored(token.id)), grants };
    Ok(Some((actor, stale)))
}

/// The most both roles allow. Editor and operator have only reading in common.
fn cut(owner: Role, token: Role) -> Role {
    match (owner, token) {
        (Role::Admin, other) | (other, Role::Admin) => other,
        (a, b) if a == b => a,
        _ => Role::Viewer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_gains_what_its_owner_lacks() {
        assert_eq!(cut(Role::Admin, Role::Editor), Role::Editor);
        assert_eq!(cut(Role::Operator, Role::Admin), Role::Operator);
        assert_eq!(cut(Role::Editor, Role::Operator), Role::Viewer);
        assert_eq!(cut(Role::Operator, Role::Operator), Role::Operator);
    }
}
