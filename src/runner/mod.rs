//! Executes runs: the interpreter, what it stands on, and the calls it makes.
pub mod durable;
pub mod fault;
