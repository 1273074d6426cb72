//! Releases: numbered snapshots of a workspace's metadata (PRODUCT §6).

mod spans;

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::{component_revisions, components, release_flows, release_numbers, release_spans, release_syncs, releases};
use crate::domain::release::{ComponentEntry, Manifest, Origin};
use crate::each_backend;

/// A release as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = releases)]
pub struct Release {
    /// `rel_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// From 1; never used again.
    pub number: i64,
    /// See [`Origin`].
    pub origin: String,
    /// Whether it can be restored.
    pub restorable: bool,
    /// What its author wrote; may be empty.
    pub comment: String,
    /// Who pushed, if a person.
    pub author_id: Option<String>,
    /// Their name.
    pub author_name: String,
    /// Microseconds UTC.
    pub at: i64,
    /// The environment whose live versions it holds.
    pub environment_id: Option<String>,
    /// What it holds besides flows, as JSON; [`manifest`] has the whole.
    pub manifest: String,
    /// SHA-256 of the manifest in canonical form.
    pub hash: String,
    /// When it last became what *the* production runs; microseconds UTC.
    pub synced_at: Option<i64>,
    /// Production's versions as they stood then, hashed; as they would have stood, where only a part of it went there.
    pub production_hash: Option<String>,
}

impl Release {
    /// How it came to be.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn origin(&self) -> Result<Origin> {
        self.origin.parse().map_err(Error::corrupt)
    }
}

/// One sync of a release to an environment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = release_syncs)]
pub struct Sync {
    /// `rls_…`
    pub id: String,
    /// The release.
    pub release_id: String,
    /// Where it went.
    pub environment_id: String,
    /// Microseconds UTC.
    pub at: i64,
    /// Who, if a person.
    pub actor_id: Option<String>,
    /// Their name.
    pub actor_name: String,
    /// Why.
    pub comment: String,
    /// What it did, as JSON.
    pub outcome: String,
}

/// Holds the workspace's numbers until the transaction ends: whoever else wants to keep a release waits. Taken after
/// routing rows and before the head of the history, so that two who do both never wait for each other.
pub fn hold(conn: &mut Conn, workspace: &str) -> Result<()> {
    let first = (release_numbers::workspace_id.eq(workspace), release_numbers::next.eq(1));
    each_backend!(conn, inner => diesel::insert_into(release_numbers::table).values(first).on_conflict_do_nothing().execute(inner))?;
    diesel::update(release_numbers::table.find(workspace)).set(release_numbers::next.eq(release_numbers::next)).execute(conn)?;
    Ok(())
}

/// The next number, taken: never used again.
pub fn take_number(conn: &mut Conn, workspace: &str) -> Result<i64> {
    hold(conn, workspace)?;
    diesel::update(release_numbers::table.find(workspace)).set(release_numbers::next.eq(release_numbers::next + 1)).execute(conn)?;
    let next: i64 = release_numbers::table.find(workspace).select(release_numbers::next).first(conn)?;
    Ok(next - 1)
}

/// The number the next release gets.
pub fn next_number(conn: &mut Conn, workspace: &str) -> Result<i64> {
    Ok(release_numbers::table.find(workspace).select(release_numbers::next).first(conn).optional()?.unwrap_or(1))
}

/// Adds a release. What it holds of each flow is written beside it ([`spans`]), as far as the release before held it
/// otherwise; `row.manifest` has the rest.
pub fn insert(conn: &mut Conn, row: &Release, manifest: &Manifest) -> Result<()> {
    diesel::insert_into(releases::table).values(row).execute(conn)?;
    spans::go_on(conn, &row.workspace_id, row.number, &manifest.flows)
}

/// What a release holds.
///
/// # Errors
/// Stored text this program cannot read.
pub fn manifest(conn: &mut Conn, release: &Release) -> Result<Manifest> {
    let mut found: Manifest = serde_json::from_str(&release.manifest).map_err(Error::corrupt)?;
    // Those from before spans list their flows themselves.
    if found.flows.is_empty() {
        found.flows = spans::of_release(conn, &release.workspace_id, release.number)?;
    }
    Ok(found)
}

/// By number.
pub fn by_number(conn: &mut Conn, workspace: &str, number: i64) -> Result<Option<Release>> {
    Ok(of_workspace(workspace).filter(releases::number.eq(number)).first(conn).optional()?)
}

/// By id.
pub fn get(conn: &mut Conn, workspace: &str, id: &str) -> Result<Option<Release>> {
    Ok(of_workspace(workspace).filter(releases::id.eq(id)).first(conn).optional()?)
}

/// The one before a number; the newest of all before [`i64::MAX`].
pub fn before(conn: &mut Conn, workspace: &str, number: i64) -> Result<Option<Release>> {
    Ok(of_workspace(workspace).filter(releases::number.lt(number)).order(releases::number.desc()).first(conn).optional()?)
}

/// The newest release that was synced while production stood as this hash says.
pub fn synced_as(conn: &mut Conn, workspace: &str, production_hash: &str) -> Result<Option<Release>> {
    Ok(of_workspace(workspace)
        .filter(releases::synced_at.is_not_null())
        .filter(releases::production_hash.eq(production_hash))
        .order((releases::synced_at.desc(), releases::number.desc()))
        .first(conn)
        .optional()?)
}

/// The release that was synced last.
pub fn last_synced(conn: &mut Conn, workspace: &str) -> Result<Option<Release>> {
    Ok(of_workspace(workspace)
        .filter(releases::synced_at.is_not_null())
        .order((releases::synced_at.desc(), releases::number.desc()))
        .first(conn)
        .optional()?)
}

type OfWorkspace<'a> =
    releases::BoxedQuery<'a, super::conn::MultiBackend, diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<Release, super::conn::MultiBackend>>>;

fn of_workspace(workspace: &str) -> OfWorkspace<'_> {
    releases::table.filter(releases::workspace_id.eq(workspace)).select(Release::as_select()).into_boxed()
}

/// What the Versions list is cut down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that can be restored.
    pub restorable: bool,
    /// Only those that were in production, or only those that never were.
    pub synced: Option<bool>,
    /// Only this origin.
    pub origin: Option<Origin>,
    /// Comments and authors with this text.
    pub text: Option<String>,
}

/// A workspace's releases, newest first, a page at a time.
pub fn list(conn: &mut Conn, workspace: &str, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Release>> {
    let mut query = of_workspace(workspace).limit(limit + 1);
    if filter.restorable {
        query = query.filter(releases::restorable.eq(true));
    }
    query = match filter.synced {
        None => query,
        Some(true) => query.filter(releases::synced_at.is_not_null()),
        Some(false) => query.filter(releases::synced_at.is_null()),
    };
    if let Some(origin) = filter.origin {
        query = query.filter(releases::origin.eq(origin.as_str()));
    }
    if let Some(text) = &filter.text {
        let pattern = format!("%{}%", text.to_lowercase().replace(['%', '_'], ""));
        query = query.filter(lower(releases::comment).like(pattern.clone()).or(lower(releases::author_name).like(pattern)));
    }
    query = match from {
        Direction::Newest => query.order(releases::number.desc()),
        Direction::Before(number) => query.filter(releases::number.lt(*number)).order(releases::number.desc()),
        Direction::After(number) => query.filter(releases::number.gt(*number)).order(releases::number.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

diesel::define_sql_function! {
    /// `lower()` of both databases.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Notes that a release became what production runs; from then on it can be restored.
pub fn set_synced(conn: &mut Conn, id: &str, at: i64, production_hash: &str) -> Result<()> {
    diesel::update(releases::table.find(id))
        .set((releases::synced_at.eq(at), releases::production_hash.eq(production_hash), releases::restorable.eq(true)))
        .execute(conn)?;
    Ok(())
}

/// Adds a sync.
pub fn insert_sync(conn: &mut Conn, row: &Sync) -> Result<()> {
    diesel::insert_into(release_syncs::table).values(row).execute(conn)?;
    Ok(())
}

/// Syncs of a release, newest first.
pub fn syncs(conn: &mut Conn, release: &str, limit: i64) -> Result<Vec<Sync>> {
    Ok(release_syncs::table
        .filter(release_syncs::release_id.eq(release))
        .order(release_syncs::id.desc())
        .limit(limit)
        .select(Sync::as_select())
        .load(conn)?)
}

/// Numbers of restorable releases that hold a version, newest first.
pub fn holding(conn: &mut Conn, version: &str, limit: i64) -> Result<Vec<i64>> {
    let listed = release_flows::table
        .inner_join(releases::table.on(releases::id.eq(release_flows::release_id)))
        .filter(release_flows::version_id.eq(version))
        .filter(releases::restorable.eq(true))
        .order(releases::number.desc())
        .limit(limit);
    let mut found: Vec<i64> = listed.select(releases::number).load(conn)?;
    let within = releases::number.ge(release_spans::from_number);
    let within = within.and(release_spans::until_number.is_null().or(releases::number.nullable().le(release_spans::until_number)));
    let spanned = release_spans::table
        .inner_join(releases::table.on(releases::workspace_id.eq(release_spans::workspace_id)))
        .filter(release_spans::version_id.eq(version))
        .filter(within)
        .filter(releases::restorable.eq(true))
        .order(releases::number.desc())
        .limit(limit);
    found.extend(spanned.select(releases::number).load::<i64>(conn)?);
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// The components of a workspace with the hash of their newest revision, by id. Values of secrets are in no revision.
pub fn components(conn: &mut Conn, workspace: &str) -> Result<Vec<ComponentEntry>> {
    let rows: Vec<(String, String, String, i64, String)> = components::table
        .inner_join(
            component_revisions::table
                .on(component_revisions::component_id.eq(components::id).and(component_revisions::revision.eq(components::revision))),
        )
        .filter(components::workspace_id.eq(workspace))
        .filter(components::deleted_at.is_null())
        .order(components::id.asc())
        .select((components::id, components::kind, components::name, components::revision, component_revisions::content_hash))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, kind, name, revision, hash)| ComponentEntry { id, kind, name, revision, hash }).collect())
}
