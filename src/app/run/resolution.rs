//! Asks the one resolver which version a start would use (PRODUCT §5.8).

use super::super::deployment::Place;
use super::super::error::{Error, Result};
use crate::domain::environment::Kind;
use crate::domain::resolver::{Question, Resolution, Startable, Unresolved, resolve};
use crate::domain::run::Trigger;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};

/// What a start asks for.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// A version by name, if one was named.
    pub version: Option<&'a Version>,
    /// What starts it.
    pub trigger: Trigger,
    /// Whether it is a marked test run.
    pub test: bool,
}

/// The answer for a flow in an environment, with the routing revision that decided.
///
/// # Errors
/// The rule that stands in the way, with its code.
pub fn resolution(conn: &mut Conn, flow: &Flow, environment: &Environment, wish: &Wish<'_>) -> Result<(Resolution, i64)> {
    if flow.archived_at.is_some() {
        return Err(Error::refused("archived", format!("{} is archived. Bring it back first.", flow.name)));
    }
    let place = Place::load(conn, flow, environment)?;
    let startable = |v: &Version| Startable { pin: v.pin(), ready: v.ready, draft: v.is_draft() };
    let explicit = wish.version.map(startable);
    let kind = environment.kind()?;
    // Only development prefers drafts, and only when none was named.
    let draft = if kind == Kind::Development && explicit.is_none() { versions::newest_ready_draft(conn, &flow.id)? } else { None };
    let draft = draft.as_ref().map(startable);
    let question = Question {
        kind,
        routing: &place.routing,
        explicit: explicit.as_ref(),
        newest_ready_draft: draft.as_ref(),
        trigger: wish.trigger,
        test: wish.test,
    };
    let answer = resolve(&question).map_err(|why: Unresolved| Error::refused(why.code(), why.to_string()))?;
    Ok((answer, place.routing.revision))
}
