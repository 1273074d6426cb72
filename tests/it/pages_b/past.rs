//! Histories of one thing, their exports, and pages as of then.

use serde_json::Value;

use super::{FLOW, Office, says, words};

/// The address of the first "As of then" of a page.
fn then(page: &str) -> String {
    let link = page.split("<a href=\"").find(|part| part.contains(">As of then<")).expect("an event leads to its past");
    let link = link.split('"').next().expect("an address");
    link.replace("&amp;", "&").replace("&#38;", "&")
}

#[test]
fn the_past_is_shown_as_it_was_and_cannot_be_changed() {
    let mut office = Office::with_draft();
    let draft = then(&office.admin.get(&format!("{FLOW}/history")).expect(200).text());
    office.go_live();
    let live = then(&office.admin.get(&format!("{FLOW}/history")).expect(200).text());
    let page = office.admin.get(&live).expect(200).text();
    for word in
        ["As of ", "Read-only.", "Back to now", "Previous change", "What was live", "Production", "current production", "configuration #1"]
    {
        says(&page, word);
    }
    assert!(
        !words(&page).contains("Next change") && !page.contains("Roll back") && !page.contains("method=\"post\" action=\"/w/main/flows")
    );
    let page = office.admin.get(&draft).expect(200).text();
    says(&page, "now v1");
    says(&page, "now published");
    says(&page, "Next change");
    let at = draft.split_once('?').expect("an instant").1;
    let page = office.admin.get(&format!("/w/main?{at}")).expect(200).text();
    says(&page, "1 flow in 2 environments");
    says(&page, "now v1");
    let page = office.admin.get(&format!("/w/main/environments/production?{at}")).expect(200).text();
    says(&page, "No flow was live here.");
    says(&page, "Configuration #1");
    says(&office.admin.get("/w/main?at=2000-01-01T00:00").expect(200).text(), "There were no flows yet.");
    says(&office.admin.get("/w/main?at=2999-01-01T00:00").expect(400).text(), "has not come yet");
    office.admin.get("/w/main?at=yesterday").expect(400);
    office.admin.get(&format!("{FLOW}?at=2000-01-01T00:00")).expect(404);
}

#[test]
fn histories_are_cut_down_and_exported() {
    let mut office = Office::with_live_flow();
    says(&office.admin.get("/w/main/environments/production/history").expect(200).text(), "deployed Order intake");
    for (query, found) in
        [("text=AGREED", true), ("text=nowhere%25", false), ("who=tokens", true), ("who=command-line", false), ("flow=order-intake", true)]
    {
        let page = office.admin.get(&format!("/w/main/history?{query}")).expect(200).text();
        assert_eq!(words(&page).contains("deployed Order intake"), found, "{query}");
    }
    let csv = office.admin.get(&format!("{FLOW}/history/export.csv?what=deployment.")).expect(200);
    assert!(csv.header("content-disposition").is_some_and(|h| h.contains("history.csv")));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.starts_with("seq,at,actor,") && csv.contains("deployment.deploy") && csv.contains("as agreed"), "{csv}");
    let all: Value = serde_json::from_str(&office.admin.get("/w/main/history/export.json").expect(200).text()).expect("JSON");
    assert!(all.as_array().is_some_and(|all| all.len() >= 4 && all[0]["seq"].as_i64() > all[1]["seq"].as_i64()), "{all}");
    let none: Value = serde_json::from_str(&office.admin.get("/w/main/history/export.json?what=plan.").expect(200).text()).expect("JSON");
    assert_eq!(none, serde_json::json!([]));
    office.admin.get("/w/main/history/export.xml").expect(400);
    let by = all[0]["actor"]["id"].as_str().expect("a person").to_owned();
    says(&office.admin.get(&format!("/w/main/people/{by}/history")).expect(200).text(), "deployed Order intake");
    office.admin.get("/w/main/people/usr_nobody/history").expect(404);
}

#[test]
fn administrators_see_who_looked_once_an_hour() {
    let mut office = Office::with_live_flow();
    let seen = "/w/main/environments/production/history";
    office.admin.get("/w/main/environments/production").expect(200);
    let told = crate::support::wait::until("a look to be kept", std::time::Duration::from_secs(30), || {
        let page = office.admin.get(seen).expect(200).text();
        words(&page).contains("Who looked at it").then_some(page)
    });
    says(&told, "Test admin, in the hour of");
    let mut viewer = office.server.visitor("viewer");
    let page = viewer.get(seen).expect(200).text();
    assert!(!words(&page).contains("Who looked at it"), "only administrators are told");
}
