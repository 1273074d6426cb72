//! Bringing the schema up, and refusing what is newer than this binary (TRUST P11).

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use super::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Where a database's schema stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing in it yet.
    Empty,
    /// As this binary wants it.
    Current,
    /// Older: the names of the migrations that are missing.
    Behind(Vec<String>),
    /// Made by a newer binary: the migrations this one does not know.
    Ahead(Vec<String>),
}

/// Looks without changing anything.
///
/// # Errors
/// The database cannot be read.
pub fn standing(conn: &mut Conn) -> Result<Standing> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let there = match conn {
        Conn::Sqlite(_) => "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
        Conn::Pg(_) => "SELECT 'x' AS version WHERE to_regclass('__diesel_schema_migrations') IS NOT NULL",
    };
    let there: Vec<Version> = diesel::sql_query(there).load(conn)?;
    if there.is_empty() {
        return Ok(Standing::Empty);
    }
    let applied: Vec<Version> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version").load(conn)?;
    let known = known();
    let ahead: Vec<String> = applied.iter().map(|v| v.version.clone()).filter(|v| !known.contains(v)).collect();
    if !ahead.is_empty() {
        return Ok(Standing::Ahead(ahead));
    }
    let behind: Vec<String> = known.into_iter().filter(|v| !applied.iter().any(|a| a.version == *v)).collect();
    Ok(if behind.is_empty() {
        Standing::Current
    } else if applied.is_empty() {
        Standing::Empty
    } else {
        Standing::Behind(behind)
    })
}

fn known() -> Vec<String> {
    use diesel::migration::{Migration, MigrationSource};
    let all: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = SQLITE.migrations().unwrap_or_default();
    let mut names: Vec<String> = all.iter().map(|m| m.name().version().to_string()).collect();
    names.sort();
    names
}

/// The names of the steps that were applied, in their order.
///
/// # Errors
/// The database cannot be read.
pub fn applied(conn: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let applied: Vec<Version> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version").load(conn)?;
    Ok(applied.into_iter().map(|row| row.version).collect())
}

/// The steps of `steps` that this program does not know.
pub fn unknown(steps: &[String]) -> Vec<String> {
    let known = known();
    steps.iter().filter(|step| !known.contains(step)).cloned().collect()
}

/// The last step that this program knows.
pub fn newest() -> String {
    known().pop().unwrap_or_default()
}

/// Applies these steps and no others to an empty database: what an older program made.
///
/// # Errors
/// A step failed.
pub fn run_only(conn: &mut Conn, steps: &[String]) -> Result<()> {
    fn apply<DB: diesel::backend::Backend>(
        conn: &mut impl MigrationHarness<DB>,
        source: EmbeddedMigrations,
        steps: &[String],
    ) -> diesel::migration::Result<()>
    where
        EmbeddedMigrations: diesel::migration::MigrationSource<DB>,
    {
        for step in conn.pending_migrations(source)? {
            if steps.contains(&step.name().version().to_string()) {
                conn.run_migration(&step)?;
            }
        }
        Ok(())
    }
    let done = match conn {
        Conn::Sqlite(sqlite) => apply(sqlite, SQLITE, steps),
        Conn::Pg(pg) => apply(pg, POSTGRES, steps),
    };
    done.map_err(|e| Error::Refused(format!("a schema step failed: {e}")))
}

/// Brings the schema up; each migration is a transaction of its own. Returns what was applied.
///
/// # Errors
/// The database is newer than this binary, or a migration failed.
pub fn run(conn: &mut Conn) -> Result<Vec<String>> {
    if let Standing::Ahead(unknown) = standing(conn)? {
        return Err(Error::Unavailable(format!(
            "it was made by a newer Signalbox (this one is {}, and does not know its schema step {}); start the newer one, or restore a backup made by this one",
            env!("CARGO_PKG_VERSION"),
            unknown.join(", ")
        )));
    }
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| Error::Refused(format!("a schema step failed: {e}"));
    let applied: Vec<String> = match conn {
        Conn::Sqlite(sqlite) => {
            check_sqlite_version(sqlite)?;
            let names = sqlite.run_pending_migrations(SQLITE).map_err(failed)?.iter().map(ToString::to_string).collect();
            sqlite.batch_execute("PRAGMA application_id=1396854393;")?;
            names
        }
        Conn::Pg(pg) => {
            // Two servers that start at once take turns.
            pg.batch_execute("SELECT pg_advisory_lock(6010481)")?;
            let result = pg.run_pending_migrations(POSTGRES).map(|v| v.iter().map(ToString::to_string).collect());
            pg.batch_execute("SELECT pg_advisory_unlock(6010481)")?;
            result.map_err(failed)?
        }
    };
    Ok(applied)
}

/// The bundled SQLite must be newer than the WAL-reset fault (TRUST finding 2).
fn check_sqlite_version(conn: &mut SqliteConnection) -> Result<()> {
    let version: String = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("sqlite_version()")).get_result(conn)?;
    let parts: Vec<u32> = version.split('.').filter_map(|p| p.parse().ok()).collect();
    if parts.as_slice() < [3, 51, 3].as_slice() {
        return Err(Error::Unavailable(format!("SQLite {version} has a fault that can lose data; build with the bundled one")));
    }
    Ok(())
}
