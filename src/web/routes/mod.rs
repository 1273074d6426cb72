//! Handlers: they read a form, call a use case or a query, and fill a page struct. No rule lives here.

pub mod account;
pub mod approval;
pub mod backup;
pub mod bin;
pub mod compare;
pub mod component;
pub mod conflict;
pub mod dashboard;
pub mod deployment;
pub mod editor;
pub mod environment;
pub mod flow;
pub mod history;
pub mod later;
pub mod names;
pub mod package;
pub mod people;
pub mod planned;
pub mod rolling;
pub mod rollout;
pub mod run;
pub mod search;
pub mod session;
pub mod start;
pub mod version;
