//! Reading the history.

pub mod export;
pub mod seen;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::ctx::Ctx;
use super::error::Result;
use super::version::table::sync;
use crate::domain::access::Permission;
use crate::domain::approval::Approved;
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::events::{self, Event, Filter};
use crate::store::page::{Direction, Page};
use crate::store::workspaces::Workspace;
use crate::store::{components, deployments, environments, flows, versions};

/// Events of a workspace, newest first. Those of no workspace come with them where the filter asks for it, for admins of
/// the whole instance.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Event>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let outside = filter.outside && ctx.actor.may(Permission::Administer, None);
    let filter = Filter { workspace: Some(workspace.id.clone()), outside, ..filter.clone() };
    Ok(events::list(conn, &filter, from, limit)?)
}

/// What was done to the instance itself, newest first: backups, people, tokens, sign-ins.
///
/// # Errors
/// Not an admin of the instance.
pub fn of_instance(conn: &mut Conn, ctx: &Ctx, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Event>> {
    ctx.allow(Permission::Administer, None)?;
    let filter = Filter { workspace: None, outside: true, ..filter.clone() };
    Ok(events::list(conn, &filter, from, limit)?)
}

/// What still stands of what these events did, so that a page offers to undo nothing else.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The present routing revision, by flow and environment.
    pub routing: HashMap<(String, String), i64>,
    /// Flows, versions and components that are in the bin.
    pub binned: HashSet<String>,
}

/// Reads it for a page of events.
///
/// # Errors
/// The database.
pub fn standing(conn: &mut Conn, workspace: &Workspace, found: &[Event]) -> Result<Standing> {
    let of_flows: BTreeSet<String> =
        found.iter().filter(|e| e.action.starts_with("deployment.")).filter_map(|e| e.flow_id.clone()).collect();
    let routing = deployments::of_flows(conn, &of_flows.into_iter().collect::<Vec<_>>())?;
    let mut standing = Standing {
        routing: routing.into_iter().map(|row| ((row.flow_id, row.environment_id), row.revision)).collect(),
        binned: HashSet::new(),
    };
    for event in found.iter().filter(|e| e.action.ends_with(".deleted")) {
        let id = event.object_id.as_str();
        let binned = match event.action.as_str() {
            "flow.deleted" => flows::get_many(conn, &[id])?.iter().any(|f| f.deleted_at.is_some()),
            "version.deleted" => versions::get_any(conn, id)?.is_some_and(|v| v.deleted_at.is_some()),
            "component.deleted" => components::get(conn, id)?.is_some_and(|c| c.deleted_at.is_some() && c.workspace_id == workspace.id),
            _ => false,
        };
        if binned {
            standing.binned.insert(id.to_owned());
        }
    }
    Ok(standing)
}

/// What an event names besides ids: the version it is about, by the number it quotes.
pub fn number(event: &Event) -> Option<i64> {
    let read = |text: &Option<String>| text.as_deref().and_then(|t| serde_json::from_str::<serde_json::Value>(t).ok());
    let of = |text: &Option<String>, field: &str| read(text)?.get(field)?.as_i64();
    match event.action.as_str() {
        "deployment.rollout" | "deployment.advance" | "deployment.halt" | "deployment.continue" => of(&event.after, "candidate"),
        "deployment.stop_rollout" => of(&event.before, "candidate"),
        "version.released" | "rollout.inconclusive" => of(&event.after, "version"),
        "run.rerun" => of(&event.before, "version"),
        // Which of two versions was hot-fixed the routing does not say; the version's own event does.
        "deployment.hotfix" if of(&event.after, "candidate").is_some() => None,
        action if action.starts_with("deployment.") => of(&event.after, "primary"),
        action if action.starts_with("version.") || action.starts_with("proposal.") => {
            let name = event.object_name.trim_start_matches('v');
            name.split_once('.').map_or(name, |(number, _revision)| number).parse().ok()
        }
        _ => None,
    }
}

/// Who proposed and approved what an event did, when others had to: the event is named by its place in the chain.
///
/// # Errors
/// The database.
pub fn approved(conn: &mut Conn, seq: i64) -> Result<Option<Approved>> {
    Ok(events::after_of(conn, seq)?.and_then(|after| read_approved(&serde_json::from_str(&after).ok()?)))
}

/// The same out of what an event says stood afterwards.
pub fn read_approved(after: &serde_json::Value) -> Option<Approved> {
    serde_json::from_value(after.get("proposal")?.clone()).ok()
}

/// The present colours of the versions that these events name: by flow and number.
///
/// # Errors
/// The database.
pub fn colours(conn: &mut Conn, workspace: &Workspace, found: &[Event]) -> Result<HashMap<(String, i64), Sync>> {
    let named: Vec<(&str, i64)> = found.iter().filter_map(|e| Some((e.flow_id.as_deref()?, number(e)?))).collect();
    let of_flows: BTreeSet<&str> = named.iter().map(|(flow, _)| *flow).collect();
    let numbers: BTreeSet<i64> = named.iter().map(|(_, number)| *number).collect();
    let of_flows: Vec<&str> = of_flows.into_iter().collect();
    let environments = environments::list(conn, &workspace.id)?;
    let routing = deployments::of_flows(conn, &of_flows.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>())?;
    let versions = versions::by_numbers(conn, &of_flows, &numbers.into_iter().collect::<Vec<_>>())?;
    Ok(versions
        .into_iter()
        .map(|version| {
            let mine: Vec<_> = routing.iter().filter(|r| r.flow_id == version.flow_id).cloned().collect();
            ((version.flow_id.clone(), version.number), sync(&version, &environments, &mine))
        })
        .collect())
}

/// What an action was, in the past tense for timelines: "published", "was paused".
pub fn verb(action: &str) -> &str {
    match action {
        "flow.created" => "created the flow",
        "flow.changed" => "changed the flow's details",
        "flow.archived" => "archived the flow",
        "flow.unarchived" => "brought the flow back from the archive",
        "flow.deleted" => "moved the flow to the bin",
        "flow.restored" => "brought the flow back from the bin",
        "version.created" => "started a draft",
        "version.saved" => "saved the draft",
        "version.discarded" => "discarded the draft's changes",
        "version.published" => "published",
        "version.described" => "changed note or label of",
        "version.archived" => "archived",
        "version.unarchived" => "brought back from the archive",
        "version.deleted" => "moved to the bin",
        "version.restored" => "brought back from the bin",
        "version.hotfixed" | "deployment.hotfix" => "hot-fixed",
        "deployment.deploy" => "deployed",
        "deployment.redeploy" => "redeployed",
        "deployment.rollback" => "rolled back to",
        "deployment.pause" => "paused",
        "deployment.resume" => "resumed",
        "deployment.disable" => "switched triggers off for",
        "deployment.enable" => "switched triggers on for",
        "deployment.stop" => "stopped",
        "deployment.rollout" => "began to roll out",
        "deployment.advance" => "moved",
        "deployment.promote" => "completed the rollout of",
        "deployment.halt" => "halted the rollout of",
        "deployment.continue" => "continued the rollout of",
        "deployment.stop_rollout" => "stopped the rollout of",
        "rollout.inconclusive" => "could not judge the rollout of",
        "version.released" => "released",
        "proposal.made" => "proposed",
        "proposal.approved" => "approved",
        "proposal.rejected" => "rejected",
        "proposal.withdrawn" => "took back the proposal of",
        "proposal.executed" => "carried out the proposal of",
        "plan.created" => "kept the plan",
        "plan.changed" => "changed the plan",
        "plan.deleted" => "moved the plan to the bin",
        "run.started" => "started a run",
        "run.cancelled" => "cancelled a run",
        "run.suspended" => "suspended a run",
        "run.resumed" => "resumed a run",
        "run.retried" => "retried a run",
        "environment.created" => "made the environment",
        "environment.changed" => "changed the settings of",
        "environment.moved" => "moved",
        "environment.archived" => "archived the environment",
        "environment.unarchived" => "brought back the environment",
        "configuration.saved" => "edited the configuration",
        "configuration.described" => "changed the note of",
        "configuration.deployed" => "deployed the configuration",
        "configuration.redeployed" => "deployed again the configuration",
        "configuration.drafted" => "made a draft of the configuration",
        "configuration.deleted" => "moved the configuration to the bin",
        "run.rerun" => "started runs again of",
        "planned.created" => "planned the",
        "planned.done" => "carried out the planned",
        "planned.suspended" => "suspended the planned",
        "planned.failed" => "could not carry out the planned",
        "planned.confirmed" => "confirmed the planned",
        "planned.cancelled" => "cancelled the planned",
        "package.created" => "made the package",
        "package.changed" => "changed the package",
        "package.deleted" => "moved the package to the bin",
        "package.restored" => "brought the package back from the bin",
        "plan.restored" => "brought the plan back from the bin",
        "configuration.restored" => "brought the configuration back from the bin",
        "bin.purged" => "took what had waited 30 days out of the bin for good",
        "bin.emptied" => "took out of the bin for good",
        "package.deployed" => "deployed the package",
        "package.returned" => "took back the package",
        "release.pushed" => "pushed the workspace as",
        "release.synced" => "synced",
        "release.proposed" => "proposed to sync",
        "release.restored" => "restored into drafts",
        "component.created" => "made the component",
        "component.changed" => "changed the component",
        "component.deleted" => "moved to the bin the component",
        "component.restored" => "brought back from the bin the component",
        "secret.set" => "set the value of the secret",
        "cache.cleared" => "emptied the cache",
        "backup.asked" => "asked for a backup",
        "backup.made" => "made the backup",
        "backup.failed" => "could not make the backup",
        "backup.verification_asked" => "asked to verify the backup",
        "backup.verified" => "verified the backup",
        "backup.refused" => "could not verify the backup",
        "backup.removed" => "removed the backup",
        "backup.schedule_changed" => "changed the schedule of backups of",
        "instance.restore_asked" => "went back to a backup of",
        "instance.restore_failed" => "could not restore",
        "instance.released" => "let everything go on in",
        "workspace.created" => "created the workspace",
        "workspace.changed" => "changed the settings of the workspace",
        "workspace.imported" => "imported a file into",
        "flow.imported" => "imported",
        "flow.quarantine_imported" => "imported the quarantines of",
        "version.imported" => "imported",
        "component.imported" => "imported the component",
        "environment.imported" => "imported the environment",
        "plan.imported" => "imported the plan",
        "package.imported" => "imported the package",
        "instance.restored" => "restored a backup into",
        "audit.epoch_begun" => "began a new epoch of the history of",
        "instance.set_up" => "set up Signalbox with",
        "version.chosen" => "chose the working draft",
        "user.added" => "added",
        "user.role_changed" => "changed the role of",
        "user.renamed" => "changed the name of",
        "user.password_changed" | "user.password_reset" => "changed the password of",
        "user.signed_out" => "signed out",
        "user.disabled" => "disabled",
        "user.enabled" => "enabled",
        "session.signed_in" => "signed in",
        "session.signed_out" => "signed out",
        "session.ended" => "ended another session",
        "session.refused" => "refused a sign-in as",
        "token.created" => "created the token",
        "token.revoked" => "revoked the token",
        other => other,
    }
}
