//! A sealed chain, and what somebody who has the database alone may do to it.

use std::path::PathBuf;

use diesel::RunQueryDsl;
use serde_json::json;
use signalbox::app::audit::report::Report;
use signalbox::app::audit::verify::verify;
use signalbox::app::audit::{checkpoint, file};
use signalbox::app::ctx::Event;
use signalbox::app::{self, Ctx};
use signalbox::domain::audit::{Keys, Why};
use signalbox::domain::clock::Micros;
use signalbox::domain::event::{ObjectKind, chain};
use signalbox::store::conn::{Conn, Manager, Purpose, Target};
use signalbox::store::events::{self, Head};
use signalbox::store::{self, checkpoints, migrate, sealing};

use crate::support::Database;

/// The chain's length.
pub const LENGTH: i64 = 1000;
/// Where the last checkpoint but one stands.
pub const MIDDLE: i64 = 600;
/// Where the head was copied, as if from an older copy of the database.
pub const COPIED: i64 = 900;

pub struct Chain {
    pub conn: Conn,
    pub keys: Keys,
    pub files: Vec<PathBuf>,
    /// The head row at [`COPIED`].
    pub copied: Head,
    /// Attacks so far.
    undone: u32,
}

impl Chain {
    /// A thousand events: checkpoints before the first, at [`MIDDLE`] and at the end, all of them in the file too.
    pub fn new(database: &Database) -> Self {
        std::fs::create_dir_all(database.data_dir()).expect("make the data folder");
        let target = Target::parse(&database.url()).expect("a known address");
        let mut conn = Manager { target, purpose: Purpose::Write, unsynchronised: true }.open().expect("open the database");
        migrate::run(&mut conn).expect("bring the schema up");
        let keys = Keys::new(&[7; 32]).expect("keys");
        let mut chain = Self {
            copied: events::head(&mut conn).expect("a head"),
            conn,
            keys,
            files: vec![database.data_dir().join(file::NAME)],
            undone: 0,
        };
        chain.mark(Why::First);
        chain.record(MIDDLE);
        chain.mark(Why::Regular);
        chain.record(COPIED - MIDDLE);
        chain.copied = events::head(&mut chain.conn).expect("a head");
        chain.record(LENGTH - COPIED);
        chain.mark(Why::Stop);
        chain
    }

    pub fn transaction<T>(&mut self, work: impl FnOnce(&mut Conn) -> app::Result<T>) -> app::Result<T> {
        let Self { conn, keys, .. } = self;
        sealing::with(Some(keys), || store::transaction(conn, work))
    }

    pub fn mark(&mut self, why: Why) {
        let keys = self.keys.clone();
        let made = self.transaction(|conn| checkpoint(conn, &keys, Micros(1), why)).expect("a checkpoint").expect("something happened");
        file::append(&self.files[0], &[made]).expect("a line");
    }

    fn record(&mut self, count: i64) {
        self.transaction(|conn| {
            for n in 0..count {
                let ctx = Ctx::system(Micros(1_000_000 + n), format!("req_{n}"));
                let object = format!("wfl_{n}");
                ctx.record(
                    conn,
                    Event {
                        action: "flow.changed",
                        workspace: Some("ws_a"),
                        flow: Some(&object),
                        environment: (n % 2 == 0).then_some("env_a"),
                        object: Some((ObjectKind::Flow, &object, "Orders")),
                        before: Some(json!({"n": n})),
                        after: (n % 3 == 0).then(|| json!({"n": n + 1})),
                        reason: (n % 5 == 0).then_some("why"),
                        reference: None,
                    },
                )?;
            }
            Ok(())
        })
        .expect("events");
    }

    pub fn verify(&mut self) -> Report {
        verify(&mut self.conn, Some(&self.keys), &self.files).expect("read everything")
    }

    /// What is found after these statements, of which nothing stays.
    pub fn after(&mut self, statements: &[String]) -> Report {
        self.after_work(|conn| statements.iter().for_each(|statement| run(conn, statement)))
    }

    /// What is found after something that has the database alone, of which nothing stays.
    pub fn after_work(&mut self, work: impl FnOnce(&mut Conn)) -> Report {
        let (keys, files) = (self.keys.clone(), self.files.clone());
        let mut report = Report::default();
        let undone: app::Result<()> = store::transaction(&mut self.conn, |conn| {
            without_triggers(conn);
            work(conn);
            report = verify(conn, Some(&keys), &files)?;
            Err(app::Error::refused("undone", "undone"))
        });
        assert_eq!(undone.expect_err("undone").code(), "undone");
        self.undone += 1;
        // What was undone stays in PostgreSQL's file as dead rows, millions of them after every place was tried.
        if matches!(self.conn, Conn::Pg(_)) && self.undone.is_multiple_of(50) {
            run(&mut self.conn, "VACUUM events");
        }
        report
    }
}

/// Whoever may write to the database may also drop what guards it.
fn without_triggers(conn: &mut Conn) {
    let statements: &[&str] = match conn {
        Conn::Sqlite(_) => &[
            "DROP TRIGGER events_fixed",
            "DROP TRIGGER events_kept",
            "DROP TRIGGER event_checkpoints_fixed",
            "DROP TRIGGER event_checkpoints_kept",
        ],
        Conn::Pg(_) => &["DROP TRIGGER events_fixed ON events", "DROP TRIGGER event_checkpoints_fixed ON event_checkpoints"],
    };
    statements.iter().for_each(|statement| run(conn, statement));
}

#[track_caller]
pub fn run(conn: &mut Conn, statement: &str) {
    if let Err(error) = diesel::sql_query(statement).execute(conn) {
        panic!("{error}: {statement}");
    }
}

/// Hashes everything anew from an event on, as anybody can, and puts the head right as far as that goes.
pub fn rehash(conn: &mut Conn, from: i64) {
    let mut previous = events::at(conn, from - 1).expect("read").map_or_else(|| signalbox::domain::event::GENESIS.to_owned(), |e| e.hash);
    let mut last = from - 1;
    for event in events::after(conn, from - 1, 2 * LENGTH).expect("read") {
        previous = chain(&previous, &event.bytes());
        last = event.seq;
        run(conn, &format!("UPDATE events SET hash = '{previous}' WHERE seq = {last}"));
    }
    run(conn, &format!("UPDATE event_head SET seq = {last}, hash = '{previous}'"));
}

/// Moves all events after a place by one, as `UPDATE` does it without meeting itself.
pub fn shift(after: i64, by: i64) -> [String; 2] {
    [format!("UPDATE events SET seq = -(seq + {by}) WHERE seq > {after}"), "UPDATE events SET seq = -seq WHERE seq < 0".to_owned()]
}

pub fn swap_places(a: i64, b: i64) -> [String; 3] {
    [
        format!("UPDATE events SET seq = -1 WHERE seq = {a}"),
        format!("UPDATE events SET seq = {a} WHERE seq = {b}"),
        format!("UPDATE events SET seq = {b} WHERE seq = -1"),
    ]
}

/// What two events say changes places; their hashes and seals stay.
pub fn swap_contents(conn: &mut Conn, a: i64, b: i64) {
    let seals = [a, b].map(|seq| events::at(conn, seq).expect("read").map(|e| (e.hash, e.mac.unwrap_or_default())).expect("an event"));
    swap_places(a, b).iter().for_each(|statement| run(conn, statement));
    for (seq, (hash, mac)) in [a, b].into_iter().zip(seals) {
        run(conn, &format!("UPDATE events SET hash = '{hash}', mac = '{mac}' WHERE seq = {seq}"));
    }
}

/// An event that the program never wrote.
pub fn forged(seq: i64) -> String {
    format!(
        "INSERT INTO events (seq, id, at, actor_name, channel, action, object_kind, object_id, object_name, request_id, hash, form, mac) \
         SELECT {seq}, 'evt_forged', at, 'Mallory', channel, 'deployment.deploy', object_kind, object_id, object_name, request_id, hash, form, mac \
         FROM events WHERE seq = (SELECT MAX(seq) FROM events)"
    )
}

/// The history as an older copy of the database holds it.
pub fn older_copy(chain: &Chain) -> Vec<String> {
    let mac = chain.copied.mac.as_deref().unwrap_or_default();
    vec![
        format!("DELETE FROM events WHERE seq > {COPIED}"),
        format!("DELETE FROM event_checkpoints WHERE seq > {COPIED}"),
        format!("UPDATE event_head SET seq = {COPIED}, hash = '{}', mac = '{mac}'", chain.copied.hash),
    ]
}

pub fn last_checkpoint(conn: &mut Conn) -> i64 {
    checkpoints::last(conn).expect("read").map_or(0, |row| row.number)
}
