//! The versions of an environment's configuration: read, edited, deployed, compared, deleted.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Change, IfMatch, JsonBody};
use super::caller::Caller;
use super::change::{Answer, etag};
use super::path::{TwoConfigurations, WsEnv, WsEnvVersion};
use super::problem::Result;
use super::query::{List, Query, Wanted};
use super::shape::environment::{ConfigurationChange, EnvironmentVersion};
use super::strict::Strict;
use super::{errors, headers};
use crate::app::environment::coverage::{Known, warnings};
use crate::app::environment::rack::{self, Deploy};
use crate::app::environment::{self, Stand, edit};
use crate::app::{self, Ctx, workspace};
use crate::store::conn::Conn;

/// Which entries of a short list are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NumbersQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Entries with smaller numbers than this.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
    /// Entries with greater numbers than this.
    #[param(value_type = Option<i64>)]
    after: Option<String>,
}

/// How a configuration is to be deployed, or is proposed to be.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"comment": "SHOP-1204: the new payment account", "expect": 9}))]
pub struct NewConfigurationDeployment {
    /// Why; needed for production, and for a proposal.
    comment: Option<String>,
    /// The environment's `revision` this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for NewConfigurationDeployment {}

impl NewConfigurationDeployment {
    /// What is asked for.
    pub fn ask(self, if_match: &IfMatch) -> Deploy {
        Deploy { comment: self.comment.unwrap_or_default(), expect: self.expect, seen: if_match.optional() }
    }
}

/// On what making a draft is based.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfigurationDraft {
    /// The environment's `revision` this is based on; another one by now is refused as stale.
    expect: Option<i64>,
}

impl JsonBody for NewConfigurationDraft {}

/// Why a version is deleted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationDeletion {
    /// Why.
    reason: Option<String>,
}

impl JsonBody for ConfigurationDeletion {}

/// The draft's replacements, whole: a kind that is absent is empty. `note` and `managed_here` may stand beside the kinds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object, example = json!({
    "connections": {"payments": "adyen-test"}, "scripts": {"vat": {"name": "vat-eu", "version": 3}}, "variables": {"region": "eu"},
    "secrets": {"card": "card-test"}, "priority": {"order-intake": 10}
}))]
pub struct Replacements(Strict);

impl JsonBody for Replacements {
    const LIMIT: usize = 1024 * 1024;
}

/// What became of a deployment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationDeployed {
    /// What runs use from now on.
    #[serde(flatten)]
    pub version: EnvironmentVersion,
    /// The number that was deployed before, inactive now.
    pub former: Option<i64>,
    /// The number of the draft that was made as a copy; null when an inactive version was deployed again.
    pub draft: Option<i64>,
    /// The numbers that went off the rack into the bin.
    pub removed: Vec<i64>,
    /// The environment's revision afterwards.
    pub revision: i64,
    /// What to look at: replacements whose component does not exist.
    pub warnings: Vec<String>,
}

impl ConfigurationDeployed {
    /// A deployment for an answer.
    ///
    /// # Errors
    /// The database; a stored text that is no configuration.
    pub fn of(conn: &mut Conn, done: rack::Deployed) -> app::Result<Self> {
        let missing = Known::of(conn, &done.environment.workspace_id)?.missing(&done.version.content()?);
        Ok(Self {
            warnings: warnings(&missing),
            version: EnvironmentVersion::of(done.version)?,
            former: done.former,
            draft: done.draft,
            removed: done.removed,
            revision: done.environment.lock_version,
        })
    }
}

/// Two configurations side by side.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationComparison {
    /// The number of the older one.
    pub a: i64,
    /// The number of the newer one.
    pub b: i64,
    /// Whether nothing differs.
    pub identical: bool,
    /// What differs, by kind and name.
    pub changes: Vec<ConfigurationChange>,
}

/// List the versions of an environment's configuration, newest first.
#[utoipa::path(get, path = "/{ws}/environments/{env}/versions", tag = "environments", params(WsEnv, NumbersQuery), responses(
    (status = 200, description = "Configuration versions on the rack, newest first", body = List<EnvironmentVersion>),
    errors::Reading,
))]
pub async fn list(caller: Caller, path: web::Path<WsEnv>, query: Query<NumbersQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| text.parse::<i64>().ok())?;
    let list = caller.read(move |conn, ctx| {
        let (_, environment) = path.find(conn, ctx)?;
        let stand = Stand::load(conn, &environment)?;
        let rows = List::short(stand.rows, &part, |row| row.number);
        let mut items = Vec::with_capacity(rows.items.len());
        for row in rows.items {
            items.push(EnvironmentVersion::of(row)?);
        }
        Ok((List { items, next: rows.next }, environment.lock_version))
    });
    let (list, revision) = list.await?;
    Ok(HttpResponse::Ok().insert_header(("etag", etag(revision))).json(list))
}

/// Read a version of an environment's configuration, also one that went off the rack.
#[utoipa::path(get, path = "/{ws}/environments/{env}/versions/{n}", tag = "environments", params(WsEnvVersion), responses(
    (status = 200, description = "The version", body = EnvironmentVersion, headers(("ETag" = String, description = "To edit against"))),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<WsEnvVersion>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let (_, row) = path.find(conn, ctx)?;
        EnvironmentVersion::of(row)
    });
    let found = found.await?;
    Ok(HttpResponse::Ok().insert_header(("etag", etag(found.lock_version))).json(found))
}

/// Deploy a configuration: the draft (which leaves a new draft behind), or an inactive version again.
#[utoipa::path(post, path = "/{ws}/environments/{env}/versions/{n}/deployment", tag = "environments", params(WsEnvVersion, headers::Guarded), request_body = NewConfigurationDeployment, responses(
    (status = 200, description = "Deployed", body = ConfigurationDeployed),
    errors::Changing,
))]
pub async fn deploy(
    caller: Caller,
    path: web::Path<WsEnvVersion>,
    if_match: IfMatch,
    change: Change<NewConfigurationDeployment>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let ask = body.ask(&if_match);
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (environment, version) = path.find(conn, ctx)?;
        let done = rack::deploy(conn, ctx, &environment, &version, &ask)?;
        let body = ConfigurationDeployed::of(conn, done)?;
        Ok((Answer::ok(&body)?.tagged(body.version.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Make the draft out of a version: its content is overwritten, or a new draft made when there is none.
#[utoipa::path(post, path = "/{ws}/environments/{env}/versions/{n}/draft", tag = "environments", params(WsEnvVersion, headers::Changes), request_body = NewConfigurationDraft, responses(
    (status = 200, description = "The draft", body = EnvironmentVersion, headers(("ETag" = String, description = "To edit against"))),
    errors::Changing,
))]
pub async fn draft(caller: Caller, path: web::Path<WsEnvVersion>, change: Change<NewConfigurationDraft>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (environment, version) = path.find(conn, ctx)?;
        let draft = EnvironmentVersion::of(rack::draft_from(conn, ctx, &environment, &version, body.expect)?)?;
        Ok((Answer::ok(&draft)?.tagged(draft.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Delete the draft or an inactive version. Its number is never used again.
#[utoipa::path(delete, path = "/{ws}/environments/{env}/versions/{n}", tag = "environments", params(WsEnvVersion, headers::Guarded), request_body = ConfigurationDeletion, responses(
    (status = 204, description = "Deleted"),
    errors::Changing,
))]
pub async fn delete(
    caller: Caller,
    path: web::Path<WsEnvVersion>,
    if_match: IfMatch,
    change: Change<ConfigurationDeletion>,
) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let ask = Deploy { comment: body.reason.unwrap_or_default(), expect: None, seen: if_match.optional() };
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (environment, version) = path.find(conn, ctx)?;
        rack::delete(conn, ctx, &environment, &version, &ask)?;
        Ok((Answer::none(), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Save the draft's replacements, whole.
#[utoipa::path(put, path = "/{ws}/environments/{env}/draft/replacements", tag = "environments", params(WsEnv, headers::Guarded), request_body = Replacements, responses(
    (status = 200, description = "Saved", body = EnvironmentVersion, headers(("ETag" = String, description = "To edit against next time"))),
    errors::Changing,
))]
pub async fn replacements(caller: Caller, path: web::Path<WsEnv>, if_match: IfMatch, change: Change<Replacements>) -> Result<HttpResponse> {
    let Change { body: Replacements(Strict(content)), once } = change;
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let (_, environment) = path.find(conn, ctx)?;
        let draft = EnvironmentVersion::of(edit::save(conn, ctx, &environment, &content, if_match.optional())?)?;
        Ok((Answer::ok(&draft)?.tagged(draft.lock_version), ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}

/// Replace what the draft replaces, at the draft's own address: the same as `draft/replacements` of the environment.
#[utoipa::path(put, path = "/{ws}/environments/{env}/versions/draft/replacements", tag = "environments", params(WsEnv, headers::Guarded), request_body = Replacements, responses(
    (status = 200, description = "Saved", body = EnvironmentVersion, headers(("ETag" = String, description = "To edit against next time"))),
    errors::Changing,
))]
pub async fn replacements_of_draft(
    caller: Caller,
    path: web::Path<WsEnv>,
    if_match: IfMatch,
    change: Change<Replacements>,
) -> Result<HttpResponse> {
    replacements(caller, path, if_match, change).await
}

/// Compare two versions of an environment's configuration.
#[utoipa::path(get, path = "/{ws}/environments/{env}/versions/{a}/compare/{b}", tag = "environments", params(TwoConfigurations), responses(
    (status = 200, description = "What differs", body = ConfigurationComparison),
    errors::Reading,
))]
pub async fn compare(caller: Caller, path: web::Path<TwoConfigurations>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let environment = workspace::environment(conn, &workspace, &path.env)?;
        let (a, b) = (environment::version(conn, &environment, &path.a)?, environment::version(conn, &environment, &path.b)?);
        let changes = environment::compare(ctx, &environment, &a, &b)?;
        Ok(ConfigurationComparison {
            a: a.number,
            b: b.number,
            identical: changes.is_empty(),
            changes: changes.iter().map(ConfigurationChange::from).collect(),
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
