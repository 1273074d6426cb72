//! Signalbox.
#![forbid(unsafe_code)]

pub mod definition;
pub mod domain;
pub mod runner;
