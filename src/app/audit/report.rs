//! What the walk over the history found.

use serde::Serialize;

/// Findings that are listed one by one; further ones are only counted.
pub const LISTED: usize = 1000;

crate::text_enum! {
    /// What kind of damage it is.
    pub enum Kind ("kind of finding") {
        /// A column of an event was changed.
        Altered = "altered",
        /// Events are gone from the middle.
        Missing = "missing",
        /// An event stands there that this instance did not write.
        Inserted = "inserted",
        /// Two events, or what they say, changed places.
        Swapped = "swapped",
        /// Events stand at other places than they were written at.
        Renumbered = "renumbered",
        /// The end is gone.
        Truncated = "truncated",
        /// The head of the chain was changed.
        Head = "head",
        /// A checkpoint is gone, changed, or says something else than the events.
        Checkpoint = "checkpoint",
        /// Another key than that of this instance, or none.
        Key = "key",
        /// A record of a change without the event that tells of it, or one that says something else.
        Record = "record",
        /// A content that is not what its name says.
        Content = "content",
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind.
    pub kind: Kind,
    /// The event's place in the chain, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The last place of a range, or the other of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// For people.
    pub message: String,
}

/// What stands, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing was found.
    pub ok: bool,
    /// Events that were read.
    pub events: i64,
    /// Events that bear a seal which was checked.
    pub sealed: i64,
    /// The last event's hash.
    pub head: String,
    /// Signed checkpoints in the database.
    pub checkpoints: i64,
    /// Those in the file beside it.
    pub lines: i64,
    /// Stretches between restored backups.
    pub epochs: i64,
    /// Whose seals and signatures were expected; none without the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub more: i64,
}

impl Report {
    pub(super) fn found(&mut self, kind: Kind, seq: Option<i64>, to: Option<i64>, message: impl Into<String>) {
        if self.findings.len() < LISTED {
            self.findings.push(Finding { kind, seq, to, message: message.into() });
        } else {
            self.more += 1;
        }
    }
}
