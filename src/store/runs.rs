//! Runs: creation, claiming, ending, lists.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::cached::{Cached, said};
use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::runs;
use crate::domain::ids::RunId;
use crate::domain::run::{State, Trigger};
use crate::{each_backend, fixed};

/// A run as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = runs, treat_none_as_default_value = false)]
pub struct Run {
    /// `wfr_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow.
    pub flow_id: String,
    /// Where it runs.
    pub environment_id: String,
    /// The version it is pinned to for ever.
    pub version_id: String,
    /// Its number.
    pub version_number: i64,
    /// The revision of it.
    pub revision: i64,
    /// The content it executes.
    pub content_hash: String,
    /// The configuration it is pinned to.
    pub environment_version: i64,
    /// See [`State`].
    pub state: String,
    /// See `domain::run::Trigger`.
    pub trigger_: String,
    /// See `domain::resolver::Reason`.
    pub reason: String,
    /// The routing revision that decided.
    pub routing_revision: i64,
    /// The key, of a keyed flow.
    pub key: Option<String>,
    /// Whether it is a marked test run.
    pub test: bool,
    /// As JSON.
    pub input: String,
    /// As JSON, when it ended well.
    pub output: Option<String>,
    /// As JSON, when it ended badly or cannot go on.
    pub error: Option<String>,
    /// The run that called it.
    pub parent_run_id: Option<String>,
    /// The run it retries.
    pub retry_of: Option<String>,
    /// How many flows deep it was called; 0 for a start from outside.
    pub depth: i64,
    /// Who started it.
    pub actor_id: Option<String>,
    /// Their name.
    pub actor_name: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// When a worker first took it up.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// The worker that holds it.
    pub worker: Option<String>,
    /// Grows with each claim; every write of a worker names it.
    pub fence: i64,
    /// When to take it up again.
    pub wake_at: Option<i64>,
    /// See `domain::run::Control`.
    pub control: Option<String>,
    /// How often it was taken up after its worker died.
    pub takeovers: i64,
    /// The rollout that decided which version it got.
    pub rollout: Option<String>,
}

impl Run {
    /// The typed id.
    pub fn id(&self) -> RunId {
        RunId::stored(self.id.clone())
    }
    /// The state.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn state(&self) -> Result<State> {
        self.state.parse().map_err(Error::corrupt)
    }
}

/// Adds a run.
pub fn insert(conn: &mut Conn, row: &Run) -> Result<()> {
    each_backend!(conn, inner => diesel::insert_into(runs::table).values(row).execute(inner))?;
    Ok(())
}

/// By id.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Run>> {
    Ok(each_backend!(conn, inner => runs::table.find(id).select(Run::as_select()).first(inner)).optional()?)
}

/// The state a run stands in.
pub fn state_of(conn: &mut Conn, id: &str) -> Result<Option<State>> {
    let word: Option<String> = each_backend!(conn, inner => runs::table.find(id).select(runs::state).first(inner)).optional()?;
    word.map(|word| word.parse().map_err(Error::corrupt)).transpose()
}

/// By id in a workspace.
pub fn find(conn: &mut Conn, workspace: &str, id: &str) -> Result<Option<Run>> {
    Ok(runs::table.find(id).filter(runs::workspace_id.eq(workspace)).select(Run::as_select()).first(conn).optional()?)
}

/// Retries of a run, newest first.
pub fn retries_of(conn: &mut Conn, id: &str) -> Result<Vec<Run>> {
    Ok(runs::table.filter(runs::retry_of.eq(id)).order(runs::id.desc()).limit(20).select(Run::as_select()).load(conn)?)
}

/// What a list of runs is cut down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A flow's id.
    pub flow: Option<String>,
    /// An environment's id.
    pub environment: Option<String>,
    /// A version's id.
    pub version: Option<String>,
    /// One state.
    pub state: Option<State>,
    /// A trigger's word.
    pub trigger: Option<String>,
    /// The rollout that decided which version they got.
    pub rollout: Option<String>,
}

/// The columns of lists: what runs take and give may be megabytes each, and no list shows it.
macro_rules! listed {
    () => {
        (
            runs::id,
            runs::workspace_id,
            runs::flow_id,
            runs::environment_id,
            runs::version_id,
            runs::version_number,
            runs::revision,
            runs::content_hash,
            runs::environment_version,
            runs::state,
            runs::trigger_,
            runs::reason,
            runs::routing_revision,
            runs::key,
            runs::test,
            diesel::dsl::sql::<Text>("''"),
            diesel::dsl::sql::<Nullable<Text>>("NULL"),
            runs::error,
            runs::parent_run_id,
            runs::retry_of,
            runs::depth,
            runs::actor_id,
            runs::actor_name,
            runs::created_at,
            runs::started_at,
            runs::finished_at,
            runs::worker,
            runs::fence,
            runs::wake_at,
            runs::control,
            runs::takeovers,
            runs::rollout,
        )
    };
}

/// Which index a list walks: what is rare before what is common, and what is narrow before what is wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    FlowState,
    State,
    Trigger,
    Rollout,
    Version,
    Flow,
    Environment,
    Workspace,
}

impl Lead {
    fn of(filter: &Filter) -> Self {
        let rare_state = filter.state.is_some_and(|state| state != State::Completed);
        match filter {
            Filter { flow: Some(_), .. } if rare_state => Self::FlowState,
            _ if rare_state => Self::State,
            Filter { trigger: Some(trigger), .. } if trigger != Trigger::Api.as_str() => Self::Trigger,
            Filter { rollout: Some(_), .. } => Self::Rollout,
            Filter { version: Some(_), .. } => Self::Version,
            Filter { flow: Some(_), .. } => Self::Flow,
            Filter { environment: Some(_), .. } => Self::Environment,
            _ => Self::Workspace,
        }
    }
}

/// Runs of a workspace, newest first, a page at a time; without inputs and outputs.
pub fn list(conn: &mut Conn, workspace: &str, filter: &Filter, from: &Direction<String>, limit: i64) -> Result<Page<Run>> {
    if *filter == Filter::default() && !matches!(from, Direction::After(_)) {
        // What is asked most: every run, from an id down. The word sorts behind every id.
        let before = if let Direction::Before(id) = from { id.as_str() } else { "wfs" };
        let all = runs::table.filter(runs::workspace_id.eq(workspace)).filter(runs::id.lt(before)).order(runs::id.desc());
        let found = each_backend!(conn, inner => fixed!(all.select(listed!()).limit(limit + 1)).load(inner))?;
        return Ok(Page::cut(found, limit, from));
    }
    let mut query = runs::table.select(listed!()).limit(limit + 1).into_boxed();
    // One index decides the walk, the narrowest; a column inside an expression is only checked on the way.
    let lead = Lead::of(filter);
    query = match lead {
        Lead::State | Lead::Trigger | Lead::Workspace => query.filter(runs::workspace_id.eq(workspace)),
        Lead::FlowState | Lead::Rollout | Lead::Version | Lead::Flow | Lead::Environment => {
            query.filter(runs::workspace_id.concat("").eq(workspace))
        }
    };
    if let Some(rollout) = &filter.rollout {
        query = query.filter(runs::rollout.eq(rollout));
    }
    if let Some(version) = &filter.version {
        query = if lead == Lead::Version {
            query.filter(runs::version_id.eq(version))
        } else {
            query.filter(runs::version_id.concat("").eq(version))
        };
    }
    if let Some(flow) = &filter.flow {
        let leads = matches!(lead, Lead::FlowState | Lead::Flow);
        query = if leads { query.filter(runs::flow_id.eq(flow)) } else { query.filter(runs::flow_id.concat("").eq(flow)) };
    }
    if let Some(environment) = &filter.environment {
        let leads = matches!(lead, Lead::Flow | Lead::Environment);
        query = if leads {
            query.filter(runs::environment_id.eq(environment))
        } else {
            query.filter(runs::environment_id.concat("").eq(environment))
        };
    }
    if let Some(state) = filter.state {
        query = query.filter(runs::state.eq(state.as_str()));
        if state != State::Completed {
            query = query.filter(said(UNCOMMON));
        }
    }
    if let Some(trigger) = &filter.trigger {
        query = if lead == Lead::Trigger {
            query.filter(runs::trigger_.eq(trigger)).filter(said("\"trigger\" <> 'api'"))
        } else {
            query.filter(runs::trigger_.concat("").eq(trigger))
        };
    }
    query = match from {
        Direction::Newest => query.order(runs::id.desc()),
        Direction::Before(id) => query.filter(runs::id.lt(id.clone())).order(runs::id.desc()),
        Direction::After(id) => query.filter(runs::id.gt(id.clone())).order(runs::id.asc()),
    };
    Ok(Page::cut(Cached(query).load(conn)?, limit, from))
}

/// Literally what the partial indexes over what is rare say.
const UNCOMMON: &str = "state <> 'completed'";
/// States of a run that has not ended.
const OPEN: &str = "state IN ('pending','running','waiting','suspended','needs_attention') AND state <> 'completed'";

/// How many runs of a workspace stand in these states, counted no further than `most`.
pub fn count_up_to(conn: &mut Conn, workspace: &str, states: &[State], since: Option<&str>, most: i64) -> Result<i64> {
    let mut total = 0;
    for state in states {
        let found = runs::table
            .filter(runs::workspace_id.eq(workspace))
            .filter(runs::state.eq(state.as_str()))
            .filter(said(UNCOMMON))
            .filter(runs::id.gt(since.unwrap_or_default()))
            .order(runs::id.desc())
            .limit(most)
            .select(runs::id);
        let ids: Vec<String> = each_backend!(conn, inner => fixed!(found).load(inner))?;
        total += i64::try_from(ids.len()).unwrap_or(most);
    }
    Ok(total.min(most))
}

/// How many runs of a version that a rollout decided have not ended, counted no further than `limit`.
pub fn open_of_rollout(conn: &mut Conn, rollout: &str, version: &str, limit: i64) -> Result<i64> {
    let open: Vec<String> = runs::table
        .filter(runs::rollout.eq(rollout))
        .filter(runs::version_id.eq(version))
        .filter(runs::finished_at.is_null())
        .limit(limit)
        .select(runs::id)
        .load(conn)?;
    Ok(i64::try_from(open.len()).unwrap_or(limit))
}

/// Runs of a flow in an environment that have not ended, oldest first; without inputs and outputs.
pub fn open_of(conn: &mut Conn, flow: &str, environment: Option<&str>, limit: i64) -> Result<Vec<Run>> {
    let mut query = runs::table
        .filter(runs::flow_id.eq(flow))
        .filter(said(OPEN))
        .order(runs::id.concat("").asc())
        .limit(limit)
        .select(listed!())
        .into_boxed();
    if let Some(environment) = environment {
        query = query.filter(runs::environment_id.concat("").eq(environment));
    }
    Ok(query.load(conn)?)
}

/// Whether a version has runs that are not tests (PRODUCT §3.7).
pub fn has_real_runs(conn: &mut Conn, version: &str) -> Result<bool> {
    let found: Option<String> =
        runs::table.filter(runs::version_id.eq(version)).filter(runs::test.eq(false)).select(runs::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Whether a version has test runs.
pub fn has_test_runs(conn: &mut Conn, version: &str) -> Result<bool> {
    let found: Option<String> =
        runs::table.filter(runs::version_id.eq(version)).filter(said("test")).select(runs::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// How many runs still go on per version of a flow.
pub fn open_per_version(conn: &mut Conn, flow: &str) -> Result<Vec<(String, i64)>> {
    let open = runs::table.filter(runs::flow_id.eq(flow)).filter(said(OPEN));
    let counted = open.group_by(runs::version_id).select((runs::version_id, diesel::dsl::count_star()));
    Ok(each_backend!(conn, inner => fixed!(counted).load(inner))?)
}

/// Moves a run nobody holds from one state to another; `false` when it is not there any more.
pub fn move_unheld(conn: &mut Conn, id: &str, from: State, to: State, now: i64) -> Result<bool> {
    let finished = to.is_final().then_some(now);
    let moved = diesel::update(runs::table.find(id).filter(runs::state.eq(from.as_str())).filter(runs::worker.is_null()))
        .set((runs::state.eq(to.as_str()), runs::finished_at.eq(finished), runs::wake_at.eq(None::<i64>), runs::control.eq(None::<String>)))
        .execute(conn)?
        == 1;
    if moved && to.is_final() {
        super::queue::forget(conn, &[id])?;
    }
    Ok(moved)
}

/// Leaves word for the worker that holds the run.
pub fn ask(conn: &mut Conn, id: &str, control: &str) -> Result<bool> {
    Ok(diesel::update(runs::table.find(id).filter(runs::state.eq("running"))).set(runs::control.eq(control)).execute(conn)? == 1)
}

/// Clears the error that a run needing attention shows.
pub fn clear_error(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::update(runs::table.find(id)).set((runs::error.eq(None::<String>), runs::takeovers.eq(0))).execute(conn)?;
    Ok(())
}

/// Deletes test runs of a version, with their steps and what else is kept for them (PRODUCT §3.7: they go with it).
pub fn delete_tests_of(conn: &mut Conn, version: &str) -> Result<usize> {
    use super::schema::{run_configurations, run_steps};
    let ids: Vec<String> = runs::table.filter(runs::version_id.eq(version)).filter(said("test")).select(runs::id).load(conn)?;
    diesel::delete(run_steps::table.filter(run_steps::run_id.eq_any(&ids))).execute(conn)?;
    diesel::delete(run_configurations::table.filter(run_configurations::run_id.eq_any(&ids))).execute(conn)?;
    super::queue::forget(conn, &ids)?;
    Ok(diesel::delete(runs::table.filter(runs::id.eq_any(&ids))).execute(conn)?)
}

/// Runs with this id, with an id that ends so, or with this key; the newest first. Ends of ids are looked for only
/// among the newest runs, because no index has them.
pub fn search(conn: &mut Conn, workspace: &str, text: &str, limit: i64) -> Result<Vec<Run>> {
    let mine = || runs::table.filter(runs::workspace_id.eq(workspace));
    if let Some(run) = mine().filter(runs::id.eq(text)).select(Run::as_select()).first(conn).optional()? {
        return Ok(vec![run]);
    }
    let wanted = text.to_lowercase();
    let newest: Vec<(String, Option<String>)> = mine().order(runs::id.desc()).limit(SEARCHED).select((runs::id, runs::key)).load(conn)?;
    let fits = |id: &str, key: Option<&str>| (wanted.len() >= 4 && id.ends_with(&wanted)) || key == Some(text);
    let ids: Vec<String> = newest
        .into_iter()
        .filter(|(id, key)| fits(id, key.as_deref()))
        .map(|(id, _)| id)
        .take(usize::try_from(limit).unwrap_or(0))
        .collect();
    Ok(runs::table.filter(runs::id.eq_any(&ids)).order(runs::id.desc()).select(Run::as_select()).load(conn)?)
}

/// Runs among which a part of an id or a key is looked for.
const SEARCHED: i64 = 5_000;
