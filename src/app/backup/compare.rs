//! Whether a backup can be restored: it is, into a scratch database, and everything is compared (TRUST P10).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::error::{Error, Result};
use super::super::vault::{Encrypted, Purpose as Sealed, Vault};
use super::envelope::{self, Header};
use super::{Depot, file_name};
use crate::domain::backup::{Facts, Stage};
use crate::store::copy::measure;
use crate::store::copy::{LEFT_OUT, Purpose, Scratch};
use crate::store::{health, migrate};

/// Secrets that are tried at the most.
const SECRETS: i64 = 20;

/// Told the stage, and how much of it is done where that is known.
pub type Watch<'a> = &'a (dyn Fn(Stage, Option<i64>) + Sync);

/// One thing that was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What: `file`, `objects`, `integrity`, `references`, `schema`, `rows`, `history`, `secrets`.
    pub name: String,
    /// What was found, for people.
    pub text: String,
    /// It is fine, but somebody should know.
    #[serde(default)]
    pub notice: bool,
}

impl Check {
    fn ok(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), notice: false }
    }
}

fn differs(what: &str) -> Error {
    Error::refused("backup_differs", format!("Restored into a scratch database, the backup is not what was copied: {what}."))
}

/// Refuses a backup of another kind of database, and one whose schema is newer than this program's, with both named.
///
/// # Errors
/// `other_database`, `backup_newer`.
pub fn fits(depot: &Depot, header: &Header) -> Result<()> {
    if header.database != depot.kind() {
        return Err(Error::refused(
            "other_database",
            format!(
                "This is a backup of a {} database, and this instance uses {}. Name a database of that kind with --database.",
                header.database,
                depot.kind()
            ),
        ));
    }
    let unknown = migrate::unknown(&header.facts.schema);
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        "backup_newer",
        format!(
            "This backup was made by Signalbox {} at schema step {}; this is Signalbox {}, which knows steps up to {}. Restore it with the newer one.",
            header.version,
            header.facts.step(),
            env!("CARGO_PKG_VERSION"),
            migrate::newest()
        ),
    ))
}

/// Restores a file into a scratch database, compares, and drops it again.
///
/// # Errors
/// `backup_damaged`, `backup_newer`, `backup_differs`, or that it cannot be tried.
pub fn compare(depot: &Depot, path: &Path, watch: Watch<'_>) -> Result<(Header, Vec<Check>)> {
    depot.prepare()?;
    let content = depot.folder.join(format!("{}.scratch.partial", file_name(path)));
    let _gone = Gone(&content);
    let _ = std::fs::remove_file(&content);
    fits(depot, &envelope::judged(path)?)?;
    watch(Stage::Restore, Some(0));
    let header = envelope::unpack(path, &content, &|percent| watch(Stage::Restore, Some(percent)))?;
    let mut scratch = Scratch::open(&depot.target, &content, Purpose::Compare)?;
    watch(Stage::Compare, None);
    let checks = checks(&mut scratch, &header, &depot.vault)?;
    Ok((header, checks))
}

/// Removes a file when it is dropped.
pub(super) struct Gone<'a>(pub &'a Path);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}

/// Compares a scratch database with the header of the backup it came from. The objects come first: nothing else is asked
/// of a database that is not made like ours (TRUST §4.8).
///
/// # Errors
/// `backup_differs`, or the scratch database cannot be read.
pub fn checks(scratch: &mut Scratch, header: &Header, vault: &Vault) -> Result<Vec<Check>> {
    let mut all = vec![Check::ok("file", format!("SHA-256 of {} bytes of contents", header.contents.bytes))];
    if let Some(foreign) = scratch.foreign_object(&header.facts.schema)? {
        return Err(differs(&foreign));
    }
    all.push(Check::ok("objects", "tables, indexes and triggers are exactly those of its schema step"));
    let conn = scratch.conn()?;
    if let Some(first) = measure::damage(conn)?.first() {
        return Err(differs(&format!("the integrity check says {first}")));
    }
    if header.database == "sqlite" {
        all.push(Check::ok("integrity", "the database's own integrity check finds nothing"));
    }
    if let Some(first) = health::dangling(conn)?.first() {
        return Err(differs(&format!("rows point at rows that are gone ({first})")));
    }
    all.push(Check::ok("references", "every row finds the rows it points at"));
    let found = measure::facts(conn, &[])?;
    if let Some(first) = header.facts.differences(&found).first() {
        return Err(differs(first));
    }
    all.push(Check::ok("schema", format!("step {}", found.step())));
    all.push(Check::ok("rows", format!("{} rows in {} tables, each counted", found.rows(), found.counts.len())));
    let walked = measure::history(conn).map_err(|error| differs(&error.to_string()))?;
    if walked != header.facts.events {
        return Err(differs(&format!("the history has {walked} events instead of {}", header.facts.events)));
    }
    all.push(Check::ok("history", format!("{walked} events, an unbroken chain with the same head")));
    all.push(secrets(scratch, vault)?);
    Ok(all)
}

fn secrets(scratch: &mut Scratch, vault: &Vault) -> Result<Check> {
    let sealed = measure::sealed(scratch.conn()?, SECRETS)?;
    let name = "secrets";
    if sealed.is_empty() {
        return Ok(Check::ok(name, "it holds none"));
    }
    if vault.is_closed() {
        return Ok(Check { notice: true, ..Check::ok(name, "not tried: this process has no key; they need the key they were set with") });
    }
    let all = sealed.len();
    let readable = sealed.into_iter().filter(|(component, name, ciphertext, nonce, key)| {
        let value = Encrypted { ciphertext: ciphertext.clone(), nonce: nonce.clone(), key_id: key.clone() };
        vault.decrypt(Sealed::Secrets, &super::super::component::secret::about(component, name), &value).is_ok()
    });
    let readable = readable.count();
    Ok(if readable == all {
        Check::ok(name, format!("{readable} of {all} tried could be decrypted with this instance's key"))
    } else {
        let text = format!("{readable} of {all} tried could be decrypted: the others need the key they were set with, or a new value");
        Check { notice: true, ..Check::ok(name, text) }
    })
}

/// What of the present would be lost by going back to what a backup holds: rows per table that it has fewer of.
pub fn fewer(present: &Facts, backup: &Facts) -> Vec<(String, i64)> {
    let of = |table: &String| backup.counts.get(table).copied().unwrap_or(0);
    let kept = present.counts.iter().filter(|(table, _)| !LEFT_OUT.contains(&table.as_str()));
    kept.map(|(table, rows)| (table.clone(), rows - of(table))).filter(|(_, rows)| *rows > 0).collect()
}
