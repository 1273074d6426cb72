//! Whether what is frozen has the hash that stands with it: contents, revisions of components, releases.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::report::{Kind, Report};
use crate::app::error::Result;
use crate::definition::canonical;
use crate::definition::canonical::content_hash;
use crate::domain::component::Content;
use crate::domain::event::hex;
use crate::store::components::Revision;
use crate::store::conn::Conn;
use crate::store::releases::Release;
use crate::store::{components as rows, proofs, releases as kept};

/// Rows that are read at once.
const BATCH: i64 = 500;

/// Looks at all of it.
///
/// # Errors
/// The database.
pub(super) fn compare(conn: &mut Conn, report: &mut Report) -> Result<()> {
    contents(conn, report)?;
    components(conn, report)?;
    released(conn, report)
}

/// Every frozen content has the hash that names it.
fn contents(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let mut hash = String::new();
    loop {
        let found = proofs::contents_after(conn, &hash, BATCH)?;
        let Some(last) = found.last() else { return Ok(()) };
        hash.clone_from(&last.hash);
        for content in found {
            let read = |text: &str| serde_json::from_str::<Value>(text).ok();
            let same = read(&content.definition).zip(read(&content.settings)).is_some_and(|(d, s)| content_hash(&d, &s) == content.hash);
            if !same {
                let message = format!("the frozen content {} is not what was published under that hash", content.hash);
                report.found(Kind::Content, None, None, message);
            }
        }
    }
}

/// Every revision of a component has the hash that was written with it.
fn components(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let mut after = (String::new(), 0);
    loop {
        let found = proofs::component_revisions_after(conn, (&after.0, after.1), BATCH)?;
        let Some(last) = found.last() else { return Ok(()) };
        after = (last.component_id.clone(), last.revision);
        for row in found {
            if !is_kept(conn, &row)? {
                let message =
                    format!("revision {} of the component {} is not what was kept under its hash", row.revision, row.component_id);
                report.found(Kind::Content, None, None, message);
            }
        }
    }
}

/// Every release holds what its hash says, and none is gone: their numbers are never used again.
fn released(conn: &mut Conn, report: &mut Report) -> Result<()> {
    // Read first: what is kept meanwhile comes after it.
    for (workspace, next) in proofs::release_numbers(conn)? {
        let mut number = 0;
        while number + 1 < next {
            let found = proofs::releases_after(conn, &workspace, number, BATCH)?;
            let until = found.last().map_or(next - 1, |last| last.number.min(next - 1));
            let there: Vec<i64> = found.iter().map(|release| release.number).collect();
            for missing in (number + 1..=until).filter(|n| !there.contains(n)) {
                report.found(Kind::Record, None, None, format!("release {missing} of {workspace} is missing"));
            }
            for release in found {
                if manifest_hash(conn, &release)?.as_ref() != Some(&release.hash) {
                    let message = format!("release {} of {workspace} is not what was kept under its hash", release.number);
                    report.found(Kind::Content, None, None, message);
                }
            }
            number = until;
        }
    }
    Ok(())
}

/// The hash of what a release holds, as far as that can be read. Of the text itself, so that a member that this program
/// no longer knows counts too.
fn manifest_hash(conn: &mut Conn, release: &Release) -> Result<Option<String>> {
    let Ok(Value::Object(mut members)) = serde_json::from_str(&release.manifest) else { return Ok(None) };
    let listed = members.get("flows").and_then(Value::as_array).is_some_and(|flows| !flows.is_empty());
    if !listed {
        let Ok(whole) = kept::manifest(conn, release) else { return Ok(None) };
        members.insert("flows".into(), serde_json::to_value(whole.sorted().flows).unwrap_or_default());
    }
    Ok(Some(digest(&Value::Object(members))))
}

/// Whether a revision is what its hash says, as it stands or with what a file left out filled in.
fn is_kept(conn: &mut Conn, row: &Revision) -> Result<bool> {
    let is = |value: &Value| digest(value) == row.content_hash;
    if serde_json::from_str::<Value>(&row.content).is_ok_and(|value| is(&value)) {
        return Ok(true);
    }
    let Some(component) = rows::get(conn, &row.component_id)? else { return Ok(false) };
    Ok(Content::stored(component.kind()?, &row.content).is_ok_and(|content| is(&content.to_value())))
}

/// SHA-256 of a value in canonical form, as it is kept beside what is frozen.
fn digest(value: &Value) -> String {
    hex(&Sha256::digest(canonical(value).as_bytes()))
}
