//! Outcomes of runs as figures.

use crate::app::version::table::Outcomes;
use crate::web::components::meter::Spark;
use crate::web::numbers;

use super::whole;

/// Share of runs that must have succeeded; below it a figure is shown as bad.
const WELL: f64 = 0.95;

/// `99.4%` of the runs that ended by themselves, and whether that is worse than it should be; None without any.
pub fn success(outcomes: &Outcomes) -> Option<(String, bool)> {
    let judged = outcomes.completed + outcomes.faulted;
    let words = numbers::share(whole(outcomes.completed), whole(judged))?;
    Some((words, outcomes.success().is_some_and(|s| s < WELL)))
}

/// The duration that this share of the runs (0 to 1) did not exceed: `2.6 s`.
pub fn quantile(outcomes: &Outcomes, share: f64) -> Option<String> {
    outcomes.durations.quantile(share).map(|micros| numbers::duration(whole(micros) / 1000))
}

/// The picture of failed runs in the last 24 hours, oldest first; none when nothing failed.
pub fn spark(failed_by_hour: &[i64], environment: &str) -> Option<Spark> {
    let total: i64 = failed_by_hour.iter().sum();
    let bars = failed_by_hour.iter().map(|n| u32::try_from(*n).unwrap_or(u32::MAX / 8)).collect();
    Spark::new(bars, format!("{} in {environment} in the last 24 hours", numbers::plural(whole(total), "failed run", "failed runs")))
}
