//! Whole databases: copied at one instant while in use, restored into a scratch one, compared, and put in place of the
//! present one (PRODUCT §10, TRUST findings 5 and 6).
//!
//! SQLite is copied by `VACUUM INTO`, which holds a snapshot and locks nobody out; PostgreSQL by its own `pg_dump` and
//! `pg_restore`. What differs between them stays in this folder.

pub mod measure;
mod postgres;
mod sqlite;
mod tools;
pub mod turn;

use std::path::{Path, PathBuf};

use super::conn::{Conn, Target};
use super::error::{Error, Result};
use crate::domain::backup::Facts;

/// Tables whose rows are never copied: nobody is signed in after a restore, and no set-up link opens again.
pub const LEFT_OUT: &[&str] = &["sessions", "setup_links"];

/// Told how much is done, in percent; called from other threads.
pub type Progress<'a> = &'a (dyn Fn(i64) + Sync);

/// What a scratch database is for: each purpose has one place, so that leftovers are found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be compared, then dropped.
    Compare,
    /// To take the place of the present one.
    Restore,
}

/// Copies a database in use into a file and measures the copy. Writers go on; the copy shows one instant.
///
/// # Errors
/// No room, no rights, PostgreSQL's tools are missing, or the database cannot be read.
pub fn dump(target: &Target, to: &Path, progress: Progress<'_>) -> Result<Facts> {
    match target {
        Target::Sqlite(path) => sqlite::dump(target, path, to, progress),
        Target::Postgres(url) => postgres::dump(url, to),
    }
}

/// A database made from a copy, for this purpose only; it is removed when dropped.
pub struct Scratch {
    conn: Option<Conn>,
    place: Place,
    taken: bool,
}

enum Place {
    File(PathBuf),
    Database { url: String, name: String },
}

impl Scratch {
    /// Restores a copy. On SQLite the copy itself is opened, read-only and trusting nothing that its schema says.
    ///
    /// # Errors
    /// The copy is no database, PostgreSQL's tools are missing, or the role may not create databases.
    pub fn open(target: &Target, content: &Path, purpose: Purpose) -> Result<Self> {
        let place = match target {
            Target::Sqlite(_) => Place::File(content.to_owned()),
            Target::Postgres(url) => Place::Database { url: url.clone(), name: postgres::scratch_name(url, purpose)? },
        };
        let mut scratch = Self { conn: None, place, taken: false };
        scratch.conn = Some(match &scratch.place {
            Place::File(path) => sqlite::open_untrusted(path)?,
            Place::Database { url, name } => postgres::restore_into(url, name, content)?,
        });
        Ok(scratch)
    }

    /// A connection to it.
    ///
    /// # Errors
    /// Never while it is open.
    pub fn conn(&mut self) -> Result<&mut Conn> {
        self.conn.as_mut().ok_or_else(|| Error::Unavailable("the scratch database is closed".into()))
    }

    /// Whether its tables, indexes, triggers and functions are exactly those that this program's schema steps make; the
    /// first difference in words otherwise. Asked before anything else reads it (TRUST §4.8).
    ///
    /// # Errors
    /// It cannot be read.
    pub fn foreign_object(&mut self, steps: &[String]) -> Result<Option<String>> {
        let found = measure::objects(self.conn()?)?;
        let ours = match &self.place {
            Place::File(_) => sqlite::reference(steps)?,
            Place::Database { url, .. } => postgres::reference(url, steps)?,
        };
        let foreign = found.iter().find(|o| !ours.contains(o)).map(|o| format!("{} is not what this schema step makes", short(o)));
        Ok(foreign.or_else(|| ours.iter().find(|o| !found.contains(o)).map(|o| format!("{} is missing", short(o)))))
    }

    /// Lets it be written, to become the present database.
    ///
    /// # Errors
    /// The database refused.
    pub fn make_writable(&mut self) -> Result<()> {
        match self.conn()? {
            Conn::Sqlite(conn) => sqlite::make_writable(conn),
            Conn::Pg(_) => Ok(()),
        }
    }

    /// Puts it in the place of the present database, which is kept beside it under the returned name: whoever looks finds
    /// exactly the old one or exactly the new one, whenever the process dies. `damaged` says that the present one cannot
    /// be read any more and is only moved. `point` is called between the steps.
    ///
    /// # Errors
    /// Somebody else has the present database open, or the file system refused: then the old one stands.
    pub fn take_the_place(mut self, target: &Target, stamp: &str, damaged: bool, point: &dyn Fn(&'static str)) -> Result<String> {
        drop(self.conn.take());
        let kept = match (&self.place, target) {
            (Place::File(staged), Target::Sqlite(path)) => sqlite::swap(path, staged, stamp, damaged, point)?,
            (Place::Database { url, name }, _) => postgres::swap(url, name, stamp, point)?,
            _ => return Err(Error::Refused("a copy of another kind of database cannot take its place".into())),
        };
        self.taken = true;
        Ok(kept)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.conn.take());
        if self.taken {
            return;
        }
        match &self.place {
            Place::File(path) => sqlite::remove(path),
            Place::Database { url, name } => postgres::remove(url, name),
        }
    }
}

/// Removes what a process left behind that died while it copied or restored. Only for whoever has the [`turn::Turn`].
///
/// # Errors
/// The server cannot be reached.
pub fn sweep(target: &Target) -> Result<()> {
    match target {
        Target::Sqlite(path) => sqlite::sweep(path),
        Target::Postgres(url) => postgres::sweep(url),
    }
}

/// Where the copy lies that is about to take a SQLite database's place: on the same file system, so that one rename does.
pub fn staged(database: &Path) -> PathBuf {
    sqlite::staged(database)
}

/// Whether others are connected to the database; SQLite says so only when it is swapped.
///
/// # Errors
/// The server cannot be reached.
pub fn others_connected(target: &Target) -> Result<i64> {
    match target {
        Target::Sqlite(_) => Ok(0),
        Target::Postgres(url) => postgres::others_connected(url),
    }
}

/// The first words of an object's description.
fn short(object: &str) -> String {
    object.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Makes sure that names in a folder stand on the disk.
///
/// # Errors
/// The file system refused.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()
}
