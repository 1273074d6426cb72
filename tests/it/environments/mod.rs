//! Pages of environments, read and used as a person without script does.

mod acts;
mod gate;
mod replacements;
mod settings;

use serde_json::json;

use crate::pages_a::{FLOW, Site, says, says_not};

pub const ALL: &str = "/w/main/environments";
pub const STAGING: &str = "/w/main/environments/staging";

impl Site {
    /// With a staging environment, whose rack is as after so many deployments.
    fn with_staging(deployments: u32) -> Self {
        let site = Self::new();
        site.make_staging();
        for turn in 1..=deployments {
            site.draft_holds(json!({"variables": {"turn": turn.to_string()}}));
            site.deploy_configuration("draft");
        }
        site
    }

    fn make_staging(&self) {
        self.api.post("/main/environments", &json!({"slug": "staging", "name": "Staging", "kind": "staging"})).expect(201);
    }

    fn draft_holds(&self, replacements: serde_json::Value) {
        self.api.put("/main/environments/staging/draft/replacements", "*", &replacements).expect(200);
    }

    fn deploy_configuration(&self, version: &str) {
        self.api.post(&format!("/main/environments/staging/versions/{version}/deployment"), &json!({})).expect(200);
    }
}

#[test]
fn an_environment_is_made_listed_and_moved() {
    let mut site = Site::new();
    says(
        &site.admin.get(ALL).expect(200).text(),
        &["Development", "Production", "New environment", "#1", "same as #1", "data-go=\"environments\""],
    );
    let bad = site.admin.submit(
        &format!("{ALL}/new"),
        ALL,
        &[("name", "Production"), ("slug", "Live!"), ("kind", "test"), ("description", "kept")],
    );
    says(&bad.expect(422).text(), &["The environment was not made", "lower-case letters", "kept", "value=\"test\" selected"]);
    let clash =
        site.admin.submit(&format!("{ALL}/new"), ALL, &[("name", "Other"), ("slug", "production"), ("kind", "test"), ("description", "")]);
    says(&clash.expect(422).text(), &["Production has the address “production” already"]);
    let made = site.admin.submit(
        &format!("{ALL}/new"),
        ALL,
        &[("name", "Staging"), ("slug", ""), ("kind", "staging"), ("description", "Last stop")],
    );
    let (to, page) = site.follow(made);
    assert_eq!(to, STAGING);
    says(&page, &["Staging is an environment now.", "Last stop", "#1", "Deploy draft #1…", "No flow runs here", "opens draft #2"]);
    let list = site.admin.get(ALL).expect(200).text();
    assert!(list.find(">Development<") < list.find(">Staging<") && list.find(">Staging<") < list.find(">Production<"), "{list}");
    let moved = site.admin.submit(ALL, &format!("{STAGING}/move"), &[("to", "up")]);
    let (_, list) = site.follow(moved);
    assert!(list.find(">Staging<") < list.find(">Development<"), "{list}");
    let history = site.admin.get("/w/main/history?what=environment.").expect(200).text();
    says(&history, &["made the environment", "<b>Staging</b>"]);
}

#[test]
fn the_rack_names_its_victim_beforehand() {
    let mut site = Site::with_staging(5);
    let page = site.admin.get(STAGING).expect(200).text();
    says(
        &page,
        &[
            "Five are kept. Deploying #6 removes #2 and opens draft #7.",
            "Oldest: removed at the next deploy",
            "Same as #5",
            "Used by runs now",
            "Draft from #5",
            "Replacements in draft #6",
            "compare/5...6",
        ],
    );
    assert_eq!(page.matches("data-next-out").count(), 1);
    let slots = site.admin.get_fragment(&format!("{STAGING}?only=slots")).expect(200).text();
    assert!(slots.starts_with("<section") && slots.contains("id=\"slots\""), "{slots}");
    let deployed = site.admin.get(&format!("{STAGING}?v=deployed")).expect(200).text();
    says(&deployed, &["Replacements in deployed #5"]);
    says_not(&deployed, &["Add replacement", "Since #5"]);
    site.admin.get(&format!("{STAGING}?v=99")).expect(404);
    // What went off the rack keeps its page.
    says(&site.admin.get(&format!("{STAGING}/versions/1")).expect(200).text(), &["Off the rack", "<code>turn</code>", "Draft from #1"]);
}

#[test]
fn flows_are_shown_where_they_run_with_what_a_start_takes() {
    let mut site = Site::with_two_live();
    site.make_staging();
    site.deploy_configuration("draft");
    site.api.post("/main/environments/staging/flows/order-intake/deployments", &json!({"version": 1})).expect(200);
    let page = site.admin.get(STAGING).expect(200).text();
    says(
        &page,
        &["1 flow runs here", "1 version behind v2", &format!("{FLOW}/compare/2...1"), "it is live here", "Compared with Production"],
    );
    let production = site.admin.get(&format!("{ALL}/production")).expect(200).text();
    says_not(&production, &["Compared with"]);
    let run = site.run();
    let run = site.admin.get(&format!("/w/main/runs/{}", run["id"].as_str().expect("an id"))).expect(200).text();
    says(&run, &["href=\"/w/main/environments/production/versions/1\""]);
    says(&site.admin.get(ALL).expect(200).text(), &["1 flow", "1 not as in production"]);
}

#[test]
fn people_are_offered_what_their_role_lets_them_do() {
    let site = Site::with_staging(1);
    let mut viewer = site.server.visitor("viewer");
    says_not(&viewer.get(ALL).expect(200).text(), &["New environment", "Move up"]);
    says_not(&viewer.get(STAGING).expect(200).text(), &["Deploy draft", "Add replacement", "Draft from", "Settings</a>"]);
    for path in ["versions/2/deploy", "versions/1/draft", "versions/2/delete", "archive"] {
        viewer.get(&format!("{STAGING}/{path}")).expect(403);
    }
    viewer.get(&format!("{ALL}/new")).expect(403);
    says(&viewer.get(&format!("{STAGING}/settings")).expect(200).text(), &["Administrators change these."]);
    let mut editor = site.server.visitor("editor");
    says(&editor.get(&format!("{ALL}/development")).expect(200).text(), &["Deploy draft", "Add replacement"]);
    says_not(&editor.get(STAGING).expect(200).text(), &["Deploy draft"]);
    let mut operator = site.server.visitor("operator");
    says(&operator.get(STAGING).expect(200).text(), &["Deploy draft #2…", "Add replacement"]);
    says_not(&operator.get(STAGING).expect(200).text(), &["Settings</a>"]);
}
