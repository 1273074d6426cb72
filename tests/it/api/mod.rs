//! The API, in process, on both databases. Every answer of every test is held against the OpenAPI document.

mod client;
mod components;
mod deployments;
mod document;
mod drafts;
mod events;
mod flows;
mod health;
mod idempotency;
mod openapi;
mod problems;
mod races;
mod roles;
mod runs;
mod tokens;
mod versions;
