//! An approved proposal is carried out; everything is checked again in the same transaction.

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::deploy::{Deploy, Deployed, deploy_approved};
use super::super::environment::rack;
use super::super::error::{Error, Result};
use super::super::release::settle;
use super::look::Looked;
use super::propose::ended;
use super::subject::Subject;
use super::vote::void;
use super::{approved, note};
use crate::domain::access::Permission;
use crate::domain::approval::Standing;
use crate::store::conn::Conn;
use crate::store::flows::Flow;
use crate::store::proposals;

/// What was carried out.
#[derive(Debug, Clone)]
pub enum Executed {
    /// A flow's version was deployed.
    Deployment {
        /// The flow.
        flow: Box<Flow>,
        /// The record, and the runs that were ended.
        done: Box<Deployed>,
    },
    /// The environment's configuration was deployed.
    Configuration(Box<rack::Deployed>),
}

/// Deploys what was approved.
///
/// # Errors
/// Not approved yet, void, expired, ended; whatever a deployment is refused for.
pub fn execute(conn: &mut Conn, ctx: &Ctx, looked: &Looked, typed_slug: Option<String>) -> Result<Executed> {
    let proposal = &looked.proposal;
    ctx.allow(Permission::Operate(looked.environment.kind()?), Some(&looked.environment.workspace()))?;
    match looked.standing {
        Standing::Approved => {}
        Standing::Open => {
            return Err(Error::refused("approval_needed", format!("It has {} of {} approvals.", looked.approvals(), proposal.needed)));
        }
        Standing::Void => return Err(void()),
        _ => return Err(ended()),
    }
    let approved = approved(proposal, &looked.votes);
    let (done, record) = match &looked.subject {
        Subject::Deployment(d) => {
            let ask = Deploy { typed_slug, ..d.ask.clone() };
            let done = deploy_approved(conn, ctx, &d.flow, &looked.environment, &d.version, &ask, approved.clone())?;
            let record = done.record.id.clone();
            if let Some(release) = &d.ask.release {
                settle::carried_out(conn, ctx, (&d.flow, &looked.environment), release, &done.record, &proposal.comment)?;
            }
            (Executed::Deployment { flow: Box::new(d.flow.clone()), done: Box::new(done) }, record)
        }
        Subject::Configuration(c) => {
            let seen = Some(c.row.lock_version);
            let ask = rack::Deploy { comment: proposal.comment.clone(), expect: Some(looked.environment.lock_version), seen };
            let agreed = rack::Agreed { approved: &approved, configuration: &c.asked.configuration };
            let done = rack::deploy_approved(conn, ctx, &looked.environment, &c.row, &ask, &agreed)?;
            let record = done.version.id.clone();
            (Executed::Configuration(Box::new(done)), record)
        }
    };
    if !proposals::end(conn, &proposal.id, "executed", ctx.now.0, (ctx.user_id(), ctx.name()))? {
        return Err(ended());
    }
    let after = json!({
        "hash": proposal.bound_hash, "proposer": approved.proposer, "approvers": approved.approvers, "executor": ctx.name(),
        "deployment": record,
    });
    note(conn, ctx, "proposal.executed", proposal, after, Some(&proposal.comment))?;
    Ok(done)
}
