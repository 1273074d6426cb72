//! Restore: what a release held comes back as drafts; nothing live is touched (PRODUCT §6.3, DECISIONS 13).

pub mod preview;

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::environment::edit::put_whole;
use super::super::environment::{Stand, rack};
use super::super::error::{Error, Result};
use super::super::{component, flow as flows_app, version};
use super::{Left, missing, note, still};
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::names::parse_note;
use crate::domain::version::Origin;
use crate::store::components;
use crate::store::conn::Conn;
use crate::store::environments;
use crate::store::flows::{self, Flow};
use crate::store::releases::Release;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use preview::{Coming, Preview, Reset, preview};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Why; may be empty.
    pub comment: String,
    /// The preview the caller looked at, if it matters to them.
    pub seen: Option<String>,
}

/// A draft that came back.
#[derive(Debug, Clone)]
pub struct Drafted {
    /// The flow's slug.
    pub flow: String,
    /// The draft's number.
    pub draft: i64,
    /// The version it came from.
    pub from: i64,
    /// Its content hash.
    pub hash: String,
    /// The draft that was being edited and is an extra one now.
    pub extra: Option<i64>,
    /// Whether that draft held the same already, so none was made.
    pub was_there: bool,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Restored {
    /// Drafts, by slug.
    pub drafts: Vec<Drafted>,
    /// Environments whose draft configuration holds what the release held, by slug.
    pub configurations: Vec<String>,
    /// What did not come back, and why.
    pub left: Vec<Left>,
    /// What was rewritten or brought back by itself.
    pub automatic: Vec<String>,
    /// What is to be looked at by hand.
    pub warnings: Vec<String>,
}

/// Restores a release.
///
/// # Errors
/// It cannot be restored; stale.
pub fn restore(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: &Release, ask: &Ask) -> Result<Restored> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    let comment = parse_note(&ask.comment).map_err(|e| Error::invalid("comment", e.to_string()))?.unwrap_or_default();
    let Preview { coming, resets, components: back, left, automatic, warnings, seen } = preview(conn, ctx, workspace, release)?;
    still(ask.seen.as_deref(), &seen)?;
    // Other flows' numbers are taken below, so all flows are held in one order before the head of the history is.
    let mut order: Vec<&str> = coming.iter().map(|c| c.flow.id.as_str()).collect();
    order.sort_unstable();
    for id in order {
        flows::lock(conn, id)?;
    }
    for gone in &back {
        let row = components::get(conn, &gone.id)?.ok_or_else(|| missing("component", &gone.id))?;
        component::bin::restore(conn, ctx, &row)?;
    }
    let mut drafts = Vec::new();
    for one in &coming {
        drafts.push(draft(conn, ctx, release, one)?);
    }
    let mut configurations = Vec::new();
    for one in &resets {
        reset(conn, ctx, one)?;
        configurations.push(one.environment.slug.clone());
    }
    let after = json!({
        "number": release.number,
        "drafts": drafts.iter().map(|d| json!({"flow": d.flow, "draft": d.draft, "from": d.from, "extra": d.extra})).collect::<Vec<_>>(),
        "configurations": configurations, "left": left, "automatic": automatic, "warnings": warnings,
    });
    note(conn, ctx, "release.restored", release, None, after, Some(&comment))?;
    Ok(Restored { drafts, configurations, left, automatic, warnings })
}

fn draft(conn: &mut Conn, ctx: &Ctx, release: &Release, one: &Coming) -> Result<Drafted> {
    let again = |conn: &mut Conn| -> Result<Flow> { flows::get(conn, &one.flow.id)?.ok_or_else(|| missing("flow", &one.flow.id)) };
    if one.from_bin {
        let binned = again(conn)?;
        flows_app::bin::restore(conn, ctx, &binned)?;
    }
    if one.flow.archived_at.is_some() {
        let archived = again(conn)?;
        flows_app::bin::archive(conn, ctx, &archived, false)?;
    }
    let flow = again(conn)?;
    let here = |draft: &Version, extra| Drafted {
        flow: flow.slug.clone(),
        draft: draft.number,
        from: one.entry.number,
        hash: draft.content_hash.clone(),
        extra,
        was_there: extra.is_none() && one.there.is_some(),
    };
    if let Some(there) = &one.there {
        return Ok(here(there, None));
    }
    let from = versions::get_any(conn, &one.entry.version)?.ok_or_else(|| missing("version", &one.entry.version))?;
    let made = version::create::insert(conn, ctx, &flow, &one.document, Origin::Restore, Some(&from))?;
    flows::set_working_draft(conn, &flow.id, Some(&made.id))?;
    ctx.record(
        conn,
        Event {
            action: "version.created",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Version, &made.id, &format!("v{}", made.number))),
            after: Some(json!({"from": from.number, "hash": made.content_hash, "release": release.number})),
            ..Event::default()
        },
    )?;
    Ok(here(&made, one.extra))
}

/// Puts what the release held into the draft configuration; the event keeps what stood in the draft before.
fn reset(conn: &mut Conn, ctx: &Ctx, one: &Reset) -> Result<()> {
    let stand = Stand::load(conn, &one.environment)?;
    if stand.draft().is_none()
        && let Some(deployed) = stand.deployed()
    {
        rack::draft_from(conn, ctx, &one.environment, deployed, None)?;
    }
    let environment = environments::get(conn, &one.environment.id)?.ok_or_else(|| missing("environment", &one.environment.id))?;
    put_whole(conn, ctx, &environment, &one.configuration)?;
    Ok(())
}
