//! The guard of a rollout: limits on what the candidate's runs do, judged as they end (PRODUCT §5.4).

use serde::{Deserialize, Serialize};

use super::names::BadName;
use super::stats::Histogram;

crate::text_enum! {
    /// What a crossed limit does.
    pub enum OnFail ("consequence of a crossed limit") {
        /// Everything goes back to the primary and the candidate is quarantined.
        RollBack = "roll_back",
        /// The share stays; no further stage starts.
        Halt = "halt",
    }
}

crate::text_enum! {
    /// How a stage came out so far.
    pub enum Outcome ("outcome of a stage") {
        /// Nothing to judge yet.
        Pending = "pending",
        /// Every limit holds, with the sample asked for.
        Pass = "pass",
        /// A limit is crossed.
        Fail = "fail",
        /// The stage lasted long enough, but too few runs ended to judge: hold and ask.
        Inconclusive = "inconclusive",
    }
}

/// A limit: against a fixed number, or against what the primary does in the same time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// At most this much.
    Max(f64),
    /// At most this much more than the primary.
    OverPrimary(f64),
}

impl Limit {
    const fn number(self) -> f64 {
        match self {
            Self::Max(n) | Self::OverPrimary(n) => n,
        }
    }
}

/// Limits with their sample and consequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Share of ended runs that failed, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure_rate: Option<Limit>,
    /// Duration that 95 of 100 runs do not exceed, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p95_ms: Option<Limit>,
    /// Share of runs that missed an SLA goal; refused as long as goals are not measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sla_missed: Option<Limit>,
    /// Ended runs of the candidate in a stage before anything is judged.
    pub min_runs: i64,
    /// What a crossed limit does.
    #[serde(default = "roll_back")]
    pub on_fail: OnFail,
}

const fn roll_back() -> OnFail {
    OnFail::RollBack
}

impl Guard {
    /// Checks a guard as somebody wrote it.
    ///
    /// # Errors
    /// Says what is wrong and what would do.
    pub fn check(self) -> Result<Self, BadName> {
        let bad = |text: &str| Err(BadName(text.to_owned()));
        if self.sla_missed.is_some() {
            return bad("SLA goals are not measured by this build, so sla_missed cannot be a limit. Use failure_rate or p95_ms.");
        }
        if self.failure_rate.is_none() && self.p95_ms.is_none() {
            return bad("A guard needs a limit: failure_rate, p95_ms or both.");
        }
        if self.failure_rate.is_some_and(|l| !(0.0..=1.0).contains(&l.number())) {
            return bad("failure_rate is a share between 0 and 1: 0.05 is 5 %.");
        }
        if self.p95_ms.is_some_and(|l| !(0.0..=1e10).contains(&l.number())) {
            return bad("p95_ms is a duration in milliseconds and cannot be negative.");
        }
        if !(1..=1_000_000_000).contains(&self.min_runs) {
            return bad("min_runs is the least number of ended runs to judge by: 1 or more.");
        }
        Ok(self)
    }

    /// The fixed limit of the duration in microseconds, if there is one: runs above it are counted exactly.
    pub fn slow_over(&self) -> Option<i64> {
        match self.p95_ms? {
            Limit::Max(ms) => Some((ms * 1000.0) as i64),
            Limit::OverPrimary(_) => None,
        }
    }

    /// The limits as people read them.
    pub fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        match self.failure_rate {
            Some(Limit::Max(n)) => all.push(format!("more than {} of its runs fail", share(n))),
            Some(Limit::OverPrimary(n)) => all.push(format!("it fails {} points more often than the primary", points(n))),
            None => {}
        }
        match self.p95_ms {
            Some(Limit::Max(ms)) => all.push(format!("its p95 goes over {}", duration(ms))),
            Some(Limit::OverPrimary(ms)) => all.push(format!("its p95 goes {} over the primary's", duration(ms))),
            None => {}
        }
        all
    }
}

/// What one side's runs did in a stage. Cancelled runs and test runs are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs that ended well.
    pub completed: i64,
    /// Runs that ended with an error.
    pub faulted: i64,
    /// Runs that took longer than the guard's fixed limit.
    pub slow: i64,
    /// Durations.
    pub durations: Histogram,
}

impl Tally {
    /// Runs that can be judged.
    pub const fn judged(&self) -> i64 {
        self.completed + self.faulted
    }

    /// Share of them that failed; `None` when there are none.
    pub fn failure_rate(&self) -> Option<f64> {
        (self.judged() > 0).then(|| self.faulted as f64 / self.judged() as f64)
    }

    /// p95 in milliseconds, right to within a histogram bucket.
    pub fn p95_ms(&self) -> Option<f64> {
        self.durations.quantile(0.95).map(|micros| micros as f64 / 1000.0)
    }
}

/// What a guard says of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Every limit holds.
    Pass,
    /// A limit is crossed; the sentence says which, by how much.
    Fail(String),
    /// Not enough to judge by; the sentence says what is missing.
    TooFew(String),
}

/// Judges a stage by what ended in it.
pub fn judge(guard: &Guard, candidate: &Tally, primary: &Tally) -> Judgement {
    let sample = guard.min_runs;
    if candidate.judged() < sample {
        return Judgement::TooFew(format!("{} of the {sample} runs needed to judge have ended", candidate.judged()));
    }
    let mut missing = None;
    let against_primary = |what: &mut Option<String>| {
        if primary.judged() < sample {
            *what = Some(format!("only {} runs of the primary ended, {sample} are needed to compare", primary.judged()));
            return false;
        }
        true
    };
    let rate = candidate.failure_rate().unwrap_or(0.0);
    match guard.failure_rate {
        Some(Limit::Max(most)) if rate > most => {
            let (failed, of) = (candidate.faulted, candidate.judged());
            return Judgement::Fail(format!("{failed} of {of} runs failed, {}; the limit is {}", share(rate), share(most)));
        }
        Some(Limit::OverPrimary(most)) if against_primary(&mut missing) => {
            let other = primary.failure_rate().unwrap_or(0.0);
            if rate - other > most {
                return Judgement::Fail(format!(
                    "{} of its runs failed, {} of the primary's; the limit is {} points more",
                    share(rate),
                    share(other),
                    points(most)
                ));
            }
        }
        _ => {}
    }
    match guard.p95_ms {
        Some(Limit::Max(most)) => {
            // The run at rank 95 % is over the limit when fewer runs than that stay within it: counted, not estimated.
            let rank = (candidate.judged() * 95 + 99) / 100;
            if candidate.judged() - candidate.slow < rank {
                let (slow, of) = (candidate.slow, candidate.judged());
                return Judgement::Fail(format!("{slow} of {of} runs took longer than {}, so p95 is over that limit", duration(most)));
            }
        }
        Some(Limit::OverPrimary(most)) if against_primary(&mut missing) => {
            let (mine, other) = (candidate.p95_ms().unwrap_or(0.0), primary.p95_ms().unwrap_or(0.0));
            if mine - other > most {
                return Judgement::Fail(format!(
                    "p95 is {}, the primary's {}; the limit is {} more",
                    duration(mine),
                    duration(other),
                    duration(most)
                ));
            }
        }
        _ => {}
    }
    missing.map_or(Judgement::Pass, Judgement::TooFew)
}

fn share(rate: f64) -> String {
    format!("{}%", points(rate))
}

fn points(rate: f64) -> String {
    let text = format!("{:.1}", rate * 100.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn duration(ms: f64) -> String {
    if ms < 1000.0 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::super::stats::bucket;
    use super::*;

    fn tally(completed: i64, faulted: i64, ms: i64) -> Tally {
        let mut durations = Histogram::default();
        durations.add(bucket(ms * 1000), completed + faulted);
        Tally { completed, faulted, slow: 0, durations }
    }

    fn guard(failure_rate: Option<Limit>, p95_ms: Option<Limit>) -> Guard {
        Guard { failure_rate, p95_ms, sla_missed: None, min_runs: 20, on_fail: OnFail::RollBack }
    }

    #[test]
    fn nothing_is_judged_before_the_sample_is_there() {
        let guard = guard(Some(Limit::Max(0.1)), None);
        assert!(matches!(judge(&guard, &tally(0, 19, 5), &Tally::default()), Judgement::TooFew(_)));
        assert!(matches!(judge(&guard, &tally(0, 20, 5), &Tally::default()), Judgement::Fail(_)));
        assert_eq!(judge(&guard, &tally(18, 2, 5), &Tally::default()), Judgement::Pass);
    }

    #[test]
    fn against_the_primary_both_sides_need_the_sample() {
        let guard = guard(Some(Limit::OverPrimary(0.05)), None);
        assert!(matches!(judge(&guard, &tally(20, 5, 5), &tally(19, 0, 5)), Judgement::TooFew(_)));
        assert!(matches!(judge(&guard, &tally(20, 5, 5), &tally(100, 0, 5)), Judgement::Fail(_)));
        assert_eq!(judge(&guard, &tally(20, 5, 5), &tally(80, 20, 5)), Judgement::Pass);
    }

    #[test]
    fn a_fixed_duration_is_counted_exactly() {
        let guard = guard(None, Some(Limit::Max(100.0)));
        let slow = |slow| Tally { slow, ..tally(100, 0, 50) };
        assert_eq!(judge(&guard, &slow(5), &Tally::default()), Judgement::Pass);
        assert!(matches!(judge(&guard, &slow(6), &Tally::default()), Judgement::Fail(why) if why.contains("6 of 100 runs")));
    }

    #[test]
    fn a_guard_is_read_strictly() {
        let read = |text: &str| serde_json::from_str::<Guard>(text).map_err(|e| BadName(e.to_string())).and_then(Guard::check);
        let good = read(r#"{"failure_rate": {"max": 0.05}, "p95_ms": {"over_primary": 200}, "min_runs": 50, "on_fail": "halt"}"#).unwrap();
        assert_eq!((good.failure_rate, good.on_fail), (Some(Limit::Max(0.05)), OnFail::Halt));
        assert_eq!(read(r#"{"p95_ms": {"max": 900}, "min_runs": 1}"#).unwrap().on_fail, OnFail::RollBack);
        for wrong in [
            r#"{"min_runs": 5}"#,
            r#"{"failure_rate": {"max": 5}, "min_runs": 5}"#,
            r#"{"failure_rate": {"max": 0.5, "over_primary": 1}, "min_runs": 5}"#,
            r#"{"failure_rate": {"max": 0.5}}"#,
            r#"{"failure_rate": {"max": 0.5}, "min_runs": 0}"#,
            r#"{"sla_missed": {"max": 0.5}, "min_runs": 5}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
