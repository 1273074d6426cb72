//! Making a backup: copy, pack, restore into a scratch database, compare, and only then its final name.

use std::path::{Path, PathBuf};

use super::super::error::{Error, Result};
use super::compare::{Check, Gone, Watch, compare};
use super::envelope::{self, FORMAT, Header};
use super::{Depot, ENDING, PARTIAL, point, unavailable};
use crate::domain::backup::{Reason, Stage};
use crate::domain::clock::Micros;
use crate::store::conn::Target;
use crate::store::copy::{self, sync_folder};

/// A backup that was made and verified.
#[derive(Debug, Clone)]
pub struct Made {
    /// Where it lies.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// What it says of itself.
    pub header: Header,
    /// What was compared.
    pub compared: Vec<Check>,
}

/// The name of a backup's file: sorts by time, and tells two of the same second apart.
pub fn name(id: &str, at: Micros) -> String {
    let stamp = stamp(at);
    format!("signalbox-{stamp}-{}{ENDING}", &id[id.len().saturating_sub(6)..])
}

/// An instant as part of a file's name: `20261121T031800Z`.
pub fn stamp(at: Micros) -> String {
    let text: String = at.rfc3339().chars().take(19).filter(char::is_ascii_alphanumeric).collect();
    format!("{text}Z")
}

/// Copies the database in use into one verified file. Whoever calls it has the turn.
///
/// # Errors
/// No room, no rights, missing tools, or the copy is not what was copied; nothing is left behind then.
pub fn make(depot: &Depot, id: &str, reason: Reason, at: Micros, watch: Watch<'_>) -> Result<Made> {
    depot.prepare()?;
    let path = depot.folder.join(name(id, at));
    let (content, packed) = (partial(&path, ".copy"), partial(&path, ""));
    let (_content_gone, _packed_gone) = (Gone(&content), Gone(&packed));
    room(depot)?;
    point::pass("backup-begun");
    watch(Stage::Dump, Some(0));
    let facts = copy::dump(&depot.target, &content, &|percent| watch(Stage::Dump, Some(percent)))?;
    point::pass("backup-dumped");
    watch(Stage::Pack, Some(0));
    let header = Header {
        format: FORMAT,
        id: id.to_owned(),
        reason: reason.as_str().to_owned(),
        made_at: at.0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: depot.kind().to_owned(),
        contents: envelope::measure(&content)?,
        facts,
    };
    let bytes = envelope::pack(&content, &header, &packed, &|percent| watch(Stage::Pack, Some(percent)))?;
    let _ = std::fs::remove_file(&content);
    point::pass("backup-packed");
    let (header, compared) = compare(depot, &packed, watch)?;
    point::pass("backup-compared");
    let told = |e: std::io::Error| unavailable(format!("{} cannot be put in place: {e}", path.display()));
    std::fs::rename(&packed, &path).map_err(told)?;
    point::pass("backup-renamed");
    sync_folder(&depot.folder).map_err(told)?;
    Ok(Made { path, bytes, header, compared })
}

fn partial(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(what);
    name.push(PARTIAL);
    name.into()
}

/// Refuses to begin what cannot end: copy and scratch database lie beside the packed file for a while.
fn room(depot: &Depot) -> Result<()> {
    let Target::Sqlite(path) = &depot.target else { return Ok(()) };
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    let Ok(facts) = rustix::fs::statvfs(&depot.folder) else { return Ok(()) };
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    if free >= size.saturating_mul(2) {
        return Ok(());
    }
    let mib = |bytes: u64| bytes / (1024 * 1024) + 1;
    Err(Error::refused(
        "no_room",
        format!(
            "A backup needs up to {} MiB beside itself while it is made and verified, and {} has {} MiB free. Free some room, or choose another folder.",
            mib(size * 2),
            depot.folder.display(),
            mib(free)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time() {
        let at = Micros::parse_rfc3339("2026-11-21T03:18:00Z").unwrap();
        assert_eq!(stamp(at), "20261121T031800Z");
        assert_eq!(name("bak_0123456789", at), "signalbox-20261121T031800Z-456789.backup");
    }
}
