//! An approved proposal is carried out; everything is checked again in the same transaction.

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::deploy::{Deployed, deploy_approved};
use super::super::error::{Error, Result};
use super::look::Looked;
use super::propose::ended;
use super::vote::void;
use super::{note, read_ask};
use crate::domain::access::Permission;
use crate::domain::approval::{Standing, Verdict};
use crate::store::conn::Conn;
use crate::store::proposals;

/// Deploys what was approved.
///
/// # Errors
/// Not approved yet, void, expired, ended; whatever a deployment is refused for.
pub fn execute(conn: &mut Conn, ctx: &Ctx, looked: &Looked, typed_slug: Option<String>) -> Result<Deployed> {
    let proposal = &looked.proposal;
    ctx.allow(Permission::Operate(looked.environment.kind()?), Some(&looked.flow.workspace()))?;
    match looked.standing {
        Standing::Approved => {}
        Standing::Open => {
            return Err(Error::refused("approval_needed", format!("It has {} of {} approvals.", looked.approvals(), proposal.needed)));
        }
        Standing::Void => return Err(void()),
        _ => return Err(ended()),
    }
    let mut ask = read_ask(proposal)?;
    ask.typed_slug = typed_slug;
    let done = deploy_approved(conn, ctx, &looked.flow, &looked.environment, &looked.version, &ask)?;
    if !proposals::end(conn, &proposal.id, "executed", ctx.now.0, (ctx.user_id(), ctx.name()))? {
        return Err(ended());
    }
    let approvers: Vec<&str> =
        looked.votes.iter().filter(|v| v.verdict == Verdict::Approve.as_str()).map(|v| v.user_name.as_str()).collect();
    let after = json!({
        "version": proposal.version_number, "hash": proposal.bound_hash,
        "proposer": proposal.proposer_name, "approvers": approvers, "executor": ctx.name(), "deployment": done.record.id,
    });
    note(conn, ctx, "proposal.executed", proposal, after, Some(&proposal.comment))?;
    Ok(done)
}
