//! What differs between two versions, in sentences and side by side (PRODUCT §3.10).

use serde_json::Value;

use super::super::error::{Error, Result};
use super::sides::Side;
use super::{Document, document, save};
use crate::definition::Definition;
use crate::definition::diff::{self, Change, Content};
use crate::store::conn::Conn;
use crate::store::versions::Version;

/// A comparison of two versions.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The older definition; null where it cannot be read.
    pub old: Value,
    /// The newer definition.
    pub new: Value,
    /// Sentences, grouped and with their impact.
    pub changes: Vec<Change>,
    /// Whether steps and wiring are the same.
    pub same_structure: bool,
    /// The older text.
    pub before: String,
    /// The newer text.
    pub after: String,
}

/// Compares two versions.
///
/// # Errors
/// The database.
pub fn compare(conn: &mut Conn, a: &Version, b: &Version) -> Result<Comparison> {
    let (before, after) = (document(conn, &a.id)?, document(conn, &b.id)?);
    Ok(documents(before, after))
}

/// Compares any two contents. Texts are the authors' own where both are; otherwise both are written alike, so that
/// only what differs is marked.
pub fn sides(a: &Side, b: &Side) -> Comparison {
    let mut found = documents(a.document.clone(), b.document.clone());
    if !(a.as_written && b.as_written) {
        let alike = |value: &Value, text: &str| {
            if value.is_null() { text.to_owned() } else { Definition::from_value(value.clone()).text().to_owned() }
        };
        (found.before, found.after) = (alike(&found.old, &found.before), alike(&found.new, &found.after));
    }
    found
}

/// What a draft would lose by going back to what it was made from.
///
/// # Errors
/// `not_a_draft`; `nothing_to_discard`.
pub fn lost_by_discarding(conn: &mut Conn, draft: &Version) -> Result<Comparison> {
    if !draft.is_draft() {
        return Err(Error::refused("not_a_draft", format!("Version {} is published and never changes.", draft.number)));
    }
    let Some(original) = save::original(conn, draft)? else {
        return Err(Error::refused("nothing_to_discard", "This draft has no saved changes."));
    };
    let now = document(conn, &draft.id)?;
    Ok(documents(original, now))
}

/// Compares two texts with their settings.
pub fn documents(before: Document, after: Document) -> Comparison {
    let value = |text: &str| Definition::parse(text).map_or(Value::Null, |d| d.value().clone());
    let (old, new) = (value(&before.text), value(&after.text));
    let changes =
        diff::diff(Content { definition: &old, settings: &before.settings }, Content { definition: &new, settings: &after.settings });
    let same_structure = crate::definition::structure_hash(&old) == crate::definition::structure_hash(&new);
    Comparison { old, new, changes, same_structure, before: before.text, after: after.text }
}
