//! Whether what stands is what the history tells: deployment records, routing rows, racks and frozen contents.

use serde_json::Value;

use super::report::{Kind, Report};
use super::{frozen, told};
use crate::app::deployment::describe;
use crate::app::error::Result;
use crate::domain::deployment::Routing;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Record, Row};
use crate::store::events::Event;
use crate::store::proofs;

/// Rows that are read at once.
const BATCH: i64 = 500;
/// What an event and a record must agree on.
const FIELDS: [&str; 5] = ["primary", "candidate", "percent", "switch", "routing_revision"];

/// What a record's versions may be called by, in the event's words before and after.
const NUMBERS: [&str; 2] = ["primary", "candidate"];

/// Compares all of it with the events up to `head`.
///
/// # Errors
/// The database.
pub(super) fn compare(conn: &mut Conn, head: i64, report: &mut Report) -> Result<()> {
    told(conn, report)?;
    for seq in proofs::untold(conn, head, BATCH)? {
        report.found(Kind::Record, Some(seq), None, format!("event {seq} tells of a deployment of which there is no record"));
    }
    for (environment, seq) in proofs::unheard(conn, BATCH)? {
        report.found(Kind::Record, Some(seq), None, format!("a change of the rack of {environment} names event {seq}, which is not there"));
    }
    routed(conn, report)?;
    told::compare(conn, head, report)?;
    frozen::compare(conn, report)
}

/// Every deployment record has its event, and says what that says.
fn told(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let mut seq = 0;
    loop {
        let records = proofs::deployments_after(conn, seq, BATCH)?;
        let Some(last) = records.last() else { return Ok(()) };
        seq = last.event_seq;
        let seqs: Vec<i64> = records.iter().map(|record| record.event_seq).collect();
        let events = proofs::events_at(conn, &seqs)?;
        for record in &records {
            let (id, at) = (&record.id, record.event_seq);
            match events.iter().find(|event| event.seq == at) {
                None => report.found(Kind::Record, Some(at), None, format!("deployment record {id} names event {at}, which is not there")),
                Some(event) if !agree(record, event) => {
                    report.found(Kind::Record, Some(at), None, format!("deployment record {id} says something else than event {at}"));
                }
                Some(_) => {}
            }
        }
    }
}

fn agree(record: &Record, event: &Event) -> bool {
    let Ok(routing) = serde_json::from_str::<Routing>(&record.snapshot) else { return false };
    let (says, told, before) = (describe(&routing), parsed(event.after.as_deref()), parsed(event.before.as_deref()));
    event.action == format!("deployment.{}", record.verb)
        && event.flow_id.as_ref() == Some(&record.flow_id)
        && event.environment_id.as_ref() == Some(&record.environment_id)
        && event.at == record.at
        && event.actor_id == record.actor_id
        && event.actor_name == record.actor_name
        && record.routing_revision == routing.revision
        && record.comment == event.reason
        && named(record.version_number, &before, &told)
        && named(record.from_number, &before, &told)
        // What an older release did not say is no contradiction.
        && FIELDS.iter().all(|field| told.get(field).is_none_or(|value| *value == says[*field]))
}

fn parsed(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whether a number is one that stood there before or after.
fn named(number: Option<i64>, before: &Value, after: &Value) -> bool {
    let Some(number) = number else { return true };
    let stood = |side: &Value| NUMBERS.iter().any(|word| side[*word].as_i64() == Some(number));
    // What an older release did not say is no contradiction.
    before.get(NUMBERS[0]).is_none() || after.get(NUMBERS[0]).is_none() || stood(before) || stood(after)
}

/// Every routing row stands as its last record says.
fn routed(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let mut after = (String::new(), String::new());
    loop {
        let rows = proofs::routing_after(conn, (&after.0, &after.1), BATCH)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.flow_id.clone(), last.environment_id.clone());
        for row in rows {
            let record = proofs::last_record(conn, &row.flow_id, &row.environment_id)?;
            if stands(&row, record.as_ref()) {
                continue;
            }
            // A server that deploys at this moment writes row and record in one transaction: looked at again, they agree.
            let again = deployments::get(conn, &row.flow_id, &row.environment_id)?;
            let record = proofs::last_record(conn, &row.flow_id, &row.environment_id)?;
            if !again.is_some_and(|row| stands(&row, record.as_ref())) {
                let message = format!("what is routed for {} in {} is not what its last record says", row.flow_id, row.environment_id);
                report.found(Kind::Record, record.map(|record| record.event_seq), None, message);
            }
        }
    }
}

fn stands(row: &Row, record: Option<&Record>) -> bool {
    let (Ok(routing), Some(record)) = (row.to_domain(), record) else { return false };
    let Ok(mut said) = serde_json::from_str::<Routing>(&record.snapshot) else { return false };
    // Starts are counted without an event each.
    if let (Some(said), Some(stands)) = (&mut said.candidate, &routing.candidate) {
        said.counter = stands.counter;
        if said.rollout.is_empty() {
            said.rollout.clone_from(&stands.rollout);
        }
    }
    said == routing
}
