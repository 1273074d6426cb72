//! A backup of a database in which every table has a row compares equal, table by table.

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
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// Columns that must be given, with their types.
fn columns(conn: &mut Conn, table: &str) -> Vec<Column> {
    let query = match conn {
        Conn::Sqlite(_) => format!("SELECT name, type AS kind FROM pragma_table_info('{table}') WHERE \"notnull\" = 1"),
        Conn::Pg(_) => format!(
            "SELECT column_name::text AS name, upper(data_type) AS kind FROM information_schema.columns WHERE table_name = '{table}' AND is_nullable = 'NO'"
        ),
    };
    diesel::sql_query(query).load(conn).expect("columns")
}

/// A row whose texts are all the same: whatever it refers to has that id, too.
fn fill(database: &Database) {
    let manager = Manager { target: depot(database).target, purpose: Purpose::Write, unsynchronised: true };
    let mut conn = manager.open().expect("open");
    let mut left = measure::tables(&mut conn).expect("tables");
    while !left.is_empty() {
        let before = left.len();
        let mut last = String::new();
        left.retain(|table| {
            let filled = database.count(&format!("SELECT count(*) FROM {table}")) > 0 && table != "workspaces" && table != "environments";
            if filled {
                return false;
            }
            let given = columns(&mut conn, table);
            let names: Vec<String> = given.iter().map(|c| format!("\"{}\"", c.name)).collect();
            let values: Vec<&str> = given.iter().map(|c| if c.kind == "TEXT" { "'x'" } else { "1" }).collect();
            let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
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
