//! What flows, versions and environments were from an event on: insert only (DECISIONS 18).

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::cached::one_of;
use super::conn::Conn;
use super::deployments::Record as Deployment;
use super::error::{Error, Result};
use super::schema::{deployments, environment_records, object_states, routing, versions};
use super::versions::Version;
use crate::domain::version::Lifecycle;
use crate::each_backend;

/// Values that one statement names at the most.
const CHUNK: usize = 500;

/// What a thing was from an event on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = object_states)]
pub struct State {
    /// The thing.
    pub object_id: String,
    /// From this event on.
    pub event_seq: i64,
    /// See `domain::event::ObjectKind`.
    pub object_kind: String,
    /// Whose it is.
    pub workspace_id: String,
    /// The flow itself, or that of the version.
    pub flow_id: Option<String>,
    /// Microseconds UTC.
    pub at: i64,
    /// Whether it is the first of its thing.
    pub born: bool,
    /// As JSON.
    pub state: String,
}

/// Adds one; a second one of the same event changes nothing.
pub fn insert(conn: &mut Conn, row: &State) -> Result<()> {
    each_backend!(conn, inner => diesel::insert_into(object_states::table).values(row).on_conflict_do_nothing().execute(inner))?;
    Ok(())
}

/// All versions of a flow, those in the bin too.
pub fn versions_now(conn: &mut Conn, flow: &str) -> Result<Vec<Version>> {
    Ok(versions::table.filter(versions::flow_id.eq(flow)).order(versions::number.asc()).select(Version::as_select()).load(conn)?)
}

/// How many drafts and how many published versions a flow has outside the bin.
pub fn counted_now(conn: &mut Conn, flow: &str) -> Result<(i64, i64)> {
    let there = versions::table
        .filter(versions::flow_id.eq(flow))
        .filter(versions::deleted_at.is_null())
        .group_by(versions::lifecycle)
        .select((versions::lifecycle, diesel::dsl::count_star()));
    let counts: Vec<(String, i64)> = there.load(conn)?;
    let of = |lifecycle: Lifecycle| counts.iter().find(|(word, _)| word == lifecycle.as_str()).map_or(0, |(_, n)| *n);
    Ok((of(Lifecycle::Draft), of(Lifecycle::Published)))
}

/// Whether anything is known of a thing.
pub fn known(conn: &mut Conn, object: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(object_states::table.filter(object_states::object_id.eq(object)))).get_result(conn)?)
}

/// The ids of a workspace's things of a kind that were there by an event, in the order of their making.
pub fn born(conn: &mut Conn, workspace: &str, kind: &str, seq: i64, after: Option<&str>, limit: i64) -> Result<Vec<String>> {
    let mut found = object_states::table
        .filter(object_states::workspace_id.eq(workspace))
        .filter(object_states::object_kind.eq(kind))
        .filter(sql::<Bool>("born"))
        .filter(object_states::event_seq.le(seq))
        .order(object_states::object_id.asc())
        .limit(limit)
        .select(object_states::object_id)
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(object_states::object_id.gt(after));
    }
    Ok(found.load(conn)?)
}

/// What these things were as of an event, in the order of their making.
pub fn of(conn: &mut Conn, ids: &[String], seq: i64) -> Result<Vec<State>> {
    let last = sql::<Bool>(
        "object_states.event_seq = (SELECT MAX(o.event_seq) FROM object_states o WHERE o.object_id = object_states.object_id AND o.event_seq <= ",
    )
    .bind::<BigInt, _>(seq)
    .sql(")");
    let found = object_states::table.filter(one_of("object_states.object_id", ids)).filter(last).order(object_states::object_id.asc());
    Ok(each_backend!(conn, inner => found.select(State::as_select()).load(inner))?)
}

/// The versions of these flows as of an event.
pub fn versions_of(conn: &mut Conn, flows: &[String], seq: i64) -> Result<Vec<State>> {
    let last = sql::<Bool>(
        "object_states.event_seq = (SELECT MAX(o.event_seq) FROM object_states o WHERE o.object_id = object_states.object_id AND o.event_seq <= ",
    )
    .bind::<BigInt, _>(seq)
    .sql(")");
    let found = object_states::table
        .filter(one_of("object_states.flow_id", flows))
        .filter(object_states::object_kind.eq("version"))
        .filter(last)
        .order(object_states::object_id.asc());
    Ok(each_backend!(conn, inner => found.select(State::as_select()).load(inner))?)
}

/// The last change of what is routed for each of these flows in each environment, as of an event.
pub fn routed(conn: &mut Conn, flows: &[String], seq: i64) -> Result<Vec<Deployment>> {
    let last = sql::<diesel::sql_types::Nullable<BigInt>>(
        "(SELECT MAX(d.event_seq) FROM deployments d WHERE d.flow_id = routing.flow_id AND d.environment_id = routing.environment_id AND d.event_seq <= ",
    )
    .bind::<BigInt, _>(seq)
    .sql(")");
    let places = routing::table.filter(one_of("routing.flow_id", flows)).select(last);
    let last: Vec<Option<i64>> = each_backend!(conn, inner => places.load(inner))?;
    at_events(conn, &last.into_iter().flatten().collect::<Vec<_>>())
}

/// The same for everything that was ever routed in an environment.
pub fn routed_in(conn: &mut Conn, environment: &str, seq: i64) -> Result<Vec<Deployment>> {
    let last = sql::<diesel::sql_types::Nullable<BigInt>>(
        "(SELECT MAX(d.event_seq) FROM deployments d WHERE d.flow_id = routing.flow_id AND d.environment_id = routing.environment_id AND d.event_seq <= ",
    )
    .bind::<BigInt, _>(seq)
    .sql(")");
    let places = routing::table.filter(routing::environment_id.eq(environment)).select(last);
    let last: Vec<Option<i64>> = each_backend!(conn, inner => places.load(inner))?;
    at_events(conn, &last.into_iter().flatten().collect::<Vec<_>>())
}

fn at_events(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<Deployment>> {
    let mut found = Vec::with_capacity(seqs.len());
    for chunk in seqs.chunks(CHUNK) {
        found.extend(deployments::table.filter(deployments::event_seq.eq_any(chunk)).select(Deployment::as_select()).load(conn)?);
    }
    Ok(found)
}

/// Which of these versions had been put into an environment by these verbs, by an event.
pub fn were_put(conn: &mut Conn, environment: &str, versions: &[String], verbs: &[&str], seq: i64) -> Result<Vec<String>> {
    let ever = deployments::table
        .filter(one_of("deployments.version_id", versions))
        .filter(deployments::environment_id.eq(environment))
        .filter(deployments::event_seq.le(seq))
        .filter(deployments::verb.eq_any(verbs.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()))
        .select(deployments::version_id.assume_not_null())
        .distinct();
    Ok(each_backend!(conn, inner => ever.load(inner))?)
}

/// The change of a workspace's state next to an event, earlier or later, if there is one: its place and its instant.
pub fn neighbour(conn: &mut Conn, workspace: &str, seq: i64, later: bool) -> Result<Option<(i64, i64)>> {
    let mut found: Vec<(i64, i64)> = Vec::new();
    macro_rules! look {
        ($table:ident) => {{
            let mine = $table::table.filter($table::workspace_id.eq(workspace)).select(($table::event_seq, $table::at)).limit(1);
            let one: Option<(i64, i64)> = if later {
                mine.filter($table::event_seq.gt(seq)).order($table::event_seq.asc()).first(conn).optional()?
            } else {
                mine.filter($table::event_seq.lt(seq)).order($table::event_seq.desc()).first(conn).optional()?
            };
            found.extend(one);
        }};
    }
    look!(object_states);
    look!(deployments);
    look!(environment_records);
    Ok(if later { found.into_iter().min() } else { found.into_iter().max() })
}

impl State {
    /// What it says.
    ///
    /// # Errors
    /// A stored text that this program cannot read.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.state).map_err(Error::corrupt)
    }
}
