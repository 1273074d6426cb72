//! Outbound HTTP, behind the egress guard (TRUST §4.6).
//!
//! [`address`] knows which addresses are public, [`egress`] what else an administrator allows, [`guard`] judges a URL and
//! the addresses its name resolves to, [`Caller`] makes the call: to exactly the addresses that were judged.
pub mod address;
mod body;
mod clients;
pub mod egress;
pub mod guard;
pub mod origin;
pub mod resolver;

mod call;

pub use call::{Call, CallError, Caller, CallerBuilder, Reply};
