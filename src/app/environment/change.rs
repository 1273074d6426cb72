//! Settings of an environment: what people read, its kind, its place, freezes, the promotion path (PRODUCT §4.5, §4.6).

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Fields, Result};
use crate::domain::access::Permission;
use crate::domain::environment::{Freeze, Kind, freeze, rack};
use crate::domain::event::ObjectKind;
use crate::domain::names::{parse_note, parse_title};
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::{self, Environment, Settings};
use crate::store::workspaces::Workspace;

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// For people.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// See [`Kind`]; fixed once a flow was deployed there.
    pub kind: Option<String>,
    /// Windows in which nothing moves forward, as JSON.
    pub freezes: Option<Value>,
    /// The environment whose live versions alone may go on to here, by slug or id; `Some(None)` takes the path away.
    pub promotes_from: Option<Option<String>>,
    /// Configuration versions that the rack keeps.
    pub keeps: Option<i64>,
    /// Approvals by others than the proposer before anything moves forward; 0 takes the protection away.
    pub approvals: Option<i64>,
}

/// Approvals an environment may ask for.
pub use crate::domain::approval::MOST as MOST_APPROVALS;

/// Changes settings. What the caller based them on is `expect`, the environment's revision.
///
/// # Errors
/// Not an admin; bad values; `kind_fixed`; stale.
pub fn change(conn: &mut Conn, ctx: &Ctx, row: &Environment, changes: &Changes, expect: Option<i64>) -> Result<Environment> {
    ctx.allow(Permission::Administer, Some(&row.workspace()))?;
    if expect.is_some_and(|seen| seen != row.lock_version) {
        return Err(stale(row));
    }
    let next = checked(conn, row, changes)?;
    let (before, after) = (describe(conn, &as_it_is(row))?, describe(conn, &next)?);
    if before == after {
        return Ok(row.clone());
    }
    if !environments::set(conn, row, &next)? {
        return Err(stale(row));
    }
    ctx.record(
        conn,
        Event {
            action: "environment.changed",
            workspace: Some(&row.workspace_id),
            environment: Some(&row.id),
            object: Some((ObjectKind::Environment, &row.id, &next.name)),
            before: Some(before),
            after: Some(after),
            ..Event::default()
        },
    )?;
    environments::get(conn, &row.id)?.ok_or_else(|| Error::not_found("environment", &row.slug))
}

pub(super) fn stale(row: &Environment) -> Error {
    Error::Stale {
        message: format!("{} changed while you were looking. Look again, then decide.", row.name),
        current: json!({"revision": row.lock_version, "name": row.name}),
    }
}

fn as_it_is(row: &Environment) -> Settings {
    Settings {
        name: row.name.clone(),
        description: row.description.clone(),
        kind: row.kind.clone(),
        is_production: row.is_production,
        freezes: row.freezes.clone(),
        promotes_from: row.promotes_from.clone(),
        keeps: row.keeps,
        approvals: row.approvals,
    }
}

fn checked(conn: &mut Conn, row: &Environment, changes: &Changes) -> Result<Settings> {
    let mut next = as_it_is(row);
    let mut fields = Fields::default();
    if let Some(name) = &changes.name
        && let Some(name) = fields.take("name", parse_title("the environment a name", name, 60))
    {
        let others = environments::list(conn, &row.workspace_id)?;
        if others.iter().any(|e| e.id != row.id && e.name.to_lowercase() == name.to_lowercase()) {
            fields.add("name", format!("There is an environment called {name} already. Choose another name."));
        }
        next.name = name;
    }
    if let Some(description) = &changes.description {
        next.description = fields.take("description", parse_note(description)).flatten().unwrap_or_default();
    }
    if let Some(keeps) = changes.keeps {
        if !(rack::LEAST..=rack::MOST).contains(&keeps) {
            fields.add("keeps", format!("Keep {} to {} configuration versions.", rack::LEAST, rack::MOST));
        }
        next.keeps = keeps;
    }
    if let Some(approvals) = changes.approvals {
        if !(0..=i64::from(MOST_APPROVALS)).contains(&approvals) {
            fields.add("approvals", format!("Ask for 1 to {MOST_APPROVALS} approvals, or 0 for none."));
        }
        next.approvals = approvals;
    }
    if let Some(freezes) = &changes.freezes {
        match freeze::read_all(freezes) {
            Ok(all) => next.freezes = text(&all),
            Err((None, says)) => fields.add("freezes", says),
            Err((Some(at), says)) => fields.add(&format!("freezes[{at}]"), says),
        }
    }
    match &changes.promotes_from {
        None => {}
        Some(None) => next.promotes_from = None,
        Some(Some(name)) => match source(conn, row, name)? {
            Ok(id) => next.promotes_from = Some(id),
            Err(says) => fields.add("promotes_from", says),
        },
    }
    if let Some(kind) = &changes.kind {
        match kind.parse::<Kind>() {
            Ok(kind) if kind != row.kind()? => {
                fixed(conn, row)?;
                next.kind = kind.as_str().to_owned();
                next.is_production = kind == Kind::Production && !environments::has_production(conn, &row.workspace_id)?;
            }
            Ok(_) => {}
            Err(why) => fields.add("kind", format!("{why}.")),
        }
    }
    fields.done()?;
    Ok(next)
}

/// Refuses another kind once it would change what has been running.
fn fixed(conn: &mut Conn, row: &Environment) -> Result<()> {
    if row.is_production {
        let says = format!("{} is the production that colours this workspace's number plates, so its kind stays.", row.name);
        return Err(Error::refused("kind_fixed", says));
    }
    if deployments::any_in(conn, &row.id)? {
        let says = format!("Flows were deployed to {} already, so its kind stays. Make another environment.", row.name);
        return Err(Error::refused("kind_fixed", says));
    }
    Ok(())
}

/// The environment that a promotion path would come from, unless the path would go in a circle.
fn source(conn: &mut Conn, row: &Environment, name: &str) -> Result<std::result::Result<String, String>> {
    let Some(found) = environments::find(conn, &row.workspace_id, name)? else {
        return Ok(Err(format!("There is no environment “{name}” here.")));
    };
    let mut at = Some(found.clone());
    while let Some(one) = at {
        if one.id == row.id {
            return Ok(Err(format!("That would be a circle: {} gets its versions from {}.", found.name, row.name)));
        }
        at = match &one.promotes_from {
            Some(id) => environments::get(conn, id)?,
            None => None,
        };
    }
    Ok(Ok(found.id))
}

fn text(all: &[Freeze]) -> String {
    Value::Array(all.iter().map(Freeze::to_value).collect()).to_string()
}

fn describe(conn: &mut Conn, settings: &Settings) -> Result<Value> {
    let source = match &settings.promotes_from {
        Some(id) => environments::get(conn, id)?.map(|e| e.slug),
        None => None,
    };
    let freezes: Value = serde_json::from_str(&settings.freezes).unwrap_or_default();
    Ok(json!({
        "name": settings.name, "description": settings.description, "kind": settings.kind, "keeps": settings.keeps,
        "freezes": freezes, "promotes_from": source, "approvals": settings.approvals,
    }))
}

/// Moves an environment one place up or down among the others.
///
/// # Errors
/// Not an admin; the database.
pub fn shift(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, row: &Environment, up: bool) -> Result<()> {
    ctx.allow(Permission::Administer, Some(&workspace.id()))?;
    let mut all = environments::list(conn, &workspace.id)?;
    let Some(at) = all.iter().position(|e| e.id == row.id) else { return Err(Error::not_found("environment", &row.slug)) };
    let to = if up { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < all.len()) };
    let Some(to) = to else { return Ok(()) };
    let before: Vec<String> = all.iter().map(|e| e.slug.clone()).collect();
    all.swap(at, to);
    for (position, environment) in (0..).zip(&all) {
        if environment.position != position {
            environments::set_position(conn, &environment.id, position)?;
        }
    }
    let after: Vec<&String> = all.iter().map(|e| &e.slug).collect();
    ctx.record(
        conn,
        Event {
            action: "environment.moved",
            workspace: Some(&workspace.id),
            environment: Some(&row.id),
            object: Some((ObjectKind::Environment, &row.id, &row.name)),
            before: Some(json!({"order": before})),
            after: Some(json!({"order": after})),
            ..Event::default()
        },
    )?;
    Ok(())
}
