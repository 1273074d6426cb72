//! Instants as the file writes them.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::clock::Micros;

/// The last instant a file may name: the end of the year 9999, in microseconds.
const LAST: i64 = 253_402_300_799_999_999;

/// Microseconds UTC, written as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct At(pub i64);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Micros(self.0).rfc3339())
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Micros::parse_rfc3339(&text) {
            Some(Micros(at)) if (0..=LAST).contains(&at) => Ok(Self(at)),
            _ => Err(D::Error::custom("an instant is written like 2026-11-21T03:18:00.000000Z, between 1970 and 9999")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_back_to_the_microsecond() {
        for at in [0, 1, 1_763_000_000_123_456, LAST] {
            let text = serde_json::to_string(&At(at)).unwrap();
            assert_eq!(serde_json::from_str::<At>(&text).unwrap(), At(at), "{text}");
        }
        for bad in
            ["\"\"", "\"yesterday\"", "5", "null", "\"-0001-01-01T00:00:00Z\"", "\"1969-12-31T23:59:59Z\"", "\"+10000-01-01T00:00:00Z\""]
        {
            assert!(serde_json::from_str::<At>(bad).is_err(), "{bad}");
        }
    }
}
