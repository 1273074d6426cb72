//! Bringing back from the bin, under another name where the old one is taken by now.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::super::{component, environment, flow, version};
use super::find;
use crate::domain::bin::Kind;
use crate::domain::event::ObjectKind;
use crate::domain::names::{Slug, parse_label, parse_title};
use crate::store::bin::{self, Entry};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::packages::{self, Item, Package};
use crate::store::plans::{self, Plan};
use crate::store::workspaces::Workspace;
use crate::store::{components, configurations, environments, flows, versions};

/// A package as it is held while it has no rows.
#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) struct HeldPackage {
    /// The package.
    pub package: Package,
    /// Its flows.
    pub items: Vec<Item>,
}

/// What came back, and its address below that of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What it is called now.
    pub name: String,
    /// `/flows/order-intake`
    pub to: String,
}

/// Brings a thing back, under `name` if one is given: a flow's address, a version's label (empty: none), a name.
///
/// # Errors
/// Not in the bin any more; not allowed; `name_taken` and the like with the field to change; a full rack.
pub fn restore(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str, name: Option<&str>) -> Result<Restored> {
    let entry = find(conn, ctx, workspace, id)?;
    let kind = entry.kind()?;
    if kind != Kind::Configuration {
        ctx.allow(kind.permission(), Some(&workspace.id()))?;
    }
    // Before anything else: of two who bring it back, the second finds it gone.
    if !bin::take(conn, id)? {
        return Err(gone());
    }
    match kind {
        Kind::Flow => a_flow(conn, ctx, workspace, id, name),
        Kind::Version => a_version(conn, ctx, id, name),
        Kind::Component | Kind::Secret => a_component(conn, ctx, id, name),
        Kind::Configuration => a_configuration(conn, ctx, id),
        Kind::Package => a_package(conn, ctx, workspace, &entry, name),
        Kind::Plan => a_plan(conn, ctx, workspace, &entry, name),
    }
}

fn gone() -> Error {
    Error::NotFound("This is not in the bin any more. Somebody brought it back, or its 30 days are over.".into())
}

fn a_flow(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str, name: Option<&str>) -> Result<Restored> {
    let mut row = flows::get_many(conn, &[id])?.pop().ok_or_else(gone)?;
    if let Some(slug) = name.filter(|slug| *slug != row.slug) {
        let slug = Slug::parse(slug).map_err(|e| Error::invalid("name", e.to_string()))?.as_str().to_owned();
        flows::set_details(conn, id, &row.name, &slug, &row.description, row.single_draft)?;
        let taken = flows::by_document(conn, &workspace.id, &row.namespace, &row.document_name)?;
        if taken.is_some_and(|other| other.id != row.id) {
            // Other flows call the one that has the name now; this one goes by its new address.
            flows::set_document(conn, id, &row.namespace, &slug)?;
            row.document_name.clone_from(&slug);
        }
        row.slug = slug;
    }
    flow::bin::restore(conn, ctx, &row)?;
    Ok(Restored { to: format!("/flows/{}", row.slug), name: format!("{}, with its versions,", row.name) })
}

fn a_version(conn: &mut Conn, ctx: &Ctx, id: &str, name: Option<&str>) -> Result<Restored> {
    let mut row = versions::get_any(conn, id)?.ok_or_else(gone)?;
    let flow = flows::get_many(conn, &[&row.flow_id])?.pop().ok_or_else(gone)?;
    if let Some(label) = name.filter(|label| Some(*label) != row.label.as_deref()) {
        row.label = parse_label(label).map_err(|e| Error::invalid("name", e.to_string()))?;
        versions::set_metadata(conn, id, &row.note, row.reference.as_deref(), row.label.as_deref())?;
    }
    version::bin::restore(conn, ctx, &flow, &row)?;
    Ok(Restored { to: format!("/flows/{}/versions/{}", flow.slug, row.number), name: format!("Version {} of {}", row.number, flow.name) })
}

fn a_component(conn: &mut Conn, ctx: &Ctx, id: &str, name: Option<&str>) -> Result<Restored> {
    let mut row = components::get(conn, id)?.ok_or_else(gone)?;
    if let Some(name) = name.filter(|name| *name != row.name) {
        let name = crate::domain::component::parse_name(row.kind()?, name).map_err(|e| Error::invalid("name", e.to_string()))?;
        if !components::rename_in_bin(conn, id, row.lock_version, &name)? {
            return Err(gone());
        }
        row.lock_version += 1;
        row.name = name;
    }
    component::bin::restore(conn, ctx, &row)?;
    Ok(Restored { to: format!("/components/{}/{}", row.kind, row.name), name: row.name })
}

fn a_configuration(conn: &mut Conn, ctx: &Ctx, id: &str) -> Result<Restored> {
    let row = configurations::get(conn, id)?.ok_or_else(gone)?;
    let place = environments::get(conn, &row.environment_id)?.ok_or_else(gone)?;
    environment::rack::bring_back(conn, ctx, &place, &row)?;
    Ok(Restored {
        to: format!("/environments/{}/versions/{}", place.slug, row.number),
        name: format!("Configuration #{} of {}", row.number, place.name),
    })
}

fn a_package(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, entry: &Entry, name: Option<&str>) -> Result<Restored> {
    let held: HeldPackage = read(entry)?;
    let mut package = held.package;
    if let Some(name) = name {
        package.name = parse_title("the package a name", name, 60).map_err(|e| Error::invalid("name", e.to_string()))?;
    }
    if packages::find(conn, &workspace.id, &package.name)?.is_some() {
        return Err(taken("package", &package.name));
    }
    for item in &held.items {
        if versions::get(conn, &item.version_id)?.is_none() {
            let says = format!("Version {} of one of its flows was deleted. Bring that version back first.", item.version_number);
            return Err(Error::refused("version_deleted", says));
        }
    }
    packages::insert(conn, &package)?;
    packages::set_items(conn, &package.id, &held.items)?;
    note(conn, ctx, workspace, "package.restored", (ObjectKind::Package, &package.id, &package.name))?;
    Ok(Restored { to: format!("/packages/{}", package.id), name: format!("The package “{}”", package.name) })
}

fn a_plan(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, entry: &Entry, name: Option<&str>) -> Result<Restored> {
    let mut plan: Plan = read(entry)?;
    if let Some(name) = name {
        plan.name = parse_title("the plan a name", name, 60).map_err(|e| Error::invalid("name", e.to_string()))?;
    }
    if plans::find(conn, &workspace.id, &plan.name)?.is_some() {
        return Err(taken("plan", &plan.name));
    }
    plans::insert(conn, &plan)?;
    note(conn, ctx, workspace, "plan.restored", (ObjectKind::Plan, &plan.id, &plan.name))?;
    Ok(Restored { to: "/plans".into(), name: format!("The plan “{}”", plan.name) })
}

fn read<T: serde::de::DeserializeOwned>(entry: &Entry) -> Result<T> {
    let held = entry.held.as_deref().unwrap_or_default();
    Ok(serde_json::from_str(held).map_err(StoreError::corrupt)?)
}

fn taken(what: &str, name: &str) -> Error {
    Error::invalid("name", format!("There is a {what} “{name}” by now. Choose another name for this one."))
}

fn note(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, action: &str, object: (ObjectKind, &str, &str)) -> Result<()> {
    let after = Some(json!({"name": object.2}));
    ctx.record(conn, Event { action, workspace: Some(&workspace.id), object: Some(object), after, ..Event::default() })?;
    Ok(())
}
