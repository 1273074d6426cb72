//! A form that is sent twice starts one run: the answer is kept under the form's key, in the transaction of the start.

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::token::hash;
use super::start::{Source, Start, start};
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::idempotency::{self, Kept};
use crate::store::runs::Run;

/// What became of a start under a key.
#[derive(Debug, Clone)]
pub enum Started {
    /// A new run.
    New(Box<Run>),
    /// The key was used before, for this run.
    Before(String),
}

/// Starts a run unless this actor did so under the same key before.
///
/// # Errors
/// As [`start`].
pub fn start_once(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    ask: &Start,
    source: &Source,
    key: &str,
) -> Result<Started> {
    let actor = ctx.user_id().unwrap_or_default();
    let key = format!("form:{key}");
    if let Some(kept) = idempotency::get(conn, &actor, &key)? {
        return Ok(Started::Before(kept.answer));
    }
    let run = start(conn, ctx, flow, environment, ask, source)?;
    let row = Kept { actor, request_hash: hash(&key), key, status: 303, answer: run.id.clone(), created_at: ctx.now.0 };
    idempotency::insert(conn, &row)?;
    Ok(Started::New(Box::new(run)))
}
