//! SQLite: `VACUUM INTO`, and one atomic rename.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::super::conn::{Conn, Manager, Purpose, Target};
use super::super::error::{Error, Result};
use super::super::migrate;
use super::{LEFT_OUT, Progress, measure, sync_folder};
use crate::domain::backup::Facts;

/// A log longer than this is folded into the file after a backup, whose snapshot kept it from being reused.
const LONG_LOG: u64 = 64 * 1024 * 1024;
/// How often the growing copy is looked at.
const LOOK: Duration = Duration::from_millis(250);

fn io(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!("{} {what}: {error}", path.display()))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Unavailable(format!("the path {} is not valid UTF-8", path.display())))
}

fn quoted(path: &Path) -> Result<String> {
    Ok(format!("'{}'", text(path)?.replace('\'', "''")))
}

/// The file of a database with something behind its name: its log, its index, a staged copy.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) fn dump(target: &Target, path: &Path, to: &Path, progress: Progress<'_>) -> Result<Facts> {
    let size = std::fs::metadata(path).map_or(0, |m| m.len()).max(1);
    // SQLite writes into an empty file; made here, it belongs to its owner alone.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|e| io("cannot be written", to, &e))?;
    let mut conn = Manager { target: target.clone(), purpose: Purpose::Write, unsynchronised: false }.open()?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                std::thread::park_timeout(LOOK);
                let grown = std::fs::metadata(to).map_or(0, |m| m.len());
                progress(i64::try_from((grown * 100 / size).min(99)).unwrap_or(99));
            }
        });
        let copied = conn.batch_execute(&format!("VACUUM INTO {}", quoted(to)?));
        done.store(true, Ordering::SeqCst);
        watcher.thread().unpark();
        copied.map_err(Error::from)
    })?;
    fold_log(&mut conn, path);
    drop(conn);
    let mut copy = SqliteConnection::establish(text(to)?).map_err(|e| Error::Unavailable(e.to_string()))?;
    let forgotten: Vec<String> = LEFT_OUT.iter().map(|table| format!("DELETE FROM {table};")).collect();
    copy.batch_execute(&format!(
        "PRAGMA journal_mode=DELETE; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; BEGIN; {} COMMIT;",
        forgotten.concat()
    ))?;
    let mut copy = Conn::Sqlite(copy);
    let facts = measure::facts(&mut copy, &[])?;
    drop(copy);
    File::open(to).and_then(|file| file.sync_all()).map_err(|e| io("cannot be synchronised", to, &e))?;
    Ok(facts)
}

/// Folds the log that grew under the snapshot back; most of it without holding anybody up.
fn fold_log(conn: &mut Conn, path: &Path) {
    let long = std::fs::metadata(beside(path, "-wal")).is_ok_and(|m| m.len() > LONG_LOG);
    if long && let Err(error) = conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE); PRAGMA wal_checkpoint(TRUNCATE);") {
        tracing::info!(%error, "the log was not folded in after a backup; SQLite does it later");
    }
}

/// Opens a file that may come from anywhere: nothing of its schema is executed, nothing is written.
pub(super) fn open_untrusted(path: &Path) -> Result<Conn> {
    let mut start = [0u8; 16];
    let read = File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    if read.is_err() || &start != b"SQLite format 3\0" {
        return Err(Error::Corrupt("it holds no SQLite database".into()));
    }
    let mut conn = SqliteConnection::establish(text(path)?).map_err(|e| Error::Unavailable(e.to_string()))?;
    conn.batch_execute(
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA query_only=ON;",
    )?;
    Ok(Conn::Sqlite(conn))
}

pub(super) fn make_writable(conn: &mut SqliteConnection) -> Result<()> {
    Ok(conn.batch_execute("PRAGMA query_only=OFF; PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")?)
}

/// The objects that these schema steps make.
pub(super) fn reference(steps: &[String]) -> Result<Vec<String>> {
    let conn = SqliteConnection::establish(":memory:").map_err(|e| Error::Unavailable(e.to_string()))?;
    let mut conn = Conn::Sqlite(conn);
    migrate::run_only(&mut conn, steps)?;
    measure::objects(&mut conn)
}

/// Removes a scratch file and what SQLite may have left beside it.
pub(super) fn remove(path: &Path) {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(path, ending));
    }
}

/// The staged file beside the database.
pub(super) const STAGED: &str = ".restoring.partial";

fn kept_name(path: &Path, stamp: &str) -> PathBuf {
    let stem = path.file_stem().map_or_else(|| "database".into(), |s| s.to_string_lossy().into_owned());
    path.with_file_name(format!("pre-restore-{stamp}-{stem}.db"))
}

/// Folds the old log away for good, keeps the old file under a second name, and renames the staged one over the first:
/// the log of the old database never meets the new file, and there is no instant without a whole database.
pub(super) fn swap(path: &Path, staged: &Path, stamp: &str, damaged: bool, point: &dyn Fn(&'static str)) -> Result<String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |e: std::io::Error| io("cannot be put in place", &path, &e)
    };
    File::open(staged).and_then(|file| file.sync_all()).map_err(refused(staged))?;
    sync_folder(folder).map_err(refused(folder))?;
    point("restore-staged");
    let kept = kept_name(path, stamp);
    if path.exists() {
        if damaged {
            set_aside_log(path, &kept)?;
        } else {
            close_log(path)?;
        }
        point("restore-old-closed");
        let _ = std::fs::remove_file(&kept);
        if std::fs::hard_link(path, &kept).is_err() {
            // A file system without second names: a copy does as well.
            std::fs::copy(path, &kept).and_then(|_| File::open(&kept)?.sync_all()).map_err(refused(&kept))?;
        }
        sync_folder(folder).map_err(refused(folder))?;
        point("restore-old-kept");
    } else {
        set_aside_log(path, &kept)?;
    }
    std::fs::rename(staged, path).map_err(refused(path))?;
    point("restore-renamed");
    sync_folder(folder).map_err(refused(folder))?;
    point("restore-in-place");
    Ok(kept.display().to_string())
}

/// Leaves the old database as one file without a log, which SQLite does only for the last who has it open.
fn close_log(path: &Path) -> Result<()> {
    let in_use = || {
        Error::Unavailable(format!(
            "another program has {} open, so nothing was changed; stop it (the server, a command, a database browser) and try again",
            path.display()
        ))
    };
    let mut conn = SqliteConnection::establish(text(path)?).map_err(|e| Error::Unavailable(e.to_string()))?;
    conn.batch_execute("PRAGMA busy_timeout=10000; PRAGMA wal_checkpoint(TRUNCATE);").map_err(|_| in_use())?;
    // Leaving the log behind needs the database to oneself; whoever else reads it keeps it from happening.
    conn.batch_execute("PRAGMA journal_mode=DELETE;").map_err(|_| in_use())?;
    drop(conn);
    if beside(path, "-wal").exists() {
        return Err(in_use());
    }
    Ok(())
}

/// Moves a log that cannot be folded in out of the way of the new file.
fn set_aside_log(path: &Path, kept: &Path) -> Result<()> {
    for ending in ["-wal", "-journal"] {
        let log = beside(path, ending);
        if log.exists() {
            std::fs::rename(&log, beside(kept, ending)).map_err(|e| io("cannot be moved", &log, &e))?;
        }
    }
    match std::fs::remove_file(beside(path, "-shm")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("cannot be removed", path, &error)),
        _ => Ok(()),
    }
}

/// Removes a staged file, and second names of the present database that an interrupted restore left.
pub(super) fn sweep(path: &Path) -> Result<()> {
    remove(&beside(path, STAGED));
    let Ok(present) = std::fs::metadata(path) else { return Ok(()) };
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in std::fs::read_dir(folder).map_err(|e| io("cannot be read", folder, &e))?.flatten() {
        let named = entry.file_name().to_string_lossy().starts_with("pre-restore-");
        let same = entry.metadata().is_ok_and(|m| m.ino() == present.ino() && m.dev() == present.dev());
        if named && same {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// Where the staged file of a database lies.
pub(super) fn staged(path: &Path) -> PathBuf {
    beside(path, STAGED)
}
