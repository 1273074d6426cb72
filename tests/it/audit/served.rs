//! The same through the program: what it keeps while it serves, and what its commands say.

use serde_json::{Value, json};
use signalbox::app::audit::file::NAME;
use signalbox::domain::access::Role;

use crate::support::{Cli, Database, Server, ServerInside, each_database};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_served_history_is_sealed_signed_and_proved_beside_the_server() {
    each_database(|database| {
        let mut server = Server::start_with(database, &["--audit-copy", "copy.jsonl"]);
        server.add_user("admin");
        let report = parsed(&server.cli().ok(&["audit", "verify", "--json"]));
        assert_eq!((&report["ok"], &report["events"]), (&true.into(), &report["sealed"]), "{report}");
        assert_eq!(report["public_key"].as_str().map(str::len), Some(64));
        server.stop();
        server.restart();
        server.stop();
        let report = parsed(&server.cli().ok(&["audit", "verify", "--json"]));
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
        client.post("/main/flows", &json!({"slug": "greet", "name": "=Greet"})).expect(201);
        client.post("/main/flows/greet/versions/1/publication", &json!({"note": "first"})).ok();
        client.post("/main/environments/production/flows/greet/deployments", &json!({"version": 1, "comment": "go, now"})).ok();
        let cli = Cli::new(database);
        let lines = cli.ok(&["audit", "export", "--workspace", "main", "--action", "deployment."]);
        let one = parsed(&lines);
        assert_eq!((&one["action"], &one["reason"]), (&"deployment.deploy".into(), &"go, now".into()));
        let out = database.folder().join("history.csv");
        cli.ok(&["audit", "export", "--format", "csv", "--out", &out.to_string_lossy()]);
        let csv = std::fs::read_to_string(&out).expect("the file");
        assert!(csv.contains("'=Greet") && csv.contains("\"go, now\""), "{csv}");
        assert!(cli.fails(1, &["audit", "export", "--out", &out.to_string_lossy()]).contains("cannot be made"));
        assert!(cli.fails(1, &["audit", "export", "--from", "yesterday"]).contains("--from"));
        let found = || parsed(&cli.run(&["audit", "verify", "--json"]).stdout)["findings"].to_string();
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

/// Drops what guards a table, as whoever may write to the database can.
fn unguarded(server: &ServerInside, database: &Database, triggers: &[(&str, &str)]) {
    for (name, table) in triggers {
        let statement = if database.is_sqlite() {
            format!("DROP TRIGGER IF EXISTS {name}")
        } else {
            format!("DROP TRIGGER IF EXISTS {name} ON {table}")
        };
        server.write(move |conn| {
            super::attack::run(conn, &statement);
            Ok(())
        });
    }
}

#[test]
fn rows_are_held_against_what_events_and_hashes_say() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = server.api(Role::Admin);
        client.post("/main/flows", &json!({"slug": "greet", "name": "Greet"})).expect(201);
        client.post("/main/flows/greet/versions/1/publication", &json!({"note": "first"})).ok();
        client.post("/main/flows", &json!({"slug": "other", "name": "Other"})).expect(201);
        client.post("/main/flows/other/versions/1/publication", &json!({"note": "first"})).ok();
        client.post("/main/components", &json!({"kind": "variable", "name": "rate", "content": {"value": 1}})).expect(201);
        client.post("/main/environments/production/flows/greet/deployments", &json!({"version": 1, "comment": "go"})).ok();
        client.post("/main/environments/production/versions/draft/deployment", &json!({"comment": "as agreed"})).ok();
        client.post("/main/releases", &json!({"comment": "kept"})).expect(201);
        let cli = Cli::new(database);
        let found = || parsed(&cli.run(&["audit", "verify", "--json"]).stdout)["findings"].to_string();
        assert!(!found().contains("record") && !found().contains("content"), "{}", found());
        unguarded(
            &server,
            database,
            &[
                ("component_revisions_fixed", "component_revisions"),
                ("releases_fixed", "releases"),
                ("releases_kept", "releases"),
                ("release_spans_fixed", "release_spans"),
                ("deployments_fixed", "deployments"),
                ("environment_records_fixed", "environment_records"),
                ("environment_records_kept", "environment_records"),
                ("object_states_fixed", "object_states"),
                ("object_states_kept", "object_states"),
            ],
        );
        for (statement, undo, says) in [
            (
                "UPDATE revisions SET content_hash = (SELECT MAX(c.hash) FROM contents c WHERE c.hash <> revisions.content_hash)",
                "",
                "is not the one that event",
            ),
            (
                "UPDATE environment_versions SET configuration = '{\"variables\": {\"rate\": \"other\"}}' WHERE state = 'deployed'",
                "",
                "the configuration ",
            ),
            ("UPDATE component_revisions SET content = '{\"value\":2}'", "", "of the component"),
            ("UPDATE releases SET manifest = REPLACE(manifest, 'production', 'elsewhere')", "", "under its hash"),
            (
                "UPDATE deployments SET comment = 'stop' WHERE comment IN ('go', 'stop')",
                "UPDATE deployments SET comment = 'go' WHERE comment IN ('go', 'stop')",
                "says something else",
            ),
            (
                "UPDATE deployments SET version_number = 7 WHERE comment IN ('go', 'stop')",
                "UPDATE deployments SET version_number = 1 WHERE comment IN ('go', 'stop')",
                "says something else",
            ),
            ("UPDATE versions SET lifecycle = 'archived'", "", "does not stand as event"),
            ("UPDATE grants SET role = 'viewer'", "", "the role of "),
            ("INSERT INTO grants (user_id, scope, role) SELECT id, 'wsp_x', 'admin' FROM users", "", "was given by no event"),
            ("DELETE FROM grants", "", "in the whole instance is not what event"),
            ("DELETE FROM environment_records WHERE verb = 'deployed'", "", "tells of a change of a rack of which there is no record"),
            (
                "DELETE FROM object_states WHERE object_kind = 'version' AND event_seq > (SELECT MIN(event_seq) FROM object_states WHERE object_kind = 'version')",
                "",
                "of the version",
            ),
            ("DELETE FROM releases WHERE number = 1", "", "release 1 of"),
        ] {
            let run = |statement: &str| {
                let statement = statement.to_owned();
                server.write(move |conn| {
                    super::attack::run(conn, &statement);
                    Ok(())
                });
            };
            run(statement);
            assert!(found().contains(says), "{statement}: {}", found());
            if !undo.is_empty() {
                run(undo);
                assert!(!found().contains("says something else"), "{undo}: {}", found());
            }
        }
    });
}
