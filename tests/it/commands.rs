//! The commands beside the server, as a person at a terminal and as a program sees them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::support::cli::command;
use super::support::http::Request;
use super::support::server::PASSWORD;
use super::support::wait::until;
use super::support::{Cli, Database, Server, each_database};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// One line, which begins with the program's name.
#[track_caller]
fn one_line(stderr: &str) -> &str {
    let line = stderr.trim_end();
    assert!(line.starts_with("signalbox: ") && !line.contains('\n'), "{stderr:?}");
    line
}

#[test]
fn without_a_database_commands_say_how_to_get_one() {
    let database = Database::sqlite();
    let cli = Cli::new(&database);
    for arguments in [&["user", "list"][..], &["token", "create", "--user", "a@example.test", "--name", "ci"]] {
        assert!(one_line(&cli.fails(1, arguments)).contains("signalbox migrate"));
    }
    let report = json(&cli.run(&["doctor", "--json"]).stdout);
    assert_eq!(report["ok"], false);
    assert!(!database.data_dir().exists(), "looking made something");
}

#[test]
fn migrate_brings_the_schema_up_once() {
    each_database(|database| {
        let cli = Cli::new(database);
        if !database.is_sqlite() {
            assert!(one_line(&cli.fails(1, &["user", "list"])).contains("is empty"));
        }
        let first = json(&cli.ok(&["migrate", "--json"]));
        assert!(!first["applied"].as_array().expect("a list").is_empty());
        assert_eq!(json(&cli.ok(&["migrate", "--json"]))["applied"].as_array().map(Vec::len), Some(0));
        assert!(cli.ok(&["migrate"]).contains("up to date"));
        assert!(cli.ok(&["user", "list"]).contains("Nobody yet"));
    });
}

#[test]
fn a_database_of_a_newer_program_is_refused_by_everything() {
    each_database(|database| {
        let cli = Cli::new(database);
        cli.ok(&["migrate"]);
        database.texts("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001') RETURNING version AS t");
        for arguments in [&["migrate"][..], &["user", "list"], &["serve", "--listen", "127.0.0.1:0"]] {
            let said = cli.fails(1, arguments);
            assert!(one_line(&said).contains("newer") && said.contains("99991231000001"), "{said}");
        }
        assert_eq!(json(&cli.run(&["doctor", "--json"]).stdout)["ok"], false);
    });
}

#[test]
fn people_are_added_listed_disabled_and_given_passwords() {
    each_database(|database| {
        let cli = Cli::new(database);
        cli.ok(&["migrate"]);
        let add = ["user", "add", "--email", "Ada@Example.test", "--name", "Ada Example", "--role", "admin"];
        let added = cli.ok(&add);
        assert!(added.contains("Password, shown only now: "), "{added}");
        assert!(one_line(&cli.fails(1, &add)).contains("has an account already"));
        let weak = cli.run_with_input(
            &["user", "add", "--email", "b@example.test", "--name", "B", "--role", "viewer", "--password-stdin"],
            "secret\n",
        );
        assert_eq!(weak.code, 1);
        assert!(one_line(&weak.stderr).contains("12 characters"));
        cli.ok_with_input(
            &["user", "add", "--email", "b@example.test", "--name", "B", "--role", "viewer", "--password-stdin"],
            &format!("{PASSWORD}\n"),
        );
        cli.ok(&["user", "disable", "b@example.test"]);
        assert!(one_line(&cli.fails(1, &["user", "disable", "--email", "b@example.test"])).contains("already"));
        assert!(one_line(&cli.fails(1, &["user", "disable", "ada@example.test"])).contains("last admin"));
        let list = json(&cli.ok(&["user", "list", "--json"]));
        let seen: Vec<_> = list
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| (p["email"].as_str(), p["roles"][0]["role"].as_str(), p["disabled"].as_bool()))
            .collect();
        assert_eq!(seen, [(Some("ada@example.test"), Some("admin"), Some(false)), (Some("b@example.test"), Some("viewer"), Some(true))]);
        assert!(!list.to_string().contains("argon2"), "the list shows password hashes");
        assert!(cli.ok(&["user", "enable", "b@example.test"]).contains("Enabled"));
        assert!(cli.ok(&["user", "password", "b@example.test"]).contains("shown only now"));
        assert!(one_line(&cli.fails(1, &["user", "password", "nobody@example.test"])).contains("user list"));
        cli.fails(2, &["user", "add", "--email", "c@example.test", "--name", "C", "--role", "boss"]);
        assert!(database.count("SELECT COUNT(*) FROM events WHERE channel = 'command line'") >= 5);
    });
}

#[test]
fn a_token_is_printed_alone_and_works_at_once_beside_the_server() {
    each_database(|database| {
        let server = Server::start(database);
        server.add_user("editor");
        let cli = server.cli();
        let token = cli.ok(&["token", "create", "--user", "editor@example.test", "--name", "ci", "--expires", "2w"]);
        assert!(token.starts_with("sbx_") && token.lines().count() == 1, "{token}");
        let authorization = format!("Bearer {token}");
        let answer =
            Request::new("GET", "/api/v1/main/flows").header("authorization", &authorization).send(server.address).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(
            one_line(&cli.fails(1, &["token", "create", "--user", "editor@example.test", "--name", "ci", "--role", "admin"]))
                .contains("at most")
        );
        cli.fails(2, &["token", "create", "--user", "editor@example.test", "--name", "ci", "--expires", "forever"]);
        cli.ok(&["user", "disable", "editor@example.test"]);
        assert!(one_line(&cli.fails(1, &["token", "create", "--user", "editor@example.test", "--name", "ci"])).contains("disabled"));
        let answer =
            Request::new("GET", "/api/v1/main/flows").header("authorization", &authorization).send(server.address).expect("an answer");
        assert_eq!(answer.status, 401);
    });
}

#[test]
fn the_doctor_finds_a_healthy_instance_healthy_and_a_changed_history_not() {
    each_database(|database| {
        let mut server = Server::start(database);
        server.add_user("admin");
        let found = json(&server.cli().ok(&["doctor", "--json"]));
        let status =
            |name: &str| found["checks"].as_array().expect("a list").iter().find(|c| c["name"] == name).map(|c| c["status"].clone());
        for name in ["configuration", "http", "egress", "database", "schema", "history", "admins", "runs", "room"] {
            assert_eq!(status(name), Some("ok".into()), "{name}: {found}");
        }
        assert_eq!(found["ok"], true);
        server.stop();
        database.texts("UPDATE event_head SET seq = seq + 1 RETURNING hash AS t");
        let said = server.cli().run(&["doctor"]);
        assert_eq!(said.code, 1);
        assert!(said.stdout.contains("FAIL  history: the history ends"), "{}", said.stdout);
    });
}

#[test]
fn settings_that_cannot_be_used_are_named_before_anything_happens() {
    let database = Database::sqlite();
    let cli = Cli::new(&database);
    assert!(one_line(&cli.fails(1, &["serve", "--listen", "0.0.0.0:0"])).contains("--allow-insecure-http"));
    assert!(one_line(&cli.fails(1, &["serve", "--listen", "127.0.0.1:0", "--allow-egress", "a b"])).contains("--allow-egress"));
    std::fs::write(database.folder().join("signalbox.toml"), "listen = \"127.0.0.1:0\"\nlisten_on = 1\n").expect("written");
    let said = cli.fails(1, &["user", "list"]);
    assert!(one_line(&said).contains("line 2") && said.contains("listen_on"), "{said}");
    cli.fails(2, &["serve", "--no-such-option"]);
    cli.fails(2, &["no-such-command"]);
}

#[test]
fn the_examples_are_good_and_one_runs_by_itself() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let files: Vec<String> = std::fs::read_dir(examples)
        .expect("examples")
        .map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned())
        .filter(|path| path.ends_with(".yaml"))
        .collect();
    assert!(files.len() >= 10);
    let mut check = command();
    let output = check.arg("check").args(&files).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let service = super::support::Service::start();
    let origin = format!("https://crm.example={}", service.url(""));
    let run = command()
        .args(["run", &format!("{examples}/loyalty-points.yaml"), "--json", "--origin", origin.trim_end_matches('/')])
        .args(["--input", r#"{"booking": "L-1", "customer": "K1", "total": 20.5, "memberDays": 3}"#])
        .output()
        .expect("it runs");
    let printed = json(&String::from_utf8_lossy(&run.stdout));
    assert_eq!((&printed["state"], &printed["output"]["points"]), (&Value::from("completed"), &Value::from(40)), "{printed}");
}

/// How long a demo may take to stand, on a busy machine without optimisation.
const STANDS: Duration = Duration::from_secs(180);

#[test]
fn the_demo_stands_has_a_true_history_goes_on_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = command()
        .args(["demo", "--listen", "127.0.0.1:0", "--password-stdin"])
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start signalbox demo");
    writeln!(demo.stdin.take().expect("a pipe"), "{PASSWORD}").expect("written");
    let mut lines = BufReader::new(demo.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.split_once("is at http://").map(|(_, at)| at.trim().to_owned())).expect("an address");
    assert!(lines.any(|line| line.contains("aiko@demo.example")), "no sign-in");
    let address = address.parse().expect("an address");
    assert_eq!(Request::new("GET", "/sign-in").send(address).expect("an answer").status, 200);
    let data = std::fs::read_dir(folder.path()).expect("a folder").next().expect("the demo's folder").expect("an entry").path();
    let beside = |arguments: &[&str]| {
        let output = command()
            .args(arguments)
            .args(["--database", &format!("sqlite:{}/signalbox.db", data.display()), "--data-dir"])
            .arg(&data)
            .output();
        let output = output.expect("it runs");
        json(&String::from_utf8_lossy(&output.stdout))
    };
    assert_eq!(beside(&["user", "list", "--json"]).as_array().map(Vec::len), Some(5));
    let report = beside(&["doctor", "--json"]);
    assert_eq!(report["ok"], true, "{report}");
    let token = beside(&["token", "create", "--user", "aiko@demo.example", "--name", "test", "--json"])["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let authorization = format!("Bearer {token}");
    let newest = || {
        let answer =
            Request::new("GET", "/api/v1/main/runs?limit=1").header("authorization", &authorization).send(address).expect("an answer");
        answer.ok()["items"][0]["id"].as_str().map(str::to_owned)
    };
    let before = newest();
    until("a run that was not there before", STANDS, || (newest() != before).then_some(()));
    let sent = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().expect("run kill");
    assert!(sent.success());
    let status = until("the demo to end", STANDS, || demo.try_wait().expect("wait for the demo"));
    assert!(status.success(), "{status}");
    assert!(!data.exists(), "the demo left its data behind");
}
