//! Editing: If-Match, two editors at once, settings.

use serde_json::json;
use signalbox::domain::access::Role;

use super::client::{Client, FLOW, definition};
use crate::support::{Database, ServerInside, each_database};

#[test]
fn an_edit_names_what_it_is_based_on() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_flow();
        let path = format!("{FLOW}/versions/draft/definition");
        let tag = client.get(&format!("{FLOW}/versions/1")).header("etag").expect("a tag").to_owned();
        client.raw("PUT", &path, &[], "application/yaml", definition("two")).refused(428, "precondition_required");
        let saved = client.raw("PUT", &path, &[("if-match", &tag)], "application/yaml", definition("two")).expect(200);
        let next = saved.header("etag").expect("a tag").to_owned();
        assert_ne!(tag, next);
        assert_eq!(saved.json()["text"], definition("two"));
        let stale = client.raw("PUT", &path, &[("if-match", &tag)], "application/yaml", definition("three")).refused(409, "stale");
        assert_eq!((&stale["current"]["number"], &stale["current"]["definition"]), (&json!(1), &json!(definition("two"))));
        assert_eq!(format!("\"{}\"", stale["current"]["etag"]), next);
        client.raw("PUT", &path, &[("if-match", "\"never given out\"")], "application/yaml", definition("x")).refused(409, "stale");
        client.raw("PUT", &path, &[("if-match", "*")], "application/json", definition_json()).expect(200);
        client.publish(1);
        client
            .raw("PUT", &format!("{FLOW}/versions/1/definition"), &[("if-match", "*")], "application/yaml", definition("x"))
            .refused(409, "not_a_draft");
    });
}

fn definition_json() -> String {
    json!({"document": {"dsl": "1.0.3", "namespace": "test", "name": "greet", "version": "1.0.0"}, "do": [{"greet": {"set": {"note": "json"}}}]}).to_string()
}

#[test]
fn of_two_editors_at_once_one_saves_and_the_other_loses_nothing() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_flow();
        let path = format!("{FLOW}/versions/1/definition");
        let tag = client.get(&format!("{FLOW}/versions/1")).header("etag").expect("a tag").to_owned();
        let save = |note: &'static str| client.raw("PUT", &path, &[("if-match", &tag)], "application/yaml", definition(note));
        let answers = std::thread::scope(|scope| {
            let both = [scope.spawn(|| save("mine")), scope.spawn(|| save("theirs"))];
            both.map(|editor| editor.join().expect("an editor"))
        });
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let there = client.get(&format!("{FLOW}/versions/1")).ok();
        for answer in answers {
            let told = if answer.status == 200 {
                answer.json()["text"].clone()
            } else {
                answer.refused(409, "stale")["current"]["definition"].clone()
            };
            assert_eq!(told, there["text"]);
        }
    });
}

#[test]
fn settings_are_saved_whole_and_hashed_with_the_definition() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    let before = client.make_flow()["draft"].clone();
    let path = format!("{FLOW}/versions/1/settings");
    client.call("PUT", &path, &[], Some(&json!({"key": ".name"}))).refused(428, "precondition_required");
    let saved = client.put(&path, "\"1\"", json!({"key": ".name"})).expect(200).json();
    assert_eq!((&saved["settings"], &saved["validity"]["ready"]), (&json!({"key": ".name"}), &json!(true)));
    assert_ne!(saved["hash"], before["hash"]);
    client.put(&path, "\"1\"", json!({})).refused(409, "stale");
    let later = client.put(&path, "*", json!({"schedules": [{"kind": "daily"}]})).expect(200).json();
    assert_eq!(
        (&later["validity"]["problems"][0]["pointer"], &later["validity"]["problems"][0]["severity"]),
        (&json!("/settings/schedules"), &json!("not_executable"))
    );
    let wrong = client.put(&path, "*", json!({"colour": 1})).expect(200).json();
    assert_eq!(wrong["validity"]["problems"][0]["severity"], "error");
}

#[test]
fn a_definition_must_be_text_and_not_too_long() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    client.make_flow();
    let path = format!("{FLOW}/versions/1/definition");
    let put = |body: Vec<u8>| client.raw("PUT", &path, &[("if-match", "*")], "application/yaml", body);
    put(vec![b'a', 0xff]).refused(400, "bad_encoding");
    put(Vec::new()).refused(422, "invalid");
    put(vec![b'#'; 1024 * 1024 + 1]).refused(422, "invalid");
    put(vec![b'#'; 2 * 1024 * 1024 + 1]).refused(413, "too_large");
    let kept = put(b"do: [unclosed".to_vec()).expect(200).json();
    assert_eq!(kept["text"], "do: [unclosed");
}

#[test]
fn publication_may_name_what_it_is_based_on() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    client.make_flow();
    let path = format!("{FLOW}/versions/1/publication");
    let publish = |tag| client.call("POST", &path, &[("if-match", tag)], Some(&json!({"note": "x"})));
    publish("\"7\"").refused(409, "stale");
    assert_eq!(publish("\"1\"").expect(200).json()["published_by"], client.get("/me").ok()["user"]["name"]);
}
