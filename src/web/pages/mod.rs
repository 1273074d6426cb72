//! Pages: one file per resource with its page structs, templates in a folder of the same name.

pub mod account;
pub mod bin;
pub mod component;
pub mod dashboard;
pub mod deployment;
pub mod dialog;
pub mod editor;
pub mod flow;
pub mod history;
pub mod lifecycle;
pub mod people;
pub mod run;
pub mod search;
pub mod session;
pub mod version;

#[cfg(test)]
mod samples;
