//! Events of the history as sentences.

use std::collections::HashMap;

use serde_json::Value;

use super::{colour, whole};
use crate::app::history::{number, verb};
use crate::domain::rollout::percent;
use crate::domain::version::Sync;
use crate::store::events::Event;
use crate::web::components::event::EventView;
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::numbers::plural;

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
    /// The timeline is a rollout's own: it needs no link there.
    pub of_rollout: bool,
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
        "version" if event.action == "version.released" => {
            in_place(named.map_or(to_flow(begun.clone(), " "), |n| version(to_flow(begun, " "), n)).text(" from quarantine"), " in ")
        }
        "version" => {
            let between =
                if matches!(event.action.as_str(), "version.created" | "version.saved" | "version.discarded") { " of " } else { " " };
            match named {
                Some(number) if event.action == "version.hotfixed" => {
                    version(to_flow(begun, between), number).text(" as ").text(&event.object_name)
                }
                Some(number) => version(to_flow(begun, between), number),
                None => to_flow(begun, between).text(" ").text(&event.object_name),
            }
        }
        "deployment" => {
            let moved = !matches!(
                event.action.as_str(),
                "deployment.pause" | "deployment.resume" | "deployment.disable" | "deployment.enable" | "deployment.stop"
            );
            match named.filter(|_| moved) {
                Some(number) => {
                    let (between, word, after) = shares(event, number);
                    in_place(version(to_flow(begun, " "), number).text(&between), word).text(&after)
                }
                None if names.of_flow => in_place(begun.text(" it"), " in "),
                None => in_place(to_flow(begun, " "), " in "),
            }
        }
        "proposal" => in_place(named.map_or(to_flow(begun.clone(), " "), |n| version(to_flow(begun, " "), n)), " for "),
        "rollout" => in_place(named.map_or(to_flow(begun.clone(), " "), |n| version(to_flow(begun, " "), n)), " in "),
        "run" if event.action == "run.rerun" => {
            let after = json(&event.after);
            let again = Rich::new()
                .strong(&event.actor_name)
                .text(&format!(" started {} of", plural(whole(after["runs"].as_i64().unwrap_or(0)), "run", "runs")));
            let says = named.map_or(to_flow(again.clone(), " "), |n| version(to_flow(again, " "), n));
            let on = after["version"].as_i64().map_or_else(String::new, |n| format!(" on version {n}"));
            in_place(says.text(" again").text(&on), " in ")
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

fn json(text: &Option<String>) -> Value {
    text.as_deref().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default()
}

/// What stands before the environment, the word that leads to it, and what stands behind: shares, and what was left.
fn shares(event: &Event, to: i64) -> (String, &'static str, String) {
    let (before, after) = (json(&event.before), json(&event.after));
    let share = |value: &Value| value["percent"].as_f64().map(|p| percent((p * 100.0).round() as i64));
    let behind = |words: &str, share: Option<String>| share.map_or_else(String::new, |s| format!("{words}{s}"));
    match event.action.as_str() {
        "deployment.rollout" => (String::new(), " to ", behind(" at ", share(&after))),
        "deployment.advance" => (format!("{}{}", behind(" from ", share(&before)), behind(" to ", share(&after))), " in ", String::new()),
        "deployment.halt" | "deployment.continue" => (behind(" at ", share(&after)), " in ", String::new()),
        "deployment.rollback" => {
            let left: Vec<i64> = ["candidate", "primary"].iter().filter_map(|f| before[*f].as_i64()).filter(|n| *n != to).collect();
            let left: Vec<String> = left.iter().map(|n| format!("version {n}")).collect();
            let from = if left.is_empty() { String::new() } else { format!(" from {}", left.join(" and ")) };
            (from, " in ", String::new())
        }
        "deployment.promote" | "deployment.stop_rollout" | "deployment.hotfix" => (String::new(), " in ", String::new()),
        _ => (String::new(), " to ", String::new()),
    }
}

/// The icon of an action, and the tint of its mark.
fn look(action: &str) -> (&'static str, &'static str) {
    match action {
        "deployment.deploy" | "deployment.redeploy" => ("deploy", "ok"),
        "configuration.deployed" => ("deploy", "ok"),
        "configuration.redeployed" => ("undo", "ok"),
        "configuration.deleted" => ("trash", "bad"),
        "environment.archived" => ("archive", ""),
        "environment.unarchived" => ("restore", ""),
        "environment.moved" => ("swap", ""),
        "deployment.rollback" => ("undo", "bad"),
        "deployment.rollout" | "deployment.advance" => ("rollout", ""),
        "deployment.promote" | "deployment.hotfix" | "proposal.executed" => ("deploy", "ok"),
        "proposal.made" => ("clock", ""),
        "proposal.approved" => ("check-circle", "ok"),
        "proposal.rejected" => ("x-circle", "bad"),
        "proposal.withdrawn" => ("undo", ""),
        "deployment.halt" => ("octagon", ""),
        "deployment.continue" => ("play", ""),
        "deployment.stop_rollout" => ("stop", ""),
        "rollout.inconclusive" => ("alert", ""),
        "version.released" => ("check-circle", "ok"),
        "run.rerun" => ("refresh", ""),
        "plan.deleted" => ("trash", ""),
        "planned.created" | "planned.confirmed" => ("clock", ""),
        "planned.done" | "package.deployed" => ("deploy", "ok"),
        "planned.suspended" => ("pause", ""),
        "planned.failed" => ("x-circle", "bad"),
        "planned.cancelled" => ("ban", ""),
        "package.returned" => ("undo", "bad"),
        "package.deleted" => ("trash", "bad"),
        "deployment.pause" | "deployment.disable" => ("pause", ""),
        "deployment.stop" => ("stop", "bad"),
        "deployment.resume" | "deployment.enable" => ("play", "ok"),
        "version.published" => ("upload", "ok"),
        "version.archived" | "flow.archived" => ("archive", ""),
        "version.deleted" | "flow.deleted" | "component.deleted" => ("trash", "bad"),
        "secret.set" => ("key", ""),
        "backup.made" | "backup.verified" => ("archive", "ok"),
        "backup.failed" | "backup.refused" | "instance.restore_failed" => ("x-circle", "bad"),
        "instance.restored" => ("restore", "bad"),
        "instance.released" => ("play", "ok"),
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
    let rollout = [after, &before].into_iter().find_map(|v| v.get("rollout")?.as_str());
    let rollout = rollout.or((event.object_kind == "rollout").then_some(event.object_id.as_str()));
    if let Some(id) = rollout.filter(|_| !names.of_rollout) {
        links.push((format!("{}/rollouts/{id}", names.home), "Rollout".to_owned()));
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
            of_rollout: false,
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
    #[test]
    fn rollouts_read_as_sentences() {
        let said = |action: &str, before: &str, after: &str| {
            let mut event = sample(action, "Orders v2 in Production", after);
            event.before = Some(before.into());
            super::event(&event, &names())
        };
        let plain = |view: &EventView| {
            let mut text = String::new();
            let mut inside = false;
            for c in view.says.to_string().chars() {
                match c {
                    '<' => inside = true,
                    '>' => inside = false,
                    c if !inside => text.push(c),
                    _ => {}
                }
            }
            text.replace("Version v", "v").replace(", current production", "").replace("Ada &lt;b&gt; ", "")
        };
        let one = r#"{"primary":1,"candidate":null,"percent":null,"rollout":null}"#;
        let two = r#"{"primary":1,"candidate":2,"percent":5.0,"rollout":"rol_a"}"#;
        let three = r#"{"primary":1,"candidate":2,"percent":12.5,"rollout":"rol_a"}"#;
        let done = r#"{"primary":2,"candidate":null,"percent":null,"rollout":null}"#;
        for (action, before, after, says) in [
            ("deployment.rollout", one, two, "began to roll out Orders v2 to Production at 5%"),
            ("deployment.advance", two, three, "moved Orders v2 from 5% to 12.5% in Production"),
            ("deployment.halt", two, two, "halted the rollout of Orders v2 at 5% in Production"),
            ("deployment.continue", two, two, "continued the rollout of Orders v2 at 5% in Production"),
            ("deployment.promote", two, done, "completed the rollout of Orders v2 in Production"),
            ("deployment.stop_rollout", two, one, "stopped the rollout of Orders v2 in Production"),
            ("rollout.inconclusive", "{}", r#"{"version":2}"#, "could not judge the rollout of Orders v2 in Production"),
            ("version.released", "{}", r#"{"version":2}"#, "released Orders v2 from quarantine in Production"),
            ("run.rerun", r#"{"version":2}"#, r#"{"runs":3,"version":1}"#, "started 3 runs of Orders v2 again on version 1 in Production"),
        ] {
            assert_eq!(plain(&said(action, before, after)), says, "{action}");
        }
        for (action, name, before, after, says) in [
            ("version.hotfixed", "v2.1", "{}", r#"{"revision":1}"#, "hot-fixed Orders v2 as v2.1"),
            ("deployment.hotfix", "Orders in Production", done, done, "hot-fixed Orders v2 in Production"),
            ("deployment.hotfix", "Orders in Production", two, two, "hot-fixed Orders in Production"),
            ("proposal.made", "v2", "{}", "{}", "proposed Orders v2 for Production"),
            ("proposal.approved", "v2", "{}", "{}", "approved Orders v2 for Production"),
            ("proposal.rejected", "v2", "{}", "{}", "rejected Orders v2 for Production"),
            ("proposal.withdrawn", "v2", "{}", "{}", "took back the proposal of Orders v2 for Production"),
            ("proposal.executed", "v2", "{}", "{}", "carried out the proposal of Orders v2 for Production"),
        ] {
            let event = Event { before: Some(before.into()), ..sample(action, name, after) };
            assert_eq!(plain(&super::event(&event, &names())), says, "{action}");
        }
        let proposal = Event { object_kind: "proposal".into(), object_id: "prp_a".into(), ..sample("proposal.made", "v2", "{}") };
        let link = ("/w/main/approvals/prp_a".to_owned(), "The proposal".to_owned());
        assert!(super::event(&proposal, &names()).links.contains(&link));
        let back = said("deployment.rollback", two, one);
        assert!(plain(&back).ends_with(" from version 2 in Production"), "{}", plain(&back));
        assert!(back.links.contains(&("/w/main/rollouts/rol_a".to_owned(), "Rollout".to_owned())), "{:?}", back.links);
        let mut kept = sample("plan.created", "Careful", "{}");
        (kept.flow_id, kept.environment_id) = (None, None);
        assert_eq!(plain(&super::event(&kept, &names())), "kept the plan Careful");
    }
}
