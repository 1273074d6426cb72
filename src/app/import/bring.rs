//! Writes the rows of a flow that comes in. Authors and instants are the file's; who brought it in stands in the history.

use std::collections::HashMap;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::version::check::check;
use crate::clock::Generate;
use crate::definition::{Definition, edit, structure_hash};
use crate::domain::ids::{FlowId, QuarantineId, VersionId};
use crate::domain::portable as file;
use crate::domain::version::{Lifecycle, Origin};
use crate::store::conn::Conn;
use crate::store::contents::{self, Content, Text};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::quarantines::{self, Quarantine};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::store::{environments, portable};

/// A version that came in.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    /// Its number in the file.
    pub file: i64,
    /// As it is here.
    pub row: Version,
}

/// A flow's row out of the file.
pub(super) fn flow(conn: &mut Conn, workspace: &Workspace, from: &file::Flow, slug: &str) -> Result<Flow> {
    let row = Flow {
        id: FlowId::generate().into(),
        workspace_id: workspace.id.clone(),
        slug: slug.to_owned(),
        name: from.name.trim().to_owned(),
        description: from.description.clone(),
        namespace: from.namespace.clone(),
        document_name: from.document_name.clone(),
        next_number: from.next_number,
        working_draft: None,
        single_draft: from.single_draft,
        created_at: from.created_at.0,
        created_by: from.created_by.clone(),
        archived_at: from.archived_at.map(|at| at.0),
        deleted_at: None,
        deleted_by: None,
        lock_version: 1,
    };
    flows::insert(conn, &row)?;
    Ok(row)
}

/// These versions of the file, under the numbers that the file gives them.
pub(super) fn history(conn: &mut Conn, ctx: &Ctx, flow: &Flow, from: &file::Flow, places: &[usize]) -> Result<Vec<Brought>> {
    let mut ids: HashMap<i64, String> = HashMap::new();
    let mut brought = Vec::with_capacity(places.len());
    for place in places {
        let version = &from.versions[*place];
        let lineage = version.from.map(|number| (ids.get(&number).cloned(), number));
        let row = insert(conn, ctx, flow, from, version, version.number, lineage, version.label.clone())?;
        ids.insert(version.number, row.id.clone());
        brought.push(Brought { file: version.number, row });
    }
    if let Some(working) = from.working_draft.and_then(|number| ids.get(&number)) {
        flows::set_working_draft(conn, &flow.id, Some(working))?;
    }
    Ok(brought)
}

/// These versions of the file as new ones of a flow that is here; `here` says what versions of the file are here already.
pub(super) fn more(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    from: &file::Flow,
    places: &[usize],
    as_draft: bool,
    here: &HashMap<i64, i64>,
) -> Result<Vec<Brought>> {
    let mut brought = Vec::with_capacity(places.len());
    for place in places {
        let mut version = from.versions[*place].clone();
        let fresh = flows::get(conn, &flow.id)?.ok_or_else(|| Error::not_found("flow", &flow.slug))?;
        if !flows::take_number(conn, &fresh)? {
            return Err(Error::Stale {
                message: "Somebody else made a version of this flow at the same moment. Try again.".into(),
                current: serde_json::json!({}),
            });
        }
        if as_draft {
            version = redrafted(ctx, &version);
        }
        let lineage = match version.from.and_then(|number| here.get(&number)) {
            Some(number) => versions::by_number(conn, &flow.id, *number)?.map(|row| (Some(row.id), row.number)),
            None => None,
        };
        let label = match version.label.clone() {
            Some(label) if versions::by_label(conn, &flow.id, &label)?.is_none() => Some(label),
            _ => None,
        };
        let row = insert(conn, ctx, &fresh, from, &version, fresh.next_number, lineage, label)?;
        brought.push(Brought { file: version.number, row });
    }
    let draft = brought.iter().rev().find(|b| b.row.is_draft());
    if let Some(draft) = draft.filter(|_| flow.working_draft.is_none()) {
        flows::set_working_draft(conn, &flow.id, Some(&draft.row.id))?;
    }
    Ok(brought)
}

/// One version as the first draft of a new flow; its document is called by the slug when `rename`.
pub(super) fn as_draft(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    from: &file::Flow,
    place: usize,
    slug: &str,
    rename: bool,
) -> Result<(Flow, Brought)> {
    let mut version = redrafted(ctx, &from.versions[place]);
    let mut renamed = file::Flow {
        next_number: 2,
        archived_at: None,
        created_at: file::At(ctx.now.0),
        created_by: ctx.name().to_owned(),
        ..from.clone()
    };
    if rename {
        let unreadable = |_| Error::refused("unreadable", "The text cannot be read as a definition, so it cannot be given a new name.");
        let definition = Definition::parse(&version.text).map_err(unreadable)?;
        let edited = edit::set(&definition, "/document/name", slug.into()).map_err(|e| Error::refused("unreadable", e.to_string()))?;
        version.text = edited.text;
        slug.clone_into(&mut renamed.document_name);
    }
    let row = flow(conn, workspace, &renamed, slug)?;
    let file_number = version.number;
    let row_version = insert(conn, ctx, &row, from, &version, 1, None, None)?;
    flows::set_working_draft(conn, &row.id, Some(&row_version.id))?;
    Ok((row, Brought { file: file_number, row: row_version }))
}

/// The same text and settings as a draft made now.
fn redrafted(ctx: &Ctx, version: &file::Version) -> file::Version {
    file::Version {
        lifecycle: Lifecycle::Draft.as_str().to_owned(),
        origin: Origin::Import.as_str().to_owned(),
        label: None,
        created_at: file::At(ctx.now.0),
        updated_at: file::At(ctx.now.0),
        updated_by: ctx.name().to_owned(),
        published_at: None,
        published_by: None,
        archived_at: None,
        revisions: Vec::new(),
        quarantines: Vec::new(),
        ..version.clone()
    }
}

#[allow(clippy::too_many_arguments)] // one row is made of all of them
fn insert(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    from: &file::Flow,
    version: &file::Version,
    number: i64,
    lineage: Option<(Option<String>, i64)>,
    label: Option<String>,
) -> Result<Version> {
    let settings = &version.settings.0;
    let (from_version_id, from_number) = lineage.map_or((None, None), |(id, number)| (id, Some(number)));
    let checked = check(conn, flow, &version.text, settings)?;
    let row = Version {
        id: VersionId::generate().into(),
        workspace_id: flow.workspace_id.clone(),
        flow_id: flow.id.clone(),
        number,
        lifecycle: version.lifecycle.clone(),
        origin: version.origin.clone(),
        from_version_id,
        from_number,
        note: version.note.clone(),
        reference: version.reference.clone(),
        label,
        ready: checked.ready(),
        problems: checked.problems_json(),
        problem_count: checked.blocking(),
        content_hash: checked.content_hash.clone(),
        revision: version.revisions.last().map_or(0, |r| r.revision),
        // Whoever brought it in answers for it here: nobody approves alone what they imported.
        author_id: ctx.user_id(),
        author_name: version.author.clone(),
        created_at: version.created_at.0,
        updated_at: version.updated_at.0,
        updated_by: version.updated_by.clone(),
        published_at: version.published_at.map(|at| at.0),
        published_by: version.published_by.clone(),
        first_live_at: None,
        synced_at: None,
        archived_at: version.archived_at.map(|at| at.0),
        deleted_at: None,
        deleted_by: None,
        lock_version: 1,
    };
    versions::insert(conn, &row)?;
    contents::insert_text(conn, &Text { version_id: row.id.clone(), text: version.text.clone(), settings: settings.to_string() })?;
    for revision in &version.revisions {
        let content = from.contents.iter().find(|c| c.hash == revision.hash);
        let content = content.ok_or_else(|| StoreError::corrupt("a file without a content was let through"))?;
        // The newest one is kept in its author's order, as a publication here would keep it.
        let written = checked.definition.as_ref().filter(|_| revision.hash == row.content_hash).map(Definition::value);
        let definition = written.unwrap_or(&content.definition.0);
        contents::put_content(
            conn,
            &Content {
                hash: revision.hash.clone(),
                definition: definition.to_string(),
                settings: content.settings.0.to_string(),
                structure_hash: structure_hash(definition),
                created_at: ctx.now.0,
            },
        )?;
        contents::insert_revision(conn, &row.id, revision.revision, &revision.hash, &revision.note, revision.at.0, &revision.by)?;
    }
    Ok(row)
}

/// Judges versions again once everything that came with them is there.
pub(super) fn judge(conn: &mut Conn, flow: &str, rows: &[Brought]) -> Result<()> {
    let Some(flow) = flows::get(conn, flow)? else { return Ok(()) };
    let ids: Vec<&str> = rows.iter().map(|b| b.row.id.as_str()).collect();
    for text in portable::texts(conn, &ids)? {
        let settings = serde_json::from_str(&text.settings).map_err(StoreError::corrupt)?;
        let checked = check(conn, &flow, &text.text, &settings)?;
        versions::set_validity(conn, &text.version_id, checked.ready(), &checked.problems_json(), checked.blocking())?;
    }
    Ok(())
}

/// The marks that keep versions of a whole workspace out of its environments.
pub(super) fn marks(conn: &mut Conn, workspace: &Workspace, from: &file::Flow, rows: &[Brought], event: i64) -> Result<()> {
    for Brought { file, row } in rows {
        let marks = from.versions.iter().filter(|v| v.number == *file).flat_map(|v| &v.quarantines);
        for mark in marks {
            let Some(environment) = environments::find_any(conn, &workspace.id, &mark.environment)? else { continue };
            quarantines::insert(
                conn,
                &Quarantine {
                    id: QuarantineId::generate().into(),
                    workspace_id: workspace.id.clone(),
                    flow_id: row.flow_id.clone(),
                    environment_id: environment.id,
                    version_id: row.id.clone(),
                    version_number: row.number,
                    reason: mark.reason.clone(),
                    since: mark.since.0,
                    by_name: mark.by.clone(),
                    event_seq: event,
                    released_at: None,
                    released_by: None,
                    release_reason: None,
                },
            )?;
        }
    }
    Ok(())
}
