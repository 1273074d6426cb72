//! The API, in process, on both databases. Every answer of every test is held against the OpenAPI document.

mod approvals;
mod client;
mod components;
mod deployments;
mod document;
mod drafts;
mod environments;
mod events;
mod five_systems;
mod flows;
mod health;
mod idempotency;
mod openapi;
mod packages;
mod planned;
mod problems;
mod races;
mod roles;
mod runs;
mod state;
mod tokens;
mod versions;
