//! Asks the one resolver which version a start would use (PRODUCT §5.8).

use serde_json::Value;

use super::super::ctx::Ctx;
use super::super::deployment::{Place, archived};
use super::super::error::{Error, Result};
use super::frozen::read_key;
use crate::domain::deployment::Routing;
use crate::domain::environment::Kind;
use crate::domain::ids::VersionId;
use crate::domain::resolver::{Question, Reason, Resolution, Startable, Unresolved, counts, resolve};
use crate::domain::run::Trigger;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};
use crate::store::{deployments, quarantines, rollouts};

/// What a start asks for.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// A version by name, if one was named.
    pub version: Option<&'a Version>,
    /// What starts it.
    pub trigger: Trigger,
    /// Whether it is a marked test run.
    pub test: bool,
    /// What decides on which side of a rollout it falls.
    pub key: Key<'a>,
    /// Whether it really starts: then a start without a key is counted.
    pub starts: bool,
}

/// The key of a start.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// Given by the caller, or known to be missing.
    Given(Option<&'a str>),
    /// To be read from this input by the rollout's expression.
    Of(&'a Value),
}

/// What a start would use.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The version and why.
    pub answer: Resolution,
    /// The routing revision that decided.
    pub routing_revision: i64,
    /// The rollout that decided, if one did.
    pub rollout: Option<String>,
    /// The key it was decided by.
    pub key: Option<String>,
}

/// The answer for a flow in an environment.
///
/// # Errors
/// The rule that stands in the way, with its code.
pub fn resolution(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, wish: &Wish<'_>) -> Result<Resolved> {
    if flow.archived_at.is_some() {
        return Err(Error::refused("archived", format!("{} is archived. Bring it back first.", flow.name)));
    }
    if environment.archived_at.is_some() {
        return Err(archived(environment));
    }
    // A retry repeats a run that was allowed to start, and a test is how one looks back; everything else asks for a version
    // that is there to be used.
    if let Some(version) = wish.version.filter(|v| v.archived_at.is_some() && wish.trigger != Trigger::Retry && !wish.test) {
        return Err(Error::refused("version_inactive", format!("Version {} is archived. Bring it back first.", version.number)));
    }
    let place = Place::load(conn, flow, environment)?;
    let startable = |v: &Version| Startable { pin: v.pin(), ready: v.ready, draft: v.is_draft() };
    let explicit = wish.version.map(startable);
    let kind = environment.kind()?;
    // Only development prefers drafts, and only when none was named.
    let draft = if kind == Kind::Development && explicit.is_none() { versions::newest_ready_draft(conn, &flow.id)? } else { None };
    let draft = draft.as_ref().map(startable);
    let quarantined = match &explicit {
        Some(_) => quarantines::held(conn, &flow.id, &environment.id)?.into_iter().map(|q| VersionId::stored(q.version_id)).collect(),
        None => Vec::new(),
    };
    let key = key(conn, ctx, &place, wish)?;
    let mut question = Question {
        kind,
        routing: &place.routing,
        explicit: explicit.as_ref(),
        newest_ready_draft: draft.as_ref(),
        trigger: wish.trigger,
        test: wish.test,
        key: key.as_deref(),
        quarantined: &quarantined,
    };
    let counted;
    if wish.starts && counts(&question) {
        // Counted first, which holds the row; then read again, so that no two starts are decided by the same number.
        deployments::count(conn, &flow.id, &environment.id)?;
        counted = held(Place::load(conn, flow, environment)?.routing);
        question.routing = &counted;
    }
    let routing = question.routing;
    let answer = resolve(&question).map_err(|why: Unresolved| Error::refused(why.code(), why.to_string()))?;
    let split = matches!(answer.reason, Reason::RolloutCandidate | Reason::RolloutPrimary);
    let rollout = routing.candidate.as_ref().filter(|_| split).map(|c| c.rollout.clone());
    Ok(Resolved { answer, routing_revision: routing.revision, rollout, key })
}

/// The row after this start was counted: its number is the one before.
fn held(mut routing: Routing) -> Routing {
    if let Some(candidate) = &mut routing.candidate {
        candidate.counter -= 1;
    }
    routing
}

/// The key by the rollout's own expression, which both versions are picked by.
fn key(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, wish: &Wish<'_>) -> Result<Option<String>> {
    let Some(candidate) = &place.routing.candidate else { return Ok(None) };
    match wish.key {
        Key::Given(key) => Ok(key.map(str::to_owned)),
        Key::Of(input) => {
            let expression = rollouts::get(conn, &candidate.rollout)?.and_then(|r| r.key_expression);
            match expression {
                Some(expression) => read_key(&expression, input, ctx.now),
                None => Ok(None),
            }
        }
    }
}
