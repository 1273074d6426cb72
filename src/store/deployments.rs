//! Routing rows and the append-only record of their changes.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::cached::one_of;
use super::conn::Conn;
use super::environments;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::{deployments, routing};
use crate::domain::deployment::{Candidate, Pin, Routing};
use crate::domain::ids::VersionId;

/// A routing row as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = routing, treat_none_as_null = true)]
pub struct Row {
    /// The flow.
    pub flow_id: String,
    /// The environment.
    pub environment_id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The primary's version.
    pub primary_version: Option<String>,
    /// Its number.
    pub primary_number: Option<i64>,
    /// Its revision.
    pub primary_revision: Option<i64>,
    /// Since when it is primary.
    pub primary_since: Option<i64>,
    /// The candidate's version.
    pub candidate_version: Option<String>,
    /// Its number.
    pub candidate_number: Option<i64>,
    /// Its revision.
    pub candidate_revision: Option<i64>,
    /// The candidate's share in basis points.
    pub basis_points: i64,
    /// Mixed into keys.
    pub salt: String,
    /// Starts counted during a rollout.
    pub counter: i64,
    /// See `domain::deployment::Switch`.
    pub switch: String,
    /// Why it stands there.
    pub switch_reason: Option<String>,
    /// Who moved it.
    pub switch_by: Option<String>,
    /// When.
    pub switch_at: Option<i64>,
    /// Grows with each change.
    pub revision: i64,
    /// Microseconds UTC.
    pub updated_at: i64,
    /// The rollout under way; empty without one.
    pub rollout_id: String,
}

fn pin(version: Option<&String>, number: Option<i64>, revision: Option<i64>) -> Option<Pin> {
    Some(Pin { version: VersionId::stored(version?.clone()), number: number?, revision: revision? })
}

impl Row {
    /// The row as the rules see it.
    ///
    /// # Errors
    /// A stored word this program does not know.
    pub fn to_domain(&self) -> Result<Routing> {
        Ok(Routing {
            primary: pin(self.primary_version.as_ref(), self.primary_number, self.primary_revision),
            candidate: pin(self.candidate_version.as_ref(), self.candidate_number, self.candidate_revision).map(|pin| Candidate {
                pin,
                basis_points: self.basis_points,
                salt: self.salt.clone(),
                counter: self.counter,
                rollout: self.rollout_id.clone(),
            }),
            switch: self.switch.parse().map_err(Error::corrupt)?,
            switch_reason: self.switch_reason.clone(),
            revision: self.revision,
        })
    }

    /// A row out of what the rules decided. `before` keeps what did not change.
    pub fn from_domain(keys: (&str, &str, &str), next: &Routing, before: Option<&Self>, now: i64, by: &str) -> Self {
        let (flow, environment, workspace) = keys;
        let same_primary = before.is_some_and(|b| {
            b.primary_version.as_deref() == next.primary.as_ref().map(|p| p.version.as_str())
                && b.primary_revision == next.primary.as_ref().map(|p| p.revision)
        });
        let moved = before.is_none_or(|b| b.switch != next.switch.as_str());
        Self {
            flow_id: flow.to_owned(),
            environment_id: environment.to_owned(),
            workspace_id: workspace.to_owned(),
            primary_version: next.primary.as_ref().map(|p| p.version.to_string()),
            primary_number: next.primary.as_ref().map(|p| p.number),
            primary_revision: next.primary.as_ref().map(|p| p.revision),
            primary_since: if same_primary { before.and_then(|b| b.primary_since) } else { next.primary.as_ref().map(|_| now) },
            candidate_version: next.candidate.as_ref().map(|c| c.pin.version.to_string()),
            candidate_number: next.candidate.as_ref().map(|c| c.pin.number),
            candidate_revision: next.candidate.as_ref().map(|c| c.pin.revision),
            basis_points: next.candidate.as_ref().map_or(0, |c| c.basis_points),
            salt: next.candidate.as_ref().map_or_else(String::new, |c| c.salt.clone()),
            counter: next.candidate.as_ref().map_or(0, |c| c.counter),
            switch: next.switch.as_str().to_owned(),
            switch_reason: next.switch_reason.clone(),
            switch_by: if moved { Some(by.to_owned()) } else { before.and_then(|b| b.switch_by.clone()) },
            switch_at: if moved { Some(now) } else { before.and_then(|b| b.switch_at) },
            revision: next.revision,
            updated_at: now,
            rollout_id: next.candidate.as_ref().map_or_else(String::new, |c| c.rollout.clone()),
        }
    }
}

/// The row of a flow in an environment.
pub fn get(conn: &mut Conn, flow: &str, environment: &str) -> Result<Option<Row>> {
    Ok(routing::table.find((flow, environment)).select(Row::as_select()).first(conn).optional()?)
}

/// The row, held until the transaction ends: whoever wants to change it or count on it waits, also where there is no row
/// yet. SQLite has one writer anyway.
pub fn hold(conn: &mut Conn, flow: &str, environment: &str) -> Result<Option<Row>> {
    if matches!(conn, Conn::Pg(_)) && !held(conn, flow, environment)? {
        // A row that is not there cannot be held: the first ones to deploy here wait for a lock in its name.
        let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(6010483, hashtext($1 || ' ' || $2))");
        lock.bind::<Text, _>(flow).bind::<Text, _>(environment).execute(conn)?;
        held(conn, flow, environment)?;
    }
    environments::keep(conn, environment)?;
    get(conn, flow, environment)
}

fn held(conn: &mut Conn, flow: &str, environment: &str) -> Result<bool> {
    let row = routing::table.filter(routing::flow_id.eq(flow)).filter(routing::environment_id.eq(environment));
    Ok(diesel::update(row).set(routing::revision.eq(routing::revision)).execute(conn)? == 1)
}

/// Counts a start without a key during a rollout; the row is held until the transaction ends.
pub fn count(conn: &mut Conn, flow: &str, environment: &str) -> Result<()> {
    let row = routing::table
        .filter(routing::flow_id.eq(flow))
        .filter(routing::environment_id.eq(environment))
        .filter(routing::candidate_version.is_not_null());
    diesel::update(row).set(routing::counter.eq(routing::counter + 1)).execute(conn)?;
    Ok(())
}

/// The rows of a flow.
pub fn of_flow(conn: &mut Conn, flow: &str) -> Result<Vec<Row>> {
    Ok(routing::table.filter(routing::flow_id.eq(flow)).select(Row::as_select()).load(conn)?)
}

/// The rows of several flows, for the dashboard.
pub fn of_flows(conn: &mut Conn, flows: &[String]) -> Result<Vec<Row>> {
    let rows = routing::table.filter(one_of("flow_id", flows));
    Ok(crate::each_backend!(conn, inner => crate::fixed!(rows.select(Row::as_select())).load(inner))?)
}

/// The rows of an environment in which a version is primary.
pub fn of_environment(conn: &mut Conn, environment: &str) -> Result<Vec<Row>> {
    Ok(routing::table
        .filter(routing::environment_id.eq(environment))
        .filter(routing::primary_version.is_not_null())
        .order(routing::flow_id.asc())
        .select(Row::as_select())
        .load(conn)?)
}

/// Whether anything was ever deployed to an environment.
pub fn any_in(conn: &mut Conn, environment: &str) -> Result<bool> {
    let rows = routing::table.filter(routing::environment_id.eq(environment));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn)?)
}

/// Rows of a workspace whose switch is not on, for the dashboard's list of what needs attention.
pub fn switched_off(conn: &mut Conn, workspace: &str, limit: i64) -> Result<Vec<Row>> {
    Ok(routing::table
        .filter(routing::workspace_id.eq(workspace))
        .filter(routing::switch.ne("on"))
        .order(routing::switch_at.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?)
}

/// Writes a changed row only if it still has the revision the decision was based on; a first row only if
/// nobody else wrote one. `false`: somebody was faster.
pub fn put(conn: &mut Conn, row: &Row, based_on: i64) -> Result<bool> {
    if based_on == 0 {
        let added =
            crate::each_backend!(conn, inner => diesel::insert_into(routing::table).values(row).on_conflict_do_nothing().execute(inner))?;
        if added == 1 {
            return Ok(true);
        }
    }
    Ok(diesel::update(
        routing::table
            .filter(routing::flow_id.eq(&row.flow_id))
            .filter(routing::environment_id.eq(&row.environment_id))
            .filter(routing::revision.eq(based_on)),
    )
    .set(row)
    .execute(conn)?
        == 1)
}

/// A deployment record as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deployments)]
pub struct Record {
    /// `dep_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow.
    pub flow_id: String,
    /// The environment.
    pub environment_id: String,
    /// The routing revision it made.
    pub routing_revision: i64,
    /// See `domain::deployment::Verb`.
    pub verb: String,
    /// The version it made primary (or that was, for switches).
    pub version_id: Option<String>,
    /// Its number.
    pub version_number: Option<i64>,
    /// What was primary before.
    pub from_version_id: Option<String>,
    /// Its number.
    pub from_number: Option<i64>,
    /// Why, in the person's words.
    pub comment: Option<String>,
    /// What happened to runs in flight.
    pub in_flight: String,
    /// Who.
    pub actor_id: Option<String>,
    /// Their name.
    pub actor_name: String,
    /// Microseconds UTC.
    pub at: i64,
    /// The event in the history.
    pub event_seq: i64,
    /// The routing row as it stood afterwards, as JSON.
    pub snapshot: String,
}

/// Adds a record.
pub fn insert_record(conn: &mut Conn, row: &Record) -> Result<()> {
    diesel::insert_into(deployments::table).values(row).execute(conn)?;
    Ok(())
}

/// Records of a flow in an environment, newest first.
pub fn records(conn: &mut Conn, flow: &str, environment: &str, from: &Direction<i64>, limit: i64) -> Result<Page<Record>> {
    let mut query = deployments::table
        .filter(deployments::flow_id.eq(flow))
        .filter(deployments::environment_id.eq(environment))
        .select(Record::as_select())
        .limit(limit + 1)
        .into_boxed();
    query = match from {
        Direction::Newest => query.order(deployments::routing_revision.desc()),
        Direction::Before(r) => query.filter(deployments::routing_revision.lt(*r)).order(deployments::routing_revision.desc()),
        Direction::After(r) => query.filter(deployments::routing_revision.gt(*r)).order(deployments::routing_revision.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Environments in which a version was ever made primary.
pub fn environments_of_version(conn: &mut Conn, version: &str) -> Result<Vec<String>> {
    Ok(deployments::table.filter(deployments::version_id.eq(version)).select(deployments::environment_id).distinct().load(conn)?)
}

/// The same for several versions: pairs of version and environment.
pub fn environments_of_versions(conn: &mut Conn, ids: &[String]) -> Result<Vec<(String, String)>> {
    let ever = deployments::table
        .filter(deployments::version_id.eq_any(ids))
        .select((deployments::version_id.assume_not_null(), deployments::environment_id));
    Ok(ever.distinct().load(conn)?)
}
