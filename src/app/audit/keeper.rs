//! Makes checkpoints when they are due, and copies them out of the database.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::file::{self, Line};
use super::{Result, checkpoint};
use crate::app::error::Error;
use crate::domain::audit::{AT_LEAST, EVERY, Keys, Signed, Why};
use crate::domain::clock::Clock;
use crate::store::error::Error as StoreError;
use crate::store::{Store, checkpoints, events};

/// How often it looks whether a checkpoint is due: one small row.
const LOOK: Duration = Duration::from_secs(5);
/// Rows that are read at once.
const BATCH: i64 = 1000;

/// Keeps the checkpoints of one instance and their copies. Cloning shares it.
#[derive(Clone)]
pub struct Keeper {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: Keys,
    copies: Arc<Mutex<Vec<Copy>>>,
}

/// A file beside the database.
struct Copy {
    path: PathBuf,
    /// The signatures it holds, once it was read.
    known: Option<HashSet<String>>,
    /// Up to here the table is in it.
    number: i64,
}

impl Keeper {
    /// With the files that checkpoints are copied to.
    pub fn new(store: Store, clock: Arc<dyn Clock>, keys: Keys, files: Vec<PathBuf>) -> Self {
        let copies = files.into_iter().map(|path| Copy { path, known: None, number: 0 }).collect();
        Self { store, clock, keys, copies: Arc::new(Mutex::new(copies)) }
    }

    /// Looks until it is dropped.
    pub async fn run(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(error) = self.look().await {
                tracing::error!(%error, "a checkpoint of the history cannot be kept");
            }
        }
    }

    /// Makes a checkpoint if one is due, and copies what other servers of the database made.
    ///
    /// # Errors
    /// The database or a file.
    pub async fn look(&self) -> Result<()> {
        let now = self.clock.now();
        let due = self.store.read(move |conn| -> Result<bool> {
            let (head, last) = (events::head(conn)?, checkpoints::last(conn)?);
            Ok(last.is_none_or(|last| head.seq - last.seq >= EVERY || head.seq > last.seq && now.0 - last.at >= AT_LEAST))
        });
        if due.await? { self.mark(Why::Regular).await.map(|_| ()) } else { self.copy().await }
    }

    /// Makes a checkpoint now unless nothing happened since the last, and copies it.
    ///
    /// # Errors
    /// The database or a file.
    pub async fn mark(&self, why: Why) -> Result<Option<Signed>> {
        let (keys, now) = (self.keys.clone(), self.clock.now());
        let made = match self.store.write(move |conn| checkpoint(conn, &keys, now, why)).await {
            // Another server of the same database was faster.
            Err(Error::Store(StoreError::NotUnique)) => None,
            made => made?,
        };
        self.copy().await?;
        Ok(made)
    }

    async fn copy(&self) -> Result<()> {
        let copies = Arc::clone(&self.copies);
        let copied = self.store.read(move |conn| -> Result<()> {
            let mut copies = copies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for copy in copies.iter_mut() {
                copy.catch_up(|number| Ok(checkpoints::after(conn, number, BATCH)?))?;
            }
            Ok(())
        });
        copied.await
    }
}

impl Copy {
    fn catch_up(&mut self, mut after: impl FnMut(i64) -> Result<Vec<checkpoints::Row>>) -> Result<()> {
        let unwritable = |message: String| Error::Store(StoreError::Unavailable(message));
        if self.known.is_none() {
            let lines = file::read(&self.path).map_err(unwritable)?;
            let signature = |line| if let Line::Read(signed) = line { Some(signed.signature) } else { None };
            self.known = Some(lines.into_iter().filter_map(signature).collect());
        }
        let Some(known) = &mut self.known else { return Ok(()) };
        // Another database may stand where this one stood, such as a restored one.
        let held = after(self.number - 1)?;
        if self.number > 0 && held.first().is_none_or(|row| row.number != self.number || !known.contains(&row.signature)) {
            self.number = 0;
        }
        loop {
            let rows = after(self.number)?;
            let Some(last) = rows.last().map(|row| row.number) else { return Ok(()) };
            let mut lines = Vec::new();
            for row in rows.into_iter().filter(|row| !known.contains(&row.signature)) {
                match row.signed() {
                    Ok(signed) if signed.is_genuine() => lines.push(signed),
                    _ => {
                        tracing::error!(number = row.number, "a checkpoint in the database is not genuine; run \"signalbox audit verify\"")
                    }
                }
            }
            file::append(&self.path, &lines).map_err(unwritable)?;
            known.extend(lines.into_iter().map(|line| line.signature));
            self.number = last;
        }
    }
}
