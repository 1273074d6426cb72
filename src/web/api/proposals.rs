//! Proposals for protected environments: made, looked at, approved or rejected by others, carried out.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::{Answer, Once};
use super::configurations::{ConfigurationDeployed, NewConfigurationDeployment};
use super::deployments::{NewDeployment, changed, tell};
use super::path::{Ws, WsEnvFlow, WsEnvVersion, WsProposal};
use super::problem::Result;
use super::query::{List, Query, Wanted};
use super::rolling::RollWish;
use super::shape::deployment::Changed;
use super::shape::environment::ConfigurationChange;
use super::shape::rollout::Stage;
use super::shape::{at, at_opt};
use super::{errors, headers, words};
use crate::app::approval::execute::{self, Executed};
use crate::app::approval::subject::Subject;
use crate::app::approval::{look, propose, vote};
use crate::app::{self, Ctx, workspace};
use crate::domain::approval::Verdict;
use crate::domain::ids::ProposalId;
use crate::store::conn::Conn;

/// What somebody said of a proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// Who.
    pub by: String,
    /// approve, reject.
    #[schema(value_type = words::Verdict)]
    pub verdict: String,
    /// In their words.
    pub comment: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// A deployment that waits for approvals: of a flow's version, or of the environment's configuration.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// `prp_…`
    pub id: String,
    /// The environment's slug.
    pub environment: String,
    /// The flow's slug; null for a configuration.
    pub flow: Option<String>,
    /// The flow's version; null for a configuration.
    pub version: Option<i64>,
    /// The number of the configuration; null for a flow's version.
    pub configuration: Option<i64>,
    /// The number of the configuration that was deployed when this one was proposed, which `changes` are seen against.
    pub compared_with: Option<i64>,
    /// What changes of the configuration; null for a flow's version.
    pub changes: Option<Vec<ConfigurationChange>>,
    /// Its stages; null for all new runs at once.
    pub stages: Option<Vec<Stage>>,
    /// Its guard.
    pub guard: Option<Value>,
    /// Why.
    pub comment: String,
    /// SHA-256 over exactly what is approved: send it back with an approval.
    pub hash: String,
    /// Where it stands.
    #[schema(value_type = words::Standing)]
    pub state: &'static str,
    /// Approvals it has.
    pub approvals: usize,
    /// Approvals it needs.
    pub needed: i64,
    /// What was said.
    pub votes: Vec<Said>,
    /// Who proposed it.
    pub proposer: String,
    /// Who carried it out or ended it.
    pub executor: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
    /// RFC 3339.
    pub ended_at: Option<String>,
}

impl From<look::Looked> for Proposal {
    fn from(found: look::Looked) -> Self {
        let approvals = found.approvals();
        let (flow, rolling, changes) = match &found.subject {
            Subject::Deployment(d) => (Some(d.flow.slug.clone()), d.ask.rolling.as_ref(), None),
            Subject::Configuration(c) => (None, None, Some((c.asked.from, c.changes.iter().map(ConfigurationChange::from).collect()))),
        };
        let (compared_with, changes) = changes.unzip();
        let row = found.proposal;
        Self {
            id: row.id,
            flow,
            environment: found.environment.slug,
            version: row.version_number,
            configuration: row.configuration_number,
            compared_with: compared_with.flatten(),
            changes,
            stages: rolling.map(|r| Stage::list(&r.stages)),
            guard: rolling.and_then(|r| r.guard.as_ref()).and_then(|g| serde_json::to_value(g).ok()),
            comment: row.comment,
            hash: row.bound_hash,
            state: found.standing.as_str(),
            approvals,
            needed: row.needed,
            votes: found
                .votes
                .into_iter()
                .map(|v| Said { by: v.user_name, verdict: v.verdict, comment: v.comment, at: at(v.at) })
                .collect(),
            proposer: row.proposer_name,
            executor: row.executor_name,
            created_at: at(row.created_at),
            expires_at: at(row.expires_at),
            ended_at: at_opt(row.ended_at),
        }
    }
}

/// What carrying a proposal out came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CarriedOut {
    /// What is routed now.
    Deployment(Box<Changed>),
    /// The configuration that is deployed.
    Configuration(Box<ConfigurationDeployed>),
}

/// Which proposals are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProposalsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Proposals older than this id.
    before: Option<String>,
    /// Proposals newer than this id.
    after: Option<String>,
    /// Only those that have not ended.
    #[serde(default)]
    open: bool,
}

/// What is said of a proposal.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"comment": "Looked at the diff with Finance"}))]
pub struct Saying {
    /// In your words; a rejection needs them.
    #[serde(default)]
    comment: String,
    /// The hash of what you looked at; another one by now is refused as `proposal_void`.
    hash: Option<String>,
}

impl JsonBody for Saying {}

/// Propose a deployment to a protected environment.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/proposals", tag = "approvals", params(WsEnvFlow, headers::Changes), request_body = NewDeployment, responses(
    (status = 201, description = "It waits for approvals", body = Proposal),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<WsEnvFlow>, change: Change<NewDeployment>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let wish = RollWish::read(&body.asked())?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let version = body.version(conn, &flow)?;
        let ask = body.ask(conn, &flow, wish, None)?;
        let made = propose::propose(conn, ctx, &flow, &environment, &version, &ask)?;
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let shown = Proposal::from(look::look(conn, ctx, &workspace, &made.id)?);
        Ok((Answer::ok(&shown)?.status(StatusCode::CREATED), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Propose a configuration of a protected environment.
#[utoipa::path(post, path = "/{ws}/environments/{env}/versions/{n}/proposals", tag = "approvals", params(WsEnvVersion, headers::Guarded), request_body = NewConfigurationDeployment, responses(
    (status = 201, description = "It waits for approvals", body = Proposal),
    errors::Changing,
))]
pub async fn configuration(
    caller: Caller,
    path: web::Path<WsEnvVersion>,
    if_match: IfMatch,
    change: Change<NewConfigurationDeployment>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let ask = body.ask(&if_match);
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (environment, version) = path.find(conn, ctx)?;
        let made = propose::propose_configuration(conn, ctx, &environment, &version, &ask)?;
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let shown = Proposal::from(look::look(conn, ctx, &workspace, &made.id)?);
        Ok((Answer::ok(&shown)?.status(StatusCode::CREATED), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// List proposals, newest first.
#[utoipa::path(get, path = "/{ws}/proposals", tag = "approvals", params(Ws, ProposalsQuery), responses(
    (status = 200, description = "Proposals, newest first", body = List<Proposal>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<ProposalsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| ProposalId::parse(text).map(String::from))?;
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let page = look::list(conn, ctx, &workspace, query.open, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |found| found.proposal.id.clone()).map(Proposal::from))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Read a proposal.
#[utoipa::path(get, path = "/{ws}/proposals/{proposal}", tag = "approvals", params(WsProposal), responses(
    (status = 200, description = "The proposal", body = Proposal),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsProposal>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        look::look(conn, ctx, &workspace, &path.proposal)
    });
    Ok(HttpResponse::Ok().json(Proposal::from(found.await?)))
}

type Act = fn(&mut Conn, &Ctx, &look::Looked, &Saying) -> app::Result<()>;

async fn act(act: Act, caller: Caller, path: web::Path<WsProposal>, body: Saying, once: Option<Once>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let looked = look::look(conn, ctx, &workspace, &path.proposal)?;
        act(conn, ctx, &looked, &body)?;
        Ok((Answer::ok(&Proposal::from(look::look(conn, ctx, &workspace, &path.proposal)?))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Approve a proposal: not your own, not your own version.
#[utoipa::path(post, path = "/{ws}/proposals/{proposal}/approval", tag = "approvals", params(WsProposal, headers::Changes), request_body = Saying, responses(
    (status = 200, description = "Approved by you", body = Proposal),
    errors::Changing,
))]
pub async fn approve(caller: Caller, path: web::Path<WsProposal>, change: Change<Saying>) -> Result<HttpResponse> {
    let approve: Act = |conn, ctx, looked, said| vote::vote(conn, ctx, looked, Verdict::Approve, &said.comment, said.hash.as_deref());
    act(approve, caller, path, change.body, change.once).await
}

/// Reject a proposal, with a reason.
#[utoipa::path(post, path = "/{ws}/proposals/{proposal}/rejection", tag = "approvals", params(WsProposal, headers::Changes), request_body = Saying, responses(
    (status = 200, description = "Rejected", body = Proposal),
    errors::Changing,
))]
pub async fn reject(caller: Caller, path: web::Path<WsProposal>, change: Change<Saying>) -> Result<HttpResponse> {
    let reject: Act = |conn, ctx, looked, said| vote::vote(conn, ctx, looked, Verdict::Reject, &said.comment, said.hash.as_deref());
    act(reject, caller, path, change.body, change.once).await
}

/// Take a proposal back.
#[utoipa::path(post, path = "/{ws}/proposals/{proposal}/withdrawal", tag = "approvals", params(WsProposal, headers::Changes), request_body = Saying, responses(
    (status = 200, description = "Withdrawn", body = Proposal),
    errors::Changing,
))]
pub async fn withdraw(caller: Caller, path: web::Path<WsProposal>, change: Change<Saying>) -> Result<HttpResponse> {
    let withdraw: Act = |conn, ctx, looked, said| propose::withdraw(conn, ctx, &looked.proposal, &said.comment);
    act(withdraw, caller, path, change.body, change.once).await
}

/// Carry out an approved proposal: everything is checked again in the same transaction.
#[utoipa::path(post, path = "/{ws}/proposals/{proposal}/execution", tag = "approvals", params(WsProposal, headers::Changes), request_body = Saying, responses(
    (status = 200, description = "What is routed now, or the configuration that is deployed", body = CarriedOut),
    errors::Changing,
))]
pub async fn execute(caller: Caller, path: web::Path<WsProposal>, change: Change<Saying>) -> Result<HttpResponse> {
    let Change { once, .. } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let looked = look::look(conn, ctx, &workspace, &path.proposal)?;
        let (outcome, tag, ended) = match execute::execute(conn, ctx, &looked, None)? {
            Executed::Configuration(done) => {
                let body = ConfigurationDeployed::of(conn, *done)?;
                let tag = body.version.lock_version;
                (CarriedOut::Configuration(Box::new(body)), tag, Vec::new())
            }
            Executed::Deployment { flow, done } => {
                let body = changed(conn, &flow, &looked.environment, done.record, &done.terminated)?;
                let tag = body.deployment.routing_revision;
                (CarriedOut::Deployment(Box::new(body)), tag, done.terminated)
            }
        };
        Ok((Answer::ok(&outcome)?.tagged(tag), ended))
    };
    Ok(caller.change(once, work, tell).await?.respond())
}
