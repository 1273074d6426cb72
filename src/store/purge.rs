//! Taking things out of the bin for good; what is referred to stays (PRODUCT §3.9). Each answers whether its rows went.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{
    bin_entries, cache_entries, component_revisions, components, contents, deployments, draft_saves, environment_versions, flows,
    package_items, planned_changes, proposals, quarantines, release_flows, release_spans, releases, revisions, rollouts,
    run_configurations, runs, secret_values, taken_in, version_texts, versions,
};
use super::{configurations, unsaved};
use crate::domain::component::{Kind, frozen_key};

macro_rules! is_there {
    ($conn:expr, $query:expr) => {
        diesel::select(diesel::dsl::exists($query)).get_result::<bool>($conn)?
    };
}

/// Whether a run, a deployment, a rollout, an approval, a package, a quarantine or a release refers to a version.
fn is_referred(conn: &mut Conn, id: &str) -> Result<bool> {
    Ok(is_there!(conn, runs::table.filter(runs::version_id.eq(id)))
        || is_there!(conn, deployments::table.filter(deployments::version_id.eq(id)))
        || is_there!(conn, proposals::table.filter(proposals::version_id.eq(id)))
        || is_there!(conn, rollouts::table.filter(rollouts::version_id.eq(id).or(rollouts::primary_id.eq(id))))
        || is_there!(conn, package_items::table.filter(package_items::version_id.eq(id)))
        || is_there!(conn, quarantines::table.filter(quarantines::version_id.eq(id)))
        || is_there!(conn, release_flows::table.filter(release_flows::version_id.eq(id)))
        || is_there!(conn, release_spans::table.filter(release_spans::version_id.eq(id))))
}

/// A version with its texts, and its content unless another refers to that. Its number is never used again: the flow
/// counts on.
pub fn version(conn: &mut Conn, id: &str) -> Result<bool> {
    if is_referred(conn, id)? {
        return Ok(false);
    }
    diesel::delete(draft_saves::table.filter(draft_saves::version_id.eq(id))).execute(conn)?;
    unsaved::forget(conn, id)?;
    diesel::delete(version_texts::table.find(id)).execute(conn)?;
    let hashes: Vec<String> = revisions::table.filter(revisions::version_id.eq(id)).select(revisions::content_hash).load(conn)?;
    diesel::delete(revisions::table.filter(revisions::version_id.eq(id))).execute(conn)?;
    diesel::delete(versions::table.find(id)).execute(conn)?;
    for hash in hashes {
        // A run that is no test is pinned to a revision; so both together know every run.
        let used = is_there!(conn, revisions::table.filter(revisions::content_hash.eq(&hash)))
            || is_there!(conn, runs::table.filter(super::cached::said("test")).filter(runs::content_hash.eq(&hash)));
        if !used {
            diesel::delete(contents::table.find(&hash)).execute(conn)?;
        }
    }
    Ok(true)
}

/// A flow with all its versions, or nothing of it.
pub fn flow(conn: &mut Conn, id: &str) -> Result<bool> {
    if is_there!(conn, runs::table.filter(runs::flow_id.eq(id))) || is_there!(conn, deployments::table.filter(deployments::flow_id.eq(id)))
    {
        return Ok(false);
    }
    let ids: Vec<String> = versions::table.filter(versions::flow_id.eq(id)).select(versions::id).load(conn)?;
    for one in &ids {
        if is_referred(conn, one)? {
            return Ok(false);
        }
    }
    diesel::delete(planned_changes::table.filter(planned_changes::flow_id.eq(id))).execute(conn)?;
    for one in &ids {
        version(conn, one)?;
        diesel::delete(bin_entries::table.find(one)).execute(conn)?;
    }
    diesel::delete(flows::table.find(id)).execute(conn)?;
    Ok(true)
}

/// A component with its revisions; a secret's value goes in any case. What a configuration froze is what runs pinned to
/// that configuration used, and what a release lists is what it would bring back: both stay.
pub fn component(conn: &mut Conn, id: &str) -> Result<bool> {
    diesel::delete(secret_values::table.find(id)).execute(conn)?;
    diesel::delete(cache_entries::table.filter(cache_entries::component_id.eq(id))).execute(conn)?;
    let found: Option<(String, String, String)> =
        components::table.find(id).select((components::workspace_id, components::kind, components::name)).first(conn).optional()?;
    let Some((workspace, kind, name)) = found else { return Ok(true) };
    if let Some(kind) = kind.parse::<Kind>().ok().filter(|kind| *kind != Kind::Secret) {
        let named = format!("%\"{}\":%", frozen_key(kind, &name).replace(['%', '_'], "_"));
        let frozen = environment_versions::table
            .filter(environment_versions::workspace_id.eq(&workspace))
            .filter(environment_versions::configuration.like(named.clone()));
        let released = releases::table.filter(releases::workspace_id.eq(&workspace)).filter(releases::manifest.like(format!("%\"{id}\"%")));
        if is_there!(conn, released) {
            return Ok(false);
        }
        if is_there!(conn, taken_in::table.filter(taken_in::component_id.eq(id))) {
            return Ok(false);
        }
        if is_there!(conn, frozen) || is_there!(conn, run_configurations::table.filter(run_configurations::configuration.like(named))) {
            return Ok(false);
        }
    }
    diesel::delete(component_revisions::table.filter(component_revisions::component_id.eq(id))).execute(conn)?;
    diesel::delete(components::table.find(id)).execute(conn)?;
    Ok(true)
}

/// A configuration version. The newest number stays taken by its row, and what runs are pinned to stays readable.
pub fn configuration(conn: &mut Conn, id: &str) -> Result<bool> {
    let Some(row) = configurations::get(conn, id)? else { return Ok(true) };
    if configurations::last_number(conn, &row.environment_id)? == row.number || configurations::has_runs(conn, &row)? {
        return Ok(false);
    }
    diesel::delete(taken_in::table.filter(taken_in::configuration_id.eq(id))).execute(conn)?;
    diesel::delete(environment_versions::table.find(id)).execute(conn)?;
    Ok(true)
}
