//! From what use cases answer to what pages show: plates, changes, drawings. Pure; no rule lives here.

pub mod change;
pub mod drawing;
pub mod event;
pub mod version;
