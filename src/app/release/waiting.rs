//! What a push would do: which drafts wait, which are left behind and why (PRODUCT §6.1).

use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::error::Result;
use super::super::version::check::check;
use super::super::version::compare::{Comparison, compare};
use super::super::version::document;
use super::{Left, flows_of};
use crate::definition::Problem;
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::domain::event::hex;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::store::{deployments, quarantines};

/// What a push would put into development for one flow.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The flow.
    pub flow: Flow,
    /// The draft, or a published version that never was in development.
    pub version: Version,
    /// The published version that the draft equals: nothing is minted, that one is deployed.
    pub identical: Option<Version>,
    /// What it is compared with: what it was made from, else what is live in development.
    pub against: Option<Version>,
    /// What changed against that; none for the first version of a flow.
    pub comparison: Option<Comparison>,
    /// What stands in the way of publishing it; empty when it is ready.
    pub problems: Vec<Problem>,
}

impl Waiting {
    /// Whether it can be pushed.
    pub fn ready(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What a push would do.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Development environments with a deployed configuration.
    pub targets: Vec<Environment>,
    /// Flows with something to push, by slug.
    pub waiting: Vec<Waiting>,
    /// Drafts that stay where they are.
    pub left: Vec<Left>,
    /// Changes when anything above changes: what a decision is based on.
    pub seen: String,
}

/// Looks at every flow of a workspace.
///
/// # Errors
/// The database.
pub fn summary(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> Result<Summary> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let targets = targets(conn, workspace)?;
    let (mut waiting, mut left) = (Vec::new(), Vec::new());
    for flow in flows_of(conn, &workspace.id)? {
        look(conn, &flow, &targets, &mut waiting, &mut left)?;
    }
    let seen: Vec<_> = waiting.iter().map(|w| json!([w.version.id, w.version.lock_version, w.ready()])).collect();
    let seen = hex(&Sha256::digest(json!([seen, left]).to_string().as_bytes()));
    Ok(Summary { targets, waiting, left, seen })
}

/// Environments of kind development that flows can be deployed to.
fn targets(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<Environment>> {
    let mut found = Vec::new();
    for environment in environments::list(conn, &workspace.id)? {
        if environment.kind()? == Kind::Development && environments::deployed_number(conn, &environment.id)?.is_some() {
            found.push(environment);
        }
    }
    Ok(found)
}

fn look(conn: &mut Conn, flow: &Flow, targets: &[Environment], waiting: &mut Vec<Waiting>, left: &mut Vec<Left>) -> Result<()> {
    let drafts = versions::drafts(conn, &flow.id)?;
    let working = drafts.iter().find(|d| flow.working_draft.as_ref() == Some(&d.id));
    for extra in drafts.iter().filter(|d| flow.working_draft.as_ref() != Some(&d.id)) {
        if versions::by_content(conn, &flow.id, &extra.content_hash)?.is_none() {
            let reason = "It is an extra draft. Make it the working draft to push it.";
            left.push(Left::of(&flow.slug, Some(extra.number), reason));
        }
    }
    let candidate = match working {
        Some(draft) => {
            let identical = versions::by_content(conn, &flow.id, &draft.content_hash)?;
            match &identical {
                // Made from what is live and not changed yet: there is nothing to push.
                Some(same) if live_everywhere(conn, flow, targets, same)? => None,
                _ => Some((draft.clone(), identical)),
            }
        }
        None => never_there(conn, flow, targets)?.map(|version| (version, None)),
    };
    let Some((version, identical)) = candidate else { return Ok(()) };
    let content = document(conn, &version.id)?;
    let problems: Vec<Problem> = check(conn, flow, &content.text, &content.settings)?
        .problems
        .into_iter()
        .filter(|p| p.severity != crate::definition::Severity::Warning)
        .collect();
    if !problems.is_empty() {
        let count = if problems.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", problems.len()) };
        left.push(Left::of(&flow.slug, Some(version.number), format!("It is not ready: {count} to solve.")));
    }
    let against = match &version.from_version_id {
        Some(from) => versions::get_any(conn, from)?,
        None => live_in(conn, flow, targets.first())?,
    };
    let comparison = match &against {
        Some(against) => Some(compare(conn, against, &version)?),
        None => None,
    };
    waiting.push(Waiting { flow: flow.clone(), version, identical, against, comparison, problems });
    Ok(())
}

fn live_in(conn: &mut Conn, flow: &Flow, environment: Option<&Environment>) -> Result<Option<Version>> {
    let Some(environment) = environment else { return Ok(None) };
    match Place::load(conn, flow, environment)?.routing.primary {
        Some(pin) => Ok(versions::get_any(conn, pin.version.as_str())?),
        None => Ok(None),
    }
}

fn live_everywhere(conn: &mut Conn, flow: &Flow, targets: &[Environment], version: &Version) -> Result<bool> {
    for environment in targets {
        let routing = Place::load(conn, flow, environment)?.routing;
        if routing.primary.map(|p| p.version) != Some(version.id()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The newest published version, if it never was live in a development environment and is not held back there.
fn never_there(conn: &mut Conn, flow: &Flow, targets: &[Environment]) -> Result<Option<Version>> {
    let Some(latest) = versions::latest(conn, &flow.id)? else { return Ok(None) };
    let ever = deployments::environments_of_version(conn, &latest.id)?;
    for environment in targets {
        if ever.contains(&environment.id) {
            return Ok(None);
        }
        if quarantines::held(conn, &flow.id, &environment.id)?.iter().any(|q| q.version_id == latest.id) {
            return Ok(None);
        }
    }
    Ok((!targets.is_empty()).then_some(latest))
}

/// How many flows have a draft in work: for a hint, counted without comparing.
///
/// # Errors
/// The database.
pub fn drafts_in_work(conn: &mut Conn, workspace: &Workspace) -> Result<usize> {
    Ok(flows_of(conn, &workspace.id)?.iter().filter(|f| f.working_draft.is_some()).count())
}
