//! Somebody else says yes or no.

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::look::Looked;
use super::note;
use super::propose::ended;
use crate::domain::access::Permission;
use crate::domain::approval::{Standing, Verdict, may_vote};
use crate::domain::ids::WorkspaceId;
use crate::domain::names::parse_note;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::proposals::{self, Vote};

/// Approves or rejects. `seen` is the hash of what the voter looked at, if it matters to them.
///
/// # Errors
/// The proposer or the author themselves; not allowed to change what runs there; ended, expired, void; a second vote;
/// a rejection without a reason.
pub fn vote(conn: &mut Conn, ctx: &Ctx, looked: &Looked, verdict: Verdict, comment: &str, seen: Option<&str>) -> Result<()> {
    let proposal = &looked.proposal;
    ctx.allow(Permission::Operate(looked.environment.kind()?), Some(&WorkspaceId::stored(proposal.workspace_id.clone())))?;
    let comment = parse_note(comment).map_err(|e| Error::invalid("comment", e.to_string()))?;
    if verdict == Verdict::Reject && comment.is_none() {
        return Err(Error::invalid("comment", "Say why not: whoever proposed it will want to know."));
    }
    let user = ctx.user_id();
    may_vote(user.as_deref(), &proposal.proposer_id, &looked.authors).map_err(|why| Error::refused("own_proposal", why.to_string()))?;
    match looked.standing {
        Standing::Open | Standing::Approved => {}
        Standing::Void => return Err(void()),
        _ => return Err(ended()),
    }
    if seen.is_some_and(|seen| seen != proposal.bound_hash) {
        return Err(void());
    }
    let row = Vote {
        proposal_id: proposal.id.clone(),
        user_id: user.unwrap_or_default(),
        user_name: ctx.name().to_owned(),
        verdict: verdict.as_str().to_owned(),
        comment: comment.clone(),
        at: ctx.now.0,
    };
    proposals::insert_vote(conn, &row).map_err(|error| match error {
        StoreError::NotUnique => Error::refused("already", "You said what you think of this proposal already."),
        other => other.into(),
    })?;
    if verdict == Verdict::Reject && !proposals::end(conn, &proposal.id, "rejected", ctx.now.0, (ctx.user_id(), ctx.name()))? {
        return Err(ended());
    }
    let action = if verdict == Verdict::Approve { "proposal.approved" } else { "proposal.rejected" };
    let after = json!({"hash": proposal.bound_hash});
    note(conn, ctx, action, proposal, after, comment.as_deref())
}

pub(super) fn void() -> Error {
    Error::refused(
        "proposal_void",
        "What was proposed is not what stands there any more: version, configuration or plan changed. Propose it anew.",
    )
}
