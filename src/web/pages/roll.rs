//! How much at once: the part of the deploy dialog that begins a rollout, shown filled, and read (PRODUCT §5.2, §5.3).

use crate::domain::guard::Guard;
use crate::domain::rollout::{Advance, During, Stage, Stages, WHOLE, basis_points, percent};
use crate::web::components::field::Field;
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::numbers::count;
use crate::web::pages::guard::{GuardForm, number};

/// What was picked and typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// `whole`, `percent` or `plan`.
    pub how: String,
    /// The first share.
    pub percent: String,
    /// Further shares: "25, 50".
    pub then: String,
    /// `auto` or `manual`.
    pub advance: String,
    /// Minutes each share lasts at least.
    pub minutes: String,
    /// Runs that end at each share at least.
    pub runs: String,
    /// Name of the plan.
    pub plan: String,
    /// The guard's fields.
    pub guard: GuardForm,
    /// `slug:replace` or `slug:cancel` for each environment where a rollout is under way.
    pub during: Vec<String>,
}

impl Default for Roll {
    fn default() -> Self {
        Self {
            how: "whole".to_owned(),
            percent: "5".to_owned(),
            then: "25, 50".to_owned(),
            advance: "auto".to_owned(),
            minutes: "30".to_owned(),
            runs: String::new(),
            plan: String::new(),
            guard: GuardForm::default(),
            during: Vec::new(),
        }
    }
}

/// What was read, as far as it can be without the database.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// To all new runs at once.
    Whole,
    /// In these stages.
    Stages(Stages, Advance, Option<Guard>),
    /// By this plan; another guard than its own if one is given.
    Plan(String, Option<Guard>),
}

impl Roll {
    /// Reads the fields. What is wrong is noted at its field.
    pub fn read(&self, errors: &mut FieldErrors) -> Option<Wanted> {
        match self.how.as_str() {
            "percent" => self.stages(errors),
            "plan" if self.plan.is_empty() => {
                errors.add("plan", "Pick a plan.");
                None
            }
            "plan" => Some(Wanted::Plan(self.plan.clone(), self.guard.read(errors))),
            "" | "whole" => Some(Wanted::Whole),
            other => {
                errors.add("rollout", format!("“{other}” is none of whole, percent and plan."));
                None
            }
        }
    }

    fn stages(&self, errors: &mut FieldErrors) -> Option<Wanted> {
        let advance = self.advance.parse().unwrap_or(Advance::Manual);
        let share = |text: &str| {
            number(text).ok_or("Give a percentage, such as 5 or 12.5.".to_owned()).and_then(|n| basis_points(n).map_err(|e| e.to_string()))
        };
        let first = share(&self.percent).map_err(|says| errors.add("percent", says)).ok()?;
        if first == WHOLE {
            return Some(Wanted::Whole);
        }
        let further: Result<Vec<i64>, String> =
            self.then.split([',', ';', ' ']).filter(|t| !t.trim().trim_matches('%').is_empty()).map(share).collect();
        let further = further.map_err(|says| errors.add("then", says)).ok()?;
        let mut whole = |field: &str, text: &str| match text.trim().parse::<i64>() {
            _ if text.trim().is_empty() => None,
            Ok(n) if n >= 0 => Some(n),
            _ => {
                errors.add(field, "Give a whole number, or leave it empty.");
                None
            }
        };
        let (min_minutes, min_runs) = (whole("minutes", &self.minutes), whole("runs", &self.runs));
        if advance == Advance::Auto && min_minutes.is_none() && min_runs.is_none() && errors.is_empty() {
            errors.add("minutes", "Say how long each share lasts, in minutes or runs, or wait for a person.");
        }
        let all = std::iter::once(first).chain(further).map(|basis_points| Stage { basis_points, min_minutes, min_runs }).collect();
        let stages = Stages::parse(all).map_err(|why| errors.add("then", why.to_string())).ok();
        let guard = self.guard.read(errors);
        stages.filter(|_| errors.is_empty()).map(|stages| Wanted::Stages(stages, advance, guard))
    }

    /// What happens to the rollout under way in an environment.
    pub fn during(&self, slug: &str) -> Option<During> {
        self.during.iter().find_map(|d| d.strip_prefix(slug)?.strip_prefix(':')?.parse().ok())
    }
}

/// A plan to pick.
#[derive(Debug, Clone)]
pub struct PlanChoice {
    /// Its name.
    pub name: String,
    /// "Careful: 5%, 25%, 50%, then all".
    pub says: String,
    /// "5%".
    pub first: String,
    /// Its guard in words; empty without one.
    pub guard: String,
}

/// A rollout that is under way where something else is to be deployed.
#[derive(Debug, Clone)]
pub struct Other {
    /// Slug of the environment.
    pub slug: String,
    /// Name of the environment.
    pub environment: String,
    /// Its candidate.
    pub candidate: u64,
    /// Its primary.
    pub primary: u64,
    /// The candidate's share.
    pub share: String,
    /// Where it is watched.
    pub href: String,
}

/// That part of the dialog.
#[derive(Debug, Clone)]
pub struct RollView {
    /// What was picked and typed.
    pub typed: Roll,
    /// Version that is deployed.
    pub number: u64,
    /// Plans to pick from.
    pub plans: Vec<PlanChoice>,
    /// Where plans are kept.
    pub plans_href: String,
    /// Runs a day in the ticked environments.
    pub a_day: u64,
    /// Rollouts under way of other versions.
    pub others: Vec<Other>,
    /// What is wrong with what was sent.
    pub errors: FieldErrors,
}

impl RollView {
    pub(super) fn is(&self, how: &str) -> bool {
        self.typed.how == how
    }

    /// "About 59 of 1,180 new runs a day."
    pub(super) fn of_a_day(&self) -> String {
        let share = number(&self.typed.percent).unwrap_or(0.0).clamp(0.0, 100.0) / 100.0;
        match self.a_day {
            0 => "No run ended in the last 24 hours.".to_owned(),
            n => format!("About {} of {} new runs a day.", count((n as f64 * share).round() as u64), count(n)),
        }
    }

    /// The share the button names; `None`: all at once.
    pub(super) fn first(&self) -> Option<String> {
        match self.typed.how.as_str() {
            "percent" => number(&self.typed.percent).and_then(|n| basis_points(n).ok()).filter(|p| *p < WHOLE).map(percent),
            "plan" => self.plans.iter().find(|p| p.name == self.typed.plan).map(|p| p.first.clone()),
            _ => None,
        }
    }

    pub(super) fn percent_error(&self) -> Option<String> {
        self.errors.of("percent")
    }

    pub(super) fn then(&self) -> Field {
        Field::line("then", "Then, percent")
            .value(self.typed.then.as_str())
            .hint("Further shares in their order; 100% follows the last.")
            .check_in(&self.errors)
    }

    pub(super) fn minutes(&self) -> Field {
        Field::line("minutes", "Minutes each, at least").value(self.typed.minutes.as_str()).check_in(&self.errors)
    }

    pub(super) fn runs(&self) -> Field {
        Field::line("runs", "Runs each, at least").value(self.typed.runs.as_str()).check_in(&self.errors)
    }

    pub(super) fn plan_error(&self) -> Option<String> {
        self.errors.of("plan")
    }

    pub(super) fn guard(&self) -> Vec<[Field; 2]> {
        self.typed.guard.fields(&self.errors)
    }

    /// What happens to another rollout; the server asks when nobody said.
    pub(super) fn other(&self, other: &Other) -> Field {
        let value = |word: &str| format!("{}:{word}", other.slug);
        let same = other.candidate == self.number;
        let choices = if same {
            vec![
                (String::new(), "Go on with it: all new runs at once completes it".to_owned()),
                (value("cancel"), "Begin anew, as picked below".to_owned()),
            ]
        } else {
            vec![
                (String::new(), "Say what happens to it".to_owned()),
                (value("replace"), format!("Replace it: v{} takes its place and its share", self.number)),
                (value("cancel"), format!("Cancel it: new runs go back to v{} first", other.primary)),
            ]
        };
        let picked = self.typed.during.iter().find(|d| d.starts_with(&format!("{}:", other.slug))).cloned().unwrap_or_default();
        let field = format!("during-{}", other.slug);
        let label = format!("v{} is rolling out in {} at {}", other.candidate, other.environment, other.share);
        let hint = if same {
            "A smaller share than all is a new beginning. To raise its share, lead the rollout on. ".to_owned()
        } else {
            format!(
                "Replaced: v{} begins where v{} stands, with its stages and its guard, unless you pick a share or a plan below. \
                 Cancelled: it is deployed as picked below. ",
                self.number, other.candidate
            )
        };
        let hint = Rich::new().text(&hint).link(&other.href, "Watch that rollout");
        let mut shown = Field::choice("during", label, choices).value(picked).id(field.as_str()).hint(hint);
        shown.error = self.errors.of(&field);
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roll(how: &str, percent: &str, then: &str) -> Roll {
        Roll { how: how.into(), percent: percent.into(), then: then.into(), ..Roll::default() }
    }

    #[test]
    fn shares_are_read_as_people_write_them() {
        let mut errors = FieldErrors::new();
        let Some(Wanted::Stages(stages, advance, None)) = roll("percent", "5 %", "25%, 50").read(&mut errors) else { panic!("{errors:?}") };
        assert_eq!(
            stages.list().iter().map(|s| (s.basis_points, s.min_minutes)).collect::<Vec<_>>(),
            [(500, Some(30)), (2_500, Some(30)), (5_000, Some(30))]
        );
        assert_eq!(advance, Advance::Auto);
        assert!(matches!(roll("percent", "100", "").read(&mut errors), Some(Wanted::Whole)));
        assert!(matches!(roll("whole", "x", "y").read(&mut errors), Some(Wanted::Whole)));
        assert!(errors.is_empty());
    }

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        let wrong = |roll: Roll, field: &str| {
            let mut errors = FieldErrors::new();
            assert!(roll.read(&mut errors).is_none(), "{field}");
            assert!(errors.of(field).is_some(), "{field}: {errors:?}");
        };
        wrong(roll("percent", "many", ""), "percent");
        wrong(roll("percent", "0", ""), "percent");
        wrong(roll("percent", "50", "25"), "then");
        wrong(roll("percent", "5", "x"), "then");
        wrong(Roll { minutes: String::new(), ..roll("percent", "5", "") }, "minutes");
        wrong(Roll { runs: "-1".into(), ..roll("percent", "5", "") }, "runs");
        wrong(roll("plan", "", ""), "plan");
        wrong(Roll { guard: GuardForm { failure: "x".into(), ..GuardForm::default() }, ..roll("percent", "5", "") }, "failure");
    }

    #[test]
    fn the_choice_for_another_rollout_is_made_per_environment() {
        let roll = Roll { during: vec!["production:replace".into(), "staging:cancel".into()], ..Roll::default() };
        assert_eq!(
            (roll.during("production"), roll.during("staging"), roll.during("dev")),
            (Some(During::Replace), Some(During::Cancel), None)
        );
    }
}
