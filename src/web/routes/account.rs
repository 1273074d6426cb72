//! The own account: name, password, sessions, tokens.

use actix_web::web::ServiceConfig;

/// Addresses under `/account`.
pub fn table(_cfg: &mut ServiceConfig) {}
