//! What the tests stand on: the real binary on a database of its own, driven from outside.
//!
//! Everything here is synchronous and small: a test reads from top to bottom, and threads are used where a test
//! wants several clients at once.
#![allow(dead_code, unused_imports)] // each test binary uses its own part of this

pub mod api;
pub mod cli;
pub mod database;
pub mod engine;
pub mod flows;
pub mod http;
pub mod inside;
pub mod random;
pub mod server;
pub mod server_inside;
pub mod service;
pub mod visitor;
pub mod wait;

pub use api::Api;
pub use cli::Cli;
pub use database::{Database, each_database};
pub use inside::{Inside, on_runtime, vault};
pub use random::{Choice, sampled};
pub use server::Server;
pub use server_inside::ServerInside;
pub use service::Service;
pub use visitor::Visitor;
