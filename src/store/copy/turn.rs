//! One backup or restore at a time, across processes and machines.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::conn::Target;
use super::super::error::{Error, Result};
use super::postgres;

/// The turn; whoever dies lets go of it, because the operating system or the server notices.
pub struct Turn {
    _held: Held,
}

enum Held {
    File(#[allow(dead_code, reason = "it is held, not read")] File),
    Session(#[allow(dead_code, reason = "it is held, not read")] PgConnection),
}

#[derive(QueryableByName)]
struct Got {
    #[diesel(sql_type = Bool)]
    got: bool,
}

fn lock_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".backup.lock");
    name.into()
}

impl Turn {
    /// Takes the turn if nobody has it.
    ///
    /// # Errors
    /// The lock cannot be asked for.
    pub fn take(target: &Target) -> Result<Option<Self>> {
        match target {
            Target::Sqlite(path) => {
                let path = lock_file(path);
                let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
                let file = opened.map_err(|e| Error::Unavailable(format!("{} cannot be opened: {e}", path.display())))?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Self { _held: Held::File(file) })),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(e)) => Err(Error::Unavailable(format!("{} cannot be locked: {e}", path.display()))),
                }
            }
            Target::Postgres(url) => {
                // Not on the database itself, which nobody may be connected to while it is swapped.
                let mut server = postgres::beside(url)?;
                let name = postgres::name_of(url)?;
                let query = "SELECT pg_try_advisory_lock(6010482, hashtext($1)) AS got";
                let got: Vec<Got> = diesel::sql_query(query).bind::<diesel::sql_types::Text, _>(name).load(&mut server)?;
                Ok(got.first().is_some_and(|row| row.got).then(|| Self { _held: Held::Session(server) }))
            }
        }
    }
}
