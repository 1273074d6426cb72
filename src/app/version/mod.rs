//! Versions: drafts, publication, what may be done with which.

pub mod bin;
pub mod check;
pub mod compare;
pub mod create;
pub mod edit;
pub mod hotfix;
pub mod meaning;
pub mod merge;
pub mod publish;
pub mod save;
pub mod sides;
pub mod table;

use serde_json::Value;

use super::error::{Error, Result};
use crate::domain::version::Selector;
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};

/// A version by any of its names.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, flow: &Flow, name: &str) -> Result<Version> {
    let selector = Selector::parse(name);
    let found = match &selector {
        Selector::Number(n) => versions::by_number(conn, &flow.id, *n)?,
        Selector::Latest => versions::latest(conn, &flow.id)?,
        Selector::Draft => match &flow.working_draft {
            Some(id) => versions::get(conn, id)?,
            None => None,
        },
        Selector::Id(id) => versions::get(conn, id.as_str())?.filter(|v| v.flow_id == flow.id),
        Selector::Label(label) => versions::by_label(conn, &flow.id, label)?,
    };
    found.ok_or_else(|| Error::NotFound(format!("{} has no such version: {selector}.", flow.name)))
}

/// A version's text and settings as they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// YAML or JSON as its author wrote it.
    pub text: String,
    /// An object.
    pub settings: Value,
}

/// The text and settings of a version.
///
/// # Errors
/// The stored text is missing.
pub fn document(conn: &mut Conn, version: &str) -> Result<Document> {
    let row = contents::text(conn, version)?.ok_or_else(|| StoreError::corrupt(format!("version {version} has no text")))?;
    let settings = serde_json::from_str(&row.settings).map_err(StoreError::corrupt)?;
    Ok(Document { text: row.text, settings })
}

/// Keeps the content of a version in the table of frozen content, for a publication or a run of a draft.
///
/// # Errors
/// The text cannot be read as a definition.
pub fn freeze_content(conn: &mut Conn, version: &Version, now: crate::domain::clock::Micros) -> Result<contents::Content> {
    let document = document(conn, &version.id)?;
    let Ok(definition) = crate::definition::Definition::parse(&document.text) else {
        return Err(Error::refused("version_not_ready", format!("Version {} cannot be read as a definition.", version.number)));
    };
    let content = contents::Content {
        hash: version.content_hash.clone(),
        definition: definition.value().to_string(),
        settings: document.settings.to_string(),
        structure_hash: crate::definition::structure_hash(definition.value()),
        created_at: now.0,
    };
    contents::put_content(conn, &content)?;
    Ok(content)
}
