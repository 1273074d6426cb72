//! The way back: the version that was primary here before, preselected (PRODUCT §5.5).

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::rollout::{stop, under_way};
use super::deploy::runnable_as;
use super::{Change, Place, quarantine};
use crate::domain::access::Permission;
use crate::domain::deployment::{InFlight, InvalidTransition, PUTS, Pin, Routing, Verb, roll_back as decide};
use crate::domain::names::parse_note;
use crate::domain::rollout::State;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Record};
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::page::Direction;
use crate::store::quarantines;
use crate::store::versions::{self, Version};

/// Records looked through for versions to go back to.
const LOOKED_THROUGH: i64 = 200;
/// Records that mostly hold the version before.
const LATEST: i64 = 10;

/// A version to go back to.
#[derive(Debug, Clone)]
pub struct Way {
    /// The version.
    pub version: Version,
    /// What made it primary here last.
    pub record: Record,
    /// The revision that stood here last: what somebody hot-fixed elsewhere since never ran here (DECISIONS 1).
    pub pin: Pin,
}

/// Versions that were primary here, without what is live now: the most recent first, and last those that somebody
/// rolled back from. What is quarantined is no way back. During a rollout the primary itself comes first: going back
/// to it ends the rollout. The first one is preselected.
///
/// # Errors
/// The database.
pub fn targets(conn: &mut Conn, flow: &Flow, environment: &Environment) -> Result<Vec<Way>> {
    let routing = Place::load(conn, flow, environment)?.routing;
    let primary = routing.primary.as_ref().map_or("", |p| p.version.as_str());
    let records = deployments::records(conn, &flow.id, &environment.id, &Direction::Newest, LOOKED_THROUGH)?.items;
    let mut ways = ways_back(&records, if routing.candidate.is_some() { "" } else { primary });
    ways.sort_by_key(|(id, _)| *id != primary);
    let held = quarantines::held(conn, &flow.id, &environment.id)?;
    let mut found = Vec::new();
    for (id, record) in ways {
        let free = *id == *primary || !held.iter().any(|q| q.version_id == id);
        if free && let Some(version) = versions::get(conn, id)?.filter(|v| v.archived_at.is_none()) {
            let pin = stood_as(&records, id).unwrap_or_else(|| version.pin());
            found.push(Way { version, record: record.clone(), pin });
        }
    }
    Ok(found)
}

/// The version a roll back would lead to: the first of [`targets`], mostly without looking through all of them.
///
/// # Errors
/// The database.
pub fn previous(conn: &mut Conn, flow: &Flow, environment: &Environment, live: &str) -> Result<Option<Version>> {
    let latest = deployments::records(conn, &flow.id, &environment.id, &Direction::Newest, LATEST)?;
    let held = quarantines::held(conn, &flow.id, &environment.id)?;
    for (id, record) in ways_back(&latest.items, live) {
        // One that was rolled back from comes last of all, and these are not all.
        if latest.more && left_by_roll_back(&latest.items, id, record) {
            break;
        }
        if held.iter().any(|q| q.version_id == id) {
            continue;
        }
        if let Some(version) = versions::get(conn, id)?.filter(|v| v.archived_at.is_none()) {
            return Ok(Some(version));
        }
    }
    if !latest.more {
        return Ok(None);
    }
    Ok(targets(conn, flow, environment)?.into_iter().next().map(|way| way.version))
}

/// How a version stood here last: the newest record that has it as primary. `records` are newest first.
fn stood_as(records: &[Record], id: &str) -> Option<Pin> {
    let primary = |record: &Record| serde_json::from_str::<Routing>(&record.snapshot).ok()?.primary;
    records.iter().filter_map(primary).find(|pin| pin.version.as_str() == id)
}

/// Each version with the newest record that made it primary. `records` are newest first.
fn ways_back<'a>(records: &'a [Record], live: &str) -> Vec<(&'a str, &'a Record)> {
    let mut found: Vec<(&str, &Record)> = Vec::new();
    for record in records.iter().filter(|r| PUTS.iter().any(|verb| verb.as_str() == r.verb)) {
        if let Some(id) = record.version_id.as_deref()
            && id != live
            && !found.iter().any(|(known, _)| *known == id)
        {
            found.push((id, record));
        }
    }
    found.sort_by_key(|(id, record)| left_by_roll_back(records, id, record));
    found
}

/// Whether somebody rolled back from a version after it was made primary by `record`.
fn left_by_roll_back(records: &[Record], id: &str, record: &Record) -> bool {
    let later = records.iter().take_while(|r| r.routing_revision > record.routing_revision);
    later.into_iter().any(|r| r.verb == Verb::Rollback.as_str() && r.from_version_id.as_deref() == Some(id))
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
    let place = Place::hold(conn, flow, environment)?;
    place.still_at(expect)?;
    let Some(live) = place.routing.primary.clone() else { return Err(InvalidTransition::NothingLive.into()) };
    let (target, pin) = match to {
        Some(wanted) => (wanted.clone(), named(conn, flow, environment, &live, wanted)?),
        None => match targets(conn, flow, environment)?.into_iter().next() {
            // Going back to the primary itself keeps the revision that is live.
            Some(way) if way.version.id == live.version.as_str() => (way.version, live.clone()),
            Some(way) => (way.version, way.pin),
            None => return Err(nowhere(conn, flow, environment)?),
        },
    };
    let next = decide(&place.routing, pin.clone())?;
    runnable_as(conn, flow, environment, &target, pin.revision)?;
    let mut left: Vec<Pin> = Vec::new();
    if let Some(candidate) = &place.routing.candidate {
        let rollout = under_way(conn, &place)?;
        stop::close(conn, ctx, &place, &rollout, State::RolledBack, Some(&reason))?;
        left.push(candidate.pin.clone());
    }
    if live.version.as_str() != target.id {
        versions::went_live(conn, &target.id, ctx.now.0, environment.is_production)?;
        left.push(live);
    }
    let record = place.change(conn, ctx, &next, &Change { reason: Some(&reason), ..Change::of(Verb::Rollback, InFlight::Drain) })?;
    for bad in &left {
        quarantine::hold(conn, ctx, &place, (bad.version.as_str(), bad.number), &reason, record.event_seq)?;
    }
    Ok(record)
}

/// What is said when there is no way back (PRODUCT §5.5).
///
/// # Errors
/// The database.
pub fn nowhere(conn: &mut Conn, flow: &Flow, environment: &Environment) -> Result<Error> {
    let held: Vec<String> = quarantines::held(conn, &flow.id, &environment.id)?.iter().map(|q| q.version_number.to_string()).collect();
    let says = match held.as_slice() {
        [] => format!("No other version was ever live in {}. Stop it, or deploy another version.", environment.name),
        held => format!(
            "Every other version that took runs in {} is quarantined: {}. Release one with a reason, stop the flow, or deploy another version.",
            environment.name,
            held.join(", ")
        ),
    };
    Ok(Error::refused("nothing_to_go_back_to", says))
}

/// How a target that was asked for by name stood here: it was live, and nobody found it bad since.
fn named(conn: &mut Conn, flow: &Flow, environment: &Environment, live: &Pin, wanted: &Version) -> Result<Pin> {
    if live.version.as_str() == wanted.id {
        return Ok(live.clone());
    }
    quarantine::check(conn, flow, environment, wanted)?;
    let way = targets(conn, flow, environment)?.into_iter().find(|way| way.version.id == wanted.id);
    way.map(|way| way.pin).ok_or_else(|| {
        let says = format!("Version {} was never live in {}. Deploy it instead.", wanted.number, environment.name);
        Error::refused("never_live_here", says)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(revision: i64, verb: Verb, to: &str, from: &str) -> Record {
        Record {
            id: String::new(),
            workspace_id: String::new(),
            flow_id: String::new(),
            environment_id: String::new(),
            routing_revision: revision,
            verb: verb.as_str().to_owned(),
            version_id: Some(to.to_owned()),
            version_number: None,
            from_version_id: Some(from.to_owned()),
            from_number: None,
            comment: None,
            in_flight: String::new(),
            actor_id: None,
            actor_name: String::new(),
            at: revision,
            event_seq: revision,
            snapshot: String::new(),
        }
    }

    fn ids<'a>(records: &'a [Record], live: &str) -> Vec<&'a str> {
        ways_back(records, live).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn what_was_rolled_back_from_comes_last_until_it_is_deployed_again() {
        let mut records = vec![
            record(4, Verb::Rollback, "b", "c"),
            record(3, Verb::Deploy, "c", "b"),
            record(2, Verb::Deploy, "b", "a"),
            record(1, Verb::Deploy, "a", ""),
        ];
        assert_eq!(ids(&records, "b"), ["a", "c"]);
        records.insert(0, record(5, Verb::Redeploy, "c", "b"));
        assert_eq!(ids(&records, "c"), ["b", "a"]);
        records.insert(0, record(6, Verb::Deploy, "d", "c"));
        assert_eq!(ids(&records, "d"), ["c", "b", "a"]);
    }
}
