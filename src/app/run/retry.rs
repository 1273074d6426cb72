//! Retry: a new run with the old input, linked to the old one (DECISIONS 10); with the same version
//! ("was it the world?") or with another ("was it us?").

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::super::version;
use super::start::{Source, Start, start};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::domain::event::ObjectKind;
use crate::domain::ids::WorkspaceId;
use crate::domain::run::{Configured, Trigger};
use crate::domain::sealed;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::page::Direction;
use crate::store::runs::Run;
use crate::store::versions::{Shown, Version};
use crate::store::{configurations, deployments, environments, flows, versions};

/// Starts a run anew. Without `version` the same version is asked for, as long as it may run there.
///
/// # Errors
/// The run has not ended; the version may not run there.
pub fn retry(conn: &mut Conn, ctx: &Ctx, run: &Run, version: Option<&str>, worker: Option<String>) -> Result<Run> {
    let environment = environments::get(conn, &run.environment_id)?.ok_or_else(|| Error::not_found("environment", &run.environment_id))?;
    ctx.allow(Permission::Start(environment.kind()?), Some(&WorkspaceId::stored(run.workspace_id.clone())))?;
    if !run.state()?.is_final() {
        return Err(Error::refused("invalid_transition", format!("This run is {}. Cancel it first, or wait for its end.", run.state)));
    }
    if sealed::parts(&run.input).is_some() {
        let text = "The flow that called this run handed it a secret, which only that flow's run may do. Retry the calling run.";
        return Err(Error::refused("input_sealed", text));
    }
    let flow = flows::get(conn, &run.flow_id)?.filter(|f| f.deleted_at.is_none()).ok_or_else(|| Error::not_found("flow", &run.flow_id))?;
    let wanted = match version {
        Some(name) => Some(version::find(conn, &flow, name)?),
        None => versions::get(conn, &run.version_id)?,
    };
    let Some(wanted) = wanted else {
        return Err(Error::refused("no_runnable_version", format!("Version {} is gone. Retry with another version.", run.version_number)));
    };
    let same = wanted.id == run.version_id;
    // What it ran, not what somebody hot-fixed elsewhere since; where it is live, everybody gets what is live.
    let revision = if same { run.revision } else { wanted.revision };
    let wanted = Version { revision, ..wanted };
    // As it is now, like the deployed one that any other retry takes.
    let on_draft = run.test && configurations::kept_for_run(conn, &run.id)?.is_some();
    let ask = Start {
        input: serde_json::from_str::<Value>(&run.input).map_err(StoreError::corrupt)?,
        version: Some(wanted),
        key: run.key.clone(),
        test: run.test,
        configuration: if on_draft { Configured::Draft } else { Configured::Deployed },
    };
    // With the same version the reason says so; with another it was asked for by name.
    let trigger = if same { Trigger::Retry } else { Trigger::Api };
    let source = Source { retry_of: Some(run.id.clone()), worker, ..Source::new(trigger) };
    let new = start(conn, ctx, &flow, &environment, &ask, &source)?;
    ctx.record(
        conn,
        Event {
            action: "run.retried",
            workspace: Some(&run.workspace_id),
            flow: Some(&run.flow_id),
            environment: Some(&run.environment_id),
            object: Some((ObjectKind::Run, &run.id, &flow.name)),
            after: Some(json!({"run": new.id, "version": new.version_number})),
            ..Event::default()
        },
    )?;
    Ok(new)
}

/// A version that a run may be repeated with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its number.
    pub number: i64,
    /// Why it is offered: "as before", "live here".
    pub words: &'static str,
}

/// Versions offered for a repetition: the run's own first, then what is live here, then newer ones that may run here.
///
/// # Errors
/// The database.
pub fn choices(conn: &mut Conn, run: &Run, flow: &Flow, environment: &Environment) -> Result<Vec<Choice>> {
    let mut all = vec![Choice { number: run.version_number, words: "as before" }];
    let mut offer = |number: i64, words: &'static str| {
        if all.iter().all(|c| c.number != number) {
            all.push(Choice { number, words });
        }
    };
    if let Some(live) = deployments::get(conn, &flow.id, &environment.id)?.and_then(|r| r.primary_number) {
        offer(live, "live here");
    }
    if environment.kind()? == Kind::Development || run.test {
        for version in versions::list(conn, &flow.id, Shown::All, &Direction::Newest, OFFERED)?.items.into_iter().filter(|v| v.ready) {
            offer(version.number, if version.is_draft() { "draft" } else { "published" });
        }
    }
    Ok(all)
}

/// Versions offered beside the run's own and the live one.
const OFFERED: i64 = 20;
