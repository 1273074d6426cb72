//! The configuration of a protected environment: proposed, approved by others, carried out; void when the draft moved.

use serde_json::{Value, json};

use super::approvals::Office;
use super::client::{Client, FLOW};
use crate::support::{ServerInside, each_database};
use signalbox::domain::access::Role;

const AT: &str = "/main/environments/production";

fn edit(client: &Client, limit: &str) {
    let draft = json!({"variables": {"limit": limit}});
    client.call("PUT", &format!("{AT}/versions/draft/replacements"), &[], Some(&draft)).expect(200);
}

fn propose(client: &Client, number: i64) -> Value {
    let made = client.post(&format!("{AT}/versions/{number}/proposals"), json!({"comment": "as agreed"})).expect(201).json();
    assert_eq!((&made["configuration"], &made["version"], &made["state"]), (&json!(number), &Value::Null, &json!("open")));
    made
}

fn id(made: &Value) -> &str {
    made["id"].as_str().expect("an id")
}

#[test]
fn a_configuration_of_a_protected_environment_waits_for_others_and_going_back_does_not() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let office = Office::open(&server);
        edit(&office.bo, "low");
        let direct = office.admin.post(&format!("{AT}/versions/2/deployment"), json!({"comment": "x"})).refused(409, "approval_needed");
        assert_eq!(direct["approvals"], 2, "{direct}");
        office.ada.post(&format!("{AT}/versions/2/proposals"), json!({})).refused(422, "invalid");
        office.ada.post(&format!("{AT}/versions/1/proposals"), json!({"comment": "x"})).refused(409, "already_deployed");
        let development = "/main/environments/development/versions/draft/proposals";
        office.ada.post(development, json!({"comment": "x"})).refused(409, "not_protected");
        let made = propose(&office.ada, 2);
        assert_eq!((&made["compared_with"], &made["changes"][0]["name"], &made["flow"]), (&json!(1), &json!("limit"), &Value::Null));
        let at = |verb: &str| format!("/main/proposals/{}/{verb}", id(&made));
        // Neither who proposed it nor who edited it last.
        for client in [&office.ada, &office.bo] {
            client.post(&at("approval"), json!({})).refused(409, "own_proposal");
        }
        office.ada.post(&at("execution"), json!({})).refused(409, "approval_needed");
        for client in [&office.cy, &office.admin] {
            client.post(&at("approval"), json!({"hash": made["hash"]})).expect(200);
        }
        let done = office.ada.post(&at("execution"), json!({})).expect(200).json();
        assert_eq!(
            (&done["number"], &done["state"], &done["former"], &done["draft"]),
            (&json!(2), &json!("deployed"), &json!(1), &json!(3))
        );
        office.ada.post(&at("execution"), json!({})).refused(409, "proposal_ended");
        let shown = office.admin.get(&format!("/main/proposals/{}", id(&made))).expect(200).json();
        assert_eq!((&shown["state"], &shown["changes"]), (&json!("executed"), &made["changes"]), "what was decided on stays readable");
        let events = office.admin.get("/main/events?limit=2").expect(200).json();
        let (told, deployed) = (&events["items"][0]["after"], &events["items"][1]);
        assert_eq!((&told["configuration"], told["approvers"].as_array().map(Vec::len)), (&json!(2), Some(2)));
        assert_eq!((&deployed["action"], &deployed["after"]["proposal"]["id"]), (&json!("configuration.deployed"), &made["id"]));
        assert_eq!(deployed["after"]["proposal"]["approvers"].as_array().map(Vec::len), Some(2));
        // What was deployed a moment ago can be deployed again by one person; no proposal is needed, nor taken.
        office.ada.post(&format!("{AT}/versions/1/proposals"), json!({"comment": "x"})).refused(409, "not_protected");
        office.ada.post(&format!("{AT}/versions/1/deployment"), json!({"comment": "wrong limit"})).expect(200);
        office.ada.post(&format!("{AT}/versions/3/deployment"), json!({"comment": "x"})).refused(409, "approval_needed");
        // Runs see what was approved, and nothing else.
        assert_eq!(office.admin.get(&format!("{AT}/versions/deployed")).expect(200).json()["number"], 1);
    });
}

#[test]
fn an_approval_of_a_configuration_falls_as_soon_as_anything_it_is_bound_to_moves() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let office = Office::open(&server);
        edit(&office.admin, "low");
        let fallen = |made: &Value| {
            assert_eq!(office.state(id(made)), "void");
            office.ada.post(&format!("/main/proposals/{}/execution", id(made)), json!({})).refused(409, "proposal_void");
            office.cy.post(&format!("/main/proposals/{}/approval", id(made)), json!({})).refused(409, "proposal_void");
        };
        // Its replacements.
        let made = propose(&office.ada, 2);
        office.approve(id(&made));
        assert_eq!(office.state(id(&made)), "approved");
        edit(&office.admin, "none");
        fallen(&made);
        // Its note.
        let made = propose(&office.ada, 2);
        office.approve(id(&made));
        let noted = json!({"variables": {"limit": "none"}, "note": "no limits"});
        office.admin.call("PUT", &format!("{AT}/versions/draft/replacements"), &[], Some(&noted)).expect(200);
        fallen(&made);
        // The revision of a component that it would freeze.
        let variable = json!({"kind": "variable", "name": "TAX", "content": {"value": 1}});
        office.admin.post("/main/components", variable).expect(201);
        let made = propose(&office.ada, 2);
        office.approve(id(&made));
        office.admin.call("PUT", "/main/components/variable/TAX", &[], Some(&json!({"content": {"value": 2}}))).expect(200);
        fallen(&made);
        // What it was compared with: two were approved, one is carried out.
        let (made, other) = (propose(&office.ada, 2), propose(&office.ada, 2));
        office.approve(id(&made));
        office.approve(id(&other));
        // More are asked for in the meantime.
        office.admin.call("PATCH", AT, &[], Some(&json!({"approvals": 3}))).expect(200);
        assert_eq!(office.state(id(&made)), "open");
        office.ada.post(&format!("/main/proposals/{}/execution", id(&made)), json!({})).refused(409, "approval_needed");
        office.admin.call("PATCH", AT, &[], Some(&json!({"approvals": 2}))).expect(200);
        let freeze = json!({"freezes": [{"from": "2020-01-01T00:00:00Z", "to": "2090-01-01T00:00:00Z", "reason": "always"}]});
        office.admin.call("PATCH", AT, &[], Some(&freeze)).expect(200);
        office.ada.post(&format!("/main/proposals/{}/execution", id(&made)), json!({})).refused(409, "frozen");
        office.admin.call("PATCH", AT, &[], Some(&json!({"freezes": []}))).expect(200);
        office.ada.post(&format!("/main/proposals/{}/execution", id(&made)), json!({})).expect(200);
        fallen(&other);
        // The draft is gone.
        edit(&office.admin, "low");
        let made = propose(&office.ada, 3);
        office.admin.call("DELETE", &format!("{AT}/versions/3"), &[], Some(&json!({}))).expect(204);
        fallen(&made);
        office.admin.get(&format!("{FLOW}/versions/1")).expect(200);
    });
}

#[test]
fn editors_propose_configurations_and_viewers_do_not() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let office = Office::open(&server);
        let editor = Client::new(&server, Role::Editor);
        editor.post(&format!("{AT}/versions/2/deployment"), json!({"comment": "x"})).refused(403, "forbidden");
        let made = propose(&editor, 2);
        editor.post(&format!("/main/proposals/{}/execution", id(&made)), json!({})).refused(403, "forbidden");
        Client::new(&server, Role::Viewer).post(&format!("{AT}/versions/2/proposals"), json!({"comment": "x"})).refused(403, "forbidden");
        office.bo.post(&format!("/main/proposals/{}/rejection", id(&made)), json!({"comment": "not yet"})).expect(200);
        assert_eq!(office.state(id(&made)), "rejected");
        let list = office.admin.get("/main/proposals").expect(200).json();
        assert_eq!(list["items"][0]["configuration"], 2);
    });
}
