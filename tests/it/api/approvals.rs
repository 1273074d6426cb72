//! A protected environment: proposed, approved by others, carried out; and void as soon as anything moved (TRUST §4.5).

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, DEV, FLOW, LIVE, definition};
use crate::support::{ServerInside, each_database};

pub(super) struct Office {
    pub admin: Client,
    /// Proposes.
    pub ada: Client,
    /// Approve.
    pub bo: Client,
    pub cy: Client,
}

impl Office {
    /// Version 1 live in production, version 2 published, production protected by two approvals.
    pub fn open(server: &ServerInside) -> Self {
        let admin = Client::new(server, Role::Admin);
        admin.make_live();
        admin.make_version("two");
        admin.call("PATCH", "/main/environments/production", &[], Some(&json!({"approvals": 2}))).expect(200);
        let operator = || Client::new(server, Role::Operator);
        Self { admin, ada: operator(), bo: operator(), cy: operator() }
    }

    fn propose(&self, body: Value) -> String {
        let made = self.ada.post(&format!("{LIVE}/proposals"), body).expect(201).json();
        assert_eq!((&made["state"], &made["needed"], &made["approvals"]), (&json!("open"), &json!(2), &json!(0)));
        made["id"].as_str().expect("an id").to_owned()
    }

    pub fn approve(&self, id: &str) {
        for client in [&self.bo, &self.cy] {
            client.post(&format!("/main/proposals/{id}/approval"), json!({})).expect(200);
        }
    }

    pub fn state(&self, id: &str) -> Value {
        self.admin.get(&format!("/main/proposals/{id}")).expect(200).json()["state"].clone()
    }
}

#[test]
fn nothing_moves_forward_without_others_and_everybody_is_named() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let office = Office::open(&server);
        let direct =
            office.admin.post(&format!("{LIVE}/deployments"), json!({"version": 2, "comment": "x"})).refused(409, "approval_needed");
        assert_eq!(direct["approvals"], 2, "{direct}");
        office.ada.post(&format!("{LIVE}/proposals"), json!({"version": 2})).refused(422, "invalid");
        office.ada.post(&format!("{DEV}/proposals"), json!({"version": 2, "comment": "x"})).refused(409, "not_protected");
        let id = office.propose(json!({"version": 2, "percent": 20, "comment": "as agreed"}));
        let at = |verb: &str| format!("/main/proposals/{id}/{verb}");
        office.ada.post(&at("approval"), json!({})).refused(409, "own_proposal");
        // The admin wrote the version.
        office.admin.post(&at("approval"), json!({})).refused(409, "own_proposal");
        // So did whoever changed a word of the draft.
        let other = Client::new(&server, Role::Admin);
        let draft = other.post(&format!("{FLOW}/versions"), json!({"from": 2})).expect(201).json();
        let number = draft["number"].as_i64().expect("a number");
        let path = format!("{FLOW}/versions/{number}");
        let helped = Client::new(&server, Role::Admin);
        helped.raw("PUT", &format!("{path}/definition"), &[("if-match", "*")], "application/yaml", definition("three")).expect(200);
        office.admin.publish(number);
        let theirs = office.ada.post(&format!("{LIVE}/proposals"), json!({"version": number, "comment": "x"})).expect(201).json();
        let vote = format!("/main/proposals/{}/approval", theirs["id"].as_str().expect("an id"));
        helped.post(&vote, json!({})).refused(409, "own_proposal");
        other.post(&vote, json!({})).refused(409, "own_proposal");
        office.bo.post(&vote, json!({})).expect(200);
        office.ada.post(&vote.replace("approval", "withdrawal"), json!({})).expect(200);
        office.ada.post(&at("execution"), json!({})).refused(409, "approval_needed");
        Client::new(&server, Role::Editor).post(&at("approval"), json!({})).refused(403, "forbidden");
        office.bo.post(&at("approval"), json!({"hash": "another"})).refused(409, "proposal_void");
        office.bo.post(&at("approval"), json!({"comment": "looked at the diff"})).expect(200);
        office.bo.post(&at("approval"), json!({})).refused(409, "already");
        assert_eq!(office.state(&id), "open");
        assert_eq!(office.cy.post(&at("approval"), json!({})).expect(200).json()["state"], "approved");
        let done = office.ada.post(&at("execution"), json!({})).expect(200).json();
        assert_eq!((&done["primary"], &done["candidate"], &done["percent"]), (&json!(1), &json!(2), &json!(20.0)));
        office.ada.post(&at("execution"), json!({})).refused(409, "proposal_ended");
        let events = office.admin.get("/main/events?limit=1").expect(200).json();
        let told = &events["items"][0]["after"];
        assert_eq!((told["approvers"].as_array().map(Vec::len), &told["executor"]), (Some(2), &json!("Test operator")));
        // Going back needs nobody.
        office.ada.post(&format!("{LIVE}/rollback"), json!({"reason": "slow"})).expect(200);
        let list = office.admin.get("/main/proposals?open=true").expect(200).json();
        assert_eq!(list["items"], json!([]));
    });
}

#[test]
fn a_rollout_goes_on_as_it_was_approved_and_further_only_when_that_is_approved_too() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let office = Office::open(&server);
        let stages = json!([{"percent": 5, "min_runs": 1}, {"percent": 50}]);
        let id = office.propose(json!({"version": 2, "stages": stages, "comment": "slowly"}));
        office.approve(&id);
        office.ada.post(&format!("/main/proposals/{id}/execution"), json!({})).expect(200);
        let advance = format!("{LIVE}/rollout/advance");
        for share in [json!({"percent": 25}), json!({"percent": 100})] {
            let refused = office.ada.post(&advance, share).refused(409, "approval_needed");
            assert_eq!(refused["next_percent"], 50.0, "{refused}");
        }
        office.admin.post(&advance, json!({})).refused(409, "approval_needed");
        assert_eq!(office.admin.get(LIVE).expect(200).json()["percent"], 5.0, "nobody led it on");
        // Version 2 for all new runs is another move: proposed, approved, carried out, it completes the rollout.
        let whole = office.propose(json!({"version": 2, "during": "replace", "comment": "it is good"}));
        office.approve(&whole);
        office.ada.post(&format!("/main/proposals/{whole}/execution"), json!({})).expect(200);
        let live = office.admin.get(LIVE).expect(200).json();
        assert_eq!((&live["primary"], &live["candidate"]), (&json!(2), &json!(null)), "{live}");
    });
}

#[test]
fn an_approval_falls_as_soon_as_anything_it_is_bound_to_moves() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let office = Office::open(&server);
        // A component that goes out with it is changed; one that has nothing to do with it may be.
        let rate = |value: i64| json!({"content": {"value": value}});
        for name in ["rate", "other"] {
            office.admin.post("/main/components", json!({"kind": "variable", "name": name, "content": {"value": 1}})).expect(201);
        }
        let text = definition("'${ $environment.variables.rate }'");
        let made = office.admin.post(&format!("{FLOW}/versions"), json!({"definition": text})).expect(201).json();
        let number = made["number"].as_i64().expect("a number");
        office.admin.publish(number);
        let with = office.propose(json!({"version": number, "comment": "x"}));
        office.approve(&with);
        office.admin.call("PUT", "/main/components/variable/other", &[("if-match", "*")], Some(&rate(2))).expect(200);
        assert_eq!(office.state(&with), "approved");
        office.admin.call("PUT", "/main/components/variable/rate", &[("if-match", "*")], Some(&rate(2))).expect(200);
        assert_eq!(office.state(&with), "void");
        office.ada.post(&format!("/main/proposals/{with}/execution"), json!({})).refused(409, "proposal_void");
        // Another configuration is deployed there.
        let first = office.propose(json!({"version": 2, "comment": "x"}));
        office.approve(&first);
        let draft = json!({"variables": {"limit": "lower"}});
        office.admin.call("PUT", "/main/environments/production/versions/draft/replacements", &[], Some(&draft)).expect(200);
        let draft = office.ada.post("/main/environments/production/versions/2/proposals", json!({"comment": "x"})).expect(201).json();
        let draft = draft["id"].as_str().expect("an id").to_owned();
        office.approve(&draft);
        office.ada.post(&format!("/main/proposals/{draft}/execution"), json!({})).expect(200);
        office.ada.post(&format!("/main/proposals/{first}/execution"), json!({})).refused(409, "proposal_void");
        assert_eq!(office.state(&first), "void");
        office.bo.post(&format!("/main/proposals/{first}/approval"), json!({})).refused(409, "proposal_void");
        // Its proposer takes one back, somebody rejects one with a reason.
        let second = office.propose(json!({"version": 2, "comment": "x"}));
        office.bo.post(&format!("/main/proposals/{second}/withdrawal"), json!({})).refused(403, "forbidden");
        office.ada.post(&format!("/main/proposals/{second}/withdrawal"), json!({"comment": "not yet"})).expect(200);
        let third = office.propose(json!({"version": 2, "comment": "x"}));
        office.bo.post(&format!("/main/proposals/{third}/rejection"), json!({})).refused(422, "invalid");
        office.bo.post(&format!("/main/proposals/{third}/rejection"), json!({"comment": "no test yet"})).expect(200);
        assert_eq!((office.state(&second), office.state(&third)), (json!("withdrawn"), json!("rejected")));
        office.cy.post(&format!("/main/proposals/{third}/approval"), json!({})).refused(409, "proposal_ended");
        // What the version may not do any more stops an approved one, too.
        let fourth = office.propose(json!({"version": 2, "comment": "x"}));
        office.approve(&fourth);
        office.admin.post(&format!("{FLOW}/versions"), json!({"from": 1})).expect(201);
        assert_eq!(office.state(&fourth), "approved");
        let freeze = json!({"freezes": [{"from": "2020-01-01T00:00:00Z", "to": "2090-01-01T00:00:00Z", "reason": "always"}]});
        office.admin.call("PATCH", "/main/environments/production", &[], Some(&freeze)).expect(200);
        office.ada.post(&format!("/main/proposals/{fourth}/execution"), json!({})).refused(409, "frozen");
        assert_eq!(office.state(&fourth), "approved", "what was refused stays");
    });
}

#[test]
fn a_hot_fix_changes_properties_of_what_is_live_and_never_its_steps() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let admin = Client::new(&server, Role::Admin);
        admin.make_published();
        let at = format!("{FLOW}/versions/1/revisions");
        let text = |note: &str, step: &str| super::client::definition(note).replace("- greet:", &format!("- {step}:"));
        admin.post(&at, json!({"definition": text("fixed", "greet"), "note": "typo"})).refused(409, "not_live");
        admin.deploy(1);
        let before = admin.start();
        admin.post(&at, json!({"definition": text("fixed", "greet")})).refused(422, "invalid");
        admin.post(&at, json!({"definition": text("one", "greet"), "note": "x"})).refused(409, "identical");
        admin.post(&at, json!({"definition": text("fixed", "hello"), "note": "x"})).refused(409, "structure_changed");
        admin.post(&at, json!({"definition": "nonsense", "note": "x"})).refused(409, "version_not_ready");
        let fixed = admin.post(&at, json!({"definition": text("fixed", "greet"), "note": "typo in the greeting"})).expect(201).json();
        assert_eq!((&fixed["version"]["revision"], &fixed["records"][0]["verb"]), (&json!(1), &json!("hotfix")));
        let after = admin.start();
        let run = |id: &str| admin.get(&format!("/main/runs/{id}")).expect(200).json()["revision"].clone();
        assert_eq!((run(&before), run(&after)), (json!(0), json!(1)), "running ones keep theirs");
        let list = admin.get(&at).expect(200).json();
        let notes: Vec<&Value> = list["items"].as_array().expect("a list").iter().map(|r| &r["note"]).collect();
        assert_eq!(notes, ["typo in the greeting", "version 1"]);
        let events = admin.get("/main/events?limit=1").expect(200).json();
        assert_eq!(events["items"][0]["action"], "version.hotfixed");
        assert!(!events["items"][0]["after"]["changes"].as_array().expect("changes").is_empty());
        Client::new(&server, Role::Editor).post(&at, json!({"settings": {"key": ".name"}, "note": "x"})).refused(403, "forbidden");
        // The key is a setting: another revision, and the next run has it.
        Client::new(&server, Role::Operator).post(&at, json!({"settings": {"key": ".name"}, "note": "sticky"})).expect(201);
        assert_eq!(run(&admin.start()), json!(2));
    });
}
