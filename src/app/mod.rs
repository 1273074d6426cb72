//! Use cases, named by verb: load → authorise → decide (domain) → save and write the event, in one transaction.
//!
//! Every function takes the connection of the transaction it runs in and a [`Ctx`]; web, runner and commands
//! share them, so rules never live in handlers.

pub mod analytics;
pub mod approval;
pub mod as_of;
pub mod audit;
pub mod backup;
pub mod bin;
pub mod component;
pub mod ctx;
pub mod dashboard;
pub mod deployment;
pub mod engine;
pub mod environment;
pub mod error;
pub mod export;
pub mod flow;
pub mod history;
pub mod import;
pub mod instance;
pub mod package;
pub mod password;
pub mod people;
pub mod planned;
pub mod release;
pub mod rollout;
pub mod run;
pub mod search;
pub mod session;
pub mod settings;
pub mod token;
pub mod vault;
pub mod version;
pub mod workspace;

pub use ctx::Ctx;
pub use error::{Error, FieldError, Refusal, Result};
