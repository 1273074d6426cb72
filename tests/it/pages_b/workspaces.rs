//! A workspace's own settings, the words it picks, and making another.

use super::{FLOW, Office, leads_to, says, words};

#[test]
fn a_workspace_picks_the_words_that_its_people_know() {
    let mut office = Office::with_live_flow();
    says(&office.admin.get("/w/main/settings").expect(200).text(), "Settings of Main");
    let form = [("name", "Main office"), ("words", "aws-paas"), ("expect", "0")];
    assert_eq!(leads_to(&office.admin.submit("/w/main/settings", "/w/main/settings", &form)), "/w/main/settings");
    let page = office.admin.get("/w/main/settings").expect(200).text();
    says(&page, "The settings are saved.");
    says(&page, "停用 Closed");
    says(&page, "Main office");
    for address in [FLOW.to_owned(), format!("{FLOW}/versions/1")] {
        let page = words(&office.admin.get(&address).expect(200).text());
        assert!(page.contains("运行 Run"), "{address}: {page}");
    }
    // The slower of two is told, and what was typed is not lost.
    let late = [("name", "Other"), ("words", "slingr"), ("expect", "0")];
    let back = office.admin.submit("/w/main/settings", "/w/main/settings", &late).expect(409).text();
    says(&back, "changed while you were looking");
    assert!(back.contains("value=\"Other\""), "{back}");
    let bad = [("name", ""), ("words", "klingon"), ("expect", "1")];
    let back = office.admin.submit("/w/main/settings", "/w/main/settings", &bad).expect(422).text();
    says(&back, "The settings were not saved");
    says(&back, "is not a vocabulary");
    says(&office.admin.get("/w/main/history").expect(200).text(), "changed the settings of the workspace");
    let mut viewer = office.server.visitor("viewer");
    says(&viewer.get("/w/main/settings").expect(200).text(), "Administrators change these.");
    let page = viewer.get("/w/main/settings").expect(200).text();
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token").to_owned();
    viewer.post("/w/main/settings", &[("csrf", &csrf), ("name", "Mine"), ("words", "slingr"), ("expect", "1")]).expect(403);
}

#[test]
fn another_workspace_is_made_ready_for_deployments() {
    let mut office = Office::open();
    let taken = [("name", "Main"), ("slug", "main"), ("words", "signalbox")];
    let back = office.admin.submit("/workspaces/new", "/workspaces", &taken).expect(422).text();
    says(&back, "exists already");
    let form = [("name", "Logistics"), ("slug", ""), ("words", "patchworks")];
    assert_eq!(leads_to(&office.admin.submit("/workspaces/new", "/workspaces", &form)), "/w/logistics");
    says(&office.admin.get("/w/logistics").expect(200).text(), "Logistics is made.");
    let page = office.admin.get("/w/logistics/environments").expect(200).text();
    says(&page, "Production");
    says(&office.admin.get("/w/main").expect(200).text(), "Logistics");
    office.server.visitor("operator").get("/workspaces/new").expect(403);
}
