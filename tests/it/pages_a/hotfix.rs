//! A live version is hot-fixed in the browser: text, settings, a note; steps stay as they are.

use serde_json::{Value, json};

use super::{FLOW, Site, says, says_not};

const AT: &str = "/w/main/flows/order-intake/versions/2";

/// The form filled with a text and a note, the settings as they are.
fn fix(site: &mut Site, text: &str, note: &str) -> crate::support::http::Response {
    let (page, act) = (format!("{AT}/hotfix"), format!("{AT}/hotfix"));
    site.admin.submit(&page, &act, &[("text", text), ("settings", "{}"), ("note", note)])
}

fn protect(site: &Site, change: &Value) {
    let answer = site.api.attempt("PATCH", "/main/environments/production", &[], Some(change));
    answer.expect("answered").expect(200);
}

#[test]
fn a_live_version_gets_a_revision_and_new_runs_take_it() {
    let mut site = Site::with_two_live();
    let before = site.run();
    says_not(&site.admin.get(AT).expect(200).text(), &["Revisions"]);
    says(&site.admin.get(AT).expect(200).text(), &["Hot-fix…", "versions/2/hotfix"]);
    says_not(&site.admin.get(&format!("{FLOW}/versions/1")).expect(200).text(), &["Hot-fix…"]);
    let form = site.admin.get(&format!("{AT}/hotfix")).expect(200).text();
    says(&form, &["New runs in Production take it at once as v2.1; running ones keep theirs.", "note: second", "Settings as JSON"]);
    says(&form, &["Steps may not be added, removed, renamed or re-wired."]);
    // As browsers send it.
    let text = site.definition("fixed").replace('\n', "\r\n");
    let answer = fix(&mut site, &text, "wrong note");
    let (to, page) = site.follow(answer);
    assert_eq!(to, AT);
    says(&page, &["Version 2.1 is in place.", "New runs in Production take it; running ones keep theirs."]);
    says(&page, &["Revisions of version 2, newest first", "v2.1", "New runs take it", "wrong note", "v2.0", "Note 2"]);
    let again = site.admin.get(&format!("{AT}/hotfix")).expect(200).text();
    says(&again, &["at once as v2.2", "note: fixed\n</textarea>"]);
    assert_eq!((&before["output"]["note"], &site.run()["output"]["note"]), (&json!("second"), &json!("fixed")));
    says(&site.admin.get("/w/main/history").expect(200).text(), &["hot-fixed", " as v2.1", "wrong note"]);
}

#[test]
fn what_is_refused_comes_back_with_the_form_filled() {
    let mut site = Site::with_two_live();
    let (same, fixed) = (site.definition("second"), site.definition("fixed"));
    let refused = |site: &mut Site, text: &str, note: &str, status: u16, words: &[&str]| {
        let page = fix(site, text, note).expect(status).text();
        says(&page, &["Nothing was put in place", "Put v2.1 in place"]);
        says(&page, words);
        page
    };
    refused(&mut site, &fixed, " ", 422, &["Say why: a live version changes.", "note: fixed"]);
    refused(&mut site, &same, "a reason", 422, &["Nothing changed", "a reason</textarea>"]);
    let renamed = fixed.replace("- receive:", "- accept:");
    refused(&mut site, &renamed, "a reason", 422, &["but not add, remove, rename or re-wire steps", "- accept:"]);
    let page = refused(&mut site, &fixed.replace("then: confirm", "then: nowhere"), "a reason", 422, &["href=\"#text\"", "nowhere"]);
    says(&page, &["decide", "a reason</textarea>"]);
    refused(&mut site, "do: [", "a reason", 422, &["do: ["]);
    let bad = [("text", fixed.as_str()), ("settings", "{key"), ("note", "a reason")];
    let page = site.admin.submit(&format!("{AT}/hotfix"), &format!("{AT}/hotfix"), &bad).expect(422).text();
    says(&page, &["This is not JSON", "href=\"#settings\"", "{key", "note: fixed"]);

    let old = [("text", fixed.as_str()), ("settings", "{}"), ("note", "a reason"), ("expect", "0")];
    let page = site.admin.submit(&format!("{AT}/hotfix"), &format!("{AT}/hotfix"), &old).expect(409).text();
    says(&page, &["Version 2 changed in the meantime.", "Start again from what stands there now", "note: fixed"]);

    let freeze = json!([{"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "reason": "stocktaking"}]);
    protect(&site, &json!({"freezes": freeze}));
    says(&site.admin.get(&format!("{AT}/hotfix")).expect(200).text(), &["No hot-fix now", "stocktaking"]);
    refused(&mut site, &fixed, "a reason", 422, &["Production is frozen until", "note: fixed"]);
    protect(&site, &json!({"freezes": [], "approvals": 1}));
    refused(&mut site, &fixed, "a reason", 422, &["Production is protected", "Make a new version and propose it.", "note: fixed"]);
    assert_eq!(site.api.get("/main/flows/order-intake/versions/2").ok()["revision"], 0);
}

#[test]
fn only_who_may_change_what_runs_there_may_hot_fix_and_only_what_is_live() {
    let mut site = Site::with_two_live();
    let mut editor = site.server.visitor("editor");
    says_not(&editor.get(AT).expect(200).text(), &["Hot-fix…"]);
    says(&editor.get(&format!("{AT}/hotfix")).expect(403).text(), &["You may not"]);
    let mut operator = site.server.visitor("operator");
    says(&operator.get(AT).expect(200).text(), &["Hot-fix…"]);
    operator.get(&format!("{AT}/hotfix")).expect(200);
    let page = site.admin.get(&format!("{FLOW}/versions/1/hotfix")).expect(409).text();
    says(&page, &["Version 1 is not live anywhere"]);
}
