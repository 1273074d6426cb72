//! One connection type over both databases, and how each is opened.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ManageConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};

use super::error::Error;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// SQLite, the default.
    Sqlite(SqliteConnection),
    /// PostgreSQL, for several machines.
    Pg(PgConnection),
}

/// Repeats one body for each kind of connection, for what the common type lacks: batch inserts and upserts.
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, $inner:ident => $body:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite($inner) => $body,
            $crate::store::conn::Conn::Pg($inner) => $body,
        }
    };
}

/// Which database, as said by `--database`.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A server; the text may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Target {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// Says which spellings are known, and why a PostgreSQL elsewhere is refused (DECISIONS 24).
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err("--database sqlite: needs a file, such as sqlite:data/signalbox.db".into());
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let url = url::Url::parse(text).map_err(|e| format!("--database is not an address: {e}"))?;
            let local = match url.host_str() {
                None | Some("" | "localhost" | "[::1]") => true,
                Some(host) => host.starts_with("127.") || host.starts_with("%2F") || host.starts_with("%2f"),
            };
            let hosted = url.query_pairs().any(|(k, v)| (k == "host" || k == "hostaddr") && !v.starts_with('/') && !v.starts_with("127."));
            if !local || hosted {
                return Err("this build speaks to PostgreSQL without TLS, so only on loopback or a socket; put a TLS tunnel on this machine and name its local end".into());
            }
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(format!("--database {} is not known; use sqlite:PATH or postgres://USER@HOST/NAME", text.split(':').next().unwrap_or_default()))
    }

    /// The address without its password, for logs and pages.
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(text) => match url::Url::parse(text) {
                Ok(mut url) if url.password().is_some() => {
                    let _ = url.set_password(Some("***"));
                    url.to_string()
                }
                _ => text.clone(),
            },
        }
    }

    /// Whether this is SQLite.
    pub const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Pages and look-ups: SQLite refuses writes on it.
    Read,
    /// Use cases that change something.
    Write,
}

/// Opens connections for the pools and for the writer.
#[derive(Debug, Clone)]
pub struct Manager {
    /// Which database.
    pub target: Target,
    /// What the connections are for.
    pub purpose: Purpose,
    /// `synchronous=OFF` on SQLite, for tests that simulate crashes in process (DECISIONS 26).
    pub unsynchronised: bool,
}

impl Manager {
    /// Opens one connection with the settings of TRUST §5.
    ///
    /// # Errors
    /// The driver's own words, without the password.
    pub fn open(&self) -> Result<Conn, Error> {
        match &self.target {
            Target::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| Error::Unavailable("the database's path is not valid UTF-8".into()))?;
                let mut conn = SqliteConnection::establish(path).map_err(|e| Error::Unavailable(e.to_string()))?;
                // Said of a database that is there already, it would write into its header at every opening.
                let new = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
                let vacuum = if new { "PRAGMA auto_vacuum=INCREMENTAL; " } else { "" };
                let synchronous = if self.unsynchronised { "OFF" } else { "FULL" };
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout=5000; {vacuum}PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; \
                     PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA cache_size=-8000; \
                     PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;"
                ))?;
                if self.purpose == Purpose::Read {
                    conn.batch_execute("PRAGMA query_only=ON; PRAGMA synchronous=NORMAL;")?;
                }
                Ok(Conn::Sqlite(conn))
            }
            Target::Postgres(url) => {
                let mut conn = PgConnection::establish(url).map_err(|e| Error::Unavailable(e.to_string()))?;
                conn.batch_execute(
                    "SET statement_timeout='10s'; SET idle_in_transaction_session_timeout='30s'; SET lock_timeout='5s'; \
                     SET client_min_messages='warning';",
                )?;
                Ok(Conn::Pg(conn))
            }
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Conn, r2d2::Error> {
        self.open().map_err(|e| r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(e.to_string())))
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        match conn {
            // A file does not go away between two reads; a server does.
            Conn::Sqlite(_) => Ok(()),
            Conn::Pg(pg) => pg.ping().map_err(r2d2::Error::QueryError),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        match conn {
            Conn::Sqlite(_) => false,
            Conn::Pg(pg) => pg.is_broken(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_passwords_never_shown() {
        assert_eq!(Target::parse("sqlite:data/x.db"), Ok(Target::Sqlite("data/x.db".into())));
        let pg = Target::parse("postgres://ada:secret@127.0.0.1:5433/box").unwrap();
        assert!(!format!("{pg:?}").contains("secret"));
        assert!(Target::parse("mysql://x").is_err());
        assert!(Target::parse("sqlite:").is_err());
        assert!(Target::parse("postgres://db.example.org/box").unwrap_err().contains("TLS"));
        assert!(Target::parse("postgres://localhost/box?host=db.example.org").is_err());
        assert!(Target::parse("postgres:///box?host=/run/postgresql").is_ok());
    }
}
