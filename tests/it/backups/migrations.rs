//! Schemas that are older are brought up, after a backup; newer ones are refused with nothing touched.

use diesel::prelude::*;
use signalbox::app::backup::envelope;
use signalbox::domain::clock::Micros;
use signalbox::store::conn::{Conn, Manager, Purpose};
use signalbox::store::copy::measure;
use signalbox::store::migrate;

use super::every_table::{columns, fill};
use super::{create, depot, folder};
use crate::support::{Cli, Database, Inside, each_database};

/// The schema of a program that knew no backups yet.
const OLD: &str = "20261121000009";

/// Every step of the schema there ever was, first to last.
fn steps() -> Vec<String> {
    let step = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().split('_').next().unwrap_or_default().replace('-', "")
    };
    let mut all: Vec<String> = std::fs::read_dir("migrations/sqlite").expect("migrations").map(step).collect();
    all.sort();
    all
}

fn open(database: &Database) -> Conn {
    let target = depot(database).target;
    Manager { target, purpose: Purpose::Write, unsynchronised: true }.open().expect("open")
}

/// Makes the database as the program made it whose last step this is.
fn old_schema(database: &Database, last: &str) {
    std::fs::create_dir_all(database.data_dir()).expect("the data folder");
    let all: Vec<String> = steps().into_iter().filter(|step| step.as_str() <= last).collect();
    migrate::run_only(&mut open(database), &all).expect("an old schema");
}

/// Each row of a table as JSON of these columns, in order.
fn rows(conn: &mut Conn, table: &str, columns: &[String]) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        row: String,
    }
    let array = if matches!(conn, Conn::Sqlite(_)) { "json_array" } else { "json_build_array" };
    let query = format!("SELECT CAST({array}({}) AS TEXT) AS row FROM {table} ORDER BY 1", columns.join(", "));
    diesel::sql_query(query).load(conn).expect("rows").into_iter().map(|r: Row| r.row).collect()
}

#[test]
fn every_row_of_every_older_schema_is_taken_along() {
    let steps = steps();
    let (_, older) = steps.split_last().expect("steps");
    for last in older {
        each_database(|database| {
            old_schema(database, last);
            fill(database);
            let mut conn = open(database);
            let mut before = Vec::new();
            for table in measure::tables(&mut conn).expect("tables") {
                let names: Vec<String> = columns(&mut conn, &table, true).into_iter().map(|c| format!("\"{}\"", c.name)).collect();
                let found = rows(&mut conn, &table, &names);
                assert!(!found.is_empty(), "{table} has no row at {last}");
                before.push((table, names, found));
            }
            migrate::run(&mut conn).expect("bring it up");
            for (table, names, found) in before {
                assert_eq!(rows(&mut conn, &table, &names), found, "{table}, from {last}");
            }
        });
    }
}

#[test]
fn the_schema_changes_only_after_a_verified_backup_which_can_be_restored() {
    each_database(|database| {
        let cli = Cli::new(database);
        old_schema(database, OLD);
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
        old_schema(database, OLD);
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
