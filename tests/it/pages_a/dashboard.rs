use serde_json::json;

use super::{Site, says, says_not};
use crate::support::service::Answer;

#[test]
fn an_empty_workspace_says_what_comes_next() {
    let mut site = Site::new();
    let page = site.admin.get("/w/main").expect(200).text();
    says(&page, &["No flows yet", "/w/main/flows/new", "0 flows in 2 environments"]);
}

#[test]
fn the_matrix_shows_versions_failures_and_what_needs_attention() {
    let mut site = Site::with_two_live();
    site.run();
    site.service.answer("/gone", Answer { status: 404, ..Answer::default() });
    let broken = site.definition("first").replace("order-intake", "late-parcel").replace("/price", "/gone");
    site.add("late-parcel", "Late parcel", &broken);
    site.api.post("/main/flows/late-parcel/versions/1/publication", &json!({"note": "First"})).ok();
    site.api.post("/main/environments/production/flows/late-parcel/deployments", &json!({"version": 1, "comment": "go"})).ok();
    let run = site.api.post("/main/environments/production/flows/late-parcel/runs?wait=10", &json!({"input": {"items": 1}})).ok();
    assert_eq!(run["state"], "faulted");
    site.api.post("/main/environments/production/flows/late-parcel/pause", &json!({"reason": "supplier <is> down"})).ok();

    site.until_says("/w/main", "100%");
    // "1 failed" stands beside Runs as soon as the run ended; the matrix shows it once the hour's figures are counted.
    let page = site.until_says("/w/main", "class=\"spark\"");
    says(&page, &["2 flows in 2 environments", "Order intake", "Late parcel", "/w/main/flows/order-intake/versions/2"]);
    says(&page, &["current production", "1 failed", "class=\"spark\"", "100%", "Not deployed"]);
    says(&page, &["Late parcel fails more than it should in Production.", "1 of 1 run failed within 24 hours, 0% succeeded; 95% should."]);
    says(&page, &["Late parcel is paused in Production.", "supplier &lt;is&gt; down"]);

    let found = site.admin.get("/w/main?find=parcel").expect(200).text();
    says(&found, &["Late parcel", "value=\"parcel\""]);
    says_not(&found, &["id=\"f-order-intake\""]);
    says(&found, &["is paused in Production"]);
    says(&site.admin.get("/w/main?find=zebra").expect(200).text(), &["No flow matches", "zebra"]);
    let differing = site.admin.get("/w/main?drift=1").expect(200).text();
    says(&differing, &["id=\"f-order-intake\"", "id=\"f-late-parcel\""]);

    let part = site.admin.get_fragment("/w/main?part=matrix&poll=1").expect(200).text();
    assert!(part.trim_start().starts_with("<div class=\"section\" id=\"matrix\""), "{part}");
    let part = site.admin.get_fragment("/w/main?part=attention&poll=1").expect(200).text();
    assert!(part.trim_start().starts_with("<ul class=\"attention\""), "{part}");
}

#[test]
fn a_workspace_that_is_not_there_is_not_found() {
    let mut site = Site::new();
    let page = site.admin.get("/w/elsewhere").expect(404).text();
    says(&page, &["There is no workspace “elsewhere” here."]);
}
