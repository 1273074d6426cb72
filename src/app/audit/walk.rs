//! Reads the whole chain once and says of each event whether it is what was written, and where.
//!
//! A sealed event is judged without its neighbours: its seal covers its place, its hash and every column. So one that
//! stands elsewhere is recognised by trying other places, and what is left over was altered or never written here.

use std::collections::BTreeMap;

use crate::app::error::Result;
use crate::domain::audit::Keys;
use crate::domain::event::{GENESIS, chain};
use crate::store::conn::Conn;
use crate::store::events::{self, Event, Head};

/// Events that are read at once.
const BATCH: i64 = 1000;
/// How far from its place an event is looked for.
const NEAR: i64 = 64;
/// Events that are looked for so; after that, only what the one before it suggests.
const SEARCHES: usize = 2000;
/// Events without a seal of their own that are kept whole, to be compared with each other.
const KEPT: usize = 200;

/// Under whose key events are sealed, from where on.
#[derive(Debug, Clone, Default)]
pub(super) struct Regime {
    /// After this event: this public key, in order.
    pub begins: Vec<(i64, String)>,
}

/// What is asked of an event.
enum Ask {
    /// A seal of ours.
    Seal,
    /// Its plain hash only.
    Hash,
}

impl Regime {
    fn ask(&self, event: &Event, ours: Option<&Keys>, sealed_before: bool) -> Ask {
        let Some(ours) = ours else { return Ask::Hash };
        match self.begins.iter().rev().find(|(after, _)| *after < event.seq) {
            Some((_, key)) if key == ours.public() => Ask::Seal,
            // Sealed under the key of the machine a backup came from: the next epoch has signed its hash.
            Some(_) => Ask::Hash,
            None if self.begins.first().is_some_and(|(_, key)| key != ours.public()) => Ask::Hash,
            None if event.mac.is_some() || (self.begins.is_empty() && sealed_before) => Ask::Seal,
            None => Ask::Hash,
        }
    }
}

/// An event that is not where and what it was.
#[derive(Debug)]
pub(super) struct Odd {
    /// Where it stands.
    pub seq: i64,
    /// Where it was written; nothing when it bears no seal of ours.
    pub truth: Option<i64>,
    /// How far those before it are moved.
    pub offset: i64,
    /// Kept for comparison with others.
    pub event: Option<Box<Event>>,
}

/// Whole numbers as ranges.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<(i64, i64)>);

impl Ranges {
    pub fn add(&mut self, n: i64) {
        match self.0.last_mut() {
            Some((_, to)) if *to + 1 == n => *to = n,
            _ => self.0.push((n, n)),
        }
    }

    pub fn last(&self) -> i64 {
        self.0.iter().map(|(_, to)| *to).max().unwrap_or(0)
    }

    pub fn ranges(self) -> Vec<(i64, i64)> {
        self.0
    }

    /// What is left out from 1 to `top`.
    pub fn gaps(mut self, top: i64) -> Vec<(i64, i64)> {
        self.0.sort_unstable();
        let (mut next, mut gaps) = (1, Vec::new());
        for (from, to) in self.0 {
            if from > next {
                gaps.push((next, from - 1));
            }
            next = next.max(to + 1);
        }
        if next <= top {
            gaps.push((next, top));
        }
        gaps
    }
}

/// What the walk saw.
pub(super) struct Walked {
    /// Rows.
    pub events: i64,
    /// Whose seal was checked and held.
    pub sealed: i64,
    /// The last row's place and hash.
    pub last: (i64, String),
    /// Places whose events are there.
    pub there: Ranges,
    /// What is not where and what it was.
    pub odd: Vec<Odd>,
    /// Places at which a checkpoint says another hash, although the event itself holds.
    pub contradicted: Vec<i64>,
    /// The head, read after the last row.
    pub head: Head,
}

struct Walker<'a> {
    keys: Option<&'a Keys>,
    regime: &'a Regime,
    expected: &'a BTreeMap<i64, String>,
    /// The row before: place, hash, whether it held where it stands.
    before: (i64, String, bool),
    offset: i64,
    searches: usize,
    out: Walked,
}

/// Walks from the first event to the last, beside whatever is written meanwhile.
///
/// # Errors
/// The database.
pub(super) fn walk(conn: &mut Conn, keys: Option<&Keys>, regime: &Regime, expected: &BTreeMap<i64, String>) -> Result<Walked> {
    let out = Walked {
        events: 0,
        sealed: 0,
        last: (0, GENESIS.to_owned()),
        there: Ranges::default(),
        odd: Vec::new(),
        contradicted: Vec::new(),
        head: events::head(conn)?,
    };
    let mut walker = Walker { keys, regime, expected, before: (0, GENESIS.to_owned(), true), offset: 0, searches: 0, out };
    if expected.get(&0).is_some_and(|head| head != GENESIS) {
        walker.out.contradicted.push(0);
    }
    loop {
        let from = walker.out.last.0;
        loop {
            let batch = events::after(conn, walker.out.last.0, BATCH)?;
            if batch.is_empty() {
                break;
            }
            batch.into_iter().for_each(|event| walker.step(event));
        }
        // Read after the last row, so that it is never behind it.
        walker.out.head = events::head(conn)?;
        if walker.out.head.seq <= walker.out.last.0 || walker.out.last.0 == from {
            return Ok(walker.out);
        }
    }
}

impl Walker<'_> {
    fn step(&mut self, event: Event) {
        let ask = self.regime.ask(&event, self.keys, self.out.sealed > 0);
        let bytes = event.bytes();
        let adjoins = self.before.0 + 1 == event.seq;
        let linked = adjoins && chain(&self.before.1, &bytes) == event.hash;
        let truth = match (ask, self.keys) {
            (Ask::Seal, Some(keys)) => self.truth(keys, &event, &bytes),
            // After a gap or an altered event there is nothing to hold the hash against.
            _ => (linked || !adjoins || !self.before.2).then_some(event.seq),
        };
        self.out.events += 1;
        self.out.last = (event.seq, event.hash.clone());
        self.before = (event.seq, event.hash.clone(), truth == Some(event.seq));
        match truth {
            Some(seq) if seq == event.seq => {
                self.offset = 0;
                self.out.there.add(seq);
                if self.expected.get(&seq).is_some_and(|head| *head != event.hash) {
                    self.out.contradicted.push(seq);
                }
            }
            Some(seq) => {
                self.offset = seq - event.seq;
                self.out.odd.push(Odd { seq: event.seq, truth, offset: self.offset, event: None });
            }
            None => {
                let kept = self.out.odd.iter().filter(|odd| odd.event.is_some()).count() < KEPT;
                let (seq, offset) = (event.seq, self.offset);
                self.out.odd.push(Odd { seq, truth: None, offset, event: kept.then(|| Box::new(event)) });
            }
        }
    }

    /// Where an event was written, by its seal.
    fn truth(&mut self, keys: &Keys, event: &Event, bytes: &[u8]) -> Option<i64> {
        let seal = event.mac.as_deref()?;
        if keys.sealed(&event.hash, bytes, seal) {
            self.out.sealed += 1;
            return Some(event.seq);
        }
        let stood = |seq: i64| keys.sealed(&event.hash, &event.bytes_at(seq), seal);
        let supposed = event.seq + self.offset;
        if stood(supposed) {
            return Some(supposed);
        }
        self.searches += 1;
        if self.searches > SEARCHES {
            return None;
        }
        (1..=NEAR).flat_map(|far| [event.seq + far, event.seq - far]).find(|seq| stood(*seq))
    }
}
