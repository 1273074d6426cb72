//! The integration tests: one binary, because linking is the dear part of a test run.

mod architecture;
mod gear;
mod support;
