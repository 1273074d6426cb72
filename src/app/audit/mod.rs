//! The history proves itself: checkpoints, epochs, and the walk that finds what was changed behind the program's back
//! (PRODUCT §9.1, TRUST §4.10).

pub mod file;
mod frozen;
mod judge;
pub mod keeper;
mod records;
pub mod report;
mod told;
pub mod verify;
mod walk;

use serde_json::json;

use super::ctx::{Ctx, Event};
use super::error::{Error, Result};
use crate::clock::Generate;
use crate::domain::audit::{Checkpoint, Keys, Signed, Why};
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::domain::ids::EpochId;
use crate::store::checkpoints::{self, Row};
use crate::store::conn::Conn;
use crate::store::{events, sealing};

/// Signs how far the history has come, unless the last checkpoint says so already. The first of an instance begins the
/// first epoch: what was written before is pinned by its hash, and everything from there on is sealed.
///
/// # Errors
/// The database.
pub fn checkpoint(conn: &mut Conn, keys: &Keys, now: Micros, why: Why) -> Result<Option<Signed>> {
    let last = checkpoints::last(conn)?;
    let Some(last) = last else {
        let head = events::seal_head(conn, keys)?;
        return add(conn, keys, draft(&EpochId::generate().to_string(), Why::First, now, &head), None).map(Some);
    };
    let head = events::head(conn)?;
    if head.seq == last.seq {
        return Ok(None);
    }
    add(conn, keys, draft(&last.epoch, why, now, &head), Some(&last)).map(Some)
}

/// Begins a new signed epoch of the chain that names the head it goes on from: after a backup was restored, so that what
/// the history lost by that is known to be set aside and not cut off (DECISIONS 17). `why` is shown to people.
///
/// # Errors
/// This process has no instance key; the database.
pub fn begin_epoch(conn: &mut Conn, ctx: &Ctx, why: &str) -> Result<Signed> {
    let keys = sealing::current().ok_or_else(|| {
        Error::refused("needs_key", "This process was started without the instance's key, so it cannot begin a new epoch of the history.")
    })?;
    let last = checkpoints::last(conn)?;
    let head = events::seal_head(conn, &keys)?;
    let begun = Checkpoint {
        note: Some(why.to_owned()),
        left: last.as_ref().map(|last| last.epoch.clone()),
        ..draft(&EpochId::generate().to_string(), Why::Restored, ctx.now, &head)
    };
    let signed = add(conn, &keys, begun, last.as_ref())?;
    ctx.record(
        conn,
        Event {
            action: "audit.epoch_begun",
            object: Some((ObjectKind::Instance, "instance", "Signalbox")),
            before: Some(json!({"epoch": signed.checkpoint.left, "event": head.seq, "hash": head.hash})),
            after: Some(json!({"epoch": signed.checkpoint.epoch})),
            reason: Some(why),
            ..Event::default()
        },
    )?;
    Ok(signed)
}

fn draft(epoch: &str, why: Why, now: Micros, head: &events::Head) -> Checkpoint {
    Checkpoint {
        number: 0,
        epoch: epoch.to_owned(),
        why,
        note: None,
        at: now.0,
        seq: head.seq,
        count: head.seq,
        head: head.hash.clone(),
        previous: String::new(),
        left: None,
        public_key: String::new(),
    }
}

fn add(conn: &mut Conn, keys: &Keys, checkpoint: Checkpoint, last: Option<&Row>) -> Result<Signed> {
    let signed = keys.sign(Checkpoint {
        number: last.map_or(0, |last| last.number) + 1,
        previous: last.map(|last| last.signature.clone()).unwrap_or_default(),
        ..checkpoint
    });
    checkpoints::insert(conn, &Row::of(&signed))?;
    Ok(signed)
}
