//! What fills an empty workspace besides flows: environments in place of those it was made with, components, plans, packages.

use std::collections::HashMap;

use super::super::ctx::Ctx;
use super::super::error::Result;
use crate::clock::Generate;
use crate::domain::ids::{ComponentId, EnvironmentId, EnvironmentVersionId, PackageId, PlanId};
use crate::domain::portable as file;
use crate::store::components::{self, Component, Revision};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment, EnvironmentVersion};
use crate::store::packages::{self, Item, Package};
use crate::store::plans::{self, Plan};
use crate::store::portable;
use crate::store::versions::Version;
use crate::store::workspaces::Workspace;

/// Environments as the file has them. Those the workspace was made with are used again under their slugs; the others are
/// put away, because their history stays.
pub(super) fn environments(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, from: &[file::Environment]) -> Result<Vec<Environment>> {
    let mut there = environments::list(conn, &workspace.id)?;
    there.extend(environments::archived(conn, &workspace.id)?);
    // There is one production; who it is must be free before the file says it.
    for row in &there {
        let gone = !from.iter().any(|e| e.slug == row.slug);
        let archived_at = if gone { row.archived_at.or(Some(ctx.now.0)) } else { row.archived_at };
        portable::adopt(conn, &Environment { is_production: false, archived_at, promotes_from: None, ..row.clone() })?;
    }
    let mut made = Vec::with_capacity(from.len());
    for (position, environment) in from.iter().enumerate() {
        let known = there.iter().find(|row| row.slug == environment.slug);
        let row = Environment {
            id: known.map_or_else(|| EnvironmentId::generate().into(), |row| row.id.clone()),
            workspace_id: workspace.id.clone(),
            slug: environment.slug.clone(),
            name: environment.name.clone(),
            kind: environment.kind.clone(),
            position: i64::try_from(position).unwrap_or(i64::MAX),
            is_production: environment.is_production,
            created_at: environment.created_at.0,
            archived_at: None,
            description: environment.description.clone(),
            approvals: environment.approvals,
            freezes: if environment.freezes.0.is_null() { "[]".to_owned() } else { environment.freezes.0.to_string() },
            promotes_from: None,
            keeps: environment.keeps,
            lock_version: 1,
        };
        if known.is_some() {
            portable::clear_configurations(conn, &row.id)?;
            portable::adopt(conn, &row)?;
        } else {
            environments::insert(conn, &row)?;
        }
        for configuration in &environment.configurations {
            environments::insert_version(conn, &version(ctx, workspace, &row, configuration))?;
        }
        made.push(row);
    }
    for (row, environment) in made.iter_mut().zip(from) {
        let Some(slug) = &environment.promotes_from else { continue };
        row.promotes_from = environments::find(conn, &workspace.id, slug)?.map(|source| source.id);
        portable::adopt(conn, row)?;
    }
    Ok(made)
}

fn version(ctx: &Ctx, workspace: &Workspace, environment: &Environment, from: &file::Configuration) -> EnvironmentVersion {
    EnvironmentVersion {
        id: EnvironmentVersionId::generate().into(),
        workspace_id: workspace.id.clone(),
        environment_id: environment.id.clone(),
        number: from.number,
        state: from.state.clone(),
        configuration: from.replacements.0.to_string(),
        created_at: from.created_at.0,
        created_by: from.created_by.clone(),
        deployed_at: from.deployed_at.map(|at| at.0),
        note: from.note.clone(),
        updated_at: from.updated_at.0,
        updated_by: from.updated_by.clone(),
        // Nobody approves what they brought in themselves.
        updated_by_id: ctx.user_id(),
        deployed_by: from.deployed_by.clone(),
        retired_at: from.retired_at.map(|at| at.0),
        binned_at: None,
        deleted_by: None,
        lock_version: 1,
    }
}

/// A component with all its revisions; a secret has no value yet.
pub(super) fn component(conn: &mut Conn, workspace: &Workspace, from: &file::Component) -> Result<Component> {
    let row = Component {
        id: ComponentId::generate().into(),
        workspace_id: workspace.id.clone(),
        kind: from.kind.clone(),
        name: from.name.clone(),
        description: from.description.clone(),
        revision: from.revisions.last().map_or(1, |r| r.revision),
        created_at: from.created_at.0,
        created_by: from.created_by.clone(),
        updated_at: from.updated_at.0,
        updated_by: from.updated_by.clone(),
        deleted_at: None,
        deleted_by: None,
        lock_version: 1,
    };
    components::insert(conn, &row)?;
    for revision in &from.revisions {
        components::insert_revision(
            conn,
            &Revision {
                component_id: row.id.clone(),
                revision: revision.revision,
                content: revision.content.0.to_string(),
                content_hash: revision.hash.clone(),
                note: revision.note.clone(),
                created_at: revision.at.0,
                created_by: revision.by.clone(),
            },
        )?;
    }
    Ok(row)
}

/// A plan of stages.
pub(super) fn plan(conn: &mut Conn, workspace: &Workspace, from: &file::Plan) -> Result<Plan> {
    let row = Plan {
        id: PlanId::generate().into(),
        workspace_id: workspace.id.clone(),
        name: from.name.clone(),
        stages: from.stages.0.to_string(),
        advance: from.advance.clone(),
        guard: from.guard.as_ref().map(|g| g.0.to_string()),
        updated_at: from.updated_at.0,
        updated_by: from.updated_by.clone(),
        lock_version: 1,
    };
    plans::insert(conn, &row)?;
    Ok(row)
}

/// A package; `versions` finds what versions of the file are here.
pub(super) fn package(
    conn: &mut Conn,
    workspace: &Workspace,
    from: &file::Package,
    versions: &HashMap<(String, i64), Version>,
) -> Result<Package> {
    let row = Package {
        id: PackageId::generate().into(),
        workspace_id: workspace.id.clone(),
        name: from.name.clone(),
        note: from.note.clone(),
        created_at: from.created_at.0,
        created_by: from.created_by.clone(),
        updated_at: from.updated_at.0,
        updated_by: from.updated_by.clone(),
        first_deployed_at: None,
        lock_version: 1,
    };
    packages::insert(conn, &row)?;
    let item = |i: &file::Item| {
        versions.get(&(i.flow.clone(), i.version)).map(|version| Item {
            package_id: row.id.clone(),
            flow_id: version.flow_id.clone(),
            version_id: version.id.clone(),
            version_number: version.number,
            priority: i.priority,
        })
    };
    let items: Vec<Item> = from.items.iter().filter_map(item).collect();
    packages::set_items(conn, &row.id, &items)?;
    Ok(row)
}
