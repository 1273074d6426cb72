//! People: who may do what.

use actix_web::web::ServiceConfig;

/// Addresses under `/people`.
pub fn table(_cfg: &mut ServiceConfig) {}
