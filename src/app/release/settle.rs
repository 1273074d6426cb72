//! After a sync: notes where the release went, and says which release production runs since.

use serde_json::{Value, json};

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::sync::Synced;
use super::{keep, note};
use crate::clock::Generate;
use crate::domain::ids::ReleaseSyncId;
use crate::domain::release::production_hash;
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::releases::{self, Release};

/// After a sync that moved what it could.
pub(super) fn synced(conn: &mut Conn, ctx: &Ctx, environment: &Environment, comment: &str, done: &mut Synced) -> Result<()> {
    let release = done.release.clone();
    let what = format!("Release {} was synced to {} in part", release.number, environment.name);
    reached(conn, ctx, environment, &release, !done.changed.is_empty(), &what)?;
    write(conn, ctx, environment, comment, &release, "release.synced", outcome(done))?;
    done.release = releases::get(conn, &release.workspace_id, &release.id)?.unwrap_or(release);
    Ok(())
}

/// After a sync that made proposals: nothing has moved yet.
pub(super) fn proposed(conn: &mut Conn, ctx: &Ctx, environment: &Environment, comment: &str, done: &Synced) -> Result<()> {
    write(conn, ctx, environment, comment, &done.release, "release.proposed", outcome(done))
}

fn outcome(done: &Synced) -> Value {
    let changed: Vec<_> = done.changed.iter().map(|(flow, from, to)| json!({"flow": flow, "from": from, "to": to})).collect();
    let proposed: Vec<_> = done.proposed.iter().map(|(flow, id)| json!({"flow": flow, "proposal": id})).collect();
    let mut outcome = json!({
        "changed": changed, "same": done.same, "configuration": done.configuration, "kept": done.kept, "left": done.left,
    });
    if !proposed.is_empty() {
        outcome["proposed"] = proposed.into();
    }
    outcome
}

/// After a deployment that carried out a proposal of a sync.
///
/// # Errors
/// The database.
pub fn carried_out(
    conn: &mut Conn,
    ctx: &Ctx,
    (flow, environment): (&Flow, &Environment),
    id: &str,
    record: &Record,
    comment: &str,
) -> Result<()> {
    let Some(release) = releases::get(conn, &flow.workspace_id, id)? else { return Ok(()) };
    let changed = json!([{"flow": flow.slug, "from": record.from_number, "to": record.version_number}]);
    let outcome = json!({"changed": changed, "same": [], "configuration": null, "kept": [], "left": []});
    write(conn, ctx, environment, comment, &release, "release.synced", outcome)
}

/// Once a flow of a release became live through a proposal of its sync. Whether there is such a release.
///
/// # Errors
/// The database.
pub fn arrived(conn: &mut Conn, ctx: &Ctx, environment: &Environment, id: &str, what: &str) -> Result<bool> {
    let Some(release) = releases::get(conn, &environment.workspace_id, id)? else { return Ok(false) };
    reached(conn, ctx, environment, &release, true, what)?;
    Ok(true)
}

/// Says which release production runs now. `moved`: something of this one became live just now.
fn reached(conn: &mut Conn, ctx: &Ctx, environment: &Environment, release: &Release, moved: bool, what: &str) -> Result<()> {
    if !environment.is_production {
        return Ok(());
    }
    let Some(standing) = keep::standing(conn, environment)? else { return Ok(()) };
    let manifest = releases::manifest(conn, release)?;
    let all = keep::all_stand(conn, &manifest, environment)?;
    if all && keep::holds(conn, &manifest, environment)? {
        releases::set_synced(conn, &release.id, ctx.now.0, &standing)?;
        return Ok(());
    }
    if !moved && !all {
        return Ok(());
    }
    // Production runs something else than the release holds, so it is not the one that is green.
    let own = production_hash(manifest.flows.iter().filter(|f| !f.archived).map(|f| (f.id.as_str(), f.version.as_str())));
    releases::set_synced(conn, &release.id, ctx.now.0, own.as_deref().unwrap_or(&standing))?;
    if releases::synced_as(conn, &environment.workspace_id, &standing)?.is_none() {
        keep::as_it_runs(conn, ctx, environment, standing, what)?;
    }
    Ok(())
}

fn write(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    comment: &str,
    release: &Release,
    action: &str,
    outcome: Value,
) -> Result<()> {
    let row = releases::Sync {
        id: ReleaseSyncId::generate().into(),
        release_id: release.id.clone(),
        environment_id: environment.id.clone(),
        at: ctx.now.0,
        actor_id: ctx.user_id(),
        actor_name: ctx.name().to_owned(),
        comment: comment.to_owned(),
        outcome: outcome.to_string(),
    };
    releases::insert_sync(conn, &row)?;
    note(conn, ctx, action, release, Some(&environment.id), outcome, Some(comment))
}
