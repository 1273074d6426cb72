//! Flows: made, listed, read.

use serde_json::json;
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, definition};
use crate::support::{Database, ServerInside, each_database};

#[test]
fn a_flow_is_made_with_its_first_draft_and_read_back() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        let answer = client
            .post("/main/flows", json!({"slug": "greet", "name": "Greet", "description": "Says hello", "definition": definition("one")}))
            .expect(201);
        assert_eq!(answer.header("location"), Some("/api/v1/main/flows/greet"));
        let made = answer.json();
        assert_eq!((&made["slug"], &made["working_draft"], &made["latest"]), (&json!("greet"), &json!(1), &json!(null)));
        assert_eq!(
            (&made["draft"]["number"], &made["draft"]["lifecycle"], &made["draft"]["validity"]["ready"]),
            (&json!(1), &json!("draft"), &json!(true))
        );
        let by_id = client.get(&format!("/main/flows/{}", made["id"].as_str().expect("an id"))).ok();
        let presence: Vec<_> = by_id["presence"]
            .as_array()
            .expect("presence")
            .iter()
            .map(|p| (&p["environment"], &p["primary"], &p["routing_revision"]))
            .collect();
        assert_eq!(presence, [(&json!("development"), &json!(null), &json!(0)), (&json!("production"), &json!(null), &json!(0))]);
        client.publish(1);
        Client::new(&server, Role::Operator).deploy(1);
        let live = client.get(FLOW).ok();
        assert_eq!(
            (&live["presence"][1]["primary"], &live["presence"][1]["switch"], &live["latest"]),
            (&json!(1), &json!("on"), &json!(1))
        );
    });
}

#[test]
fn a_definition_is_json_or_a_text_and_may_be_left_out() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    let object = json!({"document": {"dsl": "1.0.3", "namespace": "test", "name": "as-json", "version": "1.0.0"}, "do": [{"b": {"set": {"z": 1, "a": 2}}}]});
    let made = client.post("/main/flows", json!({"name": "As JSON", "definition": object})).expect(201).json();
    assert_eq!((&made["slug"], &made["draft"]["definition"]), (&json!("as-json"), &object));
    let text = made["draft"]["text"].as_str().expect("a text");
    assert!(text.find("\"z\"") < text.find("\"a\""), "the order of keys is kept: {text}");
    let bare = client.post("/main/flows", json!({"name": "Bare"})).expect(201).json();
    assert_eq!(bare["draft"]["validity"], json!({"ready": true, "problems": []}));
    let doubled = br#"{"name": "Doubled", "definition": {"document": {"name": "a", "name": "b"}}}"#;
    let problem = client.raw("POST", "/main/flows", &[], "application/json", doubled.to_vec()).refused(422, "invalid");
    assert!(problem["detail"].as_str().expect("words").contains("“name” stands twice"), "{problem}");
}

#[test]
fn clashes_and_bad_values_are_refused_with_the_field() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    client.make_flow();
    let clash = client.post("/main/flows", json!({"slug": "greet", "name": "Again"})).refused(409, "name_taken");
    assert_eq!(clash["flow"], "greet");
    let clash =
        client.post("/main/flows", json!({"slug": "other", "name": "Other", "definition": definition("x")})).refused(409, "name_taken");
    assert_eq!((&clash["flow"], &clash["field"]), (&json!("greet"), &json!("definition")));
    for (body, field) in [
        (json!({"slug": "Not A Slug", "name": "x"}), "slug"),
        (json!({"slug": "backups", "name": "x"}), "slug"),
        (json!({"slug": "x", "name": " "}), "name"),
        (json!({"slug": "x"}), "name"),
        (json!({"slug": "x", "name": "x", "colour": "red"}), "colour"),
        (json!({"slug": "x", "name": "x", "description": "d".repeat(2_001)}), "description"),
        (json!([]), "body"),
    ] {
        let problem = client.post("/main/flows", body).refused(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    client.get("/main/flows/nothing").refused(404, "not_found");
    client.get("/nowhere/flows").refused(404, "not_found");
}

#[test]
fn flows_are_listed_by_slug_and_walked_both_ways() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        for slug in ["delta", "alpha", "echo", "bravo", "charlie"] {
            client.post("/main/flows", json!({"slug": slug, "name": slug})).expect(201);
        }
        let page = |query: &str| {
            let list = client.get(&format!("/main/flows?{query}")).ok();
            let slugs: Vec<String> =
                list["items"].as_array().expect("items").iter().map(|i| i["slug"].as_str().unwrap_or_default().to_owned()).collect();
            (slugs.join(" "), list["next"].as_str().map(str::to_owned))
        };
        assert_eq!(page(""), ("alpha bravo charlie delta echo".into(), None));
        assert_eq!(page("limit=2"), ("alpha bravo".into(), Some("bravo".into())));
        assert_eq!(page("limit=2&before=bravo"), ("charlie delta".into(), Some("delta".into())));
        assert_eq!(page("limit=2&before=delta"), ("echo".into(), None));
        assert_eq!(page("limit=2&after=delta"), ("bravo charlie".into(), Some("bravo".into())));
        assert_eq!(page("limit=2&after=bravo"), ("alpha".into(), None));
        assert_eq!(page("text=LPH"), ("alpha".into(), None));
        assert_eq!(page("archived=true"), (String::new(), None));
    });
}
