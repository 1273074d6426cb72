//! The integration tests: one binary, because linking is the dear part of a test run.

mod api;
mod architecture;
mod audit;
mod backups;
mod bin;
mod commands;
mod crash;
mod ctk;
mod engine;
mod environments;
mod five_systems;
mod gear;
mod interpreter;
mod main_job;
mod pages_a;
mod pages_b;
mod portable;
mod releases;
mod rollouts;
mod support;
