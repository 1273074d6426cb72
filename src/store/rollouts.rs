//! Rollouts and the shares they went through.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::{rollout_steps, rollouts};
use crate::domain::guard::{Guard, Outcome};
use crate::domain::rollout::{Advance, Stages, State};

/// A rollout as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rollouts)]
pub struct Rollout {
    /// `rol_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow.
    pub flow_id: String,
    /// The environment.
    pub environment_id: String,
    /// The candidate.
    pub version_id: String,
    /// Its number.
    pub version_number: i64,
    /// The primary it is measured against.
    pub primary_id: String,
    /// Its number.
    pub primary_number: i64,
    /// The candidate's key expression as it was when the rollout began; both sides are picked by it.
    pub key_expression: Option<String>,
    /// The plan its stages came from.
    pub plan_name: Option<String>,
    /// See [`Stages`], as JSON.
    pub stages: String,
    /// See [`Advance`].
    pub advance: String,
    /// See [`Guard`], as JSON.
    pub guard: Option<String>,
    /// See [`State`].
    pub state: String,
    /// Index of the stage it is in.
    pub stage: i64,
    /// Index of the share it is at; a person may choose shares between stages.
    pub step: i64,
    /// Since when it is at that share, microseconds UTC.
    pub step_since: i64,
    /// See [`Outcome`], of the share it is at.
    pub outcome: String,
    /// The outcome in words.
    pub outcome_text: String,
    /// Why it was begun.
    pub comment: Option<String>,
    /// Microseconds UTC.
    pub started_at: i64,
    /// Who began it.
    pub started_by: String,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

impl Rollout {
    /// Where it stands.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn state(&self) -> Result<State> {
        self.state.parse().map_err(Error::corrupt)
    }
    /// Its stages.
    ///
    /// # Errors
    /// Stored text this program cannot read.
    pub fn stages(&self) -> Result<Stages> {
        serde_json::from_str(&self.stages).map_err(Error::corrupt)
    }
    /// What starts the next stage.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn advance(&self) -> Result<Advance> {
        self.advance.parse().map_err(Error::corrupt)
    }
    /// Its guard.
    ///
    /// # Errors
    /// Stored text this program cannot read.
    pub fn guard(&self) -> Result<Option<Guard>> {
        self.guard.as_deref().map(serde_json::from_str).transpose().map_err(Error::corrupt)
    }
    /// The outcome of the share it is at.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn outcome(&self) -> Result<Outcome> {
        self.outcome.parse().map_err(Error::corrupt)
    }
}

/// A share that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rollout_steps)]
pub struct Step {
    /// The rollout.
    pub rollout_id: String,
    /// From 0.
    pub step: i64,
    /// The share; 10,000 when the candidate became primary.
    pub basis_points: i64,
    /// Microseconds UTC.
    pub entered_at: i64,
    /// Who led there.
    pub entered_by: String,
    /// Microseconds UTC.
    pub left_at: Option<i64>,
    /// How it came out, see [`Outcome`].
    pub outcome: Option<String>,
}

/// Adds a rollout.
pub fn insert(conn: &mut Conn, row: &Rollout) -> Result<()> {
    diesel::insert_into(rollouts::table).values(row).execute(conn)?;
    Ok(())
}

/// Adds a share that was entered.
pub fn insert_step(conn: &mut Conn, row: &Step) -> Result<()> {
    diesel::insert_into(rollout_steps::table).values(row).execute(conn)?;
    Ok(())
}

/// By id.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Rollout>> {
    Ok(rollouts::table.find(id).select(Rollout::as_select()).first(conn).optional()?)
}

/// A workspace's rollout by id.
pub fn find(conn: &mut Conn, workspace: &str, id: &str) -> Result<Option<Rollout>> {
    Ok(get(conn, id)?.filter(|r| r.workspace_id == workspace))
}

/// The shares a rollout went through, in order.
pub fn steps(conn: &mut Conn, rollout: &str) -> Result<Vec<Step>> {
    Ok(rollout_steps::table
        .filter(rollout_steps::rollout_id.eq(rollout))
        .order(rollout_steps::step.asc())
        .select(Step::as_select())
        .load(conn)?)
}

/// Rollouts of a workspace, newest first; of one flow or environment if named.
pub fn list(
    conn: &mut Conn,
    workspace: &str,
    flow: Option<&str>,
    environment: Option<&str>,
    from: &Direction<String>,
    limit: i64,
) -> Result<Page<Rollout>> {
    let mut query = rollouts::table.filter(rollouts::workspace_id.eq(workspace)).select(Rollout::as_select()).limit(limit + 1).into_boxed();
    if let Some(flow) = flow {
        query = query.filter(rollouts::flow_id.eq(flow));
    }
    if let Some(environment) = environment {
        query = query.filter(rollouts::environment_id.eq(environment));
    }
    query = match from {
        Direction::Newest => query.order(rollouts::id.desc()),
        Direction::Before(id) => query.filter(rollouts::id.lt(id)).order(rollouts::id.desc()),
        Direction::After(id) => query.filter(rollouts::id.gt(id)).order(rollouts::id.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Rollouts of a workspace that are under way, oldest first.
pub fn open(conn: &mut Conn, workspace: &str, limit: i64) -> Result<Vec<Rollout>> {
    Ok(rollouts::table
        .filter(rollouts::workspace_id.eq(workspace))
        .filter(rollouts::ended_at.is_null())
        .order(rollouts::id.asc())
        .limit(limit)
        .select(Rollout::as_select())
        .load(conn)?)
}

/// Rollouts of a workspace that have ended, newest first.
pub fn ended(conn: &mut Conn, workspace: &str, from: &Direction<String>, limit: i64) -> Result<Page<Rollout>> {
    let mut query = rollouts::table
        .filter(rollouts::workspace_id.eq(workspace))
        .filter(rollouts::ended_at.is_not_null())
        .select(Rollout::as_select())
        .limit(limit + 1)
        .into_boxed();
    query = match from {
        Direction::Newest => query.order(rollouts::id.desc()),
        Direction::Before(id) => query.filter(rollouts::id.lt(id)).order(rollouts::id.desc()),
        Direction::After(id) => query.filter(rollouts::id.gt(id)).order(rollouts::id.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// How many are under way, counted no further than `limit`.
pub fn count_open(conn: &mut Conn, workspace: &str, limit: i64) -> Result<i64> {
    let open = rollouts::table.filter(rollouts::workspace_id.eq(workspace)).filter(rollouts::ended_at.is_null());
    let ids: Vec<String> = open.select(rollouts::id).limit(limit).load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(limit))
}

/// Those that a crossed limit sent back since an instant, newest first.
pub fn failed_since(conn: &mut Conn, workspace: &str, since: i64, limit: i64) -> Result<Vec<Rollout>> {
    Ok(rollouts::table
        .filter(rollouts::workspace_id.eq(workspace))
        .filter(rollouts::ended_at.ge(since))
        .filter(super::cached::said("state = 'rolled_back'"))
        .filter(rollouts::outcome.eq(Outcome::Fail.as_str()))
        .order(rollouts::id.desc())
        .limit(limit)
        .select(Rollout::as_select())
        .load(conn)?)
}

/// Rollouts everywhere that may advance by themselves: running, and not by hand.
pub fn running(conn: &mut Conn) -> Result<Vec<Rollout>> {
    Ok(rollouts::table
        .filter(super::cached::said("state = 'running'"))
        .filter(rollouts::advance.eq(Advance::Auto.as_str()))
        .order(rollouts::id.asc())
        .select(Rollout::as_select())
        .load(conn)?)
}

/// Leads a rollout to its next share; `false`: it moved in between.
pub fn enter(conn: &mut Conn, before: &Rollout, stage: i64, now: i64) -> Result<bool> {
    let found =
        rollouts::table.filter(rollouts::id.eq(&before.id)).filter(rollouts::step.eq(before.step)).filter(rollouts::ended_at.is_null());
    let change = (
        rollouts::state.eq(State::Running.as_str()),
        rollouts::stage.eq(stage),
        rollouts::step.eq(before.step + 1),
        rollouts::step_since.eq(now),
        rollouts::outcome.eq(Outcome::Pending.as_str()),
        rollouts::outcome_text.eq(""),
    );
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}

/// Notes that a share was left, and how it came out.
pub fn leave_step(conn: &mut Conn, rollout: &Rollout, now: i64, outcome: Outcome) -> Result<()> {
    diesel::update(rollout_steps::table.find((&rollout.id, rollout.step)))
        .set((rollout_steps::left_at.eq(now), rollout_steps::outcome.eq(outcome.as_str())))
        .execute(conn)?;
    Ok(())
}

/// Halts a rollout or lets it go on; `false`: it does not stand where it was thought to.
pub fn set_state(conn: &mut Conn, id: &str, from: State, to: State) -> Result<bool> {
    let found = rollouts::table.filter(rollouts::id.eq(id)).filter(rollouts::state.eq(from.as_str()));
    Ok(diesel::update(found).set(rollouts::state.eq(to.as_str())).execute(conn)? == 1)
}

/// Notes how the present share comes out; `false`: it is known already, or the rollout went on.
pub fn judge(conn: &mut Conn, rollout: &Rollout, outcome: Outcome, text: &str) -> Result<bool> {
    let found = rollouts::table
        .filter(rollouts::id.eq(&rollout.id))
        .filter(rollouts::step.eq(rollout.step))
        .filter(rollouts::ended_at.is_null())
        .filter(rollouts::outcome.ne(outcome.as_str()));
    Ok(diesel::update(found).set((rollouts::outcome.eq(outcome.as_str()), rollouts::outcome_text.eq(text))).execute(conn)? == 1)
}

/// Ends a rollout; `false`: it has ended already.
pub fn end(conn: &mut Conn, id: &str, state: State, now: i64, by: &str, reason: Option<&str>) -> Result<bool> {
    let found = rollouts::table.filter(rollouts::id.eq(id)).filter(rollouts::ended_at.is_null());
    let change =
        (rollouts::state.eq(state.as_str()), rollouts::ended_at.eq(now), rollouts::ended_by.eq(by), rollouts::end_reason.eq(reason));
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}
