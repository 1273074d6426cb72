use serde_json::json;

use super::{ALL, STAGING};
use crate::pages_a::{Site, says, says_not};

const SETTINGS: &str = "/w/main/environments/staging/settings";
const FREEZES: &str = "/w/main/environments/staging/freezes";

#[test]
fn settings_come_back_filled_and_are_saved() {
    let mut site = Site::with_staging(1);
    let fields = [
        ("name", "Staging EU"),
        ("description", "Europe"),
        ("kind", "test"),
        ("promotes_from", "development"),
        ("keeps", "two"),
        ("approvals", "0"),
    ];
    let bad = site.admin.submit(SETTINGS, SETTINGS, &fields);
    says(&bad.expect(422).text(), &["The settings were not saved", "Give a whole number", "Staging EU", "value=\"development\" selected"]);
    let fields = [
        ("name", "Staging EU"),
        ("description", "Europe"),
        ("kind", "test"),
        ("promotes_from", "development"),
        ("keeps", "3"),
        ("approvals", "0"),
    ];
    let saved = site.admin.submit(SETTINGS, SETTINGS, &fields);
    says(&site.follow(saved).1, &["The settings are saved.", "Staging EU"]);
    let page = site.admin.get(STAGING).expect(200).text();
    says(&page, &["Three are kept.", "Only what is live in <b>Development</b>", "Europe"]);
    says(&site.admin.get(ALL).expect(200).text(), &["Takes what is live in <b>Development</b>"]);
}

#[test]
fn freezes_are_set_and_taken_out() {
    let mut site = Site::with_staging(1);
    let bad = site.admin.submit(
        SETTINGS,
        FREEZES,
        &[("comes", "weekly"), ("from_time", "18:00"), ("to_time", "06:00"), ("zone", "UTC"), ("why", "night")],
    );
    says(&bad.expect(422).text(), &["The settings were not saved", "Name at least one day.", "night"]);
    let moon =
        [("comes", "weekly"), ("days", "friday"), ("from_time", "18:00"), ("to_time", "06:00"), ("zone", "Moon/Base"), ("why", "night")];
    says(&site.admin.submit(SETTINGS, FREEZES, &moon).expect(422).text(), &["is no time zone", "value=\"friday\" checked"]);
    let once = [("comes", "once"), ("from", "2020-01-01T00:00"), ("to", "2100-01-01T00:00"), ("reason", "stocktaking")];
    let set = site.admin.submit(SETTINGS, FREEZES, &once);
    says(&site.follow(set).1, &["The freeze is set.", "stocktaking", "Holds"]);
    says(&site.admin.get(STAGING).expect(200).text(), &["Staging is frozen until 1 Jan 2100, 00:00 UTC", "stocktaking"]);
    says(&site.admin.get(ALL).expect(200).text(), &["Frozen until"]);
    let dialog = site.admin.get(&format!("{STAGING}/versions/2/deploy")).expect(200).text();
    says(&dialog, &["frozen until 2100-01-01 00:00 UTC"]);
    says_not(&dialog, &[">Deploy #2<"]);
    let gone = site.admin.submit(SETTINGS, &format!("{FREEZES}/remove"), &[]);
    says(&site.follow(gone).1, &["The freeze is taken out."]);
    says_not(&site.admin.get(STAGING).expect(200).text(), &["is frozen until"]);
}

#[test]
fn an_environment_is_archived_when_nothing_is_live_and_comes_back() {
    let mut site = Site::with_flow();
    site.make_staging();
    site.deploy_configuration("draft");
    site.api.post("/main/environments/staging/flows/order-intake/deployments", &json!({"version": 1})).expect(200);
    let page = format!("{STAGING}/archive");
    let blocked = site.admin.get(&page).expect(200).text();
    says(&blocked, &["Archive Staging?", "Order intake is live there. Stop it there first.", "Show flow"]);
    says_not(&blocked, &[">Archive Staging</button>"]);
    says(&site.admin.get(&format!("{ALL}/production/settings")).expect(200).text(), &["colours this workspace"]);
    site.api.post("/main/environments/staging/flows/order-intake/stop", &json!({"reason": "moving"})).expect(200);
    let done = site.admin.submit(&page, &page, &[]);
    let (to, list) = site.follow(done);
    assert_eq!(to, ALL);
    says(&list, &["Staging is archived.", "Bring it back", "Archived", "since"]);
    site.admin.get(STAGING).expect(404);
    // Runs stay pinned to its configurations.
    says(&site.admin.get(&format!("{STAGING}/versions/1")).expect(200).text(), &["Staging", "#1"]);
    let token = crate::pages_a::hidden(&list);
    let back = site.admin.post(&format!("{STAGING}/unarchive"), &[("csrf", &token)]);
    says(&site.follow(back).1, &["Staging is back, as it was."]);
    site.admin.get(STAGING).expect(200);
}

#[test]
fn with_one_environment_it_need_not_be_said() {
    let mut site = Site::with_two_live();
    site.run();
    says(&site.admin.get("/w/main/runs").expect(200).text(), &["data-label=\"Environment\"", "name=\"environment\""]);
    says(&site.admin.get("/w/main").expect(200).text(), &["data-label=\"Production\"", "Only flows where environments differ"]);
    says(&site.admin.get("/w/main/flows/order-intake").expect(200).text(), &["<th scope=\"col\">Environment</th>"]);
    site.api.post("/main/environments/development/archive", &json!({})).expect(200);
    says_not(&site.admin.get("/w/main/runs").expect(200).text(), &["data-label=\"Environment\"", "name=\"environment\""]);
    let dashboard = site.admin.get("/w/main").expect(200).text();
    says(&dashboard, &["<th role=\"columnheader\" scope=\"col\">Version</th>", "data-label=\"Version\""]);
    says_not(&dashboard, &["data-label=\"Production\"", "in 1 environment", "Only flows where environments differ"]);
    says_not(&site.admin.get("/w/main/flows/order-intake").expect(200).text(), &["<th scope=\"col\">Environment</th>"]);
}
