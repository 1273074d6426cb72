//! A deployment is proposed; its proposer may take it back.

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::deploy::{Deploy, runnable};
use super::super::deployment::quarantine;
use super::super::environment::{Stand, rack};
use super::super::error::{Error, Result};
use super::subject::Asked;
use super::{ask_text, deployment_hash, needs, note};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::approval::LIFETIME;
use crate::domain::deployment::InFlight;
use crate::domain::ids::ProposalId;
use crate::domain::names::parse_note;
use crate::store::configurations::EnvironmentVersion;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::proposals::{self, Proposal};
use crate::store::versions::Version;

/// Proposes a deployment to a protected environment. Editors may propose, too.
///
/// # Errors
/// It is not protected; the version may not run there; no comment.
pub fn propose(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version, ask: &Deploy) -> Result<Proposal> {
    let (proposer, comment) = may_propose(ctx, environment, &ask.comment)?;
    if ask.in_flight == InFlight::Terminate && ask.rolling.is_some() {
        return Err(Error::invalid("in_flight", "A rollout lets runs in flight finish. Choose drain, or deploy to all new runs at once."));
    }
    runnable(conn, flow, environment, version)?;
    quarantine::check(conn, flow, environment, version)?;
    let text = ask_text(ask);
    let proposal = Proposal {
        flow_id: Some(flow.id.clone()),
        version_id: Some(version.id.clone()),
        version_number: Some(version.number),
        bound_hash: deployment_hash(conn, flow, environment, version, &text, &proposer)?,
        ask: text,
        author_id: version.author_id.clone(),
        ..blank(ctx, environment, proposer, comment)
    };
    add(conn, ctx, proposal)
}

/// Proposes that a configuration is deployed to its protected environment. Editors may propose, too. `expect` is the
/// environment's revision and `seen` the version's own, if they matter to the caller.
///
/// # Errors
/// It needs nobody; it is not on the rack, or deployed already; no comment; stale.
pub fn propose_configuration(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    version: &EnvironmentVersion,
    ask: &rack::Deploy,
) -> Result<Proposal> {
    let (proposer, comment) = may_propose(ctx, environment, &ask.comment)?;
    let stand = Stand::load(conn, environment)?;
    stand.rack.deploy(version.number, ctx.now.0).map_err(|why| rack::refused(&why))?;
    let row = stand.row(version.number).ok_or_else(|| stand.stale())?;
    let looked = ask.expect.is_none_or(|expect| expect == environment.lock_version) && ask.seen.is_none_or(|seen| seen == row.lock_version);
    if !looked {
        return Err(stand.stale());
    }
    if !needs(environment, row, ctx.now)? {
        let says = format!("Configuration #{} was deployed to {} lately: deploying it again needs nobody.", row.number, environment.name);
        return Err(Error::refused("not_protected", says));
    }
    let asked = Asked::of(conn, environment, row)?;
    let proposal = Proposal {
        configuration_id: Some(row.id.clone()),
        configuration_number: Some(row.number),
        bound_hash: asked.hash(environment, row, &proposer),
        ask: serde_json::to_string(&asked).map_err(StoreError::corrupt)?,
        author_id: row.updated_by_id.clone(),
        ..blank(ctx, environment, proposer, comment)
    };
    add(conn, ctx, proposal)
}

/// The person who proposes, and why.
fn may_propose(ctx: &Ctx, environment: &Environment, comment: &str) -> Result<(String, String)> {
    let workspace = environment.workspace();
    if ctx.allow(Permission::Edit, Some(&workspace)).is_err() {
        ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace))?;
    }
    let Some(proposer) = ctx.user_id() else {
        return Err(Error::refused("people_only", "Only people propose: sign in, or use a token of your own."));
    };
    if environment.approvals == 0 {
        return Err(Error::refused("not_protected", format!("{} is not protected. Deploy to it directly.", environment.name)));
    }
    match parse_note(comment).map_err(|e| Error::invalid("comment", e.to_string()))? {
        Some(comment) => Ok((proposer, comment)),
        None => Err(Error::invalid("comment", "Say why: whoever approves it reads this.")),
    }
}

/// A proposal that is about nothing yet.
fn blank(ctx: &Ctx, environment: &Environment, proposer_id: String, comment: String) -> Proposal {
    Proposal {
        id: ProposalId::generate().into(),
        workspace_id: environment.workspace_id.clone(),
        flow_id: None,
        environment_id: environment.id.clone(),
        version_id: None,
        version_number: None,
        ask: String::new(),
        comment,
        bound_hash: String::new(),
        needed: environment.approvals,
        proposer_id,
        proposer_name: ctx.name().to_owned(),
        author_id: None,
        created_at: ctx.now.0,
        expires_at: ctx.now.plus(LIFETIME).0,
        state: "open".into(),
        ended_at: None,
        executor_id: None,
        executor_name: None,
        configuration_id: None,
        configuration_number: None,
    }
}

fn add(conn: &mut Conn, ctx: &Ctx, proposal: Proposal) -> Result<Proposal> {
    proposals::insert(conn, &proposal)?;
    let after = json!({"needed": proposal.needed, "hash": proposal.bound_hash});
    note(conn, ctx, "proposal.made", &proposal, after, Some(&proposal.comment))?;
    Ok(proposal)
}

/// Takes a proposal back.
///
/// # Errors
/// Somebody else's; it has ended.
pub fn withdraw(conn: &mut Conn, ctx: &Ctx, proposal: &Proposal, reason: &str) -> Result<()> {
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    if ctx.user_id().as_deref() != Some(proposal.proposer_id.as_str()) {
        let workspace = crate::domain::ids::WorkspaceId::stored(proposal.workspace_id.clone());
        ctx.allow(Permission::Administer, Some(&workspace))?;
    }
    if !proposals::end(conn, &proposal.id, "withdrawn", ctx.now.0, (ctx.user_id(), ctx.name()))? {
        return Err(ended());
    }
    note(conn, ctx, "proposal.withdrawn", proposal, json!({}), reason.as_deref())
}

pub(super) fn ended() -> Error {
    Error::refused("proposal_ended", "This proposal has ended. Look at it again, or make a new one.")
}
