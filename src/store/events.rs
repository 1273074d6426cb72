//! The history: insert only, chained.

mod early;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::conn::Conn;
use super::error::{Error, Result};
use super::page::{Direction, Page};
use super::schema::{event_head, events};
use super::sealing;
use crate::domain::audit::Keys;
use crate::domain::event::{FORM, First, GENESIS, Whole, bytes, chain};

/// Events that may have been written at about the same time.
const NEIGHBOURS: i64 = 64;

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
    /// How it was hashed; nothing in the first releases.
    pub form: Option<i64>,
    /// Its seal under the instance's key; nothing where it was written without.
    pub mac: Option<String>,
}

impl Event {
    /// What hash and seal cover, by the form it was written in.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_at(self.seq)
    }

    /// The same as if it stood at another place in the chain: for judging what was moved.
    pub fn bytes_at(&self, seq: i64) -> Vec<u8> {
        let Some(form) = self.form else {
            return bytes(&First {
                seq,
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
            });
        };
        bytes(&Whole {
            form,
            seq,
            id: &self.id,
            at: self.at,
            actor_id: self.actor_id.as_deref(),
            actor_name: &self.actor_name,
            channel: &self.channel,
            workspace_id: self.workspace_id.as_deref(),
            flow_id: self.flow_id.as_deref(),
            environment_id: self.environment_id.as_deref(),
            action: &self.action,
            object_kind: &self.object_kind,
            object_id: &self.object_id,
            object_name: &self.object_name,
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            reason: self.reason.as_deref(),
            reference: self.reference.as_deref(),
            request_id: &self.request_id,
        })
    }
}

/// How far the history has come.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Head {
    /// The last event's place.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// Both under the instance's key, once there is one.
    pub mac: Option<String>,
}

/// The head of the chain.
pub fn head(conn: &mut Conn) -> Result<Head> {
    Ok(event_head::table.select((event_head::seq, event_head::hash, event_head::mac)).first(conn)?)
}

/// Seals the head as it stands: at the first start with a key, and under the key of the machine a backup was restored on.
pub fn seal_head(conn: &mut Conn, keys: &Keys) -> Result<Head> {
    // The update takes the row's lock on PostgreSQL before it is read.
    diesel::update(event_head::table).set(event_head::seq.eq(event_head::seq)).execute(conn)?;
    let mut head = head(conn)?;
    head.mac = Some(keys.seal_head(head.seq, &head.hash));
    diesel::update(event_head::table).set(event_head::mac.eq(&head.mac)).execute(conn)?;
    Ok(head)
}

/// Appends an event: takes the head row (last in a transaction, DECISIONS 17), numbers, hashes and seals it.
/// Returns its place in the chain.
///
/// # Errors
/// [`Error::Refused`] when the history is sealed and this process has no key to seal with.
pub fn append(conn: &mut Conn, mut event: Event) -> Result<i64> {
    // The update takes the row's lock on PostgreSQL before the hash is read.
    let last: Vec<Head> = diesel::update(event_head::table)
        .set(event_head::seq.eq(event_head::seq + 1))
        .returning((event_head::seq, event_head::hash, event_head::mac))
        .get_results(conn)?;
    let Some(last) = last.into_iter().next() else { return Err(Error::Corrupt("the head of the history is gone".into())) };
    let keys = sealing::current();
    if last.mac.is_some() && keys.is_none() {
        return Err(Error::Refused(
            "the history is sealed, and this process has not the instance's key; run it with the server's data folder (--data-dir)".into(),
        ));
    }
    event.seq = last.seq;
    event.form = Some(FORM);
    let written = event.bytes();
    event.hash = chain(&last.hash, &written);
    event.mac = keys.as_ref().map(|keys| keys.seal(&event.hash, &written));
    let head = keys.map(|keys| keys.seal_head(event.seq, &event.hash));
    diesel::update(event_head::table).set((event_head::hash.eq(&event.hash), event_head::mac.eq(head))).execute(conn)?;
    diesel::insert_into(events::table).values(&event).execute(conn)?;
    Ok(event.seq)
}

/// What a timeline is cut down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A workspace's id.
    pub workspace: Option<String>,
    /// Also what belongs to no workspace; without a workspace, only that.
    pub outside: bool,
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
    /// By whom, if not by a person of this id.
    pub by: Option<By>,
    /// A part of a name, of a reason or of a reference.
    pub text: Option<String>,
}

/// Who acted, when it is not about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Programs, by their tokens.
    Tokens,
    /// Signalbox itself.
    System,
    /// Somebody on the server's machine.
    CommandLine,
}

/// Events, newest first, a page at a time.
pub fn list(conn: &mut Conn, filter: &Filter, from: &Direction<i64>, limit: i64) -> Result<Page<Event>> {
    let mut query = events::table.select(Event::as_select()).limit(limit + 1).into_boxed();
    query = match (&filter.workspace, filter.outside) {
        (None, false) => query,
        (None, true) => query.filter(events::workspace_id.is_null()),
        (Some(workspace), false) => query.filter(events::workspace_id.eq(workspace)),
        // Neither part is null, so that the whole is none either.
        (Some(workspace), true) => query.filter(events::workspace_id.is_null().or(events::workspace_id.eq(workspace).assume_not_null())),
    };
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
    query = match filter.by {
        None => query,
        Some(By::Tokens) => query.filter(events::channel.like("tok!_%").escape('!')),
        Some(By::System) => query.filter(events::channel.eq("system")),
        Some(By::CommandLine) => query.filter(events::channel.eq("command line")),
    };
    if let Some(text) = &filter.text {
        let part = format!("%{}%", text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_"));
        let reads = |column: &str| format!("LOWER(COALESCE({column}, ''))");
        let like = |column: &str| sql::<Text>(&reads(column)).like(part.clone()).escape('!');
        query = query.filter(like("object_name").or(like("reason")).or(like("reference")).or(like("actor_name")));
    }
    query = match from {
        Direction::Newest => query.order(events::seq.desc()),
        Direction::Before(seq) => query.filter(events::seq.lt(*seq)).order(events::seq.desc()),
        Direction::After(seq) => query.filter(events::seq.gt(*seq)).order(events::seq.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// Ids of those who did one of these things with an object, each once.
pub fn actors(conn: &mut Conn, object: &str, actions: &[&str]) -> Result<Vec<String>> {
    let of = events::table.filter(events::object_id.eq(object)).filter(events::action.eq_any(actions.iter().copied()));
    Ok(of.filter(events::actor_id.is_not_null()).select(events::actor_id.assume_not_null()).distinct().load(conn)?)
}

/// The next events of the chain in order, a batch at a time.
pub fn after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Event>> {
    Ok(events::table.filter(events::seq.gt(seq)).order(events::seq.asc()).limit(limit).select(Event::as_select()).load(conn)?)
}

/// One event by its place.
pub fn at(conn: &mut Conn, seq: i64) -> Result<Option<Event>> {
    Ok(events::table.find(seq).select(Event::as_select()).first(conn).optional()?)
}

/// What an event says stood afterwards, as JSON; none when there is no such event.
pub fn after_of(conn: &mut Conn, seq: i64) -> Result<Option<String>> {
    Ok(events::table.find(seq).select(events::after).first::<Option<String>>(conn).optional()?.flatten())
}

/// The place in the chain that an instant stands for: the last event written by then, 0 before the first. Requests take
/// their time when they begin, so neighbours may be out of order by a little.
pub fn as_of(conn: &mut Conn, at: i64) -> Result<i64> {
    let near: Vec<i64> = events::table
        .filter(events::at.le(at))
        .order((events::at.desc(), events::seq.desc()))
        .limit(NEIGHBOURS)
        .select(events::seq)
        .load(conn)?;
    Ok(near.into_iter().max().unwrap_or(0))
}

/// The hash of the event at this place of the chain.
pub fn hash_of(conn: &mut Conn, seq: i64) -> Result<Option<String>> {
    Ok(events::table.find(seq).select(events::hash).first(conn).optional()?)
}

/// Walks the plain chain from the beginning in order and says how many events hold together. What needs the instance's
/// key is `app::audit::verify`.
///
/// # Errors
/// [`Error::Corrupt`] names the first event that is missing or changed.
pub fn verify(conn: &mut Conn) -> Result<i64> {
    let is_early = early::is_early(conn)?;
    let mut previous = GENESIS.to_owned();
    let mut seq = 0;
    loop {
        let batch = match is_early {
            true => early::after(conn, seq, 1000)?,
            false => after(conn, seq, 1000)?.into_iter().map(|event| (event.seq, event.bytes(), event.hash)).collect(),
        };
        if batch.is_empty() {
            break;
        }
        for (at, covered, hash) in batch {
            if at != seq + 1 {
                return Err(Error::Corrupt(format!("event {} is missing", seq + 1)));
            }
            if chain(&previous, &covered) != hash {
                return Err(Error::Corrupt(format!("event {at} was changed")));
            }
            (seq, previous) = (at, hash);
        }
    }
    let head = early::head(conn)?;
    if head != (seq, previous) {
        return Err(Error::Corrupt(format!("the history ends at event {seq}, but {} were written", head.0)));
    }
    Ok(seq)
}
