//! Reading whole tables in order, a batch at a time, for the proof that records and events agree.

use diesel::prelude::*;

use super::cached::said;
use super::conn::Conn;
use super::contents::Content;
use super::deployments::{Record, Row};
use super::error::Result;
use super::events::Event;
use super::schema::{contents, deployments, environment_records, events, routing};

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
