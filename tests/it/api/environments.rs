//! Environments: made, configured, deployed number for number, frozen, put away.

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, LIVE};
use crate::support::{Database, ServerInside, each_database};

const STAGING: &str = "/main/environments/staging";

impl Client {
    #[track_caller]
    fn make_staging(&self) -> Value {
        self.post("/main/environments", json!({"slug": "staging", "name": "Staging", "kind": "staging"})).expect(201).json()
    }

    /// Draft, deployed and the inactive ones in ascending order.
    #[track_caller]
    fn rack(&self) -> (Value, Value, Vec<i64>) {
        let list = self.get(&format!("{STAGING}/versions")).ok();
        let items = list["items"].as_array().expect("items");
        let one = |state: &str| items.iter().find(|v| v["state"] == state).map_or(Value::Null, |v| v["number"].clone());
        let mut inactive: Vec<i64> = items.iter().filter(|v| v["state"] == "inactive").filter_map(|v| v["number"].as_i64()).collect();
        inactive.sort_unstable();
        (one("draft"), one("deployed"), inactive)
    }

    #[track_caller]
    fn deploy_configuration(&self, n: impl std::fmt::Display) -> Value {
        self.post(&format!("{STAGING}/versions/{n}/deployment"), json!({})).expect(200).json()
    }

    #[track_caller]
    fn put_draft(&self, body: Value) -> Value {
        self.call("PUT", &format!("{STAGING}/draft/replacements"), &[], Some(&body)).expect(200).json()
    }
}

#[test]
fn versions_are_numbered_as_agreed() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let made = client.make_staging();
        assert_eq!((&made["draft_version"], &made["deployed_version"], &made["kind"]), (&json!(1), &json!(null), &json!("staging")));
        assert_eq!(client.rack(), (json!(1), json!(null), vec![]));
        let table: [(i64, i64, &[i64], &[i64]); 6] = [
            (2, 1, &[], &[]),
            (3, 2, &[1], &[]),
            (4, 3, &[1, 2], &[]),
            (5, 4, &[1, 2, 3], &[]),
            (6, 5, &[2, 3, 4], &[1]),
            (7, 6, &[3, 4, 5], &[2]),
        ];
        for (draft, deployed, inactive, removed) in table {
            let saved = client.put_draft(json!({"variables": {"turn": deployed.to_string()}}));
            assert_eq!((&saved["number"], &saved["state"]), (&json!(deployed), &json!("draft")));
            let done = client.deploy_configuration(deployed);
            assert_eq!((&done["state"], &done["draft"], &done["removed"]), (&json!("deployed"), &json!(draft), &json!(removed)));
            assert_eq!(client.rack(), (json!(draft), json!(deployed), inactive.to_vec()));
            let copy = client.get(&format!("{STAGING}/versions/draft")).ok();
            assert_eq!(copy["replacements"], done["replacements"], "the new draft is a copy");
        }
        // What went off the rack is readable for ever, and a draft can be made of it.
        let first = client.get(&format!("{STAGING}/versions/1")).ok();
        assert_eq!((&first["replacements"]["variables"]["turn"], &first["state"]), (&json!("1"), &json!("inactive")));
        assert!(first["binned_at"].is_string());
        client.post(&format!("{STAGING}/versions/1/deployment"), json!({})).refused(409, "off_the_rack");
        let draft = client.post(&format!("{STAGING}/versions/1/draft"), json!({})).expect(200).json();
        assert_eq!((&draft["number"], &draft["replacements"]["variables"]["turn"]), (&json!(7), &json!("1")));
        let records = database.count("SELECT count(*) FROM environment_records WHERE verb = 'deployed'");
        let events = database.count("SELECT count(*) FROM events WHERE action = 'configuration.deployed'");
        assert_eq!((records, events), (6, 6));
    });
}

#[test]
fn an_inactive_version_is_deployed_again_and_the_draft_stays() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_staging();
        for turn in ["a", "b"] {
            client.put_draft(json!({"connections": {"payments": turn}}));
            client.deploy_configuration("draft");
        }
        client.put_draft(json!({"connections": {"payments": "c"}}));
        let again = client.deploy_configuration(1);
        assert_eq!((&again["former"], &again["draft"], &again["removed"]), (&json!(2), &json!(null), &json!([])));
        assert_eq!(client.rack(), (json!(3), json!(1), vec![2]));
        let draft = client.get(&format!("{STAGING}/versions/draft")).ok();
        assert_eq!(draft["replacements"]["connections"]["payments"], "c");
        client.post(&format!("{STAGING}/versions/1/deployment"), json!({})).refused(409, "already_deployed");
        let differ = client.get(&format!("{STAGING}/versions/deployed/compare/draft")).ok();
        assert_eq!((&differ["a"], &differ["b"], &differ["identical"]), (&json!(1), &json!(3), &json!(false)));
        assert_eq!(differ["changes"][0]["text"], "Connection payments is replaced with c instead of a.");

        // A draft from a version overwrites the draft; deleted, its number is never used again.
        client.post(&format!("{STAGING}/versions/3/draft"), json!({})).refused(409, "is_the_draft");
        let over = client.post(&format!("{STAGING}/versions/2/draft"), json!({})).expect(200).json();
        assert_eq!((&over["number"], &over["replacements"]["connections"]["payments"]), (&json!(3), &json!("b")));
        client.delete(&format!("{STAGING}/versions/1")).refused(409, "in_use");
        client.delete(&format!("{STAGING}/versions/3")).expect(204);
        client.get(&format!("{STAGING}/versions/3")).expect(404);
        client.get(&format!("{STAGING}/versions/draft")).expect(404);
        client.call("PUT", &format!("{STAGING}/draft/replacements"), &[], Some(&json!({}))).refused(409, "no_draft");
        client.delete(&format!("{STAGING}/versions/2")).expect(204);
        client.delete(&format!("{STAGING}/versions/2")).expect(404);
        assert_eq!(client.rack(), (json!(null), json!(1), vec![]));
        let made = client.post(&format!("{STAGING}/versions/1/draft"), json!({})).expect(200).json();
        assert_eq!((&made["number"], &made["state"]), (&json!(4), &json!("draft")));
        assert_eq!(client.rack(), (json!(4), json!(1), vec![]));
    });
}

#[test]
fn replacements_are_saved_whole_and_read_strictly() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_staging();
        let whole = json!({
            "connections": {"payments": "adyen-test"}, "scripts": {"vat": {"name": "vat-eu", "version": 3}, "tax": "tax-test"},
            "caches": {"stock": "stock-test"}, "lookups": {"carriers": "test"}, "variables": {"region": "eu"},
            "secrets": {"card": "card-test"}, "priority": {"order-intake": 10}
        });
        let mut sent = whole.clone();
        sent["managed_here"] = json!(["variables.region"]);
        sent["note"] = json!("for the summer sale");
        let saved = client.put_draft(sent);
        assert_eq!((&saved["replacements"], &saved["managed_here"]), (&whole, &json!(["variables.region"])));
        assert_eq!(saved["note"], "for the summer sale");
        let path = format!("{STAGING}/draft/replacements");
        let refused = client.call("PUT", &path, &[], Some(&json!({"connectors": {}, "caches": {"a": 1}}))).refused(422, "invalid");
        let fields: Vec<&Value> = refused["errors"].as_array().expect("errors").iter().map(|e| &e["field"]).collect();
        assert_eq!(fields, [&json!("connectors"), &json!("caches.a")]);
        assert!(refused["errors"][0]["message"].as_str().is_some_and(|m| m.contains("connections, scripts, caches")), "{refused}");
        client.raw("PUT", &path, &[], "application/json", "{\"caches\": {\"a\": \"1\", \"a\": \"2\"}}").refused(422, "invalid");

        // Two editors: the slower one is told what stands there.
        let tag = client.get(&format!("{STAGING}/versions/draft")).expect(200).header("etag").map(str::to_owned).expect("an etag");
        client.put(&path, &tag, json!({"variables": {"region": "us"}})).expect(200);
        let late = client.put(&path, &tag, json!({})).refused(409, "stale");
        assert_eq!(late["current"]["replacements"]["variables"]["region"], "us");
        let gone = client.get(&format!("{STAGING}/versions/draft")).ok();
        assert_eq!((&gone["replacements"]["connections"], &gone["managed_here"]), (&json!({}), &json!(["variables.region"])));
        assert_eq!(gone["note"], "for the summer sale");
        let wrong = client.call("POST", &format!("{STAGING}/versions/draft/deployment"), &[("if-match", &tag)], Some(&json!({})));
        wrong.refused(409, "stale");
        client.post(&format!("{STAGING}/versions/draft/deployment"), json!({"expect": 99})).refused(409, "stale");
    });
}

#[test]
fn flows_go_only_where_a_configuration_is_deployed_and_runs_are_pinned_to_it() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_published();
    client.make_staging();
    let place = format!("{STAGING}/flows/greet");
    client.post(&format!("{place}/deployments"), json!({"version": 1})).refused(409, "no_configuration");
    client.deploy_configuration(1);
    client.post(&format!("{place}/deployments"), json!({"version": 1})).expect(200);
    let run = |expected: i64| {
        let run = client.post(&format!("{place}/runs"), json!({"input": {"name": "Ada"}})).expect(202).json();
        assert_eq!(run["environment_version"], expected);
    };
    run(1);
    client.deploy_configuration(2);
    run(2);
    client.deploy_configuration(3);
    // A deleted version that a run is pinned to stays readable.
    client.delete(&format!("{STAGING}/versions/2")).expect(204);
    assert!(client.get(&format!("{STAGING}/versions/2")).ok()["binned_at"].is_string());
    let production = client.post("/main/environments/production/versions/draft/deployment", json!({})).refused(422, "invalid");
    assert_eq!(production["errors"][0]["field"], "comment");
    client.post("/main/environments/production/versions/draft/deployment", json!({"comment": "as agreed"})).expect(200);
    let noted = client.get("/main/environments/production/versions/deployed").ok();
    assert_eq!((&noted["number"], &noted["note"]), (&json!(2), &json!("as agreed")));
}

#[test]
fn of_sixteen_deployers_one_deploys_the_draft() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_staging();
        let deploy = || client.post(&format!("{STAGING}/versions/1/deployment"), json!({}));
        let answers: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..16).map(|_| scope.spawn(deploy)).collect();
            all.into_iter().map(|one| one.join().expect("a deployer")).collect()
        });
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1);
        for lost in answers.into_iter().filter(|answer| answer.status != 200) {
            assert_eq!(lost.status, 409, "{}", lost.text());
        }
        assert_eq!(client.rack(), (json!(2), json!(1), vec![]));
    });
}

#[test]
fn settings_are_changed_by_admins_and_freezes_and_paths_are_checked() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        let made = client.make_staging();
        let patch = |path: &str, body: Value| client.call("PATCH", path, &[], Some(&body));
        let weekend =
            json!({"days": ["saturday", "sunday"], "from_time": "00:00", "to_time": "24:00", "zone": "Europe/Berlin", "reason": "weekend"});
        let changed = patch(STAGING, json!({"description": "Last stop", "promotes_from": "development", "freezes": [weekend], "keeps": 7}));
        let changed = changed.expect(200).json();
        assert_eq!((&changed["promotes_from"], &changed["freezes"][0], &changed["keeps"]), (&json!("development"), &weekend, &json!(7)));
        assert!(changed["revision"].as_i64() > made["revision"].as_i64());
        patch(STAGING, json!({"expect": made["revision"], "name": "Other"})).refused(409, "stale");
        let bad =
            patch(STAGING, json!({"freezes": [weekend, {"from": "x", "to": "y", "reason": "z"}], "keeps": 2, "promotes_from": "moon"}));
        let bad = bad.refused(422, "invalid");
        let fields: Vec<&str> = bad["errors"].as_array().expect("errors").iter().filter_map(|e| e["field"].as_str()).collect();
        assert_eq!(fields, ["keeps", "freezes[1]", "promotes_from"]);
        patch("/main/environments/development", json!({"promotes_from": "staging"})).refused(422, "invalid");
        patch("/main/environments/production", json!({"kind": "test"})).refused(409, "kind_fixed");
        patch(STAGING, json!({"kind": "test"})).expect(200);
        let cleared = patch(STAGING, json!({"promotes_from": null, "freezes": []})).expect(200).json();
        assert_eq!((&cleared["promotes_from"], &cleared["freezes"]), (&json!(null), &json!([])));

        client.make_published();
        client.deploy_configuration(1);
        client.post(&format!("{STAGING}/flows/greet/deployments"), json!({"version": 1})).expect(200);
        patch(STAGING, json!({"kind": "staging"})).refused(409, "kind_fixed");
        let live = client.post(&format!("{STAGING}/archive"), json!({})).refused(409, "in_use");
        assert_eq!(live["flows"], json!(["greet"]));
        client.post("/main/environments/production/archive", json!({})).refused(409, "in_use");
        client.post(&format!("{STAGING}/flows/greet/stop"), json!({"reason": "moving out"})).expect(200);
        client.post(&format!("{STAGING}/archive"), json!({})).expect(200);
        client.get(STAGING).expect(404);
        let again = client.post("/main/environments", json!({"slug": "staging", "name": "Staging", "kind": "staging"}));
        again.refused(409, "name_taken");
        client.post(&format!("{STAGING}/unarchive"), json!({})).expect(200);
        client.get(STAGING).expect(200);
        assert!(client.get("/main/environments").ok()["items"].as_array().is_some_and(|all| all[1]["slug"] == "staging"));
    });
}

#[test]
fn a_frozen_environment_takes_no_new_configuration_but_goes_back() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    client.make_staging();
    client.deploy_configuration(1);
    client.deploy_configuration(2);
    let always = json!([{"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "reason": "stocktaking"}]);
    client.call("PATCH", STAGING, &[], Some(&json!({"freezes": always}))).expect(200);
    assert_eq!(client.get(STAGING).ok()["frozen_until"], "2100-01-01T00:00:00.000000Z");
    let frozen = client.post(&format!("{STAGING}/versions/3/deployment"), json!({})).refused(409, "frozen");
    assert!(frozen["detail"].as_str().is_some_and(|d| d.contains("frozen until 2100-01-01 00:00 UTC: stocktaking")), "{frozen}");
    client.deploy_configuration(1);
}

#[test]
fn roles_hold() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    Client::new(&server, Role::Admin).make_staging();
    let (operator, editor, viewer) =
        (Client::new(&server, Role::Operator), Client::new(&server, Role::Editor), Client::new(&server, Role::Viewer));
    let new = json!({"slug": "other", "name": "Other", "kind": "test"});
    operator.post("/main/environments", new.clone()).refused(403, "forbidden");
    operator.call("PATCH", STAGING, &[], Some(&json!({"name": "X"}))).refused(403, "forbidden");
    operator.post(&format!("{STAGING}/archive"), json!({})).refused(403, "forbidden");
    let put = |client: &Client, environment: &str| {
        let path = format!("/main/environments/{environment}/draft/replacements");
        client.call("PUT", &path, &[], Some(&json!({"variables": {"a": "b"}})))
    };
    put(&operator, "staging").expect(200);
    put(&operator, "production").expect(200);
    put(&editor, "development").expect(200);
    put(&editor, "staging").refused(403, "forbidden");
    put(&viewer, "development").refused(403, "forbidden");
    editor.post(&format!("{STAGING}/versions/1/deployment"), json!({})).refused(403, "forbidden");
    viewer.get(&format!("{STAGING}/versions/1")).expect(200);
    viewer.get(&format!("{STAGING}/coverage")).expect(200);
}

#[test]
fn coverage_says_what_is_replaced_and_what_is_not() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Admin);
    let definition = "
document: {dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0'}
do:
  - greet:
      set: {where: '${ $environment.variables.region + $environment.variables.shop }'}
";
    for name in ["region", "shop", "eu"] {
        client.post("/main/components", json!({"kind": "variable", "name": name, "content": {"value": name}})).expect(201);
    }
    client.post("/main/flows", json!({"slug": "greet", "name": "Greet", "definition": definition})).expect(201);
    client.publish(1);
    client.post(&format!("{LIVE}/deployments"), json!({"version": 1, "comment": "x"})).expect(200);
    let production = "/main/environments/production";
    client.call("PUT", &format!("{production}/draft/replacements"), &[], Some(&json!({"variables": {"region": "eu"}}))).expect(200);
    client.post(&format!("{production}/versions/draft/deployment"), json!({"comment": "x"})).expect(200);
    let found = client.get(&format!("{production}/coverage")).ok();
    assert_eq!((&found["items"][0]["flow"], &found["items"][0]["version"]), (&json!("greet"), &json!(1)));
    let components = json!([
        {"part": "variables", "name": "region", "replacement": "eu", "missing": null},
        {"part": "variables", "name": "shop", "replacement": null, "missing": null}
    ]);
    assert_eq!(found["items"][0]["components"], components);
    let save =
        |variables: Value| client.call("PUT", &format!("{production}/draft/replacements"), &[], Some(&json!({"variables": variables})));
    save(json!({"region": ""})).refused(422, "invalid");
    // One that does not exist yet is stored; whoever deploys it is told.
    save(json!({"region": "gone", "shop": "eu"})).expect(200);
    let done = client.post(&format!("{production}/versions/draft/deployment"), json!({"comment": "x"})).ok();
    assert_eq!(done["warnings"].as_array().map(Vec::len), Some(1), "{done}");
    assert!(done["warnings"][0].as_str().is_some_and(|says| says.contains("region is replaced with gone, which does not exist")), "{done}");
    let found = client.get(&format!("{production}/coverage")).ok();
    assert_eq!(found["items"][0]["components"][0], json!({"part": "variables", "name": "region", "replacement": null, "missing": "gone"}));
}
