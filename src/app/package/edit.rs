//! Packages are made, changed and taken away.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::bin::restore::HeldPackage;
use super::super::ctx::Ctx;
use super::super::error::{Error, Fields, Result};
use super::super::{bin, flow, version};
use super::{look, note};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::bin::Kind as BinKind;
use crate::domain::environment::Kind;
use crate::domain::ids::PackageId;
use crate::domain::names::{parse_note, parse_title};
use crate::domain::package::{MOST, PRIORITIES};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::flows;
use crate::store::packages::{self, Item, Package};
use crate::store::workspaces::Workspace;

/// A package as somebody wrote it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// Its flows.
    pub items: Vec<DraftItem>,
}

/// A flow version of it.
#[derive(Debug, Clone)]
pub struct DraftItem {
    /// The flow, by slug or id.
    pub flow: String,
    /// Its version, by any of its names.
    pub version: String,
    /// Its queue priority.
    pub priority: i64,
}

/// Whoever publishes versions and whoever deploys them may prepare what goes out together.
fn may_prepare(ctx: &Ctx, workspace: &Workspace) -> Result<()> {
    let workspace = workspace.id();
    if ctx.actor.may(Permission::Edit, Some(&workspace)) {
        Ok(())
    } else {
        ctx.allow(Permission::Operate(Kind::Production), Some(&workspace))
    }
}

/// Makes a package.
///
/// # Errors
/// A taken name; a flow or version that is missing, or twice.
pub fn create(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, draft: &Draft) -> Result<Package> {
    may_prepare(ctx, workspace)?;
    let package = Package {
        id: PackageId::generate().into(),
        workspace_id: workspace.id.clone(),
        name: String::new(),
        note: String::new(),
        created_at: ctx.now.0,
        created_by: ctx.name().to_owned(),
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
        first_deployed_at: None,
        lock_version: 1,
    };
    let (package, items) = read(conn, workspace, package, draft)?;
    packages::insert(conn, &package).map_err(taken)?;
    packages::set_items(conn, &package.id, &items)?;
    let after = describe(conn, &package)?;
    note(conn, ctx, "package.created", &package, None, (None, Some(after)), None)?;
    Ok(package)
}

/// Changes a package. What goes out next changes with it; what went out stays as it is. A flow is taken out only while
/// the package was never deployed.
///
/// # Errors
/// A taken name; a flow that would be taken out of a package that was deployed; somebody was faster.
pub fn edit(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, before: &Package, based_on: i64, draft: &Draft) -> Result<Package> {
    may_prepare(ctx, workspace)?;
    let was = describe(conn, before)?;
    let had = packages::items(conn, &before.id)?;
    let next =
        Package { updated_at: ctx.now.0, updated_by: ctx.name().to_owned(), lock_version: before.lock_version + 1, ..before.clone() };
    let (package, items) = read(conn, workspace, next, draft)?;
    if before.first_deployed_at.is_some() {
        let out: Vec<&Item> = had.iter().filter(|item| !items.iter().any(|i| i.flow_id == item.flow_id)).collect();
        if !out.is_empty() {
            let names = out.iter().filter_map(|item| flows::get(conn, &item.flow_id).ok().flatten()).map(|f| f.name).collect::<Vec<_>>();
            return Err(Error::refused(
                "was_deployed",
                format!(
                    "This package was deployed, so no flow can be taken out of it: {}. Make another package without it.",
                    names.join(", ")
                ),
            ));
        }
    }
    if !packages::put(conn, &package, based_on).map_err(taken)? {
        return Err(Error::Stale {
            message: format!("The package “{}” changed while you were looking. Look again, then decide.", before.name),
            current: was,
        });
    }
    packages::set_items(conn, &package.id, &items)?;
    let after = describe(conn, &package)?;
    note(conn, ctx, "package.changed", &package, None, (Some(was), Some(after)), None)?;
    Ok(package)
}

/// Moves a package that was never deployed to the bin.
///
/// # Errors
/// It was deployed; it is gone already.
pub fn delete(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, package: &Package) -> Result<()> {
    may_prepare(ctx, workspace)?;
    if package.first_deployed_at.is_some() {
        return Err(Error::refused("was_deployed", "This package was deployed, and the record of that points at it, so it is kept."));
    }
    let was = describe(conn, package)?;
    let held = HeldPackage { package: package.clone(), items: packages::items(conn, &package.id)? };
    if !packages::delete(conn, &package.id)? {
        return Err(Error::refused("was_deployed", "This package was deployed a moment ago, so it is kept."));
    }
    let put = bin::Put {
        workspace: &workspace.id,
        kind: BinKind::Package,
        id: &package.id,
        name: package.name.clone(),
        detail: &package.note,
        held: serde_json::to_string(&held).ok(),
        reason: "",
    };
    bin::put(conn, ctx, put)?;
    note(conn, ctx, "package.deleted", package, None, (Some(was), None), None)
}

fn read(conn: &mut Conn, workspace: &Workspace, package: Package, draft: &Draft) -> Result<(Package, Vec<Item>)> {
    let mut fields = Fields::default();
    let name = fields.take("name", parse_title("the package a name", &draft.name, 60)).unwrap_or_default();
    let text = fields.take("note", parse_note(&draft.note)).flatten().unwrap_or_default();
    if !name.is_empty() && packages::find(conn, &workspace.id, &name)?.is_some_and(|other| other.id != package.id) {
        fields.add("name", format!("A package “{name}” exists already; choose another name."));
    }
    if draft.items.is_empty() {
        fields.add("items", "Choose at least one flow.");
    }
    if draft.items.len() > MOST {
        fields.add("items", format!("A package may hold at most {MOST} flows."));
    }
    let mut items: Vec<Item> = Vec::new();
    let mut seen = HashSet::new();
    for (at, wanted) in draft.items.iter().enumerate().take(MOST) {
        match item(conn, workspace, &package, wanted) {
            Ok(item) if !seen.insert(item.flow_id.clone()) => {
                fields.add(
                    &format!("items.{at}"),
                    format!("{} is in the package already; it holds at most one version of any flow.", wanted.flow),
                );
            }
            Ok(item) => items.push(item),
            Err(error @ (Error::Store(_) | Error::Forbidden(_))) => return Err(error),
            Err(error) => fields.add(&format!("items.{at}"), error.to_string()),
        }
    }
    fields.done()?;
    Ok((Package { name, note: text, ..package }, items))
}

fn item(conn: &mut Conn, workspace: &Workspace, package: &Package, wanted: &DraftItem) -> Result<Item> {
    let flow = flow::find(conn, workspace, &wanted.flow)?;
    let found = version::find(conn, &flow, &wanted.version)?;
    if found.is_draft() {
        return Err(Error::refused("not_published", format!("Version {} of {} is a draft. Publish it first.", found.number, flow.name)));
    }
    if !PRIORITIES.contains(&wanted.priority) {
        let (least, most) = (PRIORITIES.start(), PRIORITIES.end());
        return Err(Error::refused("invalid", format!("Give {} a queue priority from {least} to {most}.", flow.name)));
    }
    Ok(Item {
        package_id: package.id.clone(),
        flow_id: flow.id,
        version_id: found.id,
        version_number: found.number,
        priority: wanted.priority,
    })
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::NotUnique => Error::invalid("name", "A package of this name exists already; choose another name."),
        other => other.into(),
    }
}

/// A package in the API's words.
///
/// # Errors
/// The database.
pub fn describe(conn: &mut Conn, package: &Package) -> Result<Value> {
    let items = look::items(conn, package)?;
    let each: Vec<Value> =
        items.iter().map(|i| json!({"flow": i.flow.slug, "version": i.item.version_number, "priority": i.item.priority})).collect();
    Ok(json!({"name": package.name, "items": each}))
}
