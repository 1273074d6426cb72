//! What a workspace has besides flows, as the file has it.

use std::collections::HashMap;

use super::super::error::Result;
use super::flows::sorted;
use crate::domain::portable::{self as file, At};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment, EnvironmentVersion};
use crate::store::flows::Flow;
use crate::store::workspaces::Workspace;
use crate::store::{components, packages, plans, portable};

/// Environments in their order; archived ones stay at home.
pub(super) fn environments(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<file::Environment>> {
    let rows = environments::list(conn, &workspace.id)?;
    let slugs: HashMap<String, String> = rows.iter().map(|e| (e.id.clone(), e.slug.clone())).collect();
    rows.into_iter().map(|row| environment(conn, row, &slugs)).collect()
}

fn environment(conn: &mut Conn, row: Environment, slugs: &HashMap<String, String>) -> Result<file::Environment> {
    let configurations = portable::configurations(conn, &row.id)?.into_iter().map(configuration).collect::<Result<Vec<_>>>()?;
    Ok(file::Environment {
        freezes: sorted(&row.freezes)?,
        promotes_from: row.promotes_from.as_ref().and_then(|id| slugs.get(id).cloned()),
        slug: row.slug,
        name: row.name,
        kind: row.kind,
        description: row.description,
        is_production: row.is_production,
        approvals: row.approvals,
        keeps: row.keeps,
        created_at: At(row.created_at),
        configurations,
    })
}

fn configuration(row: EnvironmentVersion) -> Result<file::Configuration> {
    Ok(file::Configuration {
        replacements: sorted(&row.configuration)?,
        number: row.number,
        state: row.state,
        note: row.note,
        created_at: At(row.created_at),
        created_by: row.created_by,
        updated_at: At(row.updated_at),
        updated_by: row.updated_by,
        deployed_at: row.deployed_at.map(At),
        deployed_by: row.deployed_by,
        retired_at: row.retired_at.map(At),
    })
}

/// Components by kind and name. A secret's value lies in another table, which nothing here reads.
pub(super) fn components(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<file::Component>> {
    let mut revisions: HashMap<String, Vec<file::ComponentRevision>> = HashMap::new();
    for row in portable::component_revisions(conn, &workspace.id)? {
        let revision = file::ComponentRevision {
            revision: row.revision,
            content: sorted(&row.content)?,
            hash: row.content_hash,
            note: row.note,
            at: At(row.created_at),
            by: row.created_by,
        };
        revisions.entry(row.component_id).or_default().push(revision);
    }
    let part = |row: components::Component| file::Component {
        revisions: revisions.remove(&row.id).unwrap_or_default(),
        kind: row.kind,
        name: row.name,
        description: row.description,
        created_at: At(row.created_at),
        created_by: row.created_by,
        updated_at: At(row.updated_at),
        updated_by: row.updated_by,
    };
    Ok(components::all(conn, &workspace.id)?.into_iter().map(part).collect())
}

/// Plans by name.
pub(super) fn plans(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<file::Plan>> {
    let part = |row: plans::Plan| {
        Ok(file::Plan {
            stages: sorted(&row.stages)?,
            guard: row.guard.as_deref().map(sorted).transpose()?,
            name: row.name,
            advance: row.advance,
            updated_at: At(row.updated_at),
            updated_by: row.updated_by,
        })
    };
    plans::list(conn, &workspace.id)?.into_iter().map(part).collect()
}

/// Packages by name, with what is in them by flow.
pub(super) fn packages(conn: &mut Conn, workspace: &Workspace, flows: &[Flow]) -> Result<Vec<file::Package>> {
    let slugs: HashMap<&str, &str> = flows.iter().map(|f| (f.id.as_str(), f.slug.as_str())).collect();
    let mut found = Vec::new();
    for row in portable::packages(conn, &workspace.id)? {
        let mut items: Vec<file::Item> = packages::items(conn, &row.id)?
            .into_iter()
            .filter_map(|i| {
                slugs.get(i.flow_id.as_str()).map(|slug| file::Item {
                    flow: (*slug).to_owned(),
                    version: i.version_number,
                    priority: i.priority,
                })
            })
            .collect();
        items.sort_by(|a, b| a.flow.cmp(&b.flow));
        found.push(file::Package {
            name: row.name,
            note: row.note,
            created_at: At(row.created_at),
            created_by: row.created_by,
            updated_at: At(row.updated_at),
            updated_by: row.updated_by,
            items,
        });
    }
    Ok(found)
}
