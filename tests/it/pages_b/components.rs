//! Components as a person without script makes, changes, finds and deletes them.

use serde_json::json;

use super::{Office, leads_to, says};

const ALL: &str = "/w/main/components";
const SECRET: &str = "hunter2-never-shown";

fn new(kind: &str) -> (String, String) {
    (format!("{ALL}/new?kind={kind}"), format!("{ALL}?kind={kind}"))
}

#[test]
fn a_connection_is_made_changed_compared_and_brought_back() {
    let mut office = Office::open();
    says(&office.admin.get(ALL).expect(200).text(), "There are no components yet");
    let (page, to) = new("secret");
    let made =
        leads_to(&office.admin.submit(&page, &to, &[("name", "pin"), ("description", "For orders"), ("value", SECRET), ("json", "")]));
    assert_eq!(made, format!("{ALL}/secret/pin"));
    let shown = office.admin.get(&made).expect(200).text();
    says(&shown, "Nobody can read it back.");
    assert!(!shown.contains("hunter2"), "{shown}");
    let (page, to) = new("connection");
    let wrong = [
        ("name", "order service"),
        ("base", "orders.example"),
        ("authentication", "bearer"),
        ("secret", ""),
        ("headers", "Accept: text/plain"),
    ];
    let back = office.admin.submit(&page, &to, &wrong).expect(422).text();
    says(&back, "The connection was not made");
    says(&back, "Give the whole address calls begin with");
    assert!(back.contains("value=\"order service\"") && back.contains("Accept: text/plain"), "{back}");
    let good = [
        ("name", "orders"),
        ("description", "Order service"),
        ("base", "https://orders.example/v2"),
        ("authentication", "bearer"),
        ("secret", "pin"),
        ("headers", "Accept: text/plain"),
        ("timeout_seconds", "5"),
        ("origins", "https://orders.example = http://127.0.0.1:9"),
    ];
    let base = leads_to(&office.admin.submit(&page, &to, &good));
    let shown = office.admin.get(&base).expect(200).text();
    for words in [
        "https://orders.example/v2",
        "Bearer token out of the secret",
        "Nothing that may run refers to it.",
        "5.0 s",
        "connection://orders/items/",
    ] {
        says(&shown, words);
    }
    says(&office.admin.get(&format!("{ALL}/secret/pin")).expect(200).text(), "The connection");
    // Two people had the form open: the second is told, and loses nothing.
    let edit = format!("{base}/edit");
    let form = office.admin.get(&edit).expect(200).text();
    assert!(form.contains("Accept: text/plain") && form.contains("https://orders.example = http://127.0.0.1:9"), "{form}");
    let changed = [good[0], good[1], ("base", "https://orders.example/v3"), good[3], good[4], ("note", "Version 3 of the service")];
    assert_eq!(leads_to(&office.admin.submit(&edit, &edit, &changed)), base);
    let mut stale = changed.to_vec();
    stale.push(("expect", "1"));
    let back = office.admin.submit(&edit, &edit, &stale).expect(409).text();
    says(&back, "in the meantime");
    assert!(back.contains("value=\"https://orders.example/v3\""), "{back}");
    let compared = office.admin.get(&format!("{base}/compare/1...2")).expect(200).text();
    assert!(compared.contains("<del>2</del>") || compared.contains("v2"), "{compared}");
    let old = office.admin.get(&format!("{base}?revision=1")).expect(200).text();
    says(&old, "This is revision 1, not the latest");
    let token = csrf(&old);
    assert_eq!(leads_to(&office.admin.post(&format!("{base}/revisions/1/restore"), &[("csrf", &token)])), base);
    let shown = office.admin.get(&base).expect(200).text();
    says(&shown, "Revision 3 holds what revision 1 held.");
    says(&shown, "Back to revision 1");
    office.admin.get(&format!("{base}?revision=9")).expect(404);
    office.admin.get(&format!("{ALL}/thing/x")).expect(404);
}

fn csrf(html: &str) -> String {
    let at = html.find("name=\"csrf\" value=\"").expect("a token") + 19;
    html[at..at + html[at..].find('"').expect("its end")].to_owned()
}

#[test]
fn what_is_used_is_not_deleted_and_the_dialog_says_where() {
    let mut office = Office::open();
    let (page, to) = new("lookup");
    let back = office.admin.submit(&page, &to, &[("name", "rates"), ("table", "country,rate\nNL,21\nNL,9\n")]).expect(422).text();
    says(&back, "Line 3 has the key “NL” again.");
    let base = leads_to(&office.admin.submit(&page, &to, &[("name", "rates"), ("table", "country;rate\nNL;21\nDE;19\n")]));
    let shown = office.admin.get(&base).expect(200).text();
    assert!(shown.contains(">country</th>") && shown.contains(">DE</th><td>19</td>"), "{shown}");
    assert_eq!(office.admin.get(&format!("{base}/csv")).expect(200).text(), "country,rate\r\nNL,21\r\nDE,19\r\n");
    office.create(
        "prices",
        "Prices",
        "document: {dsl: '1.0.3', namespace: test, name: prices, version: '1.0.0'}\ndo:\n- rate: {call: lookup@default, with: {lookup: rates, key: NL}}\n",
    );
    let shown = office.admin.get(&base).expect(200).text();
    assert!(shown.contains("/w/main/flows/prices/versions/1"), "{shown}");
    says(&office.admin.get(&format!("{ALL}?kind=lookup")).expect(200).text(), "1 place");
    let dialog = office.admin.get_fragment(&format!("{base}/delete")).expect(200).text();
    assert!(dialog.starts_with("<dialog") && dialog.contains("Prices v1") && !dialog.contains("Delete the lookup"), "{dialog}");
    // A form that was open before it was used.
    let token = csrf(&dialog);
    says(&office.admin.post(&format!("{base}/delete"), &[("csrf", &token)]).expect(422).text(), "it is used by Prices version 1 (draft)");
    // A new name would leave the flow without it.
    let edit = format!("{base}/edit");
    let back = office.admin.submit(&edit, &edit, &[("name", "vat"), ("table", "country\nNL\n")]).expect(422).text();
    says(&back, "rates cannot be renamed: it is used by Prices version 1 (draft).");
    let (page, to) = new("cache");
    let cache = leads_to(&office.admin.submit(&page, &to, &[("name", "recent"), ("expiry", "2"), ("unit", "hours")]));
    says(&office.admin.get(&cache).expect(200).text(), "2 h");
    let empty = format!("{cache}/empty");
    assert_eq!(leads_to(&office.admin.submit(&empty, &empty, &[])), cache);
    let delete = format!("{cache}/delete");
    assert_eq!(leads_to(&office.admin.submit(&delete, &delete, &[])), format!("{ALL}?kind=cache"));
    office.admin.get(&cache).expect(404);
    let bin = office.admin.get("/w/main/bin").expect(200).text();
    says(&bin, "recent");
    let at = bin.find("/w/main/bin/cmp_").expect("its link");
    let entry = &bin[at..at + bin[at..].find('"').expect("its end")];
    assert_eq!(leads_to(&office.admin.post(&format!("{entry}/restore"), &[("csrf", &csrf(&bin))])), cache);
    says(&office.admin.get("/w/main/history").expect(200).text(), "moved to the bin the component");
}

#[test]
fn editors_keep_no_secrets_operators_nothing_else_and_viewers_look() {
    let mut office = Office::open();
    office.api.post("/main/components", &json!({"kind": "secret", "name": "pin"})).expect(201);
    office.api.post("/main/components", &json!({"kind": "variable", "name": "TAX", "content": {"value": 21}})).expect(201);
    let (secret, variable) = (format!("{ALL}/secret/pin"), format!("{ALL}/variable/TAX"));
    for (role, keeps, edits) in [("viewer", false, false), ("editor", false, true), ("operator", true, false)] {
        let mut person = office.server.visitor(role);
        let list = person.get(ALL).expect(200).text();
        assert_eq!(list.contains("components/new?kind=secret"), keeps, "{role}");
        assert_eq!(list.contains("components/new?kind=variable"), edits, "{role}");
        assert_eq!(person.get(&secret).expect(200).text().contains("Set the value…"), keeps, "{role}");
        assert_eq!(person.get(&variable).expect(200).text().contains("Edit variable"), edits, "{role}");
        for (path, may) in [
            (format!("{secret}/value"), keeps),
            (format!("{secret}/edit"), keeps),
            (format!("{variable}/edit"), edits),
            (format!("{variable}/delete"), edits),
            (format!("{ALL}/new?kind=secret"), keeps),
            (format!("{ALL}/new?kind=script"), edits),
        ] {
            person.get(&path).expect(if may { 200 } else { 403 });
        }
        let token = csrf(&list);
        let set = person.post(&format!("{secret}/value"), &[("csrf", &token), ("value", SECRET)]);
        assert_eq!(set.status, if keeps { 303 } else { 403 }, "{role}");
    }
    assert!(!office.server.output().contains("hunter2"), "{}", office.server.output());
    // Nothing of it stands on any page, nor what was typed when it was refused.
    let value = format!("{secret}/value");
    let back = office.admin.submit(&value, &value, &[("value", "hunter2-{"), ("json", "on")]).expect(422).text();
    says(&back, "This is not JSON");
    let mut seen = back;
    for path in [ALL, &secret, &value, &format!("{secret}/edit"), "/w/main/history", "/w/main/search?q=hunter2-never"] {
        seen.push_str(&office.admin.get(path).expect(200).text().replace("hunter2-never\"", ""));
    }
    let left: Vec<&str> = seen.match_indices("hunter2").map(|(at, _)| &seen[at..(at + 40).min(seen.len())]).collect();
    assert!(left.iter().all(|text| text.starts_with("hunter2-never") && !text.starts_with(SECRET)), "{left:?}");
}

/// The canary of TRUST P18: in every form, in everything that is answered, written or logged.
#[test]
fn a_secret_that_a_run_carries_stands_nowhere() {
    let mut office = Office::open();
    let secret = "hunter2 \"never\" shown";
    office.api.post("/main/components", &json!({"kind": "secret", "name": "pin"})).expect(201);
    office.api.put("/main/components/secret/pin/secret", "*", &json!({"value": secret})).expect(200);
    let connection = json!({
        "base": office.service.url("/v1"), "authentication": {"kind": "basic", "username": "shop", "secret": "pin"},
    });
    office.api.post("/main/components", &json!({"kind": "connection", "name": "orders", "content": connection})).expect(201);
    office.service.answer_json("/v1/items/7", json!({"echo": secret}));
    let definition = "
document: {dsl: '1.0.3', namespace: test, name: canary, version: '1.0.0'}
use: {secrets: [pin]}
do:
  - item: {call: http, with: {method: get, endpoint: 'connection://orders/items/7', query: {t: '${ $secrets.pin }'}, output: response}, export: {as: .}}
  - mix: {set: {pin: '${ $secrets.pin }', base: '${ (\"shop:\" + $secrets.pin) | @base64 }', uri: '${ $secrets.pin | @uri }', is: '${ $context.content.echo == $secrets.pin }'}}
  - fail: {try: [{gone: {call: http, with: {method: get, endpoint: 'connection://orders/gone/{pin}'}}}], catch: {as: e, do: [{say: {set: {pin: '${ $e.detail }', is: '${ $input.is }'}}}]}}
  - bad: {set: {x: '${ $secrets.pin + 1 }'}}
";
    office.service.answer("/v1/gone/hunter2%20%22never%22%20shown", crate::support::service::Answer { status: 404, ..Default::default() });
    office.create("canary", "Canary", definition);
    office.api.post("/main/flows/canary/versions/1/publication", &json!({"note": "First"})).ok();
    office.api.post("/main/environments/production/flows/canary/deployments", &json!({"version": 1, "comment": "as agreed"})).ok();
    let run = office.api.post("/main/environments/production/flows/canary/runs?wait=10", &json!({"input": {}})).expect(200);
    let id = run.json()["id"].as_str().expect("an id").to_owned();
    let mut seen = run.text();
    let shown = office.api.get(&format!("/main/runs/{id}")).expect(200);
    assert_eq!(shown.json()["steps"][1]["output"]["is"], true, "{}", shown.text());
    assert_eq!(shown.json()["state"], "faulted", "{}", shown.text());
    assert!(shown.text().contains("***"), "{}", shown.text());
    seen.push_str(&shown.text());
    for path in ["/main/runs", "/main/events", "/main/components", "/main/flows/canary/versions/1"] {
        seen.push_str(&office.api.get(path).expect(200).text());
    }
    for path in
        [format!("/w/main/runs/{id}").as_str(), "/w/main/runs", "/w/main", "/w/main/history", "/w/main/components", "/w/main/flows/canary"]
    {
        seen.push_str(&office.admin.get(path).expect(200).text());
    }
    seen.push_str(&office.server.output());
    let calls = office.service.calls();
    assert_eq!(calls[0].header("authorization"), Some("Basic c2hvcDpodW50ZXIyICJuZXZlciIgc2hvd24="));
    let forms = ["hunter2", "HVudGVyM", "h1bnRlcj", "odW50ZXIy", "never%22", "never\\\""];
    for form in forms {
        assert!(!seen.contains(form), "{form} in an answer or the log");
    }
    let folder = office.database.as_ref().expect("a database").data_dir().to_owned();
    let mut looked_at = 0;
    for file in std::fs::read_dir(folder).expect("the data folder").map_while(Result::ok).filter(|f| f.path().is_file()) {
        let bytes = std::fs::read(file.path()).expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        looked_at += bytes.len();
        for form in forms {
            assert!(!text.contains(form), "{form} in {}", file.path().display());
        }
    }
    assert!(looked_at > 100_000, "only {looked_at} bytes were looked at");
}
