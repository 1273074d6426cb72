//! Finding texts by a word in them: a first look, before definitions are read.

use diesel::prelude::*;

use super::cached::{one_of, said};
use super::conn::Conn;
use super::error::Result;
use super::schema::{flows, routing, version_texts, versions};
use super::versions::Version;

/// Versions of other flows in a workspace whose text has this word in it, with their text, newest first.
pub fn naming(conn: &mut Conn, workspace: &str, but: &str, word: &str, limit: i64) -> Result<Vec<(Version, String)>> {
    let pattern = format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    Ok(versions::table
        .inner_join(version_texts::table.on(version_texts::version_id.eq(versions::id)))
        .filter(versions::workspace_id.eq(workspace))
        .filter(versions::flow_id.ne(but))
        .filter(versions::deleted_at.is_null())
        .filter(version_texts::text.like(pattern).escape('\\'))
        .order(versions::id.desc())
        .limit(limit)
        .select((Version::as_select(), version_texts::text))
        .load(conn)?)
}

/// Versions of a workspace that may still run, live ones and drafts people work on: id, and whether it is live.
pub fn may_run(conn: &mut Conn, workspace: &str) -> Result<Vec<(String, bool)>> {
    let routed: Vec<(Option<String>, Option<String>)> = routing::table
        .filter(routing::workspace_id.eq(workspace))
        .select((routing::primary_version, routing::candidate_version))
        .load(conn)?;
    let drafts: Vec<Option<String>> = flows::table
        .filter(flows::workspace_id.eq(workspace))
        .filter(flows::deleted_at.is_null())
        .filter(flows::working_draft.is_not_null())
        .select(flows::working_draft)
        .load(conn)?;
    let mut found: Vec<(String, bool)> = routed.into_iter().flat_map(|(a, b)| [a, b]).flatten().map(|id| (id, true)).collect();
    found.extend(drafts.into_iter().flatten().map(|id| (id, false)));
    found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    found.dedup_by(|b, a| a.0 == b.0);
    Ok(found)
}

/// Those of these versions whose text may name a component.
pub fn naming_components(conn: &mut Conn, ids: &[String]) -> Result<Vec<Version>> {
    let rows = versions::table
        .inner_join(version_texts::table.on(version_texts::version_id.eq(versions::id)))
        .filter(one_of("versions.id", ids))
        .filter(versions::deleted_at.is_null())
        .filter(said(
            "(version_texts.text LIKE '%connection://%' OR version_texts.text LIKE '%@default%' \
             OR version_texts.text LIKE '%secrets%' OR version_texts.text LIKE '%$environment%')",
        ))
        .order(versions::id.desc());
    Ok(crate::each_backend!(conn, inner => rows.select(Version::as_select()).load(inner))?)
}

/// Drafts of a workspace whose text has this word in it, newest first.
pub fn drafts_naming(conn: &mut Conn, workspace: &str, word: &str, limit: i64) -> Result<Vec<(Version, String)>> {
    let found = naming(conn, workspace, "", word, limit)?;
    Ok(found.into_iter().filter(|(version, _)| version.is_draft()).collect())
}
