//! A backup of a database in which every table has a row compares equal, table by table.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use signalbox::app::backup::make::make;
use signalbox::domain::backup::Reason;
use signalbox::domain::clock::Micros;
use signalbox::store::conn::{Conn, Manager, Purpose};
use signalbox::store::copy::{LEFT_OUT, measure};

use super::depot;
use crate::support::{Database, Inside, each_database};

#[derive(QueryableByName)]
pub(super) struct Column {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// Columns with their types: all, or those that must be given.
pub(super) fn columns(conn: &mut Conn, table: &str, all: bool) -> Vec<Column> {
    let query = match conn {
        Conn::Sqlite(_) => format!("SELECT name, type AS kind FROM pragma_table_info('{table}') WHERE {all} OR \"notnull\" = 1"),
        Conn::Pg(_) => format!(
            "SELECT column_name::text AS name, upper(data_type) AS kind FROM information_schema.columns WHERE table_name = '{table}' AND ({all} OR is_nullable = 'NO')"
        ),
    };
    diesel::sql_query(query).load(conn).expect("columns")
}

/// The first word that a column of a table may hold, where only some may.
fn words() -> HashMap<(String, String), String> {
    let mut found = HashMap::new();
    for folder in std::fs::read_dir("migrations/sqlite").expect("migrations") {
        let text = std::fs::read_to_string(folder.expect("a folder").path().join("up.sql")).expect("a step");
        let mut table = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split(' ').next().unwrap_or_default().to_owned();
            }
            if let Some((before, after)) = line.split_once(" IN ('") {
                let column = before.rsplit('(').next().unwrap_or_default().to_owned();
                found.insert((table.clone(), column), after.split('\'').next().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// Tables that have rows already, to which others refer all the same.
const REFERRED: &[&str] = &["workspaces", "environments", "environment_versions", "users"];

/// The statement that adds a row to a table.
fn insert(conn: &mut Conn, words: &HashMap<(String, String), String>, table: &str, text: &str) -> String {
    let mut given = columns(conn, table, false);
    if table == "proposals" {
        // It is about a version or about a configuration, so neither must be given.
        let version = [("flow_id", "TEXT"), ("version_id", "TEXT"), ("version_number", "BIGINT")];
        for (name, kind) in version {
            if given.iter().all(|column| column.name != name) {
                given.push(Column { name: name.into(), kind: kind.into() });
            }
        }
    }
    let names: Vec<String> = given.iter().map(|c| format!("\"{}\"", c.name)).collect();
    let value = |c: &Column| match words.get(&(table.to_owned(), c.name.clone())) {
        Some(word) => format!("'{word}'"),
        None if c.kind == "TEXT" => format!("'{text}'"),
        None if c.kind == "BOOLEAN" => "TRUE".to_owned(),
        // Without a candidate nobody has a share.
        None => i64::from(c.name != "basis_points").to_string(),
    };
    let values: Vec<String> = given.iter().map(value).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))
}

/// A row whose texts are all the same: whatever it refers to has that id, too.
pub(super) fn fill(database: &Database) {
    let manager = Manager { target: depot(database).target, purpose: Purpose::Write, unsynchronised: true };
    let mut conn = manager.open().expect("open");
    let mut words = words();
    // Nobody votes on their own proposal: there is somebody else.
    words.insert(("proposal_votes".into(), "user_id".into()), "y".into());
    let other = insert(&mut conn, &words, "users", "y");
    diesel::sql_query(other).execute(&mut conn).expect("somebody else");
    let mut left = measure::tables(&mut conn).expect("tables");
    while !left.is_empty() {
        let before = left.len();
        let mut last = String::new();
        left.retain(|table| {
            if !REFERRED.contains(&table.as_str()) && database.count(&format!("SELECT count(*) FROM {table}")) > 0 {
                return false;
            }
            let insert = insert(&mut conn, &words, table, "x");
            let done = diesel::sql_query(insert).execute(&mut conn);
            if let Err(error) = &done {
                last = format!("{table}: {error}");
            }
            done.is_err()
        });
        assert!(left.len() < before, "no row fits into {left:?}: {last}");
    }
}

#[test]
fn a_backup_of_every_table_compares_equal() {
    each_database(|database| {
        drop(Inside::new(database));
        fill(database);
        let depot = depot(database);
        let _turn = depot.turn().expect("the turn");
        let at = Micros::parse_rfc3339("2026-11-21T03:18:00Z").expect("an instant");
        let made = make(&depot, "bak_0123456789", Reason::Asked, at, &|_, _| ()).expect("a verified backup");
        let facts = &made.header.facts;
        for (table, rows) in &facts.counts {
            assert_eq!(*rows == 0, LEFT_OUT.contains(&table.as_str()), "{table} has {rows} rows in the backup");
        }
        assert!(facts.counts.len() > 40, "only {} tables", facts.counts.len());
        let names: Vec<&str> = made.compared.iter().map(|check| check.name.as_str()).collect();
        for name in ["file", "objects", "references", "schema", "rows", "history", "secrets"] {
            assert!(names.contains(&name), "{name} was not compared: {names:?}");
        }
    });
}
