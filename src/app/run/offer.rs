//! What a start would do, said beforehand: per environment the version and why, or why none (PRODUCT §5.8).

use serde_json::Value;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::version;
use super::resolution::{Key, Wish, resolution};
use super::start::input_schema;
use crate::definition::Definition;
use crate::domain::access::Permission;
use crate::domain::resolver::Resolution;
use crate::domain::run::Trigger;
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};

/// What a start would do in one environment.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Where.
    pub environment: Environment,
    /// The actor may start runs there.
    pub may: bool,
    /// The version and why, or what stands in the way.
    pub answer: std::result::Result<Resolution, String>,
}

/// What a start by hand would do in each environment of the workspace.
///
/// # Errors
/// The database.
pub fn offers(conn: &mut Conn, ctx: &Ctx, flow: &Flow, wanted: Option<&Version>, test: bool) -> Result<Vec<Offer>> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let mut all = Vec::new();
    for environment in environments::list(conn, &flow.workspace_id)? {
        let may = ctx.actor.may(Permission::Start(environment.kind()?), Some(&flow.workspace()));
        let wish = Wish { version: wanted, trigger: Trigger::Manual, test, key: Key::Given(None), starts: false };
        let answer = match resolution(conn, ctx, flow, &environment, &wish) {
            Ok(found) => Ok(found.answer),
            Err(Error::Refused(refusal)) => Err(refusal.message),
            Err(other) => return Err(other),
        };
        all.push(Offer { environment, may, answer });
    }
    Ok(all)
}

/// The JSON Schema that the input of this version has to fit, if its definition gives one inline.
///
/// # Errors
/// The database.
pub fn schema_of(conn: &mut Conn, id: &str) -> Result<Option<Value>> {
    let Some(found) = versions::get(conn, id)? else { return Ok(None) };
    if let Some(content) = contents::content(conn, &found.content_hash)? {
        return Ok(input_schema(&content));
    }
    // A draft that has not run yet has no frozen content: its text says it.
    let document = version::document(conn, id)?;
    let definition = Definition::parse(&document.text).ok();
    Ok(definition.and_then(|d| d.value().pointer("/input/schema/document").cloned()))
}
