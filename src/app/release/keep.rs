//! Keeping a release: by a push, or by a deployment that asks for *backup first* (PRODUCT §5.2, DECISIONS 11).
//!
//! What a deployment keeps is part of that deployment and said by its event; a push and a sync have events of their own.

use std::collections::HashMap;

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::take::take;
use crate::clock::Generate;
use crate::domain::environment::Kind;
use crate::domain::ids::ReleaseId;
use crate::domain::release::{Manifest, Origin, production_hash};
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::Environment;
use crate::store::flows;
use crate::store::releases::{self, Release};
use crate::store::versions;

/// What a deployment keeps of the state before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backup {
    /// What the rule says: always for production, elsewhere nothing.
    #[default]
    Rule,
    /// *Backup first* was ticked.
    Asked,
    /// The deployment is one of a set, and the set keeps its own.
    Done,
}

/// What goes with a release that is kept.
pub(super) struct New<'a> {
    pub origin: Origin,
    pub restorable: bool,
    pub comment: &'a str,
    pub basis: Option<&'a Environment>,
    /// Production's versions, when this is what production runs now.
    pub production: Option<String>,
}

/// Keeps the workspace as it stands under the next number.
pub(super) fn keep(conn: &mut Conn, ctx: &Ctx, workspace: &str, new: New<'_>) -> Result<Release> {
    let number = releases::take_number(conn, workspace)?;
    let manifest = take(conn, workspace, new.basis)?;
    let release = Release {
        id: ReleaseId::generate().into(),
        workspace_id: workspace.to_owned(),
        number,
        origin: new.origin.as_str().to_owned(),
        restorable: new.restorable,
        comment: new.comment.to_owned(),
        author_id: ctx.user_id(),
        author_name: ctx.name().to_owned(),
        at: ctx.now.0,
        environment_id: new.basis.map(|e| e.id.clone()),
        hash: manifest.hash(),
        manifest: manifest.to_text_without_flows(),
        synced_at: new.production.as_ref().map(|_| ctx.now.0),
        production_hash: new.production,
    };
    releases::insert(conn, &release, &manifest)?;
    Ok(release)
}

/// What is live in an environment, hashed; `None` while nothing is.
///
/// # Errors
/// The database.
pub fn standing(conn: &mut Conn, environment: &Environment) -> Result<Option<String>> {
    let rows = deployments::of_environment(conn, &environment.id)?;
    Ok(production_hash(rows.iter().filter_map(|r| Some((r.flow_id.as_str(), r.primary_version.as_deref()?)))))
}

/// Takes the place in the queue of those who keep releases: after routing rows, before the head of the history.
///
/// # Errors
/// The database.
pub fn hold(conn: &mut Conn, environment: &Environment) -> Result<()> {
    Ok(releases::hold(conn, &environment.workspace_id)?)
}

/// Before a deployment: keeps what stands in the environment, unless a release holds just that. Returns the number of the
/// release that holds it; `None` where nothing stood or nothing is to be kept.
///
/// # Errors
/// The database.
pub fn before(conn: &mut Conn, ctx: &Ctx, environment: &Environment, backup: Backup, what: &str) -> Result<Option<i64>> {
    let always = environment.kind()? == Kind::Production;
    match backup {
        Backup::Done => return Ok(None),
        Backup::Rule if !always => return Ok(None),
        Backup::Rule | Backup::Asked => {}
    }
    hold(conn, environment)?;
    let Some(standing) = standing(conn, environment)? else { return Ok(None) };
    if environment.is_production
        && let Some(kept) = releases::synced_as(conn, &environment.workspace_id, &standing)?
    {
        return Ok(Some(kept.number));
    }
    let manifest = take(conn, &environment.workspace_id, Some(environment))?;
    let last = releases::before(conn, &environment.workspace_id, i64::MAX)?;
    if let Some(last) = last.filter(|r| r.restorable && r.hash == manifest.hash()) {
        return Ok(Some(last.number));
    }
    let comment = format!("Before {what}");
    let production = environment.is_production.then_some(standing);
    let new = New { origin: Origin::Before, restorable: true, comment: &comment, basis: Some(environment), production };
    Ok(Some(keep(conn, ctx, &environment.workspace_id, new)?.number))
}

/// After something became live in *the* production without a sync: keeps what production runs now, so that there is a
/// release for each state it was in.
///
/// # Errors
/// The database.
pub fn after(conn: &mut Conn, ctx: &Ctx, environment: &Environment, backup: Backup, what: &str) -> Result<Option<i64>> {
    if !environment.is_production || backup == Backup::Done {
        return Ok(None);
    }
    let Some(standing) = standing(conn, environment)? else { return Ok(None) };
    let last = releases::last_synced(conn, &environment.workspace_id)?;
    if last.is_some_and(|r| r.production_hash.as_deref() == Some(&standing)) {
        return Ok(None);
    }
    Ok(Some(as_it_runs(conn, ctx, environment, standing, what)?))
}

/// Keeps what production runs now. Returns the release's number.
pub(super) fn as_it_runs(conn: &mut Conn, ctx: &Ctx, environment: &Environment, standing: String, what: &str) -> Result<i64> {
    let new = New { origin: Origin::Deployed, restorable: true, comment: what, basis: Some(environment), production: Some(standing) };
    Ok(keep(conn, ctx, &environment.workspace_id, new)?.number)
}

/// Whether a manifest names exactly the versions that are live in an environment.
pub(super) fn holds(conn: &mut Conn, manifest: &Manifest, environment: &Environment) -> Result<bool> {
    let rows = deployments::of_environment(conn, &environment.id)?;
    let held: HashMap<&str, &str> = manifest.flows.iter().map(|f| (f.id.as_str(), f.version.as_str())).collect();
    Ok(rows.iter().all(|row| held.get(row.flow_id.as_str()).copied() == row.primary_version.as_deref()))
}

/// Whether everything of a manifest that can stand there does: what was put away or is in the bin since is not missed.
pub(super) fn all_stand(conn: &mut Conn, manifest: &Manifest, environment: &Environment) -> Result<bool> {
    let rows = deployments::of_environment(conn, &environment.id)?;
    let live: HashMap<&str, &str> = rows.iter().filter_map(|row| Some((row.flow_id.as_str(), row.primary_version.as_deref()?))).collect();
    for entry in manifest.flows.iter().filter(|f| !f.archived && live.get(f.id.as_str()) != Some(&f.version.as_str())) {
        let flow = flows::get(conn, &entry.id)?.filter(|f| f.deleted_at.is_none());
        if flow.is_some() && versions::get(conn, &entry.version)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
