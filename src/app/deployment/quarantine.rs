//! Quarantine: a version that was rolled back from may not come back here until somebody releases it (PRODUCT §5.5).

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::Place;
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::ids::QuarantineId;
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::quarantines::{self, Quarantine};
use crate::store::versions::Version;

/// Puts a version in quarantine here, as part of the change whose event is `event_seq`.
///
/// # Errors
/// The database.
pub fn hold(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, version: (&str, i64), reason: &str, event_seq: i64) -> Result<()> {
    let row = Quarantine {
        id: QuarantineId::generate().into(),
        workspace_id: place.flow.workspace_id.clone(),
        flow_id: place.flow.id.clone(),
        environment_id: place.environment.id.clone(),
        version_id: version.0.to_owned(),
        version_number: version.1,
        reason: reason.to_owned(),
        since: ctx.now.0,
        by_name: ctx.name().to_owned(),
        event_seq,
        released_at: None,
        released_by: None,
        release_reason: None,
    };
    quarantines::insert(conn, &row)?;
    Ok(())
}

/// Goes on only when the version is not held here.
///
/// # Errors
/// `quarantined`, with the reason and how to lift it.
pub fn check(conn: &mut Conn, flow: &Flow, environment: &Environment, version: &Version) -> Result<()> {
    let held = quarantines::held(conn, &flow.id, &environment.id)?;
    match held.into_iter().find(|q| q.version_id == version.id) {
        None => Ok(()),
        Some(q) => Err(Error::Refused(super::super::Refusal {
            code: "quarantined",
            message: format!(
                "Version {} is quarantined in {}: {} Release it with a reason first, or choose another version.",
                q.version_number,
                environment.name,
                sentence(&q.reason)
            ),
            detail: json!({"version": q.version_number, "reason": q.reason, "by": q.by_name}),
        })),
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Lifts a quarantine.
///
/// # Errors
/// It is not held; no reason given.
pub fn release(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version, reason: &str) -> Result<Quarantine> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let Some(reason) = reason else {
        return Err(Error::invalid("reason", "Say why it may come back: what was found, what was mended."));
    };
    let held = quarantines::held(conn, &flow.id, &environment.id)?;
    let Some(row) = held.into_iter().find(|q| q.version_id == version.id) else {
        return Err(Error::refused(
            "not_quarantined",
            format!("Version {} is not quarantined in {}, so there is nothing to release.", version.number, environment.name),
        ));
    };
    if !quarantines::release(conn, &row.id, ctx.now.0, ctx.name(), &reason)? {
        return Err(Error::refused("not_quarantined", "Somebody released it a moment ago."));
    }
    ctx.record(
        conn,
        Event {
            action: "version.released",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Version, &version.id, &format!("{} v{} in {}", flow.name, version.number, environment.name))),
            before: Some(json!({"quarantined": row.reason, "by": row.by_name})),
            after: Some(json!({"version": version.number})),
            reason: Some(&reason),
            ..Event::default()
        },
    )?;
    Ok(Quarantine { released_at: Some(ctx.now.0), released_by: Some(ctx.name().to_owned()), release_reason: Some(reason), ..row })
}
