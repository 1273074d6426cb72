//! Rollouts: new runs are split between the primary and a candidate whose share grows in stages (PRODUCT §5.3).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::clock::Micros;
use super::names::BadName;

/// All of the new runs, in basis points.
pub const WHOLE: i64 = 10_000;
/// Stages a rollout may have.
const MOST_STAGES: usize = 20;
/// Minutes a stage may ask for: 30 days.
const LONGEST: i64 = 30 * 24 * 60;

crate::text_enum! {
    /// Where a rollout stands.
    pub enum State ("state of a rollout") {
        /// Under way: the next stage may start.
        Running = "running",
        /// Keeps its share; no further stage starts.
        Halted = "halted",
        /// The candidate became primary.
        Completed = "completed",
        /// Everything went back to the primary, without a judgement.
        Stopped = "stopped",
        /// Everything went back, and the candidate is quarantined.
        RolledBack = "rolled_back",
        /// Another deployment took its place.
        Replaced = "replaced",
    }
}

impl State {
    /// Whether new runs are still split.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Halted)
    }
}

crate::text_enum! {
    /// What starts the next stage.
    pub enum Advance ("way to advance") {
        /// Signalbox, as soon as the stage's minimums are met and its guard passes.
        Auto = "auto",
        /// A person.
        Manual = "manual",
    }
}

crate::text_enum! {
    /// Which side of a rollout a run falls on.
    pub enum Side ("side of a rollout") {
        /// The version that is rolled out.
        Candidate = "candidate",
        /// The version it is measured against.
        Primary = "primary",
    }
}

crate::text_enum! {
    /// What to do with a rollout that is under way when another version is deployed (PRODUCT §5.3).
    pub enum During ("choice for the rollout under way") {
        /// The new version takes the candidate's place, at its stage.
        Replace = "replace",
        /// The rollout is stopped; the new version is deployed as asked.
        Cancel = "cancel",
    }
}

/// One stage: a share, and what has to be met before the next one starts by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Share of new runs in basis points, 1 to 10,000.
    pub basis_points: i64,
    /// Minutes it lasts at least.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min_minutes: Option<i64>,
    /// Runs of the candidate that have to end in it at least.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min_runs: Option<i64>,
}

impl Stage {
    /// A stage that waits for a person.
    pub const fn of(basis_points: i64) -> Self {
        Self { basis_points, min_minutes: None, min_runs: None }
    }

    /// Whether it can be left without a person: a stage that asks for nothing waits for somebody.
    pub const fn leaves_by_itself(&self) -> bool {
        self.min_minutes.is_some() || self.min_runs.is_some()
    }

    /// Minutes that are left of its minimum, rounded up; 0 when it has lasted long enough. `since`: microseconds.
    pub fn minutes_left(&self, since: i64, now: Micros) -> i64 {
        let over = since + self.min_minutes.unwrap_or(0) * Micros::MINUTE;
        ((over - now.0 + Micros::MINUTE - 1) / Micros::MINUTE).max(0)
    }
}

/// Stages in their order; the last one leads to all new runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stages(Vec<Stage>);

impl Stages {
    /// Checks stages as somebody wrote them: shares that grow, minimums that make sense.
    /// A last stage of everything is implied, and left out when it is given.
    ///
    /// # Errors
    /// Says which stage and how to mend it.
    pub fn parse(mut stages: Vec<Stage>) -> Result<Self, BadName> {
        let bad = |n: usize, text: String| Err(BadName(format!("Stage {}: {text}", n + 1)));
        if stages.last().is_some_and(|last| last.basis_points == WHOLE) {
            stages.pop();
        }
        if stages.is_empty() {
            return Err(BadName("Give at least one stage with less than 100 %; all at once needs no stages.".into()));
        }
        if stages.len() > MOST_STAGES {
            return Err(BadName(format!("A rollout may have at most {MOST_STAGES} stages.")));
        }
        let mut before = 0;
        for (n, stage) in stages.iter().enumerate() {
            if !(1..WHOLE).contains(&stage.basis_points) {
                return bad(n, "the share lies above 0 and below 100 %; only the last stage may be 100 %.".into());
            }
            if stage.basis_points <= before {
                return bad(n, format!("the share has to grow: it is {} after {}.", percent(stage.basis_points), percent(before)));
            }
            before = stage.basis_points;
            if stage.min_minutes.is_some_and(|m| !(0..=LONGEST).contains(&m)) {
                return bad(n, "the minimum time lies between 0 and 43,200 minutes (30 days).".into());
            }
            if stage.min_runs.is_some_and(|r| !(0..=1_000_000_000).contains(&r)) {
                return bad(n, "the minimum of runs cannot be negative.".into());
            }
        }
        Ok(Self(stages))
    }

    /// The stages.
    pub fn list(&self) -> &[Stage] {
        &self.0
    }

    /// The stage a rollout is in; past the end there is none.
    pub fn get(&self, index: i64) -> Option<&Stage> {
        usize::try_from(index).ok().and_then(|i| self.0.get(i))
    }

    /// Where a share that a person chose belongs: the last stage whose share it reaches. A share between two stages
    /// keeps the minimums of the one below.
    pub fn place_of(&self, basis_points: i64) -> i64 {
        let reached = self.0.iter().filter(|s| s.basis_points <= basis_points).count();
        i64::try_from(reached).unwrap_or(1).max(1) - 1
    }
}

/// Reads a share as people and programs write it: percent, to the hundredth.
///
/// # Errors
/// Says what would do.
pub fn basis_points(percent: f64) -> Result<i64, BadName> {
    let points = (percent * 100.0).round();
    if !percent.is_finite() || (points - percent * 100.0).abs() > 1e-6 || !(1.0..=10_000.0).contains(&points) {
        return Err(BadName("Give a share from 0.01 to 100 percent, with two decimals at most.".into()));
    }
    Ok(points as i64)
}

/// A share for people: `12.5 %` without needless zeros, glued together.
pub fn percent(basis_points: i64) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole}%"),
        (_, 0) => format!("{whole}.{}%", rest / 10),
        _ => format!("{whole}.{rest:02}%"),
    }
}

/// Buckets that keys fall into.
const BUCKETS: u64 = 10_000;

/// The bucket of a key, 0 to 9,999. The salt makes each rollout pick other keys; within one rollout a key stays in its
/// bucket, so that a growing share only ever adds keys.
pub fn bucket(salt: &str, key: &str) -> i64 {
    let digest = Sha256::new().chain_update(salt).chain_update([0]).chain_update(key).finalize();
    let head = digest.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    i64::try_from(head % BUCKETS).unwrap_or(0)
}

/// Whether the candidate takes a keyed start.
pub fn takes_key(salt: &str, key: &str, basis_points: i64) -> bool {
    bucket(salt, key) < basis_points
}

/// Whether the candidate takes start number `n` (from 0) of those without a key: after every start the candidate has had
/// its share to within half a run.
pub fn takes_number(n: i64, basis_points: i64) -> bool {
    let had = |starts: i64| (starts * basis_points + WHOLE / 2) / WHOLE;
    had(n + 1) > had(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_key_the_split_is_exact_at_every_moment() {
        for points in [100, 1_000, 3_300, 1, 9_999, 5_000, 1_234] {
            let mut had = 0_i64;
            for n in 0..10_000_i64 {
                had += i64::from(takes_number(n, points));
                let fair = ((n + 1) * points) as f64 / 10_000.0;
                assert!((had as f64 - fair).abs() <= 0.5, "{points}: {had} of {} starts", n + 1);
            }
            assert_eq!(had, points);
        }
    }

    #[test]
    fn a_growing_share_only_adds_keys_and_keeps_its_size() {
        let keys: Vec<String> = (0..100_000).map(|n| format!("customer-{n}")).collect();
        let share = |points| keys.iter().filter(|key| takes_key("salt", key, points)).count();
        for points in [500, 2_500, 5_000] {
            let got = share(points) as f64 / keys.len() as f64 * 100.0;
            assert!((got - points as f64 / 100.0).abs() < 0.5, "{points}: {got}");
        }
        assert!(keys.iter().all(|key| !takes_key("salt", key, 500) || takes_key("salt", key, 2_500)));
        assert!(keys.iter().all(|key| !takes_key("salt", key, 2_500) || takes_key("salt", key, 5_000)));
        assert!(keys.iter().any(|key| takes_key("salt", key, 500) && !takes_key("pepper", key, 500)));
    }

    #[test]
    fn stages_grow_and_say_what_is_wrong() {
        let stages = |points: &[i64]| Stages::parse(points.iter().map(|p| Stage::of(*p)).collect());
        assert_eq!(stages(&[500, 2_500, 10_000]).unwrap().list().len(), 2);
        assert!(stages(&[2_500, 500]).unwrap_err().0.contains("Stage 2: the share has to grow: it is 5% after 25%"));
        assert!(stages(&[10_000]).is_err() && stages(&[]).is_err() && stages(&[0]).is_err());
        assert!(stages(&[10_000, 500]).is_err());
        let plan = stages(&[500, 2_500]).unwrap();
        assert_eq!([100, 500, 1_000, 2_500, 9_000].map(|p| plan.place_of(p)), [0, 0, 0, 1, 1]);
    }

    #[test]
    fn shares_are_written_as_people_write_them() {
        assert_eq!([500, 1_250, 1, 333, 10_000].map(percent), ["5%", "12.5%", "0.01%", "3.33%", "100%"]);
        assert_eq!(basis_points(12.5), Ok(1_250));
        assert_eq!(basis_points(0.07), Ok(7));
        for wrong in [0.0, -5.0, 100.5, 0.005, f64::NAN] {
            assert!(basis_points(wrong).is_err(), "{wrong}");
        }
    }
}
