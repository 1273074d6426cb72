//! Whether a definition may be published.
use super::document::Definition;
use super::problem::Problem;
/// Every finding that needs no other flow.
pub fn validate(_d: &Definition) -> Vec<Problem> { unimplemented!() }
/// Whether one name is likely a misspelling of the other.
pub(super) fn near(_a: &str, _b: &str) -> bool { true }
