//! Pure rules and types of the product: no I/O, no clock, no database, no web.
//!
//! States are enums that carry their own data; a transition is a function that returns the next state
//! or says why not; decisions come back as values, and `app` carries them out.

pub mod access;
pub mod approval;
pub mod audit;
pub mod backup;
pub mod bin;
pub mod clock;
pub mod component;
pub mod deployment;
pub mod environment;
pub mod event;
pub mod guard;
pub mod ids;
pub mod names;
pub mod package;
pub mod planned;
pub mod portable;
pub mod release;
pub mod resolver;
pub mod rollout;
pub mod run;
pub mod sealed;
pub mod side;
pub mod stats;
pub mod text_enum;
pub mod version;
pub mod vocabulary;
