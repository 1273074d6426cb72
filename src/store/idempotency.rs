//! Answers kept under the key a program sent, so that a repeated request changes nothing twice.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::idempotency;

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency)]
pub struct Kept {
    /// The user or token that asked.
    pub actor: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 over method, path and body: the same key must come with the same request.
    pub request_hash: String,
    /// HTTP status of the answer.
    pub status: i64,
    /// Its body.
    pub answer: String,
    /// Microseconds UTC.
    pub created_at: i64,
}

/// The answer kept under a key.
pub fn get(conn: &mut Conn, actor: &str, key: &str) -> Result<Option<Kept>> {
    Ok(idempotency::table.find((actor, key)).select(Kept::as_select()).first(conn).optional()?)
}

/// Keeps an answer, in the transaction of the change it answers.
pub fn insert(conn: &mut Conn, row: &Kept) -> Result<()> {
    diesel::insert_into(idempotency::table).values(row).execute(conn)?;
    Ok(())
}

/// Sweeps answers older than `before`.
pub fn sweep(conn: &mut Conn, before: i64) -> Result<usize> {
    Ok(diesel::delete(idempotency::table.filter(idempotency::created_at.lt(before))).execute(conn)?)
}

/// Fills in the answer of a key that was taken earlier in the same transaction.
pub fn finish(conn: &mut Conn, actor: &str, key: &str, status: i64, answer: &str) -> Result<()> {
    diesel::update(idempotency::table.find((actor, key)))
        .set((idempotency::status.eq(status), idempotency::answer.eq(answer)))
        .execute(conn)?;
    Ok(())
}
