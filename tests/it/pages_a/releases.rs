//! Versions of the workspace, as a person without script uses them (PRODUCT §6).

use serde_json::json;

use super::{FLOW, Site, says, says_not};

const VERSIONS: &str = "/w/main/versions";

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name}"));
    let rest = &page[at + name.len() + 15..];
    rest.split('"').next().expect("a value").to_owned()
}

#[test]
fn changes_are_pushed_synced_and_restored_in_the_browser() {
    let mut site = Site::with_two_live();
    let list = site.admin.get(VERSIONS).expect(200).text();
    says(&list, &["Versions", "current production", "Kept by a deployment", "View changes", "Restore…", "Export"]);
    site.next("third");
    let push = format!("{VERSIONS}/push");
    let page = site.admin.get(&push).expect(200).text();
    says(&page, &["What waits", "Order intake", "made from version", "1 change", "Backup version", "Push changes"]);
    let seen = hidden(&page, "seen");
    let stale = site.admin.submit(&push, &push, &[("seen", "other"), ("flow", "order-intake"), ("comment", "Spring"), ("backup", "on")]);
    says(&stale.expect(409).text(), &["Nothing was pushed", "Something changed while you were looking", "Spring"]);
    let answer = site.admin.submit(&push, &push, &[("seen", &seen), ("flow", "order-intake"), ("comment", "Spring"), ("backup", "on")]);
    let (to, page) = site.follow(answer);
    let number: i64 = to.rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number");
    says(&page, &["Spring", "It was never synced", "What changed since version", "Order intake goes from version", "Sync to Production…"]);
    assert_eq!((&site.place("development")["primary"], &site.place("production")["primary"]), (&json!(3), &json!(2)));

    let sync = format!("{VERSIONS}/{number}/sync");
    let page = site.admin.get(&format!("{sync}?environment=production")).expect(200).text();
    says(&page, &["What changes in Production", "in place of version 2", "Every flow may go there", "Type"]);
    let seen = hidden(&page, "seen");
    let fields = [("environment", "production"), ("seen", &seen), ("flow", "order-intake"), ("comment", "Go"), ("confirm", "x")];
    says(&site.admin.submit(&sync, &sync, &fields).expect(422).text(), &["Type production to confirm."]);
    let fields: Vec<_> = fields.iter().map(|(n, v)| if *n == "confirm" { (*n, "production") } else { (*n, *v) }).collect();
    let none: Vec<_> = fields.iter().copied().filter(|(n, _)| *n != "flow").collect();
    let page = site.admin.submit(&sync, &sync, &none).expect(422).text();
    says(&page, &["Nothing was synced", "Tick at least one flow"]);
    let answer = site.admin.submit(&sync, &sync, &fields);
    says(&site.follow(answer).1, &["is synced to Production", "current production", "v2 to v3"]);
    assert_eq!(site.place("production")["primary"], 3);

    site.next("fourth");
    let restore = format!("{VERSIONS}/{number}/restore");
    let page = site.admin.get(&restore).expect(200).text();
    says(
        &page,
        &["What comes back", "as a new draft; draft 4 stays as an extra one", "Restore as 1 draft", "Nothing that is live changes"],
    );
    let answer = site.admin.submit(&restore, &restore, &[("seen", &hidden(&page, "seen")), ("comment", "as it was")]);
    let (to, page) = site.follow(answer);
    assert_eq!(to, push);
    says(&page, &["is restored", "Every flow in development is as its editor has it", "Keep version", "order-intake v4", "extra draft"]);
    says(&site.admin.get("/w/main/history").expect(200).text(), &["pushed the workspace as", "synced", "restored into drafts"]);
    let file = site.admin.get(&format!("{VERSIONS}/{number}/export")).expect(200);
    assert!(file.header("content-disposition").is_some_and(|h| h.contains("main-version-")));
    assert_eq!(file.json()["format"], "signalbox-release/1");
}

#[test]
fn the_workspace_is_compared_with_itself_elsewhere_and_the_address_keeps_it() {
    let mut site = Site::with_two_live();
    site.next("third");
    let answer = site.admin.get("/w/main/compare?from=env:production&to=now");
    assert_eq!(answer.header("location"), Some("/w/main/compare/env:production...now"));
    let page = site.admin.get("/w/main/compare/env:production...now").expect(200).text();
    says(&page, &["Live in Production", "Order intake goes from version 2 to 3", "Compare in full"]);
    says(&site.admin.get("/w/main/compare/release:1...release:1").expect(200).text(), &["Nothing differs"]);
    site.admin.get("/w/main/compare/release:99...now").expect(404);
    site.admin.get("/w/main/compare/moon...now").expect(404);
}

#[test]
fn what_is_not_ready_is_named_and_mended_with_one_click() {
    let mut site = Site::with_two_live();
    site.api
        .post("/main/components", &json!({"kind": "lookup", "name": "rates", "content": {"columns": ["k"], "rows": [["a"]]}}))
        .expect(201);
    site.api.attempt("DELETE", "/main/components/lookup/rates", &[], None).expect("an answer").expect(204);
    let text = "document: {dsl: '1.0.3', namespace: tests, name: reads, version: '1.0.0'}\ndo:\n- row: {call: lookup@default, with: {lookup: rates, key: '${ .k }'}}\n";
    site.api.post("/main/flows", &json!({"slug": "reads", "name": "Reads", "definition": text})).expect(201);
    let push = format!("{VERSIONS}/push");
    let page = site.admin.get(&push).expect(200).text();
    says(&page, &["Not ready", "There is no lookup “rates”", "Bring back the lookup rates"]);
    // What is shown with its problems is not told a second time.
    says_not(&page, &["What stays behind"]);
    let value = page.split("name=\"repair\" value=\"").nth(1).and_then(|r| r.split('"').next()).expect("a repair").to_owned();
    let repair = format!("{VERSIONS}/repair");
    // A button of the push form that goes elsewhere.
    let token = hidden(&page, "csrf");
    let answer = site.admin.post(&repair, &[("csrf", &token), ("repair", &value), ("back", "push"), ("seen", "x")]);
    let (to, page) = site.follow(answer);
    assert_eq!(to, push);
    says(&page, &["The lookup rates is back."]);
    says_not(&page, &["Not ready"]);
}

#[test]
fn a_sync_in_part_says_what_went_and_what_stayed() {
    let mut site = Site::with_two_live();
    site.next("third");
    let text = "document: {dsl: '1.0.3', namespace: tests, name: second, version: '1.0.0'}\ndo:\n- a: {set: {b: 1}}\n";
    site.api.post("/main/flows", &json!({"slug": "second", "name": "Second", "definition": text})).expect(201);
    let pushed = site.api.post("/main/releases", &json!({"comment": "x"})).expect(201).json();
    let sync = format!("{VERSIONS}/{}/sync", pushed["number"]);
    for (flow, words) in [
        (Some("second"), ["is synced to Production in part.", "1 flow changed there", "1 flow was not ticked"]),
        (None, ["moved to Production.", "The others stood there already", "Nothing moved: some flows were not ticked"]),
    ] {
        let page = site.admin.get(&format!("{sync}?environment=production")).expect(200).text();
        let seen = hidden(&page, "seen");
        let mut fields = vec![("environment", "production"), ("seen", &seen), ("comment", "Go"), ("confirm", "production")];
        fields.extend(flow.map(|flow| ("flow", flow)));
        let answer = site.admin.submit(&sync, &sync, &fields);
        says(&site.follow(answer).1, &words);
    }
}

#[test]
fn a_rollout_at_the_target_is_finished_or_stopped_first() {
    let mut site = Site::with_two_live();
    site.next("third");
    let pushed = site.api.post("/main/releases", &json!({"comment": "x"})).expect(201).json();
    let rolling = json!({"version": 3, "percent": 20, "comment": "x"});
    site.api.post("/main/environments/production/flows/order-intake/deployments", &rolling).expect(200);
    let page = site.admin.get(&format!("{VERSIONS}/{}/sync?environment=production", pushed["number"])).expect(200).text();
    says(&page, &["A rollout is under way there. Finish or stop it first", "See the rollout"]);
    says_not(&page, &["replace it, or cancel it"]);
}

#[test]
fn each_role_sees_what_it_may_do() {
    let mut site = Site::with_two_live();
    let mut viewer = site.server.visitor("viewer");
    let list = viewer.get(VERSIONS).expect(200).text();
    says(&list, &["View changes", "Export"]);
    says_not(&list, &["Push changes…", "Restore…"]);
    assert_eq!(viewer.get(&format!("{VERSIONS}/push")).status, 403);
    assert_eq!(viewer.get(&format!("{VERSIONS}/1/restore")).status, 403);
    assert_eq!(viewer.get(&format!("{VERSIONS}/1/sync")).status, 403);
    viewer.get(&format!("{VERSIONS}/1")).expect(200);
    says(&site.admin.get(&format!("{VERSIONS}?show=never")).expect(200).text(), &["No version matches", "Show all versions"]);
    says(&site.admin.get(&format!("{FLOW}/deploy?version=1")).expect(200).text(), &["Backup first"]);
}
