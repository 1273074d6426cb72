//! Executes runs: the interpreter, what it stands on, and the calls it makes.
pub mod caches;
pub mod durable;
pub mod embedded;
pub mod expressions;
pub mod fault;
pub mod http;
pub mod interpret;
pub mod memory;
pub mod sink;
