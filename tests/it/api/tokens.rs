//! Bearer tokens only; cookies are nothing here; and not too fast.

use serde_json::json;
use signalbox::domain::access::Role;
use signalbox::store::people;

use super::client::Client;
use crate::support::http::{Request, Response};
use crate::support::{Database, ServerInside, each_database};

fn with_headers(server: &ServerInside, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(Request::new("GET", "/api/v1/main/flows"), |request, (name, value)| request.header(name, value));
    request.send(server.address).expect("an answer")
}

#[test]
fn without_a_good_token_nothing_is_answered() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let good = format!("Bearer {}", server.token(Role::Viewer, None));
        let unknown = format!("Bearer sbx_{}", "0".repeat(64));
        for headers in [
            vec![],
            vec![("cookie", "console_session=abc")],
            vec![("authorization", "Basic YTpi")],
            vec![("authorization", "Bearer")],
            vec![("authorization", "Bearer  ")],
            vec![("authorization", "Bearer nonsense")],
            vec![("authorization", unknown.as_str())],
        ] {
            let answer = with_headers(&server, &headers);
            assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")), "{headers:?}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            answer.refused(401, "unauthenticated");
        }
        with_headers(&server, &[("authorization", &good)]).expect(200);
        with_headers(&server, &[("authorization", &good.replace("Bearer", "bearer")), ("cookie", "console_session=abc")]).expect(200);
    });
}

#[test]
fn a_token_is_good_until_it_is_revoked_or_its_owner_disabled() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Editor);
    let me = client.get("/me").ok();
    assert_eq!((&me["token"]["role"], &me["workspaces"][0]["slug"]), (&json!("editor"), &json!("main")));
    let (user, token) = (me["user"]["id"].as_str().expect("an id").to_owned(), me["token"]["id"].as_str().expect("an id").to_owned());
    let owner = user.clone();
    server.write(move |conn| Ok(people::set_disabled(conn, &owner, Some(1))?));
    client.get("/main/flows").refused(401, "unauthenticated");
    let owner = user.clone();
    server.write(move |conn| Ok(people::set_disabled(conn, &owner, None)?));
    client.get("/main/flows").expect(200);
    server.write(move |conn| Ok(people::revoke_token(conn, &user, &token, 1)?));
    client.get("/main/flows").refused(401, "unauthenticated");
}

#[test]
fn somebody_without_a_role_sees_no_workspace() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let client = Client::new(&server, Role::Viewer);
    let user = client.get("/me").ok()["user"]["id"].as_str().expect("an id").to_owned();
    server.write(move |conn| Ok(people::set_grant(conn, &user, None, None)?));
    client.get("/main/flows").refused(404, "not_found");
    assert_eq!(client.get("/me").ok()["workspaces"], json!([]));
}

#[test]
fn a_token_that_asks_too_fast_is_told_to_wait() {
    let database = Database::sqlite();
    let server = ServerInside::with_rate(&database, 5);
    let (hasty, other) = (Client::new(&server, Role::Viewer), Client::new(&server, Role::Viewer));
    let answers: Vec<Response> = (0..30).map(|_| hasty.get("/me")).collect();
    let refused: Vec<&Response> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty() && answers[0].status == 200);
    assert!(refused.iter().all(|answer| answer.header("retry-after") == Some("1")));
    other.get("/me").expect(200);
}

#[test]
fn the_use_of_a_token_is_noted() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    Client::new(&server, Role::Viewer).get("/me").expect(200);
    crate::support::wait::until("the use to be noted", std::time::Duration::from_secs(10), || {
        (database.count("SELECT count(*) FROM tokens WHERE last_used_at IS NOT NULL") == 1).then_some(())
    });
}
