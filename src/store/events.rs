//! The history: insert only, chained.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::{event_head, events};
use crate::domain::event::{Sealed, seal};

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = events)]
pub struct Event {
    /// Place in the chain.
    pub seq: i64,
    /// `evt_…`
    pub id: String,
    /// Microseconds UTC.
    pub at: i64,
    /// Who.
    pub actor_id: Option<String>,
    /// Their name then.
    pub actor_name: String,
    /// How they came in.
    pub channel: String,
    /// Where.
    pub workspace_id: Option<String>,
    /// The flow it is about.
    pub flow_id: Option<String>,
    /// The environment it is about.
    pub environment_id: Option<String>,
    /// What, e.g. `version.published`.
    pub action: String,
    /// To what.
    pub object_kind: String,
    /// Its id.
    pub object_id: String,
    /// Its name then, for timelines.
    pub object_name: String,
    /// Before, as JSON.
    pub before: Option<String>,
    /// After, as JSON.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Ticket or commit.
    pub reference: Option<String>,
    /// The request.
    pub request_id: String,
    /// SHA-256 over the one before and this one.
    pub hash: String,
}

impl Event {
    /// What the hash covers.
    pub fn sealed(&self) -> Sealed {
        Sealed {
            seq: self.seq,
            id: self.id.clone(),
            at: self.at,
            actor_id: self.actor_id.clone(),
            actor_name: self.actor_name.clone(),
            channel: self.channel.clone(),
            workspace_id: self.workspace_id.clone(),
            action: self.action.clone(),
            object_kind: self.object_kind.clone(),
            object_id: self.object_id.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            reason: self.reason.clone(),
            reference: self.reference.clone(),
            request_id: self.request_id.clone(),
        }
    }
}

/// Appends an event: takes the head row (last in a transaction, DECISIONS 17), numbers and seals it.
/// Returns its place in the chain.
pub fn append(conn: &mut Conn, mut event: Event) -> Result<i64> {
    // The update takes the row's lock on PostgreSQL before the hash is read.
    diesel::update(event_head::table).set(event_head::seq.eq(event_head::seq + 1)).execute(conn)?;
    let (seq, previous): (i64, String) = event_head::table.select((event_head::seq, event_head::hash)).first(conn)?;
    event.seq = seq;
    event.hash = seal(&previous, &event.sealed());
    diesel::update(event_head::table).set(event_head::hash.eq(&event.hash)).execute(conn)?;
    diesel::insert_into(events::table).values(&event).execute(conn)?;
    Ok(seq)
}

/// What a timeline is cut down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A workspace's id.
    pub workspace: Option<String>,
    /// A flow's id.
    pub flow: Option<String>,
    /// An environment's id.
    pub environment: Option<String>,
    /// A person's id.
    pub actor: Option<String>,
    /// Any object's id.
    pub object: Option<String>,
    /// Beginning of the action, e.g. `version.`.
    pub action: Option<String>,
    /// From this instant.
    pub from: Option<i64>,
    /// Before this instant.
    pub to: Option<i64>,
}

/// Events, newest first, a page at a time.
pub fn list(conn: &mut Conn, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Event>> {
    let mut query = events::table.select(Event::as_select()).limit(limit + 1).into_boxed();
    if let Some(workspace) = &filter.workspace {
        query = query.filter(events::workspace_id.eq(workspace));
    }
    if let Some(flow) = &filter.flow {
        query = query.filter(events::flow_id.eq(flow));
    }
    if let Some(environment) = &filter.environment {
        query = query.filter(events::environment_id.eq(environment));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(events::actor_id.eq(actor));
    }
    if let Some(object) = &filter.object {
        query = query.filter(events::object_id.eq(object));
    }
    if let Some(action) = &filter.action {
        query = query.filter(events::action.like(format!("{}%", action.replace(['%', '_'], ""))));
    }
    if let Some(at) = filter.from {
        query = query.filter(events::at.ge(at));
    }
    if let Some(at) = filter.to {
        query = query.filter(events::at.lt(at));
    }
    query = match from {
        Direction::Newest => query.order(events::seq.desc()),
        Direction::Before(seq) => query.filter(events::seq.lt(*seq)).order(events::seq.desc()),
        Direction::After(seq) => query.filter(events::seq.gt(*seq)).order(events::seq.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// The hash of the event at this place of the chain.
pub fn hash_of(conn: &mut Conn, seq: i64) -> Result<Option<String>> {
    Ok(events::table.find(seq).select(events::hash).first(conn).optional()?)
}

/// Walks the chain from the beginning in order and says how many events hold together.
///
/// # Errors
/// [`Error::Corrupt`] names the first event that is missing or changed.
pub fn verify(conn: &mut Conn) -> Result<i64> {
    let mut previous = crate::domain::event::GENESIS.to_owned();
    let mut seq = 0;
    loop {
        let batch: Vec<Event> =
            events::table.filter(events::seq.gt(seq)).order(events::seq.asc()).limit(1000).select(Event::as_select()).load(conn)?;
        if batch.is_empty() {
            break;
        }
        for event in batch {
            if event.seq != seq + 1 {
                return Err(Error::Corrupt(format!("event {} is missing", seq + 1)));
            }
            if seal(&previous, &event.sealed()) != event.hash {
                return Err(Error::Corrupt(format!("event {} was changed", event.seq)));
            }
            seq = event.seq;
            previous = event.hash;
        }
    }
    let head: (i64, String) = event_head::table.select((event_head::seq, event_head::hash)).first(conn)?;
    if head != (seq, previous) {
        return Err(Error::Corrupt(format!("the history ends at event {seq}, but {} were written", head.0)));
    }
    Ok(seq)
}
