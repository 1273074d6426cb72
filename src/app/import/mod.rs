//! *Import*: a report of what a file would do, then all of it in one transaction, or nothing (PRODUCT §3.11).
//!
//! Nothing comes in live, nothing that stands here is written over, and content that is here already mints nothing.
//! A version that is held in quarantine, here or where the file was made, stays out.

mod apply;
mod bring;
mod flows;
mod others;
mod report;
mod source;
mod upload;
mod whole;

pub use apply::{Done, Made, apply};
pub use report::{Act, Choice, Item, Note, Outcome, Part, Report, Weight, report};
pub use source::{Source, SourceKind, read};
pub use upload::{HOUR, Waiting, keep, note_applied, sweep, waiting};
