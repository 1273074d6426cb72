//! Components, their revisions, and the encrypted values of secrets.

use diesel::prelude::*;

use super::cached::one_of;
use super::conn::Conn;
use super::error::Result;
use super::page::{Direction, Page};
use super::schema::{component_revisions, components, environment_versions, secret_values};
use crate::domain::component::Kind;
use crate::domain::ids::{ComponentId, WorkspaceId};

/// A component as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = components)]
pub struct Component {
    /// `cmp_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// See [`Kind`].
    pub kind: String,
    /// How flows refer to it; unique among its kind.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The latest revision, from 1.
    pub revision: i64,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// When it was changed last.
    pub updated_at: i64,
    /// Who changed it last.
    pub updated_by: String,
    /// Since when it is in the bin.
    pub deleted_at: Option<i64>,
    /// Who put it there.
    pub deleted_by: Option<String>,
    /// Grows with each change.
    pub lock_version: i64,
}

impl Component {
    /// The typed id.
    pub fn id(&self) -> ComponentId {
        ComponentId::stored(self.id.clone())
    }
    /// The workspace's typed id.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId::stored(self.workspace_id.clone())
    }
    /// The kind.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn kind(&self) -> Result<Kind> {
        self.kind.parse().map_err(super::error::Error::corrupt)
    }
}

/// Adds a component.
pub fn insert(conn: &mut Conn, row: &Component) -> Result<()> {
    diesel::insert_into(components::table).values(row).execute(conn)?;
    Ok(())
}

/// By kind and name; not from the bin.
pub fn by_name(conn: &mut Conn, workspace: &str, kind: Kind, name: &str) -> Result<Option<Component>> {
    Ok(components::table
        .filter(components::workspace_id.eq(workspace))
        .filter(components::kind.eq(kind.as_str()))
        .filter(components::name.eq(name).or(components::id.eq(name)))
        .filter(components::deleted_at.is_null())
        .select(Component::as_select())
        .first(conn)
        .optional()?)
}

/// By id, also from the bin.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Component>> {
    Ok(components::table.find(id).select(Component::as_select()).first(conn).optional()?)
}

/// Components of a workspace by name, a page at a time. "Before" means further down the alphabet.
pub fn list(
    conn: &mut Conn,
    workspace: &str,
    kind: Option<Kind>,
    from: &Direction<(String, String)>,
    limit: i64,
) -> Result<Page<Component>> {
    let mut query = components::table
        .filter(components::workspace_id.eq(workspace))
        .filter(components::deleted_at.is_null())
        .select(Component::as_select())
        .limit(limit + 1)
        .into_boxed();
    if let Some(kind) = kind {
        query = query.filter(components::kind.eq(kind.as_str()));
    }
    query = match from {
        Direction::Newest => query.order((components::name.asc(), components::kind.asc())),
        Direction::Before((name, kind)) => query
            .filter(components::name.gt(name.clone()).or(components::name.eq(name.clone()).and(components::kind.gt(kind.clone()))))
            .order((components::name.asc(), components::kind.asc())),
        Direction::After((name, kind)) => query
            .filter(components::name.lt(name.clone()).or(components::name.eq(name.clone()).and(components::kind.lt(kind.clone()))))
            .order((components::name.desc(), components::kind.desc())),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Every component of a workspace outside the bin, by kind and name, without what they hold.
pub fn all(conn: &mut Conn, workspace: &str) -> Result<Vec<Component>> {
    Ok(components::table
        .filter(components::workspace_id.eq(workspace))
        .filter(components::deleted_at.is_null())
        .order((components::kind.asc(), components::name.asc()))
        .select(Component::as_select())
        .load(conn)?)
}

/// Components put in the bin since an instant, newest first.
pub fn bin(conn: &mut Conn, workspace: &str, since: i64, limit: i64) -> Result<Vec<Component>> {
    Ok(components::table
        .filter(components::workspace_id.eq(workspace))
        .filter(components::deleted_at.ge(since))
        .order(components::deleted_at.desc())
        .limit(limit)
        .select(Component::as_select())
        .load(conn)?)
}

/// What a change leaves in the row.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = components)]
pub struct Changed {
    /// How flows refer to it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The latest revision.
    pub revision: i64,
    /// Microseconds UTC.
    pub updated_at: i64,
    /// Who changed it.
    pub updated_by: String,
}

/// Changes a component if it is as it was read; otherwise nothing is changed and the answer is no.
pub fn change(conn: &mut Conn, id: &str, based_on: i64, changed: &Changed) -> Result<bool> {
    let row = components::table
        .filter(components::id.eq(id))
        .filter(components::lock_version.eq(based_on))
        .filter(components::deleted_at.is_null());
    Ok(diesel::update(row).set((changed, components::lock_version.eq(based_on + 1))).execute(conn)? == 1)
}

/// Puts a component in the bin, or fetches it back with `None`, if it is as it was read.
pub fn set_deleted(conn: &mut Conn, id: &str, based_on: i64, at: Option<i64>, by: Option<&str>) -> Result<bool> {
    let row = components::table.filter(components::id.eq(id)).filter(components::lock_version.eq(based_on));
    let set = (components::deleted_at.eq(at), components::deleted_by.eq(by), components::lock_version.eq(based_on + 1));
    Ok(diesel::update(row).set(set).execute(conn)? == 1)
}

/// Gives a component in the bin another name, under which it comes back, if it is as it was read.
pub fn rename_in_bin(conn: &mut Conn, id: &str, based_on: i64, name: &str) -> Result<bool> {
    let row = components::table
        .filter(components::id.eq(id))
        .filter(components::lock_version.eq(based_on))
        .filter(components::deleted_at.is_not_null());
    Ok(diesel::update(row).set((components::name.eq(name), components::lock_version.eq(based_on + 1))).execute(conn)? == 1)
}

/// A revision as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = component_revisions)]
pub struct Revision {
    /// Whose it is.
    pub component_id: String,
    /// From 1.
    pub revision: i64,
    /// JSON.
    pub content: String,
    /// SHA-256 of the canonical form.
    pub content_hash: String,
    /// Why it was made.
    pub note: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
}

/// Adds a revision.
pub fn insert_revision(conn: &mut Conn, row: &Revision) -> Result<()> {
    diesel::insert_into(component_revisions::table).values(row).execute(conn)?;
    Ok(())
}

/// One revision.
pub fn revision(conn: &mut Conn, component: &str, revision: i64) -> Result<Option<Revision>> {
    Ok(component_revisions::table.find((component, revision)).select(Revision::as_select()).first(conn).optional()?)
}

/// Revisions, newest first, a page at a time.
pub fn revisions(conn: &mut Conn, component: &str, from: &Direction<i64>, limit: i64) -> Result<Page<Revision>> {
    let mut query = component_revisions::table
        .filter(component_revisions::component_id.eq(component))
        .select(Revision::as_select())
        .limit(limit + 1)
        .into_boxed();
    query = match from {
        Direction::Newest => query.order(component_revisions::revision.desc()),
        Direction::Before(n) => query.filter(component_revisions::revision.lt(*n)).order(component_revisions::revision.desc()),
        Direction::After(n) => query.filter(component_revisions::revision.gt(*n)).order(component_revisions::revision.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// The latest content of every component of some kinds.
pub fn contents(conn: &mut Conn, workspace: &str, kinds: &[Kind]) -> Result<Vec<(Component, String)>> {
    let words: Vec<&str> = kinds.iter().map(|k| k.as_str()).collect();
    let rows = components::table
        .inner_join(
            component_revisions::table
                .on(component_revisions::component_id.eq(components::id).and(component_revisions::revision.eq(components::revision))),
        )
        .filter(components::workspace_id.eq(workspace))
        .filter(one_of("components.kind", &words))
        .filter(components::deleted_at.is_null())
        .order((components::kind.asc(), components::name.asc()));
    Ok(crate::each_backend!(conn, inner => rows.select((Component::as_select(), component_revisions::content)).load(inner))?)
}

/// A secret's value as stored: encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = secret_values)]
pub struct SecretValue {
    /// Whose it is.
    pub component_id: String,
    /// Base64.
    pub ciphertext: String,
    /// Base64.
    pub nonce: String,
    /// Which key it is encrypted under.
    pub key_id: String,
    /// Microseconds UTC.
    pub set_at: i64,
    /// Who set it.
    pub set_by: String,
}

/// Stores a secret's value over the one before.
pub fn put_secret(conn: &mut Conn, row: &SecretValue) -> Result<()> {
    let updated = diesel::update(secret_values::table.find(&row.component_id)).set(row).execute(conn)?;
    if updated == 0 {
        diesel::insert_into(secret_values::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// A secret's value, encrypted.
pub fn secret(conn: &mut Conn, component: &str) -> Result<Option<SecretValue>> {
    Ok(secret_values::table.find(component).select(SecretValue::as_select()).first(conn).optional()?)
}

/// The encrypted values of a workspace's secrets, with their components.
pub fn secrets(conn: &mut Conn, workspace: &str) -> Result<Vec<(Component, SecretValue)>> {
    Ok(components::table
        .inner_join(secret_values::table.on(secret_values::component_id.eq(components::id)))
        .filter(components::workspace_id.eq(workspace))
        .select((Component::as_select(), SecretValue::as_select()))
        .load(conn)?)
}

/// Forgets the values of secrets that have been in the bin since before an instant.
pub fn forget_secrets(conn: &mut Conn, before: i64) -> Result<usize> {
    let gone: Vec<String> = components::table
        .filter(components::deleted_at.lt(before))
        .filter(components::kind.eq(Kind::Secret.as_str()))
        .select(components::id)
        .load(conn)?;
    let rows = secret_values::table.filter(one_of("component_id", &gone));
    Ok(crate::each_backend!(conn, inner => diesel::delete(rows).execute(inner))?)
}

/// The configuration that a run is pinned to.
pub fn configuration(conn: &mut Conn, environment: &str, number: i64) -> Result<Option<String>> {
    Ok(environment_versions::table
        .filter(environment_versions::environment_id.eq(environment))
        .filter(environment_versions::number.eq(number))
        .select(environment_versions::configuration)
        .first(conn)
        .optional()?)
}

/// Configurations of a workspace that are deployed or being edited: environment, number, state and text.
pub fn configurations(conn: &mut Conn, workspace: &str) -> Result<Vec<(String, i64, String, String)>> {
    Ok(environment_versions::table
        .filter(environment_versions::workspace_id.eq(workspace))
        .filter(super::cached::said("state IN ('draft','deployed')"))
        .order((environment_versions::environment_id.asc(), environment_versions::number.desc()))
        .select((
            environment_versions::environment_id,
            environment_versions::number,
            environment_versions::state,
            environment_versions::configuration,
        ))
        .load(conn)?)
}
