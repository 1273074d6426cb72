//! Open Workflow Specification documents (formerly Serverless Workflow, DSL 1.0).
//!
//! Pure: no I/O, no clock, no database, no web. The source of truth is the document as
//! order-preserving JSON plus the author's text verbatim; every address is a JSON pointer,
//! and a task's pointer is `/do/<index>/<name>` (DEFINITION §2).

pub mod canonical;
pub mod components;
pub mod diff;
pub mod document;
pub mod duration;
pub mod edit;
pub mod expression;
pub mod graph;
pub mod import;
pub mod parse;
pub mod pointer;
pub mod problem;
pub mod references;
pub mod strict;
pub mod tasks;
pub mod validate;

pub use canonical::{canonical, content_hash, structure_hash};
pub use components::{ComponentKind, ComponentReference, components};
pub use document::{Definition, Format};
pub use problem::{Problem, Severity};
pub use references::{FlowReference, references};
pub use validate::validate;
