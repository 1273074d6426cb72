//! Opening an instance for serving: folder, lock, key, schema, first workspace.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::app::backup::{Depot, restore};
use crate::app::vault::Vault;
use crate::app::{self, Ctx, audit, instance, token};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::domain::audit::{Keys, Why};
use crate::domain::clock::Clock;
use crate::store::conn::{Conn, Manager, Purpose, Target};
use crate::store::{self, Store, checkpoints, sealing, workspaces};

/// An instance that this process serves.
pub struct Instance {
    /// The database.
    pub store: Store,
    /// The instance's key, 32 bytes: never in the database or in a backup (TRUST §4.9).
    pub key: [u8; 32],
    /// Tells this machine from others, and stays over restarts.
    pub machine: String,
}

/// Held as long as an instance is served, also while it is restored; the operating system lets go of it when the process
/// dies.
pub struct Lock(#[allow(dead_code, reason = "it is held, not read")] File);

impl Instance {
    /// Makes what is missing and brings the schema up.
    ///
    /// # Errors
    /// One line that says what is in the way and what to do.
    pub fn open(config: &Config, _lock: &Lock) -> Result<Self, String> {
        let dir = &config.data_dir;
        let manager = Manager { target: config.database.clone(), purpose: Purpose::Write, unsynchronised: false };
        let fault = |e: store::error::Error| format!("{}: {e}", config.database.redacted());
        let mut conn = manager.open().map_err(fault)?;
        let applied = super::migrate::bring_up(config, &mut conn, true)?;
        if !applied.is_empty() {
            tracing::info!(steps = applied.len(), database = config.database.redacted(), "brought the schema up");
        }
        let key = key(dir, &mut conn)?;
        let machine = machine(dir)?;
        let keys = Keys::new(&key)?;
        sealing::install(keys.clone());
        let ctx = Ctx::system(SystemClock.now(), "start");
        // The first checkpoint comes before the first event of this server, so that whatever it writes is sealed.
        if checkpoints::last(&mut conn).map_err(fault)?.is_none() {
            let begun = store::transaction(&mut conn, |conn| audit::checkpoint(conn, &keys, ctx.now, Why::First));
            // On PostgreSQL another server may have been faster.
            if let Err(error) = begun
                && !matches!(error, app::Error::Store(store::error::Error::NotUnique))
            {
                return Err(error.to_string());
            }
        }
        store::transaction(&mut conn, app::as_of::backfill::backfill).map_err(|e: app::Error| e.to_string())?;
        store::transaction(&mut conn, |conn| instance::prepare(conn, &ctx)).map_err(|e: app::Error| e.to_string())?;
        drop(conn);
        let options = store::Options { target: config.database.clone(), unsynchronised: false };
        let store = Store::open_with(&options, Some(keys)).map_err(fault)?;
        Ok(Self { store, key, machine })
    }

    /// A new set-up link's secret while nobody can sign in as admin; kept in no file.
    ///
    /// # Errors
    /// The database.
    pub fn setup_link(&self) -> Result<Option<String>, String> {
        let manager = Manager { target: self.store.target().clone(), purpose: Purpose::Write, unsynchronised: false };
        let mut conn = manager.open().map_err(|e| e.to_string())?;
        let ctx = Ctx::system(SystemClock.now(), "start");
        store::transaction(&mut conn, |conn| instance::open_setup(conn, &ctx)).map_err(|e: app::Error| e.to_string())
    }

    /// Finishes writing.
    pub fn close(&self) {
        self.store.close();
    }
}

/// A folder that only its owner can look into.
pub(super) fn make_dir(dir: &Path) -> Result<(), String> {
    if dir.is_dir() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| format!("the folder {} cannot be made: {e}; choose another with --data-dir", dir.display()))
}

/// One server on one data folder, and on one SQLite file: a second one is refused, and so is a restore beside it. Makes
/// the folders.
///
/// # Errors
/// One line: somebody serves it already, or the folder cannot be made or locked.
pub fn lock(config: &Config) -> Result<Lock, String> {
    make_dir(&config.data_dir)?;
    if let Target::Sqlite(path) = &config.database
        && let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty())
    {
        make_dir(parent)?;
    }
    let path = match &config.database {
        Target::Sqlite(file) => file.with_extension("lock"),
        Target::Postgres(_) => config.data_dir.join("signalbox.lock"),
    };
    let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = open.map_err(|e| format!("{} cannot be opened: {e}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(format!("another Signalbox serves {} already; stop it first", config.database.redacted())),
        Err(TryLockError::Error(e)) => Err(format!("{} cannot be locked: {e}; a network file system is no place for it", path.display())),
    }
}

/// Where the signed checkpoints of the history are copied to.
pub(super) fn checkpoint_files(config: &Config) -> Vec<PathBuf> {
    let mut files = vec![config.data_dir.join(audit::file::NAME)];
    files.extend(config.audit_copy.clone());
    files
}

/// Where backups of this instance are made and kept, with the key if it is there.
///
/// # Errors
/// The key's file cannot be read.
pub fn depot(config: &Config) -> Result<Depot, String> {
    let vault = stored_key(&config.data_dir)?.map_or_else(Vault::closed, |key| Vault::new(&key));
    Ok(Depot { target: config.database.clone(), folder: config.backup_dir.clone(), vault })
}

/// What a key is known by, to nobody who does not have it.
pub fn key_check(key: &[u8; 32]) -> String {
    token::hash(&format!("key check {}", crate::domain::event::hex(key)))
}

/// The key in the data folder, if there is one.
///
/// # Errors
/// Others can read its file, or it holds no key.
pub fn stored_key(dir: &Path) -> Result<Option<[u8; 32]>, String> {
    let path = dir.join("signalbox.key");
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(format!("{} cannot be opened: {e}", path.display())),
    };
    let mode = file.metadata().map_or(0, |m| m.permissions().mode() & 0o077);
    if mode != 0 {
        return Err(format!("{} can be read by others; run chmod 600 on it", path.display()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let wrong = || format!("{} does not hold 64 hexadecimal digits; put the right file back", path.display());
    decode(text.trim()).ok_or_else(wrong).map(Some)
}

/// The key in the data folder, made if there is none: for a database that comes from another machine.
///
/// # Errors
/// As [`stored_key`], or it cannot be written.
pub fn key_or_new(dir: &Path) -> Result<[u8; 32], String> {
    match stored_key(dir)? {
        Some(key) => Ok(key),
        None => make_key(&dir.join("signalbox.key")),
    }
}

/// The instance's key: made at the first start, and from then on the one this database was begun with. A restored database
/// takes the key of its new machine, and the one it was begun with whenever that is put back.
fn key(dir: &Path, conn: &mut Conn) -> Result<[u8; 32], String> {
    let path = dir.join("signalbox.key");
    let value = |conn: &mut Conn, name| workspaces::instance_value(conn, name).map_err(|e| e.to_string());
    let stored = value(conn, restore::KEY_CHECK)?;
    let key = match stored_key(dir)? {
        Some(key) => key,
        None if stored.is_none() => make_key(&path)?,
        None => return Err(format!("{} is missing, and this database was begun with it; put it back where it was", path.display())),
    };
    let check = key_check(&key);
    let before = value(conn, restore::KEY_CHECK_BEFORE)?;
    match stored {
        Some(known) if known == check => Ok(key),
        Some(_) if before.as_ref() != Some(&check) => {
            Err(format!("{} is another key than this database was begun with; put the right one back", path.display()))
        }
        _ => {
            let kept = store::transaction(conn, |conn| workspaces::set_instance_value(conn, restore::KEY_CHECK, &check));
            kept.map(|()| key).map_err(|e: store::error::Error| e.to_string())
        }
    }
}

fn make_key(path: &Path) -> Result<[u8; 32], String> {
    let text = token::random_secret().map_err(|e| e.to_string())?;
    let written = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).and_then(|mut file| {
        writeln!(file, "{text}")?;
        file.sync_all()
    });
    written.map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
    decode(&text).ok_or_else(|| "the new key cannot be read back".to_owned())
}

fn decode(text: &str) -> Option<[u8; 32]> {
    let mut key = [0u8; 32];
    if text.len() != 64 {
        return None;
    }
    for (slot, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

/// A name for this machine's share of the work, kept in the data folder.
fn machine(dir: &Path) -> Result<String, String> {
    let path = dir.join("machine");
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => {
            let name = format!("machine-{}", &token::random_secret().map_err(|e| e.to_string())?[..12]);
            std::fs::write(&path, &name).map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
            Ok(name)
        }
    }
}

/// The keys for a command beside a running server: nothing is made, and without the file nothing can be decrypted.
///
/// # Errors
/// The file is there and cannot be used.
pub(super) fn vault(dir: &Path, conn: &mut Conn) -> Result<Vault, String> {
    if dir.join("signalbox.key").exists() { key(dir, conn).map(|key| Vault::new(&key)) } else { Ok(Vault::closed()) }
}
