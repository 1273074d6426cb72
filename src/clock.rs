//! The one place that asks the operating system for the time: for instants, and for ids, which begin with one.

use crate::domain::clock::{Clock, Micros};
use crate::domain::ids::Id;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        Micros(chrono::Utc::now().timestamp_micros())
    }
}

/// Makes new ids.
pub trait Generate: Id {
    /// A new id, later than every id made before it by this process (UUID v7).
    fn generate() -> Self {
        Self::from_bits(uuid::Uuid::now_v7().as_u128())
    }
}

impl<T: Id> Generate for T {}

/// A new name for a request, for the log, the answer and the history; it sorts by time.
pub fn request_id() -> String {
    format!("req_{}", uuid::Uuid::now_v7().simple())
}
