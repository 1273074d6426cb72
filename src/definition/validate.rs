//! Whether a definition may be published.
use super::document::Definition;
use super::problem::Problem;
/// Every finding that needs no other flow.
pub fn validate(_d: &Definition) -> Vec<Problem> { unimplemented!() }
