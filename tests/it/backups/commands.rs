//! Made, listed, verified and brought back by command.

use serde_json::Value;
use signalbox::app::backup::compare::compare;
use signalbox::app::backup::envelope;

use super::{create, depot, flow, folder};
use crate::support::{Choice, Cli, Inside, Server, each_database, on_runtime, sampled};

#[test]
fn going_back_brings_exactly_what_was_and_the_safety_backup_brings_it_forward() {
    each_database(|database| {
        let cli = Cli::new(database);
        on_runtime(async {
            let inside = Inside::new(database);
            inside.flow("before", &flow("before")).await;
            inside.store.close();
        });
        cli.ok_with_input(
            &["user", "add", "--email", "ada@example.test", "--name", "Ada", "--role", "admin", "--password-stdin"],
            "plum-lantern-quay-52-osprey\n",
        );
        cli.ok(&["token", "create", "--user", "ada@example.test", "--name", "kept"]);
        let file = create(&cli);
        let verified: Value = serde_json::from_str(&cli.ok(&["backup", "verify", &file.display().to_string(), "--json"])).expect("JSON");
        assert_eq!(verified["ok"], true);
        let events = database.count("SELECT count(*) FROM events");

        on_runtime(async {
            let inside = Inside::new(database);
            inside.flow("after", &flow("after")).await;
            inside.store.close();
        });
        let refused = cli.fails(1, &["backup", "restore", &file.display().to_string()]);
        assert!(refused.contains("--yes"), "{refused}");
        assert_eq!(database.count("SELECT count(*) FROM flows"), 2);

        let done = cli.ok(&["backup", "restore", &file.display().to_string(), "--yes", "--json"]);
        let done: Value = serde_json::from_str(&done).expect("JSON");
        assert_eq!(database.texts("SELECT slug AS t FROM flows"), ["before"]);
        assert_eq!(database.count("SELECT count(*) FROM sessions"), 0);
        assert_eq!(database.count("SELECT count(*) FROM tokens"), 1, "tokens survive");
        assert_eq!(database.texts("SELECT action AS t FROM events ORDER BY seq DESC LIMIT 1"), ["instance.restored"]);
        let now = database.count("SELECT count(*) FROM events");
        assert_eq!(now, events + 1, "the backup came after the snapshot; the restore and the epoch it begins in its place");
        let doctor = cli.ok(&["doctor", "--json"]);
        assert!(doctor.contains("none missing or changed"), "{doctor}");

        // The table came along: it knows the backup that was restored and the one of before it.
        let listed: Value = serde_json::from_str(&cli.ok(&["backup", "list", "--json"])).expect("JSON");
        let reasons: Vec<&str> = listed["items"].as_array().expect("items").iter().filter_map(|b| b["reason"].as_str()).collect();
        assert_eq!(reasons, ["before_restore", "asked"]);

        let saved = done["saved"].as_str().expect("a safety backup");
        cli.ok(&["backup", "restore", saved, "--yes"]);
        assert_eq!(database.texts("SELECT slug AS t FROM flows ORDER BY slug"), ["after", "before"]);
        assert!(folder(database).iter().all(|name| name.ends_with(".backup")), "{:?}", folder(database));
        if database.is_sqlite() {
            let names = std::fs::read_dir(database.data_dir()).expect("the folder").flatten();
            let names: Vec<String> = names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            assert_eq!(names.iter().filter(|name| name.starts_with("pre-restore-")).count(), 2, "{names:?}");
        }
        let released = cli.ok(&["backup", "release", "--json"]);
        assert!(released.contains("since"), "{released}");
        assert!(cli.fails(1, &["backup", "release"]).contains("Nothing is held"));
    });
}

#[test]
fn no_changed_cut_or_added_byte_passes() {
    each_database(|database| {
        drop(Inside::new(database));
        let file = create(&Cli::new(database));
        let whole = std::fs::read(&file).expect("read the backup");
        let depot = depot(database);
        let bad = database.folder().join("bad.backup");
        let mut choice = Choice::seeded();
        for round in 0..sampled(200, 2_000) {
            let mut bytes = whole.clone();
            let at = usize::try_from(choice.between(0, whole.len() as u64 - 1)).expect("small");
            match round % 3 {
                0 => bytes[at] ^= 1 << choice.between(0, 7),
                1 => bytes.truncate(at),
                _ => bytes.insert(at, 0),
            }
            if bytes == whole {
                continue;
            }
            std::fs::write(&bad, &bytes).expect("write");
            let refused = compare(&depot, &bad, &|_, _| ()).expect_err("a changed backup passed");
            assert_eq!(refused.code(), "backup_damaged", "{refused}");
        }
        let cli = Cli::new(database);
        let refused = cli.fails(1, &["backup", "verify", &bad.display().to_string()]);
        assert_eq!(refused.lines().count(), 1, "{refused}");
        // Its header is whole, and still nothing is told of what it would bring.
        let mut last = whole.clone();
        *last.last_mut().expect("a byte") ^= 1;
        std::fs::write(&bad, &last).expect("write");
        let refused = cli.run(&["backup", "restore", &bad.display().to_string(), "--yes"]);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{}", refused.stderr);
    });
}

#[test]
fn paths_that_are_none_are_named() {
    let database = crate::support::Database::sqlite();
    drop(Inside::new(&database));
    let cli = Cli::new(&database);
    let nowhere = database.folder().join("nowhere").display().to_string();
    for command in [&["backup", "verify", &nowhere][..], &["backup", "restore", &nowhere, "--yes"]] {
        let refused = cli.fails(1, command);
        assert!(refused.contains("cannot be read") && refused.contains(&nowhere) && !refused.contains("database"), "{refused}");
    }
    let folder = database.folder().display().to_string();
    assert!(cli.fails(1, &["backup", "verify", &folder]).contains("is no file"));
    let file = create(&cli).display().to_string();
    let refused = cli.fails(1, &["backup", "create", "--to", &file]);
    assert!(refused.contains("is a file; name a folder") && !refused.contains("database"), "{refused}");
}

#[test]
fn a_backup_on_another_machine_knows_itself_as_kept() {
    each_database(|database| {
        drop(Inside::new(database));
        let file = create(&Cli::new(database));
        let other = if database.is_sqlite() { crate::support::Database::sqlite() } else { crate::support::Database::new_postgres() };
        let cli = Cli::new(&other);
        cli.ok(&["backup", "restore", &file.display().to_string(), "--yes"]);
        let listed: Value = serde_json::from_str(&cli.ok(&["backup", "list", "--json"])).expect("JSON");
        let own = listed["items"].as_array().expect("items").iter().find(|b| b["reason"] == "asked").expect("its row");
        assert_eq!((&own["state"], &own["verification"], &own["problem"]), (&"kept".into(), &"passed".into(), &"".into()), "{own}");
        assert_eq!(own["file"].as_str(), file.to_str());
    });
}

#[test]
fn a_file_whose_seal_is_right_but_whose_objects_are_not_ours_is_refused() {
    let database = crate::support::Database::sqlite();
    drop(Inside::new(&database));
    let cli = Cli::new(&database);
    let file = create(&cli);
    let (content, evil) = (database.folder().join("content.db"), database.folder().join("evil.backup"));
    let mut header = envelope::unpack(&file, &content, &|_| ()).expect("unpack");
    let mut conn = diesel::SqliteConnection::establish_for_test(&content);
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "CREATE TRIGGER evil AFTER INSERT ON users BEGIN UPDATE grants SET role = 'admin'; END",
    )
    .expect("plant a trigger");
    drop(conn);
    header.contents = envelope::measure(&content).expect("measure");
    envelope::pack(&content, &header, &evil, &|_| ()).expect("pack");
    let refused = cli.fails(1, &["backup", "restore", &evil.display().to_string(), "--yes"]);
    assert!(refused.contains("trigger evil"), "{refused}");
    assert_eq!(database.count("SELECT count(*) FROM sqlite_schema WHERE name = 'evil'"), 0);
}

/// Opens a file as it is.
trait ForTest {
    fn establish_for_test(path: &std::path::Path) -> Self;
}

impl ForTest for diesel::SqliteConnection {
    fn establish_for_test(path: &std::path::Path) -> Self {
        diesel::Connection::establish(&path.to_string_lossy()).expect("open the copy")
    }
}

#[test]
fn a_server_that_runs_keeps_a_restore_away_and_lets_a_backup_be_made() {
    each_database(|database| {
        let mut server = Server::start(database);
        let file = create(server.cli());
        let refused = server.cli().fails(1, &["backup", "restore", &file.display().to_string(), "--yes"]);
        assert!(refused.contains("stop it first"), "{refused}");
        // Elsewhere, and as often as somebody likes.
        let elsewhere = database.folder().join("elsewhere");
        let printed = server.cli().ok(&["backup", "create", "--to", &elsewhere.display().to_string()]);
        assert!(std::path::Path::new(&printed).is_file() && printed.starts_with(&elsewhere.display().to_string()), "{printed}");
        assert!(server.stop().success());
        let done = server.cli().ok(&["backup", "restore", &printed, "--yes"]);
        assert!(done.contains("Restored"), "{done}");
        server.restart();
    });
}
