use serde_json::json;

use super::STAGING;
use crate::pages_a::{Site, says, says_not};

const ADD: &str = "/w/main/environments/staging/replacements";
const CHANGE: &str = "/w/main/environments/staging/replacements/change?part=connections&name=payments";

#[test]
fn replacements_are_added_changed_and_taken_out() {
    let mut site = Site::with_staging(1);
    let add = |site: &mut Site, part: &str, name: &str, value: &str| {
        site.admin.submit(STAGING, ADD, &[("part", part), ("name", name), ("value", value), ("version", "")])
    };
    let added = add(&mut site, "connections", "payments", "adyen-test");
    says(
        &site.follow(added).1,
        &["payments has a replacement in draft #2.", "<code>adyen-test</code>", "data-diff=\"added\"", "1 change since #1"],
    );
    let twice = add(&mut site, "connections", "payments", "other");
    says(&twice.expect(422).text(), &["The draft was not changed", "payments has a replacement already", "value=\"other\""]);
    says(&add(&mut site, "priority", "order-intake", "soon").expect(422).text(), &["Give a whole number"]);
    let script =
        site.admin.submit(STAGING, ADD, &[("part", "scripts"), ("name", "vat"), ("value", "vat-eu"), ("version", "3"), ("managed", "on")]);
    says(&site.follow(script).1, &["<code>vat-eu@3</code>", "Managed here: a sync keeps it"]);

    says(&site.admin.get(CHANGE).expect(200).text(), &["Connection payments", "value=\"adyen-test\""]);
    let bad = site.admin.submit(CHANGE, "/w/main/environments/staging/replacements/change", &[("value", " ")]);
    says(&bad.expect(422).text(), &["The replacement was not changed", "Name the connection that stands in for it"]);
    let changed = site.admin.submit(CHANGE, "/w/main/environments/staging/replacements/change", &[("value", "adyen-eu")]);
    says(&site.follow(changed).1, &["payments was changed in draft #2.", "<code>adyen-eu</code>"]);
    let removed = site.admin.submit(STAGING, "/w/main/environments/staging/replacements/remove", &[]);
    says(&site.follow(removed).1, &["payments has no replacement in draft #2 any more."]);
    let draft = site.api.get("/main/environments/staging/versions/draft").ok();
    assert_eq!(draft["replacements"]["scripts"], json!({"vat": {"name": "vat-eu", "version": 3}}));
    assert_eq!(draft["replacements"]["connections"], json!({}));
    assert_eq!(draft["managed_here"], json!(["scripts.vat"]));
    let note = site.admin.submit(STAGING, "/w/main/environments/staging/note", &[("note", "for the sale")]);
    says(&site.follow(note).1, &["The note of draft #2 is saved.", "value=\"for the sale\""]);
}

#[test]
fn the_slower_of_two_editors_is_told() {
    let mut site = Site::with_staging(1);
    let page = site.admin.get(STAGING).expect(200).text();
    let form = &page[page.find(&format!("action=\"{ADD}\"")).expect("the form")..];
    let value = |name: &str| {
        let at = form.find(&format!("name=\"{name}\" value=\"")).expect(name) + name.len() + 15;
        form[at..].split('"').next().unwrap_or_default().to_owned()
    };
    let (csrf, expect) = (value("csrf"), value("expect"));
    site.draft_holds(json!({"variables": {"region": "eu"}}));
    let fields =
        [("csrf", csrf.as_str()), ("expect", expect.as_str()), ("part", "caches"), ("name", "stock"), ("value", "mine"), ("version", "")];
    let late = site.admin.post(ADD, &fields).expect(409).text();
    says(&late, &["in the meantime", "value=\"mine\"", "<code>region</code>"]);
}

#[test]
fn what_flows_refer_to_is_covered_or_proposed() {
    let mut site = Site::with_staging(0);
    let definition = "
document: {dsl: '1.0.3', namespace: test, name: region, version: '1.0.0'}
do:
  - say:
      set: {where: '${ $environment.variables.region + $environment.variables.shop }'}
";
    for name in ["region", "shop", "eu", "test"] {
        site.api.post("/main/components", &json!({"kind": "variable", "name": name, "content": {"value": name}})).expect(201);
    }
    site.add("region", "Region", definition);
    site.api.post("/main/flows/region/versions/1/publication", &json!({"note": "x"})).expect(200);
    site.draft_holds(json!({"variables": {"region": "eu"}}));
    site.deploy_configuration("draft");
    site.api.post("/main/environments/staging/flows/region/deployments", &json!({"version": 1})).expect(200);
    let page = site.admin.get(STAGING).expect(200).text();
    says(
        &page,
        &[
            "What the flows refer to",
            "1 component of these flows is not replaced",
            "shop (variable)",
            "?part=variables&#38;name=shop#replacements",
            "<code>region</code> → <code>eu</code>",
        ],
    );
    let filled = site.admin.get(&format!("{STAGING}?part=variables&name=shop")).expect(200).text();
    says(&filled, &["value=\"shop\"", "value=\"variables\" selected"]);
    says(&site.admin.get("/w/main/environments").expect(200).text(), &["1 component not replaced"]);
    says(&site.admin.get(&format!("{STAGING}/versions/2/deploy")).expect(200).text(), &["1 component is not replaced: shop."]);
    site.draft_holds(json!({"variables": {"region": "eu", "shop": "test"}}));
    says_not(&site.admin.get(STAGING).expect(200).text(), &["shop (variable)"]);
    site.draft_holds(json!({"variables": {"region": "eu", "shop": "gone"}}));
    let gone = "The variable shop is replaced with gone, which does not exist";
    says(&site.admin.get(STAGING).expect(200).text(), &["Not covered", gone, "<code>gone</code>, which does not exist"]);
    says(&site.admin.get(&format!("{STAGING}/versions/draft/deploy")).expect(200).text(), &[gone]);
    let empty = site.admin.submit(STAGING, ADD, &[("part", "variables"), ("name", "other"), ("value", " "), ("version", "")]);
    says(&empty.expect(422).text(), &["Name the variable that stands in for it"]);
}
