//! Configuration values travel with a sync; values *managed here* are kept (PRODUCT §4.6).

use super::super::ctx::Ctx;
use super::super::environment::edit::put_whole;
use super::super::environment::{Stand, rack};
use super::super::error::Result;
use super::missing;
use crate::domain::environment::{Configuration, Difference, Entry, differences};
use crate::domain::release::configuration::carry;
use crate::domain::release::{EnvironmentEntry, Manifest};
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};

/// What a sync would do to the configuration where it goes.
#[derive(Debug, Clone, Default)]
pub struct Travel {
    /// The environment the values come from, by slug; none when they stay.
    pub source: Option<String>,
    /// What will stand there.
    pub next: Configuration,
    /// What changes there.
    pub changes: Vec<Difference>,
    /// Values that are managed here, so they are kept.
    pub kept: Vec<Entry>,
    /// Values that only this environment has.
    pub only_here: Vec<Entry>,
}

/// The environment a release's values come from: the one before on the promotion path, else the one it was made of.
fn source<'m>(manifest: &'m Manifest, basis: Option<&str>, target: &Environment) -> Option<&'m EnvironmentEntry> {
    let from = target.promotes_from.as_deref().or(basis)?;
    manifest.environment(from).filter(|e| e.id != target.id && e.number.is_some())
}

/// Looks at what would change.
///
/// # Errors
/// The database.
pub fn look(conn: &mut Conn, manifest: &Manifest, basis: Option<&str>, target: &Environment) -> Result<Travel> {
    let here = match configurations::deployed(conn, &target.id)? {
        Some(row) => row.content()?,
        None => Configuration::default(),
    };
    let Some(source) = source(manifest, basis, target) else {
        let kept = here.entries().into_iter().filter(|e| e.managed).collect();
        return Ok(Travel { next: here, kept, ..Travel::default() });
    };
    let done = carry(&source.configuration, &here);
    Ok(Travel {
        source: Some(source.slug.clone()),
        changes: differences(&here, &done.next),
        next: done.next,
        kept: done.kept,
        only_here: done.only_here,
    })
}

/// Deploys the configuration as it will stand, through the draft; what was in work in the draft is in the next draft.
///
/// # Errors
/// Not allowed; frozen; stale.
pub fn go(conn: &mut Conn, ctx: &Ctx, target: &Environment, travel: &Travel, comment: &str) -> Result<Option<i64>> {
    if travel.changes.is_empty() {
        return Ok(None);
    }
    let fresh =
        |conn: &mut Conn| -> Result<Environment> { environments::get(conn, &target.id)?.ok_or_else(|| missing("environment", &target.id)) };
    let environment = fresh(conn)?;
    let stand = Stand::load(conn, &environment)?;
    let in_work = match (stand.draft(), stand.deployed()) {
        (Some(draft), Some(_)) if !stand.since_deployed(draft)?.is_empty() => Some(draft.content()?),
        (None, Some(deployed)) => {
            rack::draft_from(conn, ctx, &environment, deployed, None)?;
            None
        }
        _ => None,
    };
    let environment = fresh(conn)?;
    let draft = put_whole(conn, ctx, &environment, &travel.next)?;
    let done = rack::deploy(conn, ctx, &environment, &draft, &rack::Deploy { comment: comment.to_owned(), ..rack::Deploy::default() })?;
    if let Some(in_work) = in_work {
        put_whole(conn, ctx, &done.environment, &in_work)?;
    }
    Ok(Some(done.version.number))
}
