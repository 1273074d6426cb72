//! History, bin, search.

use super::{FLOW, Office, leads_to, says, words};
use crate::support::each_database;

#[test]
fn histories_say_who_did_what_and_filter() {
    let mut office = Office::with_live_flow();
    let page = office.admin.get("/w/main/history").expect(200).text();
    for word in [
        "Test admin created the flow Order intake",
        "Test admin published Order intake Version v 1 , current production",
        "First cut",
        "Test admin deployed Order intake Version v 1 , current production to Production",
        "as agreed",
        "Today,",
    ] {
        says(&page, word);
    }
    let flow = office.admin.get(&format!("{FLOW}/history")).expect(200).text();
    says(&flow, "Test admin published Version v 1");
    says(&flow, "Versions");
    let only = office.admin.get_fragment("/w/main/history?what=deployment.").expect(200).text();
    assert!(only.contains("id=\"events\"") && !words(&only).contains("published") && words(&only).contains("deployed"), "{only}");
    for (query, none) in [
        ("from=2000-01-01&to=2999-12-31", false),
        ("to=2000-01-01", true),
        ("from=2999-01-01", true),
        ("who=usr_nobody", true),
        ("what=run.", true),
    ] {
        let page = office.admin.get(&format!("/w/main/history?{query}")).expect(200).text();
        assert_eq!(words(&page).contains("No event matches"), none, "{query}");
    }
    says(&office.admin.get("/w/main/history?from=yesterday").expect(422).text(), "Write the day as year, month, day");
    office.admin.get("/w/main/flows/nothing/history").expect(404);
    office.admin.get("/w/other/history").expect(404);
}

#[test]
fn addresses_that_make_no_sense_get_the_page_that_says_so() {
    let mut office = Office::with_draft();
    for path in [
        "/w/main/history?before=zz",
        "/w/main/history/export.json?before=zz",
        "/w/main/flows/order-intake/history?after=",
        "/w/main/components?at=2026",
    ] {
        let page = office.admin.get(path).expect(400);
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{path}");
        says(&page.text(), "This address cannot be read");
    }
    let page = office.admin.get("/w/%ff/history").expect(404);
    says(&page.text(), "There is nothing here");
}

#[test]
fn a_person_exports_ten_times_a_minute() {
    let mut office = Office::open();
    for _ in 0..10 {
        office.admin.get("/w/main/history/export.csv").expect(200);
    }
    let refused = office.admin.get("/w/main/export").expect(429);
    assert!(refused.header("retry-after").is_some());
    says(&refused.text(), "Exports are made at most ten times a minute");
}

#[test]
fn addresses_with_a_zero_character_are_refused_before_any_query() {
    each_database(|database| {
        let mut office = Office::on(database);
        for path in [
            "/w/main/history?who=%00",
            "/w/main/history/export.csv?text=%00",
            "/w/main/versions?text=%00",
            "/w/main/bin/%00",
            "/backups/%00",
            "/w/%00",
        ] {
            says(&office.admin.get(path).expect(400).text(), "It holds the character U+0000");
        }
    });
}

#[test]
fn long_histories_are_read_page_by_page() {
    let mut office = Office::with_draft();
    (0..60).for_each(|n| {
        office.create(
            &format!("flow-{n}"),
            &format!("Flow {n}"),
            &format!("document: {{dsl: '1.0.1', namespace: tests, name: flow-{n}, version: '1.0.0'}}\ndo: []\n"),
        )
    });
    let page = office.admin.get("/w/main/history?what=flow.").expect(200).text();
    says(&page, "50 events on this page.");
    says(&page, "Older events");
    assert!(page.contains("what=flow.&amp;before=") || page.contains("what=flow.&#38;before="), "the filter stays: {page}");
}

#[test]
fn what_was_deleted_comes_back_from_the_bin() {
    let mut office = Office::with_live_flow();
    says(&office.admin.get("/w/main/bin").expect(200).text(), "The bin is empty");
    let draft = office.api.post("/main/flows/order-intake/versions", &serde_json::json!({"from": 1})).expect(201).json();
    office.api.delete("/main/flows/order-intake/versions/2").ok();
    let page = office.admin.get("/w/main/bin").expect(200).text();
    says(&page, "Order intake v2");
    let id = draft["id"].as_str().expect("an id");
    let back = format!("/w/main/bin/{id}/restore");
    assert!(page.contains(&back));
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
    let mut viewer = office.server.visitor("viewer");
    let seen = viewer.get("/w/main/bin").expect(200).text();
    assert!(!seen.contains("Bring back") && words(&seen).contains("Order intake v2"));
    let theirs = seen.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
    viewer.post(&back, &[("csrf", &theirs)]).expect(403);
    assert_eq!(leads_to(&office.admin.post(&back, &[("csrf", &token)])), format!("{FLOW}/versions/2"));
    office.admin.post(&back, &[("csrf", &token)]).expect(404);
    says(&office.admin.get("/w/main/bin").expect(200).text(), "The bin is empty");
}

#[test]
fn search_finds_flows_versions_and_runs() {
    let mut office = Office::with_live_flow();
    let run = office.run();
    for (text, hit) in [
        ("ORDER", "Order intake order-intake"),
        ("t-77", "Order intake v1"),
        ("first", "Order intake v1"),
        ("v1", "Order intake v1"),
        (run.as_str(), &run),
    ] {
        let page = office.admin.get(&format!("/w/main/search?q={text}")).expect(200).text();
        says(&page, hit);
    }
    says(&office.admin.get(&format!("/w/main/search?q={}", &run[run.len() - 6..])).expect(200).text(), &run);
    says(&office.admin.get("/w/main/search?q=zebra").expect(200).text(), "Nothing found");
    says(&office.admin.get("/w/main/search?q=%3Cscript%3E").expect(200).text(), "<script>");
    office.admin.get("/w/main/search").expect(200);
}

#[test]
fn every_list_answers_on_both_databases() {
    each_database(|database| {
        let mut office = Office::on(database);
        office.create("order-intake", "Order intake", &super::order_intake(&office.service.egress(), "first"));
        office.go_live();
        let run = office.run();
        let user = database.texts("SELECT id AS t FROM users WHERE email = 'admin@example.test'").remove(0);
        for path in [
            format!("/w/main/runs?flow=order-intake&version=1&state=completed&environment=production&trigger=api&before={run}z"),
            format!("/w/main/runs?part=newer&newest={run}"),
            format!("/w/main/runs/{run}?after=-1"),
            format!("/w/main/runs/{run}/retry"),
            "/w/main/history?what=version.&who=usr_x&from=2000-01-01&to=2999-01-01&before=99999".to_owned(),
            format!("{FLOW}/history"),
            "/history?what=user.&who=usr_x&before=99999".to_owned(),
            "/w/main/people/ID/history?what=session.".replace("ID", &user),
            "/w/main/bin".to_owned(),
            "/people".to_owned(),
            "/account".to_owned(),
            format!("{FLOW}/runs/new?version=1&test=1"),
        ] {
            office.admin.get(&path).expect(200);
        }
        for text in ["order", "T-77", "v1", "First", "first", &run[run.len() - 6..]] {
            let page = office.admin.get(&format!("/w/main/search?q={text}")).expect(200).text();
            assert!(!words(&page).contains("Nothing found"), "{text}");
        }
        let base = format!("/w/main/runs/{run}/retry");
        leads_to(&office.admin.submit(&base, &base, &[("version", "1")]));
        let draft = office.api.post("/main/flows/order-intake/versions", &serde_json::json!({"from": 1})).expect(201).json();
        let edit = format!("{FLOW}/versions/2/edit");
        leads_to(&office.admin.submit(&edit, &format!("{edit}/move"), &[("down", "/do/0/receive")]));
        office.api.delete("/main/flows/order-intake/versions/2").ok();
        let page = office.admin.get("/w/main/bin").expect(200).text();
        let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
        leads_to(&office.admin.post(&format!("/w/main/bin/{}/restore", draft["id"].as_str().expect("an id")), &[("csrf", &token)]));
    });
}
