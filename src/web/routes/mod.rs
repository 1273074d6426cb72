//! Handlers: they read a form, call a use case or a query, and fill a page struct. No rule lives here.

pub mod account;
pub mod compare;
pub mod dashboard;
pub mod deployment;
pub mod flow;
pub mod people;
pub mod session;
pub mod names;
pub mod version;
