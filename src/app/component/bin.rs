//! Deleting a component: only when nothing that may run refers to it; it can be brought back.

use serde_json::json;

use super::super::bin;
use super::super::ctx::Ctx;
use super::super::error::{Error, Refusal, Result};
use super::create::free_name;
use super::used::used_by;
use super::{check, permission, record, stale};
use crate::domain::bin::{DAYS, Kind as BinKind};
use crate::domain::clock::Micros;
use crate::domain::component::Kind;
use crate::store::cache_entries;
use crate::store::components::{self, Component};
use crate::store::conn::Conn;

/// Moves a component to the bin.
///
/// # Errors
/// `in_use` with every place that refers to it; stale.
pub fn delete(conn: &mut Conn, ctx: &Ctx, component: &Component, based_on: Option<i64>) -> Result<()> {
    ctx.allow(permission(component.kind()?), Some(&component.workspace()))?;
    if based_on.is_some_and(|lock| lock != component.lock_version) {
        return Err(stale(conn, component));
    }
    let uses = used_by(conn, component)?;
    if !uses.is_empty() {
        return Err(Error::Refused(Refusal {
            code: "in_use",
            message: format!("{} cannot be deleted: {}. Change that first.", component.name, uses.sentence()),
            detail: json!({"reasons": uses.reasons()}),
        }));
    }
    if !components::set_deleted(conn, &component.id, component.lock_version, Some(ctx.now.0), Some(ctx.name()))? {
        return Err(stale(conn, component));
    }
    let kind = if component.kind()? == Kind::Secret { BinKind::Secret } else { BinKind::Component };
    let put = bin::Put {
        workspace: &component.workspace_id,
        kind,
        id: &component.id,
        name: component.name.clone(),
        detail: &component.description,
        held: None,
        reason: "",
    };
    bin::put(conn, ctx, put)?;
    cache_entries::clear(conn, &component.id)?;
    check::judge_drafts(conn, &component.workspace_id, &component.name)?;
    record(conn, ctx, component, "component.deleted", None, None, "")
}

/// Brings a component back from the bin.
///
/// # Errors
/// Not in the bin; its name is taken by now.
pub fn restore(conn: &mut Conn, ctx: &Ctx, component: &Component) -> Result<()> {
    let kind = component.kind()?;
    ctx.allow(permission(kind), Some(&component.workspace()))?;
    if component.deleted_at.is_none() {
        return Err(Error::refused("not_in_bin", format!("{} is not in the bin.", component.name)));
    }
    if component.deleted_at.is_some_and(|at| at < ctx.now.plus(-DAYS * Micros::DAY).0) {
        return Err(Error::refused("not_in_bin", format!("The 30 days of {} in the bin are over.", component.name)));
    }
    free_name(conn, &component.workspace_id, kind, &component.name)?;
    if !components::set_deleted(conn, &component.id, component.lock_version, None, None)? {
        return Err(stale(conn, component));
    }
    check::judge_drafts(conn, &component.workspace_id, &component.name)?;
    record(conn, ctx, component, "component.restored", None, None, "")
}

/// Empties a cache in every environment; says how many values went.
///
/// # Errors
/// The database.
pub fn clear_cache(conn: &mut Conn, ctx: &Ctx, component: &Component) -> Result<usize> {
    ctx.allow(permission(component.kind()?), Some(&component.workspace()))?;
    let gone = cache_entries::clear(conn, &component.id)?;
    record(conn, ctx, component, "cache.cleared", None, Some(json!({"kind": "cache", "values": gone})), "")?;
    Ok(gone)
}

/// Lets go of expired cache values, and of the values of secrets deleted 30 days ago.
///
/// # Errors
/// The database.
pub fn sweep(conn: &mut Conn, now: Micros) -> Result<()> {
    cache_entries::sweep(conn, now.0)?;
    components::forget_secrets(conn, now.plus(-DAYS * Micros::DAY).0)?;
    Ok(())
}
