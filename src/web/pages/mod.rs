//! Pages: one file per resource with its page structs, templates in a folder of the same name.

pub mod account;
pub mod dashboard;
pub mod dialog;
pub mod flow;
pub mod session;
pub mod version;
