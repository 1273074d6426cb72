//! Signalbox.
#![forbid(unsafe_code)]

pub mod definition;
pub mod runner;
pub mod web;
