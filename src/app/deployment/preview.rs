//! What a deployment would do, said before it is done (PRODUCT §5.2): changes, checks, runs in flight.

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::version::check::check;
use super::super::version::compare::{Comparison, compare};
use super::super::version::document;
use super::Place;
use crate::domain::access::Permission;
use crate::domain::deployment::Routing;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};
use crate::store::{deployments, runs, stats};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Fine.
    Pass,
    /// Worth a look; stops nothing.
    Look,
    /// Stands in the way.
    Fail,
}

/// One check of a deployment.
#[derive(Debug, Clone)]
pub struct Check {
    /// How it came out.
    pub grade: Grade,
    /// What was checked, with the finding.
    pub text: String,
    /// A figure beside it.
    pub note: String,
}

/// What the deploy dialog shows for one environment.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The environment.
    pub environment: Environment,
    /// What stands there now.
    pub routing: Routing,
    /// Since when the primary is live there.
    pub primary_since: Option<i64>,
    /// What would change against the primary there; `None` when nothing is live there.
    pub comparison: Option<Comparison>,
    /// Checks, worst first.
    pub checks: Vec<Check>,
    /// Runs in flight there, counted no further than 1,000.
    pub in_flight: i64,
}

/// Looks at what deploying `version` to `environment` would mean.
///
/// # Errors
/// The database.
pub fn preview(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version) -> Result<Preview> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let place = Place::load(conn, flow, environment)?;
    let live = match &place.routing.primary {
        Some(pin) => versions::get(conn, pin.version.as_str())?,
        None => None,
    };
    let comparison = match &live {
        Some(live) => Some(compare(conn, live, version)?),
        None => None,
    };
    let mut checks = vec![readiness(conn, flow, version)?];
    checks.push(configuration(conn, environment)?);
    checks.extend(experience(conn, flow, environment, version)?);
    if place.routing.candidate.is_some() {
        checks.push(Check { grade: Grade::Look, text: format!("A rollout is under way in {}", environment.name), note: String::new() });
    }
    if live.as_ref().is_some_and(|l| l.id == version.id) {
        checks.push(Check {
            grade: Grade::Look,
            text: format!("Version {} is live here already", version.number),
            note: "a new record, nothing else".into(),
        });
    }
    checks.sort_by_key(|c| match c.grade {
        Grade::Fail => 0,
        Grade::Look => 1,
        Grade::Pass => 2,
    });
    let in_flight = i64::try_from(runs::open_of(conn, &flow.id, Some(&environment.id), 1000)?.len()).unwrap_or(1000);
    let primary_since = place.row.as_ref().and_then(|r| r.primary_since);
    Ok(Preview { environment: environment.clone(), routing: place.routing, primary_since, comparison, checks, in_flight })
}

fn readiness(conn: &mut Conn, flow: &Flow, version: &Version) -> Result<Check> {
    let text = document(conn, &version.id)?;
    let checked = check(conn, flow, &text.text, &text.settings)?;
    Ok(if version.is_draft() {
        Check { grade: Grade::Fail, text: format!("Version {} is a draft: publish it first", version.number), note: String::new() }
    } else if checked.ready() {
        Check { grade: Grade::Pass, text: "Ready: validation found no errors".into(), note: String::new() }
    } else {
        let note = format!("{} to solve", checked.blocking());
        Check { grade: Grade::Fail, text: "Not ready: open the version to see its problems".into(), note }
    })
}

fn configuration(conn: &mut Conn, environment: &Environment) -> Result<Check> {
    Ok(match environments::deployed_number(conn, &environment.id)? {
        Some(n) => Check { grade: Grade::Pass, text: format!("{} has a deployed configuration", environment.name), note: format!("#{n}") },
        None => Check { grade: Grade::Fail, text: format!("{} has no deployed configuration", environment.name), note: String::new() },
    })
}

/// Whether it ran elsewhere before, and how that went.
fn experience(conn: &mut Conn, flow: &Flow, target: &Environment, version: &Version) -> Result<Vec<Check>> {
    let totals = stats::totals(conn, std::slice::from_ref(&version.id))?;
    let mut found = Vec::new();
    for environment in environments::list(conn, &flow.workspace_id)? {
        let Some(row) = totals.iter().find(|t| t.environment_id == environment.id) else { continue };
        let judged = row.completed + row.faulted;
        if judged == 0 {
            continue;
        }
        let failed = row.faulted as f64 / judged as f64;
        let grade = if failed > 0.05 { Grade::Look } else { Grade::Pass };
        let note = format!("{judged} runs, {:.1}% succeeded", (1.0 - failed) * 100.0);
        found.push(Check { grade, text: format!("Ran in {}", environment.name), note });
    }
    if found.is_empty() {
        found.push(Check { grade: Grade::Look, text: "It has never run anywhere".into(), note: "start a run in development first".into() });
    }
    if target.is_production && deployments::environments_of_version(conn, &version.id)?.iter().all(|e| *e == target.id) {
        let others = environments::list(conn, &flow.workspace_id)?.len() > 1;
        if others && version.first_live_at.is_none() {
            found.push(Check {
                grade: Grade::Look,
                text: "It was never deployed to another environment first".into(),
                note: String::new(),
            });
        }
    }
    Ok(found)
}
