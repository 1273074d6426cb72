//! Changes set for a time: planned, listed, confirmed, cancelled.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::Answer;
use super::deployments::expected;
use super::path::{Ws, WsEnvFlow, WsPlanned};
use super::problem::{ApiError, Result};
use super::query::{List, Query, Wanted, word};
use super::rolling::{Asked, RollWish};
use super::shape::planned::Planned;
use super::shape::rollout::{Guard, Stage};
use super::words::{self, VersionName};
use super::{ROOT, errors, headers};
use crate::app::planned::{Wish, look, plan};
use crate::app::{self, Ctx, flow, version, workspace};
use crate::domain::clock::Micros;
use crate::domain::ids::PlannedId;
use crate::domain::planned::{Kind, State};
use crate::domain::rollout::{Advance, During, basis_points};
use crate::store::conn::Conn;
use crate::store::flows::Flow;
use crate::store::planned::Filter;

/// A change and its time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "deploy", "at": "2026-11-22T03:00:00Z", "version": 4, "percent": 10, "comment": "SHOP-1204, at night"}))]
pub struct NewPlanned {
    /// deploy: a version; stage: lead the rollout on; rollback: the way back.
    #[schema(value_type = words::PlannedKind)]
    kind: Kind,
    /// When, RFC 3339 with its offset.
    at: String,
    /// The version to deploy.
    version: Option<VersionName>,
    /// deploy: its share of new runs, as for a deployment. stage: the share to go to; the plan's next stage when absent.
    percent: Option<f64>,
    /// deploy: stages of the rollout.
    stages: Option<Vec<Stage>>,
    /// deploy: a plan of the workspace instead of stages and guard.
    plan: Option<String>,
    /// deploy: what starts the next stage.
    #[schema(value_type = Option<words::Advance>)]
    advance: Option<Advance>,
    /// deploy: guard of the rollout.
    #[schema(value_type = Option<Guard>)]
    guard: Option<Value>,
    /// deploy: what happens to a rollout that is under way then.
    #[schema(value_type = Option<words::During>)]
    during: Option<During>,
    /// rollback: the version to go back to; the one before the present when absent.
    to: Option<VersionName>,
    /// Why; needed for production, and for going back.
    comment: Option<String>,
    /// The same under the name that going back and stages know.
    reason: Option<String>,
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for NewPlanned {}

impl NewPlanned {
    fn at(&self) -> Result<Micros> {
        Micros::parse_rfc3339(&self.at)
            .ok_or_else(|| ApiError::invalid("at", "Write an instant with its offset, such as 2026-11-22T03:00:00Z."))
    }

    fn why(&self) -> Result<String> {
        match (&self.comment, &self.reason) {
            (Some(_), Some(_)) => Err(ApiError::invalid("reason", "Give comment or reason; they are the same here.")),
            (comment, reason) => Ok(comment.clone().or_else(|| reason.clone()).unwrap_or_default()),
        }
    }

    /// Refuses what belongs to another kind.
    fn only(&self, kind: Kind) -> Result<()> {
        let given = [
            ("version", self.version.is_some(), kind == Kind::Deploy),
            ("percent", self.percent.is_some(), kind != Kind::Rollback),
            ("stages", self.stages.is_some(), kind == Kind::Deploy),
            ("plan", self.plan.is_some(), kind == Kind::Deploy),
            ("advance", self.advance.is_some(), kind == Kind::Deploy),
            ("guard", self.guard.is_some(), kind == Kind::Deploy),
            ("during", self.during.is_some(), kind == Kind::Deploy),
            ("to", self.to.is_some(), kind == Kind::Rollback),
        ];
        match given.iter().find(|(_, given, fits)| *given && !*fits) {
            Some((field, ..)) => Err(ApiError::invalid(field, format!("A planned {kind} takes no {field}. Leave it out."))),
            None => Ok(()),
        }
    }

    fn read(&self) -> Result<Reading> {
        self.only(self.kind)?;
        let why = self.why()?;
        Ok(match self.kind {
            Kind::Deploy => {
                let Some(version) = &self.version else { return Err(ApiError::invalid("version", "Name the version to deploy.")) };
                let asked = Asked {
                    percent: self.percent,
                    stages: self.stages.as_deref(),
                    plan: self.plan.as_deref(),
                    advance: self.advance,
                    guard: self.guard.as_ref(),
                };
                Reading::Deploy { version: version.to_string(), wish: RollWish::read(&asked)?, during: self.during, comment: why }
            }
            Kind::Stage => {
                let share = self.percent.map(basis_points).transpose().map_err(|e| ApiError::invalid("percent", e.to_string()))?;
                Reading::Ready(Wish::Stage { share, reason: why })
            }
            Kind::Rollback => Reading::Rollback { to: self.to.as_ref().map(ToString::to_string), reason: why },
        })
    }
}

/// A body as far as it can be read without the database.
enum Reading {
    Deploy { version: String, wish: RollWish, during: Option<During>, comment: String },
    Rollback { to: Option<String>, reason: String },
    Ready(Wish),
}

impl Reading {
    fn resolve(self, conn: &mut Conn, flow: &Flow) -> app::Result<Wish> {
        Ok(match self {
            Self::Deploy { version, wish, during, comment } => {
                let version = version::find(conn, flow, &version)?;
                let rolling = wish.resolve(conn, &flow.workspace_id)?;
                Wish::Deploy { version: version.id, number: version.number, revision: None, rolling, during, comment }
            }
            Self::Rollback { to, reason } => {
                let to = match to {
                    Some(name) => Some(version::find(conn, flow, &name)?),
                    None => None,
                };
                Wish::Rollback { number: to.as_ref().map(|v| v.number), to: to.map(|v| v.id), reason }
            }
            Self::Ready(wish) => wish,
        })
    }
}

/// Which planned changes are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlannedQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Planned changes older than this id.
    before: Option<String>,
    /// Planned changes newer than this id.
    after: Option<String>,
    /// Those that stand there.
    #[param(value_type = Option<words::PlannedState>)]
    state: Option<String>,
    /// Of this flow, by slug or id.
    flow: Option<String>,
    /// In this environment, by slug or id.
    environment: Option<String>,
}

/// List planned changes, newest first.
#[utoipa::path(get, path = "/{ws}/planned", tag = "deployments", params(Ws, PlannedQuery), responses(
    (status = 200, description = "Planned changes, newest first", body = List<Planned>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<Ws>, query: Query<PlannedQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| PlannedId::parse(text).map(String::from))?;
    let state = word::<State>("state", query.state.as_deref())?;
    let list = caller.read(move |conn, ctx| {
        let workspace = path.find(conn, ctx)?;
        let flow = match &query.flow {
            Some(name) => Some(flow::find(conn, &workspace, name)?.id),
            None => None,
        };
        let environment = match &query.environment {
            Some(name) => Some(workspace::environment(conn, &workspace, name)?.id),
            None => None,
        };
        let page = look::list(conn, ctx, &workspace, &Filter { state, flow, environment }, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |found| found.row.id.clone()).map(Planned::from))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Plan a change. What a rule refuses now is refused at once, but for a freeze.
#[utoipa::path(post, path = "/{ws}/environments/{env}/flows/{flow}/planned", tag = "deployments", params(WsEnvFlow, headers::Guarded), request_body = NewPlanned, responses(
    (status = 201, description = "Planned", body = Planned, headers(("Location" = String, description = "Its address"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<WsEnvFlow>, if_match: IfMatch, change: Change<NewPlanned>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let (at, reading) = (body.at()?, body.read()?);
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (flow, environment) = path.find(conn, ctx)?;
        let wish = reading.resolve(conn, &flow)?;
        let row = plan::plan(conn, ctx, &flow, &environment, &wish, at, expect)?;
        let address = format!("{ROOT}/{}/planned/{}", path.ws, row.id);
        Ok((shown(conn, ctx, &path.ws, &row.id)?.created(address), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Read a planned change.
#[utoipa::path(get, path = "/{ws}/planned/{planned}", tag = "deployments", params(WsPlanned), responses(
    (status = 200, description = "The planned change", body = Planned),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsPlanned>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        look::find(conn, ctx, &workspace, &path.planned)
    });
    Ok(HttpResponse::Ok().json(Planned::from(found.await?)))
}

/// What somebody looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expect": 9}))]
pub struct Confirming {
    /// The routing revision this is based on; another one by now is refused as stale.
    expect: Option<i64>,
    /// What happens to a rollout that is under way by now.
    #[schema(value_type = Option<words::During>)]
    during: Option<During>,
}

impl JsonBody for Confirming {}

/// Let a suspended change go on from what stands there now: at its time, or at once when that has passed.
#[utoipa::path(post, path = "/{ws}/planned/{planned}/confirm", tag = "deployments", params(WsPlanned, headers::Guarded), request_body = Confirming, responses(
    (status = 200, description = "Planned again", body = Planned),
    errors::Changing,
))]
pub async fn confirm(caller: Caller, path: web::Path<WsPlanned>, if_match: IfMatch, change: Change<Confirming>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let expect = expected(body.expect, if_match)?;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let found = look::find(conn, ctx, &workspace, &path.planned)?;
        plan::confirm(conn, ctx, &found.row.id, body.during, expect)?;
        Ok((shown(conn, ctx, &path.ws, &found.row.id)?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Why it is cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Version 5 comes first"}))]
pub struct Cancelling {
    /// Why; it stands in the history.
    #[serde(default)]
    reason: String,
}

impl JsonBody for Cancelling {}

/// Cancel a planned change that was not carried out yet.
#[utoipa::path(post, path = "/{ws}/planned/{planned}/cancel", tag = "deployments", params(WsPlanned, headers::Changes), request_body = Cancelling, responses(
    (status = 200, description = "Cancelled", body = Planned),
    errors::Changing,
))]
pub async fn cancel(caller: Caller, path: web::Path<WsPlanned>, change: Change<Cancelling>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let found = look::find(conn, ctx, &workspace, &path.planned)?;
        plan::cancel(conn, ctx, &found.row.id, &body.reason)?;
        Ok((shown(conn, ctx, &path.ws, &found.row.id)?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

fn shown(conn: &mut Conn, ctx: &Ctx, ws: &str, id: &str) -> app::Result<Answer> {
    let workspace = workspace::find(conn, ctx, ws)?;
    Answer::ok(&Planned::from(look::find(conn, ctx, &workspace, id)?))
}
