//! Safe repairs of what stands in the way of a push or a sync, one by one: nothing that runs changes by any of them.

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::{component, flow, version};
use crate::definition::Definition;
use crate::domain::component::Kind;
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// What can be put right with one click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// Brings the flow back from the archive.
    UnarchiveFlow(String),
    /// Brings the version back from the archive.
    UnarchiveVersion(String),
    /// Brings a component back from the bin, by id.
    RestoreComponent(String),
}

impl Repair {
    /// As a form's field says it.
    pub fn address(&self) -> String {
        match self {
            Self::UnarchiveFlow(id) => format!("flow:{id}"),
            Self::UnarchiveVersion(id) => format!("version:{id}"),
            Self::RestoreComponent(id) => format!("component:{id}"),
        }
    }

    /// Reads [`Self::address`].
    pub fn parse(text: &str) -> Option<Self> {
        let (what, id) = text.split_once(':')?;
        match what {
            "flow" => Some(Self::UnarchiveFlow(id.to_owned())),
            "version" => Some(Self::UnarchiveVersion(id.to_owned())),
            "component" => Some(Self::RestoreComponent(id.to_owned())),
            _ => None,
        }
    }
}

/// A repair with what its button says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it does.
    pub repair: Repair,
    /// Verb and object.
    pub label: String,
}

/// Repairs for a version that is to go on.
///
/// # Errors
/// The database.
pub fn offers(conn: &mut Conn, workspace: &str, flow: &Flow, version: &Version, bin: &[Component]) -> Result<Vec<Offer>> {
    let mut found = Vec::new();
    if flow.archived_at.is_some() {
        found.push(Offer { repair: Repair::UnarchiveFlow(flow.id.clone()), label: format!("Bring back {}", flow.name) });
    }
    if version.archived_at.is_some() {
        found.push(Offer { repair: Repair::UnarchiveVersion(version.id.clone()), label: format!("Bring back version {}", version.number) });
    }
    let document = version::document(conn, &version.id)?;
    let Ok(definition) = Definition::parse(&document.text) else { return Ok(found) };
    for reference in crate::definition::components(&definition) {
        if components::by_name(conn, workspace, reference.kind, &reference.name)?.is_some() {
            continue;
        }
        let gone = bin.iter().find(|c| c.kind == reference.kind.as_str() && c.name == reference.name);
        if let Some(gone) = gone {
            let offer =
                Offer { repair: Repair::RestoreComponent(gone.id.clone()), label: format!("Bring back the {} {}", gone.kind, gone.name) };
            if !found.contains(&offer) {
                found.push(offer);
            }
        }
    }
    Ok(found)
}

/// Components in the bin that can be brought back.
///
/// # Errors
/// The database.
pub fn bin(conn: &mut Conn, ctx: &Ctx, workspace: &str) -> Result<Vec<Component>> {
    let since = ctx.now.plus(-crate::domain::bin::DAYS * crate::domain::clock::Micros::DAY).0;
    Ok(components::bin(conn, workspace, since, 200)?)
}

/// Does one repair.
///
/// # Errors
/// Not allowed; it is not there any more, or needs no repair by now.
pub fn repair(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, repair: &Repair) -> Result<String> {
    let gone = || Error::NotFound("This was put right or went away in the meantime. Look again.".into());
    match repair {
        Repair::UnarchiveFlow(id) => {
            let found = flows::get(conn, id)?.filter(|f| f.workspace_id == workspace.id && f.archived_at.is_some()).ok_or_else(gone)?;
            flow::bin::archive(conn, ctx, &found, false)?;
            Ok(format!("{} is back from the archive.", found.name))
        }
        Repair::UnarchiveVersion(id) => {
            let row = versions::get(conn, id)?.filter(|v| v.workspace_id == workspace.id && v.archived_at.is_some()).ok_or_else(gone)?;
            let found = flows::get(conn, &row.flow_id)?.ok_or_else(gone)?;
            version::bin::archive(conn, ctx, &found, &row, false)?;
            Ok(format!("Version {} of {} is back from the archive.", row.number, found.name))
        }
        Repair::RestoreComponent(id) => {
            let row = components::get(conn, id)?.filter(|c| c.workspace_id == workspace.id && c.deleted_at.is_some()).ok_or_else(gone)?;
            component::bin::restore(conn, ctx, &row)?;
            let words = if row.kind == Kind::Secret.as_str() { " Look whether it still has its value." } else { "" };
            Ok(format!("The {} {} is back.{words}", row.kind, row.name))
        }
    }
}
