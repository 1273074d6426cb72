//! Versions, their texts, their frozen content.

use diesel::prelude::*;

use super::cached::{Cached, one_of, said};
use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::{version_texts, versions};
use crate::domain::deployment::Pin;
use crate::domain::ids::VersionId;
use crate::domain::version::Lifecycle;
use crate::{each_backend, fixed};

/// A version as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions)]
pub struct Version {
    /// `wflv_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow.
    pub flow_id: String,
    /// From 1; never used again.
    pub number: i64,
    /// See [`Lifecycle`].
    pub lifecycle: String,
    /// See `domain::version::Origin`.
    pub origin: String,
    /// What it was made from.
    pub from_version_id: Option<String>,
    /// Its number.
    pub from_number: Option<i64>,
    /// The author's note; empty while there is none.
    pub note: String,
    /// Ticket or commit.
    pub reference: Option<String>,
    /// Unique in the flow.
    pub label: Option<String>,
    /// Whether validation found no errors.
    pub ready: bool,
    /// What it found, as JSON.
    pub problems: String,
    /// How many of them are errors.
    pub problem_count: i64,
    /// Of the present definition and settings.
    pub content_hash: String,
    /// The newest revision; 0 at publication.
    pub revision: i64,
    /// Who made it.
    pub author_id: Option<String>,
    /// The author's name.
    pub author_name: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Microseconds UTC, of the last save.
    pub updated_at: i64,
    /// Who saved last.
    pub updated_by: String,
    /// Microseconds UTC.
    pub published_at: Option<i64>,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was first primary anywhere.
    pub first_live_at: Option<i64>,
    /// When it was last made primary in *the* production.
    pub synced_at: Option<i64>,
    /// Since when it is put away.
    pub archived_at: Option<i64>,
    /// Since when it is in the bin.
    pub deleted_at: Option<i64>,
    /// Who put it there.
    pub deleted_by: Option<String>,
    /// Grows with each save: the ETag of edits.
    pub lock_version: i64,
}

impl Version {
    /// The typed id.
    pub fn id(&self) -> VersionId {
        VersionId::stored(self.id.clone())
    }
    /// The lifecycle.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn lifecycle(&self) -> Result<Lifecycle> {
        self.lifecycle.parse().map_err(Error::corrupt)
    }
    /// Whether it can be edited.
    pub fn is_draft(&self) -> bool {
        self.lifecycle == Lifecycle::Draft.as_str()
    }
    /// How routing and runs point at it.
    pub fn pin(&self) -> Pin {
        Pin { version: self.id(), number: self.number, revision: self.revision }
    }
}

/// Adds a version.
pub fn insert(conn: &mut Conn, row: &Version) -> Result<()> {
    diesel::insert_into(versions::table).values(row).execute(conn)?;
    Ok(())
}

/// By id, not from the bin.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Version>> {
    Ok(versions::table.find(id).filter(versions::deleted_at.is_null()).select(Version::as_select()).first(conn).optional()?)
}

/// By id, also from the bin: a run's pin stays readable for ever.
pub fn get_any(conn: &mut Conn, id: &str) -> Result<Option<Version>> {
    Ok(versions::table.find(id).select(Version::as_select()).first(conn).optional()?)
}

/// Several by id.
pub fn get_many(conn: &mut Conn, ids: &[String]) -> Result<Vec<Version>> {
    let rows = versions::table.filter(one_of("id", ids));
    Ok(each_backend!(conn, inner => fixed!(rows.select(Version::as_select())).load(inner))?)
}

/// By number.
pub fn by_number(conn: &mut Conn, flow: &str, number: i64) -> Result<Option<Version>> {
    Ok(of_flow(flow).filter(versions::number.eq(number)).first(conn).optional()?)
}

/// Of several flows, those with one of these numbers, also from the bin; more than asked for when flows share numbers.
pub fn by_numbers(conn: &mut Conn, flows: &[&str], numbers: &[i64]) -> Result<Vec<Version>> {
    Ok(versions::table
        .filter(versions::flow_id.eq_any(flows.iter().copied()))
        .filter(versions::number.eq_any(numbers))
        .select(Version::as_select())
        .load(conn)?)
}

/// By label.
pub fn by_label(conn: &mut Conn, flow: &str, label: &str) -> Result<Option<Version>> {
    Ok(of_flow(flow).filter(versions::label.eq(label)).first(conn).optional()?)
}

/// The newest published one.
pub fn latest(conn: &mut Conn, flow: &str) -> Result<Option<Version>> {
    Ok(of_flow(flow).filter(said("lifecycle = 'published'")).order(versions::number.desc()).first(conn).optional()?)
}

/// A frozen version with this content, if there is one (PRODUCT §3.4).
pub fn by_content(conn: &mut Conn, flow: &str, hash: &str) -> Result<Option<Version>> {
    Ok(of_flow(flow)
        .filter(versions::content_hash.eq(hash))
        .filter(versions::lifecycle.ne("draft"))
        .order(versions::number.asc())
        .first(conn)
        .optional()?)
}

/// Drafts, newest first.
pub fn drafts(conn: &mut Conn, flow: &str) -> Result<Vec<Version>> {
    Ok(of_flow(flow).filter(said("lifecycle = 'draft'")).order(versions::number.desc()).load(conn)?)
}

/// The newest draft without errors.
pub fn newest_ready_draft(conn: &mut Conn, flow: &str) -> Result<Option<Version>> {
    let ready = versions::table
        .filter(versions::flow_id.eq(flow))
        .filter(said("lifecycle = 'draft' AND deleted_at IS NULL"))
        .filter(versions::ready.eq(true))
        .order(versions::number.desc())
        .limit(1);
    Ok(each_backend!(conn, inner => fixed!(ready.select(Version::as_select())).get_result(inner)).optional()?)
}

type OfFlow<'a> =
    versions::BoxedQuery<'a, super::conn::MultiBackend, diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<Version, super::conn::MultiBackend>>>;

fn of_flow(flow: &str) -> OfFlow<'_> {
    versions::table.filter(versions::flow_id.eq(flow)).filter(versions::deleted_at.is_null()).select(Version::as_select()).into_boxed()
}

/// What the version table is cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// All but archived ones and the bin.
    #[default]
    All,
    /// Drafts only.
    Drafts,
    /// Published ones only.
    Published,
    /// Archived ones only.
    Archived,
}

impl Shown {
    /// Literally what the partial indexes say.
    const fn condition(self) -> &'static str {
        match self {
            Self::All => "archived_at IS NULL AND deleted_at IS NULL",
            Self::Drafts => "lifecycle = 'draft' AND deleted_at IS NULL",
            Self::Published => "lifecycle = 'published' AND deleted_at IS NULL",
            Self::Archived => "lifecycle = 'archived' AND deleted_at IS NULL",
        }
    }
}

/// A flow's versions, newest first, a page at a time.
pub fn list(conn: &mut Conn, flow: &str, shown: Shown, from: &Direction<i64>, limit: i64) -> Result<Page<Version>> {
    let found = each_backend!(conn, inner => {
        let some = versions::table.filter(versions::flow_id.eq(flow)).filter(said(shown.condition())).select(Version::as_select()).limit(limit + 1);
        let older = |than: i64| some.clone().filter(versions::number.lt(than)).order(versions::number.desc());
        match (shown, from) {
            (Shown::All, Direction::Newest) => fixed!(older(i64::MAX)).load(inner),
            (Shown::All, Direction::Before(number)) => fixed!(older(*number)).load(inner),
            (_, Direction::Newest) => Cached(older(i64::MAX)).load(inner),
            (_, Direction::Before(number)) => Cached(older(*number)).load(inner),
            (_, Direction::After(number)) => Cached(some.filter(versions::number.gt(*number)).order(versions::number.asc())).load(inner),
        }
    });
    Ok(Page::cut(found?, limit, from))
}

/// What a save changes in the version's row.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = versions)]
pub struct Saved {
    /// Whether validation found no errors.
    pub ready: bool,
    /// What it found, as JSON.
    pub problems: String,
    /// How many are errors.
    pub problem_count: i64,
    /// Of what was saved.
    pub content_hash: String,
    /// Microseconds UTC.
    pub updated_at: i64,
    /// Who saved.
    pub updated_by: String,
    /// One more than it was.
    pub lock_version: i64,
}

/// Saves a draft if it is still the one that was read; `false` when another save was faster.
pub fn save(conn: &mut Conn, version: &str, expected_lock: i64, saved: &Saved, text: &str, settings: &str) -> Result<bool> {
    let changed = diesel::update(
        versions::table
            .find(version)
            .filter(versions::lock_version.eq(expected_lock))
            .filter(versions::lifecycle.eq("draft"))
            .filter(versions::deleted_at.is_null()),
    )
    .set(saved)
    .execute(conn)?;
    if changed == 1 {
        diesel::update(version_texts::table.find(version))
            .set((version_texts::text.eq(text), version_texts::settings.eq(settings)))
            .execute(conn)?;
    }
    Ok(changed == 1)
}

/// What validation found, when it is done again without a save.
pub fn set_validity(conn: &mut Conn, version: &str, ready: bool, problems: &str, problem_count: i64) -> Result<()> {
    diesel::update(versions::table.find(version))
        .set((versions::ready.eq(ready), versions::problems.eq(problems), versions::problem_count.eq(problem_count)))
        .execute(conn)?;
    Ok(())
}

/// What publishing changes in a version's row.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = versions)]
pub struct Published {
    /// `published`.
    pub lifecycle: String,
    /// The author's note.
    pub note: String,
    /// Ticket or commit.
    pub reference: Option<String>,
    /// Unique in the flow.
    pub label: Option<String>,
    /// Microseconds UTC.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
    /// One more than it was.
    pub lock_version: i64,
}

/// Freezes a draft if it is still the one that was read.
pub fn publish(conn: &mut Conn, version: &str, expected_lock: i64, published: &Published) -> Result<bool> {
    Ok(diesel::update(
        versions::table.find(version).filter(versions::lock_version.eq(expected_lock)).filter(versions::lifecycle.eq("draft")),
    )
    .set(published)
    .execute(conn)?
        == 1)
}

/// Gives a published version another revision; `false`: somebody was faster.
pub fn revise(conn: &mut Conn, version: &str, expected_lock: i64, revision: i64, hash: &str) -> Result<bool> {
    let found = versions::table.find(version).filter(versions::lock_version.eq(expected_lock)).filter(versions::lifecycle.eq("published"));
    let change = (versions::revision.eq(revision), versions::content_hash.eq(hash), versions::lock_version.eq(expected_lock + 1));
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}

/// Changes note, reference and label: metadata, not content.
pub fn set_metadata(conn: &mut Conn, version: &str, note: &str, reference: Option<&str>, label: Option<&str>) -> Result<()> {
    diesel::update(versions::table.find(version))
        .set((versions::note.eq(note), versions::reference.eq(reference), versions::label.eq(label)))
        .execute(conn)?;
    Ok(())
}

/// Notes that a version became primary somewhere, and perhaps in *the* production.
pub fn went_live(conn: &mut Conn, version: &str, at: i64, in_production: bool) -> Result<()> {
    diesel::update(versions::table.find(version).filter(versions::first_live_at.is_null()))
        .set(versions::first_live_at.eq(at))
        .execute(conn)?;
    if in_production {
        diesel::update(versions::table.find(version)).set(versions::synced_at.eq(at)).execute(conn)?;
    }
    Ok(())
}

/// Puts a version away, or fetches it back.
pub fn set_archived(conn: &mut Conn, version: &str, at: Option<i64>) -> Result<()> {
    let lifecycle = if at.is_some() { Lifecycle::Archived } else { Lifecycle::Published };
    diesel::update(versions::table.find(version))
        .set((versions::lifecycle.eq(lifecycle.as_str()), versions::archived_at.eq(at)))
        .execute(conn)?;
    Ok(())
}

/// Puts a version in the bin, or fetches it back with `None`.
pub fn set_deleted(conn: &mut Conn, version: &str, at: Option<i64>, by: Option<&str>) -> Result<()> {
    diesel::update(versions::table.find(version)).set((versions::deleted_at.eq(at), versions::deleted_by.eq(by))).execute(conn)?;
    Ok(())
}

/// A flow's newest versions, also those in the bin.
pub fn newest_any(conn: &mut Conn, flow: &str, limit: i64) -> Result<Vec<Version>> {
    Ok(versions::table
        .filter(versions::flow_id.eq(flow))
        .order(versions::number.desc())
        .limit(limit)
        .select(Version::as_select())
        .load(conn)?)
}

/// Changes the note of a draft before it is published.
pub fn set_note(conn: &mut Conn, version: &str, note: &str) -> Result<()> {
    diesel::update(versions::table.find(version)).set(versions::note.eq(note)).execute(conn)?;
    Ok(())
}

/// Versions whose number, label, reference or note has this text, newest first.
pub fn search(conn: &mut Conn, workspace: &str, text: &str, limit: i64) -> Result<Vec<Version>> {
    let pattern = format!("%{}%", text.to_lowercase().replace(['%', '_'], ""));
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let number: Option<i64> = digits.parse().ok();
    let found = versions::table
        .filter(versions::workspace_id.eq(workspace))
        .filter(versions::deleted_at.is_null())
        .filter(
            lower(versions::note)
                .like(pattern.clone())
                .or(versions::number.eq(number.unwrap_or(-1)))
                .or(versions::label.is_not_null().and(lower(versions::label.assume_not_null()).like(pattern.clone())))
                .or(versions::reference.is_not_null().and(lower(versions::reference.assume_not_null()).like(pattern))),
        )
        .order((versions::updated_at.desc(), versions::id.desc()))
        .limit(limit)
        .select(Version::as_select())
        .load(conn)?;
    Ok(found)
}

diesel::define_sql_function! {
    /// `lower()` of both databases.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}
