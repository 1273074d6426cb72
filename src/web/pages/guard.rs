//! The fields of a guard, in the dialog of a deployment and in plans: shown filled, and read.

use crate::domain::guard::{Guard, Limit, OnFail};
use crate::web::components::field::{Control, Field};
use crate::web::form::FieldErrors;

/// What stands in the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardForm {
    /// Percent of its runs that may fail.
    pub failure: String,
    /// `max` or `over_primary`.
    pub failure_against: String,
    /// Seconds that 95 of 100 runs may take.
    pub p95: String,
    /// `max` or `over_primary`.
    pub p95_against: String,
    /// Ended runs to judge by.
    pub min_runs: String,
    /// `roll_back` or `halt`.
    pub on_fail: String,
}

/// Ended runs to judge by, unless somebody says otherwise.
const SAMPLE: &str = "50";

impl GuardForm {
    /// The fields of a stored guard.
    pub fn of(guard: Option<&Guard>) -> Self {
        let Some(guard) = guard else { return Self::default() };
        let split = |limit: Option<Limit>, unit: f64| match limit {
            Some(Limit::Max(n)) => (plain(n * unit), "max".to_owned()),
            Some(Limit::OverPrimary(n)) => (plain(n * unit), "over_primary".to_owned()),
            None => (String::new(), String::new()),
        };
        let ((failure, failure_against), (p95, p95_against)) = (split(guard.failure_rate, 100.0), split(guard.p95_ms, 0.001));
        let (min_runs, on_fail) = (guard.min_runs.to_string(), guard.on_fail.as_str().to_owned());
        Self { failure, failure_against, p95, p95_against, min_runs, on_fail }
    }

    /// The fields, in pairs that stand beside each other.
    pub fn fields(&self, errors: &FieldErrors) -> Vec<[Field; 2]> {
        let words = |all: &[(&str, &str)]| all.iter().map(|(v, w)| ((*v).to_owned(), (*w).to_owned())).collect::<Vec<_>>();
        let line = |name: &str, label: &str, value: &str| Field::line(name, label).value(value).check_in(errors);
        let choice = |name: &str, label: &str, value: &str, all: &[(&str, &str)]| Field::choice(name, label, words(all)).value(value);
        let sample = if self.min_runs.is_empty() { SAMPLE } else { &self.min_runs };
        vec![
            [
                line("failure", "Failed runs, percent", &self.failure).hint("Empty: not watched."),
                choice(
                    "failure_against",
                    "Failures measured",
                    &self.failure_against,
                    &[("max", "of its own runs"), ("over_primary", "above the primary's")],
                ),
            ],
            [
                line("p95", "p95, seconds", &self.p95).hint("Empty: not watched."),
                choice("p95_against", "p95 measured", &self.p95_against, &[("max", "by itself"), ("over_primary", "above the primary's")]),
            ],
            [
                line("min_runs", "Judged from", sample)
                    .control(Control::Line("number"))
                    .bounds(1, 1_000_000)
                    .hint("Ended runs at a share."),
                choice(
                    "on_fail",
                    "If a limit is crossed",
                    &self.on_fail,
                    &[("roll_back", "Roll back and quarantine"), ("halt", "Halt and ask")],
                ),
            ],
        ]
    }

    /// Whether anything is to be watched.
    pub fn watches(&self) -> bool {
        !self.failure.trim().is_empty() || !self.p95.trim().is_empty()
    }

    /// Reads the fields; `None` when nothing is to be watched. What is wrong is noted at its field.
    pub fn read(&self, errors: &mut FieldErrors) -> Option<Guard> {
        if !self.watches() {
            return None;
        }
        let mut limit = |field: &str, text: &str, against: &str, unit: f64, most: f64, says: &str| {
            let text = text.trim();
            if text.is_empty() {
                return None;
            }
            match number(text).filter(|n| (0.0..=most).contains(n)) {
                Some(n) if against == "over_primary" => Some(Limit::OverPrimary(n * unit)),
                Some(n) => Some(Limit::Max(n * unit)),
                None => {
                    errors.add(field, says);
                    None
                }
            }
        };
        let rate =
            limit("failure", &self.failure, &self.failure_against, 0.01, 100.0, "Give a percentage from 0 to 100, such as 5 or 0.5.");
        let p95 = limit("p95", &self.p95, &self.p95_against, 1000.0, 10_000_000.0, "Give seconds, such as 3 or 0.8.");
        let min_runs = match self.min_runs.trim().parse::<i64>() {
            Ok(n) if n >= 1 => n,
            _ => {
                errors.add("min_runs", "Give a whole number: the ended runs to judge by, 1 or more.");
                1
            }
        };
        let on_fail = self.on_fail.parse().unwrap_or(OnFail::RollBack);
        if rate.is_none() && p95.is_none() {
            return None;
        }
        let guard = Guard { failure_rate: rate, p95_ms: p95, sla_missed: None, min_runs, on_fail };
        guard.check().map_err(|why| errors.add("failure", why.to_string())).ok()
    }
}

/// A number as people type it: a comma or a sign of its unit does no harm.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches(['%', 's']).trim().replace(',', ".");
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

/// Without needless zeros.
fn plain(n: f64) -> String {
    let text = format!("{n:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(failure: &str, p95: &str, min_runs: &str) -> GuardForm {
        GuardForm { failure: failure.into(), p95: p95.into(), min_runs: min_runs.into(), ..GuardForm::default() }
    }

    #[test]
    fn a_guard_survives_its_form() {
        let guard = Guard {
            failure_rate: Some(Limit::OverPrimary(0.015)),
            p95_ms: Some(Limit::Max(800.0)),
            sla_missed: None,
            min_runs: 20,
            on_fail: OnFail::Halt,
        };
        let form = GuardForm::of(Some(&guard));
        assert_eq!((form.failure.as_str(), form.p95.as_str()), ("1.5", "0.8"));
        let mut errors = FieldErrors::new();
        let read = form.read(&mut errors).unwrap();
        assert!(errors.is_empty());
        assert_eq!((read.failure_rate, read.p95_ms, read.min_runs, read.on_fail), (guard.failure_rate, guard.p95_ms, 20, OnFail::Halt));
    }

    #[test]
    fn what_is_wrong_stands_at_its_field_and_nothing_is_no_guard() {
        let mut errors = FieldErrors::new();
        assert_eq!(form("", " ", "x").read(&mut errors), None);
        assert!(errors.is_empty());
        form("many", "-1", "0").read(&mut errors);
        assert!(errors.of("failure").is_some() && errors.of("p95").is_some() && errors.of("min_runs").is_some());
        assert_eq!(form("2,5 %", "", "5").read(&mut FieldErrors::new()).unwrap().failure_rate, Some(Limit::Max(0.025)));
    }
}
