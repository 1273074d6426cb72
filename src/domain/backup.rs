//! Backups of the whole instance (PRODUCT §10): their states, when the next one is due, and which ones go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::Micros;

crate::text_enum! {
    /// Why a backup was made.
    pub enum Reason ("reason of a backup") {
        /// Somebody asked for it.
        Asked = "asked",
        /// Its time had come.
        Scheduled = "scheduled",
        /// The schema was about to change.
        BeforeMigration = "before_migration",
        /// Another state was about to be restored.
        BeforeRestore = "before_restore",
        /// It lay in the folder and this database did not know it.
        Found = "found",
    }
}

crate::text_enum! {
    /// What became of a backup.
    pub enum State ("state of a backup") {
        /// It was asked for; nobody has begun.
        Waiting = "waiting",
        /// It is being made.
        Running = "running",
        /// Its file is complete and was verified when it was made, or was found in the folder.
        Kept = "kept",
        /// It could not be made.
        Failed = "failed",
        /// Whoever made it stopped in the middle.
        Interrupted = "interrupted",
        /// Its file is gone: too old, deleted, or moved away.
        Removed = "removed",
    }
}

crate::text_enum! {
    /// What is known of whether a backup can be restored.
    pub enum Verification ("verification of a backup") {
        /// It was never restored into a scratch database.
        Never = "",
        /// It was asked for; nobody has begun.
        Waiting = "waiting",
        /// It is being restored and compared.
        Running = "running",
        /// It was restored, and everything was equal.
        Passed = "passed",
        /// It could not be restored, or something differed.
        Failed = "failed",
        /// Whoever verified it stopped in the middle.
        Interrupted = "interrupted",
    }
}

crate::text_enum! {
    /// How far the work on a backup is.
    pub enum Stage ("stage of a backup") {
        /// Nothing is being done.
        None = "",
        /// The database is copied as it is at one instant.
        Dump = "dump",
        /// The copy is compressed into one file.
        Pack = "pack",
        /// The file is restored into a scratch database.
        Restore = "restore",
        /// The scratch database is compared with what was copied.
        Compare = "compare",
    }
}

/// When backups are made by themselves, and how long they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Hours between two; 0 makes none.
    pub every_hours: i64,
    /// Files that stay at the most.
    pub keep: i64,
    /// Days that a file stays at the most; 0 is for ever.
    pub max_days: i64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { every_hours: 24, keep: 14, max_days: 90 }
    }
}

/// How long after its beginning an instance gets its first backup, and how long after a failure it is tried again.
const SOON: i64 = Micros::HOUR;

impl Schedule {
    /// Refuses figures that make no sense; the words say how to fix the field.
    ///
    /// # Errors
    /// The field and what it may be.
    pub fn check(self) -> Result<Self, (&'static str, &'static str)> {
        if !(0..=8_760).contains(&self.every_hours) {
            return Err(("every_hours", "Give hours from 1 to 8,760, or 0 for none."));
        }
        if !(1..=1_000).contains(&self.keep) {
            return Err(("keep", "Keep from 1 to 1,000 backups."));
        }
        if !(0..=3_650).contains(&self.max_days) {
            return Err(("max_days", "Give days from 1 to 3,650, or 0 to keep them whatever their age."));
        }
        Ok(self)
    }

    /// When the next backup is due: so long after the last good one, in an hour after a failure, and in the past when
    /// its time was missed. `None`: none is made.
    pub fn next(self, begun: Micros, last_good: Option<Micros>, last_tried: Option<Micros>) -> Option<Micros> {
        if self.every_hours == 0 {
            return None;
        }
        let every = self.every_hours * Micros::HOUR;
        let due = last_good.map_or_else(|| begun.plus(SOON.min(every)), |at| at.plus(every));
        Some(match last_tried.filter(|tried| last_good.is_none_or(|good| *tried > good)) {
            Some(tried) => due.max(tried.plus(SOON.min(every))),
            None => due,
        })
    }

    /// The ids of backups that have had their time. The newest that passed its verification always stays.
    pub fn expired(self, kept: &[Kept], now: Micros) -> Vec<String> {
        let mut newest_first: Vec<&Kept> = kept.iter().collect();
        newest_first.sort_by_key(|k| std::cmp::Reverse((k.made_at, k.id.clone())));
        let safe = newest_first.iter().find(|k| k.passed).map(|k| k.id.clone());
        let most = usize::try_from(self.keep).unwrap_or(1);
        let old = |k: &Kept| self.max_days > 0 && now.since(k.made_at) > self.max_days * Micros::DAY;
        newest_first
            .iter()
            .enumerate()
            .filter(|(place, k)| (*place >= most || old(k)) && Some(&k.id) != safe.as_ref())
            .map(|(_, k)| k.id.clone())
            .collect()
    }
}

/// A backup whose file lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// `bak_…`
    pub id: String,
    /// The instant it shows.
    pub made_at: Micros,
    /// Its last verification found everything equal.
    pub passed: bool,
}

/// What a database holds, to be compared before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Names of the schema steps.
    pub schema: Vec<String>,
    /// Rows per table.
    pub counts: BTreeMap<String, i64>,
    /// The last event's place in the chain.
    pub events: i64,
    /// Its hash.
    pub head: String,
}

impl Facts {
    /// The last schema step, as it is named to people.
    pub fn step(&self) -> &str {
        self.schema.last().map_or("none", String::as_str)
    }

    /// Rows of all tables.
    pub fn rows(&self) -> i64 {
        self.counts.values().sum()
    }

    /// What differs from `found`, in words; nothing when they are equal.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut all = Vec::new();
        if self.schema != found.schema {
            all.push(format!("the schema step is {} instead of {}", found.step(), self.step()));
        }
        let tables: std::collections::BTreeSet<&String> = self.counts.keys().chain(found.counts.keys()).collect();
        for table in tables {
            match (self.counts.get(table), found.counts.get(table)) {
                (Some(a), Some(b)) if a == b => {}
                (Some(a), Some(b)) => all.push(format!("{table} has {b} rows instead of {a}")),
                (Some(_), None) => all.push(format!("the table {table} is missing")),
                (None, _) => all.push(format!("there is a table {table} that was not copied")),
            }
        }
        if (self.events, &self.head) != (found.events, &found.head) {
            all.push(format!("the history ends at event {} instead of {}, or with another hash", found.events, self.events));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Micros = Micros(1_800_000_000_000_000);

    #[test]
    fn the_next_one_is_due_after_the_last_good_one() {
        let daily = Schedule::default();
        assert_eq!(daily.next(NOON, None, None), Some(NOON.plus(Micros::HOUR)));
        assert_eq!(daily.next(NOON, Some(NOON), Some(NOON)), Some(NOON.plus(Micros::DAY)));
        // Missed by two days: due in the past, so at once.
        let late = NOON.plus(3 * Micros::DAY);
        assert!(daily.next(NOON, Some(NOON), None).is_some_and(|at| at < late));
        // A failure is tried again in an hour, not at once and not in a day.
        assert_eq!(daily.next(NOON, Some(NOON), Some(late)), Some(late.plus(Micros::HOUR)));
        assert_eq!(Schedule { every_hours: 0, ..daily }.next(NOON, None, None), None);
    }

    #[test]
    fn the_newest_good_one_stays_whatever_its_age() {
        let kept = |id: &str, days: i64, passed| Kept { id: id.into(), made_at: NOON.plus(-days * Micros::DAY), passed };
        let schedule = Schedule { every_hours: 24, keep: 2, max_days: 30 };
        let all = [kept("a", 1, false), kept("b", 2, false), kept("c", 3, true), kept("d", 4, true)];
        assert_eq!(schedule.expired(&all, NOON), ["d"]);
        let old = [kept("a", 40, true), kept("b", 50, true)];
        assert_eq!(schedule.expired(&old, NOON), ["b"]);
        assert!(Schedule { max_days: 0, ..schedule }.expired(&old, NOON).is_empty());
    }

    #[test]
    fn every_difference_is_named() {
        let one = Facts { schema: vec!["1".into()], counts: [("runs".into(), 3)].into(), events: 4, head: "a".into() };
        assert!(one.differences(&one).is_empty());
        let other = Facts { schema: vec!["2".into()], counts: [("flows".into(), 3)].into(), events: 4, head: "b".into() };
        assert_eq!(one.differences(&other).len(), 4);
        assert_eq!(Facts { counts: [("runs".into(), 2)].into(), ..one.clone() }.differences(&one), ["runs has 3 rows instead of 2"]);
    }
}
