//! When a `try` is tried again, and how long it waits before.
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::runner::durable::DurableCtx;
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::{Run, Stop};

/// The longest wait between two tries, in microseconds: thirty days.
const LONGEST: i64 = 30 * 24 * 3600 * 1_000_000;

impl<'r, C: DurableCtx> Run<'r, C> {
    /// The microseconds to wait before retry `n` (from 1), or `None` when it is not to be retried: the policy's
    /// conditions say no, or a limit is reached. `limit.attempt.count` counts retries, not the first try; without limits
    /// the runtime's own ceiling holds (DEFINITION §1, trap 7).
    pub(super) async fn retry_delay(&mut self, frame: &Frame<'_>, policy: &Value, n: u32, on: &Value) -> Result<Option<i64>, Stop> {
        if !self.accepts(frame, policy, on).await? {
            return Ok(None);
        }
        let allowed = policy.pointer("/limit/attempt/count").and_then(Value::as_u64).unwrap_or(u64::from(self.world.ceilings.retries));
        if u64::from(n) > allowed {
            return Ok(None);
        }
        let base = match policy.get("delay") {
            Some(written) => self.duration(frame, written, on).await?,
            None => 0,
        };
        let spread = match policy.get("jitter") {
            None => 0,
            Some(jitter) => {
                let from = self.duration(frame, jitter.get("from").unwrap_or(&Value::Null), on).await?;
                let to = self.duration(frame, jitter.get("to").unwrap_or(&Value::Null), on).await?;
                if to < from {
                    let text = "jitter: `to` is shorter than `from`";
                    return Err(TaskError::standard(Kind::Configuration, text, &frame.place.pointer).into());
                }
                from.saturating_add(draw(&self.facts.id, &frame.place.key, n, to - from))
            }
        };
        let step = match policy.pointer("/backoff/linear/increment") {
            Some(written) => Some(self.duration(frame, written, on).await?),
            None => None,
        };
        let delay = grown(policy.get("backoff"), base, step, n).saturating_add(spread).min(LONGEST);
        if let Some(written) = policy.pointer("/limit/duration") {
            let limit = self.duration(frame, written, on).await?;
            // A retry that could only start after the limit is not waited for.
            if self.ctx.now().since(frame.at).saturating_add(delay) > limit {
                return Ok(None);
            }
        }
        Ok(Some(delay))
    }
}

/// The delay before retry `n`: constant; linear, `n` times the delay (or the delay plus `increment` each time);
/// exponential, doubled each time (or times `factor`).
fn grown(backoff: Option<&Value>, base: i64, increment: Option<i64>, n: u32) -> i64 {
    let Some(backoff) = backoff else { return base };
    if backoff.get("linear").is_some() {
        let steps = i64::from(n);
        return match increment {
            Some(increment) => base.saturating_add(increment.saturating_mul(steps - 1)),
            None => base.saturating_mul(steps),
        };
    }
    if let Some(exponential) = backoff.get("exponential") {
        let factor = exponential.get("factor").and_then(Value::as_f64).filter(|factor| *factor >= 1.0).unwrap_or(2.0);
        let grown = base as f64 * factor.powi(n.saturating_sub(1).min(1_000) as i32);
        return if grown < LONGEST as f64 { grown as i64 } else { LONGEST };
    }
    base
}

/// A draw from 0 to `width`, the same for the same run, step and retry: replays wait what the first time waited.
fn draw(run: &str, key: &str, n: u32, width: i64) -> i64 {
    let digest = Sha256::digest(format!("jitter\n{run}\n{key}\n{n}"));
    let mut bytes = [0_u8; 8];
    bytes.copy_from_slice(&digest[..8]);
    let width = u64::try_from(width).unwrap_or(0);
    i64::try_from(u64::from_le_bytes(bytes) % width.saturating_add(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn backoffs_grow_as_they_say() {
        let delays = |backoff: Value| (1..=4).map(|n| grown(Some(&backoff), 3, None, n)).collect::<Vec<_>>();
        assert_eq!(delays(json!({"constant": {}})), [3, 3, 3, 3]);
        assert_eq!(delays(json!({"linear": {}})), [3, 6, 9, 12]);
        assert_eq!(delays(json!({"exponential": {}})), [3, 6, 12, 24]);
        assert_eq!(delays(json!({"exponential": {"factor": 3}})), [3, 9, 27, 81]);
        assert_eq!((1..=3).map(|n| grown(Some(&json!({"linear": {}})), 3, Some(10), n)).collect::<Vec<_>>(), [3, 13, 23]);
        assert_eq!(grown(Some(&json!({"exponential": {}})), 1_000_000, None, 4_000), LONGEST);
    }

    #[test]
    fn jitter_stays_in_its_range_and_repeats_itself() {
        let draws: Vec<i64> = (1..200).map(|n| draw("run", "/do/0/a", n, 1_000)).collect();
        assert!(draws.iter().all(|drawn| (0..=1_000).contains(drawn)));
        assert!(draws.iter().any(|drawn| *drawn < 200) && draws.iter().any(|drawn| *drawn > 800));
        assert_eq!(draw("run", "/do/0/a", 7, 1_000), draws[6]);
        assert_eq!(draw("run", "/do/0/a", 7, 0), 0);
    }
}
