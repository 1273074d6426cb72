//! The run list, a run, and what can be done with it.

use serde_json::json;

use super::{FLOW, Office, leads_to, says, words};
use crate::support::wait::until;
use std::time::Duration;

#[test]
fn the_list_filters_pages_and_offers_newer_runs() {
    let mut office = Office::with_live_flow();
    let empty = office.admin.get("/w/main/runs").expect(200).text();
    says(&empty, "Nothing has run yet");
    let first = office.run();
    (0..51).for_each(|_| drop(office.run()));
    let page = office.admin.get("/w/main/runs").expect(200).text();
    says(&page, "50 runs on this page.");
    assert!(!page.contains(&first));
    let at = page.find("before=").expect("an older page");
    let last = &page[at + 7..at + 7 + page[at + 7..].find('"').expect("its end")];
    let older = office.admin.get(&format!("/w/main/runs?before={last}")).expect(200).text();
    assert!(older.contains(&first) && older.contains("Newer runs"));
    for query in ["flow=order-intake", "flow=order-intake&version=1", "state=completed", "environment=production", "trigger=api"] {
        let found = office.admin.get(&format!("/w/main/runs?{query}")).expect(200).text();
        assert!(words(&found).contains("Succeeded"), "{query}");
        assert!(words(&found).contains("Clear all"), "{query}");
    }
    for query in ["state=faulted", "environment=development", "trigger=manual"] {
        says(&office.admin.get(&format!("/w/main/runs?{query}")).expect(200).text(), "No run matches");
    }
    office.admin.get("/w/main/runs?state=odd").expect(404);
    office.admin.get("/w/main/runs?flow=nothing").expect(404);
    let newer = office.admin.get_fragment(&format!("/w/main/runs?part=newer&newest={first}&poll=1")).expect(200).text();
    says(&newer, "51 newer runs");
    let fragment = office.admin.get_fragment("/w/main/runs?state=completed").expect(200).text();
    assert!(fragment.contains("id=\"run-list\"") && !fragment.contains("<html"));
}

#[test]
fn a_run_shows_its_steps_its_pins_and_its_data() {
    let mut office = Office::with_live_flow();
    let id = office.run();
    let page = office.admin.get(&format!("/w/main/runs/{id}")).expect(200).text();
    for word in [
        "Succeeded",
        "receive",
        "fetchPrice",
        "total",
        "decide",
        "confirm",
        "Pinned to version 1",
        "Because it is live here.",
        "Run again…",
        "\"total\": 12",
    ] {
        says(&page, word);
    }
    assert!(!page.contains("data-hx-trigger=\"every 2s\""), "an ended run is not polled");
    let fragment = office.admin.get_fragment(&format!("/w/main/runs/{id}?part=live&poll=1")).expect(200).text();
    assert!(fragment.starts_with("<div class=\"stack\" id=\"run\"") && !fragment.contains("<html"), "{fragment}");
    office.admin.get("/w/main/runs/wfr_nothing").expect(404);
}

#[test]
fn output_is_text_and_never_markup() {
    let mut office = Office::with_live_flow();
    let definition = "document: {dsl: '1.0.1', namespace: tests, name: evil, version: '1.0.0'}\ndo:\n  - say:\n      set: {html: '<img src=x onerror=alert(1)>'}\n";
    office.create("evil", "Evil", definition);
    let run = office.api.post("/main/environments/development/flows/evil/runs?wait=10", &json!({})).ok();
    let page = office.admin.get(&format!("/w/main/runs/{}", run["id"].as_str().expect("id"))).expect(200).text();
    assert!(!page.contains("<img src=x"), "{page}");
    says(&page, "<img src=x onerror=alert(1)>");
}

/// A flow that waits, and a run of it that does so.
fn waiting(office: &Office) -> String {
    let definition = "document: {dsl: '1.0.1', namespace: tests, name: slow, version: '1.0.0'}\ndo:\n  - rest:\n      wait: PT1H\n";
    office.create("slow", "Slow", definition);
    let run = office.api.post("/main/environments/development/flows/slow/runs", &json!({})).expect(202).json();
    let id = run["id"].as_str().expect("id").to_owned();
    until_state(office, &id, "waiting");
    id
}

fn until_state(office: &Office, id: &str, state: &str) {
    until(&format!("run {id} to be {state}"), Duration::from_secs(20), || {
        (office.api.get(&format!("/main/runs/{id}")).ok()["state"] == state).then_some(())
    });
}

#[test]
fn a_run_is_suspended_resumed_cancelled_and_repeated() {
    let mut office = Office::with_draft();
    let id = waiting(&office);
    let base = format!("/w/main/runs/{id}");
    let page = office.admin.get(&base).expect(200).text();
    says(&page, "It waits until");
    assert!(page.contains("data-hx-trigger=\"every 2s\""));
    let csrf = |html: &str| {
        let at = html.find("name=\"csrf\" value=\"").expect("a token") + 19;
        html[at..at + html[at..].find('"').expect("its end")].to_owned()
    };
    let token = csrf(&page);
    assert_eq!(leads_to(&office.admin.post(&format!("{base}/suspend"), &[("csrf", &token)])), base);
    says(&office.admin.get(&base).expect(200).text(), "Suspended");
    // A second time it is not possible; the run's page says so.
    assert_eq!(leads_to(&office.admin.post(&format!("{base}/suspend"), &[("csrf", &token)])), base);
    says(&office.admin.get(&base).expect(200).text(), "Nothing was changed in run");
    leads_to(&office.admin.post(&format!("{base}/resume"), &[("csrf", &token)]));
    until_state(&office, &id, "waiting");
    let dialog = office.admin.get_fragment(&format!("{base}/cancel")).expect(200).text();
    assert!(dialog.starts_with("<dialog"), "{dialog}");
    assert_eq!(
        leads_to(&office.admin.submit(&format!("{base}/cancel"), &format!("{base}/cancel"), &[("reason", "no longer wanted")])),
        base
    );
    until_state(&office, &id, "cancelled");
    says(&office.admin.get("/w/main/history").expect(200).text(), "no longer wanted");

    let to = leads_to(&office.admin.submit(&format!("{base}/retry"), &format!("{base}/retry"), &[("version", "1")]));
    assert_ne!(to, base);
    let page = office.admin.get(&to).expect(200).text();
    says(&page, "Repeats");
    says(&office.admin.get(&base).expect(200).text(), "Repeated by");
    office.admin.post(&format!("{base}/cancel"), &[]).expect(403);
}

#[test]
fn a_version_that_may_not_run_there_is_refused_in_the_dialog() {
    let mut office = Office::with_live_flow();
    let id = office.run();
    office.api.post("/main/flows/order-intake/versions", &json!({"from": 1})).expect(201);
    let base = format!("/w/main/runs/{id}/retry");
    let back = office.admin.submit(&base, &base, &[("version", "2")]).expect(422).text();
    says(&back, "No run was started");
    says(&back, "Version 2 is not live here");
}

#[test]
fn who_may_not_start_runs_sees_no_buttons_and_is_refused() {
    let office = Office::with_live_flow();
    let id = office.run();
    let base = format!("/w/main/runs/{id}");
    for role in ["viewer", "editor"] {
        let mut visitor = office.server.visitor(role);
        let page = visitor.get(&base).expect(200).text();
        assert!(!page.contains("Run again…"), "{role}");
        visitor.submit(&format!("{base}/retry"), &format!("{base}/retry"), &[("version", "1")]).expect(403);
    }
    let mut operator = office.server.visitor("operator");
    let page = operator.get(&base).expect(200).text();
    says(&page, "Run again…");
    leads_to(&operator.submit(&format!("{base}/retry"), &format!("{base}/retry"), &[("version", "1")]));
    leads_to(&operator.get(&format!("{FLOW}/runs")));
}
