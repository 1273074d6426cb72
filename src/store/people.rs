//! Users, what they were granted, their tokens, the set-up link, and failed sign-ins.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::{grants, setup_links, sign_in_failures, tokens, users};
use crate::domain::access::{Grant, Role};
use crate::domain::ids::{UserId, WorkspaceId};

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct User {
    /// `usr_…`
    pub id: String,
    /// Lower-case.
    pub email: String,
    /// For people.
    pub name: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Since when they may not sign in.
    pub disabled_at: Option<i64>,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Microseconds UTC.
    pub last_sign_in_at: Option<i64>,
}

impl User {
    /// The typed id.
    pub fn id(&self) -> UserId {
        UserId::stored(self.id.clone())
    }
}

/// Adds a person.
pub fn insert(conn: &mut Conn, row: &User) -> Result<()> {
    diesel::insert_into(users::table).values(row).execute(conn)?;
    Ok(())
}

/// By id.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<User>> {
    Ok(users::table.find(id).select(User::as_select()).first(conn).optional()?)
}

/// By e-mail address, lower-case.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<User>> {
    Ok(users::table.filter(users::email.eq(email)).select(User::as_select()).first(conn).optional()?)
}

/// Everybody, by name.
pub fn list(conn: &mut Conn) -> Result<Vec<User>> {
    Ok(users::table.order((users::name.asc(), users::id.asc())).select(User::as_select()).load(conn)?)
}

/// Whether anybody can sign in as an admin of the whole instance.
pub fn has_admin(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        users::table
            .inner_join(grants::table.on(grants::user_id.eq(users::id)))
            .filter(users::disabled_at.is_null())
            .filter(grants::scope.eq("*"))
            .filter(grants::role.eq(Role::Admin.as_str())),
    ))
    .get_result(conn)?)
}

/// Changes the password hash.
pub fn set_password(conn: &mut Conn, id: &str, hash: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(conn)?;
    Ok(())
}

/// Changes the name.
pub fn set_name(conn: &mut Conn, id: &str, name: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::name.eq(name)).execute(conn)?;
    Ok(())
}

/// Disables a person, or enables them again with `None`.
pub fn set_disabled(conn: &mut Conn, id: &str, at: Option<i64>) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::disabled_at.eq(at)).execute(conn)?;
    Ok(())
}

/// Notes a sign-in.
pub fn signed_in(conn: &mut Conn, id: &str, at: i64) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::last_sign_in_at.eq(at)).execute(conn)?;
    Ok(())
}

/// What a person was granted.
pub fn grants_of(conn: &mut Conn, user: &str) -> Result<Vec<Grant>> {
    let rows: Vec<(String, String)> = grants::table.filter(grants::user_id.eq(user)).select((grants::scope, grants::role)).load(conn)?;
    rows.into_iter()
        .map(|(scope, role)| {
            Ok(Grant { workspace: (scope != "*").then(|| WorkspaceId::stored(scope)), role: role.parse().map_err(Error::corrupt)? })
        })
        .collect()
}

/// Sets a person's role in a scope (`None`: the whole instance); no role takes the grant away.
pub fn set_grant(conn: &mut Conn, user: &str, workspace: Option<&WorkspaceId>, role: Option<Role>) -> Result<()> {
    let scope = workspace.map_or("*", WorkspaceId::as_str);
    diesel::delete(grants::table.find((user, scope))).execute(conn)?;
    if let Some(role) = role {
        diesel::insert_into(grants::table)
            .values((grants::user_id.eq(user), grants::scope.eq(scope), grants::role.eq(role.as_str())))
            .execute(conn)?;
    }
    Ok(())
}

/// A token as stored: the secret only as its hash.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tokens)]
pub struct Token {
    /// `tok_…`
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What it is for, in its owner's words.
    pub name: String,
    /// The most it may do, whatever its owner may.
    pub role: String,
    /// SHA-256 of the secret, hex.
    pub secret_hash: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Microseconds UTC.
    pub expires_at: i64,
    /// To the minute.
    pub last_used_at: Option<i64>,
    /// Since when it is no good.
    pub revoked_at: Option<i64>,
}

/// Adds a token.
pub fn insert_token(conn: &mut Conn, row: &Token) -> Result<()> {
    diesel::insert_into(tokens::table).values(row).execute(conn)?;
    Ok(())
}

/// By the hash of its secret.
pub fn token_by_secret(conn: &mut Conn, hash: &str) -> Result<Option<Token>> {
    Ok(tokens::table.filter(tokens::secret_hash.eq(hash)).select(Token::as_select()).first(conn).optional()?)
}

/// A person's tokens, newest first.
pub fn tokens_of(conn: &mut Conn, user: &str) -> Result<Vec<Token>> {
    Ok(tokens::table.filter(tokens::user_id.eq(user)).order(tokens::id.desc()).select(Token::as_select()).load(conn)?)
}

/// Notes that a token was used.
pub fn token_used(conn: &mut Conn, id: &str, at: i64) -> Result<()> {
    diesel::update(tokens::table.find(id)).set(tokens::last_used_at.eq(at)).execute(conn)?;
    Ok(())
}

/// Ends a token of that person; `false` when there is none.
pub fn revoke_token(conn: &mut Conn, user: &str, id: &str, at: i64) -> Result<bool> {
    Ok(diesel::update(tokens::table.filter(tokens::id.eq(id)).filter(tokens::user_id.eq(user)).filter(tokens::revoked_at.is_null()))
        .set(tokens::revoked_at.eq(at))
        .execute(conn)?
        == 1)
}

/// Stores the hash of a set-up link in place of any earlier one.
pub fn put_setup_link(conn: &mut Conn, hash: &str, now: i64, expires_at: i64) -> Result<()> {
    diesel::delete(setup_links::table).execute(conn)?;
    diesel::insert_into(setup_links::table)
        .values((setup_links::hash.eq(hash), setup_links::created_at.eq(now), setup_links::expires_at.eq(expires_at)))
        .execute(conn)?;
    Ok(())
}

/// Forgets every set-up link.
pub fn drop_setup_links(conn: &mut Conn) -> Result<()> {
    diesel::delete(setup_links::table).execute(conn)?;
    Ok(())
}

/// Whether the link is good: known, not used, not too old.
pub fn setup_link_is_good(conn: &mut Conn, hash: &str, now: i64) -> Result<bool> {
    let found: Option<i64> = setup_links::table
        .filter(setup_links::hash.eq(hash))
        .filter(setup_links::used_at.is_null())
        .filter(setup_links::expires_at.gt(now))
        .select(setup_links::created_at)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Uses the link up; `false` when somebody else was first.
pub fn use_setup_link(conn: &mut Conn, hash: &str, now: i64) -> Result<bool> {
    Ok(diesel::update(
        setup_links::table
            .filter(setup_links::hash.eq(hash))
            .filter(setup_links::used_at.is_null())
            .filter(setup_links::expires_at.gt(now)),
    )
    .set(setup_links::used_at.eq(now))
    .execute(conn)?
        == 1)
}

/// Failed sign-ins of an account or an address.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sign_in_failures)]
pub struct Failures {
    /// `account:EMAIL` or `address:IP`.
    pub subject: String,
    /// How many since `since`.
    pub failures: i64,
    /// Microseconds UTC.
    pub since: i64,
    /// No attempt is judged before this instant.
    pub blocked_until: i64,
}

/// What is counted for a subject.
pub fn failures(conn: &mut Conn, subject: &str) -> Result<Option<Failures>> {
    Ok(sign_in_failures::table.find(subject).select(Failures::as_select()).first(conn).optional()?)
}

/// Stores a count.
pub fn put_failures(conn: &mut Conn, row: &Failures) -> Result<()> {
    let changed = diesel::update(sign_in_failures::table.find(&row.subject)).set(row).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(sign_in_failures::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Forgets a count: after a right password for that account.
pub fn clear_failures(conn: &mut Conn, subject: &str) -> Result<()> {
    diesel::delete(sign_in_failures::table.find(subject)).execute(conn)?;
    Ok(())
}

/// Forgets counts older than `before`; swept by age only, never to make room (TRUST finding 9).
pub fn sweep_failures(conn: &mut Conn, before: i64) -> Result<usize> {
    Ok(diesel::delete(
        sign_in_failures::table.filter(sign_in_failures::since.lt(before)).filter(sign_in_failures::blocked_until.lt(before)),
    )
    .execute(conn)?)
}
