//! The gear itself: what the other tests rely on.

use std::time::Duration;

use serde_json::json;

use crate::support::http::{Connection, Request};
use crate::support::service::Answer;
use crate::support::{Service, each_database};

#[test]
fn the_service_counts_calls_and_answers_as_told() {
    let service = Service::start();
    service.answer_json("/pets", json!({"name": "Milou"}));
    service.answer("/broken", Answer { status: 503, delay: Duration::from_millis(30), ..Answer::default() });
    let mut connection = Connection::open(service.address).expect("connect");
    let request = Request::new("POST", "/pets?kind=dog").header("Idempotency-Key", "one").body("text/plain", "hello");
    let answer = connection.send(&request).expect("an answer").expect(200);
    assert_eq!(answer.json()["name"], "Milou");
    assert_eq!(connection.send(&Request::new("GET", "/broken")).expect("an answer").status, 503);
    assert_eq!(Request::new("GET", "/other").send(service.address).expect("an answer").ok(), json!({"ok": true}));
    assert_eq!(service.count("/pets"), 1);
    let call = &service.calls()[0];
    assert_eq!((call.idempotency_key(), call.body.as_str(), call.method.as_str()), (Some("one"), "hello", "POST"));
}

#[test]
fn each_test_has_an_empty_database_of_both_kinds() {
    each_database(|database| {
        if !database.is_sqlite() {
            let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
            assert_eq!(database.count(tables), 0);
        }
        assert!(database.folder().is_dir());
    });
}
