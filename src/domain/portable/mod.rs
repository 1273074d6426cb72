//! The file that leaves by *Export* and comes in by *Import* (PRODUCT §3.11).
//!
//! Plain JSON with a fixed order of members, no ids, no time of export, and a hash over all of it: the same state gives
//! the same bytes, in any instance. What it never holds: values of secrets, runs, and what is live anywhere.

mod at;
mod check;
mod file;
mod latest;
mod parts;
mod read;

pub use at::At;
pub use file::{Body, File, FileKind};
pub use parts::{
    Component, ComponentRevision, Configuration, Content, Environment, Flow, Item, Package, Plan, Quarantine, Revision, Version,
};
pub use read::{LARGEST, is_ours, is_release, quoted, read, text};

/// What a file of this format says of itself.
pub const FORMAT: &str = "signalbox/1";
/// The greatest number a version, a revision or a configuration may bring along.
pub const GREATEST: i64 = 1_000_000;
/// How the names of exported files end.
pub const ENDING: &str = ".sbx.json";
