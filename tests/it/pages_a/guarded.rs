//! Rollouts that a guard sent back or halted, and versions that were gone back from.

use serde_json::json;

use super::flow::hidden;
use super::{FLOW, Site, says, says_not};

const DEPLOY: &str = "/w/main/flows/order-intake/deploy";
const ROLLOUTS: &str = "/w/main/rollouts";

impl Site {
    /// With version 2, whose runs all fail, taking half of the new runs; a guard watches from the second run on.
    fn failing(on_fail: &str) -> (Self, String) {
        let site = Self::with_flow();
        site.put_live(1);
        let text = site.definition("second").replace("/price", "/gone");
        site.service.answer("/gone", crate::support::service::Answer { status: 404, ..Default::default() });
        site.api.post("/main/flows/order-intake/versions", &json!({"definition": text, "from": "latest"})).expect(201);
        site.publish(2);
        let guard = json!({"failure_rate": {"max": 0.1}, "min_runs": 2, "on_fail": on_fail});
        let wish = json!({"version": 2, "comment": "as agreed", "percent": 50, "advance": "manual", "guard": guard});
        site.api.post("/main/environments/production/flows/order-intake/deployments", &wish).ok();
        for _ in 0..4 {
            site.run();
        }
        let id = site.api.get("/main/rollouts").ok()["items"][0]["id"].as_str().unwrap().to_owned();
        (site, format!("{ROLLOUTS}/{id}"))
    }
}

#[test]
fn a_guard_that_rolled_back_is_said_everywhere_with_the_run_that_crossed_the_line() {
    let (mut site, at) = Site::failing("roll_back");
    let page = site.admin.get(&at).expect(200).text();
    says(
        &page,
        &[
            "Rolled back by its guard",
            "2 of 2 runs failed, 100%; the limit is 10%",
            "The run that crossed the line",
            "Rolled back here",
            "over 10% fail",
        ],
    );
    let run = page.split("/w/main/runs/wfr_").nth(1).and_then(|rest| rest.split('"').next()).expect("a run").to_owned();
    site.admin.get(&format!("/w/main/runs/wfr_{run}")).expect(200);
    let dashboard = site.admin.get("/w/main").expect(200).text();
    says(&dashboard, &["The guard rolled back Order intake v2 in Production.", "See its runs"]);
    says_not(&dashboard, &["Order intake v2 is quarantined"]);
    let flow = site.admin.get(FLOW).expect(200).text();
    says(&flow, &["Quarantined", "Version 2 is quarantined", "Its runs, and releasing it", "Rolled back from"]);
    says(&site.admin.get(&format!("{FLOW}/versions/2")).expect(200).text(), &["Quarantined", "by Signalbox", "crossed the line"]);
    let dialog = site.admin.get(&format!("{DEPLOY}?version=2")).expect(200).text();
    says(&dialog, &["Version 2 is quarantined in Production", "Release it with a reason first"]);
    let history = site.admin.get(&format!("{FLOW}/history")).expect(200).text();
    says(&history, &["rolled back to", "from version 2", "The run", "Rollout"]);
}

#[test]
fn runs_are_started_again_once_and_the_version_is_released_with_a_reason() {
    let (mut site, _) = Site::failing("roll_back");
    let held = format!("{FLOW}/environments/production/quarantine/2");
    let page = site.admin.get(&held).expect(200).text();
    says(&page, &["Quarantined in Production", "2 failed runs", "v1, live here", "200 at a time", "The run that crossed the line"]);
    let answer = site.admin.submit(&held, &format!("{held}/reruns"), &[("which", "failed"), ("version", "1")]);
    says(&site.follow(answer).1, &["2 runs are started again.", "None is left.", "No run of it waits to be started again."]);
    let token = hidden(&page);
    let again = site.admin.post(&format!("{held}/reruns"), &[("csrf", &token), ("which", "failed"), ("version", "1")]);
    says(&site.follow(again).1, &["Nothing was started."]);
    let bare = site.admin.submit(&held, &format!("{held}/release"), &[("reason", " ")]).expect(422).text();
    says(&bare, &["Nothing was released", "Say why it may come back"]);
    let answer = site.admin.submit(&held, &format!("{held}/release"), &[("reason", "the service was down")]);
    let page = site.follow(answer).1;
    says(&page, &["Version 2 is released in Production.", "Not quarantined in Production", "the service was down"]);
    says_not(&page, &["Release version 2"]);
    let gone = site.admin.post(&format!("{held}/release"), &[("csrf", &token), ("reason", "x")]).expect(422).text();
    says(&gone, &["nothing to release"]);
    says_not(&site.admin.get(&format!("{DEPLOY}?version=2")).expect(200).text(), &["quarantined in Production"]);
    says(&site.admin.get(&format!("{FLOW}/history")).expect(200).text(), &["from quarantine", "started 2 runs of", "on version 1"]);
    let mut viewer = site.server.visitor("viewer");
    let page = viewer.get(&held).expect(200).text();
    says_not(&page, &["Release version", "Start them again"]);
    viewer.post(&format!("{held}/release"), &[("csrf", &hidden(&page)), ("reason", "x")]).expect(403);
    site.admin.get(&format!("{FLOW}/environments/production/quarantine/9")).expect(404);
}

#[test]
fn a_guard_that_halts_asks_and_going_on_counts_anew() {
    let (mut site, at) = Site::failing("halt");
    let page = site.admin.get(&at).expect(200).text();
    says(&page, &["Halted by its guard at 50%.", "The run that crossed the line", "the guard counts anew", "Halts if v2"]);
    says(&site.admin.get("/w/main").expect(200).text(), &["The guard halted Order intake v2 in Production.", "Decide"]);
    let answer = site.admin.post(&format!("{at}/continue"), &[("csrf", &hidden(&page)), ("reason", "the service is back")]);
    says(&site.follow(answer).1, &["The rollout goes on.", "not judged yet", "2 missing"]);
    says(&site.admin.get("/w/main").expect(200).text(), &["Order intake v2 is rolling out to Production.", "50% of new runs"]);
}

#[test]
fn a_rollout_is_gone_back_from_to_the_primary_itself() {
    let (mut site, at) = Site::rolling(&json!({"percent": 20, "advance": "manual"}));
    let flow = site.admin.get(FLOW).expect(200).text();
    says(
        &flow,
        &[
            "Open rollout",
            "Roll back to v1…",
            "Rolling out 20%",
            "<b>80%</b>",
            "so that the split is exact",
            "Which version would a start use?",
        ],
    );
    says(&flow, &["No version of this flow can run here."]);
    let rollback = format!("{FLOW}/environments/production/rollback");
    let page = site.admin.get(&rollback).expect(200).text();
    says(&page, &["all new runs in Production use version 1.", "Version 2 is quarantined in Production", "Keep rolling out"]);
    let answer = site.admin.submit(&rollback, &rollback, &[("reason", "totals look wrong")]);
    let (to, page) = site.follow(answer);
    assert_eq!(to, format!("{FLOW}/environments/production/quarantine/2"));
    says(&page, &["Order intake is back on version 1 in Production.", "Runs on version 2 finish there"]);
    says(&site.admin.get(&at).expect(200).text(), &["Test admin rolled back", "“totals look wrong”"]);
    says(&site.admin.get("/w/main").expect(200).text(), &["Order intake v2 is quarantined in Production.", "totals look wrong"]);
}

#[test]
fn what_cannot_be_judged_is_held_and_asked_about() {
    let guard = json!({"failure_rate": {"max": 0.1}, "min_runs": 5});
    let (mut site, at) = Site::rolling(&json!({"stages": [{"percent": 50, "min_minutes": 0}], "advance": "auto", "guard": guard}));
    let page = site.until_says(&at, "It cannot be said yet how version 2 does.");
    says(
        &page,
        &[
            "0 of the 5 runs needed to judge have ended",
            "It stays at 50% until you decide",
            "Now, needs your decision",
            "could not judge the rollout of",
        ],
    );
    says(&site.admin.get("/w/main").expect(200).text(), &["Order intake v2 in Production needs your decision.", "Decide"]);
    says(&site.admin.get(ROLLOUTS).expect(200).text(), &["Needs your decision"]);
    let answer = site.admin.submit(&at, &format!("{at}/advance"), &[("reason", "tried by hand")]);
    says(&site.follow(answer).1, &["Version 2 of Order intake is live in Production."]);
}
