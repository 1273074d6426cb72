//! Releases: push, sync, compare, restore (PRODUCT §6).

pub mod compare;
pub mod export;
pub mod keep;
pub mod look;
pub mod push;
pub mod repair;
pub mod restore;
pub mod rewrite;
pub mod settle;
pub mod sync;
pub mod take;
pub mod travel;
pub mod waiting;

use serde_json::Value;

use super::ctx::{Ctx, Event};
use super::error::{Error, Result};
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Filter, Flow};
use crate::store::page::Direction;
use crate::store::releases::{self, Release};
use crate::store::workspaces::Workspace;

/// Flows that a push or sync looks at.
const MOST: i64 = 10_000;

/// Something that does not come along, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Left {
    /// The flow's or environment's slug.
    pub name: String,
    /// The draft's number, where it is one.
    pub version: Option<i64>,
    /// Why, in one sentence.
    pub reason: String,
}

impl Left {
    fn of(name: &str, version: Option<i64>, reason: impl Into<String>) -> Self {
        Self { name: name.to_owned(), version, reason: reason.into() }
    }
}

/// A release by number or id.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, workspace: &Workspace, name: &str) -> Result<Release> {
    let found = match name.parse::<i64>() {
        Ok(number) => releases::by_number(conn, &workspace.id, number)?,
        Err(_) => releases::get(conn, &workspace.id, name)?,
    };
    found.ok_or_else(|| Error::not_found("release", name))
}

/// Every flow of a workspace that is neither archived nor in the bin, by slug.
fn flows_of(conn: &mut Conn, workspace: &str) -> Result<Vec<Flow>> {
    Ok(flows::list(conn, workspace, &Filter::default(), &Direction::Newest, MOST)?.items)
}

/// Which flows were ticked: all when nothing is said, else those named by slug or id.
fn ticked(wanted: Option<&[String]>, flow: &Flow) -> bool {
    wanted.is_none_or(|all| all.iter().any(|name| *name == flow.slug || *name == flow.id))
}

/// Refuses names that are no flow of the workspace.
fn known(conn: &mut Conn, workspace: &Workspace, wanted: Option<&[String]>) -> Result<()> {
    for name in wanted.unwrap_or_default() {
        if flows::find(conn, &workspace.id, name)?.is_none() {
            return Err(Error::invalid("flows", format!("There is no flow “{name}” here. Name flows by slug or id.")));
        }
    }
    Ok(())
}

/// Refuses what was decided on another state than the one that stands there now.
fn still(seen: Option<&str>, now: &str) -> Result<()> {
    if seen.is_none_or(|seen| seen == now) {
        return Ok(());
    }
    Err(Error::Stale {
        message: "Something changed while you were looking. Look at the summary again, then decide.".into(),
        current: serde_json::json!({ "seen": now }),
    })
}

fn note(
    conn: &mut Conn,
    ctx: &Ctx,
    action: &str,
    release: &Release,
    environment: Option<&str>,
    after: Value,
    reason: Option<&str>,
) -> Result<()> {
    let event = Event {
        action,
        workspace: Some(&release.workspace_id),
        environment,
        object: Some((ObjectKind::Release, &release.id, &release.number.to_string())),
        after: Some(after),
        reason: reason.filter(|r| !r.is_empty()),
        ..Event::default()
    };
    ctx.record(conn, event)?;
    Ok(())
}

fn missing(what: &str, id: &str) -> Error {
    StoreError::corrupt(format!("the {what} {id} is missing")).into()
}
