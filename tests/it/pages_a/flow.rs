use serde_json::json;

use super::{FLOW, Site, says, says_not};

#[test]
fn a_flow_is_made_with_its_first_draft() {
    let mut site = Site::new();
    let page = site.admin.get("/w/main/flows/new").expect(200).text();
    says(&page, &["New flow", "name=\"starter\""]);
    let fields = [("name", "Order intake"), ("slug", ""), ("description", "Takes orders."), ("starter", "value"), ("definition", "")];
    let answer = site.admin.submit("/w/main/flows/new", "/w/main/flows", &fields).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/order-intake/versions/1/edit"));
    let page = site.admin.get(FLOW).expect(200).text();
    says(&page, &["Order intake", "Takes orders.", "Production runs no version.", "Edit draft v1", "No comment yet", "Draft"]);

    let again = site.admin.submit("/w/main/flows/new", "/w/main/flows", &fields).expect(422).text();
    says(
        &again,
        &[
            "The flow was not made",
            "has the address “order-intake” already",
            "Open Order intake",
            "value=\"Order intake\"",
            "Takes orders.",
        ],
    );
    let nameless = site.admin.submit(
        "/w/main/flows/new",
        "/w/main/flows",
        &[("name", " "), ("slug", "A b"), ("description", ""), ("starter", "value"), ("definition", "")],
    );
    says(&nameless.expect(422).text(), &["Give the flow a name", "cannot stand in an address", "value=\"A b\""]);
    let other = [("name", "Other"), ("slug", ""), ("description", ""), ("starter", "nothing"), ("definition", "")];
    says(&site.admin.submit("/w/main/flows/new", "/w/main/flows", &other).expect(422).text(), &["Choose what to begin with."]);
    let pasted = [("name", "Pasted"), ("slug", ""), ("description", ""), ("starter", "value"), ("definition", "do: [")];
    let answer = site.admin.submit("/w/main/flows/new", "/w/main/flows", &pasted).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/pasted/versions/1/edit"), "errors never stop a draft");
}

#[test]
fn the_version_table_shows_what_matters_of_each() {
    let mut site = Site::with_two_live();
    site.run();
    site.next("third");
    let page = site.until_says(FLOW, "100%</td>");
    says(
        &page,
        &[
            "Edit draft v3",
            "Roll back to v1",
            "Note 2",
            "Live",
            "<strong>Current</strong>",
            "Inactive",
            "Earlier",
            "100%",
            "Cannot be deleted while it is live",
        ],
    );
    says(&page, &["3 versions.", "Pause", "Stop…", "Test admin", "View changes from v1"]);
    let drafts = site.admin.get(&format!("{FLOW}?show=drafts")).expect(200).text();
    says(&drafts, &["value=\"3\" form=\"compare\""]);
    says_not(&drafts, &["value=\"2\" form=\"compare\""]);
    says(&site.admin.get(&format!("{FLOW}?show=archived")).expect(200).text(), &["No version is archived."]);
    let older = site.admin.get(&format!("{FLOW}?before=3")).expect(200).text();
    says(&older, &["Newer versions", "after=2"]);
    says_not(&older, &["value=\"3\" form=\"compare\""]);
    says(&site.admin.get(&format!("{FLOW}?show=odd")).expect(400).text(), &["This address cannot be read", "“odd” is none of"]);
    says(&site.admin.get(&format!("{FLOW}?before=x")).expect(400).text(), &["This address cannot be read"]);
    site.admin.get(&format!("{FLOW}?before=3&after=1")).expect(400);
    let part = site.admin.get_fragment(&format!("{FLOW}?part=production&poll=1")).expect(200).text();
    assert!(part.trim_start().starts_with("<section class=\"production\""), "{part}");
    let part = site.admin.get_fragment(&format!("{FLOW}?part=versions")).expect(200).text();
    assert!(part.trim_start().starts_with("<div class=\"section\" id=\"versions\""), "{part}");
}

#[test]
fn two_versions_are_compared() {
    let mut site = Site::with_two_live();
    let answer = site.admin.get(&format!("{FLOW}/compare?v=2&v=1")).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/order-intake/compare/1...2"));
    let swapped = site.admin.get(&format!("{FLOW}/compare?from=2&to=1")).expect(303);
    assert_eq!(swapped.header("location"), Some("/w/main/flows/order-intake/compare/2...1"));
    let page = site.admin.get(&format!("{FLOW}/compare/1...2")).expect(200).text();
    says(
        &page,
        &[
            "there is 1 difference",
            "Step <b>confirm</b>",
            "Changes outcome",
            "<svg class=\"graph\"",
            "<del>first</del>",
            "<ins>second</ins>",
            "compare/2...1",
        ],
    );
    let same = site.admin.get(&format!("{FLOW}/compare/v1...1")).expect(200).text();
    says(&same, &["Nothing differs"]);
    let one = site.admin.get(&format!("{FLOW}/compare?v=1")).expect(422).text();
    says(&one, &["Select two versions to compare.", "form=\"compare\" checked"]);
    site.admin.get(&format!("{FLOW}/compare/1...9")).expect(404);
    let part = site.admin.get_fragment(&format!("{FLOW}/compare/1...2")).expect(200).text();
    assert!(part.trim_start().starts_with("<div class=\"stack\" id=\"diff\""), "{part}");
}

#[test]
fn a_comparison_names_revisions_places_and_other_flows_in_its_address() {
    let mut site = Site::with_two_live();
    let named = site.admin.get(&format!("{FLOW}/compare?from=1&to=2&to_named=live%3Aproduction")).expect(303);
    assert_eq!(named.header("location"), Some("/w/main/flows/order-intake/compare/1...live:production"));
    site.admin.get(&format!("{FLOW}/compare?from=1&to=2&to_named=a%2Fb")).expect(400);
    let page = site.admin.get(&format!("{FLOW}/compare/1.0...live:production")).expect(200).text();
    says(&page, &["live in Production", "What it means", "Input and output schemas are the same."]);
    site.admin.get(&format!("{FLOW}/compare/1.7...2")).expect(404);
    site.admin.get(&format!("{FLOW}/compare/live:nowhere...2")).expect(404);
    let cut = site.admin.get(&format!("{FLOW}/compare/1...2?impact=cosmetic")).expect(200).text();
    says(&cut, &["No change is of this kind.", "Show all changes"]);
    site.admin.get(&format!("{FLOW}/compare/1...2?impact=odd")).expect(400);
    let text = "document: {dsl: '1.0.1', namespace: tests, name: other, version: '1.0.0'}\ndo:\n  - alone:\n      set: {x: 1}\n";
    site.add("other", "The other", text);
    let page = site.admin.get(&format!("{FLOW}/compare/1...other~1")).expect(200).text();
    says(&page, &["of The other", "<b>alone</b>"]);
}

#[test]
fn settings_are_changed_and_say_where_a_flow_is_used() {
    let mut site = Site::with_flow();
    let caller = "document: {dsl: '1.0.1', namespace: tests, name: caller, version: '1.0.0'}\ndo:\n  - go:\n      run:\n        workflow: {namespace: tests, name: order-intake, version: latest}\n";
    site.add("caller", "The caller", caller);
    let settings = format!("{FLOW}/settings");
    let page = site.admin.get(&settings).expect(200).text();
    says(&page, &["tests/order-intake", "The caller v1", ", a draft, calls it", "Delete flow…", "Archive flow"]);
    let bad = [("name", ""), ("slug", "caller"), ("description", "x")];
    says(&site.admin.submit(&settings, &settings, &bad).expect(422).text(), &["The settings were not saved", "Give the flow a name"]);
    let taken = [("name", "Orders"), ("slug", "caller"), ("description", "x")];
    says(&site.admin.submit(&settings, &settings, &taken).expect(422).text(), &["has the address “caller” already", "value=\"Orders\""]);
    let good = [("name", "Orders"), ("slug", "orders"), ("description", "All of them."), ("single_draft", "on")];
    let answer = site.admin.submit(&settings, &settings, &good);
    let (to, page) = site.follow(answer);
    assert_eq!(to, "/w/main/flows/orders/settings");
    says(&page, &["The settings are saved.", "All of them.", "value=\"on\" checked"]);
    site.admin.get(FLOW).expect(404);
}

#[test]
fn a_flow_is_archived_and_deleted_only_when_nothing_needs_it() {
    let mut site = Site::with_two_live();
    let blocked = site.admin.get(&format!("{FLOW}/delete")).expect(200).text();
    says(&blocked, &["Delete Order intake?", "It is deployed in Production."]);
    says_not(&blocked, &["Delete the flow</button>"]);
    let forced = site.admin.submit(&format!("{FLOW}/delete"), &format!("{FLOW}/delete"), &[("confirm", "order-intake")]).expect(422).text();
    says(&forced, &["The flow was not deleted", "cannot be deleted"]);

    let answer = site.admin.submit(&format!("{FLOW}/settings"), "/sign-out", &[]);
    drop(answer);
    site.admin.sign_in("admin@example.test", crate::support::server::PASSWORD);
    site.add("spare", "Spare", &site.definition("x").replace("name: order-intake", "name: spare"));
    let spare = "/w/main/flows/spare";
    let token = hidden(&site.admin.get(spare).expect(200).text());
    let answer = site.admin.post(&format!("{spare}/archive"), &[("csrf", &token)]);
    let (_, page) = site.follow(answer);
    says(&page, &["Spare is archived.", "Bring it back", "/w/main/flows/spare/unarchive"]);
    says_not(&site.admin.get("/w/main").expect(200).text(), &["id=\"f-spare\""]);
    let answer = site.admin.post(&format!("{spare}/unarchive"), &[("csrf", &token)]);
    says(&site.follow(answer).1, &["Spare is back from the archive."]);

    let wrong = site.admin.submit(&format!("{spare}/delete"), &format!("{spare}/delete"), &[("confirm", "spar")]).expect(422).text();
    says(&wrong, &["Type spare to confirm.", "1 version goes with it."]);
    let answer = site.admin.submit(&format!("{spare}/delete"), &format!("{spare}/delete"), &[("confirm", "spare")]);
    let (to, page) = site.follow(answer);
    assert_eq!(to, "/w/main");
    says(&page, &["Spare is in the bin."]);
    site.admin.get(spare).expect(404);
    // Its past stays, under the name it had and under its id.
    let bin = site.admin.get("/w/main/bin").expect(200).text();
    let id = bin.split("/w/main/bin/").nth(1).and_then(|rest| rest.split('"').next()).expect("its page").to_owned();
    let history = format!("/w/main/flows/{id}/history");
    says(&site.admin.get(&format!("/w/main/bin/{id}")).expect(200).text(), &[&format!("href=\"{history}\"")]);
    for past in [history, format!("{spare}/history"), "/w/main/history?flow=spare".to_owned(), format!("/w/main/history?flow={id}")] {
        says(&site.admin.get(&past).expect(200).text(), &["moved the flow to the bin"]);
    }
    assert_eq!(site.api.get("/main/flows/spare").status, 404);
    assert_eq!(json!(null), site.place("development")["primary"]);
}

/// The token of a page's forms.
pub fn hidden(page: &str) -> String {
    let at = page.find("name=\"csrf\" value=\"").expect("a form") + 19;
    page[at..].split('"').next().unwrap_or_default().to_owned()
}
