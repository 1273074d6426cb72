//! Finding texts by a word in them: a first look, before definitions are read.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{version_texts, versions};
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
