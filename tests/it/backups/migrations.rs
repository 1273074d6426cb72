//! Schemas that are older are brought up, after a backup; newer ones are refused with nothing touched.

use signalbox::app::backup::envelope;
use signalbox::domain::clock::Micros;
use signalbox::store::conn::{Manager, Purpose};
use signalbox::store::migrate;

use super::{create, depot, folder};
use crate::support::{Cli, Database, Inside, each_database};

/// The schema of a program that knew no backups yet.
const OLD: &str = "20261121000009";

/// Makes the database as that program made it.
fn old_schema(database: &Database) {
    std::fs::create_dir_all(database.data_dir()).expect("the data folder");
    let target = depot(database).target;
    let mut conn = Manager { target, purpose: Purpose::Write, unsynchronised: true }.open().expect("open");
    let all: Vec<String> = std::fs::read_dir("migrations/sqlite")
        .expect("migrations")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().split('_').next().unwrap_or_default().replace('-', ""))
        .filter(|step| step.as_str() <= OLD)
        .collect();
    migrate::run_only(&mut conn, &all).expect("an old schema");
    drop(conn);
}

#[test]
fn the_schema_changes_only_after_a_verified_backup_which_can_be_restored() {
    each_database(|database| {
        let cli = Cli::new(database);
        old_schema(database);
        cli.ok(&["migrate"]);
        let files = folder(database);
        assert_eq!(files.len(), 1, "{files:?}");
        let file = database.data_dir().join("backups").join(&files[0]);
        let header = envelope::header(&file).expect("a header");
        assert_eq!((header.reason.as_str(), header.facts.step()), ("before_migration", OLD));
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE reason = 'before_migration' AND verification = 'passed'"), 1);

        let done = cli.ok(&["backup", "restore", &file.display().to_string(), "--yes", "--json"]);
        assert!(done.contains("000012"), "the older schema was not brought up: {done}");
        assert_eq!(database.count("SELECT count(*) FROM instance WHERE name = 'held'"), 1);
        assert!(cli.ok(&["migrate"]).contains("up to date"));
    });
}

#[test]
fn whoever_has_a_backup_of_their_own_says_so() {
    each_database(|database| {
        let cli = Cli::new(database);
        old_schema(database);
        assert!(cli.ok(&["migrate", "--without-backup"]).contains("000012"));
        assert_eq!(std::fs::read_dir(database.data_dir().join("backups")).map_or(0, Iterator::count), 0, "none was made");
        assert!(cli.ok(&["migrate"]).contains("up to date"));
    });
}

#[test]
fn an_empty_database_needs_no_backup_before_its_first_schema() {
    each_database(|database| {
        Cli::new(database).ok(&["migrate"]);
        assert!(!database.data_dir().join("backups").exists());
        assert_eq!(database.count("SELECT count(*) FROM backups"), 0);
    });
}

#[test]
fn a_backup_of_a_newer_schema_is_refused_with_both_named_and_nothing_touched() {
    each_database(|database| {
        let inside = Inside::new(database);
        // What waits in the log would be folded into the file later, by whoever closes it last.
        inside.store.close();
        drop(inside);
        let cli = Cli::new(database);
        let file = create(&cli);
        let (content, newer) = (database.folder().join("content"), database.folder().join("newer.backup"));
        let mut header = envelope::unpack(&file, &content, &|_| ()).expect("unpack");
        header.facts.schema.push("20991231000000".into());
        header.version = "9.9.9".into();
        envelope::pack(&content, &header, &newer, &|_| ()).expect("pack");
        let stored = || database.is_sqlite().then(|| std::fs::read(database.data_dir().join("signalbox.db")).expect("the database"));
        let (before, events) = (stored(), database.count("SELECT count(*) FROM events"));
        let refused = cli.fails(1, &["backup", "restore", &newer.display().to_string(), "--yes"]);
        for word in ["9.9.9", "20991231000000", env!("CARGO_PKG_VERSION"), &migrate::newest()] {
            assert!(refused.contains(word), "{word} is missing: {refused}");
        }
        assert_eq!(stored(), before);
        assert_eq!(database.count("SELECT count(*) FROM events"), events);
        assert!(Micros(header.made_at) > Micros(0));
    });
}
