//! Signed checkpoints of the history: insert only.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::schema::event_checkpoints;
use crate::domain::audit::{Checkpoint, Signed};

/// A checkpoint as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = event_checkpoints)]
pub struct Row {
    /// From 1 without gaps.
    pub number: i64,
    /// The epoch's id.
    pub epoch: String,
    /// The last event's place.
    pub seq: i64,
    /// Microseconds UTC.
    pub at: i64,
    /// What was signed, as JSON.
    pub body: String,
    /// Ed25519, in hex.
    pub signature: String,
}

impl Row {
    /// The row that holds it.
    pub fn of(signed: &Signed) -> Self {
        let checkpoint = &signed.checkpoint;
        Self {
            number: checkpoint.number,
            epoch: checkpoint.epoch.clone(),
            seq: checkpoint.seq,
            at: checkpoint.at,
            body: checkpoint.text(),
            signature: signed.signature.clone(),
        }
    }

    /// What it holds.
    ///
    /// # Errors
    /// The body is no checkpoint, or the columns beside it say otherwise.
    pub fn signed(&self) -> Result<Signed> {
        let checkpoint: Checkpoint = serde_json::from_str(&self.body).map_err(Error::corrupt)?;
        let signed = Signed { checkpoint, signature: self.signature.clone() };
        if Self::of(&signed) == *self { Ok(signed) } else { Err(Error::Corrupt(format!("checkpoint {} contradicts itself", self.number))) }
    }
}

/// Adds one.
///
/// # Errors
/// [`Error::NotUnique`] when another process made the one of this number first.
pub fn insert(conn: &mut Conn, row: &Row) -> Result<()> {
    diesel::insert_into(event_checkpoints::table).values(row).execute(conn)?;
    Ok(())
}

/// The newest.
pub fn last(conn: &mut Conn) -> Result<Option<Row>> {
    Ok(event_checkpoints::table.order(event_checkpoints::number.desc()).select(Row::as_select()).first(conn).optional()?)
}

/// Those after a number in order, a batch at a time.
pub fn after(conn: &mut Conn, number: i64, limit: i64) -> Result<Vec<Row>> {
    Ok(event_checkpoints::table
        .filter(event_checkpoints::number.gt(number))
        .order(event_checkpoints::number.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?)
}
