//! Proposals for protected environments and what people said of them.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::page::{Direction, Page};
use super::schema::{proposal_votes, proposals};

/// A proposal as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = proposals)]
pub struct Proposal {
    /// `prp_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow, when its version is to be deployed.
    pub flow_id: Option<String>,
    /// Where it is to go.
    pub environment_id: String,
    /// The version.
    pub version_id: Option<String>,
    /// Its number.
    pub version_number: Option<i64>,
    /// Stages, guard and the rest of a flow's deployment, or what of a configuration is approved; as JSON.
    pub ask: String,
    /// Why.
    pub comment: String,
    /// SHA-256 over exactly what is approved.
    pub bound_hash: String,
    /// Approvals it needs.
    pub needed: i64,
    /// Who proposes.
    pub proposer_id: String,
    /// Their name.
    pub proposer_name: String,
    /// Who wrote the version, or edited the configuration last.
    pub author_id: Option<String>,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Microseconds UTC.
    pub expires_at: i64,
    /// open, executed, rejected, withdrawn.
    pub state: String,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
    /// Who carried it out or ended it.
    pub executor_id: Option<String>,
    /// Their name.
    pub executor_name: Option<String>,
    /// The environment's configuration, when that is to be deployed.
    pub configuration_id: Option<String>,
    /// Its number.
    pub configuration_number: Option<i64>,
}

impl Proposal {
    /// What it is about, short: "v3" of a flow, "#3" of a configuration.
    pub fn subject(&self) -> String {
        match (self.version_number, self.configuration_number) {
            (Some(number), _) => format!("v{number}"),
            (None, number) => format!("#{}", number.unwrap_or_default()),
        }
    }
}

/// What somebody said of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = proposal_votes)]
pub struct Vote {
    /// The proposal.
    pub proposal_id: String,
    /// Who.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// approve, reject.
    pub verdict: String,
    /// In their words.
    pub comment: Option<String>,
    /// Microseconds UTC.
    pub at: i64,
}

/// Adds a proposal.
pub fn insert(conn: &mut Conn, row: &Proposal) -> Result<()> {
    diesel::insert_into(proposals::table).values(row).execute(conn)?;
    Ok(())
}

/// A workspace's proposal by id.
pub fn find(conn: &mut Conn, workspace: &str, id: &str) -> Result<Option<Proposal>> {
    Ok(proposals::table.find(id).filter(proposals::workspace_id.eq(workspace)).select(Proposal::as_select()).first(conn).optional()?)
}

/// Proposals of a workspace, newest first; only open ones if asked for.
pub fn list(conn: &mut Conn, workspace: &str, open: bool, from: &Direction<String>, limit: i64) -> Result<Page<Proposal>> {
    let mut query =
        proposals::table.filter(proposals::workspace_id.eq(workspace)).select(Proposal::as_select()).limit(limit + 1).into_boxed();
    if open {
        query = query.filter(super::cached::said("state = 'open'"));
    }
    query = match from {
        Direction::Newest => query.order(proposals::id.desc()),
        Direction::Before(id) => query.filter(proposals::id.lt(id)).order(proposals::id.desc()),
        Direction::After(id) => query.filter(proposals::id.gt(id)).order(proposals::id.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Proposals that are open and have not expired, newest first.
pub fn waiting(conn: &mut Conn, workspace: &str, now: i64, limit: i64) -> Result<Vec<Proposal>> {
    let open = proposals::table.filter(proposals::workspace_id.eq(workspace)).filter(super::cached::said("state = 'open'"));
    let open = open.filter(proposals::expires_at.gt(now)).order(proposals::id.desc()).limit(limit);
    Ok(open.select(Proposal::as_select()).load(conn)?)
}

/// How many are open and have not expired, counted no further than `limit`.
pub fn count_waiting(conn: &mut Conn, workspace: &str, now: i64, limit: i64) -> Result<i64> {
    let open = proposals::table.filter(proposals::workspace_id.eq(workspace)).filter(super::cached::said("state = 'open'"));
    let ids: Vec<String> = open.filter(proposals::expires_at.gt(now)).select(proposals::id).limit(limit).load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(limit))
}

/// Ends a proposal; `false`: it has ended already.
pub fn end(conn: &mut Conn, id: &str, state: &str, now: i64, by: (Option<String>, &str)) -> Result<bool> {
    let found = proposals::table.filter(proposals::id.eq(id)).filter(proposals::state.eq("open"));
    let change =
        (proposals::state.eq(state), proposals::ended_at.eq(now), proposals::executor_id.eq(by.0), proposals::executor_name.eq(by.1));
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}

/// Adds what somebody said; [`super::error::Error::NotUnique`] when they said something already.
pub fn insert_vote(conn: &mut Conn, row: &Vote) -> Result<()> {
    diesel::insert_into(proposal_votes::table).values(row).execute(conn)?;
    Ok(())
}

/// What was said of a proposal, in order.
pub fn votes(conn: &mut Conn, proposal: &str) -> Result<Vec<Vote>> {
    Ok(proposal_votes::table
        .filter(proposal_votes::proposal_id.eq(proposal))
        .order(proposal_votes::at.asc())
        .select(Vote::as_select())
        .load(conn)?)
}
