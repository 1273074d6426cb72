//! Reading whole tables in order, a batch at a time, for the proof that records and events agree.

use diesel::prelude::*;

use super::cached::said;
use super::components::Revision;
use super::conn::Conn;
use super::contents::Content;
use super::deployments::{Record, Row};
use super::error::Result;
use super::events::Event;
use super::releases::Release;
use super::schema::{
    component_revisions, contents, deployments, environment_records, events, grants, object_states, release_numbers, releases, routing,
    versions,
};
use super::states::State;
use super::versions::Version;

/// Deployment records after an event, in the order of the events.
pub fn deployments_after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Record>> {
    Ok(deployments::table
        .filter(deployments::event_seq.gt(seq))
        .order(deployments::event_seq.asc())
        .limit(limit)
        .select(Record::as_select())
        .load(conn)?)
}

/// Events that tell of a deployment and have no record.
pub fn untold(conn: &mut Conn, up_to: i64, limit: i64) -> Result<Vec<i64>> {
    Ok(events::table
        .filter(events::object_kind.eq("deployment"))
        .filter(events::seq.le(up_to))
        .filter(said("NOT EXISTS (SELECT 1 FROM deployments d WHERE d.event_seq = events.seq)"))
        .order(events::seq.asc())
        .limit(limit)
        .select(events::seq)
        .load(conn)?)
}

/// Places and events of the records of racks that have no event.
pub fn unheard(conn: &mut Conn, limit: i64) -> Result<Vec<(String, i64)>> {
    Ok(environment_records::table
        .filter(said("NOT EXISTS (SELECT 1 FROM events e WHERE e.seq = environment_records.event_seq)"))
        .limit(limit)
        .select((environment_records::environment_id, environment_records::event_seq))
        .load(conn)?)
}

/// These events.
pub fn events_at(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<Event>> {
    Ok(events::table.filter(events::seq.eq_any(seqs)).select(Event::as_select()).load(conn)?)
}

/// Routing rows after a flow and environment, in order.
pub fn routing_after(conn: &mut Conn, after: (&str, &str), limit: i64) -> Result<Vec<Row>> {
    let (flow, environment) = after;
    let later = routing::flow_id.gt(flow).or(routing::flow_id.eq(flow).and(routing::environment_id.gt(environment)));
    Ok(routing::table
        .filter(later)
        .order((routing::flow_id.asc(), routing::environment_id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?)
}

/// The last record of a flow in an environment.
pub fn last_record(conn: &mut Conn, flow: &str, environment: &str) -> Result<Option<Record>> {
    Ok(deployments::table
        .filter(deployments::flow_id.eq(flow))
        .filter(deployments::environment_id.eq(environment))
        .order(deployments::routing_revision.desc())
        .select(Record::as_select())
        .first(conn)
        .optional()?)
}

/// Frozen contents after a hash, in order.
pub fn contents_after(conn: &mut Conn, hash: &str, limit: i64) -> Result<Vec<Content>> {
    Ok(contents::table.filter(contents::hash.gt(hash)).order(contents::hash.asc()).limit(limit).select(Content::as_select()).load(conn)?)
}

/// Revisions of components after one, in order.
pub fn component_revisions_after(conn: &mut Conn, after: (&str, i64), limit: i64) -> Result<Vec<Revision>> {
    let (component, revision) = after;
    let same = component_revisions::component_id.eq(component).and(component_revisions::revision.gt(revision));
    Ok(component_revisions::table
        .filter(component_revisions::component_id.gt(component).or(same))
        .order((component_revisions::component_id.asc(), component_revisions::revision.asc()))
        .limit(limit)
        .select(Revision::as_select())
        .load(conn)?)
}

/// The number that the next release of each workspace gets.
pub fn release_numbers(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Ok(release_numbers::table.order(release_numbers::workspace_id.asc()).load(conn)?)
}

/// Releases of a workspace after a number, in order.
pub fn releases_after(conn: &mut Conn, workspace: &str, number: i64, limit: i64) -> Result<Vec<Release>> {
    Ok(releases::table
        .filter(releases::workspace_id.eq(workspace))
        .filter(releases::number.gt(number))
        .order(releases::number.asc())
        .limit(limit)
        .select(Release::as_select())
        .load(conn)?)
}

/// Events of some actions between two, the first left out.
pub fn events_of(conn: &mut Conn, actions: &[&str], between: (i64, i64), limit: i64) -> Result<Vec<Event>> {
    Ok(events::table
        .filter(events::action.eq_any(actions.iter().map(|action| (*action).to_owned()).collect::<Vec<_>>()))
        .filter(events::seq.gt(between.0))
        .filter(events::seq.le(between.1))
        .order(events::seq.asc())
        .limit(limit)
        .select(Event::as_select())
        .load(conn)?)
}

/// Whether an event has a record of a rack.
pub fn has_rack_record(conn: &mut Conn, workspace: &str, seq: i64) -> Result<bool> {
    // With the workspace, so that its index is used.
    let of = environment_records::table.filter(environment_records::workspace_id.eq(workspace));
    Ok(diesel::select(diesel::dsl::exists(of.filter(environment_records::event_seq.eq(seq)))).get_result(conn)?)
}

/// Whether what a version became by an event is not kept, although what it was before or is after is.
pub fn lacks_state(conn: &mut Conn, version: &str, seq: i64) -> Result<bool> {
    let of = object_states::table.filter(object_states::object_id.eq(version));
    let kept: Vec<i64> = of.order(object_states::event_seq.asc()).select(object_states::event_seq).load(conn)?;
    Ok(kept.first().is_some_and(|first| *first < seq) && !kept.contains(&seq))
}

/// Versions after an id, in order.
pub fn versions_after(conn: &mut Conn, id: &str, limit: i64) -> Result<Vec<Version>> {
    Ok(versions::table.filter(versions::id.gt(id)).order(versions::id.asc()).limit(limit).select(Version::as_select()).load(conn)?)
}

/// The event of the last state that is kept of a version, when the version stands otherwise.
pub fn differs_from_state(conn: &mut Conn, row: &Version) -> Result<Option<i64>> {
    let kept: Option<State> = object_states::table
        .filter(object_states::object_id.eq(&row.id))
        .order(object_states::event_seq.desc())
        .select(State::as_select())
        .first(conn)
        .optional()?;
    let Some(kept) = kept else { return Ok(None) };
    let said: serde_json::Value = kept.read()?;
    let same = said["number"] == row.number && said["lifecycle"] == row.lifecycle && said["revision"] == row.revision;
    Ok((!same).then_some(kept.event_seq))
}

/// Every role that somebody has: person, scope and role.
pub fn grants(conn: &mut Conn) -> Result<Vec<(String, String, String)>> {
    Ok(grants::table.order((grants::user_id.asc(), grants::scope.asc())).load(conn)?)
}
