//! Backups of the whole instance (PRODUCT §10): made while in use, verified by restoring them, kept by rules, and brought
//! back all or nothing.
//!
//! Whoever asks writes a row that waits; whoever has the [`Turn`](crate::store::copy::turn::Turn) does the work, with
//! connections of its own, and notes how far it is. A file carries its final name only once it was verified. Rows are a
//! memory; the folder is the truth, and [`work::settle`] brings the two together.

pub mod ask;
pub mod compare;
pub mod envelope;
pub mod hold;
pub mod look;
pub mod make;
pub mod migration;
pub mod point;
pub mod preview;
pub mod remove;
pub mod restore;
pub mod schedule;
pub mod work;

pub use restore::after_restore;

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::vault::Vault;
use crate::store;
use crate::store::conn::{Conn, Manager, Purpose, Target};
use crate::store::copy::turn::Turn;
use crate::store::error::Error as StoreError;

/// How files of backups end.
pub const ENDING: &str = ".backup";
/// How files end that are not finished; whoever has the turn next removes them.
pub const PARTIAL: &str = ".partial";

/// Events that a preview shows of what would be lost.
const LOST_EVENTS: i64 = 10;

/// Where the backups of an instance are made and kept.
#[derive(Debug, Clone)]
pub struct Depot {
    /// The database.
    pub target: Target,
    /// The folder.
    pub folder: PathBuf,
    /// Reads a secret to show that the key fits; closed where there is no key.
    pub vault: Vault,
}

impl Depot {
    /// As a header names the kind of database.
    pub const fn kind(&self) -> &'static str {
        if self.target.is_sqlite() { "sqlite" } else { "postgresql" }
    }

    /// Makes the folder for its owner alone, if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn prepare(&self) -> Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        if self.folder.is_dir() {
            return Ok(());
        }
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|e| unavailable(format!("the folder {} cannot be made: {e}", self.folder.display())))
    }

    /// The only turn to make, verify or restore backups.
    ///
    /// # Errors
    /// `backup_busy` when somebody else has it.
    pub fn turn(&self) -> Result<Turn> {
        let taken = Turn::take(&self.target)?;
        taken.ok_or_else(|| {
            Error::refused("backup_busy", "Another backup or restore is under way on this instance. Wait for its end, then try again.")
        })
    }

    /// The complete files in the folder, by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let read = match std::fs::read_dir(&self.folder) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unavailable(format!("the folder {} cannot be read: {error}", self.folder.display()))),
        };
        let is_ours = |path: &PathBuf| path.extension().is_some_and(|e| e == &ENDING[1..]) && path.is_file();
        let mut files: Vec<PathBuf> = read.flatten().map(|entry| entry.path()).filter(is_ours).collect();
        files.sort();
        Ok(files)
    }

    /// A complete file of the folder by its bare name: pages and programs name no paths.
    ///
    /// # Errors
    /// There is none.
    pub fn file(&self, name: &str) -> Result<PathBuf> {
        let found = self.files()?.into_iter().find(|path| file_name(path) == name);
        found.ok_or_else(|| Error::not_found("backup", name))
    }
}

/// How the work on a backup writes to the database, which others use at the same time.
pub trait Ledger: Sync {
    /// One use case in one transaction.
    ///
    /// # Errors
    /// What `work` returned, or that the commit failed.
    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T>;
}

/// A command beside the server: a connection for each write.
pub struct Beside(pub Target);

impl Ledger for Beside {
    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let mut conn = Manager { target: self.0.clone(), purpose: Purpose::Write, unsynchronised: false }.open()?;
        store::transaction(&mut conn, work)
    }
}

/// The bare name of a file.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn unavailable(why: String) -> Error {
    Error::Store(StoreError::Unavailable(why))
}
