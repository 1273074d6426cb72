//! The interpreter: own scenarios of the conformance kit's ground, the holes of the specification, crashes, calls.
mod asl;
mod calls;
mod commands;
mod crashes;
mod expressions;
mod guard;
mod scenarios;
pub mod stub;
pub mod support;
mod time;
