//! A deployment is proposed; its proposer may take it back.

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::deploy::{Deploy, runnable};
use super::super::deployment::quarantine;
use super::super::error::{Error, Result};
use super::{ask_text, bound_hash, note};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::approval::LIFETIME;
use crate::domain::deployment::InFlight;
use crate::domain::ids::ProposalId;
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::proposals::{self, Proposal};
use crate::store::versions::Version;

/// Proposes a deployment to a protected environment. Editors may propose, too.
///
/// # Errors
/// It is not protected; the version may not run there; no comment.
pub fn propose(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version, ask: &Deploy) -> Result<Proposal> {
    let workspace = flow.workspace();
    if ctx.allow(Permission::Edit, Some(&workspace)).is_err() {
        ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace))?;
    }
    let Some(proposer) = ctx.user_id() else {
        return Err(Error::refused("people_only", "Only people propose: sign in, or use a token of your own."));
    };
    if environment.approvals == 0 {
        return Err(Error::refused("not_protected", format!("{} is not protected. Deploy to it directly.", environment.name)));
    }
    let comment = parse_note(&ask.comment).map_err(|e| Error::invalid("comment", e.to_string()))?;
    let Some(comment) = comment else {
        return Err(Error::invalid("comment", "Say why: whoever approves it reads this."));
    };
    if ask.in_flight == InFlight::Terminate && ask.rolling.is_some() {
        return Err(Error::invalid("in_flight", "A rollout lets runs in flight finish. Choose drain, or deploy to all new runs at once."));
    }
    runnable(conn, flow, environment, version)?;
    quarantine::check(conn, flow, environment, version)?;
    let text = ask_text(ask);
    let proposal = Proposal {
        id: ProposalId::generate().into(),
        workspace_id: flow.workspace_id.clone(),
        flow_id: flow.id.clone(),
        environment_id: environment.id.clone(),
        version_id: version.id.clone(),
        version_number: version.number,
        bound_hash: bound_hash(conn, flow, environment, version, &text, &proposer)?,
        ask: text,
        comment,
        needed: environment.approvals,
        proposer_id: proposer,
        proposer_name: ctx.name().to_owned(),
        author_id: version.author_id.clone(),
        created_at: ctx.now.0,
        expires_at: ctx.now.plus(LIFETIME).0,
        state: "open".into(),
        ended_at: None,
        executor_id: None,
        executor_name: None,
    };
    proposals::insert(conn, &proposal)?;
    let after = json!({"version": version.number, "needed": proposal.needed, "hash": proposal.bound_hash});
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
    note(conn, ctx, "proposal.withdrawn", proposal, json!({"version": proposal.version_number}), reason.as_deref())
}

pub(super) fn ended() -> Error {
    Error::refused("proposal_ended", "This proposal has ended. Look at it again, or make a new one.")
}
