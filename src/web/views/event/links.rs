//! Where an event of the history leads: what it changed, the way back, and the past.

use serde_json::Value;

use super::Names;
use crate::app::history::read_approved;
use crate::domain::clock::Micros;
use crate::store::events::Event;
use crate::web::address;

/// The page an event is about, as it was when it had happened.
pub(super) fn as_of(event: &Event, names: &Names) -> (String, String) {
    let flow = event.flow_id.as_ref().and_then(|id| names.flows.get(id)).map(|(slug, _)| format!("{}/flows/{slug}", names.home));
    let place = || Some(format!("{}/environments/{}", names.home, names.slugs.get(event.environment_id.as_ref()?)?));
    let page = flow.or_else(place).unwrap_or_else(|| names.home.clone());
    (address::with(&page, &[("at", &Micros(event.at).rfc3339())]), "As of then".to_owned())
}

/// The way back from what an event did, as long as it is what stands.
pub(super) fn undo(event: &Event, after: &Value, names: &Names) -> Option<(String, String)> {
    let (slug, _) = event.flow_id.as_ref().and_then(|id| names.flows.get(id)).cloned().unwrap_or_default();
    if event.action.ends_with(".deleted") && names.may_edit && names.standing.binned.contains(&event.object_id) {
        return Some((format!("{}/bin", names.home), "Bring back".to_owned()));
    }
    let key = (event.flow_id.clone()?, event.environment_id.clone()?);
    let stands = names.standing.routing.get(&key).copied() == after.get("routing_revision").and_then(Value::as_i64);
    if !stands || !names.may_operate || slug.is_empty() {
        return None;
    }
    let environment = names.slugs.get(&key.1)?;
    match event.action.as_str() {
        "deployment.deploy" | "deployment.redeploy" | "deployment.promote" | "deployment.rollout" | "deployment.advance" => {
            Some((format!("{}/flows/{slug}/environments/{environment}/rollback", names.home), "Roll back".to_owned()))
        }
        "deployment.pause" | "deployment.stop" => Some((format!("{}/flows/{slug}", names.home), "Resume".to_owned())),
        "deployment.disable" => Some((format!("{}/flows/{slug}", names.home), "Switch on".to_owned())),
        _ => None,
    }
}

/// Where to look further: what a deployment changed, the run that a retry made.
pub(super) fn links(event: &Event, after: &Value, names: &Names) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let flow = event.flow_id.as_ref().and_then(|id| names.flows.get(id));
    let before: Value = event.before.as_deref().and_then(|b| serde_json::from_str(b).ok()).unwrap_or_default();
    let number = |value: &Value| value.get("primary").and_then(Value::as_i64);
    if let (Some((slug, _)), Some(from), Some(to)) = (flow, number(&before), number(after))
        && from != to
    {
        links.push((format!("{}/flows/{slug}/compare/{from}...{to}", names.home), "Compare".to_owned()));
    }
    let rollout = [after, &before].into_iter().find_map(|v| v.get("rollout")?.as_str());
    let rollout = rollout.or((event.object_kind == "rollout").then_some(event.object_id.as_str()));
    if let Some(id) = rollout.filter(|_| !names.of_rollout) {
        links.push((format!("{}/rollouts/{id}", names.home), "Rollout".to_owned()));
    }
    if let Some(approved) = read_approved(after) {
        links.push((format!("{}/approvals/{}", names.home, approved.id), "The proposal".to_owned()));
    }
    if event.object_kind == "proposal" {
        links.push((format!("{}/approvals/{}", names.home, event.object_id), "The proposal".to_owned()));
    }
    if let Some(run) = event.reference.as_deref().filter(|r| r.starts_with("wfr_")) {
        links.push((format!("{}/runs/{run}", names.home), "The run".to_owned()));
    }
    if event.action == "run.retried"
        && let Some(id) = after.get("run").and_then(Value::as_str)
    {
        links.push((format!("{}/runs/{id}", names.home), "The new run".to_owned()));
    }
    if let Some(reference) = event.reference.as_deref().filter(|r| r.starts_with("https://")) {
        links.push((reference.to_owned(), "Reference".to_owned()));
    }
    links
}
