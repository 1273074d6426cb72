//! Instants and where they come from.
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Micros(pub i64);

/// The only source of time: everything that needs an instant is handed one.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Micros;
}
