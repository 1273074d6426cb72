//! May a version move forward into an environment now: freezes and the promotion path (PRODUCT §4.5, §4.6).

use serde_json::json;

use super::super::error::{Error, Refusal, Result};
use crate::domain::clock::Micros;
use crate::domain::environment::frozen;
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::versions::Version;

/// Refuses a move forward: `frozen` while a freeze window holds, `not_promoted` while the version is not live in the
/// environment it has to come from. Going back never asks this.
///
/// # Errors
/// The rule, with until when or from where.
pub fn forward(conn: &mut Conn, now: Micros, environment: &Environment, flow: &Flow, version: &Version) -> Result<()> {
    thawed(now, environment)?;
    promoted(conn, environment, flow, version)
}

/// Refuses while a freeze window of the environment holds.
///
/// # Errors
/// `frozen`, with until when.
pub fn thawed(now: Micros, environment: &Environment) -> Result<()> {
    let Some(frozen) = frozen(&environment.freezes()?, now) else { return Ok(()) };
    let until = frozen.until.rfc3339();
    let until_words = until.get(..16).unwrap_or(&until).replace('T', " ");
    Err(Error::Refused(Refusal {
        code: "frozen",
        message: format!(
            "{} is frozen until {until_words} UTC: {}. Nothing moves forward before that; rolling back is always possible.",
            environment.name, frozen.reason
        ),
        detail: json!({"until": until, "freeze": frozen.reason, "environment": environment.slug}),
    }))
}

fn promoted(conn: &mut Conn, environment: &Environment, flow: &Flow, version: &Version) -> Result<()> {
    let Some(source) = &environment.promotes_from else { return Ok(()) };
    let Some(source) = environments::get(conn, source)? else { return Ok(()) };
    let live = deployments::get(conn, &flow.id, &source.id)?.and_then(|row| row.primary_version);
    if live.as_ref() == Some(&version.id) {
        return Ok(());
    }
    Err(Error::Refused(Refusal {
        code: "not_promoted",
        message: format!(
            "{} takes only what is live in {}, and version {} of {} is not. Deploy it to {} first.",
            environment.name, source.name, version.number, flow.name, source.name
        ),
        detail: json!({"source": source.slug, "environment": environment.slug}),
    }))
}
