//! What *Export* reads whole, and what *Import* writes besides the ordinary inserts.

use diesel::prelude::*;

use super::cached::{one_of, said};
use super::components::Revision as ComponentRevision;
use super::configurations::EnvironmentVersion;
use super::conn::Conn;
use super::contents::{Content, Revision, Text};
use super::environments::Environment;
use super::error::Result;
use super::flows::Flow;
use super::packages::Package;
use super::quarantines::Quarantine;
use super::schema::{
    component_revisions, components, contents, environment_versions, environments, flows, packages, plans, quarantines, revisions, runs,
    version_texts, versions,
};
use super::versions::Version;
use crate::domain::environment::Configuration;
use crate::{each_backend, fixed};

/// Every flow of a workspace outside the bin, by slug.
pub fn flows(conn: &mut Conn, workspace: &str) -> Result<Vec<Flow>> {
    Ok(flows::table
        .filter(flows::workspace_id.eq(workspace))
        .filter(flows::deleted_at.is_null())
        .order(flows::slug.asc())
        .select(Flow::as_select())
        .load(conn)?)
}

/// Every version of a flow outside the bin, by number.
pub fn versions(conn: &mut Conn, flow: &str) -> Result<Vec<Version>> {
    Ok(versions::table
        .filter(versions::flow_id.eq(flow))
        .filter(versions::deleted_at.is_null())
        .order(versions::number.asc())
        .select(Version::as_select())
        .load(conn)?)
}

/// How many bytes the texts of some versions have together, without reading them.
pub fn length(conn: &mut Conn, versions: &[&str]) -> Result<i64> {
    use diesel::sql_types::{BigInt, Nullable};
    let bytes = diesel::dsl::sql::<Nullable<BigInt>>("CAST(SUM(LENGTH(text)) AS BIGINT)");
    let rows = version_texts::table.filter(one_of("version_id", versions)).select(bytes);
    Ok(each_backend!(conn, inner => rows.get_result::<Option<i64>>(inner))?.unwrap_or(0))
}

/// The texts of some versions.
pub fn texts(conn: &mut Conn, versions: &[&str]) -> Result<Vec<Text>> {
    let rows = version_texts::table.filter(one_of("version_id", versions));
    Ok(each_backend!(conn, inner => fixed!(rows.select(Text::as_select())).load(inner))?)
}

/// The revisions of some versions, oldest first.
pub fn revisions(conn: &mut Conn, versions: &[&str]) -> Result<Vec<Revision>> {
    let rows = revisions::table.filter(one_of("version_id", versions)).order(revisions::revision.asc());
    Ok(each_backend!(conn, inner => fixed!(rows.select(Revision::as_select())).load(inner))?)
}

/// Frozen contents by their hashes, in the order of the hashes.
pub fn contents(conn: &mut Conn, hashes: &[&str]) -> Result<Vec<Content>> {
    let rows = contents::table.filter(one_of("hash", hashes)).order(contents::hash.asc());
    Ok(each_backend!(conn, inner => fixed!(rows.select(Content::as_select())).load(inner))?)
}

/// What is held in quarantine of a flow, oldest first.
pub fn held(conn: &mut Conn, flow: &str) -> Result<Vec<Quarantine>> {
    Ok(quarantines::table
        .filter(quarantines::flow_id.eq(flow))
        .filter(quarantines::released_at.is_null())
        .order((quarantines::since.asc(), quarantines::id.asc()))
        .select(Quarantine::as_select())
        .load(conn)?)
}

/// What versions of a workspace that are held in quarantine execute: content hash, flow, number, why.
pub fn held_contents(conn: &mut Conn, workspace: &str) -> Result<Vec<(String, String, i64, String)>> {
    Ok(quarantines::table
        .inner_join(versions::table.on(versions::id.eq(quarantines::version_id)))
        .inner_join(flows::table.on(flows::id.eq(quarantines::flow_id)))
        .filter(quarantines::workspace_id.eq(workspace))
        .filter(quarantines::released_at.is_null())
        .order(quarantines::id.asc())
        .select((versions::content_hash, flows::name, versions::number, quarantines::reason))
        .load(conn)?)
}

/// The revisions of the components of a workspace outside the bin, oldest first.
pub fn component_revisions(conn: &mut Conn, workspace: &str) -> Result<Vec<ComponentRevision>> {
    Ok(component_revisions::table
        .inner_join(components::table.on(components::id.eq(component_revisions::component_id)))
        .filter(components::workspace_id.eq(workspace))
        .filter(components::deleted_at.is_null())
        .order((component_revisions::component_id.asc(), component_revisions::revision.asc()))
        .select(ComponentRevision::as_select())
        .load(conn)?)
}

/// Every package of a workspace, by name.
pub fn packages(conn: &mut Conn, workspace: &str) -> Result<Vec<Package>> {
    Ok(packages::table.filter(packages::workspace_id.eq(workspace)).order(packages::name.asc()).select(Package::as_select()).load(conn)?)
}

/// Whether a workspace holds nothing yet but the environments it was made with, and nothing ran there.
pub fn is_empty(conn: &mut Conn, workspace: &str) -> Result<bool> {
    use diesel::dsl::exists;
    let here = |found: std::result::Result<bool, diesel::result::Error>| found;
    let blank = Configuration::default().to_text();
    let used = [
        here(
            diesel::select(exists(flows::table.filter(flows::workspace_id.eq(workspace)).filter(flows::deleted_at.is_null())))
                .get_result(conn),
        )?,
        here(
            diesel::select(exists(
                components::table.filter(components::workspace_id.eq(workspace)).filter(components::deleted_at.is_null()),
            ))
            .get_result(conn),
        )?,
        here(diesel::select(exists(plans::table.filter(plans::workspace_id.eq(workspace)))).get_result(conn))?,
        here(diesel::select(exists(packages::table.filter(packages::workspace_id.eq(workspace)))).get_result(conn))?,
        here(diesel::select(exists(runs::table.filter(runs::workspace_id.eq(workspace)))).get_result(conn))?,
        here(
            diesel::select(exists(
                environment_versions::table
                    .filter(environment_versions::workspace_id.eq(workspace))
                    .filter(said("(number > 2 OR binned_at IS NOT NULL OR note <> '')")),
            ))
            .get_result(conn),
        )?,
        here(
            diesel::select(exists(
                environment_versions::table
                    .filter(environment_versions::workspace_id.eq(workspace))
                    .filter(environment_versions::configuration.ne(blank)),
            ))
            .get_result(conn),
        )?,
    ];
    Ok(!used.contains(&true))
}

/// Writes all of an environment's row that an import brings; its id and its place in the history stay.
pub fn adopt(conn: &mut Conn, row: &Environment) -> Result<()> {
    diesel::update(environments::table.find(&row.id))
        .set((
            environments::name.eq(&row.name),
            environments::kind.eq(&row.kind),
            environments::position.eq(row.position),
            environments::is_production.eq(row.is_production),
            environments::created_at.eq(row.created_at),
            environments::archived_at.eq(row.archived_at),
            environments::description.eq(&row.description),
            environments::approvals.eq(row.approvals),
            environments::freezes.eq(&row.freezes),
            environments::promotes_from.eq(&row.promotes_from),
            environments::keeps.eq(row.keeps),
            environments::lock_version.eq(environments::lock_version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes away the configurations of an environment that nothing ever ran with.
pub fn clear_configurations(conn: &mut Conn, environment: &str) -> Result<()> {
    diesel::delete(environment_versions::table.filter(environment_versions::environment_id.eq(environment))).execute(conn)?;
    Ok(())
}

/// Every configuration of an environment outside the bin, by number.
pub fn configurations(conn: &mut Conn, environment: &str) -> Result<Vec<EnvironmentVersion>> {
    Ok(environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(environment_versions::binned_at.is_null())
        .order(environment_versions::number.asc())
        .select(EnvironmentVersion::as_select())
        .load(conn)?)
}

/// A version with this content, draft or not, the oldest first.
pub fn by_any_content(conn: &mut Conn, flow: &str, hash: &str) -> Result<Option<Version>> {
    Ok(versions::table
        .filter(versions::flow_id.eq(flow))
        .filter(versions::content_hash.eq(hash))
        .filter(versions::deleted_at.is_null())
        .order(versions::number.asc())
        .select(Version::as_select())
        .first(conn)
        .optional()?)
}
