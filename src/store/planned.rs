//! Changes set for a time (PRODUCT §5.9).

use diesel::prelude::*;

use super::cached::said;
use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::planned_changes;
use crate::domain::deployment::Routing;
use crate::domain::planned::{Kind, State};

/// A planned change as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = planned_changes)]
pub struct Planned {
    /// `plc_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow.
    pub flow_id: String,
    /// Where.
    pub environment_id: String,
    /// See [`Kind`].
    pub kind: String,
    /// What is to be done, as JSON.
    pub body: String,
    /// The routing revision it is based on.
    pub base_revision: i64,
    /// What stood there then, as JSON.
    pub base: String,
    /// Microseconds UTC.
    pub due_at: i64,
    /// When a worker looks at it: when it is due, or when a freeze is over.
    pub check_at: i64,
    /// See [`State`].
    pub state: String,
    /// What became of it, in words.
    pub outcome: String,
    /// The deployment record it made.
    pub record_id: Option<String>,
    /// Who planned it, if a person.
    pub planned_by_id: Option<String>,
    /// Their name.
    pub planned_by: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who confirmed or cancelled it last.
    pub decided_by: Option<String>,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
}

impl Planned {
    /// What it does.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn kind(&self) -> Result<Kind> {
        self.kind.parse().map_err(Error::corrupt)
    }
    /// Where it stands.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn state(&self) -> Result<State> {
        self.state.parse().map_err(Error::corrupt)
    }
    /// What stood there when it was planned.
    ///
    /// # Errors
    /// Stored text this program cannot read.
    pub fn base(&self) -> Result<Routing> {
        serde_json::from_str(&self.base).map_err(Error::corrupt)
    }
}

/// Adds a planned change.
pub fn insert(conn: &mut Conn, row: &Planned) -> Result<()> {
    diesel::insert_into(planned_changes::table).values(row).execute(conn)?;
    Ok(())
}

/// By id.
pub fn get(conn: &mut Conn, id: &str) -> Result<Option<Planned>> {
    Ok(planned_changes::table.find(id).select(Planned::as_select()).first(conn).optional()?)
}

/// Which planned changes are listed; everything when empty.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where it stands.
    pub state: Option<State>,
    /// Of this flow.
    pub flow: Option<String>,
    /// In this environment.
    pub environment: Option<String>,
}

/// Planned changes of a workspace, newest first.
pub fn list(conn: &mut Conn, workspace: &str, filter: &Filter, from: &Direction<String>, limit: i64) -> Result<Page<Planned>> {
    let mut query = planned_changes::table
        .filter(planned_changes::workspace_id.eq(workspace))
        .select(Planned::as_select())
        .limit(limit + 1)
        .into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(planned_changes::state.eq(state.as_str()));
    }
    if let Some(flow) = &filter.flow {
        query = query.filter(planned_changes::flow_id.eq(flow));
    }
    if let Some(environment) = &filter.environment {
        query = query.filter(planned_changes::environment_id.eq(environment));
    }
    query = match from {
        Direction::Newest => query.order(planned_changes::id.desc()),
        Direction::Before(id) => query.filter(planned_changes::id.lt(id)).order(planned_changes::id.desc()),
        Direction::After(id) => query.filter(planned_changes::id.gt(id)).order(planned_changes::id.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Planned changes of a workspace that may still be carried out, the next one first.
pub fn open(conn: &mut Conn, workspace: &str, limit: i64) -> Result<Vec<Planned>> {
    Ok(planned_changes::table
        .filter(planned_changes::workspace_id.eq(workspace))
        .filter(planned_changes::ended_at.is_null())
        .order((planned_changes::due_at.asc(), planned_changes::id.asc()))
        .limit(limit)
        .select(Planned::as_select())
        .load(conn)?)
}

/// Whether a flow has changes that may still be carried out.
pub fn has_open(conn: &mut Conn, flow: &str) -> Result<bool> {
    let rows = planned_changes::table.filter(planned_changes::flow_id.eq(flow)).filter(planned_changes::ended_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn)?)
}

/// Ids of changes that a worker has to look at by now, in the order they are due.
pub fn due(conn: &mut Conn, now: i64) -> Result<Vec<String>> {
    Ok(planned_changes::table
        .filter(said("state = 'planned'"))
        .filter(planned_changes::check_at.le(now))
        .order((planned_changes::check_at.asc(), planned_changes::id.asc()))
        .limit(100)
        .select(planned_changes::id)
        .load(conn)?)
}

/// Takes a change that is due: whoever else wants it waits until this transaction ends, and then finds it taken.
/// `false`: somebody was faster, or it is not due any more.
pub fn take(conn: &mut Conn, id: &str, now: i64) -> Result<bool> {
    let found = planned_changes::table
        .filter(planned_changes::id.eq(id))
        .filter(planned_changes::state.eq(State::Planned.as_str()))
        .filter(planned_changes::check_at.le(now));
    Ok(diesel::update(found).set(planned_changes::check_at.eq(planned_changes::check_at)).execute(conn)? == 1)
}

/// Where a change goes next.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = planned_changes)]
pub struct Moved {
    /// See [`State`].
    pub state: String,
    /// What became of it, in words.
    pub outcome: String,
    /// When a worker looks at it.
    pub check_at: i64,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
    /// The deployment record it made.
    pub record_id: Option<String>,
    /// Who confirmed or cancelled it.
    pub decided_by: Option<String>,
    /// What is to be done from now on, as JSON.
    pub body: Option<String>,
    /// The routing revision it is based on from now on.
    pub base_revision: Option<i64>,
    /// What stood there then, as JSON.
    pub base: Option<String>,
}

/// Moves a change on; `false`: it does not stand where it was thought to.
pub fn advance(conn: &mut Conn, id: &str, from: State, to: &Moved) -> Result<bool> {
    let found = planned_changes::table.filter(planned_changes::id.eq(id)).filter(planned_changes::state.eq(from.as_str()));
    Ok(diesel::update(found).set(to).execute(conn)? == 1)
}
