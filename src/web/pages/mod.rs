//! Pages: one file per resource with its page structs, templates in a folder of the same name.

pub mod account;
pub mod approval;
pub mod backup;
pub mod bin;
pub mod compare;
pub mod component;
pub mod dashboard;
pub mod deployment;
pub mod dialog;
pub mod editor;
pub mod environment;
pub mod flow;
pub mod guard;
pub mod history;
pub mod import;
pub mod lifecycle;
pub mod package;
pub mod past;
pub mod people;
pub mod planned;
pub mod quarantine;
pub mod release;
pub mod roll;
pub mod rollout;
pub mod run;
pub mod search;
pub mod session;
pub mod version;
pub mod workspace;

#[cfg(test)]
mod samples;
