//! `/health/live`, `/health/ready`, `/metrics`.

use signalbox::domain::access::Role;
use signalbox::domain::clock::Micros;

use super::client::{Client, FLOW};
use crate::support::http::{Request, Response};
use crate::support::{ServerInside, each_database};

fn get(server: &ServerInside, target: &str) -> Response {
    Request::new("GET", target).send(server.address).expect("an answer")
}

#[test]
fn it_is_ready_while_it_can_write_and_its_runner_works() {
    each_database(|database| {
        let server = ServerInside::start(database);
        assert_eq!(get(&server, "/health/live").expect(200).json()["status"], "live");
        assert_eq!(get(&server, "/health/ready").expect(200).json()["status"], "ready");
        assert_eq!(database.count("SELECT count(*) FROM instance WHERE name = 'ready'"), 0, "the write was undone");
        server.engine.set_silent_for(60 * Micros::SECOND);
        let answer = get(&server, "/health/ready").expect(503);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.json()["problems"][0], "the runner was last heard of 60 s ago");
        assert_eq!(get(&server, "/health/live").expect(200).json()["status"], "live");
    });
}

#[test]
fn figures_are_counted_by_route_and_status() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_flow();
        for flow in ["a", "b", "c"] {
            client.get(&format!("/main/flows/{flow}")).refused(404, "not_found");
        }
        client.get(FLOW).expect(200);
        get(&server, "/no/such/page");
        let answer = get(&server, "/metrics").expect(200);
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text")));
        let text = answer.text();
        let route = "route=\"/api/v1/{ws}/flows/{flow}\"";
        for line in [
            format!("signalbox_http_requests_total{{method=\"GET\",{route},status=\"404\"}} 3"),
            format!("signalbox_http_requests_total{{method=\"GET\",{route},status=\"200\"}} 1"),
            format!("signalbox_http_request_duration_seconds_count{{method=\"GET\",{route}}} 4"),
            "signalbox_http_requests_total{method=\"POST\",route=\"/api/v1/{ws}/flows\",status=\"201\"} 1".into(),
            "signalbox_runs_started_total 0".into(),
            "signalbox_runs_ended_total{state=\"completed\"} 3".into(),
            "signalbox_runs_ended_total{state=\"faulted\"} 1".into(),
            "signalbox_runs_active 2".into(),
            "signalbox_writer_queue 0".into(),
            "# EOF".into(),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
        assert!(!text.contains("/no/such/page") && !text.contains("flows/a"), "addresses are counted by their route: {text}");
    });
}
