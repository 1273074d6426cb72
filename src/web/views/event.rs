//! Events of the history as sentences.

mod links;

use std::collections::HashMap;

use serde_json::Value;

use super::{colour, whole};
use crate::app::history::{Standing, number, read_approved, verb};
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
    /// Slugs of environments, by id.
    pub slugs: HashMap<String, String>,
    /// What still stands, for links that undo.
    pub standing: Standing,
    /// The person may change what runs.
    pub may_operate: bool,
    /// The person may bring things back.
    pub may_edit: bool,
    /// Each event leads to the page it is about as of then.
    pub as_of: bool,
}

/// One event.
pub fn event(event: &Event, names: &Names) -> EventView {
    times(event, 1, names)
}

/// Events newest first, where a person's saves of one draft in a row are one line.
pub fn folded(events: &[Event], names: &Names) -> Vec<EventView> {
    let mut runs: Vec<(&Event, u64)> = Vec::new();
    for event in events {
        match runs.last_mut() {
            Some((last, count)) if same_saves(last, event) => *count += 1,
            _ => runs.push((event, 1)),
        }
    }
    runs.into_iter().map(|(event, count)| times(event, count, names)).collect()
}

fn same_saves(a: &Event, b: &Event) -> bool {
    let key = |e: &Event| (e.object_id.clone(), e.actor_id.clone(), e.channel.clone());
    a.action == "version.saved" && b.action == a.action && key(a) == key(b)
}

fn times(event: &Event, count: u64, names: &Names) -> EventView {
    let (icon, kind) = look(&event.action);
    let after: Value = event.after.as_deref().and_then(|a| serde_json::from_str(a).ok()).unwrap_or_default();
    let mut all = links::links(event, &after, names);
    all.extend(links::undo(event, &after, names));
    all.extend(names.as_of.then(|| links::as_of(event, names)));
    let mut says = says(event, count, names);
    if let Some(approved) = read_approved(&after) {
        says = says.text(&format!(", {}", approved.sentence()));
    }
    EventView { at: event.at, icon, kind, says, quote: event.reason.clone(), links: all }
}

fn says(event: &Event, count: u64, names: &Names) -> Rich {
    let flow = event.flow_id.as_ref().and_then(|id| names.flows.get(id));
    let place = event.environment_id.as_ref().and_then(|id| names.environments.get(id));
    let often = if count > 1 { format!(" {count} times") } else { String::new() };
    let begun = Rich::new().strong(&event.actor_name).text(&format!(" {}{often}", verb(&event.action)));
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
        "proposal" if event.flow_id.is_none() => in_place(begun.text(" configuration ").strong(&event.object_name), " for "),
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
        "release" => {
            let to = format!("{}/versions/{}", names.home, event.object_name);
            // "Pushed the workspace as" has said already whose version it is.
            let of = if event.action == "release.pushed" { "" } else { " of the workspace" };
            let says = begun.text(" ").link(&to, &format!("version {}{of}", event.object_name));
            if event.action == "release.restored" { says } else { in_place(says, " to ") }
        }
        "session" if event.object_name == event.actor_name => begun,
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
        "proposal.made" | "release.proposed" => ("clock", ""),
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
        "release.pushed" => ("upload", "ok"),
        "release.restored" => ("restore", ""),
        "planned.done" | "package.deployed" | "release.synced" => ("deploy", "ok"),
        "planned.suspended" => ("pause", ""),
        "planned.failed" => ("x-circle", "bad"),
        "planned.cancelled" => ("ban", ""),
        "package.returned" => ("undo", "bad"),
        "package.deleted" | "bin.purged" | "bin.emptied" => ("trash", "bad"),
        "package.restored" | "plan.restored" | "configuration.restored" => ("restore", ""),
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
        _ if action.ends_with("imported") => ("upload", ""),
        _ if action.ends_with(".created") => ("plus", ""),
        _ => ("pencil", ""),
    }
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
            form: None,
            mac: None,
        }
    }

    fn names() -> Names {
        Names {
            home: "/w/main".into(),
            flows: HashMap::from([("f".to_owned(), ("orders".to_owned(), "Orders".to_owned()))]),
            environments: HashMap::from([("e".to_owned(), "Production".to_owned())]),
            colours: HashMap::from([(("f".to_owned(), 2), Sync::Current)]),
            ..Names::default()
        }
    }

    #[test]
    fn saves_in_a_row_are_one_line_and_lead_back_to_then() {
        let save = |id: &str| Event { object_id: id.into(), ..sample("version.saved", "v3", "{}") };
        let shown = folded(
            &[save("a"), save("a"), save("a"), save("b"), sample("version.published", "v3", "{}")],
            &Names { as_of: true, ..names() },
        );
        assert_eq!(shown.len(), 3);
        assert!(shown[0].says.to_string().contains("saved the draft 3 times of "), "{}", shown[0].says);
        assert!(!shown[1].says.to_string().contains("times"));
        assert_eq!(shown[0].links.last().map(|(to, _)| to.as_str()), Some("/w/main/flows/orders?at=1970-01-01T00%3A00%3A00.000000Z"));
    }

    #[test]
    fn a_way_back_is_offered_from_what_stands() {
        let pause =
            Event { action: "deployment.pause".into(), ..sample("deployment.pause", "x", "{\"primary\":1,\"routing_revision\":4}") };
        let mut known = Names { may_operate: true, slugs: HashMap::from([("e".to_owned(), "production".to_owned())]), ..names() };
        known.standing.routing.insert(("f".to_owned(), "e".to_owned()), 4);
        let offers = |known: &Names| event(&pause, known).links.iter().any(|(_, words)| words == "Resume");
        assert!(offers(&known));
        assert!(!offers(&Names { may_operate: false, ..known.clone() }));
        known.standing.routing.insert(("f".to_owned(), "e".to_owned()), 5);
        assert!(!offers(&known));
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
        let mut of_configuration = sample("proposal.made", "#3", "{}");
        of_configuration.flow_id = None;
        assert_eq!(plain(&super::event(&of_configuration, &names())), "proposed configuration #3 for Production");
        let agreed = r#"{"primary":2,"proposal":{"id":"prp_a","proposer":"Bo","approvers":["Cy","Di"]}}"#;
        let carried = said("deployment.deploy", "{}", agreed);
        assert_eq!(plain(&carried), "deployed Orders v2 to Production, proposed by Bo, approved by Cy and Di");
        assert!(carried.links.contains(&("/w/main/approvals/prp_a".to_owned(), "The proposal".to_owned())), "{:?}", carried.links);
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
