//! A proposal with exactly what is to be approved.

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::version::compare::{Comparison, compare};
use super::subject::{Deployment, Subject};
use super::{find, stands};
use crate::domain::access::Permission;
use crate::domain::approval::{Standing, Verdict, may_vote};
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::events;
use crate::store::page::{Direction, Page};
use crate::store::proposals::{self, Proposal, Vote};
use crate::store::versions;
use crate::store::workspaces::Workspace;

/// A proposal and what belongs to it.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The proposal.
    pub proposal: Proposal,
    /// What is to be done.
    pub subject: Subject,
    /// Where it is to go.
    pub environment: Environment,
    /// Ids of those who wrote what is proposed.
    pub authors: Vec<String>,
    /// What was said.
    pub votes: Vec<Vote>,
    /// Where it stands now.
    pub standing: Standing,
    /// Why the actor may not vote; `None`: they may.
    pub may_not: Option<String>,
    /// The actor may change what runs there.
    pub may_operate: bool,
}

impl Looked {
    /// How many approved.
    pub fn approvals(&self) -> usize {
        self.votes.iter().filter(|v| v.verdict == Verdict::Approve.as_str()).count()
    }
}

/// Looks at a proposal.
///
/// # Errors
/// Not found.
pub fn look(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Looked> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let proposal = find(conn, &workspace.id, id)?;
    whole(conn, ctx, proposal)
}

/// Proposals of a workspace, newest first.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, open: bool, from: &Direction<String>, limit: i64) -> Result<Page<Looked>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let page = proposals::list(conn, &workspace.id, open, from, limit)?;
    let (more, newer) = (page.more, page.newer);
    let items: Result<Vec<Looked>> = page.items.into_iter().map(|proposal| whole(conn, ctx, proposal)).collect();
    Ok(Page { items: items?, more, newer })
}

/// Proposals that somebody should look at, newest first: those that wait for approvals, and those that have them and
/// were not carried out. At most `limit` are looked through.
///
/// # Errors
/// The database.
pub fn waiting(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, limit: i64) -> Result<Vec<Looked>> {
    let mut found = Vec::new();
    for proposal in proposals::waiting(conn, &workspace.id, ctx.now.0, limit)? {
        found.push(whole(conn, ctx, proposal)?);
    }
    found.retain(|looked| looked.standing.waits());
    Ok(found)
}

/// What makes somebody one of the authors of a version or a configuration.
const WRITING: &[&str] = &[
    "version.created",
    "version.saved",
    "version.hotfixed",
    "version.imported",
    "configuration.drafted",
    "configuration.saved",
    "configuration.restored",
];

/// Everybody who wrote at what is proposed, not only who began it (TRUST §4.5).
fn authors(conn: &mut Conn, proposal: &Proposal) -> Result<Vec<String>> {
    let Some(object) = proposal.version_id.as_ref().or(proposal.configuration_id.as_ref()) else { return Ok(Vec::new()) };
    let mut all = events::actors(conn, object, WRITING)?;
    all.extend(proposal.author_id.clone());
    Ok(all)
}

/// Open proposals that the sidebar counts at the most.
const MOST_COUNTED: i64 = 100;

/// How many are open, for the sidebar.
///
/// # Errors
/// The database.
pub fn count_open(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> Result<i64> {
    Ok(proposals::count_waiting(conn, &workspace.id, ctx.now.0, MOST_COUNTED)?)
}

/// What is live there and what would change against it; `None` when nothing is.
///
/// # Errors
/// The database.
pub fn comparison(conn: &mut Conn, environment: &Environment, subject: &Deployment) -> Result<Option<(i64, Comparison)>> {
    let live = deployments::get(conn, &subject.flow.id, &environment.id)?.and_then(|row| row.primary_version);
    let live = match live {
        Some(id) => versions::get(conn, &id)?,
        None => None,
    };
    live.map(|live| Ok((live.number, compare(conn, &live, &subject.version)?))).transpose()
}

fn whole(conn: &mut Conn, ctx: &Ctx, mut proposal: Proposal) -> Result<Looked> {
    let missing = || StoreError::corrupt(format!("the environment of proposal {} is missing", proposal.id));
    let environment = environments::get(conn, &proposal.environment_id)?.ok_or_else(missing)?;
    let subject = Subject::of(conn, &proposal)?;
    if proposal.state == "open" {
        // Whoever asks for more approvals in the meantime means what waits, too.
        proposal.needed = proposal.needed.max(environment.approvals);
    }
    let votes = proposals::votes(conn, &proposal.id)?;
    let authors = authors(conn, &proposal)?;
    let same = environment.archived_at.is_none() && subject.stands(conn, &environment, &proposal)?;
    let standing = stands(&proposal, &votes, same, ctx.now)?;
    let may_operate = ctx.actor.may(Permission::Operate(environment.kind()?), Some(&environment.workspace()));
    let user = ctx.user_id();
    let voted = votes.iter().any(|v| Some(&v.user_id) == user.as_ref());
    let may_not = match may_vote(user.as_deref(), &proposal.proposer_id, &authors) {
        Err(why) => Some(why.to_string()),
        Ok(()) if !may_operate => Some("Your role does not include changing what runs there.".to_owned()),
        Ok(()) if voted => Some("You said what you think already.".to_owned()),
        Ok(()) => None,
    };
    Ok(Looked { subject, environment, authors, votes, standing, may_not, may_operate, proposal })
}
