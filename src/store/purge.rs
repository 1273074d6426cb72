//! Taking versions out of the bin for good; what runs, deployment records or releases refer to stays (PRODUCT §3.9).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{draft_saves, planned_changes, revisions, version_texts, versions};
use super::versions::Version;

/// Versions whose time in the bin is over and that no run, deployment record or release refers to.
pub fn due_for_purge(conn: &mut Conn, before: i64) -> Result<Vec<Version>> {
    use super::schema::{deployments, release_flows, runs};
    Ok(versions::table
        .filter(versions::deleted_at.lt(before))
        .filter(diesel::dsl::not(diesel::dsl::exists(runs::table.filter(runs::version_id.eq(versions::id)))))
        .filter(diesel::dsl::not(diesel::dsl::exists(deployments::table.filter(deployments::version_id.eq(versions::id.nullable())))))
        .filter(diesel::dsl::not(diesel::dsl::exists(release_flows::table.filter(release_flows::version_id.eq(versions::id)))))
        .limit(100)
        .select(Version::as_select())
        .load(conn)?)
}

/// Removes a version for good. Its number is never used again: the flow counts on.
pub fn purge(conn: &mut Conn, version: &str) -> Result<()> {
    diesel::delete(draft_saves::table.filter(draft_saves::version_id.eq(version))).execute(conn)?;
    diesel::delete(version_texts::table.find(version)).execute(conn)?;
    diesel::delete(revisions::table.filter(revisions::version_id.eq(version))).execute(conn)?;
    diesel::delete(versions::table.find(version)).execute(conn)?;
    Ok(())
}

/// Removes all versions of a flow that is going for good.
pub fn purge_of_flow(conn: &mut Conn, flow: &str) -> Result<()> {
    diesel::delete(planned_changes::table.filter(planned_changes::flow_id.eq(flow))).execute(conn)?;
    let ids: Vec<String> = versions::table.filter(versions::flow_id.eq(flow)).select(versions::id).load(conn)?;
    ids.iter().try_for_each(|id| purge(conn, id))
}
