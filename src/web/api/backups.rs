//! Backups of the whole instance: admins of the instance alone. Restoring is for the page and the command, which ask
//! twice.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::Change;
use super::caller::Caller;
use super::change::Answer;
use super::environments::Nothing;
use super::problem::Result;
use super::query::{List, Query, Wanted};
use super::shape::backup::Backup;
use super::{errors, headers};
use crate::app::Ctx;
use crate::app::backup::{ask, look};
use crate::domain::ids::BackupId;
use crate::store::conn::Conn;

/// `/backups/{id}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct BackupPath {
    /// The backup's id.
    id: String,
}

/// Which backups are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BackupsQuery {
    /// Entries at the most, 1 to 200; 50 when absent.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// Backups older than this id.
    before: Option<String>,
    /// Backups newer than this id.
    after: Option<String>,
}

/// List backups and tries of backups, newest first.
#[utoipa::path(get, path = "/backups", tag = "backups", params(BackupsQuery), responses(
    (status = 200, description = "Backups, newest first", body = List<Backup>),
    errors::Reading,
))]
pub async fn list(caller: Caller, query: Query<BackupsQuery>) -> Result<HttpResponse> {
    let Query(query) = query;
    let asked = Wanted { limit: query.limit.as_deref(), before: query.before.as_deref(), after: query.after.as_deref() };
    let part = asked.read(|text| BackupId::parse(text).map(String::from))?;
    let list = caller.read(move |conn, ctx| {
        let page = look::list(conn, ctx, &part.from, part.limit)?;
        Ok(List::of(page, &part.from, |found| found.id.clone()).map(Backup::from))
    });
    Ok(HttpResponse::Ok().json(list.await?))
}

/// Ask for a backup. It is made and verified in the background; ask for it again to see how far it is. While one waits or is
/// being made, that one is answered.
#[utoipa::path(post, path = "/backups", tag = "backups", params(headers::Changes), request_body = Nothing, responses(
    (status = 202, description = "Asked for", body = Backup, headers(("Location" = String, description = "Where it is read"))),
    errors::Changing,
))]
pub async fn create(caller: Caller, change: Change<Nothing>) -> Result<HttpResponse> {
    let backups = std::sync::Arc::clone(&caller.state.backups);
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let asked = ask::create(conn, ctx, &backups.depot)?;
        let location = format!("{}/backups/{}", super::ROOT, asked.id);
        Ok((Answer::ok(&Backup::from(asked))?.created(location).status(StatusCode::ACCEPTED), ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}

/// Read a backup: how far it is, what it holds, when it was verified and what was compared.
#[utoipa::path(get, path = "/backups/{id}", tag = "backups", params(BackupPath), responses(
    (status = 200, description = "The backup", body = Backup),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<BackupPath>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| look::find(conn, ctx, &path.id));
    Ok(HttpResponse::Ok().json(Backup::from(found.await?)))
}

/// Ask for a backup to be verified again: it is restored into a scratch database in the background, and everything is
/// compared.
#[utoipa::path(post, path = "/backups/{id}/verification", tag = "backups", params(BackupPath, headers::Changes), request_body = Nothing, responses(
    (status = 202, description = "Asked for", body = Backup),
    errors::Changing,
))]
pub async fn verify(caller: Caller, path: web::Path<BackupPath>, change: Change<Nothing>) -> Result<HttpResponse> {
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let asked = ask::verify(conn, ctx, &path.id)?;
        Ok((Answer::ok(&Backup::from(asked))?.status(StatusCode::ACCEPTED), ()))
    };
    Ok(caller.change(change.once, work, |_, _| ()).await?.respond())
}
