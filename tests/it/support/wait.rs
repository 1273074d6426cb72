//! Waiting for something that another process does, with a limit. The only place where a test pauses.

use std::time::{Duration, Instant};

/// Asks `look` again and again, every 20 ms, until it answers; panics with `what` after `limit`.
#[track_caller]
pub fn until<T>(what: &str, limit: Duration, look: impl FnMut() -> Option<T>) -> T {
    within(limit, look).unwrap_or_else(|| panic!("waited {limit:?} for {what}"))
}

/// As [`until`], for those who have something to put away before they may fail: `None` after `limit`.
pub fn within<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() >= limit {
            return None;
        }
        pause(Duration::from_millis(20));
    }
}

/// Lets other processes work for a while, where a test is about the passing of time (a kill at a random moment).
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
