//! Flows as the file has them.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::super::error::Result;
use super::too_large;
use crate::definition::canonical;
use crate::definition::strict::Strict;
use crate::domain::portable::{self as file, At, LARGEST};
use crate::store::conn::Conn;
use crate::store::contents::{self, Revision, Text};
use crate::store::environments;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::portable;
use crate::store::versions::Version;

/// A flow with these of its versions.
pub(super) fn flow(conn: &mut Conn, flow: &Flow, versions: Vec<Version>) -> Result<file::Flow> {
    let ids: Vec<&str> = versions.iter().map(|v| v.id.as_str()).collect();
    if usize::try_from(portable::length(conn, &ids)?).unwrap_or(usize::MAX) > LARGEST {
        return Err(too_large());
    }
    let mut texts: HashMap<String, Text> = portable::texts(conn, &ids)?.into_iter().map(|t| (t.version_id.clone(), t)).collect();
    let mut revisions: HashMap<String, Vec<Revision>> = HashMap::new();
    for revision in portable::revisions(conn, &ids)? {
        revisions.entry(revision.version_id.clone()).or_default().push(revision);
    }
    let mut marks: HashMap<String, Vec<file::Quarantine>> = HashMap::new();
    for mark in portable::held(conn, &flow.id)? {
        let Some(environment) = environments::get(conn, &mark.environment_id)? else { continue };
        let row = file::Quarantine { environment: environment.slug, reason: mark.reason, since: At(mark.since), by: mark.by_name };
        marks.entry(mark.version_id).or_default().push(row);
    }
    let working = versions.iter().find(|v| flow.working_draft.as_deref() == Some(&v.id)).map(|v| v.number);
    let hashes: BTreeSet<&str> = revisions.values().flatten().map(|r| r.content_hash.as_str()).collect();
    let contents = portable::contents(conn, &hashes.into_iter().collect::<Vec<_>>())?;
    let contents = contents.into_iter().map(content).collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::with_capacity(versions.len());
    for version in versions {
        let text = texts.remove(&version.id).ok_or_else(|| StoreError::corrupt(format!("version {} has no text", version.id)))?;
        let revisions = revisions.remove(&version.id).unwrap_or_default();
        rows.push(row(version, text, revisions, &mut marks)?);
    }
    Ok(file::Flow {
        slug: flow.slug.clone(),
        name: flow.name.clone(),
        description: flow.description.clone(),
        namespace: flow.namespace.clone(),
        document_name: flow.document_name.clone(),
        next_number: flow.next_number,
        working_draft: working,
        single_draft: flow.single_draft,
        created_at: At(flow.created_at),
        created_by: flow.created_by.clone(),
        archived_at: flow.archived_at.map(At),
        versions: rows,
        contents,
    })
}

fn row(
    version: Version,
    text: Text,
    revisions: Vec<Revision>,
    marks: &mut HashMap<String, Vec<file::Quarantine>>,
) -> Result<file::Version> {
    let revision =
        |r: Revision| file::Revision { revision: r.revision, hash: r.content_hash, note: r.note, at: At(r.created_at), by: r.created_by };
    Ok(file::Version {
        number: version.number,
        lifecycle: version.lifecycle,
        origin: version.origin,
        from: version.from_number,
        note: version.note,
        reference: version.reference,
        label: version.label,
        author: version.author_name,
        created_at: At(version.created_at),
        updated_at: At(version.updated_at),
        updated_by: version.updated_by,
        published_at: version.published_at.map(At),
        published_by: version.published_by,
        archived_at: version.archived_at.map(At),
        quarantines: marks.remove(&version.id).unwrap_or_default(),
        revisions: revisions.into_iter().map(revision).collect(),
        hash: version.content_hash,
        settings: sorted(&text.settings)?,
        text: text.text,
    })
}

fn content(row: contents::Content) -> Result<file::Content> {
    Ok(file::Content { definition: sorted(&row.definition)?, settings: sorted(&row.settings)?, hash: row.hash })
}

/// Stored JSON with sorted keys: the order in which it was once written is no part of it.
pub(super) fn sorted(text: &str) -> Result<Strict> {
    let value: Value = serde_json::from_str(text).map_err(StoreError::corrupt)?;
    Ok(Strict(serde_json::from_str(&canonical(&value)).map_err(StoreError::corrupt)?))
}
