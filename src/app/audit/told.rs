//! Whether rows still say what the last event about them told: publications, racks, configurations, roles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::report::{Kind, Report};
use crate::app::environment::configuration_hash;
use crate::app::error::Result;
use crate::domain::access::Role;
use crate::store::conn::Conn;
use crate::store::events::Event;
use crate::store::{configurations, contents, proofs, versions};

/// Rows that are read at once.
const BATCH: i64 = 500;
/// What a version's content is from.
const FREEZES: [&str; 2] = ["version.published", "version.hotfixed"];
/// What puts a configuration into use.
const DEPLOYS: [&str; 2] = ["configuration.deployed", "configuration.redeployed"];
/// What gives and takes roles.
const GRANTS: [&str; 3] = ["user.added", "user.role_changed", "instance.set_up"];

/// Compares rows with the events up to `head`.
///
/// # Errors
/// The database.
pub(super) fn compare(conn: &mut Conn, head: i64, report: &mut Report) -> Result<()> {
    published(conn, head, report)?;
    configured(conn, head, report)?;
    stand(conn, report)?;
    granted(conn, report)
}

fn after(event: &Event) -> Value {
    event.after.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Walks over the events of some actions.
fn each(conn: &mut Conn, actions: &[&str], head: i64, mut look: impl FnMut(&mut Conn, &Event) -> Result<()>) -> Result<()> {
    let mut seq = 0;
    loop {
        let found = proofs::events_of(conn, actions, (seq, head), BATCH)?;
        let Some(last) = found.last() else { return Ok(()) };
        seq = last.seq;
        for event in &found {
            look(conn, event)?;
        }
    }
}

/// Every publication and hot-fix froze the content that its event names, and left what the past is read from.
fn published(conn: &mut Conn, head: i64, report: &mut Report) -> Result<()> {
    each(conn, &FREEZES, head, |conn, event| {
        // What was purged since then has no rows.
        if versions::get_any(conn, &event.object_id)?.is_none() {
            return Ok(());
        }
        let (id, seq, told) = (&event.object_id, event.seq, after(event));
        let revision = told["revision"].as_i64().unwrap_or(0);
        let frozen = contents::revision_content(conn, id, revision)?;
        if told["hash"].as_str().is_some_and(|hash| frozen.as_deref() != Some(hash)) {
            let message = format!("revision {revision} of the version {id} is not the one that event {seq} tells of");
            report.found(Kind::Record, Some(seq), None, message);
        }
        if event.action == FREEZES[0] && proofs::lacks_state(conn, id, seq)? {
            let message = format!("event {seq} tells of a change of the version {id} of which there is no record");
            report.found(Kind::Record, Some(seq), None, message);
        }
        Ok(())
    })
}

/// Every deployment of a configuration has its record, and what was deployed last is what stands.
fn configured(conn: &mut Conn, head: i64, report: &mut Report) -> Result<()> {
    let mut last = BTreeMap::new();
    each(conn, &DEPLOYS, head, |conn, event| {
        if !proofs::has_rack_record(conn, event.workspace_id.as_deref().unwrap_or_default(), event.seq)? {
            let message = format!("event {} tells of a change of a rack of which there is no record", event.seq);
            report.found(Kind::Record, Some(event.seq), None, message);
        }
        last.insert(event.object_id.clone(), (event.seq, after(event)["hash"].as_str().map(str::to_owned)));
        Ok(())
    })?;
    for (id, (seq, hash)) in last {
        // Older releases wrote no hash.
        let Some(hash) = hash else { continue };
        if let Some(row) = configurations::get(conn, &id)?
            && configuration_hash(&row.configuration) != hash
        {
            report.found(Kind::Record, Some(seq), None, format!("the configuration {id} is not what event {seq} deployed"));
        }
    }
    Ok(())
}

/// Every version stands as the last record of it says.
fn stand(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let mut id = String::new();
    loop {
        let found = proofs::versions_after(conn, &id, BATCH)?;
        let Some(last) = found.last() else { return Ok(()) };
        id.clone_from(&last.id);
        for row in found {
            // Changed at this moment, it and its record agree when they are looked at again.
            if proofs::differs_from_state(conn, &row)?.is_some()
                && let Some(now) = versions::get_any(conn, &row.id)?
                && let Some(seq) = proofs::differs_from_state(conn, &now)?
            {
                let message = format!("the version {} does not stand as event {seq} left it", row.id);
                report.found(Kind::Record, Some(seq), None, message);
            }
        }
    }
}

/// Everybody has the roles that the last event about each gave, and no other.
fn granted(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let first = ungranted(conn)?;
    if first.is_empty() {
        return Ok(());
    }
    // A role that was given at this moment is there with its event when it is looked at again.
    for (seq, message) in ungranted(conn)?.into_iter().filter(|found| first.contains(found)) {
        report.found(Kind::Record, seq, None, message);
    }
    Ok(())
}

fn ungranted(conn: &mut Conn) -> Result<Vec<(Option<i64>, String)>> {
    let mut told: BTreeMap<(String, String), (i64, Option<String>)> = BTreeMap::new();
    each(conn, &GRANTS, i64::MAX, |_, event| {
        // Who sets the instance up becomes its admin.
        let says = if event.action == GRANTS[2] { json!({"role": Role::Admin}) } else { after(event) };
        if let Some(role) = says.get("role") {
            let scope = event.workspace_id.clone().unwrap_or_else(|| "*".to_owned());
            told.insert((event.object_id.clone(), scope), (event.seq, role.as_str().map(str::to_owned)));
        }
        Ok(())
    })?;
    let mut wrong = Vec::new();
    for (user, scope, role) in proofs::grants(conn)? {
        let place = if scope == "*" { "the whole instance" } else { scope.as_str() };
        match told.remove(&(user.clone(), scope.clone())) {
            Some((_, Some(said))) if said == role => {}
            Some((seq, _)) => wrong.push((Some(seq), format!("the role of {user} in {place} is not what event {seq} says"))),
            None => wrong.push((None, format!("the role of {user} in {place} was given by no event"))),
        }
    }
    // What is left was given and is not there.
    for ((user, scope), (seq, _)) in told.into_iter().filter(|(_, (_, role))| role.is_some()) {
        let place = if scope == "*" { "the whole instance" } else { scope.as_str() };
        wrong.push((Some(seq), format!("the role of {user} in {place} is not what event {seq} says")));
    }
    Ok(wrong)
}
