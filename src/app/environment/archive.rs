//! Putting an environment away, and fetching it back. Nothing in it is lost.

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Refusal, Result};
use super::change::stale;
use crate::domain::access::Permission;
use crate::domain::deployment::Switch;
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Flow};

/// What stands in the way of archiving an environment.
#[derive(Debug, Clone, Default)]
pub struct Blockers {
    /// It is *the* production of the workspace.
    pub production: bool,
    /// It is the only one.
    pub only: bool,
    /// Flows that are live there.
    pub flows: Vec<Flow>,
    /// Flows that are stopped there in the middle of a rollout.
    pub rolling: Vec<Flow>,
    /// Environments that take only what is live there.
    pub targets: Vec<Environment>,
}

impl Blockers {
    /// Nothing stands in the way.
    pub fn none(&self) -> bool {
        !self.production && !self.only && self.flows.is_empty() && self.rolling.is_empty() && self.targets.is_empty()
    }

    /// What stands in the way, in sentences.
    pub fn sentences(&self, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        if self.production {
            all.push(format!("{name} is the production that colours this workspace's number plates."));
        } else if self.only {
            all.push(format!("{name} is the only environment of this workspace."));
        }
        all.extend(self.flows.iter().map(|flow| format!("{} is live there. Stop it there first.", flow.name)));
        all.extend(self.rolling.iter().map(|flow| format!("A rollout of {} is under way there. Stop it first.", flow.name)));
        all.extend(self.targets.iter().map(|to| format!("{} takes only what is live there. Change its promotion path first.", to.name)));
        all
    }
}

/// What stands in the way of archiving an environment. A flow that was stopped there is not live.
///
/// # Errors
/// The database.
pub fn blockers(conn: &mut Conn, row: &Environment) -> Result<Blockers> {
    let others: Vec<Environment> = environments::list(conn, &row.workspace_id)?.into_iter().filter(|e| e.id != row.id).collect();
    let rows = deployments::of_environment(conn, &row.id)?;
    let (stopped, live): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| r.switch == Switch::Stopped.as_str());
    let rolling: Vec<&Row> = stopped.into_iter().filter(|r| r.candidate_version.is_some()).collect();
    let mut named = |rows: &[&Row]| -> Result<Vec<Flow>> {
        let ids: Vec<&str> = rows.iter().map(|r| r.flow_id.as_str()).collect();
        let mut flows = flows::get_many(conn, &ids)?;
        flows.retain(|flow| flow.deleted_at.is_none());
        flows.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(flows)
    };
    let (flows, rolling) = (named(&live)?, named(&rolling)?);
    Ok(Blockers {
        production: row.is_production,
        only: others.is_empty(),
        flows,
        rolling,
        targets: others.into_iter().filter(|e| e.promotes_from.as_ref() == Some(&row.id)).collect(),
    })
}

/// Puts an environment away.
///
/// # Errors
/// Not an admin; `in_use` with the reasons; stale.
pub fn archive(conn: &mut Conn, ctx: &Ctx, row: &Environment, expect: Option<i64>) -> Result<()> {
    ctx.allow(Permission::Administer, Some(&row.workspace()))?;
    if row.archived_at.is_some() {
        return Err(Error::refused("already", format!("{} is archived already.", row.name)));
    }
    // Taken first, so that what stands in the way is what stands there once nobody can deploy any more.
    environments::keep_alone(conn, &row.id)?;
    if expect.is_some_and(|seen| seen != row.lock_version) || !environments::set_archived(conn, row, Some(ctx.now.0))? {
        return Err(stale(row));
    }
    let blockers = blockers(conn, row)?;
    if !blockers.none() {
        let reasons = blockers.sentences(&row.name);
        return Err(Error::Refused(Refusal {
            code: "in_use",
            message: format!("{} cannot be archived. {}", row.name, reasons.join(" ")),
            detail: json!({"reasons": reasons, "flows": blockers.flows.iter().map(|f| &f.slug).collect::<Vec<_>>()}),
        }));
    }
    note(conn, ctx, row, "environment.archived")
}

/// Brings an archived environment back, as it was.
///
/// # Errors
/// Not an admin; not archived; stale.
pub fn bring_back(conn: &mut Conn, ctx: &Ctx, row: &Environment) -> Result<()> {
    ctx.allow(Permission::Administer, Some(&row.workspace()))?;
    if row.archived_at.is_none() {
        return Err(Error::refused("already", format!("{} is not archived.", row.name)));
    }
    let same = environments::list(conn, &row.workspace_id)?.into_iter().find(|e| e.name.to_lowercase() == row.name.to_lowercase());
    if let Some(other) = same {
        let says = format!("Another environment is called {} by now. Give that one another name first.", other.name);
        return Err(Error::refused("name_taken", says));
    }
    if !environments::set_archived(conn, row, None)? {
        return Err(stale(row));
    }
    note(conn, ctx, row, "environment.unarchived")
}

fn note(conn: &mut Conn, ctx: &Ctx, row: &Environment, action: &str) -> Result<()> {
    ctx.record(
        conn,
        Event {
            action,
            workspace: Some(&row.workspace_id),
            environment: Some(&row.id),
            object: Some((ObjectKind::Environment, &row.id, &row.name)),
            ..Event::default()
        },
    )?;
    Ok(())
}
