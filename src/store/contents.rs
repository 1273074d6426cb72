//! Texts of versions, the trail of drafts, and frozen content named by its hash.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{contents, draft_saves, revisions, version_texts};
use crate::each_backend;

/// The author's text and the settings of a version.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = version_texts)]
pub struct Text {
    /// Which version.
    pub version_id: String,
    /// YAML or JSON as written.
    pub text: String,
    /// Settings as JSON.
    pub settings: String,
}

/// The text of a version.
pub fn text(conn: &mut Conn, version: &str) -> Result<Option<Text>> {
    Ok(version_texts::table.find(version).select(Text::as_select()).first(conn).optional()?)
}

/// Adds the text of a new version.
pub fn insert_text(conn: &mut Conn, row: &Text) -> Result<()> {
    diesel::insert_into(version_texts::table).values(row).execute(conn)?;
    Ok(())
}

/// Replaces the text of a live version by that of its newest revision.
pub fn set_text(conn: &mut Conn, version: &str, text: &str, settings: &str) -> Result<()> {
    diesel::update(version_texts::table.find(version))
        .set((version_texts::text.eq(text), version_texts::settings.eq(settings)))
        .execute(conn)?;
    Ok(())
}

/// One entry of a draft's trail.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = draft_saves)]
pub struct DraftSave {
    /// Which draft.
    pub version_id: String,
    /// The lock version that this text had.
    pub lock_version: i64,
    /// The text.
    pub text: String,
    /// The settings.
    pub settings: String,
    /// Microseconds UTC.
    pub saved_at: i64,
    /// Who saved it.
    pub saved_by: String,
}

/// Keeps a text in the draft's trail and lets go of the oldest beyond `keep`.
pub fn keep_save(conn: &mut Conn, row: &DraftSave, keep: i64) -> Result<()> {
    diesel::insert_into(draft_saves::table).values(row).execute(conn)?;
    diesel::delete(
        draft_saves::table
            .filter(draft_saves::version_id.eq(&row.version_id))
            .filter(draft_saves::lock_version.le(row.lock_version - keep)),
    )
    .execute(conn)?;
    Ok(())
}

/// The draft's text as it was at a lock version, for the page that shows two sides of a conflict.
pub fn draft_save(conn: &mut Conn, version: &str, lock_version: i64) -> Result<Option<DraftSave>> {
    Ok(draft_saves::table.find((version, lock_version)).select(DraftSave::as_select()).first(conn).optional()?)
}

/// The draft's trail, newest first.
pub fn draft_saves(conn: &mut Conn, version: &str) -> Result<Vec<DraftSave>> {
    Ok(draft_saves::table
        .filter(draft_saves::version_id.eq(version))
        .order(draft_saves::lock_version.desc())
        .select(DraftSave::as_select())
        .load(conn)?)
}

/// Frozen content, named by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contents)]
pub struct Content {
    /// SHA-256 of the canonical form.
    pub hash: String,
    /// The definition as JSON.
    pub definition: String,
    /// The settings as JSON.
    pub settings: String,
    /// Of steps and wiring only (PRODUCT §3.6).
    pub structure_hash: String,
    /// Microseconds UTC.
    pub created_at: i64,
}

/// Stores content unless it is there already.
pub fn put_content(conn: &mut Conn, row: &Content) -> Result<()> {
    each_backend!(conn, inner => diesel::insert_into(contents::table).values(row).on_conflict_do_nothing().execute(inner))?;
    Ok(())
}

/// Content by hash.
pub fn content(conn: &mut Conn, hash: &str) -> Result<Option<Content>> {
    Ok(contents::table.find(hash).select(Content::as_select()).first(conn).optional()?)
}

/// Adds a revision of a version.
pub fn insert_revision(conn: &mut Conn, version: &str, revision: i64, hash: &str, note: &str, at: i64, by: &str) -> Result<()> {
    diesel::insert_into(revisions::table)
        .values((
            revisions::version_id.eq(version),
            revisions::revision.eq(revision),
            revisions::content_hash.eq(hash),
            revisions::note.eq(note),
            revisions::created_at.eq(at),
            revisions::created_by.eq(by),
        ))
        .execute(conn)?;
    Ok(())
}

/// The content hash of a revision.
pub fn revision_content(conn: &mut Conn, version: &str, revision: i64) -> Result<Option<String>> {
    Ok(revisions::table.find((version, revision)).select(revisions::content_hash).first(conn).optional()?)
}

/// A revision of a version as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = revisions)]
pub struct Revision {
    /// Which version.
    pub version_id: String,
    /// 0 at publication.
    pub revision: i64,
    /// What it executes.
    pub content_hash: String,
    /// Why.
    pub note: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who.
    pub created_by: String,
}

/// The revisions of a version, newest first.
pub fn revisions(conn: &mut Conn, version: &str) -> Result<Vec<Revision>> {
    Ok(revisions::table
        .filter(revisions::version_id.eq(version))
        .order(revisions::revision.desc())
        .select(Revision::as_select())
        .load(conn)?)
}
