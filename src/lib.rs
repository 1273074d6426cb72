//! Signalbox.
#![forbid(unsafe_code)]

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod definition;
pub mod domain;
pub mod runner;
pub mod store;
pub mod telemetry;
pub mod web;
