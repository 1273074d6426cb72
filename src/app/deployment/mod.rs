//! What runs where: deploy, roll back, the run switch, quarantine.

pub mod deploy;
pub mod preview;
pub mod quarantine;
pub mod rerun;
pub mod rollback;
pub mod switch;

use serde_json::{Value, json};

use super::component;
use super::ctx::{Ctx, Event};
use super::error::{Error, Result};
use super::release::keep;
use crate::clock::Generate;
use crate::domain::approval::Approved;
use crate::domain::deployment::{self, InFlight, Pin, Routing, Verb};
use crate::domain::event::ObjectKind;
use crate::domain::ids::DeploymentId;
use crate::store::conn::Conn;
use crate::store::deployments::{self as rows, Record, Row};
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;

/// A flow in an environment: the routing row, read once and changed at most once.
pub struct Place<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// The environment.
    pub environment: &'a Environment,
    /// The row as stored; none before the first deployment.
    pub row: Option<Row>,
    /// The same as the rules see it.
    pub routing: Routing,
    /// Who proposed and approved what is done to it now.
    pub approved: Option<Approved>,
}

/// Takes everything that changes of one flow in several environments will wait for, in one order, before the first of
/// them: otherwise two who deploy to the same environments could each hold what the other one needs.
///
/// # Errors
/// The database.
pub fn hold_all(conn: &mut Conn, flow: &Flow, environments: &[Environment]) -> Result<()> {
    if environments.len() < 2 {
        return Ok(());
    }
    let mut in_order: Vec<&Environment> = environments.iter().collect();
    in_order.sort_by(|a, b| a.id.cmp(&b.id));
    for environment in &in_order {
        rows::hold(conn, &flow.id, &environment.id)?;
    }
    keep::hold(conn, in_order[0])
}

/// The versions that take runs.
fn pins(routing: &Routing) -> (Option<&Pin>, Option<&Pin>) {
    (routing.primary.as_ref(), routing.candidate.as_ref().map(|c| &c.pin))
}

/// Why nothing is done in an environment that was put away.
pub fn archived(environment: &Environment) -> Error {
    Error::refused("archived", format!("{} is archived. Bring it back first.", environment.name))
}

impl<'a> Place<'a> {
    /// Reads the row.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, flow: &'a Flow, environment: &'a Environment) -> Result<Self> {
        let row = rows::get(conn, &flow.id, &environment.id)?;
        Self::of(flow, environment, row)
    }

    /// Reads the row to change it: others who want to change it wait until this transaction ends.
    ///
    /// # Errors
    /// The database.
    pub fn hold(conn: &mut Conn, flow: &'a Flow, environment: &'a Environment) -> Result<Self> {
        let row = rows::hold(conn, &flow.id, &environment.id)?;
        Self::of(flow, environment, row)
    }

    fn of(flow: &'a Flow, environment: &'a Environment, row: Option<Row>) -> Result<Self> {
        let routing = match &row {
            Some(row) => row.to_domain()?,
            None => Routing::empty(),
        };
        Ok(Self { flow, environment, row, routing, approved: None })
    }

    /// Checks what the caller based the decision on.
    ///
    /// # Errors
    /// [`Error::Stale`] with what stands here now.
    pub fn still_at(&self, expected: Option<i64>) -> Result<()> {
        deployment::expect(&self.routing, expected).map_err(|_| self.stale())
    }

    /// What stands here, for the answer to a stale write.
    pub fn stale(&self) -> Error {
        let live = self.routing.primary.as_ref().map_or_else(|| "nothing is live".to_owned(), |p| format!("version {} is live", p.number));
        Error::Stale {
            message: format!(
                "{} in {} changed while you were looking: {live} now. Look again, then decide.",
                self.flow.name, self.environment.name
            ),
            current: describe(&self.routing),
        }
    }

    /// What stands here from now on, and who agreed to it when others had to.
    fn after(&self, next: &Routing) -> Value {
        let mut after = describe(next);
        if let (Some(approved), Some(after)) = (&self.approved, after.as_object_mut()) {
            after.insert("proposal".into(), json!(approved));
        }
        after
    }

    /// Writes the next row if nobody was faster, its record, and its event (DECISIONS 7).
    ///
    /// # Errors
    /// [`Error::Stale`] when somebody was faster; `archived`.
    pub fn change(&self, conn: &mut Conn, ctx: &Ctx, next: &Routing, change: &Change<'_>) -> Result<Record> {
        if environments::get(conn, &self.environment.id)?.is_none_or(|e| e.archived_at.is_some()) {
            return Err(archived(self.environment));
        }
        let keys = (self.flow.id.as_str(), self.environment.id.as_str(), self.flow.workspace_id.as_str());
        let row = Row::from_domain(keys, next, self.row.as_ref(), ctx.now.0, ctx.name());
        if !rows::put(conn, &row, self.routing.revision)? {
            return Err(Place::load(conn, self.flow, self.environment)?.stale());
        }
        if pins(next) != pins(&self.routing) {
            component::take_in(conn, self.environment, ctx.now)?;
        }
        let (to, from) = about(change.verb, &self.routing, next);
        let event_seq = ctx.record(
            conn,
            Event {
                action: &format!("deployment.{}", change.verb),
                workspace: Some(&self.flow.workspace_id),
                flow: Some(&self.flow.id),
                environment: Some(&self.environment.id),
                object: Some((ObjectKind::Deployment, &self.flow.id, &format!("{} in {}", self.flow.name, self.environment.name))),
                before: Some(describe(&self.routing)),
                after: Some(self.after(next)),
                reason: change.reason,
                reference: change.reference,
            },
        )?;
        let record = Record {
            id: DeploymentId::generate().into(),
            workspace_id: self.flow.workspace_id.clone(),
            flow_id: self.flow.id.clone(),
            environment_id: self.environment.id.clone(),
            routing_revision: next.revision,
            verb: change.verb.as_str().to_owned(),
            version_id: to.map(|p| p.version.to_string()),
            version_number: to.map(|p| p.number),
            from_version_id: from.map(|p| p.version.to_string()),
            from_number: from.map(|p| p.number),
            comment: change.reason.map(str::to_owned),
            in_flight: change.in_flight.as_str().to_owned(),
            actor_id: ctx.user_id(),
            actor_name: ctx.name().to_owned(),
            at: ctx.now.0,
            event_seq,
            snapshot: serde_json::to_string(next).unwrap_or_default(),
        };
        rows::insert_record(conn, &record)?;
        Ok(record)
    }
}

/// How a change is recorded.
pub struct Change<'a> {
    /// What was done.
    pub verb: Verb,
    /// Why.
    pub reason: Option<&'a str>,
    /// What it refers to: the run that crossed a guard's line.
    pub reference: Option<&'a str>,
    /// What happens to runs in flight.
    pub in_flight: InFlight,
}

impl Change<'_> {
    /// A change without a reason.
    pub const fn of(verb: Verb, in_flight: InFlight) -> Self {
        Self { verb, reason: None, reference: None, in_flight }
    }
}

/// The version a change is about, and the one it is seen against: what it became primary over, or was measured against.
fn about<'r>(verb: Verb, before: &'r Routing, next: &'r Routing) -> (Option<&'r Pin>, Option<&'r Pin>) {
    let candidate = |routing: &'r Routing| routing.candidate.as_ref().map(|c| &c.pin);
    match verb {
        Verb::Rollout | Verb::Advance | Verb::Halt | Verb::Continue => (candidate(next), next.primary.as_ref()),
        Verb::StopRollout => (candidate(before), next.primary.as_ref()),
        Verb::Hotfix if next.primary == before.primary => (candidate(next), next.primary.as_ref()),
        Verb::Rollback if next.primary == before.primary => (next.primary.as_ref(), candidate(before)),
        _ => (next.primary.as_ref(), before.primary.as_ref()),
    }
}

/// A routing row in the API's words.
pub fn describe(routing: &Routing) -> Value {
    json!({
        "primary": routing.primary.as_ref().map(|p| p.number),
        "candidate": routing.candidate.as_ref().map(|c| c.pin.number),
        "percent": routing.candidate.as_ref().map(|c| c.basis_points as f64 / 100.0),
        "rollout": routing.candidate.as_ref().map(|c| &c.rollout),
        "switch": routing.switch,
        "reason": routing.switch_reason,
        "routing_revision": routing.revision,
    })
}
