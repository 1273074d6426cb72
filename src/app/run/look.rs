//! One run with all that its page shows.

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::version::table::sync;
use super::find;
use super::steps::{StepView, steps};
use crate::domain::access::Permission;
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::{self, Flow};
use crate::store::runs::{self, Run};
use crate::store::workspaces::Workspace;
use crate::store::{configurations, deployments, versions};

/// A run and what belongs to it.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The run.
    pub run: Run,
    /// Its flow, also when it lies in the bin.
    pub flow: Flow,
    /// Where it runs.
    pub environment: Environment,
    /// The colour of its version's plate.
    pub sync: Sync,
    /// It is pinned to a draft configuration, as that was when it started.
    pub on_draft: bool,
    /// Its steps after the position that was asked for.
    pub steps: Vec<StepView>,
    /// More steps follow.
    pub more: bool,
    /// Runs that retry this one, newest first.
    pub retries: Vec<String>,
    /// The actor may cancel, suspend, resume and retry it.
    pub may_act: bool,
}

/// Looks at a run; `after` is the position of the last step that was seen, -1 for none.
///
/// # Errors
/// Not found.
pub fn look(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str, after: i64) -> Result<Looked> {
    let run = find(conn, ctx, workspace, id)?;
    let flow = flows::get_many(conn, &[&run.flow_id])?.into_iter().next().ok_or_else(|| Error::not_found("flow", &run.flow_id))?;
    let environments = environments::list(conn, &workspace.id)?;
    let environment = match environments.iter().find(|e| e.id == run.environment_id) {
        Some(environment) => environment.clone(),
        None => environments::get(conn, &run.environment_id)?.ok_or_else(|| Error::not_found("environment", &run.environment_id))?,
    };
    let routing = deployments::of_flow(conn, &flow.id)?;
    let version = versions::get_any(conn, &run.version_id)?;
    let sync = version.map_or(Sync::Never, |v| sync(&v, &environments, &routing));
    let on_draft = run.test && configurations::kept_for_run(conn, &run.id)?.is_some();
    let (steps, more) = steps(conn, &run, after)?;
    let retries = runs::retries_of(conn, &run.id)?.into_iter().map(|r| r.id).collect();
    let may_act = ctx.actor.may(Permission::Start(environment.kind()?), Some(&workspace.id()));
    Ok(Looked { run, flow, environment, sync, on_draft, steps, more, retries, may_act })
}
