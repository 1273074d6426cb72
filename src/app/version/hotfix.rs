//! Hot-fix: settings and properties of a live version change, its steps do not (PRODUCT §3.6).
//!
//! It becomes revision n.r. New runs take it at once wherever the version is live; running ones keep theirs.

use serde_json::{Value, json};

use super::super::approval::unprotected;
use super::super::ctx::{Ctx, Event};
use super::super::deployment::{Change, Place};
use super::super::environment::gate;
use super::super::error::{Error, Refusal, Result};
use super::super::rollout::begin;
use super::check::check;
use super::document;
use crate::definition::{diff, structure_hash};
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::deployment::{InFlight, Verb, refit};
use crate::domain::event::ObjectKind;
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::contents::{self, Content};
use crate::store::deployments::{self, Record};
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Version};

/// What is to change.
#[derive(Debug, Clone, Default)]
pub struct Hotfix {
    /// The whole new text.
    pub text: Option<String>,
    /// The whole new settings.
    pub settings: Option<Value>,
    /// Why; always needed.
    pub note: String,
    /// The lock version the caller looked at, if it matters to them.
    pub based_on: Option<i64>,
}

/// Puts a new revision of a live version in place.
///
/// # Errors
/// Not live; steps added, removed or re-wired; not ready; nothing changed; protected or frozen; stale.
pub fn hotfix(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, fix: &Hotfix) -> Result<(Version, Vec<Record>)> {
    flows::lock(conn, &flow.id)?;
    let version = &versions::get(conn, &version.id)?.ok_or_else(|| Error::not_found("version", &version.number.to_string()))?;
    let environments = reach(conn, ctx, flow, version)?;
    open(ctx.now, &environments)?;
    let note = parse_note(&fix.note).map_err(|e| Error::invalid("note", e.to_string()))?;
    let Some(note) = note else { return Err(Error::invalid("note", "Say why: a live version changes.")) };
    if fix.based_on.is_some_and(|lock| lock != version.lock_version) {
        return Err(stale(version));
    }
    let before = document(conn, &version.id)?;
    let (text, settings) = (fix.text.clone().unwrap_or(before.text), fix.settings.clone().unwrap_or(before.settings));
    let (content, sentences) = judged(conn, ctx, flow, version, &text, &settings)?;
    contents::put_content(conn, &content)?;
    let revision = version.revision + 1;
    contents::insert_revision(conn, &version.id, revision, &content.hash, &note, ctx.now.0, ctx.name())?;
    contents::set_text(conn, &version.id, &text, &settings.to_string())?;
    if !versions::revise(conn, &version.id, version.lock_version, revision, &content.hash)? {
        return Err(stale(version));
    }
    let mut records = Vec::with_capacity(environments.len());
    for environment in &environments {
        let place = Place::hold(conn, flow, environment)?;
        if let Some(next) = refit(&place.routing, &version.id(), revision) {
            if place.routing.candidate.is_some() {
                begin::anew(conn, ctx, &place)?;
            }
            records.push(place.change(conn, ctx, &next, &Change { reason: Some(&note), ..Change::of(Verb::Hotfix, InFlight::Drain) })?);
        }
    }
    ctx.record(
        conn,
        Event {
            action: "version.hotfixed",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &version.id, &format!("v{}.{revision}", version.number))),
            before: Some(json!({"revision": version.revision, "hash": version.content_hash})),
            after: Some(json!({"revision": revision, "hash": content.hash, "changes": sentences})),
            reason: Some(&note),
            ..Event::default()
        },
    )?;
    Ok((versions::get(conn, &version.id)?.unwrap_or_else(|| version.clone()), records))
}

/// The environments that a hot-fix reaches: where the version takes runs, and the actor may change what runs there.
///
/// # Errors
/// Not live; not allowed in one of them.
pub fn reach(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version) -> Result<Vec<Environment>> {
    let places = live_in(conn, version)?;
    let mut found = Vec::with_capacity(places.len());
    for id in &places {
        let environment = environments::get(conn, id)?.ok_or_else(|| Error::not_found("environment", id))?;
        ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
        found.push(environment);
    }
    if found.is_empty() {
        return Err(Error::refused(
            "not_live",
            format!("Version {} is not live anywhere, so there is nothing to hot-fix. Make a new version from it.", version.number),
        ));
    }
    found.sort_by_key(|environment| environment.position);
    Ok(found)
}

/// Refuses where others have to approve first, and while a freeze holds.
///
/// # Errors
/// `approval_needed`, `frozen`.
pub fn open(now: Micros, environments: &[Environment]) -> Result<()> {
    for environment in environments {
        unprotected(environment).map_err(|error| match error {
            // A proposal is bound to a version as it stands, so it cannot carry a hot-fix.
            Error::Refused(refusal) => Error::Refused(Refusal {
                message: format!(
                    "{} is protected, and a hot-fix cannot be approved beforehand. Make a new version and propose it.",
                    environment.name
                ),
                ..refusal
            }),
            other => other,
        })?;
        gate::thawed(now, environment)?;
    }
    Ok(())
}

/// The environments where a version takes runs.
///
/// # Errors
/// The database.
pub fn live_in(conn: &mut Conn, version: &Version) -> Result<Vec<String>> {
    let rows = deployments::of_flow(conn, &version.flow_id)?;
    let here = |row: &deployments::Row| [&row.primary_version, &row.candidate_version].into_iter().flatten().any(|v| *v == version.id);
    Ok(rows.into_iter().filter(here).map(|row| row.environment_id).collect())
}

/// The new content, if it may replace the present one; with what changed in words.
fn judged(conn: &mut Conn, ctx: &Ctx, flow: &Flow, version: &Version, text: &str, settings: &Value) -> Result<(Content, Vec<String>)> {
    let checked = check(conn, flow, text, settings)?;
    let Some(definition) = checked.definition.as_ref().filter(|_| checked.ready()) else {
        return Err(Error::Refused(Refusal {
            code: "version_not_ready",
            message: "The hot-fix is not ready: solve its problems first.".into(),
            detail: json!({"problems": checked.problems}),
        }));
    };
    let present = contents::content(conn, &version.content_hash)?
        .ok_or_else(|| StoreError::corrupt(format!("version {} has no content", version.number)))?;
    if checked.content_hash == present.hash {
        return Err(Error::refused("identical", "Nothing changed, so there is nothing to put in place."));
    }
    let structure = structure_hash(definition.value());
    if structure != present.structure_hash {
        return Err(Error::refused(
            "structure_changed",
            "A hot-fix may change properties of steps and settings, but not add, remove, rename or re-wire steps. Make a new version instead.",
        ));
    }
    let old: Value = serde_json::from_str(&present.definition).map_err(StoreError::corrupt)?;
    let old_settings: Value = serde_json::from_str(&present.settings).map_err(StoreError::corrupt)?;
    let changes =
        diff::diff(diff::Content { definition: &old, settings: &old_settings }, diff::Content { definition: definition.value(), settings });
    let sentences = changes.into_iter().map(|change| change.what).collect();
    let content = Content {
        hash: checked.content_hash.clone(),
        definition: definition.value().to_string(),
        settings: settings.to_string(),
        structure_hash: structure,
        created_at: ctx.now.0,
    };
    Ok((content, sentences))
}

fn stale(version: &Version) -> Error {
    Error::Stale {
        message: format!("Version {} changed in the meantime. Look at it again.", version.number),
        current: json!({"number": version.number, "revision": version.revision, "etag": version.lock_version}),
    }
}
