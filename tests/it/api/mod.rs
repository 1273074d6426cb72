//! The API, in process, on both databases. Every answer of every test is held against the OpenAPI document.

mod approvals;
mod client;
mod components;
mod configuration_approvals;
mod deployments;
mod document;
mod drafts;
mod environments;
mod events;
mod exports;
mod five_systems;
mod flows;
mod health;
mod idempotency;
mod imports;
mod openapi;
mod packages;
mod planned;
mod problems;
mod races;
mod releases;
mod roles;
mod runs;
mod state;
mod tokens;
mod versions;
