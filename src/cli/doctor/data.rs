//! The database: there, of this program's schema, whole, with somebody to sign in and nothing stuck.

use super::super::instance::{checkpoint_files, stored_key};
use super::super::open::{connect, one_line, ready, unusable};
use super::Findings;
use super::machine::size;
use crate::app;
use crate::app::audit::report::Kind;
use crate::app::audit::verify::verify;
use crate::app::backup::{hold, look, schedule};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::domain::audit::Keys;
use crate::domain::clock::{Clock, Micros};
use crate::store::conn::{Conn, Purpose};
use crate::store::error::Error as StoreError;
use crate::store::{health, migrate, people, workspaces};

/// A worker that was not heard of for this long is dead: twice the time after which others take its runs.
const SILENT: i64 = 90 * Micros::SECOND;
/// A run that is due this long without being taken up is stuck.
const OVERDUE: i64 = 10 * Micros::MINUTE;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let fix = "check --database, and that its file or server is there and readable for this user";
    let mut conn = match connect(&config.database, Purpose::Read) {
        Ok(conn) => conn,
        Err(message) => return findings.fail("database", message, fix),
    };
    let found = health::version(&mut conn).and_then(|version| Ok((version, health::size(&mut conn)?)));
    match found {
        Ok((version, bytes)) => {
            findings.ok("database", format!("{version} at {}, {}", config.database.redacted(), size(bytes.unsigned_abs())));
        }
        Err(error) => return findings.fail("database", unusable(&config.database, &error), fix),
    }
    let standing = match migrate::standing(&mut conn) {
        Ok(standing) => standing,
        Err(error) => return findings.fail("schema", unusable(&config.database, &error), fix),
    };
    match ready(&config.database, &standing) {
        Ok(()) => findings.ok("schema", "as this program knows it"),
        Err(message) => return findings.fail("schema", message, "nothing else of the data was checked"),
    }
    for part in [integrity, history, admins, stuck, backups] {
        if let Err(error) = part(&mut conn, config, findings) {
            findings.fail("database", unusable(&config.database, &error), fix);
        }
    }
}

fn integrity(conn: &mut Conn, config: &Config, findings: &mut Findings) -> Result<(), StoreError> {
    if !config.database.is_sqlite() {
        return Ok(());
    }
    let restore = "stop the server, keep the file, and restore a verified backup";
    match health::damage(conn)?.first() {
        None => findings.ok("integrity", "the file is whole"),
        Some(first) => findings.fail("integrity", format!("the file is damaged: {}", one_line(first)), restore),
    }
    let dangling = health::dangling(conn)?;
    if dangling.is_empty() {
        findings.ok("references", "every row finds the rows it points at");
    } else {
        findings.fail("references", format!("rows point at rows that are gone: {}", dangling.join(", ")), restore);
    }
    Ok(())
}

fn history(conn: &mut Conn, config: &Config, findings: &mut Findings) -> Result<(), StoreError> {
    let keys = match stored_key(&config.data_dir).and_then(|key| key.map(|key| Keys::new(&key)).transpose()) {
        Ok(keys) => keys,
        Err(message) => {
            findings.fail("history", message, "put the instance's key back as it was");
            return Ok(());
        }
    };
    let report = match verify(conn, keys.as_ref(), &checkpoint_files(config)) {
        Ok(report) => report,
        Err(app::Error::Store(error)) => return Err(error),
        Err(error) => return Err(StoreError::Refused(error.to_string())),
    };
    let (keyless, damage): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|f| keys.is_none() && f.kind == Kind::Key && f.seq.is_none());
    match damage.first() {
        Some(first) => findings.fail(
            "history",
            first.message.clone(),
            "somebody changed the database behind the program's back, or it is damaged; \"signalbox audit verify\" lists everything; compare it with a verified backup",
        ),
        None if report.sealed == 0 || keyless.is_empty() => {
            findings.ok("history", format!("{} events, none missing or changed", report.events));
        }
        None => {
            findings.warn("history", "seals were not checked: the instance's key is not there", "run it with the server's data folder (--data-dir)");
        }
    }
    Ok(())
}

fn admins(conn: &mut Conn, _config: &Config, findings: &mut Findings) -> Result<(), StoreError> {
    if people::has_admin(conn)? {
        findings.ok("admins", "somebody can sign in as admin");
    } else {
        let fix = "start the server and open the set-up link it prints, or run \"signalbox user add … --role admin\"";
        findings.warn("admins", "nobody can sign in as admin", fix);
    }
    Ok(())
}

fn stuck(conn: &mut Conn, _config: &Config, findings: &mut Findings) -> Result<(), StoreError> {
    let now = SystemClock.now();
    let stuck = health::stuck(conn, now.plus(-SILENT).0, now.plus(-OVERDUE).0)?;
    if stuck == health::Stuck::default() {
        findings.ok("runs", "none is stuck");
    }
    if stuck.need_attention > 0 {
        findings.warn("runs", format!("{} need a person", stuck.need_attention), "open each in the console: resume, retry or cancel it");
    }
    if stuck.held_by_silent + stuck.not_taken_up > 0 {
        let count = stuck.held_by_silent + stuck.not_taken_up;
        findings.warn("runs", format!("{count} wait for a server to take them up"), "start the server; if it runs, look at its log");
    }
    Ok(())
}

fn backups(conn: &mut Conn, _config: &Config, findings: &mut Findings) -> Result<(), StoreError> {
    let now = SystemClock.now();
    let told = |error: app::Error| match error {
        app::Error::Store(error) => error,
        other => StoreError::Refused(other.to_string()),
    };
    let every = schedule::settings(conn).map_err(told)?.every_hours;
    let begun = workspaces::list(conn)?.first().map_or(now, |first| Micros(first.created_at));
    let hours = |since: i64| since / Micros::HOUR;
    let late = 2 * every.max(24) * Micros::HOUR;
    let fix = "make one with \"signalbox backup create\"; the page Backups says why none was made by itself";
    match look::last_verified(conn).map_err(told)? {
        Some(at) if now.since(Micros(at)) <= late => {
            findings.ok("backups", format!("the last verified one shows the state of {} h ago", hours(now.since(Micros(at)))));
        }
        Some(at) => findings.warn("backups", format!("the last verified one is {} h old", hours(now.since(Micros(at)))), fix),
        None if now.since(begun) < late => findings.ok("backups", "none yet; this instance is young"),
        None => findings.warn("backups", "there is none that was verified and lies where it was left", fix),
    }
    if hold::is_held(conn)? {
        findings.warn(
            "held",
            "a backup was restored, and runs and planned changes wait",
            "look around, then let them go on under Backups or with \"signalbox backup release\"",
        );
    }
    Ok(())
}
