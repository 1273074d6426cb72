//! Backups by themselves: how often, how many stay, and when the next one is due.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::{Depot, ask};
use crate::domain::access::Permission;
use crate::domain::backup::{Reason, Schedule, Verification};
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::{backups, workspaces};

const NAME: &str = "backup_schedule";

/// The settings; the usual ones until somebody changes them.
///
/// # Errors
/// The database.
pub fn settings(conn: &mut Conn) -> Result<Schedule> {
    match workspaces::instance_value(conn, NAME)? {
        Some(text) => Ok(serde_json::from_str(&text).map_err(StoreError::corrupt)?),
        None => Ok(Schedule::default()),
    }
}

/// Changes the settings; `expect` is what the form was filled with.
///
/// # Errors
/// Not an admin of the instance; figures out of range; somebody else changed them meanwhile.
pub fn change(conn: &mut Conn, ctx: &Ctx, new: Schedule, expect: Option<Schedule>) -> Result<Schedule> {
    ctx.allow(Permission::Administer, None)?;
    let new = new.check().map_err(|(field, says)| Error::invalid(field, says))?;
    let before = settings(conn)?;
    if expect.is_some_and(|expect| expect != before) {
        let current = json!(before);
        return Err(Error::Stale {
            message: format!(
                "Somebody else changed the schedule of backups meanwhile: {}. Save again to put yours in its place.",
                words(before)
            ),
            current,
        });
    }
    if new != before {
        workspaces::set_instance_value(conn, NAME, &json!(new).to_string())?;
        ctx.record(
            conn,
            Event { action: "backup.schedule_changed", before: Some(json!(before)), after: Some(json!(new)), ..Event::default() },
        )?;
    }
    Ok(new)
}

/// Settings in words.
fn words(schedule: Schedule) -> String {
    let Schedule { every_hours, keep, max_days } = schedule;
    format!("one every {every_hours} hours, at most {keep} kept, for {max_days} days (0: without end)")
}

/// When the next backup is due by the settings; in the past when its time was missed. `None`: none is made.
///
/// # Errors
/// The database.
pub fn next(conn: &mut Conn) -> Result<Option<Micros>> {
    let schedule = settings(conn)?;
    let Some(begun) = workspaces::list(conn)?.first().map(|first| Micros(first.created_at)) else { return Ok(None) };
    let good = backups::kept(conn)?.into_iter().filter(|b| b.verification == Verification::Passed.as_str());
    let last_good = good.filter_map(|b| b.made_at).max().map(Micros);
    let last_tried = backups::last_tried(conn)?.map(Micros);
    Ok(schedule.next(begun, last_good, last_tried))
}

/// Asks for a backup when one is due and none is under way. `true` when it did.
///
/// # Errors
/// The database.
pub fn ask_if_due(conn: &mut Conn, ctx: &Ctx, depot: &Depot) -> Result<bool> {
    if next(conn)?.is_none_or(|at| at > ctx.now) || backups::waiting(conn)?.is_some() || !backups::running(conn)?.is_empty() {
        return Ok(false);
    }
    backups::insert(conn, &ask::row(ctx, &depot.folder, Reason::Scheduled))?;
    Ok(true)
}
