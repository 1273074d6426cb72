//! What costs much is asked for by one person or token a few times a minute (TRUST §4.8): exports.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use actix_web::web::Data;

use super::api::caller::Caller;
use super::api::problem::{self, ApiError};
use super::error::PageError;
use super::visitor::Visitor;
use crate::domain::clock::Micros;

/// Costly requests a minute of one person or token.
pub const A_MINUTE: usize = 10;
/// Askers remembered before those that rest are forgotten.
const REMEMBERED: usize = 10_000;

/// When everybody asked in the last minute. Shared by all worker threads.
#[derive(Debug)]
pub struct Costly {
    most: usize,
    asked: Mutex<HashMap<String, VecDeque<Micros>>>,
}

impl Costly {
    /// A limit of so many requests a minute and asker.
    pub fn new(most: usize) -> Self {
        Self { most, asked: Mutex::new(HashMap::new()) }
    }

    /// Notes a request.
    ///
    /// # Errors
    /// There were too many in the last minute: the seconds to wait.
    pub fn take(&self, asker: &str, now: Micros) -> Result<(), i64> {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, times| times.back().is_some_and(|at| now.since(*at) < Micros::MINUTE));
        }
        let times = all.entry(asker.to_owned()).or_default();
        while times.front().is_some_and(|at| now.since(*at) >= Micros::MINUTE) {
            times.pop_front();
        }
        if times.len() < self.most {
            times.push_back(now);
            return Ok(());
        }
        let left = times.front().map_or(Micros::MINUTE, |at| Micros::MINUTE - now.since(*at));
        Err(left.div_euclid(Micros::SECOND).max(0) + 1)
    }

    /// The same for a person's page.
    ///
    /// # Errors
    /// 429 with `Retry-After`.
    pub fn page(limit: &Data<Self>, visitor: &Visitor) -> Result<(), PageError> {
        limit.take(&visitor.user, visitor.state.now()).map_err(PageError::TooOften)
    }

    /// The same for a program.
    ///
    /// # Errors
    /// 429 with `Retry-After`.
    pub fn call(limit: &Data<Self>, caller: &Caller) -> problem::Result<()> {
        limit.take(&caller.token, caller.ctx.now).map_err(|seconds| ApiError::throttled(SAYS, seconds))
    }
}

/// What is said to whoever asks too often.
pub const SAYS: &str = "Exports are made at most ten times a minute. Wait a moment, then try again.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_in_a_minute_and_then_the_seconds_to_wait() {
        let limit = Costly::new(2);
        let at = |seconds: i64| Micros(seconds * Micros::SECOND);
        assert_eq!((limit.take("a", at(0)), limit.take("a", at(20)), limit.take("a", at(30))), (Ok(()), Ok(()), Err(31)));
        assert_eq!((limit.take("b", at(30)), limit.take("a", at(60)), limit.take("a", at(61))), (Ok(()), Ok(()), Err(20)));
    }
}
