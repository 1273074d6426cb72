//! Creating an environment makes draft #1 of its configuration (PRODUCT §4.1, §4.2).

use serde_json::json;

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Fields, Refusal, Result};
use super::keep_record;
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, ConfigurationState, Kind, rack};
use crate::domain::event::ObjectKind;
use crate::domain::ids::{EnvironmentId, EnvironmentVersionId};
use crate::domain::names::{Slug, parse_note, parse_title};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment, EnvironmentVersion};
use crate::store::error::Error as StoreError;
use crate::store::workspaces::Workspace;

/// Environments a workspace may have; pages have a column for each.
const MOST: usize = 20;

/// An environment to be made.
#[derive(Debug, Clone, Default)]
pub struct NewEnvironment {
    /// As in addresses; made from the name when empty.
    pub slug: String,
    /// For people.
    pub name: String,
    /// See [`Kind`].
    pub kind: String,
    /// What it is for.
    pub description: String,
}

/// Makes an environment and the first draft of its configuration.
///
/// # Errors
/// Not an admin; bad values; `name_taken`.
pub fn create(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, new: &NewEnvironment) -> Result<Environment> {
    ctx.allow(Permission::Administer, Some(&workspace.id()))?;
    let mut fields = Fields::default();
    let name = fields.take("name", parse_title("the environment a name", &new.name, 60));
    let description = fields.take("description", parse_note(&new.description));
    let slug = if new.slug.trim().is_empty() { Slug::propose(&new.name) } else { fields.take("slug", Slug::parse(&new.slug)) };
    if slug.is_none() && new.slug.trim().is_empty() && !new.name.trim().is_empty() {
        fields.add("slug", "Give it a short name for addresses, such as staging.");
    }
    let kind = new.kind.parse::<Kind>();
    if let Err(why) = &kind {
        fields.add("kind", format!("{why}."));
    }
    let (Some(name), Some(description), Some(slug), Ok(kind)) = (name, description, slug, kind) else { return Err(fields.into_error()) };
    let all = environments::list(conn, &workspace.id)?;
    taken(conn, workspace, &all, slug.as_str(), &name)?;
    if all.len() >= MOST {
        return Err(Error::refused("too_many", format!("A workspace has at most {MOST} environments. Archive one first.")));
    }
    let production = kind == Kind::Production && !environments::has_production(conn, &workspace.id)?;
    let environment = Environment {
        description: description.unwrap_or_default(),
        is_production: production,
        ..blank(ctx, workspace, slug.as_str(), &name, kind, place(&all, kind))
    };
    match environments::insert(conn, &environment) {
        Err(StoreError::NotUnique) => return Err(clash(slug.as_str(), &environment)),
        other => other?,
    }
    environments::insert_version(conn, &first(ctx, &environment, 1, ConfigurationState::Draft))?;
    let seq = ctx.record(
        conn,
        Event {
            action: "environment.created",
            workspace: Some(&workspace.id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Environment, &environment.id, &environment.name)),
            after: Some(json!({"slug": environment.slug, "name": environment.name, "kind": environment.kind, "draft": 1})),
            ..Event::default()
        },
    )?;
    keep_record(conn, ctx, &environment, seq, ("created", Some(1), None))?;
    Ok(environment)
}

fn taken(conn: &mut Conn, workspace: &Workspace, all: &[Environment], slug: &str, name: &str) -> Result<()> {
    if let Some(other) = environments::find_any(conn, &workspace.id, slug)? {
        return Err(clash(slug, &other));
    }
    match all.iter().find(|e| e.name.to_lowercase() == name.to_lowercase()) {
        Some(other) => Err(Error::invalid("name", format!("There is an environment called {} already. Choose another name.", other.name))),
        None => Ok(()),
    }
}

fn clash(slug: &str, other: &Environment) -> Error {
    let archived = if other.archived_at.is_some() { ", which is archived," } else { "" };
    Error::Refused(Refusal {
        code: "name_taken",
        message: format!("The environment {}{archived} has the address “{slug}” already. Choose another.", other.name),
        detail: json!({"field": "slug", "environment": other.slug, "name": other.name}),
    })
}

/// New environments stand after those of their kind, before the kinds that come later.
fn place(all: &[Environment], kind: Kind) -> i64 {
    let after = all.iter().filter(|e| e.kind().is_ok_and(|k| k <= kind)).map(|e| e.position).max();
    after.unwrap_or_else(|| all.first().map_or(0, |e| e.position))
}

/// An environment as a new workspace has it: configuration #1 is deployed, so that flows can be deployed at once.
///
/// # Errors
/// The database.
pub fn ready_made(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, slug: &str, kind: Kind, position: i64) -> Result<Environment> {
    let row = blank(ctx, workspace, slug, kind.title(), kind, position);
    let environment = Environment { is_production: kind == Kind::Production, ..row };
    environments::insert(conn, &environment)?;
    // Deploying a draft leaves the next draft behind it.
    environments::insert_version(conn, &first(ctx, &environment, 1, ConfigurationState::Deployed))?;
    environments::insert_version(conn, &first(ctx, &environment, 2, ConfigurationState::Draft))?;
    Ok(environment)
}

fn blank(ctx: &Ctx, workspace: &Workspace, slug: &str, name: &str, kind: Kind, position: i64) -> Environment {
    Environment {
        id: EnvironmentId::generate().into(),
        workspace_id: workspace.id.clone(),
        slug: slug.to_owned(),
        name: name.to_owned(),
        kind: kind.as_str().to_owned(),
        position,
        is_production: false,
        created_at: ctx.now.0,
        archived_at: None,
        description: String::new(),
        approvals: 0,
        freezes: "[]".to_owned(),
        promotes_from: None,
        keeps: rack::KEPT,
        lock_version: 1,
    }
}

fn first(ctx: &Ctx, environment: &Environment, number: i64, state: ConfigurationState) -> EnvironmentVersion {
    let deployed = state == ConfigurationState::Deployed;
    EnvironmentVersion {
        deployed_at: deployed.then_some(ctx.now.0),
        deployed_by: deployed.then(|| ctx.name().to_owned()),
        ..draft(ctx, environment, number, &Configuration::default(), state)
    }
}

/// A version to be added.
pub(super) fn draft(
    ctx: &Ctx,
    environment: &Environment,
    number: i64,
    content: &Configuration,
    state: ConfigurationState,
) -> EnvironmentVersion {
    EnvironmentVersion {
        id: EnvironmentVersionId::generate().into(),
        workspace_id: environment.workspace_id.clone(),
        environment_id: environment.id.clone(),
        number,
        state: state.as_str().to_owned(),
        configuration: content.to_text(),
        created_at: ctx.now.0,
        created_by: ctx.name().to_owned(),
        deployed_at: None,
        note: String::new(),
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
        deployed_by: None,
        retired_at: None,
        binned_at: None,
        deleted_by: None,
        lock_version: 1,
        updated_by_id: ctx.user_id(),
    }
}
