//! Who may do what: every route for every role (DECISIONS 23).

use serde_json::{Value, json};
use signalbox::clock::SystemClock;
use signalbox::domain::access::Role;
use signalbox::domain::clock::{Clock, Micros};

use super::client::{Client, DEV, FLOW, LIVE, definition};
use crate::support::{Database, ServerInside};

/// A route, and the roles that may use it.
struct Rule {
    method: &'static str,
    path: String,
    body: Value,
    roles: &'static [Role],
}

const NO_BACKUP: &str = "bak_00000000000000000000000000";
const STAGING: &str = "/main/environments/staging/flows/greet";

const ALL: &[Role] = &[Role::Viewer, Role::Editor, Role::Operator, Role::Admin];
const EDIT: &[Role] = &[Role::Editor, Role::Admin];
const OPERATE: &[Role] = &[Role::Operator, Role::Admin];
const ADMINISTER: &[Role] = &[Role::Admin];
const IN_DEVELOPMENT: &[Role] = &[Role::Editor, Role::Operator, Role::Admin];

fn rules(run: &str, development_run: &str, rollout: &str, proposal: &str, planned: &str) -> Vec<Rule> {
    let rule = |method, path: String, body, roles| Rule { method, path, body, roles };
    let read = |path: String| rule("GET", path, Value::Null, ALL);
    let mut rules = vec![
        read("/me".into()),
        read("/workspaces".into()),
        read("/workspaces/main".into()),
        rule("POST", "/workspaces".into(), json!({"name": "x"}), ADMINISTER),
        rule("PATCH", "/workspaces/main".into(), json!({"words": "slingr"}), ADMINISTER),
        read("/main/flows".into()),
        read(FLOW.into()),
        read(format!("{FLOW}/versions")),
        read(format!("{FLOW}/versions/1")),
        read(format!("{FLOW}/compare/1/1")),
        read(format!("{FLOW}/analytics")),
        read("/main/export".into()),
        read(format!("{FLOW}/export")),
        read(format!("{FLOW}/versions/1/export")),
        rule("POST", "/main/imports".into(), json!({"file": definition("imported").replace("name: greet", "name: imported")}), EDIT),
        read("/main/environments".into()),
        read("/main/environments/production".into()),
        read("/main/environments/production/versions".into()),
        read("/main/environments/production/versions/1".into()),
        read("/main/environments/production/versions/1/compare/2".into()),
        read("/main/environments/production/coverage".into()),
        read(LIVE.into()),
        read(format!("{LIVE}/resolution?version=1&test=true")),
        read(format!("{LIVE}/quarantine")),
        read("/main/rollouts".into()),
        read(format!("/main/rollouts/{rollout}")),
        read(format!("{FLOW}/versions/1/revisions")),
        read("/main/proposals".into()),
        read(format!("/main/proposals/{proposal}")),
        read("/main/plans".into()),
        read("/main/plans/Careful".into()),
        read("/main/runs".into()),
        read(format!("/main/runs/{run}")),
        read("/main/events".into()),
        read("/main/state?at=2026-01-01T00:00:00Z".into()),
        rule("POST", "/main/flows".into(), json!({"slug": "other", "name": "Other"}), EDIT),
        rule("POST", format!("{FLOW}/versions"), json!({"from": 1}), EDIT),
        rule("PUT", format!("{FLOW}/versions/draft/definition"), json!(definition("x")), EDIT),
        rule("PUT", format!("{FLOW}/versions/draft/settings"), json!({}), EDIT),
        rule("POST", format!("{FLOW}/versions/draft/publication"), json!({}), EDIT),
        rule("DELETE", format!("{FLOW}/versions/draft"), Value::Null, EDIT),
        read("/main/components".into()),
        read("/main/components/lookup/rates".into()),
        read("/main/components/lookup/rates/revisions".into()),
        read("/main/components/lookup/rates/usage".into()),
        read("/main/components/lookup/rates/csv".into()),
        rule("POST", "/main/components".into(), json!({"kind": "variable", "name": "TAX", "content": {"value": 1}}), EDIT),
        rule("POST", "/main/components".into(), json!({"kind": "secret", "name": "other"}), OPERATE),
        rule("PUT", "/main/components/lookup/rates".into(), json!({"description": "x"}), EDIT),
        rule("PUT", "/main/components/lookup/rates/csv".into(), Value::Null, EDIT),
        rule("PUT", "/main/components/secret/pin/secret".into(), json!({"value": "x"}), OPERATE),
        rule("DELETE", "/main/components/secret/pin".into(), Value::Null, OPERATE),
        rule("DELETE", "/main/components/lookup/rates".into(), Value::Null, EDIT),
    ];
    let plan = json!({"name": "Careful", "stages": [{"percent": 5}]});
    let note = json!({"settings": {"key": ".name"}, "note": "x"});
    rules.push(rule("POST", format!("{FLOW}/versions/1/revisions"), note, OPERATE));
    for verb in ["approval", "rejection", "execution"] {
        rules.push(rule("POST", format!("/main/proposals/{proposal}/{verb}"), json!({"comment": "x"}), OPERATE));
    }
    rules.push(rule("POST", format!("/main/proposals/{proposal}/withdrawal"), json!({"comment": "x"}), &[Role::Admin]));
    let proposed = json!({"version": 1, "comment": "x"});
    rules.push(rule("POST", format!("{STAGING}/proposals"), proposed, &[Role::Editor, Role::Operator, Role::Admin]));
    let configured = json!({"comment": "x"});
    let at = "/main/environments/staging/versions/draft/proposals".to_owned();
    rules.push(rule("POST", at, configured, &[Role::Editor, Role::Operator, Role::Admin]));
    rules.push(rule("POST", "/main/plans".into(), plan.clone(), OPERATE));
    rules.push(rule("PUT", "/main/plans/Careful".into(), plan, OPERATE));
    rules.push(rule("DELETE", "/main/plans/Other".into(), Value::Null, OPERATE));
    for (environment, roles) in [("production", OPERATE), ("development", IN_DEVELOPMENT)] {
        let at = format!("/main/environments/{environment}");
        for draft in ["draft", "versions/draft"] {
            rules.push(rule("PUT", format!("{at}/{draft}/replacements"), json!({"variables": {"a": "b"}}), roles));
        }
        rules.push(rule("POST", format!("{at}/versions/draft/deployment"), json!({"comment": "x"}), roles));
        rules.push(rule("POST", format!("{at}/versions/1/draft"), json!({}), roles));
        rules.push(rule("DELETE", format!("{at}/versions/draft"), json!({}), roles));
    }
    rules.push(rule("POST", "/main/environments".into(), json!({"slug": "trial", "name": "Trial", "kind": "test"}), ADMINISTER));
    rules.push(rule("PATCH", "/main/environments/development".into(), json!({"description": "x"}), ADMINISTER));
    for verb in ["archive", "unarchive"] {
        rules.push(rule("POST", format!("/main/environments/development/{verb}"), json!({}), ADMINISTER));
    }
    rules.push(rule("GET", "/backups".into(), Value::Null, ADMINISTER));
    rules.push(rule("GET", format!("/backups/{NO_BACKUP}"), Value::Null, ADMINISTER));
    rules.push(rule("POST", "/backups".into(), json!({}), ADMINISTER));
    rules.push(rule("POST", format!("/backups/{NO_BACKUP}/verification"), json!({}), ADMINISTER));
    rules.push(read("/main/planned".into()));
    rules.push(read(format!("/main/planned/{planned}")));
    rules.push(read("/main/packages".into()));
    rules.push(read("/main/packages/Spring".into()));
    rules.push(read("/main/packages/Spring/preview?environment=production".into()));
    let package = json!({"name": "Spring", "items": [{"flow": "greet", "version": 1}]});
    rules.push(rule("POST", "/main/packages".into(), package.clone(), IN_DEVELOPMENT));
    rules.push(rule("PUT", "/main/packages/Spring".into(), package, IN_DEVELOPMENT));
    rules.push(rule("DELETE", "/main/packages/Other".into(), Value::Null, IN_DEVELOPMENT));
    for (environment, roles) in [("production", OPERATE), ("development", IN_DEVELOPMENT)] {
        let body = json!({"environment": environment, "comment": "x", "reason": "x"});
        let only = |leave: &str| {
            let mut body = body.clone();
            body.as_object_mut().expect("an object").remove(leave);
            body
        };
        rules.push(rule("POST", "/main/packages/Spring/deployments".into(), only("reason"), roles));
        rules.push(rule("POST", "/main/packages/Spring/rollback".into(), only("comment"), roles));
    }
    for address in ["", "/1", "/1/changes", "/1/export"] {
        rules.push(read(format!("/main/releases{address}")));
    }
    rules.push(read("/main/compare/release:1/env:production".into()));
    rules.push(rule("POST", "/main/releases".into(), json!({"comment": "x", "backup": true}), EDIT));
    rules.push(rule("POST", "/main/releases/1/restore".into(), json!({"preview": true}), EDIT));
    for (environment, roles) in [("production", OPERATE), ("development", IN_DEVELOPMENT)] {
        rules.push(rule("POST", "/main/releases/1/sync".into(), json!({"environment": environment}), roles));
    }
    for verb in ["confirm", "cancel"] {
        rules.push(rule("POST", format!("/main/planned/{planned}/{verb}"), json!({}), OPERATE));
    }
    for (place, roles) in [(LIVE, OPERATE), (DEV, IN_DEVELOPMENT)] {
        let far = json!({"kind": "rollback", "at": "2999-01-01T00:00:00Z", "reason": "x"});
        rules.push(rule("POST", format!("{place}/planned"), far, roles));
        for verb in ["advance", "halt", "resume", "stop"] {
            rules.push(rule("POST", format!("{place}/rollout/{verb}"), json!({"reason": "x"}), roles));
        }
        rules.push(rule("POST", format!("{place}/quarantine/1/release"), json!({"reason": "x"}), roles));
        rules.push(rule("POST", format!("{place}/quarantine/1/reruns"), json!({}), roles));
        rules.push(rule("POST", format!("{place}/deployments"), json!({"version": 1, "comment": "x"}), roles));
        rules.push(rule("POST", format!("{place}/rollback"), json!({"reason": "x"}), roles));
        for verb in ["disable", "enable", "pause", "resume", "stop"] {
            rules.push(rule("POST", format!("{place}/{verb}"), json!({"reason": "x"}), roles));
        }
        rules.push(rule("POST", format!("{place}/runs"), json!({"version": 1, "test": true}), roles));
    }
    for (run, roles) in [(run, OPERATE), (development_run, IN_DEVELOPMENT)] {
        for verb in ["suspend", "resume", "cancel", "retry"] {
            rules.push(rule("POST", format!("/main/runs/{run}/{verb}"), json!({}), roles));
        }
    }
    rules
}

#[test]
fn each_role_may_do_what_it_is_trusted_with_and_nothing_else() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let admin = Client::new(&server, Role::Admin);
    admin.make_live();
    admin.post(&format!("{DEV}/deployments"), json!({"version": 1})).expect(200);
    admin.post(&format!("{FLOW}/versions"), json!({"from": 1})).expect(201);
    let rates = json!({"kind": "lookup", "name": "rates", "content": {"columns": ["k"], "rows": [["a"]]}});
    admin.post("/main/components", rates).expect(201);
    admin.post("/main/components", json!({"kind": "secret", "name": "pin"})).expect(201);
    let run = admin.start();
    let development_run =
        admin.post(&format!("{DEV}/runs"), json!({"version": 1})).expect(202).json()["id"].as_str().expect("an id").to_owned();
    for name in ["Careful", "Other"] {
        admin.post("/main/plans", json!({"name": name, "stages": [{"percent": 5}]})).expect(201);
    }
    admin.make_version("rolled");
    admin.post(&format!("{LIVE}/deployments"), json!({"version": 3, "percent": 5, "comment": "x"})).expect(200);
    let rollout = admin.get(LIVE).expect(200).json()["rollout"].as_str().expect("a rollout").to_owned();
    let staged = json!({"slug": "staging", "name": "Staging", "kind": "staging"});
    admin.post("/main/environments", staged).expect(201);
    admin.post("/main/environments/staging/versions/1/deployment", json!({})).expect(200);
    admin.call("PATCH", "/main/environments/staging", &[], Some(&json!({"approvals": 1}))).expect(200);
    let proposal = admin.post(&format!("{STAGING}/proposals"), json!({"version": 1, "comment": "x"})).expect(201).json();
    let proposal = proposal["id"].as_str().expect("an id").to_owned();
    let at = SystemClock.now().plus(Micros::DAY).rfc3339();
    let planned = admin.post(&format!("{LIVE}/planned"), json!({"kind": "stage", "at": at})).expect(201).json();
    for name in ["Spring", "Other"] {
        admin.post("/main/packages", json!({"name": name, "items": [{"flow": "greet", "version": 1}]})).expect(201);
    }
    let rules = rules(&run, &development_run, &rollout, &proposal, planned["id"].as_str().expect("an id"));
    for described in signalbox::web::api::ROUTES {
        let document = super::document::Document::default();
        let covered =
            rules.iter().any(|rule| rule.method.eq_ignore_ascii_case(described.0) && document.path_of(&rule.path) == Some(described.1));
        assert!(covered, "no rule for {} {}", described.0, described.1);
    }
    // Refusals first, so that what is allowed later finds things as they were.
    let clients: Vec<(Role, Client)> = ALL.iter().map(|role| (*role, Client::new(&server, *role))).collect();
    for rule in &rules {
        for (role, client) in clients.iter().filter(|(role, _)| !rule.roles.contains(role)) {
            let refused = send(client, rule).refused(403, "forbidden");
            assert!(refused["detail"].as_str().is_some_and(|words| words.contains("Ask an admin")), "{role}: {refused}");
        }
    }
    for rule in &rules {
        for (role, client) in clients.iter().filter(|(role, _)| rule.roles.contains(role)) {
            let answer = send(client, rule);
            assert_ne!(answer.status, 403, "{role} {} {}: {}", rule.method, rule.path, answer.text());
            assert!(answer.status < 500, "{role} {} {}: {}", rule.method, rule.path, answer.text());
        }
    }
}

fn send(client: &Client, rule: &Rule) -> crate::support::http::Response {
    if rule.path.ends_with("/csv") && rule.method == "PUT" {
        return client.raw(rule.method, &rule.path, &[("if-match", "*")], "text/csv", "k\nb\n");
    }
    let body = (!rule.body.is_null()).then_some(&rule.body);
    client.call(rule.method, &rule.path, &[("if-match", "*")], body)
}

#[test]
fn a_token_does_at_most_what_it_was_made_for() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    Client::new(&server, Role::Admin).make_published();
    let reader = Client::with_token(&server, &server.token(Role::Admin, Some(Role::Viewer)));
    assert_eq!(reader.get("/me").ok()["workspaces"][0]["roles"], json!(["viewer"]));
    reader.post(&format!("{LIVE}/deployments"), json!({"version": 1, "comment": "x"})).refused(403, "forbidden");
}
