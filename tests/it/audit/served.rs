//! The same through the program: what it keeps while it serves, and what its commands say.

use serde_json::Value;
use signalbox::app::audit::file::NAME;

use crate::support::{Server, each_database};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_served_history_is_sealed_signed_and_proved_beside_the_server() {
    each_database(|database| {
        let mut server = Server::start_with(database, &["--audit-copy", "copy.jsonl"]);
        server.add_user("admin");
        let report = json(&server.cli().ok(&["audit", "verify", "--json"]));
        assert_eq!((&report["ok"], &report["events"]), (&true.into(), &report["sealed"]), "{report}");
        assert_eq!(report["public_key"].as_str().map(str::len), Some(64));
        server.stop();
        server.restart();
        server.stop();
        let report = json(&server.cli().ok(&["audit", "verify", "--json"]));
        assert!(report["checkpoints"].as_i64().is_some_and(|n| n >= 2) && report["lines"] == report["checkpoints"], "{report}");
        let copies = [database.data_dir().join(NAME), database.folder().join("copy.jsonl")]
            .map(|path| std::fs::read_to_string(path).expect("a file"));
        assert_eq!(copies[0], copies[1]);
        if database.is_sqlite() {
            database.texts("UPDATE event_head SET mac = NULL RETURNING hash AS t");
        } else {
            database.texts("UPDATE event_head SET hash = 'aa' RETURNING hash AS t");
        }
        let said = server.cli().run(&["audit", "verify"]);
        assert_eq!(said.code, 1);
        assert!(said.stdout.contains("head: the head of the history") || said.stdout.contains("truncated: "), "{}", said.stdout);
    });
}
