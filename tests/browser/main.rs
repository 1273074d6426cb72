//! Tests in a real Chromium: what a person sees and does. One session each, headless, nothing but loopback.
//!
//! Run by `scripts/test browser`; they need chromium, chromedriver and axe-core (scripts/install-tools browser).

#[path = "../it/support/mod.rs"]
mod support;

mod axe;
mod browser;
mod chromedriver;
mod crawl;
mod filled;
mod imports;
mod main_job;
mod no_script;
mod page;
mod pages;
mod rollout;
mod set_up;
mod tour;
