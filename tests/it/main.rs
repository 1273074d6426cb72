//! The integration tests: one binary, because linking is the dear part of a test run.

mod architecture;
mod crash;
mod ctk;
mod engine;
mod gear;
mod interpreter;
mod main_job;
mod pages_b;
mod support;
