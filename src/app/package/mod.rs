//! Packages: named sets of flow versions that go out and come back together (PRODUCT §5.10).

pub mod back;
pub mod compare;
pub mod edit;
pub mod go;
pub mod look;

use serde_json::{Value, json};

use super::ctx::{Ctx, Event};
use super::error::{Error, Refusal, Result};
use crate::domain::event::ObjectKind;
use crate::store::conn::Conn;
use crate::store::flows::Flow;
use crate::store::packages::Package;

/// What stands in the way of one flow.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Stands {
    /// The flow's slug.
    pub flow: String,
    /// The rule's code.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Stands {
    /// A rule that refused one flow; the database's failures are everybody's.
    ///
    /// # Errors
    /// What is no rule.
    pub(in crate::app) fn of(flow: &Flow, error: Error) -> Result<Self> {
        match error {
            Error::Store(_) | Error::Forbidden(_) => Err(error),
            rule => Ok(Self { flow: flow.slug.clone(), code: rule.code(), message: rule.to_string() }),
        }
    }
}

/// One refusal refuses all: every flow's rule, in one answer.
pub(in crate::app) fn refuse_all(code: &'static str, lead: &str, found: &[Stands]) -> Error {
    let each: Vec<String> = found.iter().map(|s| format!("{}: {}", s.flow, s.message)).collect();
    Error::Refused(Refusal { code, message: format!("{lead} {}", each.join(" ")), detail: json!({"flows": found}) })
}

fn note(
    conn: &mut Conn,
    ctx: &Ctx,
    action: &str,
    package: &Package,
    environment: Option<&str>,
    (before, after): (Option<Value>, Option<Value>),
    reason: Option<&str>,
) -> Result<()> {
    let event = Event {
        action,
        workspace: Some(&package.workspace_id),
        environment,
        object: Some((ObjectKind::Package, &package.id, &package.name)),
        before,
        after,
        reason,
        ..Event::default()
    };
    ctx.record(conn, event)?;
    Ok(())
}
