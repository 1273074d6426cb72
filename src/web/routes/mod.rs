//! Handlers: they read a form, call a use case or a query, and fill a page struct. No rule lives here.

pub mod account;
pub mod bin;
pub mod compare;
pub mod component;
pub mod conflict;
pub mod dashboard;
pub mod deployment;
pub mod editor;
pub mod flow;
pub mod history;
pub mod names;
pub mod people;
pub mod run;
pub mod search;
pub mod session;
pub mod start;
pub mod version;
