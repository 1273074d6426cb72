use serde_json::json;

use super::flow::hidden;
use super::{FLOW, LIVE, Site, says, says_not};

#[test]
fn one_step_back_with_a_reason() {
    let mut site = Site::with_two_live();
    let rollback = format!("{LIVE}/rollback");
    let short = site.admin.get(&format!("{FLOW}/rollback?environment=production")).expect(303);
    assert_eq!(short.header("location"), Some(rollback.as_str()));
    let page = site.admin.get(&rollback).expect(200).text();
    says(&page, &["Roll back to", "all new runs in Production use version 1.", "No run is in progress on version 2.", "Roll back now"]);
    says(
        &page,
        &[
            "Version 2 is quarantined in Production: it cannot come back there until somebody releases it",
            "No run of version 2 has ended here.",
        ],
    );
    let bare = site.admin.submit(&rollback, &rollback, &[("reason", " ")]).expect(422).text();
    says(&bare, &["Nothing was rolled back", "Say why you go back"]);
    let token = hidden(&page);
    let stale = site.admin.post(&rollback, &[("csrf", &token), ("expect", "1"), ("to", "1"), ("reason", "late")]).expect(409).text();
    says(&stale, &["changed while you were looking", "late"]);
    let never = site.admin.post(&rollback, &[("csrf", &token), ("expect", "2"), ("to", "7"), ("reason", "x")]);
    never.expect(404);
    // A button outside of the dialog leads to it.
    let button = site.admin.post(&rollback, &[("csrf", &token)]).expect(303);
    assert_eq!(button.header("location"), Some(rollback.as_str()));
    let answer = site.admin.submit(&rollback, &rollback, &[("reason", "totals look wrong")]);
    let (to, page) = site.follow(answer);
    assert_eq!(to, format!("{LIVE}/quarantine/2"));
    says(
        &page,
        &["Order intake is back on version 1 in Production.", "Quarantined in Production", "totals look wrong", "Release version 2"],
    );
    assert_eq!(site.place("production")["primary"], 1);
    says_not(&site.admin.get(FLOW).expect(200).text(), &["Roll back to v2"]);
    // What was rolled back from is no way back: it is quarantined.
    says(
        &site.admin.get(&rollback).expect(409).text(),
        &["Every other version that took runs in Production is quarantined: 2. Release one"],
    );
}

#[test]
fn there_is_no_way_back_from_the_first_version() {
    let mut site = Site::with_flow();
    says(&site.admin.get(&format!("{LIVE}/rollback")).expect(409).text(), &["Nothing is deployed here yet"]);
    says(&site.admin.get(&format!("{LIVE}/stop")).expect(409).text(), &["Nothing is deployed here yet"]);
    site.put_live(1);
    says(&site.admin.get(&format!("{LIVE}/rollback")).expect(409).text(), &["No other version was ever live in Production."]);
    says_not(&site.admin.get(FLOW).expect(200).text(), &["Roll back to"]);
    site.admin.get("/w/main/flows/order-intake/environments/moon/rollback").expect(404);
}

#[test]
fn the_switch_has_four_positions() {
    let mut site = Site::with_two_live();
    let token = hidden(&site.admin.get(FLOW).expect(200).text());
    let press = |site: &mut Site, verb: &str| {
        let answer = site.admin.post(&format!("{LIVE}/{verb}"), &[("csrf", &token)]);
        site.follow(answer).1
    };
    says(
        &press(&mut site, "pause"),
        &["Order intake is paused in Production.", "Test admin paused it", "production/resume", "No reason was given."],
    );
    says(&press(&mut site, "pause"), &["Nothing was changed.", "It is already paused here."]);
    says(&press(&mut site, "resume"), &["takes starts again in Production."]);
    says(&press(&mut site, "disable"), &["is disabled in Production.", "production/enable"]);
    says(&press(&mut site, "enable"), &["takes starts again"]);
    site.api.post("/main/environments/production/flows/order-intake/pause", &json!({"reason": "supplier is down"})).ok();
    says(&site.admin.get(FLOW).expect(200).text(), &["Paused", "supplier is down"]);
}

#[test]
fn a_stop_counts_asks_and_cancels() {
    let mut site = Site::with_two_live();
    let stop = format!("{LIVE}/stop");
    let page = site.admin.get(&stop).expect(200).text();
    says(&page, &["Stop Order intake in Production?", "No run is in progress.", "New starts are refused", "Pause instead"]);
    let bare = site.admin.submit(&stop, &stop, &[("reason", ""), ("confirm", "order-intake")]).expect(422).text();
    says(&bare, &["Nothing was stopped", "Say why"]);
    let wrong = site.admin.submit(&stop, &stop, &[("reason", "bad totals"), ("confirm", "x")]).expect(422).text();
    says(&wrong, &["Type order-intake to confirm.", "bad totals"]);
    let answer = site.admin.submit(&stop, &stop, &[("reason", "bad totals"), ("confirm", "order-intake")]);
    says(&site.follow(answer).1, &["Order intake is stopped in Production.", "Stopped", "bad totals", "Resume"]);
    assert_eq!(site.place("production")["switch"], "stopped");
    let again = site.admin.submit(&stop, &stop, &[("reason", "x"), ("confirm", "order-intake")]).expect(422).text();
    says(&again, &["It is already stopped here."]);
    let token = hidden(&page);
    let instead = site.admin.post(&format!("{LIVE}/pause"), &[("csrf", &token), ("expect", "3"), ("reason", ""), ("confirm", "")]);
    says(&site.follow(instead).1, &["Nothing was changed.", "Resume it first."]);
}
