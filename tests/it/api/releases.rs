//! Releases: push, sync, view changes, restore, with the three colours (PRODUCT §6).

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, DEV, FLOW, LIVE, definition};
use crate::support::{Database, ServerInside, each_database};

const RELEASES: &str = "/main/releases";

impl Client {
    #[track_caller]
    fn push(&self, comment: &str, backup: bool) -> Value {
        self.post(RELEASES, json!({"comment": comment, "backup": backup})).expect(201).json()
    }

    #[track_caller]
    fn sync(&self, number: i64, environment: &str) -> Value {
        self.post(&format!("{RELEASES}/{number}/sync"), json!({"environment": environment})).expect(200).json()
    }

    #[track_caller]
    fn draft_of(&self, note: &str) -> Value {
        self.post(&format!("{FLOW}/versions"), json!({"definition": definition(note)})).expect(201).json()
    }

    /// `number:colour`, newest first.
    #[track_caller]
    fn colours(&self) -> Vec<String> {
        let items = self.get(RELEASES).ok()["items"].clone();
        let one = |i: &Value| format!("{}:{}", i["number"], i["sync"].as_str().expect("a colour"));
        items.as_array().expect("items").iter().map(one).collect()
    }

    /// Another flow with its first draft.
    #[track_caller]
    fn other_flow(&self, slug: &str) {
        let text = definition("one").replace("name: greet", &format!("name: {slug}"));
        self.post("/main/flows", json!({"slug": slug, "name": slug, "definition": text})).expect(201);
    }
}

#[test]
fn push_sync_view_changes_restore_with_three_colours() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_flow();
        let first = client.push("First", true);
        assert_eq!((&first["number"], &first["sync"], &first["restorable"]), (&json!(1), &json!("never"), &json!(true)));
        assert_eq!(first["pushed"], json!([{"flow": "greet", "version": 1, "published": true}]));
        assert_eq!(first["environments"], json!(["development"]));
        assert_eq!(client.get(DEV).ok()["primary"], 1);
        assert_eq!(client.get(LIVE).ok()["primary"], Value::Null);
        let done = client.sync(1, "production");
        assert_eq!((&done["sync"], &done["changed"]), (&json!("current"), &json!([{"flow": "greet", "from": null, "to": 1}])));
        assert!(done["synced_at"].is_string(), "{done}");
        assert_eq!(client.get(LIVE).ok()["primary"], 1);

        client.draft_of("two");
        let second = client.push("Second", false);
        assert_eq!((&second["number"], &second["restorable"]), (&json!(2), &json!(false)));
        assert_eq!(client.colours(), ["2:never", "1:current"]);
        client.post(&format!("{RELEASES}/2/restore"), json!({})).refused(409, "not_restorable");
        let changes = client.get(&format!("{RELEASES}/2/changes")).ok();
        assert_eq!((&changes["from"], &changes["changes"][0]["text"]), (&json!("release:1"), &json!("Greet goes from version 1 to 2.")));
        assert!(changes["changes"][0]["sentences"].as_array().is_some_and(|s| !s.is_empty()), "{changes}");
        client.sync(2, "production");
        assert_eq!(client.colours(), ["2:current", "1:earlier"]);
        assert_eq!(client.get(&format!("{RELEASES}/2")).ok()["restorable"], true, "syncing to production keeps a release");

        // Somebody is at work on a draft; it stays as an extra one.
        client.draft_of("three");
        let would = client.post(&format!("{RELEASES}/1/restore"), json!({"preview": true})).expect(200).json();
        assert_eq!((&would["preview"], &would["drafts"][0]["extra"], &would["drafts"][0]["from"]), (&json!(true), &json!(3), &json!(1)));
        let seen = would["seen"].as_str().expect("what was seen").to_owned();
        client.post(&format!("{RELEASES}/1/restore"), json!({"seen": "other"})).refused(409, "stale");
        let back = client.post(&format!("{RELEASES}/1/restore"), json!({"seen": seen, "comment": "as it was"})).expect(200).json();
        let held = client.get(&format!("{RELEASES}/1")).ok()["flows"][0]["hash"].clone();
        assert_eq!((&back["drafts"][0]["draft"], &back["drafts"][0]["hash"]), (&json!(4), &held));
        let draft = client.get(&format!("{FLOW}/versions/draft")).ok();
        assert_eq!((&draft["number"], &draft["hash"]), (&json!(4), &held));
        assert_eq!(client.get(&format!("{FLOW}/versions/3")).ok()["lifecycle"], "draft");
        assert_eq!((client.get(LIVE).ok()["primary"].clone(), client.get(DEV).ok()["primary"].clone()), (json!(2), json!(2)));
        // No phantom: the draft is the version it came from.
        let same = client.post(&format!("{FLOW}/versions/draft/publication"), json!({})).refused(409, "identical");
        assert_eq!(same["version"], 1);
        let third = client.push("Back", true);
        assert_eq!(third["pushed"], json!([{"flow": "greet", "version": 1, "published": false}]));
        client.sync(3, "production");
        assert_eq!(client.get(LIVE).ok()["primary"], 1);
        assert_eq!(client.colours(), ["3:current", "2:earlier", "1:earlier"]);
    });
}

#[test]
fn what_is_not_ready_not_ticked_or_extra_is_named_and_left() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_flow();
    client.other_flow("second");
    client.post("/main/flows", json!({"slug": "third", "name": "Third", "definition": "do: oops"})).expect(201);
    let done = client.post(RELEASES, json!({"comment": "x", "backup": true, "flows": ["greet"]})).expect(201).json();
    assert_eq!(done["pushed"], json!([{"flow": "greet", "version": 1, "published": true}]));
    let left: Vec<&str> = done["left"].as_array().expect("left").iter().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(left, ["third", "second"], "{done}");
    assert_eq!(client.get("/main/flows/second/versions/1").ok()["lifecycle"], "draft");
    client.post(RELEASES, json!({"flows": ["moon"]})).refused(422, "invalid");
    // Nothing new: no version is minted, the manifest is kept all the same.
    let again = client.post(RELEASES, json!({"flows": ["greet"]})).expect(201).json();
    assert_eq!((&again["number"], &again["pushed"]), (&json!(2), &json!([])));
    assert_eq!(client.get(&format!("{FLOW}/versions")).ok()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_push_is_all_or_nothing() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_flow();
        client.other_flow("second");
        client.push("x", true);
        // A frozen development refuses every flow, and nothing of the push stays.
        client.draft_of("two");
        let freeze = json!({"freezes": [{"from": "2020-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z", "reason": "audit"}]});
        let frozen = client.call("PATCH", "/main/environments/development", &[], Some(&freeze));
        if frozen.status != 200 {
            panic!("freeze: {}", frozen.text());
        }
        let refused = client.post(RELEASES, json!({"comment": "y"})).refused(409, "push_refused");
        assert_eq!(refused["flows"][0]["code"], "frozen");
        assert_eq!(client.get(&format!("{FLOW}/versions/2")).ok()["lifecycle"], "draft");
        assert_eq!(client.colours(), ["1:never"]);
    });
}

#[test]
fn values_travel_and_those_managed_there_are_kept() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_flow();
        let set = |environment: &str, body: Value| {
            client.put(&format!("/main/environments/{environment}/versions/draft/replacements"), "*", body).expect(200);
            let deploy = format!("/main/environments/{environment}/versions/draft/deployment");
            client.post(&deploy, json!({"comment": "x"})).expect(200);
        };
        set("development", json!({"variables": {"region": "eu", "limit": "5"}}));
        set("production", json!({"variables": {"region": "us", "limit": "1", "depot": "x"}, "managed_here": ["variables.region"]}));
        // Work in the draft configuration is neither deployed by the sync nor lost.
        let work = json!({"variables": {"region": "us", "limit": "1", "depot": "y"}, "managed_here": ["variables.region"]});
        client.put("/main/environments/production/versions/draft/replacements", "*", work).expect(200);
        client.push("x", true);
        let done = client.sync(1, "production");
        assert_eq!(done["kept"], json!(["variables.region"]));
        let deployed = client.get("/main/environments/production/versions/deployed").ok();
        assert_eq!(deployed["replacements"]["variables"], json!({"region": "us", "limit": "5", "depot": "x"}));
        assert_eq!(done["configuration"], deployed["number"]);
        let draft = client.get("/main/environments/production/versions/draft").ok();
        assert_eq!(draft["replacements"]["variables"]["depot"], "y");
        // Restoring brings the configuration of then into the draft.
        set("production", json!({"variables": {"region": "moon"}}));
        let back = client.post(&format!("{RELEASES}/1/restore"), json!({})).expect(200).json();
        assert!(back["configurations"].as_array().is_some_and(|c| c.contains(&json!("production"))), "{back}");
        let draft = client.get("/main/environments/production/versions/draft").ok();
        assert_eq!(draft["replacements"]["variables"]["limit"], "1", "the release was made before the sync");
    });
}

#[test]
fn a_sync_is_refused_or_allowed_as_any_deployment() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    let change = |body: Value| client.call("PATCH", "/main/environments/production", &[], Some(&body)).expect(200);
    client.make_flow();
    client.push("x", false);
    client.post("/main/environments", json!({"slug": "staging", "name": "Staging", "kind": "staging"})).expect(201);
    let sync = |n: i64, body: Value| client.post(&format!("{RELEASES}/{n}/sync"), body);
    sync(1, json!({"environment": "staging"})).refused(409, "no_configuration");
    client.post("/main/environments/staging/versions/1/deployment", json!({})).expect(200);
    change(json!({"promotes_from": "staging"}));
    let refused = sync(1, json!({"environment": "production"})).refused(409, "sync_refused");
    assert_eq!(refused["flows"][0]["code"], "not_promoted");
    sync(1, json!({"environment": "staging"})).expect(200);
    change(json!({"approvals": 1}));
    let refused = sync(1, json!({"environment": "production"})).refused(409, "approval_needed");
    assert!(refused["detail"].as_str().is_some_and(|d| d.contains("propose")), "{refused}");
    let proposed = sync(1, json!({"environment": "production", "propose": true})).expect(200).json();
    assert_eq!((proposed["proposed"].as_array().map(Vec::len), &proposed["sync"]), (Some(1), &json!("never")));
    assert_eq!(client.get(LIVE).ok()["primary"], Value::Null);
    change(json!({"approvals": 0}));
    client.draft_of("two");
    let done = sync(1, json!({"environment": "production"})).expect(200).json();
    assert_eq!((&done["left"][0]["name"], &done["left"][0]["version"]), (&json!("greet"), &json!(2)));
    sync(1, json!({"environment": "moon"})).expect(404);
    sync(9, json!({"environment": "production"})).expect(404);
    // What went wrong there stays out until it is released.
    client.push("two", false);
    sync(2, json!({"environment": "staging"})).expect(200);
    sync(2, json!({"environment": "production"})).expect(200);
    client.post(&format!("{LIVE}/rollback"), json!({"reason": "bad"})).expect(200);
    assert_eq!(client.colours(), ["2:earlier", "1:current"], "the release of before is current again");
    let refused = sync(2, json!({"environment": "production"})).refused(409, "sync_refused");
    assert_eq!(refused["flows"][0]["code"], "quarantined");
}

#[test]
fn a_deployment_keeps_what_stood_there_before() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_live();
    assert_eq!(client.colours(), ["1:current"], "production's first state is kept once it stands");
    client.make_version("two");
    client.deploy(2);
    assert_eq!(client.colours(), ["2:current", "1:earlier"]);
    let back = client.post(&format!("{RELEASES}/1/restore"), json!({})).expect(200).json();
    assert_eq!(back["drafts"][0]["from"], 1);
    // Elsewhere only where it is asked for.
    client.post(&format!("{DEV}/deployments"), json!({"version": 1})).expect(200);
    assert_eq!(client.colours().len(), 2);
    client.post(&format!("{DEV}/deployments"), json!({"version": 2, "backup": true})).expect(200);
    assert_eq!(client.colours(), ["3:never", "2:current", "1:earlier"]);
    let kept = client.get(&format!("{RELEASES}/3")).ok();
    assert_eq!((&kept["origin"], &kept["flows"][0]["version"], &kept["environment"]), (&json!("before"), &json!(1), &json!("development")));
    let listed = client.get(&format!("{RELEASES}?synced=true&limit=1")).ok();
    assert_eq!((&listed["items"][0]["number"], listed["next"].is_null()), (&json!(2), false));
}

#[test]
fn what_a_release_holds_stays_and_is_exported_and_compared() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_published();
    client.call("PATCH", "/main/environments/development", &[], Some(&json!({"description": "x"}))).expect(200);
    // Published, never deployed: a push takes it along.
    let pushed = client.push("x", true);
    assert_eq!(pushed["pushed"], json!([{"flow": "greet", "version": 1, "published": false}]));
    let refused = client.delete(&format!("{FLOW}/versions/1")).refused(409, "in_use");
    assert!(refused["reasons"].as_array().is_some_and(|r| r.iter().any(|r| r["code"] == "in_release")), "{refused}");
    let file = client.get(&format!("{RELEASES}/1/export")).expect(200);
    assert_eq!(file.text(), client.get(&format!("{RELEASES}/1/export")).expect(200).text());
    let value = file.json();
    let hash = value["manifest"]["flows"][0]["hash"].as_str().expect("a hash").to_owned();
    assert_eq!(value["contents"][&hash]["definition"]["document"]["name"], "greet");
    client.draft_of("two");
    let now = client.get("/main/compare/release:1/now").ok();
    assert_eq!((&now["from"], &now["changes"][0]["from"], &now["changes"][0]["to"]), (&json!("release:1"), &json!(1), &json!(2)));
    let live = client.get("/main/compare/env:development/env:production").ok();
    assert_eq!(live["changes"][0]["kind"], "removed");
    client.get("/main/compare/release:1/moon").expect(404);
    client.get("/main/compare/release:7/now").expect(404);
    assert_eq!(client.get("/main/compare/release:1/release:1").ok()["changes"], json!([]));
}

#[test]
fn a_sync_in_part_keeps_what_production_runs_then() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_flow();
    client.other_flow("second");
    client.push("both", true);
    client.sync(1, "production");
    client.draft_of("two");
    let text = definition("two").replace("name: greet", "name: second");
    client.post("/main/flows/second/versions", json!({"definition": text})).expect(201);
    client.push("both again", true);
    client.post(&format!("{RELEASES}/2/sync"), json!({"environment": "production", "flows": ["greet"]})).expect(200);
    // Neither release holds what runs there now, so a third one was kept.
    assert_eq!(client.colours(), ["3:current", "2:earlier", "1:earlier"]);
    let held = client.get(&format!("{RELEASES}/3")).ok();
    let versions: Vec<Value> = held["flows"].as_array().expect("flows").iter().map(|f| f["version"].clone()).collect();
    assert_eq!(versions, [json!(2), json!(1)]);
}

#[test]
fn a_sync_that_moves_nothing_changes_no_colour() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let part =
            |n: i64, flows: Value| client.post(&format!("{RELEASES}/{n}/sync"), json!({"environment": "production", "flows": flows}));
        client.make_flow();
        client.other_flow("second");
        client.push("both", true);
        client.sync(1, "production");
        client.draft_of("two");
        client.push("one of them", false);
        // What was not ticked did not go; the rest stood there before.
        let done = part(2, json!([])).expect(200).json();
        assert_eq!((&done["changed"], &done["same"], &done["sync"]), (&json!([]), &json!(["second"]), &json!("never")));
        assert_eq!(done["left"][0]["reason"], "It was not ticked.");
        assert_eq!(client.colours(), ["2:never", "1:current"]);
        let text = definition("two").replace("name: greet", "name: second");
        client.post("/main/flows/second/versions", json!({"definition": text})).expect(201);
        client.push("the other one, too", false);
        let refused = part(3, json!([])).refused(422, "invalid");
        assert!(refused.to_string().contains("Tick at least one flow"), "{refused}");
        assert_eq!(client.colours(), ["3:never", "2:never", "1:current"]);
        assert_eq!(client.get(&format!("{RELEASES}/3")).ok()["syncs"], json!([]));
        // Production runs greet of the second and third with second of the first: that is kept once.
        part(3, json!(["greet"])).expect(200);
        assert_eq!(client.colours(), ["4:current", "3:earlier", "2:never", "1:earlier"]);
        client.sync(1, "production");
        assert_eq!(client.colours(), ["4:earlier", "3:earlier", "2:never", "1:current"]);
        part(3, json!(["greet"])).expect(200);
        assert_eq!(client.colours(), ["4:current", "3:earlier", "2:never", "1:earlier"]);
        client.sync(2, "production");
        assert_eq!(client.colours(), ["4:earlier", "3:earlier", "2:current", "1:earlier"], "all of it stood there already");
    });
}

#[test]
fn what_was_synced_by_proposals_is_synced_once_they_are_carried_out() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let others = [Client::new(&server, Role::Operator), Client::new(&server, Role::Operator)];
        client.make_flow();
        client.other_flow("second");
        let values = json!({"variables": {"region": "eu"}});
        client.put("/main/environments/development/versions/draft/replacements", "*", values).expect(200);
        client.post("/main/environments/development/versions/draft/deployment", json!({"comment": "x"})).expect(200);
        client.push("both", true);
        client.call("PATCH", "/main/environments/production", &[], Some(&json!({"approvals": 1}))).expect(200);
        let ask = json!({"environment": "production", "propose": true});
        let done = others[0].post(&format!("{RELEASES}/1/sync"), ask.clone()).expect(200).json();
        let left = done["left"].as_array().expect("left");
        assert!(left.iter().any(|l| l["name"] == "production" && l["version"].is_null()), "the configuration stays behind: {done}");
        let syncs = client.get(&format!("{RELEASES}/1")).ok()["syncs"].clone();
        assert_eq!((syncs.as_array().map(Vec::len), &syncs[0]["environment"]), (Some(1), &json!("production")));
        assert_eq!(client.colours(), ["1:never"]);
        for proposed in done["proposed"].as_array().expect("proposals") {
            let at = format!("/main/proposals/{}", proposed["proposal"].as_str().expect("an id"));
            others[1].post(&format!("{at}/approval"), json!({})).expect(200);
            others[0].post(&format!("{at}/execution"), json!({})).expect(200);
        }
        // Between the two, production ran one flow of it: that state was kept.
        assert_eq!(client.colours(), ["2:earlier", "1:current"]);
        assert_eq!(client.get(&format!("{RELEASES}/1")).ok()["syncs"].as_array().map(Vec::len), Some(3));
        let events = client.get("/main/events?limit=50").ok()["items"].clone();
        let named = |action: &str| events.as_array().into_iter().flatten().filter(|e| e["action"] == action).count();
        assert_eq!((named("release.proposed"), named("release.synced")), (1, 2), "{events}");
        // What stands there already needs nobody.
        client.push("again", true);
        let done = others[0].post(&format!("{RELEASES}/3/sync"), ask).expect(200).json();
        assert_eq!((&done["proposed"], &done["same"], &done["sync"]), (&json!([]), &json!(["greet", "second"]), &json!("current")));
    });
}
