//! How fast one token may ask (TRUST §4.8).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::clock::Micros;

/// Requests a second of one token, unless said otherwise: run starts are what tokens are for.
pub const DEFAULT: u32 = 1_000;
/// Tokens remembered before those that rest are forgotten.
const REMEMBERED: usize = 10_000;

/// A bucket per token that holds a second's worth of requests and fills up evenly. Shared by all worker threads.
#[derive(Debug)]
pub struct RateLimit {
    per_second: u32,
    tokens: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    /// Requests in hand, in millionths.
    level: i64,
    /// When it was filled last.
    at: Micros,
    /// When the token's use was noted in the database last, by this process.
    noted: Micros,
}

impl RateLimit {
    /// A limit of so many requests a second and token; zero refuses everything.
    pub fn new(per_second: u32) -> Self {
        Self { per_second, tokens: Mutex::new(HashMap::new()) }
    }

    /// Takes one request out of the token's bucket; `false` when it is empty.
    pub fn take(&self, token: &str, now: Micros) -> bool {
        let full = i64::from(self.per_second) * Micros::SECOND;
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= REMEMBERED {
            tokens.retain(|_, bucket| now.since(bucket.at) < Micros::MINUTE);
        }
        let bucket = tokens.entry(token.to_owned()).or_insert(Bucket { level: full, at: now, noted: Micros(i64::MIN) });
        let passed = now.since(bucket.at).clamp(0, Micros::SECOND);
        bucket.level = (bucket.level + passed * i64::from(self.per_second)).min(full);
        bucket.at = now;
        let enough = bucket.level >= Micros::SECOND;
        if enough {
            bucket.level -= Micros::SECOND;
        }
        enough
    }

    /// Whether this process should note the token's use in the database now: once a minute, not once a request.
    pub fn note(&self, token: &str, now: Micros) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = tokens.get_mut(token) else { return true };
        let due = now.since(bucket.noted) >= Micros::MINUTE;
        if due {
            bucket.noted = now;
        }
        due
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::new(DEFAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_empties_the_bucket_and_time_fills_it() {
        let limit = RateLimit::new(10);
        let start = Micros(1_000_000_000);
        assert_eq!((0..20).filter(|_| limit.take("a", start)).count(), 10);
        assert!(limit.take("b", start), "tokens do not share");
        assert!(!limit.take("a", start.plus(Micros::SECOND / 20)));
        assert!(limit.take("a", start.plus(Micros::SECOND / 5)));
        assert_eq!((0..20).filter(|_| limit.take("a", start.plus(Micros::HOUR))).count(), 10);
    }

    #[test]
    fn a_clock_that_steps_back_neither_fills_nor_empties() {
        let limit = RateLimit::new(1);
        assert!(limit.take("a", Micros(Micros::HOUR)));
        assert!(!limit.take("a", Micros(0)));
    }

    #[test]
    fn use_is_noted_once_a_minute() {
        let limit = RateLimit::new(10);
        limit.take("a", Micros(0));
        assert!(limit.note("a", Micros(0)) && !limit.note("a", Micros(1)));
        assert!(limit.note("a", Micros(Micros::MINUTE)));
    }
}
