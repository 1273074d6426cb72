//! The embedded engine over its journal, on both databases: the conformance suite of CODE's seam.

mod components;
mod deploy_race;
mod draft;
mod queue;
mod resume;
mod runs;
mod store;
