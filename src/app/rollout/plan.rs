//! Named plans of stages: "5, 25, 50 %, half an hour each" (PRODUCT §5.2).

use serde_json::{Value, json};

use super::super::bin;
use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Fields, Result};
use super::begin::Rolling;
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::bin::Kind;
use crate::domain::event::ObjectKind;
use crate::domain::guard::Guard;
use crate::domain::ids::PlanId;
use crate::domain::names::parse_title;
use crate::domain::rollout::{Advance, Stage, Stages};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::plans::{self, Plan};
use crate::store::workspaces::Workspace;

/// A plan as somebody wrote it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its stages.
    pub stages: Vec<Stage>,
    /// What starts the next one.
    pub advance: Advance,
    /// Its guard.
    pub guard: Option<Guard>,
}

/// A workspace's plans.
///
/// # Errors
/// The database.
pub fn list(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> Result<Vec<Plan>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    Ok(plans::list(conn, &workspace.id)?)
}

/// A plan by name or id.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, workspace: &str, name: &str) -> Result<Plan> {
    plans::find(conn, workspace, name)?.ok_or_else(|| Error::not_found("plan", name))
}

/// A rollout by a plan.
///
/// # Errors
/// Stored text this program cannot read.
pub fn rolling(plan: &Plan) -> Result<Rolling> {
    Ok(Rolling {
        stages: plan.stages()?,
        advance: plan.advance.parse().map_err(StoreError::corrupt)?,
        plan: Some(plan.name.clone()),
        guard: plan.guard()?,
    })
}

/// Keeps a new plan.
///
/// # Errors
/// A taken name; stages or guard that make no sense.
pub fn create(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, draft: Draft) -> Result<Plan> {
    let plan = read(conn, ctx, workspace, draft, None)?;
    plans::insert(conn, &plan).map_err(taken)?;
    note(conn, ctx, "plan.created", &plan, None)?;
    Ok(plan)
}

/// Changes a plan; rollouts under way keep the stages they began with.
///
/// # Errors
/// A taken name; stages or guard that make no sense; somebody was faster.
pub fn edit(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, before: &Plan, based_on: i64, draft: Draft) -> Result<Plan> {
    let plan = read(conn, ctx, workspace, draft, Some(before))?;
    if !plans::put(conn, &plan, based_on).map_err(taken)? {
        return Err(Error::Stale {
            message: format!("The plan “{}” changed while you were looking. Look again, then decide.", before.name),
            current: describe(before),
        });
    }
    note(conn, ctx, "plan.changed", &plan, Some(before))?;
    Ok(plan)
}

/// Moves a plan to the bin; rollouts under way keep the stages they began with.
///
/// # Errors
/// It is gone already.
pub fn delete(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, plan: &Plan) -> Result<()> {
    ctx.allow(Permission::Operate(crate::domain::environment::Kind::Production), Some(&workspace.id()))?;
    if !plans::delete(conn, &plan.id)? {
        return Err(Error::not_found("plan", &plan.name));
    }
    let put = bin::Put {
        workspace: &workspace.id,
        kind: Kind::Plan,
        id: &plan.id,
        name: plan.name.clone(),
        detail: "",
        held: serde_json::to_string(plan).ok(),
        reason: "",
    };
    bin::put(conn, ctx, put)?;
    note(conn, ctx, "plan.deleted", plan, None)
}

fn read(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, draft: Draft, before: Option<&Plan>) -> Result<Plan> {
    ctx.allow(Permission::Operate(crate::domain::environment::Kind::Production), Some(&workspace.id()))?;
    let mut fields = Fields::default();
    let name = fields.take("name", parse_title("the plan a name", &draft.name, 60));
    let stages = fields.take("stages", Stages::parse(draft.stages));
    let guard = draft.guard.map(Guard::check).and_then(|guard| fields.take("guard", guard));
    if let Some(name) = &name
        && plans::find(conn, &workspace.id, name)?.is_some_and(|other| before.is_none_or(|b| b.id != other.id))
    {
        fields.add("name", format!("A plan “{name}” exists already; choose another name."));
    }
    fields.done()?;
    Ok(Plan {
        id: before.map_or_else(|| PlanId::generate().into(), |b| b.id.clone()),
        workspace_id: workspace.id.clone(),
        name: name.unwrap_or_default(),
        stages: serde_json::to_string(&stages).unwrap_or_default(),
        advance: draft.advance.as_str().to_owned(),
        guard: guard.and_then(|g| serde_json::to_string(&g).ok()),
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
        lock_version: before.map_or(1, |b| b.lock_version + 1),
    })
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::NotUnique => Error::invalid("name", "A plan of this name exists already; choose another name."),
        other => other.into(),
    }
}

/// A plan in the API's words.
pub fn describe(plan: &Plan) -> Value {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    json!({
        "name": plan.name,
        "stages": parsed(&plan.stages),
        "advance": plan.advance,
        "guard": plan.guard.as_deref().map(parsed),
    })
}

fn note(conn: &mut Conn, ctx: &Ctx, action: &str, plan: &Plan, before: Option<&Plan>) -> Result<()> {
    ctx.record(
        conn,
        Event {
            action,
            workspace: Some(&plan.workspace_id),
            object: Some((ObjectKind::Plan, &plan.id, &plan.name)),
            before: before.map(describe),
            after: Some(describe(plan)),
            ..Event::default()
        },
    )?;
    Ok(())
}
