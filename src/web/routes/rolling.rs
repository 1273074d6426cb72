//! The two fields of a simple rollout in forms: a percentage, or a plan.

use crate::app::rollout::begin::Rolling;
use crate::app::rollout::plan;
use crate::app::{self, Error};
use crate::domain::rollout::{Advance, Stage, Stages, WHOLE, basis_points};
use crate::store::conn::Conn;
use crate::web::components::field::Field;
use crate::web::form::FieldErrors;

/// What stands in them.
#[derive(Debug, Clone, Default)]
pub struct Share {
    /// As typed; empty means all new runs.
    pub percent: String,
    /// Name of a plan; empty means none.
    pub plan: String,
}

impl Share {
    /// Whether everything goes out at once.
    pub fn whole(&self) -> bool {
        self.plan.is_empty() && self.number().is_empty()
    }

    fn number(&self) -> &str {
        self.percent.trim().trim_end_matches('%').trim()
    }

    /// The fields; `plans` are the names of the workspace's plans.
    pub fn fields(&self, plans: Vec<String>, errors: &FieldErrors) -> [Field; 2] {
        let mut picks = vec![(String::new(), "No plan".to_owned())];
        picks.extend(plans.into_iter().map(|p| (p.clone(), p)));
        let percent = Field::line("percent", "Percent of new runs").value(self.percent.as_str()).hint("Empty: all new runs at once.");
        let plan = Field::choice("plan", "Plan", picks).value(self.plan.as_str()).hint("Stages with their guard, instead of a percentage.");
        [percent.check_in(errors), plan.check_in(errors)]
    }

    /// What is to be rolled out, if it is not all at once.
    ///
    /// # Errors
    /// Names the field and says what would do.
    pub fn read(&self, conn: &mut Conn, workspace: &str) -> app::Result<Option<Rolling>> {
        if !self.plan.is_empty() {
            if !self.number().is_empty() {
                return Err(Error::invalid("percent", "Leave it empty, or choose no plan: the plan says its own percentages."));
            }
            return Ok(Some(plan::rolling(&plan::find(conn, workspace, &self.plan)?)?));
        }
        if self.whole() {
            return Ok(None);
        }
        let bad = |says: String| Error::invalid("percent", says);
        let number: f64 = self.number().parse().map_err(|_| bad("Give a percentage such as 10; empty means all new runs.".into()))?;
        let share = basis_points(number).map_err(|e| bad(e.to_string()))?;
        if share == WHOLE {
            return Ok(None);
        }
        let stages = Stages::parse(vec![Stage::of(share)]).map_err(|e| bad(e.to_string()))?;
        Ok(Some(Rolling { stages, advance: Advance::Auto, plan: None, guard: None }))
    }
}
