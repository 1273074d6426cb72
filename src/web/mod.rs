//! The web side: pages, their ground (headers, sessions, forms) and the look. The only place that names actix and askama.

pub mod address;
pub mod assets;
pub mod components;
pub mod csrf;
pub mod error;
pub mod filters;
pub mod flash;
pub mod form;
pub mod headers;
pub mod highlight;
pub mod htmx;
pub mod layout;
pub mod numbers;
pub mod pages;
pub mod refused;
pub mod request;
pub mod routes;
pub mod rows;
pub mod server;
pub mod session;
pub mod state;
pub mod time;
pub mod views;
pub mod visitor;
