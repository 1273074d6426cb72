//! Plans of stages, kept per workspace.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::path::{Ws, WsPlan};
use super::problem::{ApiError, Result};
use super::query::List;
use super::shape::rollout::{Guard, Plan, Stage, guard};
use super::versions::Nothing;
use super::{errors, headers, words};
use crate::app::rollout::plan::{self, Draft};
use crate::app::{Ctx, workspace};
use crate::domain::rollout::Advance;
use crate::store::conn::Conn;

/// A plan as it is to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Careful", "stages": [{"percent": 5, "min_minutes": 30}, {"percent": 25, "min_minutes": 30}, {"percent": 50, "min_minutes": 30}]}))]
pub struct NewPlan {
    /// Unique in the workspace.
    name: String,
    /// Shares that grow; 100 % follows the last one.
    stages: Vec<Stage>,
    /// What starts the next stage; auto when absent.
    #[schema(value_type = Option<words::Advance>)]
    advance: Option<Advance>,
    /// Its guard.
    #[schema(value_type = Option<Guard>)]
    guard: Option<Value>,
}

impl JsonBody for NewPlan {}

impl NewPlan {
    fn draft(self) -> Result<Draft> {
        let stages: std::result::Result<Vec<_>, _> = self.stages.iter().map(Stage::read).collect();
        Ok(Draft {
            name: self.name,
            stages: stages.map_err(|e| ApiError::invalid("stages", e.to_string()))?,
            advance: self.advance.unwrap_or(Advance::Auto),
            guard: self.guard.map(guard).transpose().map_err(|e| ApiError::invalid("guard", e.to_string()))?,
        })
    }
}

/// List a workspace's plans by name.
#[utoipa::path(get, path = "/{ws}/plans", tag = "rollouts", params(Ws), responses(
    (status = 200, description = "Plans by name", body = List<Plan>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>) -> Result<HttpResponse> {
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        Ok(List { items: plan::list(conn, ctx, &workspace)?.iter().map(Plan::from).collect(), next: None })
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Keep a plan.
#[utoipa::path(post, path = "/{ws}/plans", tag = "rollouts", params(Ws, headers::Changes), request_body = NewPlan, responses(
    (status = 201, description = "Kept", body = Plan),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<Ws>, change: Change<NewPlan>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let draft = body.draft()?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let made = plan::create(conn, ctx, &workspace, draft)?;
        Ok((Answer::ok(&Plan::from(&made))?.status(StatusCode::CREATED).tagged(made.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Read a plan.
#[utoipa::path(get, path = "/{ws}/plans/{plan}", tag = "rollouts", params(WsPlan), responses(
    (status = 200, description = "The plan", body = Plan),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsPlan>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        plan::find(conn, &workspace.id, &path.plan)
    });
    let found = Plan::from(&found.await?);
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.revision))).json(found))
}

/// Change a plan. Rollouts under way keep the stages they began with.
#[utoipa::path(put, path = "/{ws}/plans/{plan}", tag = "rollouts", params(WsPlan, headers::Guarded), request_body = NewPlan, responses(
    (status = 200, description = "Changed", body = Plan),
    errors::Changing,
))]
pub async fn update(caller: Caller, path: web::Path<WsPlan>, if_match: IfMatch, change: Change<NewPlan>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let (draft, expect) = (body.draft()?, if_match.optional());
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let before = plan::find(conn, &workspace.id, &path.plan)?;
        let changed = plan::edit(conn, ctx, &workspace, &before, expect.unwrap_or(before.lock_version), draft)?;
        Ok((Answer::ok(&Plan::from(&changed))?.tagged(changed.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Take a plan away.
#[utoipa::path(delete, path = "/{ws}/plans/{plan}", tag = "rollouts", params(WsPlan, headers::Changes), responses(
    (status = 204, description = "Gone"),
    errors::Changing,
))]
pub async fn delete(caller: Caller, path: web::Path<WsPlan>, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let found = plan::find(conn, &workspace.id, &path.plan)?;
        plan::delete(conn, ctx, &workspace, &found)?;
        Ok((Answer::none(), ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}
