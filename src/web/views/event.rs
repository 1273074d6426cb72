//! Events of the history as sentences.

use std::collections::HashMap;

use serde_json::Value;

use super::{colour, whole};
use crate::app::history::{number, verb};
use crate::domain::version::Sync;
use crate::store::events::Event;
use crate::web::components::event::EventView;
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;

/// What events refer to by id.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// `/w/{ws}`.
    pub home: String,
    /// Slug and name of flows, by id.
    pub flows: HashMap<String, (String, String)>,
    /// Names of environments, by id.
    pub environments: HashMap<String, String>,
    /// Present colours of versions, by flow and number.
    pub colours: HashMap<(String, i64), Sync>,
    /// It is the history of one flow, which need not be named in each line.
    pub of_flow: bool,
}

/// One event.
pub fn event(event: &Event, names: &Names) -> EventView {
    let (icon, kind) = look(&event.action);
    let after: Value = event.after.as_deref().and_then(|a| serde_json::from_str(a).ok()).unwrap_or_default();
    EventView { at: event.at, icon, kind, says: says(event, names), quote: event.reason.clone(), links: links(event, &after, names) }
}

fn says(event: &Event, names: &Names) -> Rich {
    let flow = event.flow_id.as_ref().and_then(|id| names.flows.get(id));
    let place = event.environment_id.as_ref().and_then(|id| names.environments.get(id));
    let begun = Rich::new().strong(&event.actor_name).text(&format!(" {}", verb(&event.action)));
    let to_flow = |says: Rich, before: &str| match flow {
        Some((slug, name)) if !names.of_flow => says.text(before).link(&format!("{}/flows/{slug}", names.home), name),
        _ => says,
    };
    let named = number(event);
    let version = |says: Rich, number: i64| match flow {
        Some((slug, _)) => {
            let key = (event.flow_id.clone().unwrap_or_default(), number);
            let colour = colour(names.colours.get(&key).copied().unwrap_or(Sync::Never));
            let to = format!("{}/flows/{slug}/versions/{number}", names.home);
            says.text(" ").plate(&Plate::new(whole(number), colour).elsewhere().link(to))
        }
        None => says.text(&format!(" v{number}")),
    };
    let in_place = |says: Rich, word: &str| place.map_or(says.clone(), |p| says.text(word).strong(p));
    match event.action.split('.').next().unwrap_or_default() {
        "version" => {
            let between =
                if matches!(event.action.as_str(), "version.created" | "version.saved" | "version.discarded") { " of " } else { " " };
            match named {
                Some(number) => version(to_flow(begun, between), number),
                None => to_flow(begun, between).text(" ").text(&event.object_name),
            }
        }
        "deployment" => {
            let moved = matches!(event.action.as_str(), "deployment.deploy" | "deployment.redeploy" | "deployment.rollback");
            match named.filter(|_| moved) {
                Some(number) => {
                    in_place(version(to_flow(begun, " "), number), if event.action.ends_with("rollback") { " in " } else { " to " })
                }
                None if names.of_flow => in_place(begun.text(" it"), " in "),
                None => in_place(to_flow(begun, " "), " in "),
            }
        }
        "run" => {
            let id = &event.object_id;
            let tail = id.get(id.len().saturating_sub(6)..).unwrap_or(id);
            in_place(to_flow(begun.text(" ").link(&format!("{}/runs/{id}", names.home), tail), " of "), " in ")
        }
        "flow" => to_flow(begun, " "),
        _ => begun.text(" ").strong(&event.object_name),
    }
}

/// The icon of an action, and the tint of its mark.
fn look(action: &str) -> (&'static str, &'static str) {
    match action {
        "deployment.deploy" | "deployment.redeploy" => ("deploy", "ok"),
        "deployment.rollback" => ("undo", "bad"),
        "deployment.pause" | "deployment.disable" => ("pause", ""),
        "deployment.stop" => ("stop", "bad"),
        "deployment.resume" | "deployment.enable" => ("play", "ok"),
        "version.published" => ("upload", "ok"),
        "version.archived" | "flow.archived" => ("archive", ""),
        "version.deleted" | "flow.deleted" | "component.deleted" => ("trash", "bad"),
        "secret.set" => ("key", ""),
        "version.restored" | "flow.restored" | "component.restored" | "version.unarchived" | "flow.unarchived" => ("restore", ""),
        "version.saved" => ("save", ""),
        "version.discarded" => ("undo", ""),
        "run.started" | "run.resumed" => ("play", ""),
        "run.cancelled" => ("ban", "bad"),
        "run.suspended" => ("pause", ""),
        "run.retried" => ("refresh", ""),
        _ if action.ends_with(".created") => ("plus", ""),
        _ => ("pencil", ""),
    }
}

/// Where to look further: what a deployment changed, the run that a retry made.
fn links(event: &Event, after: &Value, names: &Names) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let flow = event.flow_id.as_ref().and_then(|id| names.flows.get(id));
    let before: Value = event.before.as_deref().and_then(|b| serde_json::from_str(b).ok()).unwrap_or_default();
    let number = |value: &Value| value.get("primary").and_then(Value::as_i64);
    if let (Some((slug, _)), Some(from), Some(to)) = (flow, number(&before), number(after))
        && from != to
    {
        links.push((format!("{}/flows/{slug}/compare/{from}...{to}", names.home), "Compare".to_owned()));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(action: &str, name: &str, after: &str) -> Event {
        Event {
            seq: 1,
            id: "evt_1".into(),
            at: 0,
            actor_id: None,
            actor_name: "Ada <b>".into(),
            channel: "session".into(),
            workspace_id: None,
            flow_id: Some("f".into()),
            environment_id: Some("e".into()),
            action: action.into(),
            object_kind: "x".into(),
            object_id: "wfr_abcdefgh".into(),
            object_name: name.into(),
            before: Some("{\"primary\":1}".into()),
            after: Some(after.into()),
            reason: None,
            reference: None,
            request_id: String::new(),
            hash: String::new(),
        }
    }

    fn names() -> Names {
        Names {
            home: "/w/main".into(),
            flows: HashMap::from([("f".to_owned(), ("orders".to_owned(), "Orders".to_owned()))]),
            environments: HashMap::from([("e".to_owned(), "Production".to_owned())]),
            colours: HashMap::from([(("f".to_owned(), 2), Sync::Current)]),
            of_flow: false,
        }
    }

    #[test]
    fn events_read_as_sentences_and_lead_on() {
        let shown = event(&sample("deployment.deploy", "Orders in Production", "{\"primary\":2}"), &names());
        let says = shown.says.to_string();
        assert!(
            says.contains(
                "Ada &lt;b&gt;</b> deployed <a href=\"/w/main/flows/orders\">Orders</a> <a href=\"/w/main/flows/orders/versions/2\""
            ),
            "{says}"
        );
        assert!(says.contains("data-sync=\"current\""), "{says}");
        assert!(says.ends_with(" to <b>Production</b>"), "{says}");
        assert_eq!(shown.links, [("/w/main/flows/orders/compare/1...2".to_owned(), "Compare".to_owned())]);
        let published = event(&sample("version.published", "v3", "{}"), &Names { of_flow: true, ..names() });
        assert!(published.says.to_string().contains("data-sync=\"never\""));
        assert!(event(&sample("run.cancelled", "x", "{}"), &names()).says.to_string().contains(">cdefgh</a> of <a"));
    }
}
