//! A database of its own for each test, on both kinds.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tempfile::TempDir;

/// An empty database and a folder beside it; both are gone when it is dropped.
pub struct Database {
    kind: Kind,
    dir: TempDir,
}

enum Kind {
    Sqlite,
    Postgres { server: String, url: String, name: String },
}

/// Runs a test on SQLite and then on PostgreSQL. Without a PostgreSQL server it fails and says how to get one:
/// a suite that quietly leaves half of itself out proves nothing.
#[track_caller]
pub fn each_database(test: impl Fn(&Database)) {
    let postgres = postgres_server();
    println!("on SQLite");
    test(&Database::sqlite());
    println!("on PostgreSQL");
    test(&Database::postgres(&postgres));
}

#[track_caller]
fn postgres_server() -> String {
    match std::env::var("SIGNALBOX_TEST_POSTGRES") {
        Ok(url) => url,
        Err(_) => panic!(
            "this test also runs on PostgreSQL: use scripts/test, or scripts/with-postgres cargo test, or set \
             SIGNALBOX_TEST_POSTGRES=postgres://… to a server on which databases may be created"
        ),
    }
}

impl Database {
    pub fn sqlite() -> Self {
        Self { kind: Kind::Sqlite, dir: folder() }
    }

    /// A new database on the server that SIGNALBOX_TEST_POSTGRES names.
    pub fn new_postgres() -> Self {
        Self::postgres(&postgres_server())
    }

    fn postgres(server: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (base, _) = server.rsplit_once('/').expect("SIGNALBOX_TEST_POSTGRES ends with /DATABASE");
        execute(server, &format!("CREATE DATABASE {name}"));
        let url = format!("{base}/{name}");
        Self { kind: Kind::Postgres { server: server.to_owned(), url, name }, dir: folder() }
    }

    /// As `--database` takes it.
    pub fn url(&self) -> String {
        match &self.kind {
            Kind::Sqlite => format!("sqlite:{}", self.sqlite_file().display()),
            Kind::Postgres { url, .. } => url.clone(),
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.kind, Kind::Sqlite)
    }

    /// The folder for `--data-dir`.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A folder of the test's own, gone with the database.
    pub fn folder(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    fn sqlite_file(&self) -> PathBuf {
        self.data_dir().join("signalbox.db")
    }

    /// One number from the database behind the program's back, for what no page or answer shows.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let rows: Vec<Row> = self.load(&format!("SELECT CAST(({sql}) AS BIGINT) AS n"));
        rows[0].n
    }

    /// The column `t` of a query's rows, read behind the program's back.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            t: String,
        }
        let rows: Vec<Row> = self.load(sql);
        rows.into_iter().map(|row| row.t).collect()
    }

    fn load<T>(&self, sql: &str) -> Vec<T>
    where
        T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
    {
        let query = diesel::sql_query(sql);
        let rows = match &self.kind {
            Kind::Sqlite => {
                let file = self.sqlite_file();
                let mut connection = SqliteConnection::establish(&file.to_string_lossy()).expect("open the database");
                // A server that just ended or was killed has its log folded in by whoever comes next: that holds the
                // file for a moment, and to a connection that does not wait it is "locked".
                connection.batch_execute("PRAGMA busy_timeout = 20000").expect("set the time to wait");
                query.load(&mut connection)
            }
            Kind::Postgres { url, .. } => query.load(&mut postgres(url)),
        };
        rows.unwrap_or_else(|error| panic!("{error}: {sql}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Kind::Postgres { server, name, .. } = &self.kind {
            execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("signalbox-").tempdir().expect("make a temporary folder")
}

fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("connect to the PostgreSQL server of SIGNALBOX_TEST_POSTGRES")
}

fn execute(server: &str, sql: &str) {
    if let Err(error) = diesel::sql_query(sql).execute(&mut postgres(server)) {
        // Dropping while a test fails must not hide why it fails.
        assert!(std::thread::panicking(), "{error}: {sql}");
    }
}
