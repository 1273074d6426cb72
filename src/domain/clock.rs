//! Time as the product stores it: microseconds since 1970 in UTC (DECISIONS 19).

use serde::{Deserialize, Serialize};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// One second.
    pub const SECOND: i64 = 1_000_000;
    /// One minute.
    pub const MINUTE: i64 = 60 * Self::SECOND;
    /// One hour.
    pub const HOUR: i64 = 60 * Self::MINUTE;
    /// One day.
    pub const DAY: i64 = 24 * Self::HOUR;

    /// This instant moved by `micros` (which may be negative); saturates at the ends of the range.
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Start of the hour this instant lies in.
    pub const fn hour(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::HOUR))
    }

    /// RFC 3339 in UTC with microseconds, e.g. `2026-11-21T03:18:00.000000Z`.
    pub fn rfc3339(self) -> String {
        match chrono::DateTime::from_timestamp_micros(self.0) {
            Some(at) => at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            None => format!("{}us", self.0),
        }
    }

    /// Reads RFC 3339; `None` when the text is not an instant.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| Self(at.timestamp_micros()))
    }
}

/// Where "now" comes from: the system, or a test.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Micros;
}
