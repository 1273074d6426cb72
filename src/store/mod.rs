//! The only place that names diesel: connections, the writer, and queries, one file per aggregate.

pub mod analytics;
pub mod backups;
pub mod bin;
pub mod cache_entries;
pub(crate) mod cached;
pub mod checkpoints;
pub mod components;
pub mod configurations;
pub mod conn;
pub mod contents;
pub mod copy;
pub mod deployments;
pub mod environments;
pub mod error;
pub mod events;
pub mod flows;
pub mod health;
pub mod idempotency;
pub mod imports;
pub mod journal;
pub mod migrate;
pub mod naming;
pub mod packages;
pub mod page;
pub mod people;
pub mod planned;
pub mod plans;
pub mod portable;
pub mod proofs;
pub mod proposals;
pub mod purge;
pub mod quarantines;
pub mod queue;
pub mod releases;
pub mod reruns;
pub mod rollouts;
pub mod runs;
#[allow(missing_docs)]
pub mod schema;
pub mod sealing;
pub mod sessions;
pub mod sightings;
pub mod states;
pub mod stats;
pub mod taken_in;
pub mod tallies;
pub mod unsaved;
pub mod versions;
pub mod workers;
pub mod workspaces;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use conn::{Conn, Manager, Purpose, Target};
use diesel::connection::SimpleConnection;
use diesel::r2d2::Pool;
use error::{Error, Result};
use writer::Writer;

use crate::domain::audit::Keys;

/// Connections that read at the same time; more do not help on a small machine (TECH §2).
const READERS: u32 = 4;
/// Connections for use cases on PostgreSQL.
const PG_WRITERS: u32 = 8;
/// How long a request waits for a connection before it is answered "busy".
const PATIENCE: Duration = Duration::from_secs(5);

/// The database, shared by everything in the process. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    readers: Pool<Manager>,
    /// Group commits: everything on SQLite, the runner's journal on PostgreSQL.
    writer: Writer,
    /// Use cases on PostgreSQL, each in a transaction of its own.
    writers: Option<Pool<Manager>>,
    /// What events are sealed with.
    keys: Option<Keys>,
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which database.
    pub target: Target,
    /// `synchronous=OFF`, for tests only.
    pub unsynchronised: bool,
}

impl Store {
    /// Opens the pools and the writer. The schema must be there already, see [`migrate`].
    ///
    /// # Errors
    /// The database cannot be reached.
    pub fn open(options: &Options) -> Result<Self> {
        Self::open_with(options, None)
    }

    /// The same, whose events are sealed under the instance's key. Once a history is sealed, nothing is added without.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub fn open_with(options: &Options, keys: Option<Keys>) -> Result<Self> {
        let manager = |purpose| Manager { target: options.target.clone(), purpose, unsynchronised: options.unsynchronised };
        let pool = |purpose, size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(PATIENCE)
                .test_on_check_out(true)
                .build(manager(purpose))
                .map_err(|e| Error::Unavailable(e.to_string()))
        };
        Ok(Self {
            inner: Arc::new(Inner {
                target: options.target.clone(),
                readers: pool(Purpose::Read, READERS)?,
                writer: Writer::start(&manager(Purpose::Write), "signalbox-writer", keys.clone())?,
                writers: if options.target.is_sqlite() { None } else { Some(pool(Purpose::Write, PG_WRITERS)?) },
                keys,
            }),
        })
    }

    /// Which database this is.
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// What events are sealed with, if this process has the instance's key.
    pub fn keys(&self) -> Option<&Keys> {
        self.inner.keys.as_ref()
    }

    /// Runs queries off the event loop. On PostgreSQL all of them see one snapshot of their own statement only.
    ///
    /// # Errors
    /// What `work` returned, or that no connection was free in time.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let mut conn = inner.readers.get().map_err(|_| E::from(Error::Busy))?;
            work(&mut conn)
        })
        .await
    }

    /// Runs one use case in one transaction; its changes stay only when it returns `Ok` and the commit succeeds.
    ///
    /// # Errors
    /// What `work` returned, or that the commit failed.
    pub async fn write<T, E>(&self, work: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if self.inner.writers.is_none() {
            return self.inner.writer.write(work).await;
        }
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let Some(pool) = &inner.writers else { return Err(E::from(Error::Busy)) };
            let mut conn = pool.get().map_err(|_| E::from(Error::Busy))?;
            sealing::with(inner.keys.as_ref(), || transaction(&mut conn, work))
        })
        .await
    }

    /// Like [`Self::write`], but shares its commit with others on both databases: for the runner's journal,
    /// which takes no lock that two commands could take in different order.
    ///
    /// # Errors
    /// What `work` returned, or that the commit failed.
    pub async fn append<T, E>(
        &self,
        work: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.inner.writer.write(work).await
    }

    /// Writes that wait for the writer.
    pub fn waiting_writes(&self) -> usize {
        self.inner.writer.waiting()
    }

    /// Finishes queued writes and folds SQLite's log into its file.
    pub fn close(&self) {
        self.inner.writer.stop();
    }

    /// A read connection for code that is not asynchronous: commands, and loops that measure.
    ///
    /// # Errors
    /// No connection was free in time.
    pub fn read_now<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>) -> std::result::Result<T, E> {
        let mut conn = self.inner.readers.get().map_err(|_| E::from(Error::Busy))?;
        work(&mut conn)
    }
}

async fn blocking<T, E>(work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static) -> std::result::Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(E::from(Error::Refused(format!("a database task ended early: {error}")))),
    }
}

/// One transaction on a connection of the caller's own: commands beside a running server, and PostgreSQL.
///
/// # Errors
/// What `work` returned, or that the commit failed.
pub fn transaction<T, E: From<Error>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    writer::begin(conn)?;
    match work(conn) {
        Ok(value) => {
            conn.batch_execute("COMMIT").map_err(Error::from)?;
            Ok(value)
        }
        Err(error) => {
            // A failed roll back ends with the connection; the error that matters is the first one.
            let _ = conn.batch_execute("ROLLBACK");
            Err(error)
        }
    }
}

/// A part of a transaction that stays only when it returns `Ok`; the transaction goes on either way.
///
/// # Errors
/// What `work` returned.
pub fn attempt<T, E: From<Error>>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>) -> std::result::Result<T, E> {
    conn.batch_execute("SAVEPOINT attempt").map_err(Error::from)?;
    let done = work(conn);
    let after = if done.is_ok() { "RELEASE SAVEPOINT attempt" } else { "ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt" };
    match (done, conn.batch_execute(after)) {
        (done, Ok(())) => done,
        // A savepoint that is gone went with the whole transaction: the first error says why.
        (Err(first), Err(_)) => Err(first),
        (Ok(_), Err(error)) => Err(Error::from(error).into()),
    }
}

/// What `work` would answer; nothing of it stays.
///
/// # Errors
/// What `work` returned.
pub fn rehearse<T, E: From<Error>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    conn.batch_execute("SAVEPOINT rehearsal").map_err(Error::from)?;
    let would = work(conn);
    let undone = conn.batch_execute("ROLLBACK TO SAVEPOINT rehearsal; RELEASE SAVEPOINT rehearsal");
    match (would, undone) {
        (would, Ok(())) => would,
        (Err(first), Err(_)) => Err(first),
        (Ok(_), Err(error)) => Err(Error::from(error).into()),
    }
}
