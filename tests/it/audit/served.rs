//! The same through the program: what it keeps while it serves, and what its commands say.

use serde_json::Value;
use signalbox::app::audit::file::NAME;
use signalbox::domain::access::Role;

use crate::support::{Cli, Server, ServerInside, each_database};

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

#[test]
fn events_are_written_out_and_records_are_held_against_them() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = server.api(Role::Admin);
        client.post("/main/flows", &serde_json::json!({"slug": "greet", "name": "=Greet"})).expect(201);
        client.post("/main/flows/greet/versions/1/publication", &serde_json::json!({"note": "first"})).ok();
        client.post("/main/environments/production/flows/greet/deployments", &serde_json::json!({"version": 1, "comment": "go, now"})).ok();
        let cli = Cli::new(database);
        let lines = cli.ok(&["audit", "export", "--workspace", "main", "--action", "deployment."]);
        let one = json(&lines);
        assert_eq!((&one["action"], &one["reason"]), (&"deployment.deploy".into(), &"go, now".into()));
        let out = database.folder().join("history.csv");
        cli.ok(&["audit", "export", "--format", "csv", "--out", &out.to_string_lossy()]);
        let csv = std::fs::read_to_string(&out).expect("the file");
        assert!(csv.contains("'=Greet") && csv.contains("\"go, now\""), "{csv}");
        assert!(cli.fails(1, &["audit", "export", "--out", &out.to_string_lossy()]).contains("cannot be made"));
        assert!(cli.fails(1, &["audit", "export", "--from", "yesterday"]).contains("--from"));
        let found = || json(&cli.run(&["audit", "verify", "--json"]).stdout)["findings"].to_string();
        assert!(!found().contains("record"), "{}", found());
        database.texts("UPDATE routing SET switch = 'stopped' RETURNING switch AS t");
        assert!(found().contains("is not what its last record says"), "{}", found());
        database.texts("UPDATE routing SET switch = 'on' RETURNING switch AS t");
        let trigger = if database.is_sqlite() { "DROP TRIGGER contents_fixed" } else { "DROP TRIGGER contents_fixed ON contents" };
        server.write(move |conn| {
            super::attack::run(conn, trigger);
            super::attack::run(conn, "UPDATE contents SET definition = REPLACE(definition, 'greet', 'grope')");
            Ok(())
        });
        assert!(found().contains("the frozen content"), "{}", found());
    });
}
