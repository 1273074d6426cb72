//! Makes one real row many: the fast path to a million versions or runs.
//!
//! The program itself made the row, so that it is right; the copies differ in what must be unique. Columns are read
//! from the database, so that a new column needs no change here.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use signalbox::store::conn::{Conn, Manager, Purpose, Target};

/// Rows in one transaction.
const BATCH: u64 = 100_000;

/// A writing connection of the store beside the running server.
pub struct Filler {
    conn: Conn,
}

impl Filler {
    /// `url` as `--database` takes it. Not synchronised: what it writes is gone after the measurement.
    pub fn open(url: &str) -> Self {
        let target = Target::parse(url).expect("an address of a database");
        let manager = Manager { target, purpose: Purpose::Write, unsynchronised: true };
        Self { conn: manager.open().expect("open the database") }
    }

    /// Copies the row of `table` where `which` holds, once for each n from `from` to `to`; `changed` says, for the
    /// columns that differ, how: an SQL expression over n.
    pub fn copy(&mut self, table: &str, which: &str, changed: &[(&str, &str)], from: u64, to: u64) {
        let columns = self.columns(table);
        let values: Vec<String> = columns
            .iter()
            .map(|column| match changed.iter().find(|(name, _)| name == column) {
                Some((_, expression)) => (*expression).to_owned(),
                None => format!("one.\"{column}\""),
            })
            .collect();
        let names: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        let mut low = from;
        while low <= to {
            let high = to.min(low + BATCH - 1);
            let sql = format!(
                "BEGIN IMMEDIATE;
                 WITH RECURSIVE series(n) AS (SELECT {low} UNION ALL SELECT n + 1 FROM series WHERE n < {high})
                 INSERT INTO {table} ({names}) SELECT {values} FROM series, (SELECT * FROM {table} WHERE {which} LIMIT 1) AS one;
                 COMMIT;"
            );
            self.run(&sql);
            low = high + 1;
        }
        self.run("PRAGMA wal_checkpoint(TRUNCATE);");
    }

    pub fn run(&mut self, sql: &str) {
        self.conn.batch_execute(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    fn columns(&mut self, table: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Column {
            #[diesel(sql_type = Text)]
            name: String,
        }
        let Conn::Sqlite(conn) = &mut self.conn else { panic!("pages are measured on SQLite") };
        let found: Vec<Column> = diesel::sql_query(format!("SELECT name FROM pragma_table_info('{table}')")).load(conn).expect("columns");
        found.into_iter().map(|column| column.name).collect()
    }
}

/// The one number, named n, that a query answers.
pub fn number(conn: &mut Conn, sql: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let row: Row = diesel::sql_query(sql).get_result(conn).unwrap_or_else(|error| panic!("{error}: {sql}"));
    row.n
}
