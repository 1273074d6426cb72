//! Proposals and approvals for protected environments: proposer, approvers and executor are three fields (PRODUCT §9.3).

pub mod execute;
pub mod look;
pub mod propose;
pub mod subject;
pub mod vote;

use serde_json::{Value, json};

use super::component;
use super::ctx::{Ctx, Event};
use super::deployment::deploy::Deploy;
use super::error::{Error, Refusal, Result};
use super::rollout::begin::Rolling;
use crate::domain::approval::{Approved, Bound, Deployment, Standing, Verdict, standing};
use crate::domain::clock::Micros;
use crate::domain::environment::rack;
use crate::domain::event::ObjectKind;
use crate::store::configurations::{self, EnvironmentVersion};
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::proposals::{self, Proposal, Vote};
use crate::store::versions::Version;

/// Refuses a deployment to a protected environment that nobody approved.
///
/// # Errors
/// `approval_needed`, with how many.
pub fn unprotected(environment: &Environment) -> Result<()> {
    if environment.approvals == 0 {
        return Ok(());
    }
    let people = others(environment.approvals);
    Err(Error::Refused(Refusal {
        code: "approval_needed",
        message: format!("{} is protected: {people} must approve first. Propose it instead; rolling back needs nobody.", environment.name),
        detail: json!({"environment": environment.slug, "approvals": environment.approvals}),
    }))
}

/// Whether a configuration needs approvals to be deployed: going back to one that was deployed lately needs nobody.
///
/// # Errors
/// A stored word this program does not know.
pub fn needs(environment: &Environment, row: &EnvironmentVersion, now: Micros) -> Result<bool> {
    Ok(environment.approvals > 0 && !rack::goes_back(row.state()?, row.retired_at.map(Micros), now))
}

/// Refuses the deployment of a configuration to a protected environment that nobody approved.
///
/// # Errors
/// `approval_needed`, with how many.
pub fn unprotected_configuration(environment: &Environment, row: &EnvironmentVersion, now: Micros) -> Result<()> {
    if !needs(environment, row, now)? {
        return Ok(());
    }
    let people = others(environment.approvals);
    Err(Error::Refused(Refusal {
        code: "approval_needed",
        message: format!(
            "{} is protected: {people} must approve configuration #{} first. Propose it instead; a configuration that was deployed within 30 days can be deployed again at once.",
            environment.name, row.number
        ),
        detail: json!({"environment": environment.slug, "approvals": environment.approvals}),
    }))
}

/// "another person", "3 other people".
pub fn others(approvals: i64) -> String {
    if approvals == 1 { "another person".to_owned() } else { format!("{approvals} other people") }
}

/// What is asked for, as it is stored and bound. `expect` is left out: time passes until it is carried out.
pub(super) fn ask_text(ask: &Deploy) -> String {
    let mut text = json!({"rolling": ask.rolling, "in_flight": ask.in_flight, "during": ask.during});
    if let Some(release) = &ask.release {
        text["release"] = json!(release);
    }
    text.to_string()
}

pub(super) fn read_ask(proposal: &Proposal) -> Result<Deploy> {
    let stored: Value = serde_json::from_str(&proposal.ask).map_err(StoreError::corrupt)?;
    let part = |name: &str| stored.get(name).cloned().unwrap_or(Value::Null);
    let rolling: Option<Rolling> = serde_json::from_value(part("rolling")).map_err(StoreError::corrupt)?;
    Ok(Deploy {
        in_flight: serde_json::from_value(part("in_flight")).map_err(StoreError::corrupt)?,
        during: serde_json::from_value(part("during")).map_err(StoreError::corrupt)?,
        rolling,
        release: serde_json::from_value(part("release")).map_err(StoreError::corrupt)?,
        ..Deploy::whole(proposal.comment.clone())
    })
}

/// The hash of the deployment that would be carried out now.
fn deployment_hash(
    conn: &mut Conn,
    flow: &Flow,
    environment: &Environment,
    version: &Version,
    ask: &str,
    proposer: &str,
) -> Result<String> {
    let deployed = configurations::deployed(conn, &environment.id)?;
    let bound = Deployment {
        flow: &flow.id,
        version: &version.id,
        revision: version.revision,
        content_hash: &version.content_hash,
        environment: &environment.id,
        configuration: deployed.as_ref().map_or(0, |d| d.number),
        components: &component::would_take_in(conn, environment, &version.content_hash)?,
        replacements: deployed.as_ref().map_or("", |d| &d.configuration),
        ask,
        proposer,
    };
    Ok(Bound::Deployment(bound).hash())
}

/// Where a proposal stands now; `same`: what it is bound to is what stands there.
pub(super) fn stands(proposal: &Proposal, votes: &[Vote], same: bool, now: Micros) -> Result<Standing> {
    if proposal.state != "open" {
        return Ok(proposal.state.parse().map_err(StoreError::corrupt)?);
    }
    let approvals = votes.iter().filter(|v| v.verdict == Verdict::Approve.as_str()).count();
    Ok(standing(i64::try_from(approvals).unwrap_or(0), proposal.needed, same, Micros(proposal.expires_at), now))
}

/// A workspace's proposal.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, workspace: &str, id: &str) -> Result<Proposal> {
    proposals::find(conn, workspace, id)?.ok_or_else(|| Error::not_found("proposal", id))
}

/// Who proposed and who approved it.
pub(super) fn approved(proposal: &Proposal, votes: &[Vote]) -> Approved {
    let approve = |v: &&Vote| v.verdict == Verdict::Approve.as_str();
    Approved {
        id: proposal.id.clone(),
        proposer: proposal.proposer_name.clone(),
        approvers: votes.iter().filter(approve).map(|v| v.user_name.clone()).collect(),
    }
}

/// Writes the event of what became of a proposal; what it is about is added.
pub(super) fn note(conn: &mut Conn, ctx: &Ctx, action: &str, proposal: &Proposal, mut after: Value, reason: Option<&str>) -> Result<()> {
    if let Some(members) = after.as_object_mut() {
        members.extend(proposal.version_number.map(|n| ("version".to_owned(), json!(n))));
        members.extend(proposal.configuration_number.map(|n| ("configuration".to_owned(), json!(n))));
    }
    ctx.record(
        conn,
        Event {
            action,
            workspace: Some(&proposal.workspace_id),
            flow: proposal.flow_id.as_deref(),
            environment: Some(&proposal.environment_id),
            object: Some((ObjectKind::Proposal, &proposal.id, &proposal.subject())),
            after: Some(after),
            reason,
            ..Event::default()
        },
    )?;
    Ok(())
}
