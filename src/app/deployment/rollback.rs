//! The way back: the version that was primary here before, preselected (PRODUCT §5.5).

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::deploy::runnable;
use super::{Change, Place};
use crate::domain::access::Permission;
use crate::domain::deployment::{InFlight, Verb, roll_back as decide};
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Record};
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::page::Direction;
use crate::store::versions::{self, Version};

/// Records looked through for versions to go back to.
const LOOKED_THROUGH: i64 = 200;

/// Versions that were primary here, the most recent first, without what is live now. The first one is preselected.
///
/// # Errors
/// The database.
pub fn targets(conn: &mut Conn, flow: &Flow, environment: &Environment) -> Result<Vec<(Version, Record)>> {
    let place = Place::load(conn, flow, environment)?;
    let live = place.routing.primary.as_ref().map(|p| p.version.to_string());
    let mut found: Vec<(Version, Record)> = Vec::new();
    for record in deployments::records(conn, &flow.id, &environment.id, &Direction::Newest, LOOKED_THROUGH)?.items {
        let Some(id) = &record.version_id else { continue };
        if Some(id) == live.as_ref() || found.iter().any(|(v, _)| v.id == *id) {
            continue;
        }
        if let Some(version) = versions::get(conn, id)?.filter(|v| v.archived_at.is_none()) {
            found.push((version, record));
        }
    }
    Ok(found)
}

/// The version a roll back would lead to: the first of [`targets`], without looking through all of them.
///
/// # Errors
/// The database.
pub fn previous(conn: &mut Conn, flow: &Flow, environment: &Environment, live: &str) -> Result<Option<Version>> {
    let Some(record) = deployments::last_other(conn, &flow.id, &environment.id, live)? else { return Ok(None) };
    let version = match &record.version_id {
        Some(id) => versions::get(conn, id)?.filter(|v| v.archived_at.is_none()),
        None => None,
    };
    match version {
        Some(version) => Ok(Some(version)),
        None => Ok(targets(conn, flow, environment)?.into_iter().next().map(|(version, _)| version)),
    }
}

/// Goes back to `to`, or to the version that was live here before.
///
/// # Errors
/// No reason given; nothing to go back to; `to` was never live here; stale.
pub fn roll_back(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    to: Option<&Version>,
    reason: &str,
    expect: Option<i64>,
) -> Result<Record> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let Some(reason) = reason else {
        return Err(Error::invalid("reason", "Say why you go back: whoever mends it will want to know."));
    };
    let place = Place::load(conn, flow, environment)?;
    place.still_at(expect)?;
    if place.routing.primary.is_none() {
        return Err(crate::domain::deployment::InvalidTransition::NothingLive.into());
    }
    let targets = targets(conn, flow, environment)?;
    let target = match to {
        Some(wanted) => {
            let live = place.routing.primary.as_ref().is_some_and(|p| p.version.as_str() == wanted.id);
            if !live && !targets.iter().any(|(v, _)| v.id == wanted.id) {
                return Err(Error::refused(
                    "never_live_here",
                    format!("Version {} was never live in {}. Deploy it instead.", wanted.number, environment.name),
                ));
            }
            wanted.clone()
        }
        None => match targets.into_iter().next() {
            Some((version, _)) => version,
            None => {
                return Err(Error::refused(
                    "nothing_to_go_back_to",
                    format!("No other version was ever live in {}. Stop it, or deploy another version.", environment.name),
                ));
            }
        },
    };
    let next = decide(&place.routing, target.pin())?;
    runnable(conn, flow, environment, &target)?;
    versions::went_live(conn, &target.id, ctx.now.0, environment.is_production)?;
    let change = Change { verb: Verb::Rollback, reason: Some(&reason), in_flight: InFlight::Drain };
    place.change(conn, ctx, &next, &change)
}
