//! `…/versions/{n}/delete`: the draft or an inactive version goes into the bin; its number is never used again.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{ConfigurationAt, dialog};
use crate::app::environment::rack::{self, Deploy};
use crate::app::environment::{self, Stand};
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::store::configurations;
use crate::web::components::change::CheckView;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::pages::environment::acts;
use crate::web::refused::Refused;
use crate::web::views::environment as views;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    seen: Option<i64>,
    #[serde(default)]
    reason: String,
}

/// `GET …/delete`
///
/// # Errors
/// No such version; the person may not delete it.
pub async fn show(visitor: Visitor, at: Path<ConfigurationAt>) -> Answer {
    page(&visitor, &at, Form::default(), &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &ConfigurationAt, form: Form, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, stand, row, pinned)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let row = environment::version(conn, &environment, &wanted.n)?;
            let pinned = configurations::has_runs(conn, &row)?;
            Ok((views::head(workspace, &environment), Stand::load(conn, &environment)?, row, pinned))
        })
        .await?;
    let checks = match stand.rack.delete(row.number) {
        Err(why) => vec![CheckView::bad(why.to_string())],
        Ok(_) => vec![
            if row.is_draft() {
                CheckView::warn("There is no draft then, until one is made from a version.")
            } else {
                CheckView::warn("It waits in the bin for 30 days and can be brought back from there. Until then it cannot be deployed.")
            },
            if pinned { CheckView::ok("Runs are pinned to it: they go on showing it.") } else { CheckView::ok("No run was made with it.") },
            CheckView::ok(format!("Number {} is never used again.", row.number)),
        ],
    };
    let seen = whole(form.seen.unwrap_or(row.lock_version));
    let mut box_ = acts::delete(&head, whole(row.number), checks, &form.reason, seen, &layout.csrf, &refused.errors);
    box_.summary = refused.summary(format!("Configuration #{} was not deleted", row.number), "delete-configuration");
    dialog(visitor, refused.status, layout, &head, "Delete configuration", box_)
}

/// `POST …/delete`
///
/// # Errors
/// No such version; the person may not delete it.
pub async fn delete(visitor: Visitor, at: Path<ConfigurationAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let ask = Deploy { comment: form.reason.clone(), expect: None, seen: form.seen };
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment, version) = wanted.find(conn, ctx)?;
            rack::delete(conn, ctx, &environment, &version, &ask)?;
            Ok(version.number)
        })
        .await;
    match done {
        Ok(number) => Ok(visitor.go(&at.environment().base(), &Flash::done(format!("Configuration #{number} is deleted.")))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.environment().base())?.renamed("comment", "reason");
            page(&visitor, &at, form, &refused).await
        }
    }
}
