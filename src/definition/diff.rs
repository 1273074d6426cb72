//! What changed between two definitions, in sentences.
use serde::Serialize;
use serde_json::Value;
/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind { /// new
    Added, /// gone
    Removed, /// other value
    Changed, /// other place
    Moved, /// other name
    Renamed }
/// Under which heading it is listed (PRODUCT §3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area { /// steps
    Steps, /// triggers
    Triggers, /// settings
    Settings, /// environment
    Environment }
/// What it may do (PRODUCT §3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact { /// breaks waiting runs
    BreaksWaitingRuns, /// changes outcome
    ChangesOutcome, /// settings
    Settings, /// cosmetic
    Cosmetic }
/// One sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change { /// what happened
    pub kind: ChangeKind, /// heading
    pub area: Area, /// what it may do
    pub impact: Impact, /// place in the new definition (in the old one when removed)
    pub pointer: String, /// the sentence
    pub what: String, /// old value
    pub from: Option<Value>, /// new value
    pub to: Option<Value> }
/// A version's content.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> { /// definition
    pub definition: &'a Value, /// settings
    pub settings: &'a Value }
/// Every difference, in reading order; empty for identical content.
pub fn diff(_old: Content<'_>, _new: Content<'_>) -> Vec<Change> { unimplemented!() }
